//! The control addresses: reset, the call log, faults, rules, more users, and who may use them.

use axum::extract::ConnectInfo;
use serde_json::{Value, json};
use turnwise_sandbox::{Options, Org};

use crate::support::{CALLBACK, Sandbox, VERIFIER, authorize, callback, options, usual};

#[tokio::test]
async fn a_reset_leaves_exactly_these_records_and_the_tokens() {
    let org = Sandbox::signed_in().await;
    org.create("Lead", json!({"LastName": "Gone", "Company": "Gone"}))
        .await;
    let reset = org
        .control(
            "reset",
            json!({
                "leads": [
                    {"id": "00QDv00000Abcde", "first_name": "Ama", "last_name": "Osei", "company": "Kente", "lead_source": "Web", "city": "Accra", "country": "Ghana", "industry": "Weaving", "external_id": "x1"},
                    {"last_name": "Converted", "company": "Kente"},
                ],
                "records": [{"type": "account", "id": "001Dv0000000001IAA", "name": "Kente"}, {"type": "Lead", "LastName": "Done", "Company": "C", "IsConverted": true}],
            }),
        )
        .await;
    assert_eq!(reset.status, 200, "{}", reset.text);
    let rows = org
        .query(
            "SELECT Name, External_Id__c FROM Lead WHERE IsConverted = false ORDER BY CreatedDate",
        )
        .await
        .json();
    assert_eq!(
        (&rows["totalSize"], &rows["records"][0]["External_Id__c"]),
        (&json!(2), &json!("x1"))
    );
    let done = org
        .query("SELECT Id FROM Lead WHERE IsConverted = true")
        .await
        .json()["records"][0]["Id"]
        .clone();
    let refused = org
        .data(
            "PATCH",
            &format!("sobjects/Lead/{}", done.as_str().unwrap()),
            json!({"Title": "x"}),
        )
        .await;
    assert_eq!(
        refused.refusal(),
        (400, "CANNOT_UPDATE_CONVERTED_LEAD".into())
    );
    assert_eq!(
        org.get("sobjects/Account/001Dv0000000001").await.status,
        200
    );
    assert_eq!(org.calls(0).await.len(), 5, "numbers go on");
}

#[tokio::test]
async fn a_reset_that_cannot_be_read_changes_nothing() {
    let org = Sandbox::signed_in().await;
    org.create("Lead", json!({"LastName": "Osei", "Company": "Kente"}))
        .await;
    for body in [
        json!({"leads": [{"last_name": "A", "company": "B", "shoe_size": 5}]}),
        json!({"records": [{"type": "Foo"}]}),
        json!({"records": [{"Name": "no type"}]}),
        json!({"leads": [{"id": "006000000000001", "last_name": "A"}]}),
        json!({"lead": []}),
        json!([]),
    ] {
        assert_eq!(org.control("reset", body).await.status, 400);
    }
    assert_eq!(
        org.query("SELECT Id FROM Lead").await.json()["totalSize"],
        1
    );
}

#[tokio::test]
async fn the_log_tells_every_data_call_that_arrived() {
    let org = Sandbox::with(
        json!({"leads": [{"id": "00Q000000000001", "last_name": "Osei", "company": "Kente"}]}),
    )
    .await;
    let id = org
        .create("Lead", json!({"lastname": "Mensah", "Company": "Kente"}))
        .await;
    let path = format!("sobjects/Lead/{id}");
    org.data("PATCH", &path, json!({"title": "CEO"})).await;
    org.get(&path).await;
    org.get("sobjects/lead/describe").await;
    org.query("SELECT Id FROM Lead LIMIT 1").await;
    org.query("SELECT Id FROM Lead WHERE LastName = 'Osei'")
        .await;
    org.query("SELECT COUNT() FROM Lead").await;
    org.get("search?q=FIND+%7BOsei%7D+RETURNING+Lead(Id)").await;
    org.data(
        "PATCH",
        "sobjects/Lead/External_Id__c/k",
        json!({"LastName": "Up", "Company": "Up"}),
    )
    .await;
    org.data(
        "PATCH",
        "sobjects/Lead/External_Id__c/k",
        json!({"Title": "again"}),
    )
    .await;
    org.data("POST", "sobjects/Lead", json!({"FirstName": "nobody"}))
        .await;
    org.data("DELETE", &path, Value::Null).await;
    org.get("limits").await;
    org.data(
        "POST",
        "composite/sobjects",
        json!({"records": [{"attributes": {"type": "Lead"}, "LastName": "C", "Company": "C"}]}),
    )
    .await;
    org.send(
        "GET",
        "/services/data/v62.0/query?q=SELECT+Id+FROM+Account",
        &[],
        "",
    )
    .await;
    let lines: Vec<String> = org.calls(0).await.iter().map(Value::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(org.calls(12).await[0]["n"], 13);
}

#[tokio::test]
async fn faults_answer_what_was_asked_for_as_often_as_asked() {
    let org = Sandbox::signed_in().await;
    for (answer, status, code) in [
        (json!("INVALID_SESSION_ID"), 401, "INVALID_SESSION_ID"),
        (
            json!("REQUEST_LIMIT_EXCEEDED"),
            403,
            "REQUEST_LIMIT_EXCEEDED",
        ),
        (json!("503"), 503, "SERVER_UNAVAILABLE"),
        (json!(500), 500, "UNKNOWN_EXCEPTION"),
    ] {
        org.control("fault", json!({"on": "data", "answer": answer, "times": 2}))
            .await;
        for _ in 0..2 {
            assert_eq!(org.get("sobjects").await.refusal(), (status, code.into()));
        }
        assert_eq!(org.get("sobjects").await.status, 200);
    }
    org.control("fault", json!({"on": "data", "answer": "html"}))
        .await;
    let html = org.get("sobjects").await;
    assert!(html.header("content-type").starts_with("text/html"));
    org.control("fault", json!({"on": "data", "answer": "delay:1"}))
        .await;
    assert_eq!(org.get("sobjects").await.status, 200);
    for body in [
        json!({"on": "data", "answer": "NO_SUCH_CODE"}),
        json!({"on": "tea", "answer": "503"}),
        json!({"on": "token"}),
    ] {
        assert_eq!(org.control("fault", body).await.status, 400);
    }
}

#[tokio::test]
async fn faults_of_saves_wait_for_a_save() {
    let org = Sandbox::signed_in().await;
    org.control(
        "fault",
        json!({"on": "data", "answer": "UNABLE_TO_LOCK_ROW"}),
    )
    .await;
    assert_eq!(org.query("SELECT Id FROM Lead").await.status, 200);
    let body = json!({"LastName": "Osei", "Company": "Kente"});
    let refused = org.data("POST", "sobjects/Lead", body.clone()).await;
    assert_eq!(refused.refusal(), (400, "UNABLE_TO_LOCK_ROW".into()));
    assert_eq!(org.data("POST", "sobjects/Lead", body).await.status, 201);
}

#[tokio::test]
async fn a_dropped_connection_has_committed_or_has_not() {
    let org = Sandbox::signed_in().await;
    let bearer = format!("Bearer {}", org.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    for (answer, count) in [("drop_before_commit", 0), ("drop_after_commit", 1)] {
        org.control("fault", json!({"on": "data", "answer": answer}))
            .await;
        let body = json!({"LastName": "Osei", "Company": "Kente"}).to_string();
        let lost = org
            .try_send(
                "POST",
                "/services/data/v62.0/sobjects/Lead",
                &headers,
                &body,
            )
            .await;
        assert!(lost.is_none());
        assert_eq!(
            org.query("SELECT Id FROM Lead").await.json()["totalSize"],
            count
        );
    }
}

#[tokio::test]
async fn a_duplicate_on_demand_names_the_newest_record() {
    let org = Sandbox::signed_in().await;
    org.create("Lead", json!({"LastName": "Old", "Company": "Kente"}))
        .await;
    let newest = org
        .create("Lead", json!({"LastName": "New", "Company": "Kente"}))
        .await;
    org.control(
        "fault",
        json!({"on": "data", "answer": "DUPLICATES_DETECTED"}),
    )
    .await;
    assert_eq!(
        org.data(
            "PATCH",
            &format!("sobjects/Lead/{newest}"),
            json!({"Title": "x"})
        )
        .await
        .status,
        204
    );
    let refused = org
        .data(
            "PATCH",
            "sobjects/Lead/External_Id__c/k",
            json!({"LastName": "Osei", "Company": "Kente"}),
        )
        .await;
    assert_eq!(refused.status, 400);
    insta::assert_snapshot!(format!("{:#}", refused.json()));
}

#[tokio::test]
async fn the_duplicate_rule_allows_on_the_users_word_or_blocks() {
    let org = Sandbox::signed_in().await;
    let body = json!({"LastName": "Osei", "Company": "Kente", "Email": "osei@kente.example"});
    let id = org.create("Lead", body.clone()).await;
    let allow = [(
        "sforce-duplicate-rule-header",
        "allowSave=true; includeRecordDetails=true",
    )];

    org.control("org", json!({"duplicate_rule": "allow"})).await;
    let refused = org.data("POST", "sobjects/Lead", body.clone()).await.json();
    assert_eq!(refused[0]["errorCode"], "DUPLICATES_DETECTED");
    assert_eq!(refused[0]["duplicateResut"]["allowSave"], true);
    assert_eq!(
        refused[0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]["Id"],
        json!(id)
    );
    assert_eq!(
        org.data(
            "PATCH",
            &format!("sobjects/Lead/{id}"),
            json!({"Title": "x"})
        )
        .await
        .status,
        204
    );
    let in_list = json!({"records": [{"attributes": {"type": "Lead"}, "LastName": "OSEI", "Company": "K", "Email": "OSEI@kente.example"}]});
    let in_list = org.data("POST", "composite/sobjects", in_list).await.json();
    assert_eq!(
        in_list[0]["errors"][0]["duplicateResult"]["allowSave"],
        true
    );
    assert_eq!(
        org.data_with("POST", "sobjects/Lead", &allow, body.clone())
            .await
            .status,
        201
    );

    org.control("org", json!({"duplicate_rule": "block"})).await;
    let blocked = org
        .data_with("POST", "sobjects/Lead", &allow, body)
        .await
        .json();
    assert_eq!(blocked[0]["duplicateResut"]["allowSave"], false);
    assert_eq!(
        blocked[0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]["Company"],
        "Kente"
    );
}

#[tokio::test]
async fn a_validation_rule_refuses_in_the_admins_own_words() {
    let org = Sandbox::signed_in().await;
    let rule =
        json!({"object": "Lead", "field": "Rating", "message": "Ratings come from <marketing>."});
    assert_eq!(
        org.control("org", json!({"validation_rule": rule}))
            .await
            .status,
        200
    );
    let refused = org
        .data(
            "POST",
            "sobjects/Lead",
            json!({"LastName": "Osei", "Company": "Kente", "Rating": "Hot"}),
        )
        .await;
    assert_eq!(
        refused.json()[0]["message"],
        "Ratings come from <marketing>."
    );
    org.create("Lead", json!({"LastName": "Osei", "Company": "Kente"}))
        .await;
    org.control("org", json!({"validation_rule": null})).await;
    org.create(
        "Lead",
        json!({"LastName": "Osei", "Company": "Kente", "Rating": "Hot"}),
    )
    .await;
}

#[tokio::test]
async fn an_org_without_external_id_does_not_know_the_field() {
    let org = Sandbox::signed_in().await;
    org.control("org", json!({"external_id": false})).await;
    let described = org.get("sobjects/Lead/describe").await;
    assert!(!described.text.contains("External_Id__c"));
    let refused = org
        .data(
            "PATCH",
            "sobjects/Lead/External_Id__c/k",
            json!({"LastName": "A", "Company": "B"}),
        )
        .await;
    assert_eq!(refused.refusal(), (404, "NOT_FOUND".into()));
    org.control("org", json!({"external_id": true})).await;
    assert!(
        org.get("sobjects/Lead/describe")
            .await
            .text
            .contains("External_Id__c")
    );
}

#[tokio::test]
async fn tokens_expire_on_demand() {
    let mut org = Sandbox::start(options());
    let granted = org.grant("rep@example.com").await;
    granted["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut org.token);
    org.control("expire", json!({"what": "access"})).await;
    assert_eq!(org.get("limits").await.status, 401);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", granted["refresh_token"].as_str().unwrap()),
    ];
    org.control("fault", json!({"on": "token", "answer": "invalid_grant"}))
        .await;
    assert_eq!(org.token_call(&form).await.json()["error"], "invalid_grant");
    let again = org.token_call(&form).await;
    assert_eq!(again.status, 200);
    org.control("expire", json!({"what": "refresh"})).await;
    let form = [
        ("grant_type", "refresh_token"),
        (
            "refresh_token",
            again.json()["refresh_token"].as_str().unwrap(),
        )
            .to_owned(),
    ]
    .map(|(n, v)| (n, v.to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(org.token_call(&form).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_fault_of_the_authorize_address_goes_back_to_the_client() {
    let org = Sandbox::start(Options {
        auto_approve: true,
        ..options()
    });
    org.control(
        "fault",
        json!({"on": "authorize", "answer": "OAUTH_APP_BLOCKED"}),
    )
    .await;
    let back = callback(&org.send("GET", &authorize(&usual()), &[], "").await);
    assert_eq!(back[0], ("error".into(), "OAUTH_APP_BLOCKED".into()));
    let back = callback(&org.send("GET", &authorize(&usual()), &[], "").await);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*back[0].1),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(org.token_call(&form).await.status, 200);
}

#[tokio::test]
async fn another_user_signs_in_with_the_rights_given() {
    let mut org = Sandbox::start(options());
    let user = json!({"username": "reader@example.com", "password": "demo", "name": "Rita Read", "rights": ["read"]});
    assert_eq!(org.control("users", user).await.status, 201);
    let granted = org.grant("reader@example.com").await;
    granted["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut org.token);
    let refused = org
        .data(
            "POST",
            "sobjects/Lead",
            json!({"LastName": "A", "Company": "B"}),
        )
        .await;
    assert_eq!(
        refused.refusal(),
        (403, "INSUFFICIENT_ACCESS_OR_READONLY".into())
    );
    assert_eq!(
        org.query("SELECT Name FROM User WHERE LastName = 'Read'")
            .await
            .json()["totalSize"],
        1
    );
    let wrong = json!({"username": "x", "password": "y", "rights": ["fly"]});
    assert_eq!(org.control("users", wrong).await.status, 400);
}

#[tokio::test]
async fn control_is_there_when_asked_for_and_on_loopback_only() {
    let org = Sandbox::start(Options {
        control: false,
        ..options()
    });
    assert_eq!(org.control("reset", json!({})).await.status, 404);

    let org = Sandbox::start(options());
    let elsewhere = [("sec-fetch-site", "cross-site")];
    assert_eq!(
        org.send("GET", "/sandbox/calls", &elsewhere, "")
            .await
            .status,
        403
    );
    for (peer, status) in [([127, 0, 0, 1], 200), ([192, 0, 2, 7], 403)] {
        let app = Org::new(options()).unwrap().router();
        let app = app.layer(axum::Extension(ConnectInfo(std::net::SocketAddr::from((
            peer, 5000,
        )))));
        let request = axum::http::Request::get("/sandbox/calls")
            .body(axum::body::Body::empty())
            .unwrap();
        let response = tower::ServiceExt::oneshot(app, request).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_org() {
    let wanted = "SELECT Id, Name, CreatedDate, Owner.Name FROM Lead ORDER BY CreatedDate DESC";
    let mut told = Vec::new();
    for _ in 0..2 {
        let mut org = Sandbox::start(Options {
            seed: None,
            ..options()
        });
        let granted = org.grant("rep@example.com").await;
        granted["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut org.token);
        told.push(org.query(wanted).await.json());
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0]["totalSize"], 25);
}
