//! The sign-in against those who want to join the wrong two people: a link in another browser, a callback that comes
//! twice or is made up, an address that shall lead elsewhere. The org is the sandbox, and each call to it is counted.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use futures_util::future::join_all;
use serde_json::json;
use tower::ServiceExt;

use super::world::{KEY, World};

#[tokio::test]
async fn b1_a_link_works_in_the_browser_of_its_chat_and_in_no_other() {
    let world = World::start().await;
    let (own, other) = (world.visit().await, world.visit().await);
    let chat = world.open_in(&own).await;
    let link = world.ask_for_a_link(&chat).await;
    let asked = world.last(&chat).await;
    for (method, cookie) in [("GET", &other), ("POST", &other), ("GET", &String::new())] {
        let refused = world.send(method, &link, &[("cookie", cookie)], "").await;
        assert_eq!(refused.status, 403, "{method} {}", refused.text);
        assert!(
            refused
                .text
                .contains("Open this link in the browser where you are chatting"),
            "{}",
            refused.text
        );
    }
    let callback = world.walk(&link, &own, "allow").await;
    let (_, page) = world.come_back(&callback, &other).await;
    assert_eq!(page.status, 403, "{}", page.text);
    assert_eq!(world.oauth_calls("token"), 0, "nothing was traded");
    let state = world.get(&chat, "").await;
    assert_eq!(state["signed_in"]["salesforce"], false);
    let told = world.pushed(&chat, asked).await;
    assert_eq!(told.len(), 1, "a neutral note: {told:?}");
    assert!(told[0]["outcome"].is_null(), "{told:?}");
    let (_, page) = world.come_back(&callback, &own).await;
    assert!(
        page.text.contains("Connected as rep@example.com"),
        "{}",
        page.text
    );
    assert_eq!(world.oauth_calls("token"), 1);
}

#[tokio::test]
async fn the_chat_goes_on_by_itself_after_the_sign_in() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    let asked = world.last(&chat).await;
    let callback = world.walk(&link, &cookie, "allow").await;
    world.come_back(&callback, &cookie).await;
    let mut after = asked;
    let mut kinds = Vec::new();
    while !kinds.contains(&"table".to_owned()) {
        for message in world.pushed(&chat, after).await {
            after = message["id"].as_i64().unwrap();
            kinds.push(message["kind"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(kinds[0], "text", "first as whom: {kinds:?}");
}

#[tokio::test]
async fn a5_a_sign_in_wakes_every_conversation_of_the_user_that_waits_for_it() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chats = [world.open_in(&cookie).await, world.open_in(&cookie).await];
    world.ask_for_a_link(&chats[0]).await;
    let newer = world.ask_for_a_link(&chats[1]).await;
    let asked = [world.last(&chats[0]).await, world.last(&chats[1]).await];
    let callback = world.walk(&newer, &cookie, "allow").await;
    world.come_back(&callback, &cookie).await;
    for (chat, asked) in chats.iter().zip(asked) {
        let told = world.pushed(chat, asked).await;
        assert_eq!(told[0]["outcome"], "granted", "{told:?}");
    }
}

#[tokio::test]
async fn c1_c2_nothing_in_an_address_or_a_header_changes_where_the_start_page_leads() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    let redirect_uri = format!("redirect_uri={}%2Fauth%2Fcallback", percent(&world.base));
    for (extra, host) in [
        ("", "evil.example"),
        ("?next=//evil.example", "127.0.0.1"),
        (
            "?returnTo=https://evil.example&next=%0d%0aLocation:%20https://evil.example",
            "evil.example:80",
        ),
    ] {
        let path = format!("{link}{extra}");
        let headers = [
            ("cookie", cookie.as_str()),
            ("host", host),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "gopher"),
        ];
        let page = world.send("GET", &path, &headers, "").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(!page.text.contains("evil"), "{}", page.text);
        let sent = world
            .send("POST", &path, &headers, "next=//evil.example")
            .await;
        assert_eq!(sent.status, 303, "{}", sent.text);
        let location = sent.header("location");
        let authorize = format!("{}/services/oauth2/authorize?", world.org);
        assert!(location.starts_with(&authorize), "{location}");
        assert!(location.contains(&redirect_uri), "{location}");
        assert!(!location.contains("evil"), "{location}");
    }
}

#[tokio::test]
async fn c3_every_callback_leaves_a_clean_address_however_it_ends() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    let granted = world.walk(&link, &cookie, "allow").await;
    let mut ends = vec![
        (granted.clone(), 200, "Connected as rep@example.com"),
        (granted, 410, "This link has already been used"),
        (
            "/auth/callback?state=nobody&code=x".into(),
            404,
            "This link is not known",
        ),
        ("/auth/callback".into(), 404, "This link is not known"),
        (
            format!("/auth/callback?state={}", "s".repeat(9_000)),
            404,
            "This link is not known",
        ),
    ];
    let denier = world.visit().await;
    let other = world.open_in(&denier).await;
    let link = world.ask_for_a_link(&other).await;
    let denied = world.walk(&link, &denier, "deny").await;
    let first = (denied, 200, "Nothing was connected");
    for (cookie, (callback, status, said)) in [(&denier, first)]
        .into_iter()
        .chain(ends.drain(..).map(|end| (&cookie, end)))
    {
        let (first, page) = world.come_back(&callback, cookie).await;
        let clean = first.header("location");
        assert!(clean.starts_with("/auth/"), "{clean}");
        for secret in ["code", "state", "?"] {
            assert!(!clean.contains(secret), "{clean}");
        }
        assert_eq!(page.status, status, "{callback}: {}", page.text);
        assert!(page.text.contains(said), "{callback}: {}", page.text);
    }
}

#[tokio::test]
async fn c3_what_the_provider_says_is_not_shown() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    let sent = world.proceed(&link, &cookie).await;
    let state = parameter(sent.header("location"), "state");
    let callback = format!(
        "/auth/callback?state={state}&error=%3Cb%3Eodd&error_description=%3Cimg%20src=x%20onerror=alert(1)%3E"
    );
    let (_, page) = world.come_back(&callback, &cookie).await;
    assert!(
        !page.text.contains("onerror") && !page.text.contains("odd"),
        "{}",
        page.text
    );
    assert_eq!(world.oauth_calls("token"), 0);
}

#[tokio::test]
async fn c3_a_callback_that_says_two_things_at_once_is_refused() {
    let world = World::start().await;
    let cookie = world.visit().await;
    for twice in [
        "&code=a&code=b",
        "&code=a&state=again",
        "&error=a&error=b",
        "&code=a&error=b",
    ] {
        let chat = world.open_in(&cookie).await;
        let link = world.ask_for_a_link(&chat).await;
        let sent = world.proceed(&link, &cookie).await;
        let state = parameter(sent.header("location"), "state");
        let callback = format!("/auth/callback?state={state}{twice}");
        for method in ["POST", "PUT", "HEAD"] {
            let page = [("cookie", cookie.as_str())];
            let other = world.send(method, &callback, &page, "").await;
            assert_eq!(other.status, 405, "{method}");
        }
        let (_, page) = world.come_back(&callback, &cookie).await;
        assert_ne!(page.status, 200, "{twice}: {}", page.text);
    }
    assert_eq!(world.oauth_calls("token"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a3_a_callback_that_comes_twenty_times_at_once_is_traded_once() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    let asked = world.last(&chat).await;
    let callback = world.walk(&link, &cookie, "allow").await;
    let ends = join_all((0..20).map(|_| world.come_back(&callback, &cookie))).await;
    let connected = ends
        .iter()
        .filter(|(_, page)| page.text.contains("Connected as"));
    assert_eq!(connected.count(), 1);
    let used = ends
        .iter()
        .filter(|(_, page)| page.text.contains("already been used"));
    assert_eq!(used.count(), 19);
    assert_eq!(world.oauth_calls("token"), 1);
    world.pushed(&chat, asked).await;
    let state = world.say(&chat, json!({ "text": "help" })).await;
    assert_ne!(state["awaiting"]["kind"], "authorization");
    let all = world.get(&chat, "/messages").await;
    let told = all["messages"].as_array().unwrap().iter();
    assert_eq!(
        told.filter(|message| message["outcome"] == "granted")
            .count(),
        1
    );
}

#[tokio::test]
async fn c5_a_preview_of_a_link_uses_nothing_up() {
    let world = World::start().await;
    let chat = world
        .open(json!({ "user": { "id": "ida", "name": "Ida" }, "sign_in": "vouched" }))
        .await;
    let link = world.ask_for_a_link(&chat).await;
    for method in ["HEAD", "GET", "GET", "GET"] {
        let seen = world
            .send(method, &link, &[("user-agent", "preview")], "")
            .await;
        assert_eq!(seen.status, 200);
        let title = seen.text.split("<title>").nth(1).unwrap_or_default();
        assert!(!title.split("</title>").next().unwrap().contains("Ida"));
    }
    let callback = world.walk(&link, "", "allow").await;
    let head = world.send("HEAD", &callback, &[], "").await;
    assert_eq!(
        head.status, 405,
        "only a browser that goes there ends a sign-in"
    );
    assert_eq!(world.oauth_calls("token"), 0);
    let (_, page) = world.come_back(&callback, "").await;
    assert!(page.text.contains("Connected as"), "{}", page.text);
}

#[tokio::test]
async fn g_ten_thousand_callbacks_with_made_up_states_make_no_call_and_shut_nobody_out() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    let callback = world.walk(&link, &cookie, "allow").await;
    let (mut answered, mut refused) = (0, 0);
    for n in 0..10_000_u32 {
        // Half of them from one address, the others each from another.
        let from = if n % 2 == 0 { 1 } else { n };
        let [_, b, c, d] = from.to_be_bytes();
        let mut request = Request::get(format!("/auth/callback?state=made-up-{n}&code={n}"))
            .body(Body::empty())
            .unwrap();
        let address = SocketAddr::from(([10, b, c, d], 4_000));
        request.extensions_mut().insert(ConnectInfo(address));
        let answer = world.app.clone().oneshot(request).await.unwrap();
        match answer.status().as_u16() {
            303 => answered += 1,
            429 => {
                assert!(answer.headers().contains_key("retry-after"));
                refused += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(
        refused > 4_000 && answered >= 5_000,
        "{answered} answered, {refused} refused"
    );
    assert_eq!(world.outgoing(), Vec::<String>::new());
    let (_, page) = world.come_back(&callback, &cookie).await;
    assert!(page.text.contains("Connected as"), "{}", page.text);
}

#[tokio::test]
async fn g_one_link_can_be_tried_often_enough_but_not_without_end() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    let mut tries = 0;
    let refused = loop {
        let page = world
            .send("GET", &link, &[("cookie", "turnwise=another")], "")
            .await;
        tries += 1;
        if page.status != 403 {
            break page;
        }
        assert!(tries < 100);
    };
    assert_eq!(refused.status, 429);
    assert!(tries >= 20, "{tries}");
    let next = world.ask_again(&chat).await;
    assert_eq!(
        world
            .send("GET", &next, &[("cookie", &cookie)], "")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn f_an_org_that_is_not_there_is_told_in_the_page_and_in_the_chat() {
    let world = World::start().await;
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    let link = world.ask_for_a_link(&chat).await;
    let callback = world.walk(&link, "", "allow").await;
    world
        .control(
            "fault",
            json!({ "on": "token", "answer": "503", "times": 5 }),
        )
        .await;
    let asked = world.last(&chat).await;
    let (_, page) = world.come_back(&callback, "").await;
    assert_eq!(page.status, 502, "{}", page.text);
    let told = world.pushed(&chat, asked).await;
    assert_eq!(told[0]["outcome"], "unavailable", "{told:?}");
    let state = world.get(&chat, "").await;
    assert_eq!(state["awaiting"]["kind"], "choice");
    let values: Vec<&str> = state["awaiting"]["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["value"].as_str().unwrap())
        .collect();
    assert_eq!(values, ["new_link", "cancel"]);
}

#[tokio::test]
async fn b3_a_link_that_was_made_with_the_key_says_for_whom() {
    let world = World::start().await;
    let name = "<script>alert(1)</script> Ida";
    let body = json!({ "user": { "id": "ida", "name": name }, "sign_in": "vouched" });
    let chat = world.open(body).await;
    let link = world.ask_for_a_link(&chat).await;
    let page = world.send("GET", &link, &[], "").await;
    assert!(
        page.text.contains("&lt;script&gt;alert(1)"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    assert!(page.text.contains("Sales Assistant"), "{}", page.text);
    assert!(!page.text.contains(KEY) && !page.text.contains(&chat.token));
    let callback = world.walk(&link, "", "allow").await;
    let (_, last) = world.come_back(&callback, "").await;
    for part in [
        "Connected as rep@example.com",
        "Example Org",
        "the chat of &lt;script&gt;alert(1)&lt;&#x2f;script&gt; Ida on the app you chat in",
        "Sales Assistant",
    ] {
        assert!(last.text.contains(part), "{part}: {}", last.text);
    }
}

fn parameter(address: &str, name: &str) -> String {
    let url: url::Url = address.parse().unwrap();
    let mut all = url.query_pairs();
    let found = all.find(|(known, _)| known == name);
    found.unwrap().1.into_owned()
}

fn percent(text: &str) -> String {
    text.replace(':', "%3A").replace('/', "%2F")
}
