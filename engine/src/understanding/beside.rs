//! What a value stands beside tells whose it is: a thing beside its party, a record beside a changed field, a person before a
//! company, a first name before a last one.

use std::ops::Range;

use crate::effect::Does;
use crate::template::{Slot, SlotKind, Template};

use super::about::is_party;
use super::clause::names_of;
use super::entity::{self, Reader, Reading};
use super::holds::{is_person, is_title, names_it};
use super::taken::Taken;
use super::words::{Words, normal};

/// Certainty of a name that what stands behind it bears out.
const SAID: f32 = 0.7;

impl Taken<'_> {
    /// The slot for a place: what stands beside the party that is known already is the name of the thing, not another party.
    pub(super) fn thing_beside_party<'a>(
        &self,
        id: &'a str,
        span: &Range<usize>,
        template: &'a Template,
        words: &Words,
    ) -> &'a str {
        let Some(slot) = template.slots.get(id) else {
            return id;
        };
        // "Opp: Fern AG, 5k": what only companies are called is the party.
        if is_title(slot)
            && template.does() == Does::Create
            && is_called_company(&self.text[span.clone()], words)
            && let Some(party) = template
                .slots
                .values()
                .find(|s| is_party(s, template) && self.is_open(s))
        {
            return party.id.as_str();
        }
        let party = is_party(slot, template);
        let before = self.text[..span.start].split_whitespace().next_back();
        let led = before.is_some_and(|word| words.with_party.contains(&word.to_lowercase()));
        if !party || self.is_open(slot) || !self.is_free(span) || led {
            return id;
        }
        let mut slots = template.slots.values();
        let thing = slots.find(|slot| is_title(slot) && self.is_open(slot));
        thing.map_or(id, |slot| slot.id.as_str())
    }

    /// "Update Ida Blum phone 555 …": a company that nothing calls one is the record, where a change has none.
    pub(super) fn name_is_the_record(
        &mut self,
        template: &Template,
        reader: &Reader<'_>,
        words: &Words,
    ) {
        let mut slots = template.slots.values();
        let Some(record) = slots.find(|slot| names_it(slot, template) && self.is_open(slot)) else {
            return;
        };
        if template.does() != Does::Update {
            return;
        }
        let said = format!(" {} ", normal(self.text));
        let named = |slot: &Slot| {
            let mut names = names_of(slot).iter();
            names.any(|name| said.contains(&format!(" {name} ")))
        };
        let found = self.given.iter().position(|given| {
            let slot = template.slots.get(&given.slot);
            slot.is_some_and(|slot| matches!(slot.kind, SlotKind::Organization) && !named(slot))
        });
        let Some(n) = found else { return };
        let before = self.text[..self.spans[n].start]
            .split_whitespace()
            .next_back();
        let before = before.unwrap_or_default().to_lowercase();
        let leads = words.company_cues.contains(&before)
            || words.with_party.contains(&before)
            || words.to_party.contains(&before);
        if !leads && let Ok(reading) = entity::read(record, &self.given[n].text, reader) {
            self.given[n].slot.clone_from(&record.id);
            self.given[n].value = Some(reading.value);
        }
    }

    /// The person right before a company, where a note was taken for both: "jon blumm from fern foods".
    pub(super) fn person_beside_company(&mut self, found: &[(&Slot, Vec<Reading>)]) {
        let people = found.iter().filter(|(slot, _)| is_person(slot));
        for (slot, readings) in people {
            if let Some(reading) = readings.first().filter(|r| r.certainty >= SAID) {
                self.take(slot, reading.span.clone(), &reading.value);
            }
        }
    }

    /// The first name right before a last name that was taken without it: "tom lee".
    pub(super) fn first_name_before_last(&mut self, found: &[(&Slot, Vec<Reading>)]) {
        let last = self.given.iter().position(|given| {
            let slot = found.iter().find(|(slot, _)| slot.id == given.slot);
            slot.is_some_and(|(slot, _)| matches!(slot.kind, SlotKind::LastName))
        });
        let Some(start) = last.map(|n| self.spans[n].start) else {
            return;
        };
        let firsts = found
            .iter()
            .filter(|(slot, _)| matches!(slot.kind, SlotKind::FirstName));
        for (slot, readings) in firsts {
            let before = readings
                .iter()
                .find(|r| r.span.end + 1 == start && r.certainty >= SAID);
            if let Some(reading) = before {
                self.take(slot, reading.span.clone(), &reading.value);
            }
        }
    }
}

/// Whether a name ends with a word that companies have, and things do not.
fn is_called_company(name: &str, words: &Words) -> bool {
    let last = name.rsplit(' ').next().unwrap_or_default();
    let last = last.trim_end_matches('.').to_lowercase();
    name.contains(' ') && words.company_words.contains(&last) && !words.things_too.contains(&last)
}
