//! What is said of the record last shown or written while nothing is open: "make that hot", "city is Bath", "and the e-mail?".
//! Whoever names another record is understood like any first turn.

use crate::Value;
use crate::effect::Does;
use crate::template::{Slot, SlotKind, Template};

use super::act::{Act, Given};
use super::clause::{clauses, named, names_of, read};
use super::entity;
use super::message::{Moment, reader};
use super::words::{Words, normal};

/// Most words of what is said so.
const LONGEST: usize = 9;
/// Certainty from which a value says by its form what it is.
const FORMED: f32 = 0.9;

/// A question about a field of the record last spoken of, or a change of it.
pub(super) fn about_last(
    moment: &Moment<'_>,
    words: &Words,
    last: Option<&Value>,
    text: &str,
) -> Option<Vec<Act>> {
    let last = last?;
    let object = last["object"].as_str()?;
    if text.split_whitespace().count() > LONGEST {
        return None;
    }
    let (start, mut given, slot) =
        asked(moment, words, object, text).or_else(|| changed(moment, words, object, text))?;
    given.push(Given {
        slot,
        value: Some(last.clone()),
        text: String::new(),
        adds: false,
    });
    let informs = given.into_iter().map(Act::Inform);
    Some(
        std::iter::once(Act::Start { template: start })
            .chain(informs)
            .collect(),
    )
}

/// The slot of a template that holds the record it is about.
fn record_of<'t>(template: &'t Template, object: &str) -> Option<&'t Slot> {
    let mut slots = template.slots.values();
    slots.find(|slot| matches!(&slot.kind, SlotKind::Record { object: own, .. } if own == object))
}

/// "And the e-mail?", "her title": nothing but a field's name, asked of what reads one.
fn asked(
    moment: &Moment<'_>,
    words: &Words,
    object: &str,
    text: &str,
) -> Option<(String, Vec<Given>, String)> {
    let bare = text.trim_end_matches(['?', '.', '!', ' ']);
    let bare = words.without_politeness(&normal(words.follow_up(bare).unwrap_or(bare)));
    let mut said = bare.as_str();
    let opens = said.split(' ').next().unwrap_or_default();
    if words.asks(said) && words.is_question_word(opens) {
        said = said[opens.len()..].trim_start();
    }
    let first = said.split(' ').next().unwrap_or_default();
    if words.points_back(first) || words.determines(first) {
        said = said[first.len()..].trim_start();
    }
    let mut templates = moment.templates.current.values();
    templates.find_map(|template| {
        if template.does() != Does::Read {
            return None;
        }
        let record = record_of(template, object)?;
        let (field, name) = template.slots.values().find_map(|slot| {
            let SlotKind::Field { names, .. } = &slot.kind else {
                return None;
            };
            let name = names
                .iter()
                .find(|name| name.names.iter().any(|name| name == said))?;
            Some((slot, name))
        })?;
        let given = Given {
            slot: field.id.clone(),
            value: Some(Value::from(name.id.clone())),
            text: said.to_owned(),
            adds: false,
        };
        Some((template.id.clone(), vec![given], record.id.clone()))
    })
}

/// "Make that hot", "status working", "oh and set the city to Bath": all that is said are values of the record's fields.
fn changed(
    moment: &Moment<'_>,
    words: &Words,
    object: &str,
    text: &str,
) -> Option<(String, Vec<Given>, String)> {
    if text.trim_end().ends_with('?') {
        return None;
    }
    let mut templates = moment.templates.current.values();
    templates.find_map(|template| {
        if template.does() != Does::Update {
            return None;
        }
        let record = record_of(template, object)?;
        let mut given = Vec::new();
        for span in clauses(text, words) {
            let clause = words.beyond_second_thoughts(words.without_opening(&text[span]));
            if words.is_polite(&normal(clause)) {
                continue;
            }
            given.push(value_of(moment, template, clause, words)?);
        }
        (!given.is_empty()).then(|| (template.id.clone(), given, record.id.clone()))
    })
}

/// The one value that a clause is.
fn value_of(
    moment: &Moment<'_>,
    template: &Template,
    clause: &str,
    words: &Words,
) -> Option<Given> {
    let reader = reader(moment, template);
    let fields = || {
        let mut all = template.slots.values();
        std::iter::from_fn(move || all.next()).filter(|slot| slot.field.is_some())
    };
    let changing = words.without_change(clause);
    let verb = changing.len() < clause.len();
    let first = changing.split(' ').next().unwrap_or_default();
    let behind = changing[first.len()..].trim_start();
    let points = words.points_at_last(first) && !behind.is_empty();
    let said = if points { behind } else { changing };
    if let Some((slot, value)) = named(said, fields(), words) {
        let lower = words.without_opening(said).to_lowercase();
        let names = names_of(slot)
            .iter()
            .filter(|name| lower.starts_with(name.as_str()));
        let name = names.map(String::len).max().unwrap_or_default();
        // "City Bath" may be a search; "city is Bath" and "set city Bath" are none.
        let told = verb || lower.len() > name + 1 + value.len();
        let whose = value
            .split(' ')
            .next()
            .is_some_and(|word| words.is_function_word(&normal(word)));
        let formed = formed(slot);
        return (!value.is_empty() && !whose && (told || formed))
            .then(|| read(slot, value, &reader))?;
    }
    // "Make that hot": a value whose form says what it is.
    if !(points || verb) {
        return None;
    }
    let mut found = fields().filter(|slot| formed(slot)).filter_map(|slot| {
        let all = entity::find(slot, said, &reader);
        let whole = all
            .into_iter()
            .find(|reading| reading.certainty >= FORMED && reading.span == (0..said.len()))?;
        Some(Given {
            slot: slot.id.clone(),
            value: Some(whole.value),
            text: said.to_owned(),
            adds: false,
        })
    });
    let (Some(given), None) = (found.next(), found.next()) else {
        return None;
    };
    Some(given)
}

/// Whether the form of a slot's values tells them apart from other words.
fn formed(slot: &Slot) -> bool {
    matches!(
        slot.kind,
        SlotKind::Choice(_)
            | SlotKind::Email
            | SlotKind::Phone { .. }
            | SlotKind::Url
            | SlotKind::Amount { .. }
            | SlotKind::Date(_)
            | SlotKind::Percent(_)
    )
}
