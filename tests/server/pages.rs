//! What every page and answer carries, so that a browser does with it what we meant, and the description of the API
//! against the routes that there are.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::world::{Answer, World};

/// The directives of an answer's policy.
fn policy(answer: &Answer) -> Vec<String> {
    let policy = answer.header("content-security-policy");
    policy
        .split(';')
        .map(|part| part.trim().to_owned())
        .collect()
}

#[tokio::test]
async fn c3_every_page_of_a_sign_in_is_locked_down() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    let start = world.send("GET", &link, &[("cookie", &cookie)], "").await;
    let callback = world.walk(&link, &cookie, "allow").await;
    let (first, done) = world.come_back(&callback, &cookie).await;
    let used = world.send("GET", &link, &[("cookie", &cookie)], "").await;
    let not_me = world.send("GET", "/auth/not-me", &[], "").await;
    for (name, page) in [
        ("start", &start),
        ("done", &done),
        ("used", &used),
        ("not me", &not_me),
    ] {
        let policy = policy(page);
        for wanted in [
            "default-src 'none'",
            "style-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.iter().any(|part| part == wanted),
                "{name}: {policy:?}"
            );
        }
        assert!(
            !policy.iter().any(|part| part.starts_with("script-src")),
            "{name}: {policy:?}"
        );
        assert!(!page.text.contains("<script"), "{name}");
        assert!(!page.text.contains("http-equiv"), "{name}");
        for outside in ["src=\"http", "href=\"http", "url(http"] {
            assert!(
                !page.text.contains(outside),
                "{name}: nothing comes from elsewhere"
            );
        }
        assert_eq!(
            page.header("content-type"),
            "text/html; charset=utf-8",
            "{name}"
        );
    }
    for (name, answer) in [
        ("start", &start),
        ("callback", &first),
        ("done", &done),
        ("used", &used),
    ] {
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{name}");
        assert_eq!(answer.header("cache-control"), "no-store", "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
    }
    let form = policy(&start)
        .into_iter()
        .find(|part| part.starts_with("form-action"))
        .unwrap();
    assert!(
        form.contains("'self'") && form.contains("127.0.0.1"),
        "{form}"
    );
}

#[tokio::test]
async fn the_chat_loads_nothing_from_elsewhere_and_stands_in_no_frame() {
    let world = World::start().await;
    let host = world.base.replace("http://", "");
    let page = world.send("GET", "/", &[("host", &host)], "").await;
    let policy = policy(&page);
    for wanted in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.iter().any(|part| part == wanted), "{policy:?}");
    }
    assert!(!page.header("content-security-policy").contains("unsafe"));
    for asset in page
        .text
        .split(['"', '\''])
        .filter(|text| text.starts_with("/assets/"))
    {
        let file = world.send("GET", asset, &[], "").await;
        assert_eq!(file.status, 200, "{asset}");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
    }
    for path in [
        "/assets/chat.html",
        "/assets/..%2Fserver.rs",
        "/assets/sign_in%2Fstart.html",
        "/assets/none.js",
    ] {
        let nothing = world.send("GET", path, &[], "").await;
        assert_eq!(nothing.status, 404, "{path}");
    }
    let widget = world.send("GET", "/widget.js", &[], "").await;
    assert_eq!(
        widget.header("content-type"),
        "text/javascript; charset=utf-8"
    );
}

#[tokio::test]
async fn the_description_of_the_api_lists_exactly_the_routes() {
    let world = World::start().await;
    let document = world.send("GET", "/v1/openapi.json", &[], "").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let paths = document["paths"].as_object().unwrap();
    for (path, operations) in paths {
        let concrete = path.replace("{id}", "nothing");
        let described: BTreeSet<&str> = operations
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        for method in ["get", "post", "put", "patch", "delete"] {
            let answer = world.send(&method.to_uppercase(), &concrete, &[], "").await;
            let there = answer.status != 405;
            assert_eq!(
                there,
                described.contains(method),
                "{method} {path}: {}",
                answer.text
            );
            assert!(!answer.text.contains("\"not_found\""), "{method} {path}");
        }
        for (method, operation) in operations.as_object().unwrap() {
            assert!(
                !operation["summary"].as_str().unwrap().is_empty(),
                "{method} {path}"
            );
            assert!(operation["responses"].is_object(), "{method} {path}");
        }
    }
    // The other way round: each path that the router names for programs is described.
    let router = include_str!("../../src/server.rs");
    let named: BTreeSet<String> = router
        .split('"')
        .filter(|text| {
            text.starts_with("/v1/") || matches!(*text, "/healthz" | "/readyz" | "/metrics")
        })
        .map(str::to_owned)
        .collect();
    let mut described: BTreeSet<String> = paths.keys().cloned().collect();
    described.insert("/v1/openapi.json".into());
    assert_eq!(named, described);
    for reference in references(&document) {
        let pointer = reference.trim_start_matches('#');
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("$ref", Value::String(text)) => vec![text.clone()],
                _ => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn what_the_empty_chat_shows_needs_no_key_and_tells_no_secret() {
    let world = World::start().await;
    let bot = world.send("GET", "/v1/bot", &[], "").await.json();
    assert_eq!(bot["name"], "Sales Assistant");
    let names: BTreeSet<&str> = bot
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert!(
        names.contains("greeting") && names.contains("examples"),
        "{names:?}"
    );
    for secret in ["client", "secret", "vault", "key"] {
        assert!(!bot.to_string().contains(&format!("\"{secret}")), "{bot}");
    }
    assert_ne!(bot["examples"], json!([]));
}
