//! Answers that the sandbox does not give by itself, from a server that says what it is told: duplicates of another object,
//! pauses that are asked for, pages in place of JSON. What an operation makes of the org's own answers is left to the others.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use turnwise_connectors::salesforce::{Client, Session, perform};
use turnwise_engine::effect::{Failure, FailureKind, Outcome};
use turnwise_engine::facts::{FieldFacts, ObjectFacts, OrgFacts};

use super::support::{call, lead};

/// An org that answers what it is told, in this order, and keeps what it was asked.
struct Told {
    session: Session,
    asked: Arc<Mutex<Vec<String>>>,
}

type Said = (u16, &'static [(&'static str, &'static str)], String);

async fn told(answers: Vec<Said>) -> Told {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (log, answers) = (asked.clone(), Mutex::new(VecDeque::from(answers)));
    let answers = Arc::new(answers);
    let answer = move |request: axum::extract::Request| {
        let (log, answers) = (log.clone(), answers.clone());
        async move {
            let asked = format!("{} {}", request.method(), request.uri());
            log.lock().unwrap().push(asked);
            let said = answers.lock().unwrap().pop_front();
            let (status, headers, body) = said.unwrap_or((599, &[], String::new()));
            let mut answer = body.into_response();
            *answer.status_mut() = status.try_into().unwrap();
            for (name, value) in headers {
                answer.headers_mut().insert(*name, value.parse().unwrap());
            }
            Response::from(answer)
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let session = Session {
        instance_url: format!("http://{address}").parse().unwrap(),
        access: "token".to_owned().into(),
    };
    Told { session, asked }
}

impl Told {
    async fn run(&self, operation: &str, input: Value) -> Outcome {
        let client = Client::new("62.0").unwrap();
        let ran = perform(&client, &self.session, &call(operation, input), &leads()).await;
        ran.expect("the session holds")
    }

    async fn failed(&self, operation: &str, input: Value) -> Failure {
        match self.run(operation, input).await {
            Outcome::Failed(failure) => failure,
            Outcome::Done(value) => panic!("it was done: {value}"),
        }
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// Leads without a field for the key.
fn leads() -> OrgFacts {
    let fields = ["LastName", "Company", "LastModifiedDate"].map(|name| {
        let field = FieldFacts {
            name: name.into(),
            kind: "string".into(),
            ..FieldFacts::default()
        };
        (name.to_lowercase(), field)
    });
    let object = |name: &str| ObjectFacts {
        name: name.into(),
        label: name.into(),
        fields: fields.iter().cloned().collect(),
        ..ObjectFacts::default()
    };
    let known = [object("Lead"), object("Contact")];
    OrgFacts {
        objects: known
            .map(|object| (object.name.to_lowercase(), object))
            .into(),
    }
}

fn said(status: u16, body: Value) -> Said {
    (status, &[], body.to_string())
}

fn matches(key: &str, records: Value) -> Value {
    let found = json!({ "allowSave": true, "matchResults": [{ "matchRecords": records }] });
    json!([{ "errorCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", key: found }])
}

#[tokio::test]
async fn a_duplicate_of_another_object_says_so_and_has_a_name() {
    let records = json!([
        { "record": { "attributes": { "type": "Contact" }, "Id": "003RO0000035WQgYAM" } },
        { "record": { "attributes": { "type": "Lead" }, "Id": "00Q000000000001EAA", "Name": "Ana Lind" } },
        { "record": { "attributes": { "type": "Contact" }, "Id": "003RO0000035WQgYAM", "Name": "Bo Lind" } },
    ]);
    for key in ["duplicateResut", "duplicateResult"] {
        let org = told(vec![
            said(400, matches(key, records.clone())),
            said(200, json!({ "Name": "Ana B. Lind" })),
        ])
        .await;
        let failure = org.failed("create", lead("Lind", "Tern")).await;
        assert_eq!(failure.kind, FailureKind::Duplicate);
        assert!(failure.overridable);
        let names: Vec<&Value> = failure.records.iter().map(|one| &one["name"]).collect();
        assert_eq!(
            names,
            ["Ana B. Lind (Contact)", "Ana Lind", "Bo Lind (Contact)"]
        );
        let url = failure.records[0]["url"].as_str().unwrap();
        assert!(
            url.ends_with("/lightning/r/Contact/003RO0000035WQgYAM/view"),
            "{url}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_read_of_a_duplicate_is_not_overridden() {
    for records in [
        json!([{ "record": { "Id": "003RO0000035WQgYAM" } }]),
        json!([{ "record": { "attributes": { "type": "Lead" }, "Id": 7 } }]),
        json!([{}]),
        json!("none"),
    ] {
        let org = told(vec![said(400, matches("duplicateResut", records.clone()))]).await;
        let failure = org.failed("create", lead("Lind", "Tern")).await;
        assert_eq!(failure.kind, FailureKind::Duplicate);
        assert!(!failure.overridable, "{records}");
    }
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_kept_and_a_long_one_ends_the_call() {
    let rows = json!({ "totalSize": 0, "records": [] });
    let busy = |wait: &'static [(&'static str, &'static str)]| (503, wait, String::new());
    let org = told(vec![busy(&[("retry-after", "0")]), said(200, rows)]).await;
    assert!(matches!(
        org.run("find", json!({ "object": "Lead" })).await,
        Outcome::Done(_)
    ));
    assert_eq!(org.asked(), 2);
    let org = told(vec![busy(&[("retry-after", "60")])]).await;
    let failure = org.failed("find", json!({ "object": "Lead" })).await;
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert_eq!(org.asked(), 1);
}

#[tokio::test]
async fn what_did_not_run_is_tried_three_times_and_then_left() {
    let locked = json!([{ "errorCode": "UNABLE_TO_LOCK_ROW", "message": "…", "fields": [] }]);
    let limit = |message| json!([{ "errorCode": "REQUEST_LIMIT_EXCEEDED", "message": message }]);
    for (status, body, asked, kind) in [
        (400, locked, 3, FailureKind::Unavailable),
        (
            403,
            limit("ConcurrentPerOrgLongTxn Limit exceeded."),
            3,
            FailureKind::Unavailable,
        ),
        (
            403,
            limit("TotalRequests Limit exceeded."),
            1,
            FailureKind::Limit,
        ),
    ] {
        let org = told(vec![said(status, body); 4]).await;
        let failure = org.failed("create", lead("Lind", "Tern")).await;
        assert_eq!((failure.kind, org.asked()), (kind, asked));
    }
}

#[tokio::test]
async fn a_page_in_place_of_json_is_no_answer() {
    let page = || (200, &[][..], "<h1>Sign in to the hotel</h1>".to_owned());
    let org = told(vec![page(); 3]).await;
    let failure = org.failed("find", json!({ "object": "Lead" })).await;
    assert_eq!(failure.kind, FailureKind::Unavailable);
    let org = told(vec![page(); 6]).await;
    let failure = org.failed("create", lead("Lind", "Tern")).await;
    assert_eq!(failure.kind, FailureKind::Unknown);
    let writes = org
        .asked
        .lock()
        .unwrap()
        .iter()
        .filter(|one| one.starts_with("POST"))
        .count();
    assert_eq!(writes, 1);
}

#[tokio::test]
async fn a_record_that_changes_between_reading_and_writing_is_looked_at_again() {
    let row = |company: &str| {
        let at = "2026-11-24T14:23:24.000+0000";
        let row = json!({ "Id": "00Q000000000001EAA", "Company": company, "LastModifiedDate": at });
        said(200, row)
    };
    let stale = || {
        said(
            412,
            json!([{ "errorCode": "PRECONDITION_FAILED", "message": "…" }]),
        )
    };
    let saved = || (204, &[][..], String::new());
    let seen = json!({
        "object": "Lead", "id": "00Q000000000001EAA", "fields": { "Company": "Tern" },
    });
    let update = json!({ "record": seen, "fields": { "Company": "Plover" } });
    // Something else was changed, or it was our own first try: it goes on. The same field was changed: it does not.
    let elsewhere = told(vec![
        row("Tern"),
        stale(),
        row("Tern"),
        saved(),
        row("Plover"),
    ])
    .await;
    let own = told(vec![row("Tern"), stale(), row("Plover")]).await;
    for org in [elsewhere, own] {
        let Outcome::Done(done) = org.run("update", update.clone()).await else {
            panic!("it was not done");
        };
        assert_eq!(done["before"], json!({ "Company": "Tern" }));
        assert_eq!(done["fields"]["Company"], "Plover");
    }
    let by = json!({ "records": [{ "LastModifiedBy": { "Name": "Ana Lind" } }] });
    let same = told(vec![row("Tern"), stale(), row("Heron"), said(200, by)]).await;
    let failure = same.failed("update", update).await;
    assert_eq!(failure.kind, FailureKind::Changed);
    assert_eq!(failure.records[0]["by"], "Ana Lind");
}

#[tokio::test]
async fn an_id_of_another_object_is_not_found_before_any_call() {
    let other = json!({ "object": "Lead", "record": "006000000000001AAA" });
    let org = told(Vec::new()).await;
    for operation in ["get", "delete"] {
        let failure = org.failed(operation, other.clone()).await;
        assert_eq!(failure.kind, FailureKind::NotFound, "{operation}");
    }
    let meant = json!({ "object": "Lead", "text": "006000000000001AAA" });
    let Outcome::Done(found) = org.run("lookup", meant).await else {
        panic!("it failed");
    };
    assert_eq!((&found["total"], org.asked()), (&json!(0), 0));
    // Fifteen letters and digits that are no lead's id are looked for as words.
    let rows = json!({ "totalSize": 0, "done": true, "records": [] });
    let org = told(vec![said(200, rows)]).await;
    org.run(
        "lookup",
        json!({ "object": "Lead", "text": "Heronworks12345" }),
    )
    .await;
    assert!(org.asked() > 0);
}
