//! What a user was last at, bodies that come compressed, and the versions by another verb.

use serde_json::json;

use crate::support::Sandbox;

/// `{"LastName":"Osei","Company":"Kente"}`, compressed.
const COMPRESSED: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0xf2, 0x49, 0x2c, 0x2e,
    0xf1, 0x4b, 0xcc, 0x4d, 0x55, 0xb2, 0x52, 0xf2, 0x2f, 0x4e, 0xcd, 0x54, 0xd2, 0x51, 0x72, 0xce,
    0xcf, 0x2d, 0x48, 0xcc, 0xab, 0x04, 0x0a, 0x78, 0xa7, 0xe6, 0x95, 0xa4, 0x2a, 0xd5, 0x02, 0x00,
    0x9f, 0x15, 0x34, 0x20, 0x25, 0x00, 0x00, 0x00,
];

#[tokio::test]
async fn what_a_user_made_or_changed_last_comes_first_and_what_is_deleted_is_gone() {
    let org = Sandbox::signed_in().await;
    let mut ids = Vec::new();
    for (object, body) in [
        ("Account", json!({"Name": "Kente"})),
        ("Lead", json!({"LastName": "Osei", "Company": "Kente"})),
        ("Lead", json!({"LastName": "Boateng", "Company": "Kente"})),
    ] {
        let made = org.data("POST", &format!("sobjects/{object}"), body).await;
        ids.push(made.json()["id"].as_str().unwrap().to_owned());
    }
    let item = |object: &str, id: &str, name: &str| {
        let url = format!("/services/data/v62.0/sobjects/{object}/{id}");
        json!({"attributes": {"type": object, "url": url}, "Id": id, "Name": name})
    };
    let boateng = item("Lead", &ids[2], "Boateng");
    let osei = item("Lead", &ids[1], "Osei");
    let leads = org.get("sobjects/Lead").await.json();
    assert_eq!(leads["recentItems"], json!([boateng, osei]));
    let one = org.get("recent?limit=1").await.json();
    assert_eq!(one.as_array().unwrap().len(), 1);
    let all = org.get("recent").await.json();
    assert!(
        all.as_array()
            .unwrap()
            .contains(&item("Account", &ids[0], "Kente"))
    );

    let path = format!("sobjects/Lead/{}", ids[2]);
    org.data("DELETE", &path, json!(null)).await;
    let leads = org.get("sobjects/Lead").await.json();
    assert_eq!(leads["recentItems"], json!([osei]));
}

#[tokio::test]
async fn a_compressed_body_is_read_and_an_unknown_compression_is_415() {
    let org = Sandbox::signed_in().await;
    let bearer = format!("Bearer {}", org.token);
    let mut headers = vec![
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    let path = "/services/data/v62.0/sobjects/Lead";
    let made = org.send("POST", path, &headers, COMPRESSED).await;
    assert_eq!(made.status, 201);
    headers[2].1 = "compress";
    let refused = org.send("POST", path, &headers, COMPRESSED).await;
    assert_eq!(refused.status, 415);
}

#[tokio::test]
async fn the_versions_are_read_and_nothing_else() {
    let org = Sandbox::signed_in().await;
    for (method, status) in [("GET", 200), ("HEAD", 200), ("POST", 405), ("DELETE", 405)] {
        let answer = org.send(method, "/services/data/", &[], "").await;
        assert_eq!(answer.status, status, "{method}");
    }
}

#[tokio::test]
async fn a_search_for_an_unknown_object_says_so_without_a_statement_nobody_sent() {
    let org = Sandbox::signed_in().await;
    let body = json!({"q": "Kente", "sobjects": [{"name": "Foo"}]});
    let refused = org.data("POST", "parameterizedSearch", body).await;
    assert_eq!(refused.refusal(), (400, "INVALID_TYPE".into()));
    let message = refused.json()[0]["message"].to_string();
    assert!(
        message.starts_with("\"sObject type 'Foo' is not supported."),
        "{message}"
    );
}
