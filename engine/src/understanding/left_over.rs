//! Values that no example shows the place of: words that nothing else holds name the record, and whom a new thing is for
//! stands behind "with" or "for".

use std::ops::Range;

use crate::Value;
use crate::effect::Does;
use crate::template::{Slot, SlotKind, Template};

use super::act::Given;
use super::clause::names_of;
use super::entity::{self, Reader};
use super::learned::Learned;

use super::holds::{is_title, names_field, says_something};
use super::taken::Taken;
use super::words::{Words, normal};

/// Most words of a record's name.
const NAME: usize = 5;

impl Taken<'_> {
    /// Words side by side that no example says and no value holds name the record, or are what is searched for: "gimme ida
    /// blum", "any leads in dairy".
    pub(super) fn words_left_over(
        &mut self,
        template: &Template,
        learned: &Learned,
        reader: &Reader<'_>,
        words: &Words,
    ) {
        let open = |slot: &&Slot| match &slot.kind {
            SlotKind::Record { object, .. } => Some(object) == template.object.as_ref(),
            SlotKind::Text { .. } => slot.field.is_none() && self.given.is_empty(),
            _ => false,
        };
        let mut slots = template.slots.values().filter(open);
        let (Some(slot), None) = (slots.next(), slots.next()) else {
            return;
        };
        if !self.is_open(slot) {
            return;
        }
        let strange = |word: &str, meant: &str| {
            let bare = |word: &str| normal(word.trim_matches(|c: char| !c.is_alphanumeric()));
            let (bare, meant) = (bare(word), bare(meant));
            let bare = bare.strip_suffix("'s").unwrap_or(&bare);
            let slip = bare.chars().count() > 4 && learned.says(&meant);
            bare.chars().any(char::is_alphabetic)
                && !bare.contains('@')
                && !learned.says(bare)
                && !slip
                && !words.not_names.contains(bare)
                && !words.is_function_word(bare)
                && !words.is_quantity(bare)
        };
        let start = self.text.as_ptr() as usize;
        let mut runs: Vec<Range<usize>> = Vec::new();
        let mut goes_on = false;
        // "updaet" is a slip, not a name.
        let mended = learned.mended(self.text);
        let mut meant = mended.split_whitespace();
        for word in self.text.split_whitespace() {
            let meant = meant.next().unwrap_or(word);
            let at = word.as_ptr() as usize - start;
            let span = at..at + word.len();
            let joins = goes_on && word == "&";
            // "Draft a mail": what a small word follows at once is what shall be done.
            let verb = at == 0
                && word.starts_with(char::is_lowercase)
                && !words.first_names.contains(word)
                && self.text[span.end..]
                    .split_whitespace()
                    .next()
                    .is_some_and(|next| words.determines(&normal(next)));
            let verb = verb || at == 0 && words.is_verb(&normal(word));
            if verb || !self.is_free(&span) || !(joins || strange(word, meant)) {
                goes_on = false;
                continue;
            }
            match runs.last_mut() {
                Some(last) if goes_on => last.end = span.end,
                _ => runs.push(span),
            }
            goes_on = !word.ends_with([',', ';', ':', '?', '!']);
        }
        let longest = runs
            .into_iter()
            .rev()
            .max_by_key(|run| self.text[run.clone()].split_whitespace().count());
        let Some(run) = longest else { return };
        let piece = self.text[run.clone()].trim_end_matches([',', ';', ':', '?', '!', '.']);
        if piece.split_whitespace().count() > NAME {
            return;
        }
        if let Ok(reading) = entity::read(slot, piece, reader) {
            self.take(slot, run.start..run.start + piece.len(), &reading.value);
        }
    }

    /// "Ida Blum, dentist, Fern Foods": a piece in small letters behind a person is what they do.
    pub(super) fn job_behind_person(&mut self, template: &Template, words: &Words) {
        let mut slots = template.slots.values();
        let Some(slot) = slots.find(|slot| entity::is_job(slot, words) && self.is_open(slot))
        else {
            return;
        };
        let person = self.given.iter().position(|given| {
            let slot = template.slots.get(&given.slot);
            slot.is_some_and(|slot| matches!(slot.kind, SlotKind::LastName | SlotKind::FullName))
        });
        let Some(end) = person.and_then(|n| self.spans.get(n)).map(|span| span.end) else {
            return;
        };
        let rest = &self.text[end..];
        let Some(piece) = rest
            .strip_prefix(", ")
            .and_then(|rest| rest.split(',').next())
        else {
            return;
        };
        let span = end + 2..end + 2 + piece.len();
        let goes_on = self.text[span.end..].starts_with(", ");
        let plain = piece
            .chars()
            .all(|c| c.is_alphabetic() || " &-".contains(c));
        let known = words.cities.contains(piece) || words.countries.contains_key(piece);
        let says = piece.split(' ').all(|word| {
            !words.is_function_word(word) && !words.not_names.contains(word)
                || matches!(word, "of" | "and")
        });
        if goes_on
            && plain
            && says
            && !known
            && piece.starts_with(char::is_lowercase)
            && piece.split(' ').count() <= 4
            && self.text.chars().any(char::is_uppercase)
            && self.is_free(&span)
        {
            let value = Value::from(piece);
            self.take(slot, span, &value);
        }
    }

    /// The record of another kind that a new one belongs to: "a deal with Fern Foods". A name given to a thing does not stand
    /// behind such a word.
    pub(super) fn other_party(&mut self, template: &Template, reader: &Reader<'_>, words: &Words) {
        let other = |slot: &&Slot| matches!(&slot.kind, SlotKind::Record { object, .. } if Some(object) != template.object.as_ref());
        let mut slots = template.slots.values().filter(other);
        let (Some(slot), None) = (slots.next(), slots.next()) else {
            return;
        };
        if !self.is_open(slot) || template.does() != Does::Create {
            return;
        }
        let named = self.given.iter().position(|given| {
            let own = template.slots.get(&given.slot);
            own.is_some_and(is_title)
        });
        if let Some(n) = named {
            let span = self.spans[n].clone();
            let before = self.text[..span.start].trim_end();
            let before = without_last(before, &["the", "our", "a"]);
            let cue = before
                .rsplit([' ', '\n'])
                .next()
                .unwrap_or_default()
                .to_lowercase();
            let piece = &self.text[span.clone()];
            let called = names_of(slot)
                .iter()
                .any(|name| piece.to_lowercase().ends_with(&format!(" {name}")));
            if words.with_party.contains(&cue) || called {
                let names = names_of(slot);
                let name = names
                    .iter()
                    .find(|name| piece.to_lowercase().ends_with(&format!(" {name}")));
                let end = name.map_or(piece.len(), |name| piece.len() - name.len() - 1);
                let (party, thing) = match piece[..end].split_once(", ") {
                    Some((party, thing)) => (party, Some(thing)),
                    None => (&piece[..end], None),
                };
                if let Ok(reading) = entity::read(slot, party, reader) {
                    let start = span.start;
                    let title = self.given[n].slot.clone();
                    self.spans[n] = start..start + party.len();
                    self.given[n] = Given {
                        slot: slot.id.clone(),
                        value: Some(reading.value),
                        text: party.to_owned(),
                        adds: false,
                    };
                    // "With Fern Foods, green tea": what is left is the name.
                    if let (Some(thing), Some(title)) = (thing, template.slots.get(&title))
                        && let Ok(reading) = entity::read(title, thing, reader)
                    {
                        let start = span.end - thing.len();
                        self.take(title, start..span.end, &reading.value);
                    }
                    return;
                }
            }
        }
        let shouts = !self.text.chars().any(char::is_uppercase);
        let mut at = 0;
        for word in self.text.split_inclusive(char::is_whitespace) {
            let start = at + word.len();
            at = start;
            let cue = word.trim().to_lowercase();
            let cue = cue.trim_end_matches(':');
            let strong = words.with_party.contains(cue);
            if !strong && !words.to_party.contains(cue) && !names_of(slot).iter().any(|n| n == cue)
            {
                continue;
            }
            let span = self.party(start, words);
            let piece = &self.text[span.clone()];
            let capital = piece.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
            let named = (capital || strong && shouts)
                && !piece.is_empty()
                && piece.chars().any(char::is_alphabetic)
                && self.is_free(&span)
                && says_something(slot, piece, template, words)
                && !names_field(template, piece);
            if named && let Ok(reading) = entity::read(slot, piece, reader) {
                self.take(slot, span, &reading.value);
                return;
            }
        }
    }

    /// The words from here on that may be a party's name.
    fn party(&self, start: usize, words: &Words) -> Range<usize> {
        let rest = &self.text[start..];
        let skipped = rest.len() - words.without_article(&rest.to_lowercase()).len();
        let start = if rest.is_char_boundary(skipped) {
            start + skipped
        } else {
            start
        };
        let mut end = start;
        for (n, word) in self.text[start..].split_inclusive(' ').enumerate() {
            let bare = word.trim();
            let plain = normal(bare);
            let at = start + (word.as_ptr() as usize - self.text[start..].as_ptr() as usize);
            let inner = matches!(plain.as_str(), "of" | "&" | "the" | "and" | "by") && n > 0;
            let stops = n >= NAME
                || bare.is_empty()
                || !self.is_free(&(at..at + bare.len()))
                || !inner
                    && (words.is_function_word(&plain)
                        || words.leads_to_value(&plain)
                        || words.not_names.contains(&plain)
                            && !bare.starts_with(char::is_uppercase));
            if stops {
                break;
            }
            if !inner {
                end = at
                    + bare
                        .trim_end_matches([',', ';', ':', '.', '!', '?', ')'])
                        .len();
            }
            if bare.ends_with([',', ';', ':', '!', '?', ')'])
                || bare.ends_with('.') && bare.len() > 5
            {
                break;
            }
        }
        start..end
    }
}

/// A text without its last word, where it is one of these.
fn without_last<'t>(text: &'t str, small: &[&str]) -> &'t str {
    match text.rsplit_once(' ') {
        Some((before, last)) if small.iter().any(|word| last.eq_ignore_ascii_case(word)) => before,
        _ => text,
    }
}
