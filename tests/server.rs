//! The server as a front end meets it, without a socket where none is needed: messages that are lost, doubled or late,
//! streams that break off, requests that are wrong. The bot is a small one of its own, with nothing to sign in to.

mod access;
mod account;
mod attack;
mod bad_input;
mod canary;
mod cells;
mod console;
mod described;
mod frames;
mod kept;
mod link;
mod links;
mod lost;
mod mistakes;
mod outcomes;
pub(crate) mod page;
mod pages;
mod replay;
mod rows;
mod script;
mod sign_in;
mod streams;
mod values;
pub(crate) mod world;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use turnwise::bot;
use turnwise::cli::serve::{Settings, served};
use turnwise::server::{Served, app};
use turnwise::store::conversations::{Left, Row};
use turnwise::store::{Place, Store};
use turnwise_connectors::auth::Vault;
use turnwise_engine::conversation::{Conversation, User};
use turnwise_engine::effect::Effect;

const KEY: &str = "the key of the tests";

const NOTE: &str = "\
template: note_it
title: Note it
examples: [note it, write a note]
slots:
  subject: { type: text, ask: What is it about? }
  body: { type: text, ask: What does it say? }
steps:
  - collect: [subject, body]
  - say: \"Noted: {{ subject }}.\"
";

struct Front {
    app: Router,
    served: Served,
    _ending: tokio::sync::watch::Sender<bool>,
}

struct Opened {
    path: String,
    id: String,
    token: String,
}

impl Front {
    async fn start() -> Front {
        Front::on(Place::Memory).await
    }

    async fn on(place: Place) -> Front {
        Front::with(place, "note_it", NOTE).await
    }

    /// A bot of one template, in memory.
    async fn of(id: &str, template: &str) -> Front {
        Front::with(Place::Memory, id, template).await
    }

    async fn with(place: Place, id: &str, template: &str) -> Front {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("bot.yaml"),
            "name: Notes\ngreeting: Hello.\n",
        )
        .unwrap();
        let templates = folder.path().join("templates");
        std::fs::create_dir(&templates).unwrap();
        std::fs::write(templates.join(format!("{id}.yaml")), template).unwrap();
        let settings = Settings {
            templates: bot::loaded(&bot::read(&[folder.path().into()]).unwrap()).unwrap(),
            place,
            public_url: "http://127.0.0.1:8080".into(),
            key: Some(KEY.into()),
            vault: Vault::random(),
            login_host: "https://login.example.com".parse().unwrap(),
            client: (String::new(), None),
            now: Some("2026-11-24T10:00:00Z".parse().unwrap()),
            open_metrics: false,
        };
        let (served, ending) = served(settings).await.unwrap();
        Front {
            app: app(served.clone()),
            served,
            _ending: ending,
        }
    }

    async fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.app.clone().oneshot(request).await.unwrap()
    }

    async fn open(&self) -> Opened {
        let opened = json_of(self.ask("POST", "/v1/conversations", KEY, "{}").await).await;
        let id = opened["id"].as_str().unwrap().to_owned();
        Opened {
            path: format!("/v1/conversations/{id}"),
            id,
            token: opened["token"].as_str().unwrap().to_owned(),
        }
    }

    async fn say(&self, chat: &Opened, turn: Value) -> Value {
        let path = format!("{}/turns", chat.path);
        json_of(
            self.ask("POST", &path, &chat.token, &turn.to_string())
                .await,
        )
        .await
    }

    async fn get(&self, chat: &Opened, rest: &str) -> Value {
        let path = format!("{}{rest}", chat.path);
        json_of(self.ask("GET", &path, &chat.token, "").await).await
    }
}

async fn json_of(response: Response) -> Value {
    let bytes = axum::body::to_bytes(response.into_body(), 10_000_000)
        .await
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Ids of the messages of a stream of server-sent events, read until so many came.
async fn ids(response: Response, count: usize) -> Vec<i64> {
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    let mut found = Vec::new();
    while found.len() < count {
        text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
        let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
        found = whole
            .lines()
            .filter_map(|line| line.strip_prefix("id: ")?.parse().ok())
            .collect();
    }
    found
}

#[tokio::test]
async fn messages_of_both_sides_are_numbered_in_one_sequence() {
    let front = Front::start().await;
    let chat = front.open().await;
    let turn = front.say(&chat, json!({ "text": "note it" })).await;
    assert_eq!(turn["awaiting"]["slot"], "subject", "{turn}");
    let all = front.get(&chat, "/messages").await;
    let seen: Vec<(i64, &str)> = all["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["id"].as_i64().unwrap(), m["from"].as_str().unwrap()))
        .collect();
    assert_eq!(seen, [(1, "bot"), (2, "user"), (3, "bot")]);
}

#[tokio::test]
async fn a_message_that_comes_twice_at_once_runs_once() {
    let front = Front::start().await;
    let chat = front.open().await;
    let said = json!({ "text": "note it", "id": "m1" });
    let (one, two) = tokio::join!(front.say(&chat, said.clone()), front.say(&chat, said));
    assert_eq!(one, two);
    let all = front.get(&chat, "/messages").await;
    assert_eq!(all["messages"].as_array().unwrap().len(), 3, "{all}");
}

#[tokio::test]
async fn a_message_repeated_late_gets_the_answer_of_its_own_turn() {
    let front = Front::start().await;
    let chat = front.open().await;
    let first = json!({ "text": "note it", "id": "m1" });
    let asked = front.say(&chat, first.clone()).await;
    front
        .say(&chat, json!({ "text": "Roof", "id": "m2" }))
        .await;
    let done = front
        .say(&chat, json!({ "text": "It leaks", "id": "m3" }))
        .await;
    assert_eq!(done["awaiting"]["kind"], "nothing", "{done}");
    assert_eq!(front.say(&chat, first).await, asked);
}

#[tokio::test]
async fn turns_of_one_conversation_do_not_lose_each_other() {
    let front = Front::start().await;
    let chat = front.open().await;
    let turns =
        (0..20).map(|n| front.say(&chat, json!({ "text": "note it", "id": format!("m{n}") })));
    let answers = futures_util::future::join_all(turns).await;
    let mut numbers: Vec<u64> = answers
        .iter()
        .map(|answer| answer["turn"].as_u64().unwrap())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 20);
}

#[tokio::test]
async fn a_long_poll_hears_what_is_said_later() {
    let front = Front::start().await;
    let chat = front.open().await;
    let (heard, _) = tokio::join!(
        front.get(&chat, "/messages?after=1&wait=60"),
        front.say(&chat, json!({ "text": "note it" }))
    );
    assert_eq!(heard["messages"][0]["id"], 2, "{heard}");
    assert_eq!(
        front.served.runtime.live.count(),
        0,
        "nobody listens any more"
    );
}

#[tokio::test]
async fn events_go_on_after_the_last_one_that_was_seen() {
    let front = Front::start().await;
    let chat = front.open().await;
    front.say(&chat, json!({ "text": "note it" })).await;
    let events = format!("{}/events?token={}", chat.path, chat.token);
    let resumed = Request::builder()
        .uri(&events)
        .header("last-event-id", "1")
        .body(Body::empty())
        .unwrap();
    let stream = front.app.clone().oneshot(resumed).await.unwrap();
    let (seen, _) = tokio::join!(ids(stream, 4), front.say(&chat, json!({ "text": "Roof" })));
    assert_eq!(seen, [2, 3, 4, 5]);
    assert_eq!(
        front.served.runtime.live.count(),
        0,
        "nobody listens any more"
    );
}

#[tokio::test]
async fn a_stream_brings_a_long_past_whole() {
    let front = Front::start().await;
    let chat = front.open().await;
    let store = &front.served.runtime.store;
    let row = store.conversation(&chat.id).unwrap().unwrap();
    let past = Left {
        conversation: row.id,
        version: row.version,
        state: row.state,
        turn: 1,
        messages: vec![json!({ "id": 0, "from": "bot", "kind": "text", "text": "more" }); 2_500],
        ..Left::default()
    };
    store.commit(past).await.unwrap().unwrap();
    let path = format!("{}/events", chat.path);
    let stream = front.ask("GET", &path, &chat.token, "").await;
    let (seen, _) = tokio::join!(
        ids(stream, 2_503),
        front.say(&chat, json!({ "text": "note it" }))
    );
    assert_eq!(seen, (1..=2_503).collect::<Vec<i64>>());
}

#[tokio::test]
async fn every_wrong_request_is_answered_in_the_one_shape() {
    let front = Front::start().await;
    let chat = front.open().await;
    let rest = |rest: &str| format!("{}{rest}", chat.path);
    let table = [
        ("GET", rest("/messages?after=x"), 400, "wrong_request"),
        ("GET", rest("/messages?wait=-1"), 400, "wrong_request"),
        ("GET", rest("/events?after=x"), 400, "wrong_request"),
        ("PUT", rest("/turns"), 405, "method_not_allowed"),
        ("POST", rest("/turns"), 400, "wrong_field"),
        ("GET", "/v1/nothing".into(), 404, "not_found"),
        ("DELETE", "/v1/users/ida".into(), 401, "unauthorized"),
    ];
    for (method, path, status, code) in table {
        let answer = front.ask(method, &path, &chat.token, "").await;
        assert_eq!(answer.status().as_u16(), status, "{method} {path}");
        let answer = json_of(answer).await;
        assert_eq!(answer["error"]["code"], code, "{method} {path}: {answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }
    let socket = front.ask("GET", &rest("/ws"), &chat.token, "").await;
    assert!(socket.status().is_client_error());
    assert_eq!(json_of(socket).await["error"]["code"], "wrong_request");
    let key_in_address = format!("{}/events?token={KEY}", chat.path).replace(' ', "%20");
    let request = Request::get(key_in_address).body(Body::empty()).unwrap();
    let refused = front.app.clone().oneshot(request).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_was_out_when_the_server_ended_is_taken_up_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("bot.db"));
    let store = Store::open(&place).unwrap();
    let user = User {
        id: "ida".into(),
        name: String::new(),
    };
    let state = Conversation::new("c", user, "en-US", "UTC");
    let state = serde_json::to_string(&state).unwrap();
    let row = Row {
        id: "c".into(),
        channel: "api".into(),
        user: "ida".into(),
        name: String::new(),
        binding: "null".into(),
        token: Vec::new(),
        token_ends: 0,
        version: 0,
        state: state.clone(),
    };
    store.open_conversation(row).await.unwrap();
    let handoff = serde_json::to_string(&Effect::Handoff {
        desk: "people".into(),
    });
    let ended_here = Left {
        conversation: "c".into(),
        state,
        turn: 1,
        asked: vec![("1:1".into(), handoff.unwrap())],
        ..Left::default()
    };
    store.commit(ended_here).await.unwrap().unwrap();
    drop(store);
    let front = Front::on(place).await;
    let path = "/v1/conversations/c/messages?wait=60";
    let heard = json_of(front.ask("GET", path, KEY, "").await).await;
    assert_eq!(heard["messages"][0]["from"], "bot", "{heard}");
    let store = &front.served.runtime.store;
    assert_eq!(store.effects_out().unwrap(), []);
}

#[tokio::test]
async fn a_forgotten_conversation_is_gone() {
    let front = Front::start().await;
    let chat = front.open().await;
    let gone = front.ask("DELETE", &chat.path, &chat.token, "").await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let state = json_of(front.ask("GET", &chat.path, KEY, "").await).await;
    assert_eq!(state["error"]["code"], "conversation_not_found");
}

mod socket {
    //! A WebSocket needs a socket; frames are written by hand, short ones from us, any length from the server.

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn send(stream: &mut TcpStream, text: &str) {
        // The final text frame, masked by zeros, which leave it as it is.
        let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0];
        assert!(text.len() < 126);
        frame.extend(text.as_bytes());
        stream.write_all(&frame).await.unwrap();
    }

    async fn next(stream: &mut TcpStream) -> Value {
        let mut head = [0_u8; 2];
        stream.read_exact(&mut head).await.unwrap();
        let length = match head[1] {
            126 => usize::from(stream.read_u16().await.unwrap()),
            short => usize::from(short),
        };
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn a_socket_answers_turns_and_stays_open_at_a_wrong_one() {
        let front = Front::start().await;
        let chat = front.open().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = front.app.clone();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut stream = TcpStream::connect(address).await.unwrap();
        let hello = format!(
            "GET {}/ws?after=1&token={} HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            chat.path, chat.token
        );
        stream.write_all(hello.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101"));
        send(&mut stream, "{broken").await;
        let wrong = next(&mut stream).await;
        assert_eq!(wrong["event"], "error", "{wrong}");
        assert_eq!(wrong["data"]["code"], "broken_json");
        send(&mut stream, "{\"text\":\"note it\"}").await;
        let heard = next(&mut stream).await;
        assert_eq!(
            (&heard["data"]["id"], &heard["data"]["from"]),
            (&json!(2), &json!("user"))
        );
        let answered = next(&mut stream).await;
        assert_eq!(answered["data"]["text"], "What is it about?", "{answered}");
        let state = next(&mut stream).await;
        assert_eq!(state["event"], "state");
        assert_eq!(state["data"]["awaiting"]["slot"], "subject", "{state}");
    }
}
