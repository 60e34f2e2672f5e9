//! Attacks that need a console, a form or a browser of somebody else: what an operator may not learn by moving a profile, what
//! a user may not decide by what they give, and sessions that somebody else chose.

use std::collections::BTreeMap;

use serde_json::json;
use turnwise_connectors::auth::Checked;

use super::console::Desk;
use super::world::World;

async fn desk() -> Desk {
    Desk::at(World::start().await).await
}

async fn save(desk: &Desk, more: &[(&str, &str)]) -> (u16, String) {
    let mut fields = vec![("id", "own"), ("title", "Own"), ("client_id", "the-client")];
    fields.extend(more);
    let saved = desk.post("/console/profiles/save", &fields).await;
    (saved.status, saved.text)
}

#[tokio::test]
async fn a_secret_that_is_kept_does_not_move_to_another_address() {
    let org = |desk: &Desk| desk.world.org.clone();
    for (mechanism, secret, moved) in [
        (
            "authorization_code",
            "secret_client_secret",
            ("login_host", "https://evil.example"),
        ),
        (
            "authorization_code",
            "secret_client_secret",
            ("token", "https://evil.example/token"),
        ),
        (
            "client_credentials",
            "secret_client_secret",
            ("refresh", "https://evil.example/token"),
        ),
        (
            "refresh_token",
            "secret_refresh_token",
            ("revoke", "https://evil.example/revoke"),
        ),
        (
            "api_key",
            "secret_key",
            ("check_url", "https://evil.example/check"),
        ),
        (
            "basic",
            "secret_password",
            ("check_url", "https://evil.example/check"),
        ),
    ] {
        let desk = desk().await;
        let host = org(&desk);
        let first = [
            ("new", "yes"),
            ("mechanism", mechanism),
            ("login_host", &host),
            (secret, "kept"),
        ];
        assert_eq!(save(&desk, &first).await.0, 303, "{mechanism}");
        let mut next = BTreeMap::from([("mechanism", mechanism), ("login_host", host.as_str())]);
        next.insert(moved.0, moved.1);
        let next: Vec<_> = next.into_iter().collect();
        let (status, page) = save(&desk, &next).await;
        assert_eq!(status, 422, "{mechanism} {moved:?}");
        assert!(page.contains("Type the secret again"), "{page}");
        let again: Vec<_> = next.into_iter().chain([(secret, "typed again")]).collect();
        assert_eq!(save(&desk, &again).await.0, 303, "{mechanism} {moved:?}");
    }
}

#[tokio::test]
async fn a_placeholder_that_would_decide_the_host_is_refused_and_a_harmless_one_is_filled() {
    let desk = desk().await;
    for address in [
        "https://{domain}/services/oauth2/token",
        "https://{domain}.com/token",
        "https://login.{domain}/token",
        "http://{domain}.example.com/token",
        "http://169.254.169.254/latest/meta-data",
    ] {
        let fields = [
            ("new", "yes"),
            ("mechanism", "authorization_code"),
            ("login_host", "https://login.salesforce.com"),
            ("token", address),
        ];
        let (status, page) = save(&desk, &fields).await;
        assert_eq!(status, 422, "{address}: {page}");
    }
    let fields = [
        ("new", "yes"),
        ("for", "salesforce"),
        ("mechanism", "authorization_code"),
        ("login_host", "https://login.salesforce.com"),
        (
            "authorize",
            "https://{domain}.my.salesforce.com/services/oauth2/authorize",
        ),
        (
            "token",
            "https://{domain}.my.salesforce.com/services/oauth2/token",
        ),
        ("field0_title", "My Domain"),
        ("field0_key", "domain"),
        ("field0_hint", "The part before .my.salesforce.com"),
    ];
    let (status, page) = save(&desk, &fields).await;
    assert_eq!(status, 303, "{page}");
    let chat = desk.world.open(json!({ "sign_in": "vouched" })).await;
    let link = desk.world.ask_for_a_link(&chat).await;
    let start = desk.world.send("GET", &link, &[], "").await;
    assert!(
        start.text.contains("The part before .my.salesforce.com"),
        "{}",
        start.text
    );
    for value in [
        "",
        "evil.example/",
        "evil.example%23",
        "a@evil.example",
        "..",
        "a%0d%0aLocation:x",
    ] {
        let refused = desk
            .world
            .send("POST", &link, &[], &format!("domain={value}"))
            .await;
        assert_eq!(
            refused.status,
            422,
            "{value}: {}",
            refused.header("location")
        );
        assert!(refused.text.contains("My Domain"), "{}", refused.text);
    }
    let sent = desk
        .world
        .send("POST", &link, &[], "domain=acme--dev")
        .await;
    let to = sent.header("location");
    assert!(
        to.starts_with("https://acme--dev.my.salesforce.com/services/oauth2/authorize?"),
        "{to}"
    );
}

#[tokio::test]
async fn a_check_address_of_an_operator_gets_no_token_that_was_given_for_another() {
    let desk = desk().await;
    let other = World::start().await;
    let first = [
        ("new", "yes"),
        ("for", "salesforce"),
        ("mechanism", "authorization_code"),
        ("provider", "other"),
        ("login_host", desk.world.org.as_str()),
        ("client_id", "turnwise-demo"),
        ("secret_client_secret", "turnwise-demo-secret"),
        ("scopes", "api refresh_token"),
    ];
    assert_eq!(save(&desk, &first).await.0, 303);
    desk.step("cell", &[("by", "operator"), ("app", "custom")])
        .await;
    desk.authorize().await;
    let auth = &desk.world.served.runtime.connectors.auth;
    let mut profile = auth.profile("own").await.unwrap().unwrap();
    profile.check_url = format!("{}/steal", other.org);
    auth.save_profile(&profile, "mallory").await.unwrap();
    let tried = auth.check(&profile).await.unwrap();
    assert!(matches!(tried, Checked::NotTried(_)), "{tried:?}");
    assert!(other.outgoing().is_empty(), "{:?}", other.outgoing());
}

#[tokio::test]
async fn a_session_that_somebody_else_chose_is_not_the_one_that_a_log_in_opens() {
    let desk = desk().await;
    let chosen = "turnwise-console=chosen-by-mallory-chosen-by-mallory-chosen";
    let body = format!("password={}", super::console::PASSWORD.replace(' ', "+"));
    let headers = [("cookie", chosen)];
    let entered = desk
        .world
        .send("POST", "/console/log-in", &headers, &body)
        .await;
    assert_eq!(entered.status, 303, "{}", entered.text);
    assert!(!entered.header("set-cookie").contains("chosen-by-mallory"));
    let tried = desk.world.send("GET", "/console", &headers, "").await;
    assert_eq!(tried.header("location"), "/console/log-in");
    let from = [("origin", "https://evil.example")];
    let other_site = desk
        .world
        .send("POST", "/console/log-in", &from, &body)
        .await;
    assert_eq!(
        other_site.status, 403,
        "nor does another site log anybody in"
    );
}

#[tokio::test]
async fn an_open_session_is_no_place_to_guess_the_password_in() {
    let desk = desk().await;
    let mut wrong = 0;
    loop {
        let fields = [("old", "guessed"), ("new", "a password of mallory's")];
        let tried = desk.post("/console/password", &fields).await;
        if tried.status == 429 {
            break;
        }
        assert_eq!(tried.status, 422);
        wrong += 1;
        assert!(wrong <= 10, "there is an end to it");
    }
}

#[tokio::test]
async fn nothing_of_an_address_leads_an_operator_elsewhere() {
    let desk = desk().await;
    for (path, fields) in [
        (
            "/console/profiles/save?next=//evil.example",
            vec![
                ("for", "//evil.example"),
                ("new", "yes"),
                ("id", "own"),
                ("mechanism", "basic"),
            ],
        ),
        (
            "/console/integrations/salesforce/enable?returnTo=https://evil.example",
            vec![("next", "https://evil.example")],
        ),
        ("/console/log-out", vec![("next", "https://evil.example")]),
    ] {
        let done = desk.post(path, &fields).await;
        let to = done.header("location");
        assert!(to.starts_with("/console/"), "{path}: {to}");
        assert!(!to.contains("evil"), "{path}: {to}");
    }
}

#[tokio::test]
async fn a_link_of_an_operator_works_in_the_operators_browser_only() {
    let desk = desk().await;
    desk.step("cell", &[("by", "operator"), ("app", "system")])
        .await;
    let sent = desk
        .post("/console/integrations/salesforce/authorize", &[])
        .await;
    let link = sent.header("location").to_owned();
    let stranger = desk.world.visit().await;
    for cookie in ["", stranger.as_str()] {
        let opened = desk
            .world
            .send("GET", &link, &[("cookie", cookie)], "")
            .await;
        assert_eq!(opened.status, 403, "{}", opened.text);
        let gone = desk.world.proceed(&link, cookie).await;
        assert_eq!(gone.status, 403, "{}", gone.text);
    }
    assert_eq!(
        desk.world.oauth_calls("token"),
        1,
        "the look, and nothing else"
    );
}

#[tokio::test]
async fn a_user_can_not_take_the_operators_place() {
    let desk = desk().await;
    desk.step("cell", &[("by", "operator"), ("app", "system")])
        .await;
    for user in ["shared", "operator"] {
        let chat = desk
            .world
            .open(json!({ "user": { "id": user }, "sign_in": "vouched" }))
            .await;
        let turn = desk
            .world
            .say(&chat, json!({ "text": "switch account" }))
            .await;
        if let Some(url) = turn["awaiting"]["url"].as_str() {
            let link = url.strip_prefix(&desk.world.base).unwrap();
            let callback = desk.world.walk(link, "", "allow").await;
            desk.world.come_back(&callback, "").await;
        }
    }
    let page = desk.get("/console/integrations/salesforce").await.text;
    assert!(page.contains("Needs authorization"), "{page}");
}
