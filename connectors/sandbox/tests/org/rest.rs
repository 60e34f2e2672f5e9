//! Records over REST: create, read, change, delete, upsert, collections, describe, and every refusal.

use serde_json::{Value, json};

use crate::support::Sandbox;

#[tokio::test]
async fn a_new_lead_reads_back_with_what_the_org_adds() {
    let org = Sandbox::signed_in().await;
    let made = org
        .data(
            "POST",
            "sobjects/lead/",
            json!({"lastname": "  Osei ", "FirstName": "Ama", "COMPANY": "Kente & Co", "Phone": "", "AnnualRevenue": 1500.6}),
        )
        .await;
    assert_eq!(made.status, 201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        made.json(),
        json!({"id": id, "success": true, "errors": []})
    );
    assert_eq!(
        made.header("location"),
        format!("/services/data/v62.0/sobjects/Lead/{id}")
    );
    insta::assert_snapshot!(format!(
        "{:#}",
        org.get(&format!("sobjects/Lead/{}", &id[..15]))
            .await
            .json()
    ));
}

#[tokio::test]
async fn an_opportunity_follows_its_stage() {
    let org = Sandbox::signed_in().await;
    let account = org.create("Account", json!({"Name": "Kente & Co"})).await;
    let body = json!({"Name": "Looms", "StageName": "Value Proposition", "CloseDate": "2026-12-31", "Amount": 1000, "AccountId": &account[..15]});
    let id = org.create("Opportunity", body).await;
    let path = format!("sobjects/Opportunity/{id}");
    let wanted = "?fields=Probability,ExpectedRevenue,ForecastCategoryName,IsClosed,IsWon,FiscalYear,FiscalQuarter,AccountId";
    let read = org.get(&format!("{path}{wanted}")).await.json();
    assert_eq!(read["Probability"], json!(50.0));
    assert_eq!(read["ExpectedRevenue"], json!(500.0));
    assert_eq!(read["FiscalQuarter"], json!(4));
    assert_eq!(read["AccountId"], json!(account));

    let won = json!({"StageName": "Closed Won"});
    assert_eq!(org.data("PATCH", &path, won).await.status, 204);
    let read = org.get(&format!("{path}{wanted}")).await.json();
    assert_eq!(
        (&read["Probability"], &read["IsWon"], &read["IsClosed"]),
        (&json!(100.0), &json!(true), &json!(true))
    );
    assert_eq!(read["ForecastCategoryName"], "Closed");

    let own = json!({"StageName": "Prospecting", "Probability": 35});
    assert_eq!(org.data("PATCH", &path, own).await.status, 204);
    assert_eq!(
        org.get(&format!("{path}{wanted}")).await.json()["Probability"],
        json!(35.0)
    );
}

#[tokio::test]
async fn refuses_a_save_in_the_words_of_the_real_org() {
    let org = Sandbox::signed_in().await;
    let opportunity = |extra: Value| {
        let mut body =
            json!({"Name": "Looms", "StageName": "Prospecting", "CloseDate": "2026-12-31"});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        body
    };
    let lead = |extra: Value| {
        let mut body = json!({"LastName": "Osei", "Company": "Kente"});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        body
    };
    let mut told = String::new();
    for (object, body) in [
        ("Lead", json!({"FirstName": "Ama"})),
        ("Lead", json!({"LastName": " ", "Company": null})),
        ("Lead", lead(json!({"foo": 1}))),
        ("Lead", lead(json!({"Id": "00Q000000000001EAA"}))),
        (
            "Lead",
            lead(json!({"CreatedDate": "2026-01-01T00:00:00Z", "IsConverted": true})),
        ),
        ("Lead", lead(json!({"Email": "not an email"}))),
        ("Lead", lead(json!({"LastName": "x".repeat(81)}))),
        ("Lead", lead(json!({"CleanStatus": "Spotless"}))),
        ("Lead", lead(json!({"Title": 5}))),
        ("Lead", lead(json!({"NumberOfEmployees": 2.5}))),
        ("Lead", lead(json!({"NumberOfEmployees": 123_456_789}))),
        ("Lead", lead(json!({"DoNotCall": "perhaps"}))),
        ("Lead", lead(json!({"Company": {"Name": "Kente"}}))),
        ("Lead", lead(json!({"Status": "Closed - Converted"}))),
        ("Opportunity", opportunity(json!({"CloseDate": "tomorrow"}))),
        ("Opportunity", opportunity(json!({"Amount": "a lot"}))),
        (
            "Opportunity",
            opportunity(json!({"AccountId": "006000000000001AAA"})),
        ),
        (
            "Opportunity",
            opportunity(json!({"AccountId": "001000000000001AAA"})),
        ),
        (
            "Opportunity",
            opportunity(json!({"CampaignId": "701000000000001AAA"})),
        ),
        ("User", json!({"LastName": "Osei"})),
        ("Foo", json!({})),
    ] {
        let answer = org.data("POST", &format!("sobjects/{object}"), body).await;
        told.push_str(&format!("{} {}\n", answer.status, answer.text));
        assert!(
            answer
                .header("content-type")
                .starts_with("application/json")
        );
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn takes_picklist_values_of_peoples_own_and_text_for_numbers() {
    let org = Sandbox::signed_in().await;
    let body = json!({"LastName": "Osei", "Company": "Kente", "LeadSource": "A friend", "NumberOfEmployees": "12", "DoNotCall": "true"});
    let id = org.create("Lead", body).await;
    let read = org
        .get(&format!(
            "sobjects/Lead/{id}?fields=LeadSource,NumberOfEmployees,DoNotCall"
        ))
        .await
        .json();
    assert_eq!(read["NumberOfEmployees"], json!(12));
    assert_eq!(read["DoNotCall"], json!(true));
    assert_eq!(read["LeadSource"], "A friend");
}

#[tokio::test]
async fn a_change_is_204_and_empty() {
    let org = Sandbox::signed_in().await;
    let id = org
        .create(
            "Lead",
            json!({"LastName": "Osei", "Company": "Kente", "Title": "Buyer"}),
        )
        .await;
    let path = format!("sobjects/Lead/{id}");
    let changed = org
        .data("PATCH", &path, json!({"FirstName": "Ama", "Title": ""}))
        .await;
    assert_eq!(
        (
            changed.status,
            changed.text.as_str(),
            changed.header("content-type")
        ),
        (204, "", "")
    );
    let read = org.get(&path).await.json();
    assert_eq!(
        (&read["Name"], &read["Title"]),
        (&json!("Ama Osei"), &Value::Null)
    );
    let by_post = org
        .data(
            "POST",
            &format!("{path}?_HttpMethod=PATCH"),
            json!({"Title": "CEO"}),
        )
        .await;
    assert_eq!(by_post.status, 204);
    assert_eq!(org.get(&path).await.json()["Title"], "CEO");
    for (body, code) in [
        (json!({"LastName": null}), "REQUIRED_FIELD_MISSING"),
        (json!({"Id": id}), "INVALID_FIELD"),
        (json!({"Name": "x"}), "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ] {
        assert_eq!(
            org.data("PATCH", &path, body).await.refusal(),
            (400, code.into())
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let org = Sandbox::signed_in().await;
    let id = org
        .create("Lead", json!({"LastName": "Osei", "Company": "Kente"}))
        .await;
    let gone = format!("sobjects/Lead/{id}");
    assert_eq!(org.data("DELETE", &gone, Value::Null).await.status, 204);
    for (method, path, code) in [
        ("GET", gone.as_str(), "ENTITY_IS_DELETED"),
        ("DELETE", &gone, "ENTITY_IS_DELETED"),
        ("PATCH", &gone, "ENTITY_IS_DELETED"),
        ("GET", "sobjects/Lead/00Q000000000001EAA", "NOT_FOUND"),
        ("GET", "sobjects/Lead/23foo", "NOT_FOUND"),
        ("GET", "sobjects/Lead/001000000000001AAA", "NOT_FOUND"),
        ("GET", "sobjects/Foo/describe", "NOT_FOUND"),
        ("GET", "sobjects/Lead/Namez/1", "NOT_FOUND"),
        ("GET", "sobjects/Lead/External_Id__c/1", "NOT_FOUND"),
        ("GET", "nothing", "NOT_FOUND"),
    ] {
        let body = if method == "PATCH" {
            json!({"Title": "CEO"})
        } else {
            Value::Null
        };
        assert_eq!(
            org.data(method, path, body).await.refusal(),
            (404, code.into()),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn methods_and_media_types_are_refused_as_json() {
    let org = Sandbox::signed_in().await;
    let put = org
        .data("PUT", "sobjects/Lead/00Q000000000001EAA", json!({}))
        .await;
    assert_eq!(put.refusal(), (405, "METHOD_NOT_ALLOWED".into()));
    assert_eq!(put.header("allow"), "HEAD,GET,PATCH,DELETE");
    let xml = [("content-type", "text/xml")];
    let xml = org
        .data_with("POST", "sobjects/Lead", &xml, Value::Null)
        .await;
    assert_eq!(xml.refusal(), (415, "UNSUPPORTED_MEDIA_TYPE".into()));
    let broken = [
        ("authorization", &*format!("Bearer {}", org.token)),
        ("content-type", "application/json"),
    ];
    let broken = org
        .send(
            "POST",
            "/services/data/v62.0/sobjects/Lead",
            &broken,
            "{\"LastName\":",
        )
        .await;
    assert_eq!(broken.refusal(), (400, "JSON_PARSER_ERROR".into()));
    let head = org.data("HEAD", "sobjects", Value::Null).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_ne!(head.header("content-length"), "0");
}

#[tokio::test]
async fn tells_its_versions_to_everyone_and_the_rest_to_users() {
    let mut org = Sandbox::signed_in().await;
    let versions = org.send("GET", "/services/data/", &[], "").await.json();
    let last = versions.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        last,
        json!({"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"})
    );
    let resources = org.get("").await.json();
    assert_eq!(resources["sobjects"], "/services/data/v62.0/sobjects");
    let limits = org.get("limits/").await;
    assert_eq!(limits.json()["DailyApiRequests"]["Max"], 15_000);
    assert!(limits.header("sforce-limit-info").starts_with("api-usage="));
    let pretty = org
        .data_with("GET", "limits", &[("x-prettyprint", "1")], Value::Null)
        .await;
    assert!(pretty.text.contains("\n  \"DailyApiRequests\""));

    org.token = "00D000000000001!nobody".into();
    assert_eq!(
        org.get("limits").await.refusal(),
        (401, "INVALID_SESSION_ID".into())
    );
    let bare = org
        .send("GET", "/services/data/v62.0/limits", &[], "")
        .await;
    assert_eq!(bare.refusal(), (401, "INVALID_AUTH_HEADER".into()));
}

#[tokio::test]
async fn describe_tells_what_validation_knows() {
    let org = Sandbox::signed_in().await;
    let mut told = String::new();
    for object in ["Lead", "Opportunity", "Account", "Contact"] {
        let described = org.get(&format!("sobjects/{object}/describe")).await.json();
        let fields = described["fields"].as_array().unwrap();
        let names = |wanted: &dyn Fn(&Value) -> bool| {
            let names = fields
                .iter()
                .filter(|f| wanted(f))
                .map(|f| f["name"].as_str().unwrap());
            names.collect::<Vec<_>>().join(" ")
        };
        let required = names(&|f| {
            f["createable"] == true && f["nillable"] == false && f["defaultedOnCreate"] == false
        });
        let keys = names(&|f| f["externalId"] == true);
        let restricted = names(&|f| f["restrictedPicklist"] == true);
        told.push_str(&format!(
            "{object}: required {required}; external ids {keys}; restricted {restricted}\n"
        ));
    }
    let lead = org.get("sobjects/Lead/describe").await.json();
    let status = lead["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["name"] == "Status")
        .unwrap();
    told.push_str(&format!("{status:#}"));
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn texts_of_a_lead_are_as_long_as_in_the_real_org() {
    let org = Sandbox::signed_in().await;
    let lead = org.get("sobjects/Lead/describe").await.json();
    let fields = lead["fields"].as_array().unwrap();
    for (name, length) in [
        ("LastName", 80),
        ("FirstName", 40),
        ("Salutation", 40),
        ("Name", 121),
        ("Company", 255),
        ("Title", 128),
        ("Email", 80),
        ("Phone", 40),
        ("Website", 255),
        ("Street", 255),
        ("City", 40),
        ("State", 80),
        ("PostalCode", 20),
        ("Country", 80),
        ("Status", 255),
        ("Description", 32_000),
    ] {
        let field = fields.iter().find(|field| field["name"] == name).unwrap();
        assert_eq!(field["length"], length, "{name}");
    }
}

#[tokio::test]
async fn the_assistant_may_do_all_but_delete() {
    let mut org = Sandbox::signed_in().await;
    let id = org
        .create("Lead", json!({"LastName": "Osei", "Company": "Kente"}))
        .await;
    let granted = org.grant("assistant@example.com").await;
    granted["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut org.token);
    let path = format!("sobjects/Lead/{id}");
    assert_eq!(
        org.data("PATCH", &path, json!({"Title": "CEO"}))
            .await
            .status,
        204
    );
    let refused = org.data("DELETE", &path, Value::Null).await;
    assert_eq!(
        refused.refusal(),
        (403, "INSUFFICIENT_ACCESS_OR_READONLY".into())
    );
    assert_eq!(
        org.get("sobjects/Lead/describe").await.json()["deletable"],
        false
    );
}

#[tokio::test]
async fn an_account_takes_its_contacts_with_it_unless_a_sale_was_won() {
    let org = Sandbox::with(json!({"records": [
        {"type": "Account", "Id": "001000000000001", "Name": "Kente"},
        {"type": "Account", "id": "001000000000002AAA", "name": "Adinkra"},
        {"type": "Contact", "LastName": "Osei", "Account": {"Name": "Kente"}},
        {"type": "Opportunity", "Name": "Looms", "StageName": "Closed Won", "CloseDate": "2026-01-01", "AccountId": "001000000000002AAA"},
    ]}))
    .await;
    assert_eq!(
        org.data("DELETE", "sobjects/Account/001000000000001AAA", Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        org.query("SELECT COUNT() FROM Contact").await.json()["totalSize"],
        0
    );
    let won = org
        .data("DELETE", "sobjects/Account/001000000000002AAA", Value::Null)
        .await;
    assert_eq!(won.refusal(), (400, "DELETE_FAILED".into()));
}
