//! The transcripts of the shipped bot once more, through the API of a running server: the org is the sandbox, told by the
//! transcript's `sandbox` entries how to behave, the sign-in is walked by a browser, and the same text has to come out.
//! `TURNWISE_ACCEPT=1` writes the files, and what they know of the org, as this road tells them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use turnwise::runtime::trace::Traced;
use turnwise_engine::conversation::Awaiting;
use turnwise_engine::event::{EventKind, SignInEnd};
use turnwise_engine::transcript::{self, Entry};
use turnwise_sandbox::Options;

use crate::server::world::{Chat, World};
use crate::transcripts::sales_assistant;

/// Where the clock stands unless a transcript says otherwise.
const NOW: &str = "2026-11-24T10:00:00Z";
/// How the org is called in transcripts, whatever port it has.
const ORG: &str = "https://example.my.salesforce.com";

#[tokio::test]
async fn every_transcript_is_the_same_over_http() {
    let accept = std::env::var_os("TURNWISE_ACCEPT").is_some();
    let only = std::env::var("TURNWISE_TRANSCRIPT").unwrap_or_default();
    let mut different = Vec::new();
    for path in files().iter().filter(|path| named(path).contains(&only)) {
        let script = std::fs::read_to_string(path).unwrap();
        let mut entries = transcript::entries(&script).into_iter();
        if entries.any(|entry| entry.key == "engine only") {
            continue;
        }
        let played = play(&script).await;
        if accept && played != script {
            std::fs::write(path, &played).unwrap();
        } else if played != script {
            let lines = transcript::difference(&script, &played);
            different.push(format!("{}:\n{}", named(path), lines.join("\n")));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

#[tokio::test]
async fn what_transcripts_know_of_the_org_is_what_the_org_describes() {
    let world = World::start_with(options(), None).await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    world.sign_in(&chat, &cookie).await;
    let row = world.served.runtime.store.conversation(&chat.id).unwrap();
    let who = turnwise::runtime::who(&row.unwrap());
    let facts = world.served.runtime.facts_of(&who).await;
    let known: serde_json::Map<String, Value> = facts
        .iter()
        .map(|(id, org)| (id.clone(), serde_json::to_value(org.as_ref()).unwrap()))
        .collect();
    let path = sales_assistant().join("transcripts/org.json");
    let text = lines(&Value::Object(known));
    if std::env::var_os("TURNWISE_ACCEPT").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text);
}

/// Plays a transcript in a world of its own and gives it back as it is there.
async fn play(script: &str) -> String {
    let now: Timestamp = NOW.parse().unwrap();
    let world = World::start_with(options(), Some(now)).await;
    world.control("reset", json!({})).await;
    let traces = world.served.runtime.traces.follow();
    let cookie = world.visit().await;
    let mut road = Road {
        world,
        cookie,
        now,
        chat: None,
        traces,
        turns: Vec::new(),
        told: 0,
        out: String::new(),
    };
    for entry in transcript::entries(script) {
        road.take(&entry).await;
    }
    road.chat().await;
    road.tell().await;
    road.out
}

struct Road {
    world: World,
    cookie: String,
    now: Timestamp,
    chat: Option<Chat>,
    traces: Receiver<Arc<Traced>>,
    /// Turns that are not told yet.
    turns: Vec<Arc<Traced>>,
    /// The last message that was told.
    told: i64,
    out: String,
}

impl Road {
    async fn take(&mut self, entry: &Entry) {
        let text = entry.text.as_str();
        match entry.key.as_str() {
            _ if entry.is_written_anew() => {}
            // What the world answers comes by itself; a sign-in is walked where its link is out.
            "done" | "failed" | "no grant" | "signed out" | "connected as" => {}
            "not ready" => {}
            "signed in" | "sign-in ended" if !self.link_is_out() => {}
            "signed in" => {
                let account = text.split(' ').next().unwrap_or_default();
                self.walk(account, "allow").await;
            }
            "sign-in ended" => self.sign_in_ends(text).await,
            "user" => self.say(json!({ "text": text })).await,
            "value" => {
                let value: Value = serde_json::from_str(text).unwrap();
                self.say(json!({ "value": value })).await;
            }
            "now" => {
                self.now = text.parse().unwrap();
                self.world.served.runtime.clock.set(self.now);
                self.write(entry);
            }
            "wait" => {
                let waited = transcript::duration(text).unwrap();
                self.now += waited;
                self.world.served.runtime.clock.set(self.now);
                self.write(entry);
            }
            key => {
                if let Some(what) = key.strip_prefix("sandbox ") {
                    let body = serde_json::from_str(text).unwrap();
                    self.world.control(what, body).await;
                } else {
                    assert_eq!(key, "#", "line {}", entry.line);
                }
                self.write(entry);
            }
        }
    }

    /// The conversation, opened by the first entry that needs it.
    async fn chat(&mut self) -> Chat {
        if let Some(chat) = &self.chat {
            return chat.clone();
        }
        let chat = self.world.open_in(&self.cookie).await;
        self.chat = Some(chat.clone());
        self.tell().await;
        chat
    }

    async fn say(&mut self, turn: Value) {
        let chat = self.chat().await;
        self.world.say(&chat, turn).await;
        self.tell().await;
    }

    fn link_is_out(&self) -> bool {
        matches!(
            self.turns.last().map(|turn| &turn.awaiting),
            Some(Awaiting::Authorization { .. })
        )
    }

    /// The whole sign-in, and what the bot says to it.
    async fn walk(&mut self, account: &str, decision: &str) {
        let chat = self.chat().await;
        let state = self.world.get(&chat, "").await;
        let url = state["awaiting"]["url"].as_str().unwrap();
        let link = url.strip_prefix(&self.world.base).unwrap().to_owned();
        let sent = self.world.proceed(&link, &self.cookie).await;
        let authorize = sent.header("location");
        let callback = self.world.at_the_org_as(account, authorize, decision).await;
        self.world.come_back(&callback, &self.cookie).await;
        self.world.pushed(&chat, self.told).await;
        self.tell().await;
    }

    /// A sign-in ends without a grant: declined at the org, or never finished; what the sandbox can't do is told as it
    /// would be.
    async fn sign_in_ends(&mut self, how: &str) {
        let chat = self.chat().await;
        let runtime = self.world.served.runtime.clone();
        match how {
            "refused" => return self.walk("rep@example.com", "deny").await,
            "abandoned" => {
                let later = Timestamp::now() + SignedDuration::from_mins(11);
                for note in runtime.connectors.auth.sweep(later).await.unwrap() {
                    runtime.told(note).await;
                }
            }
            _ => {
                let end: SignInEnd = serde_json::from_value(how.into()).unwrap();
                let kind = EventKind::SignInEnded {
                    integration: "salesforce".to_owned(),
                    end,
                    wrong: None,
                };
                runtime.happened(&chat.id, kind).await.unwrap();
            }
        }
        self.tell().await;
    }

    /// Writes what happened since: each turn with the messages that the API has for it.
    async fn tell(&mut self) {
        let chat = self.chat.clone().unwrap();
        self.world.served.runtime.settled(&chat.id).await;
        let mut turns = Vec::new();
        while let Ok(turn) = self.traces.try_recv() {
            turns.push(turn);
        }
        let rest = format!("/messages?after={}", self.told);
        let messages = self.world.get(&chat, &rest).await;
        let mut messages = messages["messages"].as_array().unwrap().iter();
        let mut next = |from: &str| {
            let message = messages.next().unwrap();
            assert_eq!(message["from"], from, "{message}");
            self.told = message["id"].as_i64().unwrap();
            message.clone()
        };
        let mut out = String::new();
        for turn in &turns {
            if let EventKind::Message(_) = &turn.event {
                next("user");
            }
            let known = matches!(
                turn.event,
                EventKind::SignInEnded {
                    end: SignInEnd::Lost,
                    ..
                }
            ) && turn.replies.is_empty();
            if let Some((key, text)) = transcript::told(&turn.event).filter(|_| !known) {
                out.push_str(&transcript::written(key, &plain(key, &text)));
            }
            for _ in &turn.replies {
                out.push_str(&said(&next("bot")));
            }
            for effect in &turn.effects {
                let (key, text) = transcript::asked(effect);
                out.push_str(&transcript::written(key, &seen(&text)));
            }
        }
        assert!(messages.next().is_none(), "a message of no turn");
        self.out.push_str(&out.replace(&self.world.org, ORG));
        self.turns.extend(turns);
    }

    fn write(&mut self, entry: &Entry) {
        let written = transcript::written(&entry.key, &entry.text);
        self.out.push_str(&written);
    }
}

/// A message of the bot as transcripts have it.
fn said(message: &Value) -> String {
    let text = message["text"].as_str().unwrap();
    let mut out = transcript::written("bot", text);
    if message["kind"] == "sign_in" {
        let integration = message["integration"].as_str().unwrap();
        out.push_str(&transcript::written("link", integration));
    } else if let Some(choices) = message["choices"].as_array() {
        let titles = choices
            .iter()
            .map(|choice| choice["title"].as_str().unwrap());
        out.push_str(&transcript::written(
            "buttons",
            &transcript::buttons(titles),
        ));
    }
    out
}

/// What the org answered, without what is empty or nobody reads.
fn plain(key: &str, text: &str) -> String {
    if !matches!(key, "done" | "failed") {
        return text.to_owned();
    }
    let mut value: Value = serde_json::from_str(text).unwrap();
    thin(&mut value);
    if let Some(since) = value.get_mut("doubt") {
        // By the machine's clock.
        *since = NOW.into();
    }
    value.to_string()
}

/// A call, its record without what is empty there.
fn seen(call: &str) -> String {
    let Some((operation, input)) = call.split_once(' ') else {
        return call.to_owned();
    };
    let Ok(mut input) = serde_json::from_str::<Value>(input) else {
        return call.to_owned();
    };
    if let Some(record) = input.get_mut("record") {
        thin(record);
        let empty = record["fields"].as_object().is_some_and(|f| f.is_empty());
        if let Some(record) = record.as_object_mut().filter(|_| empty) {
            record.remove("fields");
        }
    }
    format!("{operation} {input}")
}

fn thin(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Object(fields)) = map.get_mut("fields") {
                fields.retain(|name, value| {
                    let of_system = name == "External_Id__c"
                        || name.ends_with("Id")
                        || name.ends_with("Date")
                        || name == "Address";
                    !value.is_null()
                        && *value != Value::Bool(false)
                        && (!of_system || name == "CloseDate")
                });
            }
            map.values_mut().for_each(thin);
        }
        Value::Array(list) => list.iter_mut().for_each(thin),
        _ => {}
    }
}

/// The sandbox as transcripts have it: the same records, ids and times at each run.
fn options() -> Options {
    Options {
        now: Some(NOW.parse().unwrap()),
        id_seed: Some(1),
        ..Options::default()
    }
}

fn files() -> Vec<PathBuf> {
    let folder = sales_assistant().join("transcripts");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "txt"));
    files.sort();
    files
}

fn named(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// JSON with one field of an object a line.
fn lines(facts: &Value) -> String {
    let mut text = facts.to_string();
    text = text
        .replace("\"fields\":{", "\"fields\":{\n")
        .replace("},\"", "},\n\"");
    text.push('\n');
    text
}
