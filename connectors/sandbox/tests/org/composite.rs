//! Several calls in one: what the later ones see of the earlier, and what is left when one of them fails.

use serde_json::{Value, json};

use crate::support::Sandbox;

async fn composite(org: &Sandbox, all_or_none: bool, calls: Value) -> Vec<Value> {
    let body = json!({ "allOrNone": all_or_none, "compositeRequest": calls });
    let answer = org.data("POST", "composite", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["compositeResponse"]
        .as_array()
        .unwrap()
        .clone()
}

fn account_and_contact(last_name: Value) -> Value {
    let at = "/services/data/v62.0";
    json!([
        { "method": "POST", "url": format!("{at}/sobjects/Account"), "referenceId": "a", "body": { "Name": "Kente" } },
        { "method": "POST", "url": format!("{at}/sobjects/Contact"), "referenceId": "c",
          "body": { "LastName": last_name, "AccountId": "@{a.id}" } },
        { "method": "GET", "url": format!("{at}/query?q=SELECT+Name+FROM+Account+WHERE+Id='@{{a.id}}'"), "referenceId": "q" },
    ])
}

fn statuses(answers: &[Value]) -> Vec<u64> {
    answers
        .iter()
        .map(|one| one["httpStatusCode"].as_u64().unwrap())
        .collect()
}

async fn accounts(org: &Sandbox) -> Value {
    let found = org.query("SELECT COUNT() FROM Account").await;
    found.json()["totalSize"].clone()
}

#[tokio::test]
async fn a_call_sees_what_those_before_it_made() {
    let org = Sandbox::with(json!({})).await;
    let answers = composite(&org, true, account_and_contact(json!("Osei"))).await;
    assert_eq!(statuses(&answers), [201, 201, 200]);
    assert_eq!(answers[2]["body"]["records"][0]["Name"], "Kente");
    let id = answers[0]["body"]["id"].as_str().unwrap();
    let location = answers[0]["httpHeaders"]["Location"].as_str().unwrap();
    assert!(location.ends_with(id), "{location}");
    let calls = org.calls(0).await;
    let ops: Vec<&Value> = calls.iter().map(|call| &call["op"]).collect();
    assert_eq!(ops, ["create", "create", "query"]);
}

#[tokio::test]
async fn with_all_or_none_one_failure_undoes_them_all() {
    let org = Sandbox::with(json!({})).await;
    let answers = composite(&org, true, account_and_contact(Value::Null)).await;
    assert_eq!(statuses(&answers), [400, 400, 400]);
    let codes = answers.iter().map(|one| &one["body"][0]["errorCode"]);
    let codes: Vec<&Value> = codes.collect();
    assert_eq!(
        codes,
        [
            "PROCESSING_HALTED",
            "REQUIRED_FIELD_MISSING",
            "PROCESSING_HALTED"
        ]
    );
    assert_eq!(accounts(&org).await, 0);
    let answers = composite(&org, false, account_and_contact(Value::Null)).await;
    assert_eq!(statuses(&answers), [201, 400, 200]);
    assert_eq!(accounts(&org).await, 1);
}

#[tokio::test]
async fn what_is_no_composite_is_refused_and_what_is_none_of_its_calls_fails_alone() {
    let org = Sandbox::with(json!({})).await;
    let one = |method: &str, path: &str, name: &str| json!({ "method": method, "url": path, "referenceId": name });
    let limits = "/services/data/v62.0/limits";
    for calls in [
        json!("none"),
        json!([one("GET", limits, "")]),
        json!([one("GET", limits, "x"), one("GET", limits, "x")]),
        json!(vec![one("GET", limits, "x"); 26]),
    ] {
        let body = json!({ "compositeRequest": calls });
        let answer = org.data("POST", "composite", body).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
    let answers = composite(
        &org,
        false,
        json!([
            one("GET", limits, "a"),
            one("PUT", limits, "b"),
            one("POST", "/services/data/v62.0/composite", "c"),
            one("GET", "/sandbox/calls", "d"),
            one("GET", "/services/data/v62.0/sobjects/Lead/@{z.id}", "e"),
        ]),
    )
    .await;
    assert_eq!(statuses(&answers), [200, 405, 405, 404, 400]);
}
