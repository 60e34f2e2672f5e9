//! The server is killed with -9 at each point between a state that is saved and an answer that is: before a call arrives,
//! and after the org has done it, for a write, for the code of a sign-in and for a refresh. The org says when.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::Notify;

use crate::kill::{ALONE, Server, Talk, is_done, last_name, leads, org, serve};

/// What the server asks the org for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asked {
    /// The lead.
    Write,
    /// Tokens for the code of a sign-in.
    Code,
    /// Tokens for a refresh token.
    Refresh,
}

/// When it is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    /// Its state is saved and the org knows nothing.
    Before,
    /// The org has done it, and its answer never comes.
    After,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_a_server_killed_at_a_write_neither_loses_nor_doubles_it() {
    for moment in [Moment::Before, Moment::After] {
        let (told, there) = talked(Asked::Write, moment, true).await;
        assert_eq!((told, there), (1, 1), "{moment:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_without_our_field_a_write_in_doubt_is_looked_for_and_never_doubled() {
    let (told, there) = talked(Asked::Write, Moment::After, false).await;
    assert_eq!((told, there), (1, 1), "it is there, so it is found");
    let (told, there) = talked(Asked::Write, Moment::Before, false).await;
    assert!(told <= there && there <= 1, "told {told}, there {there}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_a_server_killed_while_it_trades_a_code_asks_for_another_sign_in() {
    for moment in [Moment::Before, Moment::After] {
        let (told, there) = talked(Asked::Code, moment, true).await;
        assert_eq!((told, there), (1, 1), "{moment:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_a_server_killed_while_it_refreshes_goes_on_or_asks_to_sign_in() {
    for moment in [Moment::Before, Moment::After] {
        let (told, there) = talked(Asked::Refresh, moment, true).await;
        assert_eq!((told, there), (1, 1), "{moment:?}");
    }
}

/// One conversation whose server is killed once: how often its user was told of the lead, and how often it is there.
async fn talked(asked: Asked, moment: Moment, external_id: bool) -> (usize, usize) {
    let _alone = ALONE.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let killer = Arc::new(Killer {
        asked,
        moment,
        server: OnceLock::new(),
        org: OnceLock::new(),
        expired: AtomicBool::new(false),
        killed: AtomicBool::new(false),
        gone: Notify::new(),
    });
    let org = serve(
        org()
            .router()
            .layer(from_fn_with_state(killer.clone(), killed_at)),
        external_id,
    )
    .await;
    killer.org.set(org.clone()).unwrap();
    let server = Server::new(folder.path(), &org);
    let base = server.base.clone();
    assert!(killer.server.set(server).is_ok());
    let server = || killer.server.get().unwrap();
    server().start().await;
    let talk = tokio::spawn(Talk::new(0, base, Arc::default()).until_the_lead_is_there());
    killer.gone.notified().await;
    server().start().await;
    let said = talk.await.unwrap();
    let ids: Vec<i64> = said.iter().map(|m| m["id"].as_i64().unwrap()).collect();
    let all = i64::try_from(ids.len()).unwrap();
    assert_eq!(ids, (1..=all).collect::<Vec<_>>(), "{asked:?} {moment:?}");
    let there: BTreeMap<String, usize> = leads(&org).await;
    let there = there.get(&last_name(0)).copied().unwrap_or(0);
    (
        said.iter().filter(|message| is_done(message)).count(),
        there,
    )
}

/// Whoever kills the server, once.
struct Killer {
    asked: Asked,
    moment: Moment,
    server: OnceLock<Server>,
    org: OnceLock<String>,
    /// Whether the first access token was made to end, so that there is a refresh.
    expired: AtomicBool,
    killed: AtomicBool,
    gone: Notify,
}

async fn killed_at(State(killer): State<Arc<Killer>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let form = String::from_utf8_lossy(&body);
    let token = head.uri.path().ends_with("/oauth2/token");
    let lead = head.uri.path().contains("/sobjects/Lead");
    let asked = if token && form.contains("grant_type=authorization_code") {
        Some(Asked::Code)
    } else if token && form.contains("grant_type=refresh_token") {
        Some(Asked::Refresh)
    } else if lead && matches!(head.method, Method::POST | Method::PATCH) {
        Some(Asked::Write)
    } else {
        None
    };
    let request = Request::from_parts(head, Body::from(body));
    let due = asked == Some(killer.asked) && !killer.killed.swap(true, Ordering::SeqCst);
    if due && killer.moment == Moment::Before {
        return killer.kills();
    }
    let answer = next.run(request).await;
    if due {
        return killer.kills();
    }
    let first = asked == Some(Asked::Code) && !killer.expired.swap(true, Ordering::SeqCst);
    if first && killer.asked == Asked::Refresh {
        let org = killer.org.get().unwrap();
        let ended = reqwest::Client::new()
            .post(format!("{org}/sandbox/expire"))
            .json(&json!({ "what": "access" }));
        assert!(ended.send().await.unwrap().status().is_success());
    }
    answer
}

impl Killer {
    /// The answer goes to nobody.
    fn kills(&self) -> Response {
        self.server.get().unwrap().kill();
        self.gone.notify_one();
        StatusCode::BAD_GATEWAY.into_response()
    }
}
