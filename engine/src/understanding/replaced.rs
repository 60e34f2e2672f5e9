//! A value set right by naming the old one or its slot: "Otto not Oskar", "I misspelled Blum, it's Blume", "the deal name has
//! a typo, should be Green Tea". What else the text says is left for the answer.

use crate::Value;
use crate::template::{Slot, SlotKind, Template};

use super::act::Given;
use super::clause::{names_of, read};
use super::entity::Reader;
use super::message::Moment;
use super::words::{Words, normal};

/// Letters of a word of an old value that are enough to know it by.
const KNOWN: usize = 3;

/// A value set right, and what of the text is not about it.
#[derive(Debug, PartialEq)]
pub(super) struct Replaced {
    pub(super) given: Given,
    pub(super) rest: String,
}

/// What a text sets right among the filled slots of the dialog.
pub(super) fn replaced(
    moment: &Moment<'_>,
    template: &Template,
    asked: Option<&str>,
    text: &str,
    reader: &Reader<'_>,
) -> Option<Replaced> {
    let words = Words::of(moment.locale);
    let lower = text.to_lowercase().replace('’', "'");
    // Places in one must be places in the other.
    if lower.len() != text.replace('’', "'").len() {
        return None;
    }
    let owned = text.replace('’', "'");
    let text = owned.as_str();
    let dialog = moment.conversation.dialogs.last()?;
    let filled = template.slots.values().filter_map(|slot| {
        let value = dialog.value(&slot.id)?;
        Some((slot, old_text(value)?))
    });
    for (slot, old) in filled {
        if matches!(slot.kind, SlotKind::Field { .. }) {
            continue;
        }
        for (start, end) in mentions(&lower, &old, slot) {
            let found = instead(text, &lower, start, end, words)
                .or_else(|| mended(text, &lower, end, words));
            if let Some((new, rest)) = found
                && let Some(given) = read(slot, new, reader)
                && given.value.as_ref().and_then(old_text).as_ref() != Some(&old)
            {
                return Some(Replaced {
                    given,
                    rest: rest.trim_matches([' ', ',', ';', '.']).to_owned(),
                });
            }
        }
    }
    by_name(template, asked, text, &lower, words, reader)
}

/// The words that a value was given with, lower case.
fn old_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => Some(text.as_str()),
        Value::Object(of) => of
            .get("text")
            .or_else(|| of.get("Name"))
            .and_then(Value::as_str),
        _ => None,
    };
    text.map(str::to_lowercase)
        .filter(|text| text.chars().count() >= KNOWN)
}

/// Where an old value is named: all of it, or a word of a name.
fn mentions(lower: &str, old: &str, slot: &Slot) -> Vec<(usize, usize)> {
    let named = matches!(
        slot.kind,
        SlotKind::Record { .. } | SlotKind::FullName | SlotKind::LastName | SlotKind::Organization
    );
    let parts = old
        .split(' ')
        .filter(|word| named && word.chars().count() >= KNOWN);
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    std::iter::once(old)
        .chain(parts)
        .filter_map(|part| {
            let start = lower.find(part)?;
            let end = start + part.len();
            let whole =
                !word(lower[..start].chars().next_back()) && !word(lower[end..].chars().next());
            whole.then_some((start, end))
        })
        .collect()
}

/// "NEW not OLD", "not OLD, NEW", "not OLD but NEW".
fn instead<'t>(
    text: &'t str,
    lower: &str,
    start: usize,
    end: usize,
    words: &Words,
) -> Option<(&'t str, &'t str)> {
    let head = lower[..start].trim_end();
    let before = head
        .strip_suffix("not")
        .or_else(|| head.strip_suffix("instead of"))?;
    let before = before.trim_end_matches([' ', ',']).len();
    let from = text[..before]
        .rfind([',', ';', '.', '!'])
        .map_or(0, |at| at + 1);
    let chunk = words.without_change(text[from..before].trim());
    let says = |piece: &str| {
        normal(piece)
            .split(' ')
            .any(|word| !word.is_empty() && !words.is_function_word(word))
    };
    let after = text[end..].trim_start_matches([',', ';', ' ', '-', '–', '—', '.']);
    if says(chunk) && chunk.split(' ').count() < 6 {
        return Some((chunk, after));
    }
    let after = words.without_change(after.strip_prefix("but ").unwrap_or(after));
    let to = after.find([',', ';']).unwrap_or(after.len());
    says(&after[..to]).then(|| (&after[..to], &after[to..]))
}

/// "… Blum wrong, it's Blume": what stands behind the sign that it is meant instead.
fn mended<'t>(text: &'t str, lower: &str, end: usize, words: &Words) -> Option<(&'t str, &'t str)> {
    if !words.tells_mistake(lower) {
        return None;
    }
    let (at, cue) = words.instead(&lower[end..])?;
    Some((text[end + at + cue..].trim_matches([' ', '.', '!']), ""))
}

/// Whether a name stands in a text as words of its own.
fn has_word(text: &str, name: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(name).any(|(at, _)| {
        let end = at + name.len();
        !word(text[..at].chars().next_back()) && !word(text[end..].chars().next())
    })
}

/// "The deal name has a typo, should be Green Tea", "I made a mistake, the firm is Fern".
fn by_name(
    template: &Template,
    asked: Option<&str>,
    text: &str,
    lower: &str,
    words: &Words,
    reader: &Reader<'_>,
) -> Option<Replaced> {
    let mut found: Option<(&Slot, usize, usize)> = None;
    for slot in template
        .slots
        .values()
        .filter(|slot| Some(slot.id.as_str()) != asked)
    {
        if matches!(slot.kind, SlotKind::Field { .. }) {
            continue;
        }
        for name in names_of(slot) {
            let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let Some(start) = lower.find(name.as_str()) else {
                continue;
            };
            let end = start + name.len();
            let whole =
                !word(lower[..start].chars().next_back()) && !word(lower[end..].chars().next());
            if whole && found.is_none_or(|(_, from, to)| to - from < name.len()) {
                found = Some((slot, start, end));
            }
        }
    }
    let (slot, _, end) = found?;
    let (at, cue) = words.instead(&lower[end..])?;
    // "First name is Ida, title is buyer": each has its own value.
    let between = &lower[end..end + at];
    let others = template.slots.values().filter(|other| other.id != slot.id);
    if others
        .flat_map(names_of)
        .any(|name| has_word(between, name))
    {
        return None;
    }
    // "The rating is hot" is plain; a slip is told by a word for it, or by what stands between.
    if !(words.tells_mistake(lower) || at > 0 && lower[end..end + at].contains(' ')) {
        return None;
    }
    let new = text[end + at + cue..].trim_matches([' ', '.', '!']);
    let given = read(slot, new, reader)?;
    Some(Replaced {
        given,
        rest: String::new(),
    })
}
