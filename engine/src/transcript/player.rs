//! The player of a transcript: one conversation, to which each entry happens in turn, and the text that comes out of it.
//! How entries are read and written is entry.rs's; what they mean for a designer stands in docs/transcripts.md.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use super::entry::{Entry, KEYS, account, buttons, ended, written};
use super::{Played, asked, duration};
use crate::Value;
use crate::conversation::{Awaiting, Conversation, User};
use crate::coverage::Reached;
use crate::effect::{CallId, Effect, Outcome};
use crate::event::{Event, EventKind, Message, SignInEnd};
use crate::facts::Facts;
use crate::reply::{Reply, ReplyKind};
use crate::template::Templates;
use crate::template::reader::nearest;
use crate::turn::turn;

/// When a transcript begins that says nothing else.
const NOW: &str = "2026-11-24T10:00:00Z";
/// How long a link of a transcript lives, in minutes.
const LINK_MINUTES: u32 = 10;

/// A transcript that is being played.
pub(super) struct Player<'a> {
    templates: &'a Templates,
    facts: &'a Arc<Facts>,
    conversation: Conversation,
    now: Timestamp,
    opened: bool,
    signed_in: bool,
    /// The call that is out.
    call: Option<CallId>,
    /// The integration that was last called or asked for.
    wants: Option<String>,
    /// Links made so far.
    attempts: u32,
    /// Whether the next link has to be a new one: another account is wanted, or a new grant.
    renews: bool,
    /// Whether the link that is out was used: its account waits for the user's word.
    used: bool,
    out: String,
    reached: BTreeSet<Reached>,
}

impl<'a> Player<'a> {
    /// A conversation with the bot's user that nobody opened yet.
    pub(super) fn new(templates: &'a Templates, facts: &'a Arc<Facts>) -> Player<'a> {
        let bot = &templates.bot;
        let user = User {
            id: "user".into(),
            name: String::new(),
        };
        Player {
            templates,
            facts,
            conversation: Conversation::new("transcript", user, &bot.locale.tag, &bot.timezone),
            now: NOW.parse().expect("a timestamp as written here is one"),
            opened: false,
            signed_in: false,
            call: None,
            wants: None,
            attempts: 0,
            renews: false,
            used: false,
            out: String::new(),
            reached: BTreeSet::new(),
        }
    }

    /// Plays one entry and writes it, and behind it what the bot says and asks of the world.
    ///
    /// # Errors
    /// What is wrong with the entry, in a sentence.
    pub(super) fn take(&mut self, entry: &Entry) -> Result<(), String> {
        if entry.is_written_anew() {
            return Ok(());
        }
        if self.is_noted(entry)? {
            self.write(&entry.key, &entry.text);
            return Ok(());
        }
        self.open();
        self.write(&entry.key, &entry.text);
        if entry.key == "wait" {
            return self.wait(&entry.text);
        }
        let happened = self.happened(entry)?;
        self.play(happened);
        Ok(())
    }

    /// What came out. A transcript without entries is the greeting.
    pub(super) fn finish(mut self) -> Played {
        self.open();
        Played {
            text: self.out,
            reached: self.reached,
        }
    }

    /// Takes an entry at which nothing happens (comments, to whom and when it happens, what only a play over HTTP does)
    /// and tells whether it is one.
    fn is_noted(&mut self, entry: &Entry) -> Result<bool, String> {
        let text = entry.text.as_str();
        match entry.key.as_str() {
            "#" | "engine only" => {}
            "now" => {
                let now = text.parse();
                self.now = now.map_err(|_| format!("`{text}` is no time like {NOW}"))?;
            }
            "timezone" => text.clone_into(&mut self.conversation.timezone),
            "locale" => text.clone_into(&mut self.conversation.locale),
            key if key.starts_with("sandbox ") && KEYS.contains(&key) => {
                json::<Value>(text)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn wait(&mut self, text: &str) -> Result<(), String> {
        let then = duration(text).and_then(|waited| self.now.checked_add(waited).ok());
        self.now = then.ok_or_else(|| format!("`{text}` is no time like 90s, 5m or 2h"))?;
        Ok(())
    }

    /// The event that an entry tells of.
    fn happened(&mut self, entry: &Entry) -> Result<EventKind, String> {
        let text = entry.text.as_str();
        Ok(match entry.key.as_str() {
            "user" => EventKind::Message(Message {
                text: text.to_owned(),
                value: None,
            }),
            "value" => EventKind::Message(Message {
                text: String::new(),
                value: Some(json(text)?),
            }),
            "done" => self.called(Outcome::Done(json(text)?))?,
            "failed" => self.called(Outcome::Failed(json(text)?))?,
            "no grant" => self.link()?,
            "signed in" => EventKind::Authorized {
                integration: self.integration()?,
                account: account(text),
            },
            "connected as" => EventKind::ConnectedAs {
                integration: self.integration()?,
                account: (!text.is_empty()).then(|| account(text)),
            },
            "sign-in ended" => {
                let (end, wrong) = ended(text);
                EventKind::SignInEnded {
                    integration: self.integration()?,
                    end: word(end, "way for a sign-in to end")?,
                    wrong,
                }
            }
            "not ready" => EventKind::NotReady {
                call: self.call.clone(),
                integration: self.integration()?,
                why: word(text, "reason why an integration is not ready")?,
            },
            "signed out" => EventKind::SignedOut {
                integration: self.integration()?,
                confirmed: text != "unsure",
            },
            "event" => self.other(text)?,
            other => {
                let help = match nearest(other, &KEYS) {
                    Some(meant) => format!("Did you mean `{meant}`?"),
                    None => "What the user says begins with `user:`.".to_owned(),
                };
                return Err(format!("`{other}` is no entry of a transcript. {help}"));
            }
        })
    }

    fn called(&mut self, outcome: Outcome) -> Result<EventKind, String> {
        let call = self.call.take().ok_or(NO_CALL)?;
        Ok(EventKind::Called { call, outcome })
    }

    /// The integration that an entry is about: the one that was wanted last, else the bot's first.
    fn integration(&self) -> Result<String, String> {
        let first = || self.templates.integrations.keys().next();
        let named = self.wants.as_ref().or_else(first);
        named
            .cloned()
            .ok_or_else(|| "this bot has no integration; bot.yaml names them".to_owned())
    }

    /// The link that a conversation has for what it wants, where it is still open and no other was asked for; else a new one.
    fn link(&mut self) -> Result<EventKind, String> {
        let integration = self.wants.clone().ok_or(
            "nothing wants a sign-in here; it comes behind a `call` or an `effect: authorize`",
        )?;
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
            let life = SignedDuration::from_mins(i64::from(LINK_MINUTES));
            (attempt, self.now + life)
        });
        Ok(EventKind::AuthorizationRequired {
            call: self.call.clone(),
            integration,
            attempt,
            expires_at,
            minutes: LINK_MINUTES,
            host: "login.salesforce.com".into(),
        })
    }

    /// Any other event; one that is about a call is about the one that is out.
    fn other(&self, text: &str) -> Result<EventKind, String> {
        let mut kind: EventKind =
            serde_json::from_str(text).map_err(|error| format!("this is no event: {error}"))?;
        match &mut kind {
            EventKind::Called { call, .. } => *call = self.call.clone().ok_or(NO_CALL)?,
            EventKind::AuthorizationRequired { call, .. }
            | EventKind::LinkRefused { call, .. }
            | EventKind::NotReady { call, .. } => call.clone_from(&self.call),
            _ => {}
        }
        Ok(kind)
    }

    fn open(&mut self) {
        if !self.opened {
            self.opened = true;
            self.play(EventKind::Opened);
        }
    }

    /// One turn, and what came out of it.
    fn play(&mut self, kind: EventKind) {
        self.note_sign_in(&kind);
        let event = Event {
            at: self.now,
            kind,
            facts: if self.signed_in {
                self.facts.clone()
            } else {
                Arc::default()
            },
        };
        let turn = turn(self.templates, self.conversation.clone(), event);
        // Saved and read again, as between the turns of a real conversation.
        let saved =
            serde_json::to_string(&turn.conversation).expect("a conversation saves as JSON");
        self.conversation = serde_json::from_str(&saved).expect("and is read again");
        self.reached.extend(turn.reached);
        for reply in &turn.replies {
            self.write_reply(reply);
        }
        for effect in &turn.effects {
            self.note_wanted(effect);
            let (key, text) = asked(effect);
            self.write(key, &text);
        }
        let link_is_sent = turn
            .replies
            .iter()
            .any(|reply| matches!(reply.kind, ReplyKind::SignIn { .. }));
        if let Awaiting::Authorization { integration, .. } = &self.conversation.awaiting
            && link_is_sent
        {
            self.wants = Some(integration.clone());
        }
    }

    /// What an event changes about the user's sign-in, on which it depends what is known of the org.
    fn note_sign_in(&mut self, kind: &EventKind) {
        match kind {
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
    }

    /// What the entries that come next are about.
    fn note_wanted(&mut self, effect: &Effect) {
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
    }

    fn write_reply(&mut self, reply: &Reply) {
        self.write("bot", &reply.text);
        if let ReplyKind::SignIn { integration, .. } = &reply.kind {
            self.write("link", integration);
        } else if !reply.choices.is_empty() {
            let titles = reply.choices.iter().map(|choice| choice.title.as_str());
            self.write("buttons", &buttons(titles));
        }
    }

    fn write(&mut self, key: &str, text: &str) {
        self.out.push_str(&written(key, text));
    }
}

/// What is said to the outcome of a call where none is out.
const NO_CALL: &str = "no call is out here; what comes back stands behind the `call` it answers";

fn json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("this is not the JSON it should be: {error}"))
}

/// One of the words of an enum; `what` it should be is said where it is none.
fn word<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, String> {
    serde_json::from_value(Value::from(text))
        .map_err(|error| format!("`{text}` is no {what}: {error}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::template::source::{Source, Sources};
    use crate::transcript::play;

    fn templates() -> Templates {
        let source = |name: &str, text: &str| Source {
            name: name.into(),
            text: text.into(),
        };
        let note = "template: note\ntitle: Note\nexamples: [take a note]\nslots: {}\nsteps:\n  - say: Noted.\n";
        let sources = Sources {
            bot: Some(source("bot.yaml", "name: Notes\ngreeting: Hello.\n")),
            files: vec![source("templates/note.yaml", note)],
            library: Vec::new(),
            repair: source("repair.yaml", crate::REPAIR),
        };
        Templates::load(&sources, &[]).templates.unwrap()
    }

    #[test]
    fn a_transcript_without_entries_is_the_greeting() {
        assert_eq!(
            play(&templates(), &Arc::default(), "").unwrap(),
            "bot: Hello.\n"
        );
    }

    #[test]
    fn an_entry_that_has_no_place_says_its_line_and_what_to_change() {
        let templates = templates();
        for (entry, told) in [
            (
                "usr: hello",
                "`usr` is no entry of a transcript. Did you mean `user`?",
            ),
            ("done: {}", NO_CALL),
            ("failed: {}", "missing field `kind`"),
            (
                "no grant:",
                "nothing wants a sign-in here; it comes behind a `call`",
            ),
            ("signed in: ann", "this bot has no integration"),
            ("value: yes", "this is not the JSON it should be"),
            ("sandbox reset: now", "this is not the JSON it should be"),
            ("event: {\"event\":\"thunder\"}", "this is no event"),
            (
                "now: yesterday",
                "`yesterday` is no time like 2026-11-24T10:00:00Z",
            ),
            ("wait: long", "`long` is no time like 90s, 5m or 2h"),
            ("wait: 5µ", "`5µ` is no time like"),
            ("wait: -5m", "`-5m` is no time like"),
            ("wait: 99999999999999999999d", "is no time like"),
            ("wait: 4000000000d", "is no time like"),
        ] {
            let script = format!("# What a designer may write.\n{entry}\n");
            let wrong = play(&templates, &Arc::default(), &script).unwrap_err();
            assert_eq!(wrong.line, 2, "{entry}");
            assert!(wrong.message.contains(told), "{entry}: {}", wrong.message);
        }
    }

    #[test]
    fn every_key_is_played() {
        let templates = templates();
        for key in KEYS {
            let script = format!("{key}: {{}}\n");
            let played = play(&templates, &Arc::default(), &script);
            let told = played.unwrap_or_else(|wrong| wrong.message);
            assert!(!told.contains("is no entry"), "{key}: {told}");
        }
    }
}
