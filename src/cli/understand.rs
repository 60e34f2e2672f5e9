//! `turnwise understand`: JSON Lines in, JSON Lines out. It calls nothing and remembers nothing
//! from one line to the next.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};
use serde::Deserialize;
use serde_json::json;
use turnwise_engine::Value;
use turnwise_engine::conversation::{Awaiting, Conversation, SlotState, User, What};
use turnwise_engine::display::named;
use turnwise_engine::effect::Does;
use turnwise_engine::event::Message;
use turnwise_engine::facts::Facts;
use turnwise_engine::template::{Slot, SlotKind, Templates};
use turnwise_engine::understanding::act::Act;
use turnwise_engine::understanding::explain::explain;
use turnwise_engine::understanding::message::{Moment, understand};

use super::{Answer, Refused};
use crate::bot;

/// Utterance testing.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: echo '{\"id\":\"1\",\"text\":\"new lead\"}' | turnwise understand my-bot"
)]
pub struct Understand {
    /// The bot's folder [default: the folder you are in].
    bot: Option<PathBuf>,
    /// Say why, too: what spoke for a template, which parser took which piece, what was left and why.
    #[arg(long)]
    explain: bool,
}

#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    text: String,
    now: Option<String>,
    awaiting: Option<Awaited>,
    #[serde(default)]
    slots: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Awaited {
    template: String,
    slot: Option<String>,
    confirm: Option<Does>,
}

impl Understand {
    /// Reads lines until there are no more.
    pub fn run(&self) -> Result<Answer, Refused> {
        let paths: Vec<PathBuf> = self.bot.iter().cloned().collect();
        let templates = bot::loaded(&bot::read(&paths)?)?;
        let mut out = std::io::stdout().lock();
        let mut all = Answer::Fine;
        for line in std::io::stdin().lock().split(b'\n') {
            let line =
                line.map_err(|error| Refused::new(format!("stdin can't be read: {error}")))?;
            if line.trim_ascii().is_empty() {
                continue;
            }
            // A line that is wrong is answered in its place, so that the others keep theirs.
            let answer = match serde_json::from_slice::<Line>(&line) {
                Ok(line) => match unknown(&templates, &line) {
                    None => one(&templates, line, self.explain),
                    Some(error) => {
                        all = Answer::Wrong;
                        json!({ "id": line.id, "error": error })
                    }
                },
                Err(error) => {
                    all = Answer::Wrong;
                    json!({ "error": format!("not a line of the contract: {error}") })
                }
            };
            if writeln!(out, "{answer}").is_err() {
                break;
            }
        }
        // What the first doubtful line had to wait for, the next run need not.
        templates.learned.keep();
        Ok(all)
    }
}

/// What a line names that there is not: it would be answered as if it had not been named.
fn unknown(templates: &Templates, line: &Line) -> Option<String> {
    if let Some(now) = line
        .now
        .as_ref()
        .filter(|now| now.parse::<Timestamp>().is_err())
    {
        return Some(format!(
            "`now` is RFC 3339 with an offset, as in 2026-11-24T14:23:24-05:00, not `{now}`"
        ));
    }
    let awaited = line.awaiting.as_ref()?;
    let Some(template) = templates.current.get(&awaited.template) else {
        let known: Vec<&str> = templates.current.keys().map(String::as_str).collect();
        return Some(format!(
            "`awaiting.template`: no template `{}`; there is {}",
            awaited.template,
            known.join(", ")
        ));
    };
    let slot = awaited.slot.as_ref()?;
    (!template.slots.contains_key(slot)).then(|| {
        let known: Vec<&str> = template.slots.keys().map(String::as_str).collect();
        format!(
            "`awaiting.slot`: `{}` has no slot `{slot}`; it has {}",
            awaited.template,
            known.join(", ")
        )
    })
}

fn one(templates: &Templates, line: Line, explains: bool) -> Value {
    let bot = &templates.bot;
    let user = User {
        id: "understand".into(),
        name: String::new(),
    };
    let mut conversation = Conversation::new("understand", user, &bot.locale.tag, &bot.timezone);
    let awaiting = line.awaiting.map_or(Awaiting::Nothing, |awaited| {
        open(templates, &mut conversation, &awaited, line.slots)
    });
    let start = Instant::now();
    let facts = Facts::default();
    let moment = Moment {
        templates,
        conversation: &conversation,
        awaiting: &awaiting,
        now: now(line.now.as_deref(), &bot.timezone),
        facts: &facts,
        locale: &bot.locale,
    };
    let message = Message {
        text: line.text,
        value: None,
    };
    let understood = understand(&moment, &message);
    let micros = start.elapsed().as_micros();
    let mut answer = json!({
        "id": line.id,
        "template": understood.template,
        "score": understood.score,
        "acts": understood.acts.iter().map(told).collect::<Vec<_>>(),
        "others": understood.others,
        "micros": u64::try_from(micros).unwrap_or(u64::MAX),
    });
    if explains {
        answer["why"] =
            serde_json::to_value(explain(&moment, &message, &understood)).unwrap_or_default();
    }
    answer
}

/// An act by the contract's names; what is only answered with a friendly word or a question is none of them.
fn told(act: &Act) -> Value {
    match act {
        Act::Hello | Act::Noted | Act::Ambiguous { .. } => json!({ "act": "none" }),
        act => {
            let mut told = serde_json::to_value(act).unwrap_or_default();
            if let Some(value) = told.get_mut("value") {
                *value = named(value.take());
            }
            told
        }
    }
}

/// A dialog of the awaited template, with the slots that are filled already.
fn open(
    templates: &Templates,
    conversation: &mut Conversation,
    awaited: &Awaited,
    slots: BTreeMap<String, Value>,
) -> Awaiting {
    let Some(template) = templates.current.get(&awaited.template) else {
        return Awaiting::Nothing;
    };
    let filled = slots.into_iter().map(|(slot, value)| {
        let is_record = |slot: &Slot| matches!(slot.kind, SlotKind::Record { .. });
        let value = match value {
            Value::String(text) if template.slots.get(&slot).is_some_and(is_record) => {
                json!({ "text": text })
            }
            value => value,
        };
        (
            slot,
            SlotState::Filled {
                value,
                text: String::new(),
            },
        )
    });
    conversation
        .dialogs
        .push(turnwise_engine::conversation::Dialog::begun(
            template,
            filled.collect(),
        ));
    match (&awaited.slot, awaited.confirm) {
        (Some(slot), _) => Awaiting::Slot { slot: slot.clone() },
        (None, Some(does)) => Awaiting::Confirm {
            what: What::Write {
                step: "confirm".into(),
                does,
            },
        },
        (None, None) => Awaiting::Nothing,
    }
}

/// The user's clock in its own offset; without one the machine's, in the bot's zone.
fn now(given: Option<&str>, zone: &str) -> ZonedDateTime {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let Some(given) = given else {
        return Timestamp::now().to_zoned_datetime(zone);
    };
    let Ok(at) = given.parse::<Timestamp>() else {
        return Timestamp::now().to_zoned_datetime(zone);
    };
    let offset = jiff::fmt::temporal::DateTimeParser::new()
        .parse_pieces(given)
        .ok()
        .and_then(|p| p.to_numeric_offset());
    at.to_zoned_datetime(offset.map_or(TimeZone::UTC, TimeZone::fixed))
}
