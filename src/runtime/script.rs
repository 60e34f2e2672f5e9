//! A conversation as a transcript file that `turnwise test` can run: what was said, and between it what the world did. What an
//! org calls its fields and choices is not in it, nor are the values of sensitive slots, which are masked: there it may play
//! otherwise.

use jiff::Timestamp;
use serde_json::Value;
use turnwise_engine::Turn;
use turnwise_engine::conversation::{Conversation, SlotState};
use turnwise_engine::event::EventKind;
use turnwise_engine::template::Templates;
use turnwise_engine::transcript;

use super::Runtime;
use crate::store::Away;
use crate::store::conversations::PAGE;
use crate::store::played::Played;

/// What stands in place of a value that nobody shall read.
const MASK: &str = "•••";
/// Silence from which the file says how long it was, in seconds.
const SILENCE: i64 = 60;

impl Runtime {
    /// The transcript file.
    ///
    /// # Errors
    /// [`Away`].
    pub fn script(&self, id: &str) -> Result<String, Away> {
        let mut messages = Vec::new();
        loop {
            let after = messages.last().map_or(0, number);
            let page = self.store.messages(id, after)?;
            let count = page.len();
            messages.extend(page);
            if count < PAGE {
                break;
            }
        }
        let mut script = Script::begun(&messages);
        if let Some(row) = self.store.conversation(id)?
            && let Ok(state) = serde_json::from_str::<Conversation>(&row.state)
        {
            script
                .text
                .push_str(&transcript::written("timezone", &state.timezone));
            script
                .text
                .push_str(&transcript::written("locale", &state.locale));
        }
        let mut messages = messages.into_iter().peekable();
        for turn in self.store.played(id)? {
            while let Some(message) = messages.next_if(|m| number(m) < turn.first) {
                script.said(&message);
            }
            if !turn.heard.is_empty() {
                // What was typed stands in the line that tells what happened.
                if let Some(typed) = messages.next_if(|m| of_turn(m, &turn) && m["from"] == "user")
                {
                    script.silence(&typed);
                }
                script.text.push_str(&turn.heard);
            }
            while let Some(message) = messages.next_if(|m| of_turn(m, &turn)) {
                script.said(&message);
            }
            script.text.push_str(&turn.asked);
        }
        messages.for_each(|message| script.said(&message));
        Ok(script.text)
    }
}

/// What of a turn stands in none of its messages; `secrets` are values that nobody shall read.
pub(super) fn played(happened: &EventKind, turn: &Turn, secrets: &[String]) -> Played {
    let heard = match happened {
        EventKind::Message(message) if message.value.is_none() => String::new(),
        other => line_of(other),
    };
    let asked = turn.effects.iter().map(|effect| {
        let (key, text) = transcript::asked(effect);
        transcript::written(key, &text)
    });
    let asked = asked.collect();
    Played {
        heard: masked(heard, secrets),
        asked: masked(asked, secrets),
        ..Played::default()
    }
}

/// An event as the lines of a transcript; empty for the opening, which needs none.
fn line_of(kind: &EventKind) -> String {
    match (transcript::told(kind), kind) {
        (Some((key, text)), _) => transcript::written(key, &text),
        (None, EventKind::Opened) => String::new(),
        (None, other) => {
            let event = serde_json::to_string(other).expect("an event is plain data");
            transcript::written("event", &event)
        }
    }
}

/// The values of sensitive slots in the open dialogs, as they stand in JSON without their quotes; the longest first.
pub(super) fn secrets(templates: &Templates, state: &Conversation) -> Vec<String> {
    let mut secrets = Vec::new();
    for dialog in &state.dialogs {
        let template = templates.version(&dialog.template, &dialog.digest);
        for (id, slot) in &dialog.slots {
            let plain = template
                .and_then(|template| template.slots.get(id))
                .is_some_and(|slot| !slot.sensitive);
            if let (false, SlotState::Filled { value, .. }) = (plain, slot) {
                let value = value.to_string();
                secrets.push(value.trim_matches('"').to_owned());
            }
        }
    }
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

fn masked(text: String, secrets: &[String]) -> String {
    let shown = secrets.iter().filter(|secret| !secret.is_empty());
    shown.fold(text, |text, secret| text.replace(secret, MASK))
}

/// A transcript that is being written.
struct Script {
    text: String,
    /// When the user last said something.
    last: Option<Timestamp>,
}

impl Script {
    fn begun(messages: &[Value]) -> Script {
        let last = messages.first().and_then(at);
        let text = last.map_or_else(String::new, |at| {
            transcript::written("now", &at.to_string())
        });
        Script { text, last }
    }

    fn said(&mut self, message: &Value) {
        let text = message["text"].as_str().unwrap_or_default();
        if message["from"] == "user" {
            self.silence(message);
            let text = text.replace("\r\n", "\n");
            self.text
                .push_str(&transcript::written("user", text.trim_start()));
            return;
        }
        self.text.push_str(&transcript::written("bot", text));
        if message["kind"] == "sign_in" {
            let integration = message["integration"].as_str().unwrap_or_default();
            self.text
                .push_str(&transcript::written("link", integration));
            return;
        }
        let choices = message["choices"].as_array().into_iter().flatten();
        let titles = choices.filter_map(|choice| choice["title"].as_str());
        let buttons = transcript::buttons(titles);
        if !buttons.is_empty() {
            self.text
                .push_str(&transcript::written("buttons", &buttons));
        }
    }

    fn silence(&mut self, message: &Value) {
        let (Some(now), Some(last)) = (at(message), self.last) else {
            return;
        };
        let seconds = now.duration_since(last).as_secs();
        if seconds >= SILENCE {
            self.text
                .push_str(&transcript::written("wait", &format!("{seconds}s")));
            self.last = Some(now);
        }
    }
}

fn number(message: &Value) -> i64 {
    message["id"].as_i64().unwrap_or_default()
}

fn of_turn(message: &Value, turn: &Played) -> bool {
    (turn.first..=turn.last).contains(&number(message))
}

fn at(message: &Value) -> Option<Timestamp> {
    message["at"].as_str()?.parse().ok()
}
