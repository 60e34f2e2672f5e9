//! Streams that break off and come back, sockets that hear nonsense, and turns that come faster than they are answered:
//! each message is seen once, in order, by everybody.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::frames::Socket;
use super::world::World;
use super::{Front, Opened};

/// Reads a stream until it has seen `count` messages, and hangs up.
async fn some(front: &Front, chat: &Opened, resume: (&str, i64), count: usize) -> Vec<Value> {
    let (how, after) = resume;
    let mut path = format!("{}/events?token={}", chat.path, chat.token);
    let mut request = Request::builder();
    match how {
        "header" => request = request.header("last-event-id", after.to_string()),
        "query" => path = format!("{path}&after={after}"),
        // A browser that comes back sends the old address and the newer header.
        _ => {
            path = format!("{path}&after=0");
            request = request.header("last-event-id", after.to_string());
        }
    }
    let request = request.uri(path).body(Body::empty()).unwrap();
    let response = front.app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    loop {
        let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
        let seen: Vec<Value> = whole.split("\n\n").filter_map(message).collect();
        if seen.len() >= count {
            return seen;
        }
        let more = body.next().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&more).unwrap());
    }
}

/// A message of a stream, whose id must be the one that its event carries.
fn message(event: &str) -> Option<Value> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    if field("event: ") != Some("message") {
        return None;
    }
    let message: Value = serde_json::from_str(field("data: ").unwrap()).unwrap();
    assert_eq!(field("id: ").unwrap(), message["id"].to_string());
    Some(message)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_keeps_losing_the_line_sees_each_message_once() {
    let front = Front::start().await;
    let chat = front.open().await;
    const TURNS: usize = 40;
    let talk = async {
        for n in 0..TURNS {
            front
                .say(
                    &chat,
                    json!({ "text": format!("note it {n}"), "id": format!("m{n}") }),
                )
                .await;
        }
    };
    // The greeting, then the user's and the bot's of each turn at least.
    let read = async {
        let mut seen: Vec<i64> = Vec::new();
        for (n, how) in ["header", "query", "both"].iter().cycle().enumerate() {
            let after = seen.last().copied().unwrap_or(0);
            for message in some(&front, &chat, (how, after), 1 + n % 4).await {
                seen.push(message["id"].as_i64().unwrap());
            }
            if seen.len() > 2 * TURNS {
                break;
            }
        }
        seen
    };
    let (seen, ()) = tokio::join!(read, talk);
    let count = i64::try_from(seen.len()).unwrap();
    assert_eq!(seen, (1..=count).collect::<Vec<i64>>());
    assert_eq!(front.served.runtime.live.count(), 0);
}

#[tokio::test]
async fn a_stream_a_poll_and_a_look_back_tell_the_same() {
    let front = Front::start().await;
    let chat = front.open().await;
    front.say(&chat, json!({ "text": "note it" })).await;
    front.say(&chat, json!({ "text": "Roof" })).await;
    let looked = front.get(&chat, "/messages").await["messages"].clone();
    let looked = looked.as_array().unwrap().clone();
    let streamed = some(&front, &chat, ("query", 0), looked.len()).await;
    assert_eq!(streamed, looked);
    let polled = front.get(&chat, "/messages?after=2&wait=30").await;
    assert_eq!(polled["messages"].as_array().unwrap()[..], looked[2..]);
}

#[tokio::test]
async fn a_poll_that_hears_nothing_comes_back_empty() {
    let front = Front::start().await;
    let chat = front.open().await;
    for rest in [
        "/messages?after=1",
        "/messages?after=1&wait=0",
        "/messages?after=1&wait=1",
        "/messages?after=99",
    ] {
        assert_eq!(
            front.get(&chat, rest).await,
            json!({ "messages": [] }),
            "{rest}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_sent_twenty_times_at_once_runs_once_and_all_get_one_answer() {
    let front = Front::start().await;
    let chat = front.open().await;
    let said = json!({ "text": "note it", "id": "the same" });
    let answers = join_all((0..20).map(|_| front.say(&chat, said.clone()))).await;
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    let all = front.get(&chat, "/messages").await;
    assert_eq!(all["messages"].as_array().unwrap().len(), 3, "{all}");
    // Another conversation's message of the same id is another message.
    let other = front.open().await;
    let answer = front.say(&other, said).await;
    assert_eq!(answer["awaiting"]["slot"], "subject");
}

#[tokio::test]
async fn turns_are_answered_in_the_order_in_which_they_came() {
    let front = Front::start().await;
    let chat = front.open().await;
    // Polled in order, they are taken in in order, and the last two answer what the first one asked.
    let turns =
        ["note it", "Roof", "It leaks"].map(|text| front.say(&chat, json!({ "text": text })));
    let answers = join_all(turns).await;
    let said: Vec<&str> = answers
        .iter()
        .map(|answer| answer["messages"][0]["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        said,
        ["What is it about?", "What does it say?", "Noted: Roof."]
    );
    let numbers: Vec<u64> = answers
        .iter()
        .map(|a| a["turn"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
}

async fn listening(front: &Front) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = front.app.clone();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

#[tokio::test]
async fn a_socket_hears_nonsense_and_stays_open() {
    let front = Front::start().await;
    let chat = front.open().await;
    let path = format!("{}/ws?after=1&token={}", chat.path, chat.token);
    let mut socket = Socket::open(listening(&front).await, &path).await;
    let long = format!("{{\"text\":\"{}\"}}", "a".repeat(32_001));
    let huge = format!("{{\"text\":\"{}\"}}", "a".repeat(1_000_000));
    let table: [(u8, &[u8], &str); 9] = [
        (1, b"{broken", "broken_json"),
        (1, b"", "broken_json"),
        (1, b"[]", "broken_json"),
        (1, b"{\"text\":7}", "broken_json"),
        (1, b"{}", "wrong_field"),
        (2, b"{\"text\":\"hello\"}", "broken_json"),
        (1, long.as_bytes(), "text_too_long"),
        (1, huge.as_bytes(), "too_large"),
        (1, b"{\"text\":\"a\x01b\"}", "broken_json"),
    ];
    for (kind, body, code) in table {
        socket.frame(kind, body).await;
        let error = socket.next_of("error").await;
        assert_eq!(error["code"], code, "{error}");
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
    socket.frame(9, b"still there?").await;
    socket.say("{\"text\":\"note it\"}").await;
    let state = socket.next_of("state").await;
    assert_eq!(state["awaiting"]["slot"], "subject", "{state}");
}

#[tokio::test]
async fn frames_are_turns_in_their_order_and_everybody_sees_them() {
    let front = Front::start().await;
    let chat = front.open().await;
    let address = listening(&front).await;
    let path = |after: i64| format!("{}/ws?after={after}&token={}", chat.path, chat.token);
    let mut one = Socket::open(address, &path(1)).await;
    let mut other = Socket::open(address, &path(0)).await;
    for text in ["note it", "Roof", "It leaks"] {
        one.say(&json!({ "text": text, "id": text }).to_string())
            .await;
    }
    let mut last = Value::Null;
    let mut ids = Vec::new();
    while last["data"]["text"] != "Noted: Roof." {
        last = other.next().await;
        if last["event"] == "message" {
            ids.push(last["data"]["id"].as_i64().unwrap());
        }
    }
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7]);
    drop((one, other));
    let mut back = Socket::open(address, &path(5)).await;
    assert_eq!(back.next().await["data"]["id"], 6);
    assert_eq!(back.next().await["data"]["id"], 7);
}

#[tokio::test]
async fn a_frame_that_comes_twice_is_answered_by_the_state_that_its_turn_left() {
    let front = Front::start().await;
    let chat = front.open().await;
    let address = listening(&front).await;
    let path = |after: i64| format!("{}/ws?after={after}&token={}", chat.path, chat.token);
    let mut socket = Socket::open(address, &path(1)).await;
    let first = json!({ "text": "note it", "id": "m1" }).to_string();
    socket.say(&first).await;
    let left = socket.next_of("state").await;
    assert_eq!(left["awaiting"]["slot"], "subject", "{left}");
    socket.say(&first).await;
    // Its messages have been seen: the next frame is the state, and they are not told again.
    let again = socket.next().await;
    assert_eq!(again, json!({ "event": "state", "data": left }));

    // Whoever comes back after the line was lost, and says it once more, sees the messages first.
    let mut back = Socket::open(address, &path(1)).await;
    back.say(&first).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(back.next().await);
    }
    let ids: Vec<&Value> = seen.iter().map(|frame| &frame["data"]["id"]).collect();
    assert_eq!(ids[..2], [2, 3], "{seen:?}");
    assert_eq!(seen[2], again);

    // A later turn does not change what the first was answered by.
    socket.say(&json!({ "text": "Roof" }).to_string()).await;
    assert_eq!(socket.next_of("state").await["awaiting"]["slot"], "body");
    socket.say(&first).await;
    assert_eq!(socket.next().await, again);
}

#[tokio::test]
async fn what_the_bot_says_on_its_own_comes_over_every_stream() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let address: SocketAddr = world.base.replace("http://", "").parse().unwrap();
    let path = format!("{}/ws?after=1&token={}", chat.path, chat.token);
    let mut socket = Socket::open(address, &path).await;
    let link = world.ask_for_a_link(&chat).await;
    let shown = loop {
        let message = socket.next_of("message").await;
        if message["kind"] == "sign_in" {
            break message;
        }
    };
    assert_eq!(shown["url"], format!("{}{link}", world.base));
    let waits = socket.next_of("state").await;
    let url = &waits["awaiting"]["url"];
    assert!(url.is_null() || *url == shown["url"], "{waits}");
    let callback = world.walk(&link, &cookie, "allow").await;
    world.come_back(&callback, &cookie).await;
    let told = loop {
        let message = socket.next_of("message").await;
        if message["outcome"].is_string() {
            break message;
        }
    };
    assert_eq!(told["outcome"], "granted", "{told}");
    let table = loop {
        let message = socket.next_of("message").await;
        if message["kind"] == "table" {
            break message;
        }
    };
    assert_eq!(table["total"], 25, "{table}");
}
