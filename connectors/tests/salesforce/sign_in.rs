//! The rules of docs/threat-model.md that a browser or a thief can put to the test.
//! What is done with a grant is left to `operations`.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use turnwise_connectors::auth::{
    Authorizer, Begun, Binding, Bounds, GrantStore as _, MemoryGrants, Page, Problem, Profile,
    Vault, Who, hash,
};
use turnwise_engine::event::{EventKind, SignInEnd};

use super::support::{COOKIE, World, ann, config};

#[tokio::test]
async fn a_finished_sign_in_names_the_account_and_its_org() {
    let world = World::with(json!({})).await;
    let query = world.walk("rep@example.com", "allow").await;
    let end = world.callback(&query, Some(COOKIE)).await;
    let Some(EventKind::Authorized { account, .. }) = end.note.map(|note| note.event) else {
        panic!("not authorized");
    };
    assert_eq!(account.name, "rep@example.com");
    assert!(!account.org.is_empty());
}

#[tokio::test]
async fn b1_another_browser_gets_nowhere_and_asks_for_no_token() {
    let world = World::with(json!({})).await;
    let handle = world.begin(Binding::Browser(hash(COOKIE))).await;
    let auth = &world.connectors.auth;
    for jar in [None, Some("jar-b")] {
        let opened = auth.open(&handle, jar).await.unwrap();
        assert_eq!(opened, Err(Problem::WrongBrowser));
    }
    let query = world.follow(&handle, "rep@example.com", "allow").await;
    let end = world.callback(&query, Some("jar-b")).await;
    assert!(matches!(end.page, Page::Problem(Problem::WrongBrowser)));
    assert_eq!(world.token_calls(), 0);
    assert!(auth.session("web", "ann", "crm").await.unwrap().is_none());
    world.callback(&query, Some(COOKIE)).await;
    assert!(auth.session("web", "ann", "crm").await.unwrap().is_some());
}

#[tokio::test]
async fn a3_a_callback_runs_once_of_twenty_at_once() {
    let world = Arc::new(World::with(json!({})).await);
    let query = world.walk("rep@example.com", "allow").await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (world, query) = (world.clone(), query.clone());
        running.spawn(async move { world.callback(&query, Some(COOKIE)).await });
    }
    let ends = running.join_all().await;
    let used = |end: &&turnwise_connectors::auth::CallbackEnd| {
        matches!(end.page, Page::Problem(Problem::Used))
    };
    assert_eq!(ends.iter().filter(used).count(), 19);
    assert_eq!(ends.iter().filter(|end| end.note.is_some()).count(), 1);
    assert_eq!(world.token_calls(), 1);
}

#[tokio::test]
async fn b2_a_code_binds_only_in_its_own_conversation() {
    let world = World::with(json!({})).await;
    let handle = world.begin(Binding::Code).await;
    let query = world.follow(&handle, "rep@example.com", "allow").await;
    let end = world.callback(&query, None).await;
    let Page::Connected {
        code: Some(code), ..
    } = end.page
    else {
        panic!("no code");
    };
    let auth = &world.connectors.auth;
    let other = Who {
        conversation: "c2".into(),
        ..ann()
    };
    assert!(auth.try_code(&other, &code).await.unwrap().is_none());
    assert!(auth.try_code(&ann(), "hello").await.unwrap().is_none());
    assert!(auth.session("web", "ann", "crm").await.unwrap().is_none());
    let note = auth.try_code(&ann(), &code).await.unwrap().unwrap();
    assert!(matches!(note.event, EventKind::Authorized { .. }));
    assert!(auth.session("web", "ann", "crm").await.unwrap().is_some());
}

#[tokio::test]
async fn b2_five_wrong_codes_end_the_sign_in() {
    let world = World::with(json!({})).await;
    let handle = world.begin(Binding::Code).await;
    let query = world.follow(&handle, "rep@example.com", "allow").await;
    let end = world.callback(&query, None).await;
    let Page::Connected {
        code: Some(code), ..
    } = end.page
    else {
        panic!("no code");
    };
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let auth = &world.connectors.auth;
    for left in (1..5).rev() {
        let note = auth.try_code(&ann(), wrong).await.unwrap().unwrap();
        assert!(matches!(note.event, EventKind::CodeWrong { left: l, .. } if l == left));
    }
    let note = auth.try_code(&ann(), wrong).await.unwrap().unwrap();
    let end = SignInEnd::WrongCode;
    assert!(matches!(note.event, EventKind::SignInEnded { end: e, .. } if e == end));
    assert!(auth.try_code(&ann(), &code).await.unwrap().is_none());
}

#[tokio::test]
async fn a4_a_link_ends_after_ten_minutes_and_is_told_once() {
    let world = World::with(json!({})).await;
    let query = world.walk("rep@example.com", "allow").await;
    let other = world.begin_of("ben").await;
    world.clock.forward(SignedDuration::from_secs(601));
    let end = world.callback(&query, Some(COOKIE)).await;
    assert!(matches!(end.page, Page::Problem(Problem::Expired)));
    assert_eq!(world.token_calls(), 0);
    let auth = &world.connectors.auth;
    let opened = auth.open(&other, Some(COOKIE)).await.unwrap();
    assert_eq!(opened, Err(Problem::Expired), "nor can it be opened");
    let given = Default::default();
    let pressed = auth.proceed(&other, Some(COOKIE), &given).await;
    assert_eq!(pressed.unwrap().err(), Some(Problem::Expired));
    let now = turnwise_connectors::auth::Clock::now(&*world.clock);
    assert_eq!(auth.sweep(now).await.unwrap().len(), 2);
    assert_eq!(auth.sweep(now).await.unwrap().len(), 0);
    for user in ["ann", "ben"] {
        let own = auth.store().attempts_of("web", user).await.unwrap();
        assert!(own[0].sealed.is_empty(), "verifier and link are erased");
    }
    let late = world.callback(&query, Some(COOKIE)).await;
    assert!(matches!(late.page, Page::Problem(Problem::Expired)));
    let hour = SignedDuration::from_hours(1);
    let auth = Authorizer::new(
        MemoryGrants::default(),
        Vault::random(),
        config(Profile::of_vendor(
            "system",
            "http://127.0.0.1:9".parse().unwrap(),
        )),
        world.clock.clone(),
    );
    let auth = auth.unwrap().bounded(Bounds {
        link_life: hour,
        ..Bounds::default()
    });
    let begun = auth.begin(&ann(), "crm", Binding::Code).await;
    let Begun::Link { expires_at, .. } = begun.unwrap() else {
        panic!("no link")
    };
    assert_eq!(expires_at.duration_since(now).as_mins(), 15, "and no more");
}

#[tokio::test]
async fn a5_a_newer_link_voids_the_older_and_the_sixth_is_refused() {
    let world = World::with(json!({})).await;
    let binding = Binding::Browser(hash(COOKIE));
    let first = world.begin(binding).await;
    for _ in 0..4 {
        world.begin(binding).await;
    }
    let auth = &world.connectors.auth;
    let opened = auth.open(&first, Some(COOKIE)).await.unwrap();
    assert_eq!(opened, Err(Problem::Newer));
    let sixth = auth.begin(&ann(), "crm", binding).await.unwrap();
    assert!(matches!(sixth, Begun::TooMany { .. }));
}

#[tokio::test]
async fn declining_is_told_to_the_chat() {
    let world = World::with(json!({})).await;
    let query = world.walk("rep@example.com", "deny").await;
    let end = world.callback(&query, Some(COOKIE)).await;
    assert!(matches!(end.page, Page::Problem(Problem::Denied)));
    assert_eq!(world.token_calls(), 0);
}

#[tokio::test]
async fn b4_another_account_replaces_the_first_only_on_the_users_word() {
    let world = World::signed_in(json!({})).await;
    let auth = &world.connectors.auth;
    let query = world.walk("assistant@example.com", "allow").await;
    let end = world.callback(&query, Some(COOKIE)).await;
    let event = end.note.unwrap().event;
    assert!(
        matches!(event, EventKind::AccountDiffers { .. }),
        "{event:?}"
    );
    let (account, _) = auth.account("web", "ann", "crm").await.unwrap().unwrap();
    assert_eq!(account.name, "rep@example.com");
    auth.switch_account(&ann(), "crm", true)
        .await
        .unwrap()
        .unwrap();
    let (account, _) = auth.account("web", "ann", "crm").await.unwrap().unwrap();
    assert_eq!(account.name, "assistant@example.com");
}

#[tokio::test]
async fn d8_signing_out_forgets_the_grant_and_revokes_it() {
    let world = World::signed_in(json!({})).await;
    let auth = &world.connectors.auth;
    assert!(auth.sign_out(&ann(), "crm").await.unwrap());
    assert!(auth.session("web", "ann", "crm").await.unwrap().is_none());
}
