//! A correction that names no slot: "actually it's Initech" while the phone is asked. Which filled slot it sets right is
//! told by what the value shares with the old one, by its kind, and by what was asked last.

use crate::Value;
use crate::conversation::Dialog;
use crate::template::{Slot, SlotKind, Template};

use super::act::Given;
use super::clause::{STRONG, read};
use super::entity::{self, Reader};
use super::holds::{is_name, is_note, says_something};
use super::message::{Moment, reader};
use super::whole_name::parts;
use super::words::{Words, normal};

/// Most words of a value that is said so.
const MOST: usize = 6;
/// Letters of a word from which one that is a letter off may be the same, misspelt.
const KNOWN: usize = 3;

/// What a text says in place of a value given before, where it opens as a correction and is no answer to what is asked.
pub(super) fn retaken(
    moment: &Moment<'_>,
    template: &Template,
    asked: &Slot,
    text: &str,
    words: &Words,
) -> Option<Vec<Given>> {
    let dialog = moment.conversation.dialogs.last()?;
    let (value, points) = corrected(text, words)?;
    let few = value.split_whitespace().count() <= MOST;
    if !few || words.asks(text) || words.refuses(value) || words.is_verb(first_word(value)) {
        return None;
    }
    let reader = reader(moment, template);
    let answers = entity::read(asked, value, &reader).is_ok();
    // A question that was answered badly is what an open value goes to; so is one whose type reads the value.
    let again = dialog.misses.contains_key(&asked.id);
    if answers && (again || !is_open(asked) || is_note(asked)) {
        return None;
    }
    let filled: Vec<(&Slot, &Value)> = template
        .slots
        .values()
        .filter(|slot| slot.id != asked.id && !matches!(slot.kind, SlotKind::Field { .. }))
        .filter(|slot| says_something(slot, value, template, words))
        .filter_map(|slot| Some((slot, dialog.value(&slot.id)?)))
        .collect();
    let shares = |(slot, old): &&(&Slot, &Value)| is_open(slot) && is_like(old, value);
    let like = filled.iter().find(shares).map(|(slot, _)| *slot);
    let formed = || {
        let mut of_form = filled.iter().filter(|(slot, _)| !is_open(slot));
        of_form.find_map(|(slot, _)| is_whole(slot, value, &reader).then_some(*slot))
    };
    let slot = like.or_else(formed).or_else(|| {
        // "Actually, head of sales" may be the answer; "actually it's …" speaks of what was said.
        let speaks_of_it = points && !is_whole(asked, value, &reader);
        (!answers || speaks_of_it).then(|| last_open(&filled, dialog, value, words))?
    })?;
    if matches!(slot.kind, SlotKind::FirstName | SlotKind::LastName)
        && let Some(names) = parts(template, value, &reader, words)
    {
        return Some(names.into());
    }
    Some(vec![read(slot, value, &reader)?])
}

/// What stands behind the opening of a correction, and whether a word there points at what was said: "it's", "make it".
fn corrected<'t>(text: &'t str, words: &Words) -> Option<(&'t str, bool)> {
    let text = words.without_hedge(text.trim().trim_end_matches(['.', '!', ' ']));
    let at = |rest: &str, count: usize| {
        let mut places = rest.split_whitespace();
        let next = places.nth(count)?;
        Some(next.as_ptr() as usize - rest.as_ptr() as usize)
    };
    let plain = |rest: &str| rest.split_whitespace().map(normal).collect::<Vec<_>>();
    let mut rest = words.retaken(text).unwrap_or(text);
    let said = plain(rest);
    // "Sorry" may be kindness; two words for it, or "make that", are not.
    if let Some((count, strong)) = words.amends(&mut said.iter().map(String::as_str))
        && (strong || count > 1)
    {
        rest = &rest[at(rest, count)?..];
    }
    if rest.len() == text.len() {
        return None;
    }
    let said = plain(rest);
    let count = words.behind_amends(&mut said.iter().map(String::as_str));
    let value = &rest[at(rest, count)?..];
    Some((value, count > 0))
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// Kinds whose values have no form of their own.
fn is_open(slot: &Slot) -> bool {
    matches!(
        slot.kind,
        SlotKind::Text { .. } | SlotKind::Organization | SlotKind::City | SlotKind::Record { .. }
    ) || is_name(slot)
}

/// Whether all of a text is surely a value of a slot.
fn is_whole(slot: &Slot, text: &str, reader: &Reader<'_>) -> bool {
    let found = entity::find(slot, text, reader);
    found
        .iter()
        .any(|reading| reading.certainty >= STRONG && reading.span.len() == text.len())
}

/// Whether two values share a word, or have one that is a letter off.
fn is_like(old: &Value, new: &str) -> bool {
    let text = match old {
        Value::Object(of) => of.get("Name").or_else(|| of.get("text")),
        other => Some(other),
    };
    let Some(old) = text.and_then(Value::as_str).map(normal) else {
        return false;
    };
    let new = normal(new);
    old.split(' ').any(|old| {
        new.split(' ').any(|new| {
            let near = || strsim::damerau_levenshtein(new, old) == 1;
            old.chars().count() >= KNOWN && (new == old || near())
        })
    })
}

/// The slot without a form that a value goes to: a person's where it begins like one, else what was asked last, a company
/// before other things.
fn last_open<'t>(
    filled: &[(&'t Slot, &Value)],
    dialog: &Dialog,
    value: &str,
    words: &Words,
) -> Option<&'t Slot> {
    let person = words
        .first_names
        .contains(&first_word(value).to_lowercase());
    let of_person = |slot: &Slot| is_name(slot) || matches!(slot.kind, SlotKind::Record { .. });
    let open = || {
        let slots = filled.iter().map(|(slot, _)| *slot);
        slots.filter(|slot| is_open(slot) && !is_note(slot) && of_person(slot) == person)
    };
    let when_asked = |slot: &Slot| dialog.asked.iter().rposition(|id| *id == slot.id);
    let organization = |slot: &Slot| matches!(slot.kind, SlotKind::Organization);
    open()
        .max_by_key(|slot| (when_asked(slot), organization(slot)))
        .or_else(|| {
            // A name that no list knows is a person's where nothing else was given.
            let mut names = filled.iter().map(|(slot, _)| *slot);
            (!person).then(|| names.find(|slot| of_person(slot)))?
        })
}
