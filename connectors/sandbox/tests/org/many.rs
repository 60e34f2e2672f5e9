//! Upserts by a key, conditional requests, and many records in one call.

use serde_json::{Value, json};

use crate::support::Sandbox;

#[tokio::test]
async fn an_upsert_creates_once_however_often_it_is_sent() {
    let org = Sandbox::signed_in().await;
    let path = "sobjects/Lead/External_Id__c/conv%2F1%3A2%2B3";
    let first = org
        .data(
            "PATCH",
            path,
            json!({"LastName": "Osei", "Company": "Kente"}),
        )
        .await;
    let id = first.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (first.status, &first.json()["created"]),
        (201, &json!(true))
    );
    let second = org
        .data(
            "PATCH",
            path,
            json!({"LastName": "Osei", "Company": "Kente Ltd"}),
        )
        .await;
    assert_eq!(second.status, 200);
    assert_eq!(
        second.json(),
        json!({"id": id, "success": true, "errors": [], "created": false})
    );
    let read = org.get(path).await.json();
    assert_eq!(
        (&read["Company"], &read["External_Id__c"]),
        (&json!("Kente Ltd"), &json!("conv/1:2+3"))
    );

    let other = org
        .data(
            "PATCH",
            "sobjects/Lead/External_Id__c/other?updateOnly=true",
            json!({"Title": "x"}),
        )
        .await;
    assert_eq!(other.refusal(), (404, "NOT_FOUND".into()));
    let twice = org
        .data("PATCH", path, json!({"External_Id__c": "x"}))
        .await;
    assert_eq!(twice.refusal(), (400, "INVALID_FIELD".into()));
    let taken = json!({"LastName": "Osei", "Company": "Kente", "External_Id__c": "CONV/1:2+3"});
    let taken = org.data("POST", "sobjects/Lead", taken).await;
    assert_eq!(taken.refusal(), (400, "DUPLICATE_VALUE".into()));
    assert!(taken.text.contains(&id[..15]));
}

#[tokio::test]
async fn a_key_that_fits_several_records_is_300_and_changes_nothing() {
    let org = Sandbox::signed_in().await;
    for _ in 0..2 {
        org.create(
            "Lead",
            json!({"LastName": "Osei", "Company": "Kente", "Email": "twins@kente.example"}),
        )
        .await;
    }
    let several = org
        .data(
            "PATCH",
            "sobjects/Lead/Email/twins@kente.example",
            json!({"Title": "x"}),
        )
        .await;
    assert_eq!(several.status, 300);
    assert_eq!(several.json().as_array().unwrap().len(), 2);
    assert_eq!(
        org.query("SELECT COUNT() FROM Lead WHERE Title = 'x'")
            .await
            .json()["totalSize"],
        0
    );
}

#[tokio::test]
async fn rows_obey_dates_and_accounts_also_etags() {
    let org = Sandbox::signed_in().await;
    let id = org.create("Account", json!({"Name": "Kente"})).await;
    let path = format!("sobjects/Account/{id}");
    let read = org.get(&path).await;
    let (tag, date) = (
        read.header("etag").to_owned(),
        read.header("last-modified").to_owned(),
    );
    let change = json!({"Site": "Accra"});
    for (method, header, value, status) in [
        ("GET", "if-none-match", tag.as_str(), 304),
        ("GET", "if-modified-since", &date, 304),
        (
            "GET",
            "if-modified-since",
            "Tue, 24 Nov 2020 14:23:24 GMT",
            200,
        ),
        ("PATCH", "if-match", "\"other\"", 412),
        (
            "PATCH",
            "if-unmodified-since",
            "Tue, 24 Nov 2020 14:23:24 GMT",
            412,
        ),
        ("PATCH", "if-unmodified-since", "yesterday", 400),
        ("PATCH", "if-match", &tag, 204),
        ("PATCH", "if-unmodified-since", &date, 204),
    ] {
        let body = if method == "PATCH" {
            change.clone()
        } else {
            Value::Null
        };
        let answer = org.data_with(method, &path, &[(header, value)], body).await;
        assert_eq!(answer.status, status, "{method} {header}: {value}");
        if matches!(status, 304 | 204) {
            assert_eq!(
                (answer.text.as_str(), answer.header("content-type")),
                ("", "")
            );
        }
    }
}

#[tokio::test]
async fn collections_answer_for_each_record() {
    let org = Sandbox::signed_in().await;
    let lead = |last: &str, company: Option<&str>| json!({"attributes": {"type": "Lead"}, "LastName": last, "Company": company});
    let records =
        json!([lead("Osei", Some("Kente")), lead("Mensah", None), {"attributes": {"type": "Foo"}}]);
    let made = org
        .data(
            "POST",
            "composite/sobjects",
            json!({"allOrNone": false, "records": records}),
        )
        .await;
    assert_eq!(made.status, 200);
    insta::assert_snapshot!(format!("{:#}", made.json()));
    let id = made.json()[0]["id"].as_str().unwrap().to_owned();

    let none = org
        .data(
            "POST",
            "composite/sobjects",
            json!({"allOrNone": true, "records": records}),
        )
        .await
        .json();
    assert_eq!(
        none[0]["errors"][0]["statusCode"],
        "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    );
    assert_eq!(
        org.query("SELECT COUNT() FROM Lead").await.json()["totalSize"],
        1
    );

    let read = org
        .get(&format!(
            "composite/sobjects/Lead?ids={id},00Q000000000001EAA&fields=Name"
        ))
        .await
        .json();
    assert_eq!((&read[0]["Name"], &read[1]), (&json!("Osei"), &Value::Null));
    let change = json!({"records": [{"attributes": {"type": "Lead"}, "id": id, "Title": "CEO"}]});
    assert_eq!(
        org.data("PATCH", "composite/sobjects", change).await.json()[0]["success"],
        true
    );
    let keyed = json!({"records": [{"External_Id__c": "k", "LastName": "A", "Company": "B"}, {"External_Id__c": "k", "Title": "T"}]});
    let keyed = org
        .data("PATCH", "composite/sobjects/Lead/External_Id__c", keyed)
        .await
        .json();
    assert_eq!(
        (&keyed[0]["created"], &keyed[1]["created"]),
        (&json!(true), &json!(false))
    );
    let malformed = org
        .data("DELETE", "composite/sobjects?ids=23foo", Value::Null)
        .await;
    assert_eq!(malformed.refusal(), (400, "MALFORMED_ID".into()));
    let deleted = org
        .data(
            "DELETE",
            &format!("composite/sobjects?ids={id}&allOrNone=false"),
            Value::Null,
        )
        .await;
    assert_eq!(
        deleted.json(),
        json!([{"id": id, "success": true, "errors": []}])
    );
    let many: Vec<Value> = (0..201).map(|_| lead("Osei", Some("Kente"))).collect();
    assert_eq!(
        org.data("POST", "composite/sobjects", json!({"records": many}))
            .await
            .status,
        400
    );
}
