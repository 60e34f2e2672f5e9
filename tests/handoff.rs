//! A conversation that a person takes over: what was said reaches the desk's webhook once, and a desk that does not answer
//! is no dead end for the user.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use turnwise::bot;
use turnwise::cli::serve::{Settings, served};
use turnwise::runtime::{Opening, Runtime};
use turnwise::store::Place;
use turnwise_connectors::auth::{Binding, Vault};
use turnwise_engine::conversation::User;
use turnwise_engine::event::Message;

const TEMPLATE: &str = "\
template: reach_us
title: Reach us
examples: [talk to a person]
slots:
  subject: { type: text, ask: What is it about? }
steps:
  - collect: [subject]
  - handoff: desk
";

/// What came to the desk: key and body.
type Came = Arc<Mutex<Vec<(String, Value)>>>;

/// A desk that answers with this status.
async fn desk(status: StatusCode) -> (String, Came) {
    let came = Came::default();
    let take = move |State(came): State<Came>, headers: HeaderMap, body: axum::Json<Value>| async move {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        came.lock().unwrap().push((key, body.0));
        status
    };
    let app = Router::new()
        .route("/hook", post(take))
        .with_state(came.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{at}/hook"), came)
}

async fn runtime(webhook: &str) -> Arc<Runtime> {
    let folder = tempfile::tempdir().unwrap();
    let bot = format!(
        "name: Notes\ngreeting: Hello.\nhandoff: {{ desk: {{ webhook: \"{webhook}\" }} }}\n"
    );
    std::fs::write(folder.path().join("bot.yaml"), bot).unwrap();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    std::fs::write(folder.path().join("templates/reach_us.yaml"), TEMPLATE).unwrap();
    let settings = Settings {
        templates: bot::loaded(&bot::read(&[folder.path().into()]).unwrap()).unwrap(),
        place: Place::Memory,
        public_url: "http://127.0.0.1:8080".into(),
        key: None,
        vault: Vault::random(),
        login_host: "https://login.example.com".parse().unwrap(),
        client: (String::new(), None),
        now: None,
        open_metrics: false,
    };
    let (served, _) = served(settings).await.unwrap();
    let opening = Opening {
        id: "c".into(),
        channel: "api",
        user: User {
            id: "ida".into(),
            name: "Ida".into(),
        },
        binding: Binding::Code,
        token: Vec::new(),
        locale: None,
        timezone: None,
    };
    served.runtime.open(opening).await.unwrap();
    served.runtime
}

async fn say(runtime: &Arc<Runtime>, text: &str) -> Vec<String> {
    let message = Message {
        text: text.into(),
        value: None,
    };
    let turn = runtime.message("c", message, None).await.unwrap().body;
    let messages = turn["messages"].as_array().unwrap();
    let texts = messages.iter().filter_map(|m| m["text"].as_str());
    texts.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_desk_gets_the_conversation_and_the_bot_is_silent() {
    let (webhook, came) = desk(StatusCode::ACCEPTED).await;
    let runtime = runtime(&webhook).await;
    say(&runtime, "talk to a person").await;
    assert_eq!(
        say(&runtime, "my roof").await,
        ["A colleague takes over from here."]
    );
    let came = came.lock().unwrap().clone();
    let transcript = "bot: Hello.\nuser: talk to a person\nbot: What is it about?\nuser: my roof\nbot: A colleague takes over from here.\n";
    let body = json!({
        "bot": "Notes",
        "desk": "desk",
        "conversation": "c",
        "channel": "api",
        "user": { "id": "ida", "name": "Ida" },
        "transcript": transcript,
    });
    assert_eq!(came, [("c:3:1".to_owned(), body)]);
    assert!(runtime.store.effects_out().unwrap().is_empty());
    assert!(say(&runtime, "are you there").await.is_empty());
}

#[tokio::test]
async fn a_desk_that_does_not_accept_gives_the_conversation_back() {
    let (webhook, came) = desk(StatusCode::BAD_GATEWAY).await;
    let runtime = runtime(&webhook).await;
    say(&runtime, "talk to a person").await;
    let said = say(&runtime, "my roof").await;
    let sorry = "I couldn't reach a colleague just now.";
    assert_eq!(said, ["A colleague takes over from here.", sorry]);
    assert_eq!(came.lock().unwrap().len(), 1);
    assert_eq!(
        say(&runtime, "talk to a person").await,
        ["What is it about?"]
    );
}
