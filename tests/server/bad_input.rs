//! Requests that are broken, huge, odd or simply wrong: each is refused in the contract's one shape with a sentence, the
//! conversation stays what it was, and what was sent is not handed back.

use serde_json::{Value, json};

use super::world::{KEY, World};

#[tokio::test]
async fn a_turn_that_is_wrong_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let chat = world.open(json!({})).await;
    world
        .say(&chat, json!({ "text": "create a lead for Ida Blum" }))
        .await;
    let before = world.get(&chat, "").await;
    let said = world.last(&chat).await;
    let text = |length: usize| format!("{{\"text\":\"{}\"}}", "ö".repeat(length));
    let deep = format!("{{\"value\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let table: Vec<(&[u8], u16, &str)> = vec![
        (b"{broken", 400, "broken_json"),
        (b"\xff\xfe{}", 400, "broken_json"),
        (b"{\"text\":\"\xc3\"}", 400, "broken_json"),
        (b"[]", 400, "broken_json"),
        (b"null", 400, "broken_json"),
        (b"\"hello\"", 400, "broken_json"),
        (b"{\"text\":7}", 400, "broken_json"),
        (b"{\"text\":\"a\",\"text\":\"b\"}", 400, "broken_json"),
        (b"{\"text\":\"a\"} {}", 400, "broken_json"),
        (b"{\"text\":\"line\nbreak\"}", 400, "broken_json"),
        (b"{\"text\":\"bell \x07\"}", 400, "broken_json"),
        (b"{\"text\":\"half \\ud83d\"}", 400, "broken_json"),
        (b"{\"text\":\"a\",\"id\":7}", 400, "broken_json"),
        (deep.as_bytes(), 400, "broken_json"),
        (b"", 400, "wrong_field"),
        (b"{}", 400, "wrong_field"),
        (b"{\"text\":null}", 400, "wrong_field"),
        (b"{\"value\":null}", 400, "wrong_field"),
    ];
    let path = format!("{}/turns", chat.path);
    let mut bodies: Vec<(Vec<u8>, u16, String)> = table
        .into_iter()
        .map(|(body, status, code)| (body.to_vec(), status, code.to_owned()))
        .collect();
    bodies.push((text(32_001).into_bytes(), 400, "text_too_long".into()));
    bodies.push((text(500_000).into_bytes(), 413, "too_large".into()));
    let id = format!("{{\"text\":\"a\",\"id\":\"{}\"}}", "i".repeat(201));
    bodies.push((id.into_bytes(), 400, "wrong_field".into()));
    for (body, status, code) in bodies {
        let request = world.http.post(format!("{}{path}", world.base));
        let answer = request
            .bearer_auth(&chat.token)
            .body(body.clone())
            .send()
            .await
            .unwrap();
        let seen = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(answer.status(), status, "{seen}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["code"], code, "{seen}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.ends_with('.') && message.len() < 300, "{message}");
    }
    assert_eq!(world.get(&chat, "").await, before);
    assert_eq!(world.last(&chat).await, said);
}

#[tokio::test]
async fn odd_but_proper_texts_are_answered() {
    let world = World::start().await;
    let chat = world.open(json!({})).await;
    let longest = "word ".repeat(6_400);
    let odd = [
        "",
        " \t\r\n ",
        "\u{0}\u{1}\u{7}\u{1b}[31m red",
        "\u{202e}right to left\u{202c} \u{200b}\u{feff}",
        "👩‍👩‍👧‍👦🏳️‍🌈 ﷽",
        "'; DROP TABLE conversations; --",
        "{{ 7 * 7 }} {% for x in range(10) %}{{ x }}{% endfor %}",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "%s%n%x",
        &longest,
    ];
    for text in odd {
        let answer = world.say(&chat, json!({ "text": text })).await;
        assert!(answer["awaiting"]["kind"].is_string(), "{text:?}: {answer}");
        let said: Vec<&str> = answer["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["text"].as_str().unwrap())
            .collect();
        assert!(!said.concat().contains("49"), "{text:?} was run: {said:?}");
        assert!(!said.is_empty(), "{text:?} has no answer");
        world.say(&chat, json!({ "text": "cancel" })).await;
        world.say(&chat, json!({ "text": "yes" })).await;
    }
    for value in [
        json!([]),
        json!({ "a": { "b": [1, 2] } }),
        json!(1e308),
        json!(-0.0),
        json!(true),
        json!("\u{0}"),
    ] {
        let answer = world.say(&chat, json!({ "value": value })).await;
        assert!(answer["awaiting"]["kind"].is_string(), "{value}: {answer}");
    }
    let all = world.get(&chat, "/messages").await;
    let texts = all["messages"].as_array().unwrap().iter();
    let users: Vec<&str> = texts
        .filter(|message| message["from"] == "user")
        .map(|message| message["text"].as_str().unwrap())
        .collect();
    for text in odd {
        assert!(users.contains(&text), "{text:?} is kept as it was said");
    }
}

#[tokio::test]
async fn an_opening_that_is_wrong_is_refused() {
    let world = World::start().await;
    let long = "u".repeat(201);
    let table = [
        (json!({ "user": { "id": "" } }), "wrong_field"),
        (json!({ "user": { "id": long } }), "wrong_field"),
        (
            json!({ "user": { "id": "ida", "name": long } }),
            "wrong_field",
        ),
        (json!({ "user": "ida" }), "broken_json"),
        (json!({ "user": {} }), "broken_json"),
        (json!({ "sign_in": "please" }), "wrong_field"),
        (json!({ "timezone": "Mars/Olympus" }), "wrong_field"),
        (json!({ "timezone": "" }), "wrong_field"),
        (json!({ "locale": "../../en" }), "wrong_field"),
        (json!({ "locale": "" }), "wrong_field"),
        (json!({ "locale": "-" }), "wrong_field"),
        (json!([]), "broken_json"),
    ];
    for (body, code) in table {
        let refused = world.by(KEY, "POST", "/v1/conversations", &body).await;
        assert_eq!(refused.refusal(), (400, code.into()), "{body}");
    }
    for body in [
        json!({}),
        json!({ "locale": "de-DE", "timezone": "Europe/Berlin" }),
        json!({ "unknown": 1 }),
    ] {
        let opened = world.by(KEY, "POST", "/v1/conversations", &body).await;
        assert_eq!(opened.status, 201, "{body}");
    }
}

#[tokio::test]
async fn an_address_that_is_wrong_is_refused_in_the_one_shape() {
    let world = World::start().await;
    let chat = world.open(json!({})).await;
    let long = "x".repeat(5_000);
    let table = [
        (
            "GET",
            "/v1/conversations/nothing".to_owned(),
            404,
            "conversation_not_found",
        ),
        (
            "GET",
            format!("/v1/conversations/{long}"),
            404,
            "conversation_not_found",
        ),
        (
            "GET",
            "/v1/conversations/%00".into(),
            404,
            "conversation_not_found",
        ),
        ("GET", "/v1/conversations/%ff".into(), 400, "wrong_request"),
        (
            "GET",
            "/v1/conversations/a%2Fb".into(),
            404,
            "conversation_not_found",
        ),
        ("GET", "/v1/conversations/".into(), 404, "not_found"),
        ("GET", "/v1/conversations".into(), 405, "method_not_allowed"),
        ("GET", "/v1".into(), 404, "not_found"),
        (
            "GET",
            format!("{}/messages?after=-1&wait=0", chat.path),
            200,
            "",
        ),
        (
            "GET",
            format!("{}/messages?after=99999999999999999999", chat.path),
            400,
            "wrong_request",
        ),
        (
            "GET",
            format!("{}/messages?wait=1.5", chat.path),
            400,
            "wrong_request",
        ),
        (
            "GET",
            format!("{}/messages?after=%ff", chat.path),
            400,
            "wrong_request",
        ),
        (
            "GET",
            format!("{}/events?after=one", chat.path),
            400,
            "wrong_request",
        ),
        ("GET", format!("{}/ws", chat.path), 400, "wrong_request"),
        (
            "BREW",
            format!("{}/turns", chat.path),
            405,
            "method_not_allowed",
        ),
        ("GET", "/nothing".into(), 404, "not_found"),
    ];
    for (method, path, status, code) in table {
        let answer = world.by(KEY, method, &path, &Value::Null).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        if status != 200 {
            assert_eq!(answer.refusal().1, code, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_wrong_is_refused_and_not_repeated() {
    let world = World::start().await;
    let almost = &KEY[..KEY.len() - 1];
    for header in [
        format!("Bearer {almost}"),
        format!("Bearer {KEY}x"),
        format!("Basic {KEY}"),
        KEY.to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {}", "k".repeat(10_000)),
    ] {
        let refused = world
            .send(
                "POST",
                "/v1/conversations",
                &[("authorization", &header)],
                "{}",
            )
            .await;
        assert_eq!(refused.refusal(), (401, "unauthorized".into()), "{header}");
        assert!(!refused.text.contains(almost), "{}", refused.text);
    }
    let lower = format!("bearer {KEY}");
    let opened = world
        .send(
            "POST",
            "/v1/conversations",
            &[("authorization", &lower)],
            "{}",
        )
        .await;
    assert_eq!(
        opened.status, 201,
        "the scheme's case does not matter (RFC 9110, 11.1)"
    );
}

#[tokio::test]
async fn an_org_that_is_away_is_told_in_words_and_nothing_is_lost() {
    let world = World::start().await;
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    world.sign_in(&chat, "").await;
    world
        .say(
            &chat,
            json!({ "text": "create a lead for Ida Blum from Fernhill, ida@fernhill.example" }),
        )
        .await;
    let mut state = world.get(&chat, "").await;
    while state["awaiting"]["kind"] == "slot" {
        state = world.say(&chat, json!({ "text": "skip" })).await;
    }
    assert_eq!(state["awaiting"]["kind"], "confirm", "{state}");
    world.cut_the_org_off().await;
    let answer = world.say(&chat, json!({ "value": "yes" })).await;
    let said = answer["messages"].to_string();
    assert!(said.contains("nothing was written"), "{answer}");
    let after = world.get(&chat, "").await;
    assert_eq!(
        after["dialogs"][0]["slots"]["last_name"], "Blum",
        "nothing is lost: {after}"
    );
    assert_ne!(after["awaiting"]["kind"], "call");
}
