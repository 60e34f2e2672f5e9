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
//! `signed in` (the account, and its org in brackets), `sign-in ended` (how), `signed out`, `wait` (seconds, or `2h`), and
//! `event`, the JSON of any other. `now`, `timezone` and `locale` say when and to whom it happens.
//! `sandbox reset`, `sandbox fault`, `sandbox org`, `sandbox expire` and `sandbox users` say what the org of a play over
//! HTTP is told at this place (interfaces.md, section 6); here the world's own entries say what came of it. `engine only`
//! says why a transcript is not played over HTTP.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::Value;
use crate::conversation::{Awaiting, Conversation, User};
use crate::coverage::Reached;
use crate::effect::{CallId, Effect, Failure, Outcome};
use crate::event::{Account, Event, EventKind, Message, SignInEnd};
use crate::facts::Facts;
use crate::reply::ReplyKind;
use crate::template::Templates;
use crate::turn::turn;

/// How long a link of a transcript lives.
const LINK_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// What the org of a play over HTTP can be told.
const SANDBOX: [&str; 5] = ["reset", "fault", "org", "expire", "users"];

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

/// Plays a transcript and gives it back as it is now. `facts` is what is known of the org from the sign-in on.
///
/// # Errors
/// An entry that can't be read, or that has no place where it stands.
pub fn play(templates: &Templates, facts: &Arc<Facts>, script: &str) -> Result<String, Unplayable> {
    Ok(played(templates, facts, script)?.text)
}

/// Plays a transcript and tells also what it came to.
///
/// # Errors
/// As [`play`].
pub fn played(
    templates: &Templates,
    facts: &Arc<Facts>,
    script: &str,
) -> Result<Played, Unplayable> {
    let mut player = Player::new(templates, facts);
    for entry in entries(script) {
        player.take(&entry)?;
    }
    player.finish();
    Ok(Played {
        text: player.out,
        reached: player.reached,
    })
}

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

fn account(text: &str) -> Account {
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

struct Player<'a> {
    templates: &'a Templates,
    facts: &'a Arc<Facts>,
    signed_in: bool,
    conversation: Conversation,
    now: Timestamp,
    opened: bool,
    call: Option<CallId>,
    wants: Option<String>,
    attempts: u32,
    renews: bool,
    out: String,
    reached: BTreeSet<Reached>,
}

impl<'a> Player<'a> {
    fn new(templates: &'a Templates, facts: &'a Arc<Facts>) -> Player<'a> {
        let bot = &templates.bot;
        let user = User {
            id: "user".into(),
            name: String::new(),
        };
        Player {
            templates,
            facts,
            signed_in: false,
            conversation: Conversation::new("transcript", user, &bot.locale.tag, &bot.timezone),
            now: "2026-11-24T10:00:00Z"
                .parse()
                .expect("a timestamp as written here is one"),
            opened: false,
            call: None,
            wants: None,
            attempts: 0,
            renews: false,
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
            _ if entry.is_written_anew() => return Ok(()),
            "#" => {
                self.write("#", text);
                return Ok(());
            }
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
            "locale" => {
                self.conversation.locale = text.to_owned();
                self.write("locale", text);
                return Ok(());
            }
            _ => {}
        }
        if entry.key == "engine only" {
            self.write(&entry.key, text);
            return Ok(());
        }
        let of_sandbox = entry.key.strip_prefix("sandbox ");
        if of_sandbox.is_some_and(|what| SANDBOX.contains(&what)) {
            json(text).map_err(wrong)?;
            self.write(&entry.key, text);
            return Ok(());
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
                let wants = self.wants.clone();
                self.link(wants.ok_or_else(|| wrong("nothing wants a sign-in".into()))?)
            }
            "signed in" => EventKind::Authorized {
                integration: self.integration().map_err(wrong)?,
                account: account(text),
            },
            "connected as" => EventKind::ConnectedAs {
                integration: self.integration().map_err(wrong)?,
                account: (!text.is_empty()).then(|| account(text)),
            },
            "sign-in ended" => {
                let end: SignInEnd = serde_json::from_value(Value::from(text))
                    .map_err(|_| wrong(format!("`{text}` is no way for a sign-in to end")))?;
                EventKind::SignInEnded {
                    integration: self.integration().map_err(wrong)?,
                    end,
                }
            }
            "not ready" => EventKind::NotReady {
                call: self.call.clone(),
                integration: self.integration().map_err(wrong)?,
                why: serde_json::from_value(Value::from(text))
                    .map_err(|_| wrong(format!("`{text}` is no reason")))?,
            },
            "signed out" => EventKind::SignedOut {
                integration: self.integration().map_err(wrong)?,
                confirmed: text != "unsure",
            },
            "event" => self.other(text).map_err(wrong)?,
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

    /// The link that a conversation has for an integration, where it is still open and no other was asked for; else a new one.
    fn link(&mut self, integration: String) -> EventKind {
        let open = self.conversation.link.as_ref().filter(|link| {
            !self.renews && link.integration == integration && self.now < link.expires_at
        });
        let open = open.map(|link| (link.attempt.clone(), link.expires_at));
        let (attempt, expires_at) = open.unwrap_or_else(|| {
            self.attempts += 1;
            let attempt = format!("attempt-{}", self.attempts);
            (attempt, self.now + LINK_LIFE)
        });
        EventKind::AuthorizationRequired {
            call: self.call.clone(),
            integration,
            attempt,
            expires_at,
            minutes: 10,
            host: "login.salesforce.com".into(),
        }
    }

    fn called(&mut self, outcome: Outcome) -> Result<EventKind, String> {
        let call = self.call.take().ok_or("no call is out")?;
        Ok(EventKind::Called { call, outcome })
    }

    /// Any other event; one that is about a call is about the one that is out.
    fn other(&self, text: &str) -> Result<EventKind, String> {
        let mut kind: EventKind =
            serde_json::from_str(text).map_err(|error| format!("this is no event: {error}"))?;
        match &mut kind {
            EventKind::Called { call, .. } => {
                *call = self.call.clone().ok_or("no call is out")?;
            }
            EventKind::AuthorizationRequired { call, .. }
            | EventKind::LinkRefused { call, .. }
            | EventKind::NotReady { call, .. } => call.clone_from(&self.call),
            _ => {}
        }
        Ok(kind)
    }

    fn play(&mut self, kind: EventKind) {
        match &kind {
            EventKind::Authorized { .. } => self.signed_in = true,
            EventKind::SignedOut { .. }
            | EventKind::AuthorizationRequired { .. }
            | EventKind::SignInEnded {
                end: SignInEnd::Lost,
                ..
            } => self.signed_in = false,
            _ => {}
        }
        let facts = if self.signed_in {
            self.facts.clone()
        } else {
            Arc::default()
        };
        let event = Event {
            at: self.now,
            kind,
            facts,
        };
        let turn = turn(self.templates, self.conversation.clone(), event);
        // Saved and read again, as between the turns of a real conversation.
        let saved =
            serde_json::to_string(&turn.conversation).expect("a conversation saves as JSON");
        self.conversation = serde_json::from_str(&saved).expect("and is read again");
        self.reached.extend(turn.reached);
        for reply in &turn.replies {
            self.write("bot", &reply.text);
            if let ReplyKind::SignIn { integration, .. } = &reply.kind {
                self.write("link", integration);
            } else if !reply.choices.is_empty() {
                let titles = reply.choices.iter().map(|choice| choice.title.as_str());
                self.write("buttons", &buttons(titles));
            }
        }
        for effect in &turn.effects {
            match effect {
                Effect::Call(call) => {
                    self.call = Some(call.id.clone());
                    self.wants = Some(call.integration.clone());
                    self.renews = false;
                }
                Effect::Authorize {
                    integration,
                    switch,
                    renew,
                    ..
                } => {
                    self.wants = Some(integration.clone());
                    self.renews = *switch || *renew;
                }
                _ => {}
            }
            let (key, text) = asked(effect);
            self.write(key, &text);
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
        self.out.push_str(&written(key, text));
    }
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))
}

/// "90s", "5m", "2h", "1d": the seconds of it.
pub fn duration(text: &str) -> Option<i64> {
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
