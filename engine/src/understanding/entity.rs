//! Slot types read their own values: each type finds its values in a text, and reads a whole answer. Which reading goes to
//! which slot is decided elsewhere; here a text comes in and spans with normalised values come out.

use std::ops::Range;

use jiff::ZonedDateTime;

use crate::Value;
use crate::facts::OrgFacts;
use crate::locale::Locale;
use crate::template::{Slot, SlotKind};

use super::words::Words;

mod amount;
mod choice;
mod date;
mod email;
mod name;
mod phone;

/// What reading a value may depend on.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The user's clock, in the user's zone: "tomorrow" is relative to it.
    pub now: &'a ZonedDateTime,
    /// The conversation's locale.
    pub locale: &'a Locale,
    /// The user's org where it is known, for picklists and lengths.
    pub org: Option<&'a OrgFacts>,
    /// The object whose fields the slots fill, for `choices: org`.
    pub object: Option<&'a str>,
}

/// A value found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Normalised.
    pub value: Value,
    /// Bytes of the text it came from.
    pub span: Range<usize>,
    /// How sure its form is: 1 carries its own form (an e-mail, a date), less for a bare number or word.
    pub certainty: f32,
}

/// Why an answer is not a value of its slot: a key of the reasons in the locale file, and for the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A short key, `not_an_email`, `too_long`, `not_in_list` …
    pub reason: &'static str,
}

/// Every value of the slot's type in a text, the surest first.
pub fn find(slot: &Slot, text: &str, reader: &Reader<'_>) -> Vec<Reading> {
    let words = Words::of(reader.locale);
    let mut found = match &slot.kind {
        SlotKind::Email => email::find(text),
        SlotKind::Phone { country } => {
            phone::find(text, country.as_deref().unwrap_or(&reader.locale.country))
        }
        SlotKind::Url => email::find_urls(text),
        SlotKind::Choice(choices) => choice::find(&choice::values(slot, choices, reader), text),
        SlotKind::Amount { currency, .. } => amount::find(
            text,
            currency.as_deref().unwrap_or(&reader.locale.currency),
            words,
        ),
        SlotKind::Date(when) => date::find(text, when, reader, words),
        SlotKind::Text { .. }
        | SlotKind::FirstName
        | SlotKind::LastName
        | SlotKind::FullName
        | SlotKind::Organization
        | SlotKind::City
        | SlotKind::Country
        | SlotKind::Number(_)
        | SlotKind::Percent(_)
        | SlotKind::Time(_)
        | SlotKind::DateTime(_)
        | SlotKind::Boolean
        | SlotKind::Pattern { .. }
        | SlotKind::Record { .. }
        | SlotKind::Field { .. } => Vec::new(),
    };
    found.sort_by(|a, b| {
        b.certainty
            .total_cmp(&a.certainty)
            .then(a.span.start.cmp(&b.span.start))
    });
    found
}

/// Reads a whole answer as a value of its slot.
pub fn read(slot: &Slot, answer: &str, reader: &Reader<'_>) -> Result<Reading, Refusal> {
    let words = Words::of(reader.locale);
    let whole = clean(answer).ok_or(Refusal { reason: "empty" })?;
    let span = 0..answer.len();
    let value = match &slot.kind {
        SlotKind::FirstName | SlotKind::LastName | SlotKind::FullName => {
            name::person(&whole, words)
        }
        SlotKind::Organization | SlotKind::City => name::thing(&whole, words),
        SlotKind::Country => name::thing(&whole, words),
        SlotKind::Text {
            min_length,
            max_length,
        } => text(&whole, *min_length, length(slot, *max_length, reader)),
        SlotKind::Email
        | SlotKind::Url
        | SlotKind::Phone { .. }
        | SlotKind::Amount { .. }
        | SlotKind::Date(_) => {
            let found = find(slot, &whole, reader).into_iter().next();
            found.map(|reading| reading.value).ok_or(Refusal {
                reason: "not_of_this_form",
            })
        }
        SlotKind::Choice(choices) => {
            choice::read(&choice::values(slot, choices, reader), &whole, words)
        }
        SlotKind::Number(range) => amount::number(&whole, words)
            .filter(|n| {
                range.min.is_none_or(|min| *n >= min) && range.max.is_none_or(|max| *n <= max)
            })
            .map(Value::from)
            .ok_or(Refusal {
                reason: "not_a_number",
            }),
        SlotKind::Percent(_) => amount::number(whole.trim_end_matches(['%', ' ']), words)
            .map(Value::from)
            .ok_or(Refusal {
                reason: "not_a_number",
            }),
        SlotKind::Boolean | SlotKind::Time(_) | SlotKind::DateTime(_) => Err(Refusal {
            reason: "not_of_this_form",
        }),
        SlotKind::Pattern { pattern, .. } => {
            let found = [whole.clone(), whole.to_uppercase()]
                .into_iter()
                .find(|text| pattern.is_match(text));
            found.map(Value::String).ok_or(Refusal {
                reason: "not_of_this_form",
            })
        }
        SlotKind::Record { .. } => name::record(&whole, words),
        SlotKind::Field { names, .. } => {
            let lower = whole.to_lowercase();
            let found = names.iter().find(|field| {
                field
                    .names
                    .iter()
                    .any(|name| lower == *name || lower.ends_with(&format!(" {name}")))
            });
            found
                .map(|field| Value::String(field.id.clone()))
                .ok_or(Refusal {
                    reason: "no_such_field",
                })
        }
    };
    value.map(|value| Reading {
        value,
        span,
        certainty: 1.0,
    })
}

/// The longest text a slot takes: its own limit, the field's in the org, else 255 characters.
fn length(slot: &Slot, own: Option<usize>, reader: &Reader<'_>) -> usize {
    let of_org = || {
        let length = reader
            .org?
            .field(reader.object?, slot.field.as_ref()?)?
            .length;
        (length > 0).then_some(length)
    };
    own.or_else(of_org).unwrap_or(255)
}

fn text(whole: &str, shortest: usize, longest: usize) -> Result<Value, Refusal> {
    let count = whole.chars().count();
    if !whole.chars().any(char::is_alphanumeric) {
        return Err(Refusal { reason: "empty" });
    }
    if count < shortest {
        return Err(Refusal {
            reason: "too_short",
        });
    }
    if count > longest {
        return Err(Refusal { reason: "too_long" });
    }
    Ok(Value::String(whole.to_owned()))
}

/// What was typed, NFC and trimmed, without control and direction characters; nothing where nothing can be seen.
fn clean(answer: &str) -> Option<String> {
    use unicode_normalization::UnicodeNormalization;
    let text: String = answer
        .nfc()
        .filter(|c| (!c.is_control() || *c == '\n') && !is_invisible(*c))
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Zero-width and direction characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
}
