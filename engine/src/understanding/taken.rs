//! The values taken from a text so far, none over another, and how a place becomes a value: its slot's type reads it, without
//! the small words around it.

use std::ops::Range;

use crate::Value;
use crate::template::{Slot, SlotKind, Template};

use super::about::is_noun;
use super::act::Given;
use super::clause::names_of;
use super::entity::{self, Reader, Reading};
use super::holds::{is_note, is_person, is_the_record, is_title, names_it, says_something};
use super::learned::Learned;
use super::meant::is_about_records;
use super::words::{Words, normal};

/// Certainty of a choice that is named letter by letter.
const NAMED: f32 = 0.9;
/// Certainty of a choice that its slot's name stands before.
const SAID: f32 = 0.7;
/// Certainty from which a find is taken where the tagger left its words alone.
const LIKELY: f32 = 0.85;
/// Most words that the tagger leaves out at the end of a name.
const MORE: usize = 2;

/// The values taken so far, none over another.
pub(super) struct Taken<'t> {
    pub(super) text: &'t str,
    pub(super) spans: Vec<Range<usize>>,
    pub(super) given: Vec<Given>,
}

impl Taken<'_> {
    /// Takes what stands at a place, as the slot's type reads it.
    pub(super) fn read(
        &mut self,
        id: &str,
        span: Range<usize>,
        template: &Template,
        reader: &Reader<'_>,
        (learned, words): (&Learned, &Words),
    ) {
        let Some(slot) = template.slots.get(id) else {
            return;
        };
        // An address that is no new value names the record.
        let slot = if is_the_record(slot, template, self.text, &span, words) {
            let mut slots = template.slots.values();
            slots.find(|slot| names_it(slot, template)).unwrap_or(slot)
        } else {
            slot
        };
        // Nothing is taken off a free value of what is about no records: any words may be part of it.
        let free = matches!(slot.kind, SlotKind::Text { .. }) && !is_about_records(template);
        let piece = &self.text[span.clone()];
        let piece = if free {
            piece
        } else {
            bare(piece, slot, template, learned, words)
        };
        let slot = meant_slot(slot, piece, template, self, words, reader);
        // Notes are long and may be anything: nobody looks for records by one without saying so, and names are none.
        if is_note(slot)
            && (!template.does().writes()
                || is_company(piece, words)
                || !may_be_note(slot, piece, template, self, reader, words))
        {
            return;
        }
        // "Dr." alone is nobody's name.
        if is_person(slot) && words.honorifics.contains(&normal(piece)) {
            return;
        }
        // A record's new name is told as such.
        if is_person(slot) && template.slots.values().any(|slot| names_it(slot, template)) {
            let said = format!(" {} ", normal(self.text));
            let mut names = names_of(slot).iter();
            if !names.any(|name| said.contains(&format!(" {name} "))) {
                return;
            }
        }
        // "Title CFO and": what joins it to the next value is no part of it.
        let piece = if free {
            piece
        } else {
            words.without_joint(piece)
        };
        if piece.is_empty() || !says_something(slot, piece, template, words) {
            return;
        }
        let start = piece.as_ptr() as usize - self.text.as_ptr() as usize;
        let mut span = start..start + piece.len();
        if is_title(slot) && is_about_records(template) {
            span.end = self.end_of(span.clone(), words);
            let whole = &self.text[span.clone()];
            let bare = whole.trim_start_matches(['\'', '"', '“', '‘']);
            if bare.len() < whole.len() {
                span.start = span.end - bare.len();
                span.end = span.start + bare.trim_end_matches(['\'', '"', '”', '’']).len();
            }
        }
        // "New lead tom lee": a last name of two words, where the first name is wanted as well, is a whole one.
        let mut slots = template.slots.values();
        if matches!(slot.kind, SlotKind::LastName)
            && let Some(first) =
                slots.find(|s| matches!(s.kind, SlotKind::FirstName) && self.is_open(s))
            && let Some(end) = entity::first_name_of(&self.text[span.clone()], words)
            && let Ok(reading) =
                entity::read(first, &self.text[span.start..span.start + end], reader)
        {
            self.take(first, span.start..span.start + end, &reading.value);
            span.start += end + 1;
        }
        let piece = &self.text[span.clone()];
        let found = entity::find(slot, piece, reader);
        let own = found
            .into_iter()
            .find(|reading| reading.span.len() == span.len());
        let value = own.or_else(|| entity::read(slot, piece, reader).ok());
        if let Some(reading) = value {
            self.take(slot, span, &reading.value);
        }
    }

    pub(super) fn take(&mut self, slot: &Slot, span: Range<usize>, value: &Value) {
        if self.is_free(&span) && self.is_open(slot) {
            self.given.push(Given {
                slot: slot.id.clone(),
                value: Some(value.clone()),
                text: self.text[span.clone()].to_owned(),
                adds: false,
            });
            self.spans.push(span);
        }
    }

    pub(super) fn is_free(&self, span: &Range<usize>) -> bool {
        let apart = |t: &Range<usize>| span.end <= t.start || t.end <= span.start;
        self.spans.iter().all(apart)
    }

    pub(super) fn is_open(&self, slot: &Slot) -> bool {
        !self.given.iter().any(|g| g.slot == slot.id)
    }

    /// Where a name given to a thing ends: its last words are its own up to a sign or the next value.
    pub(super) fn end_of(&self, span: Range<usize>, words: &Words) -> usize {
        let rest = &self.text[span.end..];
        let next = self
            .spans
            .iter()
            .map(|s| s.start)
            .filter(|s| *s >= span.end);
        let stop = next.min().unwrap_or(self.text.len()) - span.end;
        let rest = &rest[..rest
            .find([',', ';', ':', '!', '?', '.', '(', '\n'])
            .unwrap_or(stop)
            .min(stop)];
        let mut more = rest.split_whitespace();
        let fits = |word: &str| {
            let word = normal(word);
            !words.leads_to_value(&word)
                && !words.company_cues.contains(&word)
                && !words.ends_owner(&word)
                && word.chars().all(char::is_alphabetic)
        };
        let count = more.clone().count();
        if rest.starts_with(' ') && (1..=MORE).contains(&count) && more.all(fits) {
            span.end + rest.trim_end().len()
        } else {
            span.end
        }
    }

    /// A choice at the end of its clause is meant, whatever the examples say: "make Ida cold, she left".
    pub(super) fn choices_at_the_end(&mut self, found: &[(&Slot, Vec<Reading>)], words: &Words) {
        let choices = |(slot, _): &&(&Slot, _)| matches!(slot.kind, SlotKind::Choice(_));
        for (slot, readings) in found.iter().filter(choices) {
            for reading in readings {
                let rest = self.text[reading.span.end..].trim_start_matches([' ', '.', '!']);
                let ends =
                    words.is_polite(&normal(rest)) || rest.starts_with([',', ';', '\n', ')']);
                if ends && reading.certainty >= NAMED {
                    self.take(slot, reading.span.clone(), &reading.value);
                }
            }
        }
    }

    /// A choice right beside the name of its slot is meant: "her status open again", "proposal stage".
    pub(super) fn choices_beside_names(&mut self, found: &[(&Slot, Vec<Reading>)]) {
        for (slot, readings) in found {
            if !matches!(slot.kind, SlotKind::Choice(_)) || !self.is_open(slot) {
                continue;
            }
            let names = names_of(slot);
            for reading in readings.iter().filter(|r| r.certainty >= SAID) {
                let head = self.text[..reading.span.start].trim_end().to_lowercase();
                let tail = self.text[reading.span.end..].to_lowercase();
                let beside = |name: &String| {
                    head.ends_with(&format!(" {name}"))
                        || tail
                            .strip_prefix(&format!(" {name}"))
                            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
                };
                if names.iter().any(beside) {
                    self.take(slot, reading.span.clone(), &reading.value);
                }
            }
        }
    }

    /// What is likely a value, and where the tagger saw nothing, is one.
    pub(super) fn left_alone(
        &mut self,
        template: &Template,
        found: &[(&Slot, Vec<Reading>)],
        words: &Words,
    ) {
        let reads = !template.does().writes();
        let choice = |slot: &Slot| match slot.kind {
            SlotKind::Choice(_) => true,
            // What is asked of somebody is the field that is named.
            SlotKind::Field { .. } => !reads || self.given.is_empty(),
            _ => false,
        };
        let fields: Vec<&str> = found
            .iter()
            .filter(|(slot, _)| choice(slot))
            .map(|(slot, _)| slot.id.as_str())
            .collect();
        let choice = |slot: &Slot| fields.contains(&slot.id.as_str());
        for (slot, readings) in found {
            if choice(slot) || !self.is_open(slot) {
                continue;
            }
            for reading in readings {
                if reading.certainty >= LIKELY
                    && !is_the_record(slot, template, self.text, &reading.span, words)
                    && says_something(slot, &self.text[reading.span.clone()], template, words)
                {
                    self.take(slot, reading.span.clone(), &reading.value);
                }
            }
        }
    }
}

/// What the tagger took for a value of a slot, without the small words and signs around it.
fn bare<'t>(
    piece: &'t str,
    slot: &Slot,
    template: &Template,
    learned: &Learned,
    words: &Words,
) -> &'t str {
    let piece = match slot.kind {
        SlotKind::Text { .. } | SlotKind::Organization | SlotKind::City => {
            words.without_telling(piece)
        }
        SlotKind::Record { .. } | SlotKind::FirstName | SlotKind::LastName => {
            beside_noun(piece, template)
        }
        _ => piece,
    };
    let piece = within_signs(words.without_fillers(piece));
    let piece = if is_note(slot) {
        behind_name(piece, slot, words).trim_end_matches('.')
    } else {
        piece
    };
    match slot.kind {
        SlotKind::Record { .. } => without_said(words.without_asking(piece), learned),
        // What is searched for is not the verb.
        SlotKind::Text { .. } if slot.field.is_none() => words.without_asking(piece),
        SlotKind::Organization => without_quantity(piece, words),
        _ => piece,
    }
}

/// A piece without half a pair of brackets or quotation marks at its ends.
fn within_signs(piece: &str) -> &str {
    let pairs = [
        ('(', ')'),
        ('[', ']'),
        ('"', '"'),
        ('“', '”'),
        ('\'', '\''),
        ('‘', '’'),
    ];
    let mut piece = piece;
    for (open, close) in pairs {
        let (opens, closes) = (piece.starts_with(open), piece.ends_with(close));
        let inner = piece.strip_prefix(open).unwrap_or(piece);
        if opens && !inner.contains(close) {
            piece = inner.trim_start();
        }
        let inner = piece.strip_suffix(close).unwrap_or(piece);
        if closes && !opens && !inner.contains(open) && inner.len() > 1 {
            piece = inner.trim_end();
        }
    }
    piece
}

/// "Note wants a demo" without the name of its slot.
fn behind_name<'t>(piece: &'t str, slot: &Slot, words: &Words) -> &'t str {
    let lower = piece.to_lowercase();
    let names = names_of(slot);
    let name = names.iter().find(|name| {
        lower
            .strip_prefix(name.as_str())
            .is_some_and(|rest| rest.starts_with([' ', ':']))
    });
    match name {
        Some(name) if lower.len() == piece.len() => words.after_verb(&piece[name.len()..]),
        _ => piece,
    }
}

/// A name in small letters without the words of the examples behind it: "ida blum called".
fn without_said<'t>(piece: &'t str, learned: &Learned) -> &'t str {
    if piece.chars().any(char::is_uppercase) {
        return piece;
    }
    let mut piece = piece;
    while let Some((before, last)) = piece.rsplit_once(' ')
        && before.contains(' ')
        && learned.says(&normal(last))
    {
        piece = before;
    }
    piece
}

/// "Any Fern Foods" is "Fern Foods".
fn without_quantity<'t>(piece: &'t str, words: &Words) -> &'t str {
    match piece.split_once(' ') {
        Some((first, rest)) if words.is_quantity(&first.to_lowercase()) => rest,
        _ => piece,
    }
}

/// The slot that a piece is meant for: what is one of another slot's choices is that choice, and what is no known place, behind
/// the words that lead to a company, is a company.
fn meant_slot<'a>(
    slot: &'a Slot,
    piece: &str,
    template: &'a Template,
    taken: &Taken<'_>,
    words: &Words,
    reader: &Reader<'_>,
) -> &'a Slot {
    let holds = |other: &Slot, least: f32| {
        let found = entity::find(other, piece, reader);
        let mut all = found.into_iter().filter(|r| r.span == (0..piece.len()));
        all.any(|reading| reading.certainty >= least)
    };
    let open = |other: &&Slot| other.id != slot.id && taken.is_open(other);
    match slot.kind {
        SlotKind::Organization | SlotKind::City | SlotKind::Text { .. } => {
            let mut choices = template
                .slots
                .values()
                .filter(open)
                .filter(|other| matches!(other.kind, SlotKind::Choice(_)));
            if let Some(choice) = choices.find(|choice| holds(choice, NAMED)) {
                return choice;
            }
            let at = piece.as_ptr() as usize - taken.text.as_ptr() as usize;
            let before = taken.text[..at].split_whitespace().next_back();
            let cue = before.is_some_and(|word| words.company_cues.contains(&word.to_lowercase()));
            if matches!(slot.kind, SlotKind::City) && cue && !holds(slot, 0.5) {
                let mut companies = template
                    .slots
                    .values()
                    .filter(open)
                    .filter(|other| matches!(other.kind, SlotKind::Organization));
                return companies.next().unwrap_or(slot);
            }
            slot
        }
        _ => slot,
    }
}

/// The name beside the noun: "the duplicate lead Ida Blum", "the Fernhill lead".
fn beside_noun<'t>(piece: &'t str, template: &Template) -> &'t str {
    let mut said = piece.split(' ');
    let Some(noun) = said.find(|word| is_noun(&word.to_lowercase(), template)) else {
        return piece;
    };
    // A company may be called so: "Lead Belly Records".
    if noun.starts_with(char::is_uppercase) {
        return piece;
    }
    let at = noun.as_ptr() as usize - piece.as_ptr() as usize;
    let (before, behind) = (piece[..at].trim(), piece[at + noun.len()..].trim());
    if behind.is_empty() { before } else { behind }
}

/// Whether a text is put as a company is: "at Fern Foods", or in capitals all through.
fn is_company(text: &str, words: &Words) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    let capital = |word: &str| word.starts_with(char::is_uppercase);
    let mut all = text
        .split(' ')
        .filter(|word| word.starts_with(char::is_alphabetic));
    words.company_cues.contains(&first.to_lowercase())
        || all.clone().count() > 1 && all.all(capital)
}

/// Whether a piece that nothing calls a note may be one: not where it holds names that the template still wants ("a guy called
/// kip at fern foods"), nor where a record is changed, whose notes are told as such.
fn may_be_note(
    slot: &Slot,
    piece: &str,
    template: &Template,
    taken: &Taken<'_>,
    reader: &Reader<'_>,
    words: &Words,
) -> bool {
    let said = format!(" {} ", normal(taken.text));
    if names_of(slot)
        .iter()
        .any(|name| said.contains(&format!(" {name} ")))
    {
        return true;
    }
    if template.slots.values().any(|slot| names_it(slot, template)) {
        return false;
    }
    let wanted = |slot: &&Slot| {
        taken.is_open(slot)
            && matches!(
                slot.kind,
                SlotKind::FirstName
                    | SlotKind::LastName
                    | SlotKind::FullName
                    | SlotKind::Organization
            )
    };
    let mut wanted = template.slots.values().filter(wanted);
    let name = wanted.any(|slot| {
        let found = entity::find(slot, taken.text, reader);
        let at = piece.as_ptr() as usize - taken.text.as_ptr() as usize;
        found
            .iter()
            .any(|r| r.certainty >= 0.5 && at <= r.span.start && r.span.end <= at + piece.len())
    });
    let says = |word: &str| !words.is_function_word(word) && !words.not_names.contains(word);
    !name && normal(piece).split(' ').filter(|word| says(word)).count() > 1
}
