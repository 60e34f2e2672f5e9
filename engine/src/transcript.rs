//! Plays a written conversation without I/O: what the user says and what the world answers stand in the file, what the bot
//! says and asks of the world is written anew. A transcript holds if the text that comes out is the text that is there.
//!
//! One entry a line, indented lines go on with it; `#` starts a comment, kept as it is:
//! ```text
//! now: 2026-11-24T10:00:00Z
//! user: new lead Ines Calder from Marrow & Finch
//! bot: What's Ines's e-mail? (say "skip" to leave it out)
//! call: salesforce.create {"object":"Lead", …}
//! done: {"object":"Lead","id":"00Q…","name":"Ines Calder", …}
//! ```
//! The world's entries are `done`, `failed` (a failure's JSON), `no grant` (the call finds none: a link goes out),
//! `signed in` (the account, and its org in brackets), `sign-in ended` (how), `signed out`, `wait` (seconds, or `2h`).

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::Value;
use crate::conversation::{Awaiting, Conversation, User};
use crate::coverage::Reached;
use crate::effect::{CallId, Effect, Failure, Outcome};
use crate::event::{Account, Event, EventKind, Message, SignInEnd};
use crate::reply::{Reply, ReplyKind};
use crate::template::Templates;
use crate::turn::turn;

/// A transcript that could not be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplayable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// A transcript that was played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// The transcript as it is now.
    pub text: String,
    /// What of the templates its turns came to.
    pub reached: BTreeSet<Reached>,
}

/// Plays a transcript and gives it back as it is now.
///
/// # Errors
/// An entry that can't be read, or that has no place where it stands.
pub fn play(templates: &Templates, script: &str) -> Result<String, Unplayable> {
    Ok(played(templates, script)?.text)
}

/// Plays a transcript and tells also what it came to.
///
/// # Errors
/// As [`play`].
pub fn played(templates: &Templates, script: &str) -> Result<Played, Unplayable> {
    let mut player = Player::new(templates);
    for entry in entries(script) {
        player.take(&entry)?;
    }
    player.finish();
    Ok(Played {
        text: player.out,
        reached: player.reached,
    })
}

struct Entry {
    line: usize,
    key: String,
    text: String,
}

fn entries(script: &str) -> Vec<Entry> {
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

struct Player<'a> {
    templates: &'a Templates,
    conversation: Conversation,
    now: Timestamp,
    opened: bool,
    call: Option<CallId>,
    wants: Option<String>,
    attempts: u32,
    out: String,
    reached: BTreeSet<Reached>,
}

impl<'a> Player<'a> {
    fn new(templates: &'a Templates) -> Player<'a> {
        let bot = &templates.bot;
        let user = User {
            id: "user".into(),
            name: String::new(),
        };
        Player {
            templates,
            conversation: Conversation::new("transcript", user, &bot.locale.tag, &bot.timezone),
            now: "2026-11-24T10:00:00Z"
                .parse()
                .expect("a timestamp as written here is one"),
            opened: false,
            call: None,
            wants: None,
            attempts: 0,
            out: String::new(),
            reached: BTreeSet::new(),
        }
    }

    fn take(&mut self, entry: &Entry) -> Result<(), Unplayable> {
        let wrong = |message: String| Unplayable {
            line: entry.line,
            message,
        };
        let text = entry.text.as_str();
        match entry.key.as_str() {
            "#" => {
                let _ = writeln!(self.out, "{text}");
                return Ok(());
            }
            // What the bot says and asks is written anew.
            "bot" | "call" | "link" | "effect" | "buttons" => return Ok(()),
            "now" => {
                self.now = text
                    .parse()
                    .map_err(|_| wrong(format!("`{text}` is no time like 2026-11-24T10:00:00Z")))?;
                self.write("now", text);
                return Ok(());
            }
            "timezone" => {
                self.conversation.timezone = text.to_owned();
                self.write("timezone", text);
                return Ok(());
            }
            _ => {}
        }
        self.open();
        self.write(&entry.key, text);
        let kind = match entry.key.as_str() {
            "user" => EventKind::Message(Message {
                text: text.to_owned(),
                value: None,
            }),
            "value" => EventKind::Message(Message {
                text: String::new(),
                value: Some(json(text).map_err(wrong)?),
            }),
            "done" => self
                .called(Outcome::Done(json(text).map_err(wrong)?))
                .map_err(wrong)?,
            "failed" => {
                let failure: Failure =
                    serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
                self.called(Outcome::Failed(failure)).map_err(wrong)?
            }
            "no grant" => {
                self.attempts += 1;
                EventKind::AuthorizationRequired {
                    call: self.call.clone(),
                    integration: self
                        .wants
                        .clone()
                        .ok_or_else(|| wrong("nothing wants a sign-in".into()))?,
                    attempt: format!("attempt-{}", self.attempts),
                    expires_at: self.now + SignedDuration::from_mins(10),
                    host: "login.salesforce.com".into(),
                }
            }
            "signed in" => {
                let (name, org) = text.split_once(" (").unwrap_or((text, ""));
                let account = Account {
                    name: name.into(),
                    org: org.trim_end_matches(')').into(),
                };
                EventKind::Authorized {
                    integration: self.integration().map_err(wrong)?,
                    account,
                }
            }
            "sign-in ended" => {
                let end: SignInEnd = serde_json::from_value(Value::from(text))
                    .map_err(|_| wrong(format!("`{text}` is no way for a sign-in to end")))?;
                EventKind::SignInEnded {
                    integration: self.integration().map_err(wrong)?,
                    end,
                }
            }
            "signed out" => EventKind::SignedOut {
                integration: self.integration().map_err(wrong)?,
                confirmed: text != "unsure",
            },
            "wait" => {
                let seconds = duration(text)
                    .ok_or_else(|| wrong(format!("`{text}` is no time like 90s, 5m or 2h")))?;
                self.now += SignedDuration::from_secs(seconds);
                return Ok(());
            }
            other => return Err(wrong(format!("`{other}` is no entry of a transcript"))),
        };
        self.play(kind);
        Ok(())
    }

    fn open(&mut self) {
        if !self.opened {
            self.opened = true;
            self.play(EventKind::Opened);
        }
    }

    fn finish(&mut self) {
        self.open();
    }

    fn integration(&self) -> Result<String, String> {
        let named = self
            .wants
            .clone()
            .or_else(|| self.templates.integrations.keys().next().cloned());
        named.ok_or_else(|| "this bot has no integration".to_owned())
    }

    fn called(&mut self, outcome: Outcome) -> Result<EventKind, String> {
        let call = self.call.take().ok_or("no call is out")?;
        Ok(EventKind::Called { call, outcome })
    }

    fn play(&mut self, kind: EventKind) {
        let event = Event {
            at: self.now,
            kind,
            facts: Arc::default(),
        };
        let turn = turn(self.templates, self.conversation.clone(), event);
        // Saved and read again, as between the turns of a real conversation.
        let saved =
            serde_json::to_string(&turn.conversation).expect("a conversation saves as JSON");
        self.conversation = serde_json::from_str(&saved).expect("and is read again");
        self.reached.extend(turn.reached);
        for reply in &turn.replies {
            self.write("bot", &shown(reply));
            if !reply.choices.is_empty() {
                let titles: Vec<String> = reply
                    .choices
                    .iter()
                    .map(|choice| format!("[{}]", choice.title))
                    .collect();
                self.write("buttons", &titles.join(" "));
            }
        }
        for effect in &turn.effects {
            match effect {
                Effect::Call(call) => {
                    self.call = Some(call.id.clone());
                    self.wants = Some(call.integration.clone());
                    self.write(
                        "call",
                        &format!("{}.{} {}", call.integration, call.operation, call.input),
                    );
                }
                Effect::Authorize { integration, .. } => {
                    self.wants = Some(integration.clone());
                    self.write("effect", &format!("authorize {integration}"));
                }
                other => {
                    let value = serde_json::to_value(other).unwrap_or_default();
                    self.write("effect", value["effect"].as_str().unwrap_or_default());
                }
            }
        }
        if let Awaiting::Authorization { integration, .. } = &self.conversation.awaiting
            && turn
                .replies
                .iter()
                .any(|reply| matches!(reply.kind, ReplyKind::SignIn { .. }))
        {
            self.wants = Some(integration.clone());
        }
    }

    fn write(&mut self, key: &str, text: &str) {
        let text = text.replace('\n', "\n  ");
        let _ = if text.is_empty() {
            writeln!(self.out, "{key}:")
        } else {
            writeln!(self.out, "{key}: {text}")
        };
    }
}

fn shown(reply: &Reply) -> String {
    reply.text.clone()
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))
}

fn duration(text: &str) -> Option<i64> {
    let (number, unit) = text.trim().split_at(text.trim().len().checked_sub(1)?);
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(factor)
}

/// Lines that are gone (`-`) and new (`+`), with one line before each run of them.
pub fn difference(old: &str, new: &str) -> Vec<String> {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    // Longest common subsequence: transcripts are short, so the square table costs nothing worth saving.
    let mut table = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i][j] = if old[i] == new[j] {
                table[i + 1][j + 1] + 1
            } else {
                table[i + 1][j].max(table[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::new();
    let mut before: Option<&str> = None;
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            before = Some(old[i]);
            i += 1;
            j += 1;
            continue;
        }
        if let Some(line) = before.take() {
            out.push(format!("  {line}"));
        }
        if j == new.len() || (i < old.len() && table[i + 1][j] >= table[i][j + 1]) {
            out.push(format!("- {}", old[i]));
            i += 1;
        } else {
            out.push(format!("+ {}", new[j]));
            j += 1;
        }
    }
    out
}
