//! The connector for services against one on a real socket that answers what it is told: what is asked, what is tried again,
//! and what never is. How a template says it is left to the tests of the binary.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use turnwise_connectors::auth::{
    Authorizer, By, Config, Mechanism, MemoryGrants, Place, Profile, Setup, State, SystemClock,
    Vault, Who,
};
use turnwise_connectors::http::{Service, Services};
use turnwise_connectors::salesforce::Client;
use turnwise_connectors::{Connectors, Performed};
use turnwise_engine::effect::{Auth, Call, CallId, Does, Failure, FailureKind, Outcome};
use turnwise_engine::facts::OrgFacts;

/// A shop that answers this, in this order; what it is asked is kept as `METHOD path?query key body`.
struct Shop {
    connectors: Connectors<MemoryGrants>,
    asked: Arc<Mutex<Vec<String>>>,
}

type Said = (u16, &'static str, Value);

async fn shop(answers: &[Said]) -> Shop {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let answers = Arc::new(Mutex::new(VecDeque::from(answers.to_vec())));
    let log = asked.clone();
    let answer = move |request: axum::extract::Request| {
        let (log, answers) = (log.clone(), answers.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let key = head
                .headers
                .get("x-api-key")
                .map_or("-", |key| key.to_str().unwrap());
            let body = String::from_utf8_lossy(&body).into_owned();
            let line = format!("{} {} {key} {body}", head.method, head.uri);
            log.lock().unwrap().push(line.trim_end().to_owned());
            let said = answers.lock().unwrap().pop_front();
            let (status, header, body) = said.expect("one answer more than was told");
            let mut answer: Response = body.to_string().into_response();
            *answer.status_mut() = status.try_into().unwrap();
            if let Some((name, value)) = header.split_once(": ") {
                let name = http::HeaderName::try_from(name).unwrap();
                answer.headers_mut().insert(name, value.parse().unwrap());
            }
            answer
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Shop {
        connectors: connectors(&base),
        asked,
    }
}

fn connectors(base: &str) -> Connectors<MemoryGrants> {
    let base: url::Url = base.parse().unwrap();
    let profile = |id: &str, place: Place| Profile {
        provider: "other".into(),
        mechanism: Mechanism::ApiKey,
        place,
        ..Profile::of_vendor(id, base.clone()).with_secret("key", "k-7")
    };
    let profiles = vec![
        profile("shop_key", Place::Header("x-api-key".into())),
        profile("body_key", Place::Body("key".into())),
    ];
    let setup = |integration: &str, profile: &str| Setup {
        integration: integration.into(),
        title: "Shop".into(),
        by: By::Operator,
        profile: profile.into(),
        enabled: integration != "closed",
        declared: true,
        orgs: Default::default(),
        shared_writes: true,
    };
    let config = Config {
        redirect_uri: String::new(),
        setups: vec![
            setup("shop", "shop_key"),
            setup("open", "system"),
            setup("closed", "system"),
            setup("form", "body_key"),
        ],
        profiles,
    };
    let (store, vault) = (MemoryGrants::default(), Vault::random());
    let all = ["shop", "open", "closed", "form"]
        .map(|id| (id.to_owned(), Service { base: base.clone() }));
    Connectors {
        auth: Authorizer::new(store, vault, config, Arc::new(SystemClock)).unwrap(),
        salesforce: Client::new("62.0").unwrap(),
        services: Services::new(all.into(), &[]).unwrap(),
    }
}

impl Shop {
    async fn run(&self, call: &Call) -> Outcome {
        match self.perform(call).await {
            Performed::Called(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    async fn perform(&self, call: &Call) -> Performed {
        let who = Who {
            channel: "web".into(),
            user: "ann".into(),
            conversation: "c1".into(),
            display_name: "Ann".into(),
        };
        let facts = OrgFacts::default();
        let performed = self.connectors.perform(&who, call, &facts);
        performed.await.unwrap()
    }

    async fn done(&self, operation: &str, input: Value) -> Value {
        match self.run(&call(operation, input)).await {
            Outcome::Done(value) => value,
            other => panic!("{other:?}"),
        }
    }

    async fn failed(&self, operation: &str, input: Value) -> Failure {
        match self.run(&call(operation, input)).await {
            Outcome::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn call(operation: &str, input: Value) -> Call {
    let does = match operation {
        "get" => Does::Read,
        "post" => Does::Create,
        "delete" => Does::Delete,
        _ => Does::Update,
    };
    Call {
        id: CallId("1:1".into()),
        integration: "shop".into(),
        operation: operation.into(),
        does,
        auth: Auth::Integration,
        key: "c1:1:1".into(),
        doubt: None,
        input,
    }
}

#[tokio::test]
async fn asks_what_the_call_says_and_takes_what_it_names() {
    let body = json!({ "order": { "state": "sent", "items": [{ "eta": "2026-12-01" }] } });
    let shop = shop(&[
        (200, "", body),
        (201, "", json!({})),
        (204, "", Value::Null),
    ])
    .await;
    let input = json!({
        "path": "/orders/7", "query": { "full": 1, "none": null },
        "take": { "state": "order.state", "eta": "order.items[0].eta", "other": "a.b" },
    });
    let taken = shop.done("get", input).await;
    let wanted = json!({ "state": "sent", "eta": "2026-12-01", "other": null, "status": 200 });
    assert_eq!(taken, wanted);
    let made = shop
        .done("post", json!({ "path": "/orders", "json": { "n": 2 } }))
        .await;
    assert_eq!(made, json!({ "status": 201 }));
    shop.done("put", json!({ "path": "/a", "form": { "b": "c d" } }))
        .await;
    assert_eq!(
        shop.asked(),
        [
            "GET /api/orders/7?full=1 k-7",
            "POST /api/orders k-7 {\"n\":2}",
            "PUT /api/a k-7 b=c+d",
        ]
    );
}

#[tokio::test]
async fn a_post_without_an_answer_is_unknown_and_made_once() {
    let shop = shop(&[(502, "", Value::Null)]).await;
    let failure = shop.failed("post", json!({ "path": "/orders" })).await;
    assert_eq!((failure.kind, failure.doubt), (FailureKind::Unknown, None));
    // After a restart nobody knows either, and nothing is sent.
    let again = Call {
        doubt: Some(Timestamp::now()),
        ..call("post", json!({ "path": "/orders" }))
    };
    let Outcome::Failed(failure) = shop.run(&again).await else {
        panic!("it was done");
    };
    assert_eq!(failure.kind, FailureKind::Unknown);
    assert_eq!(shop.asked().len(), 1);
}

#[tokio::test]
async fn what_does_the_same_each_time_is_tried_again() {
    let down = || (503, "retry-after: 0", Value::Null);
    for operation in ["get", "put", "delete"] {
        let up = shop(&[down(), down(), (200, "", json!({}))]).await;
        up.done(operation, json!({ "path": "/a" })).await;
        assert_eq!(up.asked().len(), 3, "{operation}");
        let away = shop(&[down(), down(), down()]).await;
        let failure = away.failed(operation, json!({ "path": "/a" })).await;
        let (kind, open) = match operation {
            "get" => (FailureKind::Unavailable, false),
            _ => (FailureKind::Unknown, true),
        };
        assert_eq!((failure.kind, failure.doubt.is_some()), (kind, open));
    }
    let search = Call {
        does: Does::Read,
        ..call("post", json!({ "path": "/search" }))
    };
    let up = shop(&[down(), (200, "", json!({}))]).await;
    assert!(matches!(up.run(&search).await, Outcome::Done(_)));
}

#[tokio::test]
async fn a_delete_that_was_done_by_a_lost_try_is_done() {
    let lost = shop(&[(502, "", Value::Null), (404, "", Value::Null)]).await;
    assert_eq!(
        lost.done("delete", json!({ "path": "/a" })).await["status"],
        404
    );
    let never = shop(&[(404, "", Value::Null)]).await;
    let failure = never.failed("delete", json!({ "path": "/a" })).await;
    assert_eq!(failure.kind, FailureKind::NotFound);
}

#[tokio::test]
async fn a_refusal_has_its_status_as_code_and_its_reason_in_words() {
    let problem = json!({ "title": "Too late", "detail": "It has left the house." });
    let shop = shop(&[(422, "", problem), (401, "", Value::Null)]).await;
    let failure = shop.failed("patch", json!({ "path": "/a" })).await;
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert_eq!(
        (failure.code.as_str(), failure.message.as_str()),
        ("422", "It has left the house.")
    );
    let failure = shop.failed("patch", json!({ "path": "/a" })).await;
    assert_eq!(
        (failure.kind, failure.code.as_str()),
        (FailureKind::Setup, "401")
    );
    assert_eq!(shop.asked().len(), 2, "a key can't be renewed");
}

#[tokio::test]
async fn a_service_without_a_profile_gets_no_key_and_one_that_is_off_no_call() {
    let shop = shop(&[(200, "", json!({}))]).await;
    let to = |integration: &str| Call {
        integration: integration.into(),
        ..call("get", json!({ "path": "/a" }))
    };
    assert!(matches!(shop.run(&to("open")).await, Outcome::Done(_)));
    let closed = shop.perform(&to("closed")).await;
    assert!(
        matches!(
            closed,
            Performed::NotReady {
                state: State::Disabled,
                ..
            }
        ),
        "{closed:?}"
    );
    assert_eq!(shop.asked(), ["GET /api/a -"]);
}

#[tokio::test]
async fn a_key_of_the_body_goes_into_it_or_the_call_is_not_made() {
    let shop = shop(&[(200, "", json!({})), (200, "", json!({}))]).await;
    let to = |operation: &str, input: Value| Call {
        integration: "form".into(),
        ..call(operation, input)
    };
    for input in [
        json!({ "path": "/a", "json": { "n": 1 } }),
        json!({ "path": "/a", "form": { "n": "1" } }),
    ] {
        assert!(matches!(
            shop.run(&to("post", input)).await,
            Outcome::Done(_)
        ));
    }
    for (operation, input) in [
        ("get", json!({ "path": "/a" })),
        ("post", json!({ "path": "/a", "json": [1] })),
    ] {
        let Outcome::Failed(failure) = shop.run(&to(operation, input)).await else {
            panic!("{operation} was made without its key")
        };
        assert_eq!(failure.kind, FailureKind::Setup, "{failure:?}");
    }
    let asked = [
        r#"POST /api/a - {"n":1,"key":"k-7"}"#,
        "POST /api/a - n=1&key=k-7",
    ];
    assert_eq!(shop.asked(), asked);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_no_path_leaves_the_service() {
    let other = shop(&[]).await;
    let shop = shop(&[(302, "location: http://127.0.0.1:9/evil", Value::Null)]).await;
    let failure = shop.failed("get", json!({ "path": "/a" })).await;
    assert_eq!(failure.kind, FailureKind::Setup);
    for path in ["/../admin", "/a/%2e%2e/b", "/a/./b"] {
        let failure = shop.failed("get", json!({ "path": path })).await;
        assert_eq!(failure.kind, FailureKind::Setup, "{path}");
    }
    assert_eq!(shop.asked().len(), 1);
    assert_eq!(other.asked().len(), 0);
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off() {
    let long = json!("x".repeat(2 * 1024 * 1024));
    let shop = shop(&[
        (200, "", long.clone()),
        (200, "", long.clone()),
        (200, "", long),
    ])
    .await;
    let failure = shop.failed("get", json!({ "path": "/a" })).await;
    assert_eq!(failure.kind, FailureKind::Unavailable);
}

#[tokio::test]
async fn a_service_that_is_away_did_nothing() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/api", free.local_addr().unwrap());
    drop(free);
    let away = Shop {
        connectors: connectors(&base),
        asked: Arc::default(),
    };
    let failure = away.failed("post", json!({ "path": "/a" })).await;
    assert_eq!(failure.kind, FailureKind::Unavailable);
}
