//! Rule D: tokens at rest and in use, against a provider that answers as it likes and against crashes.
//! How they come about is left to `links`.

use std::sync::Arc;

use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use serde_json::json;
use turnwise_connectors::auth::{
    Begun, Binding, GrantStore as _, MemoryGrants, Renewed, Vault, Who, Written,
};
use turnwise_connectors::salesforce::Client;
use turnwise_connectors::{Connectors, Performed};
use turnwise_engine::effect::Auth;
use turnwise_engine::facts::{ObjectFacts, OrgFacts};

use super::provider::{Bot, Provider, Says, parameter};
use super::support::{ann, call, config};

const K1: &str = "8f1c0d5e7a92b3464d0be2f1906c5d7738a1e4fb02c96d5083f7a1bc2e64d905";
const K2: &str = "13a7c5e90f2b4d68e1735c9a0b8f6d24c3e5a7190d4f2b6c8e0a1735f9bd6c42";

fn ben() -> Who {
    Who {
        user: "ben".into(),
        ..ann()
    }
}

async fn signed_in(provider: &Provider, keys: &str, store: &MemoryGrants) -> Bot {
    provider.says("token", [Says::Json(200, provider.tokens("a"))]);
    let bot = restarted(provider, keys, store);
    bot.signs_in(&ann()).await;
    assert!(bot.is_signed_in(&ann()).await);
    bot
}

fn restarted(provider: &Provider, keys: &str, store: &MemoryGrants) -> Bot {
    let vault = Vault::from_hex(keys).unwrap();
    provider.bot_of(config(provider.profile()), vault, store.clone())
}

async fn row(store: &MemoryGrants, user: &str) -> Vec<u8> {
    store
        .grant("web", user, "crm")
        .await
        .unwrap()
        .unwrap()
        .sealed
}

#[tokio::test]
async fn d1_a_row_put_under_another_user_counts_as_signed_out() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = signed_in(&provider, K1, &store).await;
    let stolen = row(&store, "ann").await;
    let text = String::from_utf8_lossy(&stolen);
    assert!(!text.contains("access-a") && !text.contains("refresh-a"));
    let now = Written::Connected(bot.now());
    let put = store.put_grant(["web", "ben", "crm"], stolen, 0, now);
    assert!(put.await.unwrap());
    assert!(!bot.is_signed_in(&ben()).await);
    assert!(bot.is_signed_in(&ann()).await);
}

#[tokio::test]
async fn d1_two_users_whose_rows_are_swapped_are_both_signed_out() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = signed_in(&provider, K1, &store).await;
    bot.signs_in(&ben()).await;
    assert!(bot.is_signed_in(&ben()).await);
    let rows = [row(&store, "ann").await, row(&store, "ben").await];
    for (user, sealed) in ["ben", "ann"].iter().zip(rows) {
        let now = Written::Renewed(bot.now());
        let put = store.put_grant(["web", user, "crm"], sealed, 1, now);
        assert!(put.await.unwrap());
    }
    for who in [ann(), ben()] {
        assert!(!bot.is_signed_in(&who).await, "{who:?}");
        bot.signs_in(&who).await;
        assert!(bot.is_signed_in(&who).await, "a new sign-in works");
    }
}

#[tokio::test]
async fn d2_rows_move_to_the_new_key_as_they_are_used() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    signed_in(&provider, K1, &store).await;
    let both = restarted(&provider, &format!("{K2},{K1}"), &store);
    assert!(both.is_signed_in(&ann()).await);
    let vault = Vault::from_hex(K2).unwrap();
    assert!(vault.seals_like(&row(&store, "ann").await), "it says K2");
    let new = restarted(&provider, K2, &store);
    assert!(new.is_signed_in(&ann()).await, "K1 may go");
}

#[tokio::test]
async fn d2_a_key_dropped_too_early_means_signed_out_and_no_crash() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    signed_in(&provider, K1, &store).await;
    let early = restarted(&provider, K2, &store);
    assert!(!early.is_signed_in(&ann()).await);
    early.signs_in(&ann()).await;
    assert!(early.is_signed_in(&ann()).await, "a new sign-in works");
}

#[tokio::test]
async fn d3_nothing_that_can_be_printed_prints_a_secret() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = signed_in(&provider, K1, &store).await;
    let session = bot.auth.session("web", "ann", "crm").await.unwrap();
    let profile = provider.profile();
    let profile = profile.with_secret("client_secret", "the-client-secret");
    let renewed = Renewed::Session(session.clone().unwrap());
    let access = bot.auth.access(&ann(), "crm", Auth::User).await.unwrap();
    // A sign-in in the middle, a callback that failed, an answer that repeats our secrets.
    let begun = bot.auth.begin(&ben(), "crm", Binding::Code).await;
    let Begun::Link { attempt, .. } = begun.as_ref().unwrap() else {
        panic!("no link")
    };
    let handle = bot.auth.link(&ben(), attempt).await.unwrap().unwrap();
    let start = bot.auth.open(&handle, None).await.unwrap();
    let url = bot.authorize(&handle).await;
    let state = parameter(&url, "state");
    let said = format!("no {state} the-code refresh-a");
    let repeats = json!({ "error": "invalid_client", "error_description": said });
    provider.says("token", [Says::Json(401, repeats)]);
    let end = bot.comes_back(&url).await;
    let old = session.clone().unwrap().access;
    let refused = bot.auth.refresh(&ann(), "crm", &old).await;
    let printed = format!(
        "{profile:?} {session:?} {renewed:?} {access:?} {begun:?} {start:?} {refused:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        end.note,
        end.fault,
        Vault::from_hex(K1).unwrap(),
        config(profile.clone()),
        store.trail(),
        bot.auth.granted().await,
        bot.auth.trouble("crm").await,
    );
    for secret in [
        "access-a",
        "refresh-a",
        "the-client-secret",
        "the-code",
        &state,
        &handle,
        K1,
    ] {
        assert!(!printed.contains(secret), "{secret}: {printed}");
    }
}

#[tokio::test]
async fn d4_fifty_at_once_make_one_refresh() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = Arc::new(signed_in(&provider, K1, &store).await);
    let before = provider.asked("token").len();
    let dead = json!({ "error": "invalid_grant" });
    let good = Says::Json(200, provider.tokens("b"));
    // A second refresh would be refused, as by a provider that detects reuse.
    provider.says("token", [good, Says::Json(400, dead)]);
    let old = bot.auth.session("web", "ann", "crm").await.unwrap();
    let old = old.unwrap().access;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (bot, old) = (bot.clone(), old.clone());
        all.spawn(async move { bot.auth.refresh(&ann(), "crm", &old).await.unwrap() });
    }
    for renewed in all.join_all().await {
        assert!(matches!(renewed, Renewed::Session(_)), "{renewed:?}");
    }
    assert_eq!(provider.asked("token").len(), before + 1);
    assert!(bot.is_signed_in(&ann()).await);
}

#[tokio::test]
async fn d4_two_processes_on_one_store_keep_the_grant() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let one = signed_in(&provider, K1, &store).await;
    let two = restarted(&provider, K1, &store);
    let dead = json!({ "error": "invalid_grant" });
    let good = Says::Json(200, provider.tokens("b"));
    provider.says("token", [good, Says::Json(400, dead)]);
    let old = one.auth.session("web", "ann", "crm").await.unwrap();
    let old = old.unwrap().access;
    let who = ann();
    let (a, b) = tokio::join!(
        one.auth.refresh(&who, "crm", &old),
        two.auth.refresh(&who, "crm", &old)
    );
    let lived = [a.unwrap(), b.unwrap()];
    assert!(
        lived.iter().all(|one| matches!(one, Renewed::Session(_))),
        "{lived:?}"
    );
    let refreshed = provider.asked("token").len();
    assert_eq!(
        refreshed, 2,
        "a sign-in and one refresh: a second one would end the grant"
    );
    assert!(one.is_signed_in(&ann()).await && two.is_signed_in(&ann()).await);
}

#[tokio::test]
async fn d5_a_crash_while_a_code_is_traded_loses_that_sign_in_and_no_more() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = Arc::new(restarted(&provider, K1, &store));
    provider.says("token", [Says::Silence]);
    let crashing = bot.clone();
    let trade = tokio::spawn(async move { crashing.signs_in(&ann()).await });
    while provider.asked("token").is_empty() {
        tokio::task::yield_now().await;
    }
    trade.abort();
    let again = restarted(&provider, K1, &store);
    assert!(!again.is_signed_in(&ann()).await);
    again.clock.forward(SignedDuration::from_mins(2));
    let told = again.auth.sweep(again.now()).await.unwrap();
    assert_eq!(told.len(), 1, "the chat hears that it came to nothing");
    provider.says("token", [Says::Json(200, provider.tokens("c"))]);
    again.signs_in(&ann()).await;
    assert!(again.is_signed_in(&ann()).await && !again.is_signed_in(&ben()).await);
}

#[tokio::test]
async fn d5_a_crash_between_a_rotating_refresh_and_the_store_asks_to_sign_in_again() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = Arc::new(signed_in(&provider, K1, &store).await);
    provider.says("token", [Says::Json(200, provider.tokens("of-ben"))]);
    bot.signs_in(&ben()).await;
    let before = provider.asked("token").len();
    provider.says("token", [Says::Silence]);
    let old = bot.auth.session("web", "ann", "crm").await.unwrap();
    let old = old.unwrap().access;
    let (crashing, failed) = (bot.clone(), old.clone());
    let refresh = tokio::spawn(async move { crashing.auth.refresh(&ann(), "crm", &failed).await });
    while provider.asked("token").len() == before {
        tokio::task::yield_now().await;
    }
    refresh.abort();
    let dead =
        json!({ "error": "invalid_grant", "error_description": "expired access/refresh token" });
    provider.says("token", [Says::Json(400, dead)]);
    let again = restarted(&provider, K1, &store);
    again.clock.forward(SignedDuration::from_mins(1));
    let renewed = again.auth.refresh(&ann(), "crm", &old).await.unwrap();
    assert!(matches!(renewed, Renewed::Lost), "{renewed:?}");
    assert!(!again.is_signed_in(&ann()).await);
    provider.says("token", [Says::Json(200, provider.tokens("anew"))]);
    again.signs_in(&ann()).await;
    for (user, access) in [("ann", "access-anew"), ("ben", "access-of-ben")] {
        let session = again.auth.session("web", user, "crm").await.unwrap();
        let own = session.unwrap().access;
        assert_eq!(own.expose_secret(), access, "{user} has no other's");
    }
}

#[tokio::test]
async fn d6_only_an_answer_that_says_the_grant_is_dead_deletes_it() {
    let error = |error: &str| json!({ "error": error });
    let disabled = json!([{ "errorCode": "API_DISABLED_FOR_ORG", "message": "not enabled" }]);
    let table = [
        (Says::Json(400, error("invalid_grant")), false),
        (Says::Json(401, error("invalid_grant")), false),
        (Says::Json(400, error("inactive_user")), false),
        (Says::Json(400, error("inactive_org")), false),
        (Says::Json(400, error("rate_limit_exceeded")), true),
        (Says::Json(400, error("unknown_error")), true),
        (Says::Json(400, error("server_error")), true),
        (Says::Json(400, error("temporarily_unavailable")), true),
        (Says::Json(400, error("invalid_request")), true),
        (Says::Json(400, error("invalid_scope")), true),
        (Says::Json(400, error("unauthorized_client")), true),
        (Says::Json(400, error("OAUTH_APP_BLOCKED")), true),
        (Says::Json(400, error("made_up_tomorrow")), true),
        (Says::Json(400, json!({})), true),
        (Says::Json(403, disabled), true),
        (Says::Json(429, error("rate_limit_exceeded")), true),
        (Says::Json(429, error("invalid_grant")), true),
        (Says::Json(404, error("invalid_grant")), true),
        (Says::Json(200, error("invalid_grant")), true),
        (Says::Json(400, error("invalid_client")), true),
        (Says::Json(400, error("invalid_client_id")), true),
        (Says::Json(400, error("unsupported_grant_type")), true),
        (Says::Json(400, error("invalid_app_access")), true),
        (Says::Json(500, error("invalid_grant")), true),
        (Says::Json(503, json!({})), true),
        (Says::Html(200), true),
        (Says::Html(400), true),
        (Says::Html(503), true),
        (Says::Elsewhere("http://127.0.0.1:9/".into()), true),
        (Says::Huge, true),
        (Says::Drips, true),
        (Says::Silence, true),
    ];
    let provider = Provider::start().await;
    for (n, (says, stays)) in table.into_iter().enumerate() {
        let store = MemoryGrants::default();
        let bot = signed_in(&provider, K1, &store).await;
        let old = bot.auth.session("web", "ann", "crm").await.unwrap();
        provider.says("token", [says]);
        bot.auth
            .refresh(&ann(), "crm", &old.unwrap().access)
            .await
            .unwrap();
        assert_eq!(bot.is_signed_in(&ann()).await, stays, "row {n}");
    }
}

async fn performed(bot: Bot, provider: &Provider) -> (Performed, usize, usize) {
    let before = provider.asked("token").len();
    let connectors = Connectors {
        auth: bot.auth,
        salesforce: Client::new("62.0").unwrap(),
        services: turnwise_connectors::http::Services::none().unwrap(),
    };
    let read = call(
        "get",
        json!({ "object": "Lead", "record": { "object": "Lead", "id": "00Q000000000001EAA" } }),
    );
    let lead = ObjectFacts {
        name: "Lead".into(),
        ..ObjectFacts::default()
    };
    let facts = OrgFacts {
        objects: [("lead".to_owned(), lead)].into(),
    };
    let performed = connectors.perform(&ann(), &read, &facts).await.unwrap();
    let refreshes = provider.asked("token").len() - before;
    let data = provider.asked("00Q000000000001EAA").len();
    (performed, refreshes, data)
}

#[tokio::test]
async fn d7_a_401_for_ever_makes_one_refresh_and_two_calls() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = signed_in(&provider, K1, &store).await;
    let ended =
        json!([{ "errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid" }]);
    provider.says("00Q000000000001EAA", [Says::Json(401, ended)]);
    provider.says("token", [Says::Json(200, provider.tokens("b"))]);
    let (performed, refreshes, data) = performed(bot, &provider).await;
    assert!(
        matches!(performed, Performed::NeedsSignIn { lost: true, .. }),
        "{performed:?}"
    );
    assert_eq!((refreshes, data), (1, 2));
}

#[tokio::test]
async fn d7_a_session_that_is_not_for_the_api_is_not_refreshed() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = signed_in(&provider, K1, &store).await;
    let message = "This session is not valid for use with the REST API";
    let ended = json!([{ "errorCode": "INVALID_SESSION_ID", "message": message }]);
    provider.says("00Q000000000001EAA", [Says::Json(401, ended)]);
    let (performed, refreshes, data) = performed(bot, &provider).await;
    assert!(matches!(performed, Performed::Called(_)), "{performed:?}");
    assert_eq!((refreshes, data), (0, 1));
}

#[tokio::test]
async fn c6_an_org_that_sends_a_call_elsewhere_gets_no_token_there() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let other = Provider::start().await;
    let bot = signed_in(&provider, K1, &store).await;
    let to = format!("{}/00Q000000000001EAA", other.base);
    provider.says("00Q000000000001EAA", [Says::Elsewhere(to)]);
    let (_, _, data) = performed(bot, &provider).await;
    assert!(data > 0 && provider.asked("00Q000000000001EAA")[0].bearer);
    assert!(other.asked("").is_empty());
}

#[tokio::test]
async fn d8_signing_out_gives_the_refresh_token_back() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = signed_in(&provider, K1, &store).await;
    assert!(bot.auth.sign_out(&ann(), "crm").await.unwrap());
    assert_eq!(provider.asked("revoke")[0].form["token"], "refresh-a");
    assert!(!bot.is_signed_in(&ann()).await);
}

#[tokio::test]
async fn d8_a_provider_that_is_away_stops_no_signing_out() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = signed_in(&provider, K1, &store).await;
    provider.says("revoke", [Says::Silence]);
    let confirmed = bot.auth.sign_out(&ann(), "crm").await.unwrap();
    assert!(!confirmed, "and the user is told so");
    assert!(!bot.is_signed_in(&ann()).await);
    assert_eq!(bot.trail().last().unwrap(), "signed_out: not_confirmed");
}

#[tokio::test]
async fn d9_a_grant_that_nobody_uses_is_given_back() {
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    let bot = signed_in(&provider, K1, &store).await;
    let day = SignedDuration::from_hours(24);
    bot.clock.forward(day * 29);
    assert_eq!(bot.auth.drop_idle(bot.now()).await.unwrap(), 0);
    assert!(bot.is_signed_in(&ann()).await, "and this was a use");
    bot.clock.forward(day * 29);
    assert_eq!(bot.auth.drop_idle(bot.now()).await.unwrap(), 0);
    bot.clock.forward(day * 2);
    assert_eq!(bot.auth.drop_idle(bot.now()).await.unwrap(), 1);
    assert!(!bot.is_signed_in(&ann()).await);
    assert_eq!(provider.asked("revoke")[0].form["token"], "refresh-a");
    assert_eq!(bot.trail().last().unwrap(), "left_idle: revoked");
}
