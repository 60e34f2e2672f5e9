//! What is kept of a conversation and where: nothing in memory while nobody talks, nothing that is sensitive where somebody
//! could read it, and nothing at all once it is forgotten. Sign-ins and their links have their own tests.

use serde_json::{Value, json};
use turnwise::runtime::{Opening, who};
use turnwise::store::conversations::Row;
use turnwise_connectors::auth::Binding;
use turnwise_engine::conversation::User;

use super::world::{KEY, World};
use super::{Front, Opened};

/// A bot that asks for something which nobody shall read later.
const CARD: &str = "\
template: block_card
title: Block a card
examples: [block my card, 'block the card {number}']
slots:
  number: { type: pattern, pattern: '[0-9]{8}', example: '12345678', ask: Which number does it have?, reask: It has eight digits., sensitive: true }
  reason: { type: text, ask: What happened to it? }
steps:
  - collect: [number, reason]
  - say: Blocked.
";

#[tokio::test]
async fn what_is_said_for_a_sensitive_slot_is_nowhere_to_be_read() {
    let front = Front::of("block_card", CARD).await;
    let mut traces = front.served.runtime.traces.follow();
    let chat = front.open().await;
    let mut answers = vec![
        front.say(&chat, json!({ "text": "block my card" })).await,
        front
            .say(&chat, json!({ "text": "4455 667", "id": "1" }))
            .await,
        front
            .say(&chat, json!({ "text": "44556677", "id": "2" }))
            .await,
        front
            .say(&chat, json!({ "text": "44556677", "id": "2" }))
            .await,
        front
            .say(&chat, json!({ "text": "actually the number is 99887766" }))
            .await,
        front.say(&chat, json!({ "text": "it was stolen" })).await,
        front
            .say(&chat, json!({ "text": "block the card 11223344" }))
            .await,
    ];
    assert_eq!(answers[2]["slots"], json!({ "number": "•••" }));
    assert_eq!(
        answers[6]["slots"],
        json!({ "number": "•••" }),
        "{}",
        answers[6]
    );
    answers.push(front.get(&chat, "/messages").await);
    answers.push(front.get(&chat, "").await);
    let transcript = front
        .ask("GET", &format!("{}/transcript", chat.path), KEY, "")
        .await;
    let transcript = axum::body::to_bytes(transcript.into_body(), 100_000)
        .await
        .unwrap();
    let mut seen = json!(answers).to_string() + &String::from_utf8_lossy(&transcript);
    while let Ok(traced) = traces.try_recv() {
        seen += &format!("{traced:?}");
    }
    for secret in ["4455", "667", "9988", "1122"] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
    for open in [
        "block the card •••",
        "it was stolen",
        "\\\"act\\\":\\\"inform\\\"",
    ] {
        assert!(seen.contains(open), "{open} is missing in {seen}");
    }
}

#[tokio::test]
async fn a_parked_conversation_holds_no_memory() {
    let front = Front::start().await;
    let runtime = &front.served.runtime;
    let chats: Vec<Opened> = {
        let open = (0..50).map(|_| front.open());
        futures_util::future::join_all(open).await
    };
    let say = chats
        .iter()
        .map(|chat| front.say(chat, json!({ "text": "note it" })));
    for answer in futures_util::future::join_all(say).await {
        assert_eq!(answer["awaiting"]["slot"], "subject", "{answer}");
    }
    let polls = chats.iter().map(|chat| front.get(chat, "/messages"));
    futures_util::future::join_all(polls).await;
    assert_eq!((runtime.under_way(), runtime.live.count()), (0, 0));
}

#[tokio::test]
async fn a_forgotten_user_is_gone_on_every_channel() {
    let front = Front::start().await;
    let runtime = &front.served.runtime;
    for channel in turnwise::runtime::CHANNELS {
        let opening = Opening {
            id: format!("on {channel}"),
            channel,
            user: User {
                id: "ida".into(),
                name: String::new(),
            },
            binding: Binding::Code,
            token: Vec::new(),
            locale: None,
            timezone: None,
        };
        runtime.open(opening).await.unwrap();
    }
    let left = || -> Vec<Row> {
        let all = turnwise::runtime::CHANNELS.iter();
        all.filter_map(|channel| {
            runtime
                .store
                .conversation(&format!("on {channel}"))
                .unwrap()
        })
        .collect()
    };
    assert_eq!(left().len(), 3);
    let gone = front.ask("DELETE", "/v1/users/ida", KEY, "").await;
    assert_eq!(gone.status(), 204);
    assert!(
        left().is_empty(),
        "{:?}",
        left().iter().map(who).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_forgotten_conversation_takes_its_own_links_along_and_no_others() {
    let world = World::start().await;
    let body = json!({ "user": { "id": "ida" }, "sign_in": "vouched" });
    let first = world.open(body.clone()).await;
    let link = world.ask_for_a_link(&first).await;
    // Another conversation of the same user, that never asked for one.
    let second = world.open(body).await;
    let gone = world.by(KEY, "DELETE", &second.path, &Value::Null).await;
    assert_eq!(gone.status, 204);
    assert_eq!(world.send("GET", &link, &[], "").await.status, 200);
    let gone = world.by(KEY, "DELETE", &first.path, &Value::Null).await;
    assert_eq!(gone.status, 204);
    assert_eq!(world.send("GET", &link, &[], "").await.status, 410);
}
