//! A bot that changes under its conversations: open dialogs end with the version they began with, new ones use the new one,
//! and a bot with errors changes nothing.

use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt;
use turnwise::cli::reload::{Reloaded, Reloads, bot_of};
use turnwise::cli::serve::{Settings, served};
use turnwise::server::{Served, app};
use turnwise::store::Place;
use turnwise_connectors::auth::Vault;

const KEY: &str = "the key of the tests";
const OLD: &str = "\
template: note_it
title: Note it
examples: [note it, write a note]
slots:
  subject: { type: text, ask: What is it about? }
  secret: { type: text, ask: What does nobody know?, sensitive: true }
  body: { type: text, ask: What does it say? }
steps:
  - collect: [subject, secret, body]
  - say: \"Noted: {{ subject }}.\"
";
const NEW: &str = "\
template: note_it
title: Note it
examples: [note it, write a note]
slots:
  subject: { type: text, ask: Which subject? }
  place: { type: text, ask: Where? }
steps:
  - collect: [subject, place]
  - say: \"Filed: {{ subject }} at {{ place }}.\"
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bot = "name: Notes\ngreeting: Hello.\nidle: { forget_after: 2h }\n";
    std::fs::write(folder.path().join("bot.yaml"), bot).unwrap();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    write(folder.path(), OLD);
    folder
}

/// Puts the template in place whole, as an editor does.
fn write(folder: &Path, template: &str) {
    let beside = folder.join("note_it.new");
    std::fs::write(&beside, template).unwrap();
    std::fs::rename(&beside, folder.join("templates/note_it.yaml")).unwrap();
}

struct Front {
    app: Router,
    served: Served,
    reloads: Reloads,
    _ending: tokio::sync::watch::Sender<bool>,
}

impl Front {
    async fn on(folder: &Path, place: Place) -> Front {
        let (templates, reloads) = bot_of(Some(folder)).unwrap();
        let settings = Settings {
            templates,
            place,
            public_url: "http://127.0.0.1:8080".into(),
            key: Some(KEY.into()),
            vault: Vault::random(),
            login_host: "https://login.example.com".parse().unwrap(),
            client: (String::new(), None),
            now: None,
            open_metrics: false,
        };
        let (served, ending) = served(settings).await.unwrap();
        Front {
            app: app(served.clone()),
            served,
            reloads,
            _ending: ending,
        }
    }

    fn reload(&mut self) -> Reloaded {
        let runtime = self.served.runtime.clone();
        self.reloads.reload(&runtime)
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {KEY}"))
            .body(Body::from(body.to_string()))
            .unwrap();
        let answer = self.app.clone().oneshot(request).await.unwrap();
        let bytes = axum::body::to_bytes(answer.into_body(), 1_000_000).await;
        serde_json::from_slice(&bytes.unwrap()).unwrap_or_default()
    }

    /// The path of a new conversation.
    async fn open(&self) -> String {
        let opened = self.ask("POST", "/v1/conversations", json!({})).await;
        format!("/v1/conversations/{}", opened["id"].as_str().unwrap())
    }

    /// What the bot says to this.
    async fn say(&self, chat: &str, text: &str) -> String {
        let turn = self
            .ask("POST", &format!("{chat}/turns"), json!({ "text": text }))
            .await;
        let messages = turn["messages"]
            .as_array()
            .unwrap_or_else(|| panic!("{turn}"));
        let texts: Vec<&str> = messages.iter().filter_map(|m| m["text"].as_str()).collect();
        texts.join("\n")
    }
}

/// One run of the server: all that belongs to it has ended when this returns.
fn run<F: Future>(life: F) -> F::Output {
    tokio::runtime::Runtime::new().unwrap().block_on(life)
}

#[tokio::test]
async fn an_open_dialog_ends_with_the_version_it_began_with_and_new_ones_use_the_new() {
    let folder = folder();
    let mut front = Front::on(folder.path(), Place::Memory).await;
    let old = front.open().await;
    assert_eq!(front.say(&old, "note it").await, "What is it about?");
    write(folder.path(), NEW);
    assert_eq!(front.reload(), Reloaded::Replaced { new: Vec::new() });
    assert_eq!(front.say(&old, "Roof").await, "What does nobody know?");
    let new = front.open().await;
    assert_eq!(front.say(&new, "note it").await, "Which subject?");
    assert_eq!(front.say(&old, "the cat").await, "What does it say?");
    let state = front.ask("GET", &old, Value::Null).await;
    assert_eq!(
        state["slots"],
        json!({ "subject": "Roof", "secret": "•••" })
    );
    assert_eq!(front.say(&old, "It leaks").await, "Noted: Roof.");
    assert_eq!(front.say(&old, "note it").await, "Which subject?");
    front.say(&new, "Door").await;
    assert_eq!(front.say(&new, "Attic").await, "Filed: Door at Attic.");
}

#[test]
fn after_a_restart_too_an_open_dialog_ends_with_its_version() {
    let folder = folder();
    let place = Place::File(folder.path().join("bot.db"));
    let old = run(async {
        let front = Front::on(folder.path(), place.clone()).await;
        let old = front.open().await;
        front.say(&old, "note it").await;
        front.say(&old, "Roof").await;
        old
    });
    write(folder.path(), NEW);
    run(async {
        let front = Front::on(folder.path(), place.clone()).await;
        let state = front.ask("GET", &old, Value::Null).await;
        assert_eq!(state["slots"], json!({ "subject": "Roof" }));
        assert_eq!(front.say(&old, "the cat").await, "What does it say?");
        let new = front.open().await;
        assert_eq!(front.say(&new, "note it").await, "Which subject?");
    });
    run(async {
        let front = Front::on(folder.path(), place.clone()).await;
        assert_eq!(front.say(&old, "It leaks").await, "Noted: Roof.");
    });
}

#[tokio::test]
async fn a_template_that_is_taken_away_ends_its_open_dialogs_first() {
    let folder = folder();
    let mut front = Front::on(folder.path(), Place::Memory).await;
    let old = front.open().await;
    front.say(&old, "note it").await;
    let other = NEW.replace("note_it", "file_it").replace("note", "file");
    write(folder.path(), &other);
    front.reload();
    assert_eq!(front.say(&old, "Roof").await, "What does nobody know?");
    front.say(&old, "the cat").await;
    assert_eq!(front.say(&old, "It leaks").await, "Noted: Roof.");
}

#[tokio::test]
async fn a_bot_with_errors_never_replaces_a_good_one() {
    let folder = folder();
    let mut front = Front::on(folder.path(), Place::Memory).await;
    write(
        folder.path(),
        &NEW.replace("subject, place]", "subject, plaice]"),
    );
    let Reloaded::Refused(why) = front.reload() else {
        panic!("it was taken");
    };
    assert!(why.contains("plaice"), "{why}");
    let chat = front.open().await;
    assert_eq!(front.say(&chat, "note it").await, "What is it about?");
    write(folder.path(), OLD);
    assert_eq!(front.reload(), Reloaded::Same);
}

#[tokio::test]
async fn versions_are_kept_as_long_as_a_conversation_needs_them() {
    let folder = folder();
    let mut front = Front::on(folder.path(), Place::Memory).await;
    let runtime = front.served.runtime.clone();
    let digest = runtime.templates().current["note_it"].digest.clone();
    let chat = front.open().await;
    assert_eq!(runtime.store.version(&digest).unwrap(), None);
    front.say(&chat, "note it").await;
    assert!(runtime.store.version(&digest).unwrap().is_some());
    write(folder.path(), NEW);
    front.reload();
    assert_eq!(runtime.sweep_versions().await.unwrap(), 0);
    for text in ["Roof", "the cat", "It leaks"] {
        front.say(&chat, text).await;
    }
    assert_eq!(runtime.sweep_versions().await.unwrap(), 1);
    assert_eq!(runtime.store.version(&digest).unwrap(), None);
}

#[tokio::test]
async fn a_version_that_is_lost_is_told_and_masks_what_it_knew() {
    let folder = folder();
    let place = Place::Memory;
    let mut front = Front::on(folder.path(), place).await;
    let runtime = front.served.runtime.clone();
    let chat = front.open().await;
    front.say(&chat, "note it").await;
    front.say(&chat, "Roof").await;
    let (_, id) = chat.rsplit_once('/').unwrap();
    let row = runtime.store.conversation(id).unwrap().unwrap();
    let digest = runtime.templates().current["note_it"].digest.clone();
    // As if an older Turnwise had not kept it.
    let lost = turnwise::store::conversations::Left {
        conversation: id.to_owned(),
        version: row.version,
        state: row.state.replace(&digest, "0000000000000000"),
        turn: 9,
        ..Default::default()
    };
    runtime.store.commit(lost).await.unwrap().unwrap();
    write(folder.path(), NEW);
    front.reload();
    let state = front.ask("GET", &chat, Value::Null).await;
    assert_eq!(state["slots"], json!({ "subject": "•••" }));
    let said = front.say(&chat, "the cat").await;
    assert!(!said.is_empty());
    assert_eq!(front.say(&chat, "note it").await, "Which subject?");
}

#[tokio::test]
async fn a_conversation_that_fell_silent_is_forgotten() {
    let folder = folder();
    let front = Front::on(folder.path(), Place::Memory).await;
    let runtime = &front.served.runtime;
    let chat = front.open().await;
    let hour = SignedDuration::from_hours(1);
    let soon = runtime.forget_silent(Timestamp::now() + hour).await;
    assert_eq!(soon.unwrap(), 0);
    let late = runtime.forget_silent(Timestamp::now() + hour * 3).await;
    assert_eq!(late.unwrap(), 1);
    let state = front.ask("GET", &chat, Value::Null).await;
    assert_eq!(state["error"]["code"], "conversation_not_found");
}

/// A server of its own process, and what it says on stderr.
struct Process {
    child: Child,
    at: String,
    said: BufReader<std::process::ChildStderr>,
}

impl Process {
    fn start(folder: &Path, flags: &[&str]) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_turnwise"))
            .args(["serve", folder.to_str().unwrap(), "--port", "0"])
            .args(["--store", "memory:"])
            .args(flags)
            .env("TURNWISE_SERVER_KEY", KEY)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Process {
            at: line.split_whitespace().last().unwrap().to_owned(),
            said: BufReader::new(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Waits until it says this.
    fn says(&mut self, part: &str) {
        let mut seen = String::new();
        while !seen.contains(part) {
            let read = self.said.read_line(&mut seen).unwrap();
            assert!(read > 0, "`{part}` was never said: {seen}");
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// What a new conversation is asked first.
    async fn asks(&self) -> String {
        let post = |path: String, body: Value| {
            let request = reqwest::Client::new().post(format!("{}{path}", self.at));
            let request = request.bearer_auth(KEY).json(&body);
            async { request.send().await.unwrap().json::<Value>().await.unwrap() }
        };
        let opened = post("/v1/conversations".into(), json!({})).await;
        let id = opened["id"].as_str().unwrap();
        let path = format!("/v1/conversations/{id}/turns");
        let turn = post(path, json!({ "text": "note it" })).await;
        turn["messages"][0]["text"].as_str().unwrap().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn sighup_reloads_the_bot() {
    let folder = folder();
    let mut server = Process::start(folder.path(), &[]);
    assert_eq!(server.asks().await, "What is it about?");
    write(folder.path(), NEW);
    server.signal("-HUP");
    server.says("The bot was reloaded.");
    assert_eq!(server.asks().await, "Which subject?");
    server.signal("-TERM");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_watched_bot_is_reloaded_when_a_file_changes_and_stays_where_it_breaks() {
    let folder = folder();
    let mut server = Process::start(folder.path(), &["--watch"]);
    write(folder.path(), NEW);
    server.says("The bot was reloaded.");
    assert_eq!(server.asks().await, "Which subject?");
    write(
        folder.path(),
        &OLD.replace("subject, secret", "sabject, secret"),
    );
    server.says("The bot goes on as it was");
    assert_eq!(server.asks().await, "Which subject?");
    write(folder.path(), OLD);
    server.says("The bot was reloaded.");
    assert_eq!(server.asks().await, "What is it about?");
}
