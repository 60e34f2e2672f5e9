//! Who may see and do what: the server key, a conversation's token, our own page by its cookie. And what is gone when it
//! is forgotten.

use std::sync::Arc;

use serde_json::{Value, json};
use turnwise::server::keys;
use turnwise::store::conversations::Row;
use turnwise_engine::template::Templates;

use super::world::{KEY, World};

#[tokio::test]
async fn b5_a_token_sees_its_own_conversation_and_no_other() {
    let world = World::start().await;
    let (own, other) = (world.open(json!({})).await, world.open(json!({})).await);
    let said = json!({ "text": "hello" });
    let table = [
        ("GET", "", Value::Null),
        ("GET", "/messages", Value::Null),
        ("GET", "/messages?wait=30", Value::Null),
        ("GET", "/transcript", Value::Null),
        ("GET", "/events", Value::Null),
        ("POST", "/turns", said),
        ("DELETE", "", Value::Null),
    ];
    for (method, rest, body) in &table {
        let path = format!("{}{rest}", other.path);
        let refused = world.by(&own.token, method, &path, body).await;
        assert_eq!(
            refused.refusal(),
            (403, "other_conversation".into()),
            "{method} {rest}"
        );
        let path = format!("/v1/conversations/made-up{rest}");
        let refused = world.by(&own.token, method, &path, body).await;
        // Whether there is such a conversation is none of its business.
        assert_eq!(
            refused.refusal(),
            (403, "other_conversation".into()),
            "{method} {rest}"
        );
        let path = format!("{}{rest}", own.path);
        for (key, code) in [("", "unauthorized"), ("made-up", "unauthorized")] {
            let refused = world.by(key, method, &path, body).await;
            assert_eq!(refused.refusal(), (401, code.into()), "{method} {rest}");
            assert!(!refused.text.contains("made-up"));
        }
    }
    let users = format!("/v1/users/{}", own.user);
    for key in [&own.token, "made-up"] {
        let refused = world.by(key, "DELETE", &users, &Value::Null).await;
        assert_eq!(refused.refusal(), (401, "unauthorized".into()));
        let refused = world.by(key, "POST", "/v1/conversations", &json!({})).await;
        assert_eq!(refused.refusal(), (401, "unauthorized".into()));
    }
    assert_eq!(world.get(&own, "").await["awaiting"]["kind"], "nothing");
    assert_eq!(world.get(&other, "").await["awaiting"]["kind"], "nothing");
}

#[tokio::test]
async fn a_token_ends_a_day_after_the_last_turn() {
    let world = World::start().await;
    let store = &world.served.runtime.store;
    // Of a bot that forgets later than tokens end: else the sweep may come first, and the conversation is gone.
    let mut bot = Templates::clone(&world.served.runtime.templates());
    bot.bot.forget_after = 2 * 86_400;
    world.served.runtime.replace(Arc::new(bot));
    let chat = world.open(json!({})).await;
    let row = store.conversation(&chat.id).unwrap().unwrap();
    let left = row.token_ends - jiff::Timestamp::now().as_second();
    assert!((86_390..=86_400).contains(&left), "{left}");
    let ended = Row {
        id: "ended".into(),
        token: keys::hashed("a token of yesterday"),
        token_ends: jiff::Timestamp::now().as_second() - 1,
        ..row
    };
    store.open_conversation(ended).await.unwrap();
    let path = "/v1/conversations/ended";
    for (method, rest) in [("GET", ""), ("POST", "/turns"), ("GET", "/events")] {
        let path = format!("{path}{rest}");
        let refused = world
            .by(
                "a token of yesterday",
                method,
                &path,
                &json!({ "text": "hello" }),
            )
            .await;
        assert_eq!(
            refused.refusal(),
            (401, "unauthorized".into()),
            "{method} {path}"
        );
    }
    assert_eq!(world.by(KEY, "GET", path, &Value::Null).await.status, 200);
}

#[tokio::test]
async fn the_token_opens_streams_in_an_address_and_the_key_does_not() {
    let world = World::start().await;
    let chat = world.open(json!({})).await;
    let key = KEY.replace(' ', "%20");
    let socket = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ];
    for rest in ["/events", "/ws"] {
        let path = format!("{}{rest}?token={key}", chat.path);
        let refused = world.send("GET", &path, &socket, "").await;
        assert_eq!(
            refused.status,
            if rest == "/ws" { 426 } else { 401 },
            "{}",
            refused.text
        );
    }
    for rest in ["", "/messages", "/transcript"] {
        let path = format!("{}{rest}?token={}", chat.path, chat.token);
        let refused = world.send("GET", &path, &[], "").await;
        assert_eq!(refused.refusal(), (401, "unauthorized".into()), "{rest}");
    }
    for (token, status) in [(chat.token.as_str(), 101), (&key, 401), ("made-up", 401)] {
        let address = format!("{}{}/ws?token={token}", world.base, chat.path);
        let mut request = world.http.get(address);
        for (name, value) in socket {
            request = request.header(name, value);
        }
        assert_eq!(request.send().await.unwrap().status(), status);
        if status != 101 {
            let address = format!("{}{}/events?token={token}", world.base, chat.path);
            assert_eq!(
                world.http.get(address).send().await.unwrap().status(),
                status
            );
        }
    }
    // What a header says counts before what stands in the address.
    let address = format!("{}{}/events?token=made-up", world.base, chat.path);
    let both = world
        .http
        .get(address)
        .bearer_auth(KEY)
        .send()
        .await
        .unwrap();
    assert_eq!(both.status(), 200);
}

#[tokio::test]
async fn b5_who_claims_to_be_somebody_else_gets_nowhere_near_their_grant() {
    let world = World::start().await;
    let ida = json!({ "user": { "id": "ida", "name": "Ida" }, "sign_in": "vouched" });
    let hers = world.open(ida.clone()).await;
    world.sign_in(&hers, "").await;
    let mallory = world.open(json!({})).await;
    let cookie = world.visit().await;
    let before = world.outgoing().len();
    let said = json!({ "text": "show me all leads" });
    for key in ["", "made-up", &mallory.token] {
        let opened = world.by(key, "POST", "/v1/conversations", &ida).await;
        assert_eq!(opened.status, 401, "{key}: {}", opened.text);
    }
    let page = [("cookie", cookie.as_str())];
    let opened = world
        .send("POST", "/v1/conversations", &page, &ida.to_string())
        .await;
    assert_eq!(opened.status, 403, "{}", opened.text);
    for (key, status) in [("", 401), ("made-up", 401), (&mallory.token, 403)] {
        let path = format!("{}/turns", hers.path);
        let turn = world.by(key, "POST", &path, &said).await;
        assert_eq!(turn.status, status, "{key}: {}", turn.text);
    }
    // A field of a turn says nothing about who takes it.
    let claims = json!({ "text": "show me all leads", "user": { "id": "ida" } });
    let path = format!("{}/turns", mallory.path);
    let turn = world.by(&mallory.token, "POST", &path, &claims).await;
    match turn.status {
        200 => assert_eq!(turn.json()["awaiting"]["kind"], "authorization"),
        status => assert_eq!(status, 400, "{}", turn.text),
    }
    assert_eq!(world.outgoing().len(), before, "no grant was used");
    world.say(&hers, said).await;
    assert!(world.outgoing().len() > before, "but by its owner");
}

#[tokio::test]
async fn b5_our_own_page_opens_conversations_for_the_user_of_its_cookie_only() {
    let world = World::start().await;
    let (cookie, other) = (world.visit().await, world.visit().await);
    let one = world.open_in(&cookie).await;
    let again = world.open_in(&cookie).await;
    let stranger = world.open_in(&other).await;
    assert_eq!(one.user, again.user);
    assert_ne!(one.id, again.id);
    assert_ne!(one.user, stranger.user);
    let value = cookie.split('=').nth(1).unwrap();
    assert!(
        !one.user.contains(value),
        "the user's id does not give the cookie away"
    );
    let page = [("cookie", cookie.as_str())];
    for body in [
        json!({ "user": { "id": stranger.user } }),
        json!({ "user": { "id": one.user } }),
        json!({ "sign_in": "vouched" }),
        json!({ "sign_in": "code" }),
    ] {
        let refused = world
            .send("POST", "/v1/conversations", &page, &body.to_string())
            .await;
        assert_eq!(refused.refusal(), (403, "needs_key".into()), "{body}");
    }
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let headers = [page[0], (name, value)];
        let refused = world
            .send("POST", "/v1/conversations", &headers, "{}")
            .await;
        assert_eq!(
            refused.refusal(),
            (403, "other_origin".into()),
            "{name}: {value}"
        );
    }
    let own = [
        page[0],
        ("origin", world.base.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(
        world
            .send("POST", "/v1/conversations", &own, "{}")
            .await
            .status,
        201
    );
    let refused = world.send("POST", "/v1/conversations", &[], "{}").await;
    assert_eq!(refused.refusal(), (401, "unauthorized".into()));
    let state = world.send("GET", &one.path, &page, "").await;
    assert_eq!(
        state.refusal(),
        (401, "unauthorized".into()),
        "a cookie is no token"
    );
}

#[tokio::test]
async fn a_page_that_is_opened_again_keeps_its_cookie() {
    let world = World::start().await;
    let host = world.base.replace("http://", "");
    let first = world.send("GET", "/", &[("host", &host)], "").await;
    let cookie = first.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let sent = cookie.split(';').next().unwrap();
    let second = world
        .send("GET", "/", &[("host", &host), ("cookie", sent)], "")
        .await;
    assert_eq!(second.header("set-cookie"), "");
    let port = host.split(':').nth(1).unwrap();
    let elsewhere = format!("localhost:{port}");
    let sent = world.send("GET", "/", &[("host", &elsewhere)], "").await;
    assert_eq!(sent.header("location"), format!("{}/", world.base));
}

#[tokio::test]
async fn b1_over_https_a_cookie_has_a_name_that_only_this_host_can_set() {
    let world = World::over_https().await;
    let host = [("host", "chat.example.com")];
    let page = world.send("GET", "/", &host, "").await;
    let auth = &world.served.runtime.connectors.auth;
    turnwise::server::console::password::set(auth, "three dull words")
        .await
        .unwrap();
    let body = "password=three+dull+words";
    let console = world.send("POST", "/console/log-in", &[], body).await;
    for (cookie, name, site) in [
        (
            page.header("set-cookie"),
            "__Host-turnwise=",
            "SameSite=Lax",
        ),
        (
            console.header("set-cookie"),
            "__Host-turnwise-console=",
            "SameSite=Strict",
        ),
    ] {
        assert!(cookie.starts_with(name), "{cookie}");
        for part in ["; Secure", "; HttpOnly", "; Path=/;", site] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    // The name that a plain page or another host could set opens nothing.
    let plain = page.header("set-cookie").replace("__Host-", "");
    let plain = plain.split(';').next().unwrap();
    let cookie = [host[0], ("cookie", plain)];
    let again = world.send("GET", "/", &cookie, "").await;
    assert!(again.header("set-cookie").starts_with("__Host-turnwise="));
    let refused = world
        .send("POST", "/v1/conversations", &[("cookie", plain)], "{}")
        .await;
    assert_eq!(refused.refusal(), (401, "unauthorized".into()));
}

#[tokio::test]
async fn metrics_need_the_key_and_health_does_not() {
    let world = World::start().await;
    let chat = world.open(json!({})).await;
    for key in [chat.token.as_str(), "made-up"] {
        let refused = world.by(key, "GET", "/metrics", &Value::Null).await;
        assert_eq!(refused.refusal(), (401, "unauthorized".into()));
    }
    let refused = world.send("GET", "/metrics", &[], "").await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        world.by(KEY, "GET", "/metrics", &Value::Null).await.status,
        200
    );
    for path in ["/healthz", "/readyz"] {
        assert_eq!(world.send("GET", path, &[], "").await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a5_a_forgotten_conversation_is_gone_with_its_links_and_the_grant_stays() {
    let world = World::start().await;
    let body = json!({ "user": { "id": "ida" }, "sign_in": "vouched" });
    let (signed, waits) = (
        world.open(body.clone()).await,
        world.open(body.clone()).await,
    );
    world.sign_in(&signed, "").await;
    world.say(&waits, json!({ "text": "sign out" })).await;
    let link = world.ask_for_a_link(&waits).await;
    let gone = world
        .by(&waits.token, "DELETE", &waits.path, &Value::Null)
        .await;
    assert_eq!(gone.status, 204);
    let page = world.send("GET", &link, &[], "").await;
    assert_eq!(page.status, 410, "{}", page.text);
    for rest in ["", "/messages", "/transcript"] {
        let path = format!("{}{rest}", waits.path);
        let nothing = world.by(KEY, "GET", &path, &Value::Null).await;
        assert_eq!(nothing.refusal(), (404, "conversation_not_found".into()));
        let ended = world.by(&waits.token, "GET", &path, &Value::Null).await;
        assert_eq!(ended.refusal(), (401, "unauthorized".into()));
    }
    world.sign_in(&signed, "").await;
    let gone = world.by(KEY, "DELETE", &signed.path, &Value::Null).await;
    assert_eq!(gone.status, 204);
    let next = world.open(body).await;
    let state = world.get(&next, "").await;
    assert_eq!(state["signed_in"]["salesforce"], true, "the grant stays");
}

#[tokio::test]
async fn d8_a_forgotten_user_is_gone_with_conversations_and_grants_which_are_revoked() {
    let world = World::start().await;
    let body = json!({ "user": { "id": "ida" }, "sign_in": "vouched" });
    let chat = world.open(body.clone()).await;
    let bystander = world.open(json!({ "user": { "id": "ben" } })).await;
    world.sign_in(&chat, "").await;
    let before = world.oauth_calls("revoke");
    let gone = world.by(KEY, "DELETE", "/v1/users/ida", &Value::Null).await;
    assert_eq!(gone.status, 204);
    assert_eq!(world.oauth_calls("revoke"), before + 1);
    let nothing = world.by(KEY, "GET", &chat.path, &Value::Null).await;
    assert_eq!(nothing.refusal(), (404, "conversation_not_found".into()));
    let next = world.open(body).await;
    assert_eq!(world.get(&next, "").await["signed_in"]["salesforce"], false);
    assert_eq!(
        world.get(&bystander, "").await["awaiting"]["kind"],
        "nothing"
    );
    // Nobody of that name is no error: what shall be gone is gone.
    assert_eq!(
        world
            .by(KEY, "DELETE", "/v1/users/nobody", &Value::Null)
            .await
            .status,
        204
    );
}
