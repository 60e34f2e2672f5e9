//! The entries of a transcript: how they are read from its text, and how what happened and what was asked is written as one.
//! What an entry does when it is played is the player's.

use crate::Value;
use crate::effect::{Effect, Outcome};
use crate::event::{Account, EventKind, Message};

/// One entry of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line it begins on, from 1.
    pub line: usize,
    /// What stands before the colon; `#` for a comment.
    pub key: String,
    /// What stands behind it, further lines without their indentation; a comment whole.
    pub text: String,
}

impl Entry {
    /// Whether the bot's side says it, so that it is written anew by each play.
    pub fn is_written_anew(&self) -> bool {
        matches!(
            self.key.as_str(),
            "bot" | "call" | "link" | "effect" | "buttons"
        )
    }
}

/// The entries of a transcript, in order.
pub fn entries(script: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (n, line) in script.lines().enumerate() {
        if let Some(more) = line.strip_prefix("  ") {
            if let Some(entry) = entries.last_mut() {
                entry.text.push('\n');
                entry.text.push_str(more);
            }
            continue;
        }
        let (key, text) = match line.split_once(':') {
            _ if line.starts_with('#') => ("#", line),
            Some((key, text)) => (key, text.trim_start()),
            None => (line, ""),
        };
        if !line.trim().is_empty() {
            entries.push(Entry {
                line: n + 1,
                key: key.trim().to_owned(),
                text: text.to_owned(),
            });
        }
    }
    entries
}

/// An entry as it stands in a file.
pub fn written(key: &str, text: &str) -> String {
    if key == "#" {
        return format!("{text}\n");
    }
    let text = text.replace('\n', "\n  ");
    if text.is_empty() {
        format!("{key}:\n")
    } else {
        format!("{key}: {text}\n")
    }
}

/// The entry of something that happened: its key and text. `None` for what no transcript tells.
pub fn told(kind: &EventKind) -> Option<(&'static str, String)> {
    let json = |value: serde_json::Result<Value>| value.unwrap_or_default().to_string();
    Some(match kind {
        EventKind::Message(Message {
            value: Some(value), ..
        }) => ("value", value.to_string()),
        EventKind::Message(message) => ("user", message.text.clone()),
        EventKind::Called { outcome, .. } => match outcome {
            Outcome::Done(result) => ("done", result.to_string()),
            Outcome::Failed(failure) => ("failed", json(serde_json::to_value(failure))),
        },
        EventKind::AuthorizationRequired { .. } => ("no grant", String::new()),
        EventKind::Authorized { account, .. } => ("signed in", named(account)),
        EventKind::ConnectedAs { account, .. } => (
            "connected as",
            account.as_ref().map(named).unwrap_or_default(),
        ),
        EventKind::SignInEnded { end, .. } => {
            let end = serde_json::to_value(end).unwrap_or_default();
            ("sign-in ended", end.as_str().unwrap_or_default().to_owned())
        }
        EventKind::NotReady { why, .. } => {
            let why = serde_json::to_value(why).unwrap_or_default();
            ("not ready", why.as_str().unwrap_or_default().to_owned())
        }
        EventKind::SignedOut { confirmed, .. } => {
            let unsure = if *confirmed { "" } else { "unsure" };
            ("signed out", unsure.to_owned())
        }
        EventKind::Opened
        | EventKind::LinkRefused { .. }
        | EventKind::CodeAwaited { .. }
        | EventKind::CodeWrong { .. }
        | EventKind::AccountDiffers { .. }
        | EventKind::HandedBack
        | EventKind::HandoffFailed => return None,
    })
}

/// An account as transcripts name it, and back.
fn named(account: &Account) -> String {
    match account.org.as_str() {
        "" => account.name.clone(),
        org => format!("{} ({org})", account.name),
    }
}

pub(super) fn account(text: &str) -> Account {
    let (name, org) = text.split_once(" (").unwrap_or((text, ""));
    Account {
        name: name.into(),
        org: org.trim_end_matches(')').into(),
    }
}

/// The entry of something that is asked of the world: its key and text.
pub fn asked(effect: &Effect) -> (&'static str, String) {
    match effect {
        Effect::Call(call) => (
            "call",
            format!("{}.{} {}", call.integration, call.operation, call.input),
        ),
        Effect::Authorize { integration, .. } => ("effect", format!("authorize {integration}")),
        other => {
            let value = serde_json::to_value(other).unwrap_or_default();
            let word = value["effect"].as_str().unwrap_or_default();
            ("effect", word.to_owned())
        }
    }
}

/// The choices below a message, by their titles.
pub fn buttons<'t>(titles: impl Iterator<Item = &'t str>) -> String {
    let titles: Vec<String> = titles.map(|title| format!("[{title}]")).collect();
    titles.join(" ")
}
