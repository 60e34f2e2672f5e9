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
//! HTTP is told at this place; here the world's own entries say what came of it. `engine only`
//! says why a transcript is not played over HTTP.

mod difference;
mod entry;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::Value;
use crate::conversation::{Awaiting, Conversation, User};
use crate::coverage::Reached;
use crate::effect::{CallId, Effect, Failure, Outcome};
use crate::event::{Event, EventKind, Message, SignInEnd};
use crate::facts::Facts;
use crate::reply::ReplyKind;
use crate::template::Templates;
use crate::turn::turn;

pub use difference::difference;
pub use entry::{Entry, asked, buttons, entries, told, written};
use entry::{account, ended};

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
    /// Whether the link that is out was used: its account waits for the user's word.
    used: bool,
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
            used: false,
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
                let (end, mismatch) = ended(text);
                let end: SignInEnd = serde_json::from_value(Value::from(end))
                    .map_err(|_| wrong(format!("`{end}` is no way for a sign-in to end")))?;
                EventKind::SignInEnded {
                    integration: self.integration().map_err(wrong)?,
                    end,
                    wrong: mismatch,
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
            !self.renews
                && !self.used
                && link.integration == integration
                && self.now < link.expires_at
        });
        let open = open.map(|link| (link.attempt.clone(), link.expires_at));
        self.used = false;
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
            EventKind::AccountDiffers { .. } => self.used = true,
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
