//! Values behind the name of their slot: "title: head of tea", "her last name is Blum", "industry tea". Only the place of the
//! value is found here; the slot's type reads it.

use std::ops::Range;

use indexmap::IndexMap;

use crate::template::{Slot, SlotKind};
use crate::understanding::clause::names_of;
use crate::understanding::words::Words;

use super::{Names, Reader};

/// Slots that are named with a value in a text that is a form.
const FIELDS: usize = 3;
/// Certainty of a value in quotation marks behind a name, and of one in a text that is a form.
const QUOTED: f32 = 0.96;

/// Where values stand that a text labels with one of the slot's names, and how sure that is.
pub(super) fn places(
    slot: &Slot,
    names: &Names<'_>,
    reader: &Reader<'_>,
) -> Vec<(Range<usize>, f32)> {
    let (text, lower, words) = (names.text, names.lower(), names.words);
    if lower.len() != text.len() {
        return Vec::new();
    }
    let mut out: Vec<(Range<usize>, f32)> = named(slot, text, lower, reader, words);
    let mut seen: Vec<Range<usize>> = Vec::new();
    let all = names_of(slot).iter().filter(|name| !name.is_empty());
    for name in all.filter(|name| names.may_hold(name)) {
        for (at, _) in lower.match_indices(name.as_str()) {
            let end = at + name.len();
            if !is_word(lower, at..end) || seen.iter().any(|s| s.start < end && at < s.end) {
                continue;
            }
            seen.push(at..end);
            let place = value_start(text, lower, at, end, names.is_form(reader), words);
            if let Some((start, certainty)) = place {
                let length = value_length(slot, &text[start..], reader, words);
                let start = start + wrong_before(slot, &lower[start..start + length], words);
                let length = value_length(slot, &text[start..], reader, words);
                if length > 0 {
                    out.push((start..start + length, certainty));
                }
            }
        }
    }
    out
}

/// "A deal named Blue Door": where the template has one slot for a name, that is what "named" gives.
fn named(
    slot: &Slot,
    text: &str,
    lower: &str,
    reader: &Reader<'_>,
    words: &Words,
) -> Vec<(Range<usize>, f32)> {
    let is_name = |slot: &Slot| {
        matches!(slot.kind, SlotKind::Text { .. })
            && std::iter::once(&slot.label)
                .chain(&slot.called)
                .filter_map(|name| name.rsplit(' ').next())
                .any(|last| last.eq_ignore_ascii_case(&words.around.name_noun))
    };
    if !is_name(slot) {
        return Vec::new();
    }
    if let Some(span) = alone_in_quotes(text, lower, reader, words) {
        return vec![(span, QUOTED)];
    }
    let cues = words.around.called.iter();
    cues.filter_map(|cue| {
        let start = lower.find(cue.as_str())? + cue.len();
        let length = value_length(slot, &text[start..], reader, words);
        // "Named Blue Door for Fern Foods": what it is for is no part of its name.
        let ends = words.around.called_ends.iter();
        let length = ends
            .filter_map(|end| lower[start..start + length].find(end.as_str()))
            .min()
            .unwrap_or(length);
        (length > 0).then_some((start..start + length, 0.96))
    })
    .take(1)
    .collect()
}

/// The one thing in quotation marks, where nothing before it says that it is another slot's, or a party's.
fn alone_in_quotes(
    text: &str,
    lower: &str,
    reader: &Reader<'_>,
    words: &Words,
) -> Option<Range<usize>> {
    let starts = text.char_indices().filter(|(at, c)| {
        "\"“'‘«".contains(*c) && text[..*at].ends_with([' ', ':']) && quoted(&text[*at..]).is_some()
    });
    let (at, _) = starts.into_iter().next()?;
    let length = quoted(&text[at..])?;
    let rest = &text[at + length..];
    let head = lower[..at].trim_end_matches([' ', ':']);
    let cue = head.rsplit(' ').next()?;
    let other = reader.slots.into_iter().flat_map(IndexMap::values);
    let labelled = other
        .flat_map(names_of)
        .filter(|name| !name.is_empty())
        .any(|name| !name.ends_with(&words.around.name_noun) && head.ends_with(name.as_str()));
    let party = words.around.parties.contains(cue);
    let more = rest.contains(['"', '“', '«']);
    (!labelled && !party && !more).then_some(at..at + length)
}

/// Whether a text is a form that somebody fills: names of at least three slots, each with its value right behind.
pub(super) fn is_form(lower: &str, reader: &Reader<'_>, words: &Words) -> bool {
    let slots = reader.slots.into_iter().flat_map(IndexMap::values);
    let filled = slots.filter(|slot| {
        !matches!(slot.kind, SlotKind::Field { .. })
            && names_of(slot).iter().any(|name| {
                !name.is_empty()
                    && lower.match_indices(name.as_str()).any(|(at, _)| {
                        let end = at + name.len();
                        let next = lower[end..].split_whitespace().next().unwrap_or_default();
                        let joint = lower[end..].starts_with(' ') && at > 0;
                        is_word(lower, at..end)
                            && joint
                            && !words.is_function_word(next)
                            && next.starts_with(|c: char| c.is_alphanumeric() || "+$€£".contains(c))
                    })
            })
    });
    filled.count() >= FIELDS
}

/// "Last name: Blumm should be Blum": the bytes up to what is right.
fn wrong_before(slot: &Slot, value: &str, words: &Words) -> usize {
    if is_long(slot) {
        return 0;
    }
    let cues = words.around.corrected.iter();
    cues.filter_map(|cue| Some(value.find(cue.as_str())? + cue.len()))
        .max()
        .unwrap_or(0)
}

/// Whether a slot holds notes.
fn is_long(slot: &Slot) -> bool {
    matches!(slot.kind, SlotKind::Text { max_length: Some(max), .. } if max > 1000)
}

fn is_word(text: &str, span: Range<usize>) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word(text[..span.start].chars().next_back()) && !word(text[span.end..].chars().next())
}

/// Where the value begins behind a name, by the sign or word between.
fn value_start(
    text: &str,
    lower: &str,
    at: usize,
    end: usize,
    is_form: bool,
    words: &Words,
) -> Option<(usize, f32)> {
    let rest = &lower[end..];
    let trimmed = rest.trim_start();
    let behind = |value: &str, certainty| {
        let start = text.len() - value.trim_start().len();
        (start < text.len()).then_some((start, certainty))
    };
    let around = &words.around;
    for (sign, certainty) in &around.signs {
        if let Some(value) = trimmed.strip_prefix(sign.as_str()) {
            return behind(value, *certainty);
        }
    }
    // "country from Chile to Peru": the new value stands last.
    if trimmed.starts_with(&around.changed_from)
        && let Some(to) = trimmed.find(&around.changed_to)
    {
        return behind(&trimmed[to + around.changed_to.len()..], 0.96);
    }
    let mut then = around.whose_value.iter();
    if around
        .whose
        .iter()
        .any(|whose| trimmed.starts_with(whose.as_str()))
        && let Some(value) = then.find_map(|then| {
            let to = trimmed.find(then.as_str())?;
            Some(&trimmed[to + then.len()..])
        })
    {
        return behind(value, 0.95);
    }
    // Without a sign, only where the name opens a clause: ", industry tea" and "with title buyer", not "the title buyer has".
    let head = lower[..at].trim_end();
    let opens = head.is_empty()
        || head.ends_with([',', ';', '.', '\n', '(', ':', '-'])
        || around
            .before_labels
            .iter()
            .any(|word| head.ends_with(word.as_str()));
    // A name of two words at the start is a label: "deal name Blue Door".
    let two = lower[at..end].contains(' ');
    if rest.starts_with(' ') && quoted(&text[text.len() - trimmed.len()..]).is_some() {
        return Some((text.len() - trimmed.len(), QUOTED));
    }
    let next: String = trimmed
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '\'')
        .collect();
    let starts_value = rest.starts_with(' ') && !next.is_empty() && !words.is_function_word(&next);
    let form = is_form || opens && (!head.is_empty() || two);
    (form && starts_value).then_some((text.len() - trimmed.len(), if is_form { 0.95 } else { 0.9 }))
}

/// How far the value goes: to the end of its clause, for a long text to the end of all.
fn value_length(slot: &Slot, text: &str, reader: &Reader<'_>, words: &Words) -> usize {
    if is_long(slot) {
        return text.trim_end().len();
    }
    if let Some(quoted) = quoted(text) {
        return quoted;
    }
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        let after = text[at + c.len_utf8()..].chars().next();
        let spaced = after.is_none_or(char::is_whitespace);
        let abbreviated = c == '.'
            && text[..at].rsplit([' ', '.']).next().is_some_and(|w| {
                w.chars().count() < 3 || words.around.stopped.contains(&w.to_lowercase())
            });
        // "Adam, Blythe & Co.": partners' names are parted by commas.
        let partners = c == ','
            && text[at..]
                .split([',', '.', ';', '\n'])
                .nth(1)
                .is_some_and(|next| next.contains(" & "))
            && matches!(slot.kind, SlotKind::Organization);
        if matches!(c, '\n' | ';' | '(')
            || (c == ',' && spaced && !partners)
            || (matches!(c, '.' | '!' | '?') && spaced && !abbreviated)
        {
            end = at;
            break;
        }
    }
    let clause = &text[..end];
    let lower = clause.to_lowercase();
    if lower.len() == clause.len() {
        let slots = reader.slots.into_iter().flat_map(IndexMap::values);
        let others: Vec<&str> = slots
            .filter(|other| other.id != slot.id)
            .flat_map(names_of)
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect();
        // "title buyer and the city is …", "first name ida last name blum".
        for (at, _) in lower.match_indices(' ') {
            let rest = lower[at..].trim_start();
            let start = lower.len() - rest.len();
            let mut clauses = words.around.next_clauses.iter();
            let joins = clauses.any(|next| rest.starts_with(next.as_str()));
            if at > 0 && (joins || opens_label(&others, clause, &lower, start, words)) {
                end = at;
                break;
            }
        }
    }
    let value = words
        .without_rejected(&text[..end])
        .trim_end_matches([' ', '.', '!', '?', '"', '”', ')']);
    let value = value
        .strip_suffix(words.around.hanging.as_str())
        .unwrap_or(value);
    // "Her title is COO now".
    match slot.kind {
        SlotKind::Text { .. } | SlotKind::City | SlotKind::LastName | SlotKind::FirstName => {
            words.without_trailing(value).len()
        }
        _ => value.len(),
    }
}

/// The length of what a text begins with in quotation marks, marks and all.
fn quoted(text: &str) -> Option<usize> {
    let pairs = [('"', '"'), ('“', '”'), ('\'', '\''), ('‘', '’'), ('«', '»')];
    let (open, close) = pairs
        .into_iter()
        .find(|(open, _)| text.starts_with(*open))?;
    let inner = &text[open.len_utf8()..];
    let ends = inner.match_indices(close).find(|(at, sign)| {
        let behind = inner[at + sign.len()..].chars().next();
        *at > 0 && behind.is_none_or(|c| !c.is_alphanumeric())
    });
    ends.map(|(at, sign)| open.len_utf8() + at + sign.len())
}

/// Whether another slot's name stands here with a value of its own behind it. A capital without a sign is part of a name:
/// "company Blue Phone Repair".
fn opens_label(others: &[&str], text: &str, lower: &str, at: usize, words: &Words) -> bool {
    others.iter().any(|name| {
        let Some(behind) = lower[at..].strip_prefix(*name) else {
            return false;
        };
        let mut signs = words.around.signs.iter();
        let signed = signs.any(|(sign, _)| behind.trim_start().starts_with(sign.as_str()));
        let small =
            text[at..].starts_with(char::is_lowercase) || !text.chars().any(char::is_lowercase);
        let ends_sentence = text[..at].trim_end().ends_with('.');
        behind.starts_with([' ', ':', '=', '\''])
            && behind.len() > 1
            && (signed || small || ends_sentence)
    })
}
