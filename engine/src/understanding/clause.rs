//! Clauses of a text and what they name: "city is Bath", "surname Blum", "no phone", "hot". A clause is cut where people
//! cut, and belongs to a slot only if it names it or its form says so.

use std::ops::Range;

use crate::template::{Slot, SlotKind, Template};

use super::about::is_party;
use super::act::Given;
use super::entity::{self, Names, Reader};
use super::holds::{is_note, names_it};
use super::words::Words;

/// Certainty from which the form of a value says what it is.
pub(super) const STRONG: f32 = 0.9;

/// Where a text can be cut: bytes of each clause, in order, without the joints.
pub(super) fn clauses(text: &str, words: &Words) -> Vec<Range<usize>> {
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < text.len() {
        let joint = words.joint(&text[at..]);
        if joint > 0 && !is_cut_short(text, start, at, words) {
            push(text, start..at, &mut clauses);
            at += joint;
            start = at;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    push(text, start..text.len(), &mut clauses);
    clauses
}

/// Whether the full stop there belongs to a word of a job that is cut short and goes on: "Sr. Engineer", "Dir. of Tea".
fn is_cut_short(text: &str, start: usize, at: usize, words: &Words) -> bool {
    let Some(next) = text[at..].strip_prefix(". ") else {
        return false;
    };
    let last = text[start..at].rsplit(' ').next().unwrap_or_default();
    let next = next
        .split([' ', ',', '.'])
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let goes_on = words.title_words.contains(&next)
        || words.job_fields.contains(&next)
        || words.job_abbreviations.contains(&next)
        || words.around.rank_joints.contains(&next);
    goes_on && words.job_abbreviations.contains(&last.to_lowercase())
}

fn push(text: &str, span: Range<usize>, clauses: &mut Vec<Range<usize>>) {
    let piece = &text[span.clone()];
    let trimmed = piece.trim();
    if !trimmed.is_empty() {
        let start = span.start + (piece.len() - piece.trim_start().len());
        clauses.push(start..start + trimmed.len());
    }
}

/// What a clause gives to a slot other than the awaited: by naming it, or by its form.
pub(super) fn gives(
    clause: &str,
    template: &Template,
    awaited: Option<&str>,
    words: &Words,
    reader: &Reader<'_>,
) -> Option<Given> {
    let others = || {
        template
            .slots
            .values()
            .filter(|slot| Some(slot.id.as_str()) != awaited)
    };
    let found = named(clause, others(), words)
        .or_else(|| named(words.without_change(clause), others(), words));
    if let Some((slot, rest)) = found {
        if rest.is_empty() {
            return None;
        }
        return read(slot, rest, reader);
    }
    let names = Names::of(clause, words);
    others()
        .find_map(|slot| formed(slot, &names, reader))
        .or_else(|| job(clause, others(), words, reader))
        .or_else(|| party(clause, template, others(), words, reader))
        .or_else(|| located(clause, others(), words, reader))
        .or_else(|| {
            let company = words.behind_company_cue(clause)?;
            let mut of_kind = others().filter(|slot| matches!(slot.kind, SlotKind::Organization));
            let (Some(slot), None) = (of_kind.next(), of_kind.next()) else {
                return None;
            };
            read(slot, company, reader)
        })
}

/// "She's the CTO there": a job behind who has it.
fn job<'t>(
    clause: &str,
    others: impl Iterator<Item = &'t Slot>,
    words: &Words,
    reader: &Reader<'_>,
) -> Option<Given> {
    let said = words.without_opening(clause);
    let told = words.without_telling(said);
    if told.as_ptr() == said.as_ptr() {
        return None;
    }
    let told = words.without_article(told);
    others
        .filter(|slot| matches!(slot.kind, SlotKind::Text { .. }))
        .find_map(|slot| {
            let found = entity::find(slot, told, reader);
            let whole = found.into_iter().find(|r| r.span == (0..told.len()))?;
            Some(Given {
                slot: slot.id.clone(),
                value: Some(whole.value),
                text: told.to_owned(),
                adds: false,
            })
        })
}

/// "In Bath", "based in Bath": the town behind what leads to one.
fn located<'t>(
    clause: &str,
    others: impl Iterator<Item = &'t Slot>,
    words: &Words,
    reader: &Reader<'_>,
) -> Option<Given> {
    let clause = words.without_opening(clause);
    let (before, town) = clause
        .rsplit_once("in ")
        .or_else(|| clause.rsplit_once("near "))?;
    let leads = before
        .split_whitespace()
        .all(|word| words.place_cues.contains(&word.to_lowercase()));
    let known = words.cities.contains(&town.to_lowercase());
    let named = town.starts_with(char::is_uppercase) && town.split(' ').count() < 4;
    let mut towns = others.filter(|slot| matches!(slot.kind, SlotKind::City));
    (leads && (known || named))
        .then(|| read(towns.next()?, town, reader))
        .flatten()
}

/// "For Fern Foods": whom a new thing is for.
fn party<'t>(
    clause: &str,
    template: &Template,
    others: impl Iterator<Item = &'t Slot>,
    words: &Words,
    reader: &Reader<'_>,
) -> Option<Given> {
    let (cue, name) = clause.split_once(' ')?;
    let cue = cue.to_lowercase();
    let mut slots = others.filter(|slot| is_party(slot, template));
    let (Some(slot), None) = (slots.next(), slots.next()) else {
        return None;
    };
    let leads = words.with_party.contains(&cue) || words.to_party.contains(&cue);
    (leads && name.split(' ').count() < 6)
        .then(|| read(slot, words.without_article(name), reader))
        .flatten()
}

/// A value with a form of its own that a text ends with, and where the words that lead to it begin: "Blue Door for 30k".
pub(super) fn at_the_end(
    text: &str,
    template: &Template,
    awaited: &str,
    words: &Words,
    reader: &Reader<'_>,
) -> Option<(usize, Given)> {
    let typed = |slot: &&Slot| {
        slot.id != awaited
            && matches!(
                slot.kind,
                SlotKind::Amount { .. }
                    | SlotKind::Date(_)
                    | SlotKind::Email
                    | SlotKind::Phone { .. }
            )
    };
    let whole = text.trim_end_matches([' ', '.', '!']);
    let names = Names::of(text, words);
    template.slots.values().filter(typed).find_map(|slot| {
        let found = entity::find_in(slot, &names, reader)
            .into_iter()
            .find(|reading| reading.certainty >= STRONG && reading.span.end == whole.len())?;
        let before = text[..found.span.start].trim_end();
        let cue = before.rsplit(' ').next()?;
        (words.leads_to_value(cue) && before.len() > cue.len()).then(|| {
            let given = Given {
                slot: slot.id.clone(),
                value: Some(found.value),
                text: text[found.span].to_owned(),
                adds: false,
            };
            (before.len() - cue.len(), given)
        })
    })
}

/// The slot that a clause begins by naming, and what stands behind its name.
pub(super) fn named<'t, 'c>(
    clause: &'c str,
    slots: impl Iterator<Item = &'t Slot>,
    words: &Words,
) -> Option<(&'t Slot, &'c str)> {
    let clause = words.without_opening(clause);
    let lower = clause.to_lowercase();
    if lower.len() != clause.len() {
        return None;
    }
    slots
        .flat_map(|slot| names_of(slot).iter().map(move |name| (slot, name)))
        .filter(|(_, name)| lower.starts_with(name.as_str()))
        .filter(|(_, name)| !lower[name.len()..].starts_with(|c: char| c.is_alphanumeric()))
        .max_by_key(|(_, name)| name.len())
        .map(|(slot, name)| (slot, words.after_verb(&clause[name.len()..])))
}

/// A clause that is nothing but a value whose form says what it is.
fn formed(slot: &Slot, names: &Names<'_>, reader: &Reader<'_>) -> Option<Given> {
    let clause = names.text;
    let form = matches!(
        slot.kind,
        SlotKind::Email
            | SlotKind::Phone { .. }
            | SlotKind::Url
            | SlotKind::Choice(_)
            | SlotKind::Amount { .. }
            | SlotKind::Date(_)
            | SlotKind::Country
    );
    if !form {
        return None;
    }
    let found = entity::find_in(slot, names, reader)
        .into_iter()
        .find(|reading| reading.certainty >= STRONG)?;
    // Small words around it do not count: "for 30k", "on friday".
    let around = clause.len() - found.span.len();
    let most = match slot.kind {
        SlotKind::Email | SlotKind::Phone { .. } | SlotKind::Url => 14,
        _ => 6,
    };
    (around <= most).then(|| Given {
        slot: slot.id.clone(),
        value: Some(found.value),
        text: clause[found.span].to_owned(),
        adds: false,
    })
}

/// What a text gives to a slot that it names: the whole of it, else a value in it.
pub(super) fn read(slot: &Slot, text: &str, reader: &Reader<'_>) -> Option<Given> {
    let text = if is_note(slot) {
        text
    } else {
        Words::of(reader.locale).without_rejected(text)
    };
    let given = |value, text: &str| Given {
        slot: slot.id.clone(),
        value: Some(value),
        text: text.to_owned(),
        adds: false,
    };
    if let Ok(reading) = entity::read(slot, text, reader) {
        return Some(given(reading.value, text));
    }
    let found = entity::find(slot, text, reader)
        .into_iter()
        .find(|reading| reading.certainty >= STRONG)?;
    Some(given(found.value.clone(), &text[found.span]))
}

/// All that people call a slot, lower case, longest first.
pub(super) fn names_of(slot: &Slot) -> &[String] {
    slot.names.get(|| {
        let mut names: Vec<String> = std::iter::once(&slot.label)
            .chain(&slot.called)
            .map(|name| name.to_lowercase())
            .collect();
        names.push(slot.id.replace('_', " "));
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names.dedup();
        names
    })
}

/// "No phone", "skip the title": the slot that is named to be left out.
pub(super) fn left_out(template: &Template, text: &str, words: &Words) -> Option<String> {
    let lower = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    let polite = words.without_politeness(&lower);
    // "No account yet".
    let polite = words.without_telling(&polite);
    let rest = words
        .negation(polite)
        .or_else(|| words.left_empty(polite))?;
    template
        .slots
        .values()
        .filter(|slot| !names_it(slot, template))
        .find(|slot| names_of(slot).iter().any(|name| name == rest))
        .map(|slot| slot.id.clone())
}
