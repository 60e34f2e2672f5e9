//! Slot types read their own values: each type finds its values in a text, and reads a whole answer. Which reading goes to
//! which slot is decided elsewhere; here a text comes in and spans with normalised values come out.

use std::ops::Range;

use indexmap::IndexMap;
use jiff::ZonedDateTime;

use crate::Value;
use crate::facts::OrgFacts;
use crate::locale::Locale;
use crate::template::{FieldName, Slot, SlotKind};

use super::words::{Words, normal};
pub(crate) use choice::Named;
pub(super) use names::Names;

mod amount;
mod answer;
mod borne_out;
mod choice;
mod clock;
mod date;
mod email;
mod job;
mod labelled;
mod listed;
mod names;
mod number;
mod organization;
mod person;
mod phone;
mod place;
mod record;
mod run;
mod text;

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
    /// What records of that object are called.
    pub nouns: &'a [String],
    /// The slots of the template, whose names end a labelled value.
    pub slots: Option<&'a IndexMap<String, Slot>>,
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

/// Whether a slot holds jobs, by its samples.
pub(super) fn is_job(slot: &Slot, words: &Words) -> bool {
    matches!(slot.kind, SlotKind::Text { .. }) && job::is_job(slot, words)
}

/// Why an answer is not a value of its slot: a key of the reasons in the locale file, and for the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A short key, `not_an_email`, `too_long`, `not_in_list` …
    pub reason: &'static str,
}

/// Certainty of a value that is one only if it is asked for.
const UNLIKELY: f32 = 0.45;

impl<'a> Reader<'a> {
    /// What is known without an org and a template.
    pub fn new(now: &'a ZonedDateTime, locale: &'a Locale) -> Reader<'a> {
        Reader {
            now,
            locale,
            org: None,
            object: None,
            nouns: &[],
            slots: None,
        }
    }

    /// Whether one of the template's slots is a record that people name.
    fn names_a_record(&self) -> bool {
        let is_record = |slot: &Slot| matches!(slot.kind, SlotKind::Record { .. });
        self.slots
            .is_some_and(|slots| slots.values().any(is_record))
    }
}

fn is_name(kind: &SlotKind) -> bool {
    matches!(
        kind,
        SlotKind::FirstName | SlotKind::LastName | SlotKind::FullName | SlotKind::Organization
    )
}

/// Texts that may be longer than this, in characters, are notes.
const NOTE: usize = 255;

/// Every value of the slot's type in a text, the surest first, none over another. Certainty from 0.9 means that the form, or
/// what stands around, says what it is; less means that it is a value of the type if one is asked for.
pub fn find(slot: &Slot, text: &str, reader: &Reader<'_>) -> Vec<Reading> {
    find_in(slot, &Names::of(text, Words::of(reader.locale)), reader)
}

/// As [`find`], for each of these slots; what their types have in common is looked for once.
pub fn find_each<'s>(
    slots: impl Iterator<Item = &'s Slot>,
    text: &str,
    reader: &Reader<'_>,
) -> Vec<(&'s Slot, Vec<Reading>)> {
    let names = Names::of(text, Words::of(reader.locale));
    slots
        .map(|slot| (slot, find_in(slot, &names, reader)))
        .collect()
}

/// As [`find`], in a text of which the names may be known already.
pub(super) fn find_in(slot: &Slot, names: &Names<'_>, reader: &Reader<'_>) -> Vec<Reading> {
    let (text, words) = (names.text, names.words);
    let mut found = by_form(slot, names, reader);
    // Where the template is about a record, a name in the text is the record's unless the text says otherwise.
    if is_name(&slot.kind) && reader.names_a_record() {
        for reading in found.iter_mut().filter(|reading| reading.certainty < 0.97) {
            reading.certainty = reading.certainty.min(UNLIKELY);
        }
    }
    if is_labelled(&slot.kind) || is_other_record(&slot.kind, reader) {
        for (span, certainty) in labelled::places(slot, names, reader) {
            if let Ok((value, piece)) = one(slot, &text[span.clone()], reader, words) {
                let within = answer::place(&text[span.clone()], &piece);
                found.push(Reading {
                    value,
                    span: span.start + within.start..span.start + within.end,
                    certainty,
                });
            } else if let Some(kept) = choice::kept(slot, text, span, reader, words) {
                found.push(kept);
            }
        }
    }
    found.sort_by(|a, b| {
        b.certainty
            .total_cmp(&a.certainty)
            .then(a.span.start.cmp(&b.span.start))
            .then(b.span.end.cmp(&a.span.end))
    });
    let mut kept: Vec<Reading> = Vec::with_capacity(found.len());
    for reading in found {
        let free = kept
            .iter()
            .all(|r| r.span.end <= reading.span.start || reading.span.end <= r.span.start);
        if free {
            kept.push(reading);
        }
    }
    kept
}

/// Reads a whole answer as a value of its slot; the span is the part of the answer that is the value.
pub fn read(slot: &Slot, text: &str, reader: &Reader<'_>) -> Result<Reading, Refusal> {
    let words = Words::of(reader.locale);
    let whole = answer::clean(text).ok_or(Refusal { reason: "empty" })?;
    let (value, piece) = if slot.list {
        list(slot, &whole, reader, words)?
    } else {
        one(slot, &whole, reader, words)?
    };
    Ok(Reading {
        value,
        span: answer::place(text, &piece),
        certainty: 1.0,
    })
}

/// The bytes of a whole name that are its first name: "Ida" of "Ida van Stern"; `None` where it is one name.
pub(super) fn first_name_of(name: &str, words: &Words) -> Option<usize> {
    let all: Vec<&str> = name.split(' ').collect();
    let lower = all.first()?.to_lowercase();
    if all.len() < 2
        || words.particles.contains(&lower)
        || words.honorifics.contains(&normal(&lower))
    {
        return None;
    }
    let at = person::divide(&all, words);
    let length = all[..at].iter().map(|word| word.len()).sum::<usize>() + at;
    length.checked_sub(1).filter(|length| *length > 0)
}

/// The sentence for a reason of a refusal, for people; the keys stand in the locale file.
pub fn reason(refusal: &Refusal, locale: &Locale) -> &'static str {
    let words: &'static Words = Words::of(locale);
    words
        .reason(refusal.reason)
        .unwrap_or("I could not read that.")
}

fn by_form(slot: &Slot, names: &Names<'_>, reader: &Reader<'_>) -> Vec<Reading> {
    let (text, words) = (names.text, names.words);
    match &slot.kind {
        SlotKind::Email => names.addresses().to_vec(),
        SlotKind::Phone { country } => {
            let own = country.as_deref().unwrap_or(&reader.locale.country);
            let found = phone::find(text, own, words);
            if found.is_empty() {
                abroad(names)
            } else {
                found
            }
        }
        SlotKind::Url => email::find_urls(names),
        SlotKind::Choice(choices) => choice::find(&choice::values(slot, choices, reader), text),
        SlotKind::Field { names: fields, .. } => choice::find(&choice::fields(fields), text),
        SlotKind::Amount { currency, .. } => amount::find(
            text,
            currency.as_deref().unwrap_or(&reader.locale.currency),
            reader.locale.decimal_comma(),
            words,
        ),
        SlotKind::Percent(_) => amount::percents(text, reader.locale.decimal_comma(), words),
        SlotKind::Number(_) => amount::plain(text, reader.locale.decimal_comma(), words),
        SlotKind::Date(when) => date::find(text, when, reader, words),
        SlotKind::Time(_) => clock::find(text, words),
        SlotKind::DateTime(when) => clock::find_both(text, when, reader, words),
        SlotKind::FirstName => person::find(person::Part::First, names),
        SlotKind::LastName => person::find(person::Part::Last, names),
        SlotKind::FullName => person::find(person::Part::Full, names),
        SlotKind::Organization => names.companies().to_vec(),
        SlotKind::City => place::cities(names),
        SlotKind::Country => names.countries().to_vec(),
        SlotKind::Record { .. } => record::find(slot, names, reader),
        SlotKind::Pattern { pattern, .. } => pattern
            .find_iter(text)
            .filter(|m| !m.is_empty() && is_whole(text, m.start(), m.end()))
            .map(|m| Reading {
                value: Value::from(m.as_str()),
                span: m.range(),
                certainty: 0.9,
            })
            .collect(),
        SlotKind::Text { .. } if job::is_job(slot, words) => job::find(text, words),
        SlotKind::Text { .. } | SlotKind::Boolean => Vec::new(),
    }
}

/// Phone numbers as they are dialled in a country that the text names.
fn abroad(names: &Names<'_>) -> Vec<Reading> {
    let (text, words) = (names.text, names.words);
    names
        .countries()
        .iter()
        .filter_map(|country| words.codes.get(country.value.as_str()?))
        .map(|code| phone::find(text, code, words))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Whether a label before it is what tells a value of this type; the others carry their own form.
fn is_labelled(kind: &SlotKind) -> bool {
    matches!(
        kind,
        SlotKind::Text { .. }
            | SlotKind::Choice(_)
            | SlotKind::FirstName
            | SlotKind::LastName
            | SlotKind::Organization
            | SlotKind::City
            | SlotKind::Country
            | SlotKind::Number(_)
            | SlotKind::Percent(_)
            | SlotKind::Amount { .. }
            | SlotKind::Date(_)
            | SlotKind::Time(_)
            | SlotKind::Boolean
    )
}

/// Whether a slot holds a record of another kind than the template is about: an account, beside its deal.
fn is_other_record(kind: &SlotKind, reader: &Reader<'_>) -> bool {
    matches!(kind, SlotKind::Record { object, .. } if reader.object.is_some_and(|own| own != object))
}

/// Several values, parted by commas, "and" or lines; one that cannot be read refuses the whole.
fn list(
    slot: &Slot,
    whole: &str,
    reader: &Reader<'_>,
    words: &Words,
) -> Result<(Value, String), Refusal> {
    // A company may have a comma in its name; where the whole is one of a list, it is one.
    let mut values: Vec<Value> = Vec::new();
    let and = &words.writing.and;
    for piece in whole
        .split([',', ';', '\n', '&'])
        .flat_map(|piece| piece.split(and.as_str()))
        .map(|piece| piece.trim().trim_start_matches(and.trim_start()).trim())
        .filter(|piece| !piece.is_empty())
    {
        let (value, _) = one(slot, piece, reader, words)?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    if values.is_empty() {
        return Err(Refusal { reason: "empty" });
    }
    Ok((Value::Array(values), whole.to_owned()))
}

/// One value of an answer, and the words that it was read from.
fn one(
    slot: &Slot,
    whole: &str,
    reader: &Reader<'_>,
    words: &Words,
) -> Result<(Value, String), Refusal> {
    let all = |value: Value| (value, whole.to_owned());
    // The surest value of the type, wherever in the answer it stands.
    let surest = |reason: &'static str| {
        let mut found = by_form(slot, &Names::of(whole, words), reader);
        found.sort_by(|a, b| {
            b.certainty
                .total_cmp(&a.certainty)
                .then(a.span.start.cmp(&b.span.start))
        });
        found
            .into_iter()
            .next()
            .map(|r| (r.value, whole.get(r.span).unwrap_or(whole).to_owned()))
            .ok_or(Refusal { reason })
    };
    match &slot.kind {
        SlotKind::FirstName | SlotKind::LastName | SlotKind::FullName => person::read(whole, words),
        SlotKind::Organization => organization::read(whole, words, length(slot, None, reader)),
        SlotKind::City => place::read_city(whole, words),
        SlotKind::Country => place::read_country(whole, words),
        SlotKind::Text {
            min_length,
            max_length,
        } => {
            let longest = length(slot, *max_length, reader);
            // A note is kept whole; a title or a name of something is not a sentence about it.
            let piece = if longest <= NOTE {
                answer::short(whole, words)
            } else {
                whole
            };
            let piece = text::unquoted(piece);
            text::read(piece, *min_length, longest).map(|value| (value, piece.to_owned()))
        }
        SlotKind::Email => surest("not_an_email"),
        SlotKind::Phone { .. } => surest("not_a_phone"),
        SlotKind::Url => surest("not_a_url"),
        SlotKind::Amount { range, .. } => {
            let read = surest("not_an_amount")?;
            amount::within(&read.0, range).map(|()| read)
        }
        SlotKind::Percent(range) => {
            let read = surest("not_a_percentage")?;
            amount::within(&read.0, range).map(|()| read)
        }
        SlotKind::Number(range) => {
            let read = surest("not_a_number")?;
            amount::within(&read.0, range).map(|()| read)
        }
        SlotKind::Date(when) | SlotKind::DateTime(when) => {
            let read = surest("not_a_date")?;
            let value = read.0.as_str().unwrap_or_default();
            date::within(value, when, reader.now.date()).map(|()| read)
        }
        SlotKind::Time(when) => {
            let read = surest("not_a_time")?;
            let value = read.0.as_str().unwrap_or_default();
            date::within(value, when, reader.now.date()).map(|()| read)
        }
        SlotKind::Boolean => text::yes_or_no(whole, words).map(all),
        SlotKind::Choice(choices) => {
            choice::read(&choice::values(slot, choices, reader), whole, words).map(all)
        }
        SlotKind::Pattern { pattern, .. } => text::of_form(whole, pattern, words).map(all),
        SlotKind::Record { .. } => record::read(slot, whole, reader, words),
        SlotKind::Field { names, .. } => field(names, whole, words),
    }
}

/// The field that an answer names: all of it, or the first that it mentions.
fn field(names: &[FieldName], whole: &str, words: &Words) -> Result<(Value, String), Refusal> {
    let values = choice::fields(names);
    let bare = answer::bare(whole, words);
    if let Ok(value) = choice::read(&values, bare, words) {
        return Ok((value, bare.to_owned()));
    }
    choice::find(&values, whole)
        .into_iter()
        .min_by_key(|reading| reading.span.start)
        .map(|r| (r.value, whole.get(r.span).unwrap_or(whole).to_owned()))
        .ok_or(Refusal {
            reason: "no_such_field",
        })
}

/// Whether a find is not cut out of a longer word.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word(text[..start].chars().next_back()) && !word(text[end..].chars().next())
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

#[cfg(test)]
mod tests;
