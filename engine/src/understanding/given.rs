//! The values that a text gives with the template it starts: what the slot types recognise and what the examples teach,
//! read by the type of their slot.

use crate::Value;
use crate::template::{Slot, SlotKind, Template};

use super::act::Given;
use super::entity;
use super::message::{Moment, reader};
use super::words::{Words, normal};

/// Certainty from which a value needs no example to say what it is.
const CERTAIN: f32 = 0.95;

/// The values that a text which starts a template gives with it.
pub(super) fn given_with(
    moment: &Moment<'_>,
    template: &Template,
    text: &str,
    places: bool,
) -> Vec<Given> {
    let reader = reader(moment, template);
    let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
    let mut given: Vec<Given> = Vec::new();
    let mut take = |slot: &Slot, span: std::ops::Range<usize>, value: Value| {
        let free = taken
            .iter()
            .all(|t| span.end <= t.start || t.end <= span.start);
        if free && !given.iter().any(|g| g.slot == slot.id) {
            given.push(Given {
                slot: slot.id.clone(),
                value: Some(value),
                text: text[span.clone()].to_owned(),
                adds: false,
            });
            taken.push(span);
        }
    };
    let learned = &moment.templates.learned;
    let words = Words::of(moment.locale);
    // What names its slot, or has a form that nothing else has, is certain; the rest is for the tagger to tell apart.
    for slot in template.slots.values() {
        for reading in entity::find(slot, text, &reader) {
            if reading.certainty >= CERTAIN {
                take(slot, reading.span, reading.value);
            }
        }
    }
    let tagged = learned
        .values(template, text, None, &reader)
        .into_iter()
        .map(|tagged| (tagged.slot, tagged.span));
    let places = if places {
        learned.places(&template.id, text)
    } else {
        Vec::new()
    };
    for (id, span) in tagged.chain(places) {
        let Some(slot) = template.slots.get(&id) else {
            continue;
        };
        let piece = &text[span.clone()];
        if matches!(slot.kind, SlotKind::Record { .. }) && !names_one(piece, template, words) {
            continue;
        }
        let found = entity::find(slot, piece, &reader);
        let own = found
            .into_iter()
            .find(|reading| reading.span.len() == span.len());
        let value = own.or_else(|| entity::read(slot, piece, &reader).ok());
        if let Some(reading) = value {
            take(slot, span, reading.value);
        }
    }
    // "Open it", "change her phone": the record last shown or written, where none is named.
    let mut records = template.slots.values();
    let record = records.find(|slot| matches!(slot.kind, SlotKind::Record { .. }));
    if let Some(slot) = record
        && let SlotKind::Record { object, .. } = &slot.kind
        && !given.iter().any(|g| g.slot == slot.id)
        && let Some(last) = &moment.conversation.record
        && last["object"].as_str() == Some(object.as_str())
        && normal(text)
            .split_whitespace()
            .any(|word| words.points_back(word.trim_end_matches("'s")))
    {
        given.push(Given {
            slot: slot.id.clone(),
            value: Some(last.clone()),
            text: String::new(),
            adds: false,
        });
    }
    for (id, value) in learned.means(&template.id, text) {
        let Some(slot) = template
            .slots
            .get(id)
            .filter(|slot| !given.iter().any(|g| g.slot == slot.id))
        else {
            continue;
        };
        if let Ok(reading) = entity::read(slot, value, &reader) {
            given.push(Given {
                slot: id.clone(),
                value: Some(reading.value),
                text: String::new(),
                adds: false,
            });
        }
    }
    given
}

/// Whether words name a record: "a lead for me" and "all my leads" name none.
pub(super) fn names_one(text: &str, template: &Template, words: &Words) -> bool {
    normal(text).split_whitespace().any(|word| {
        let noun = template.nouns.iter().chain(&template.object).any(|noun| {
            let noun = noun.to_lowercase();
            word == noun
                || word.strip_suffix('s') == Some(noun.as_str())
                || noun.strip_suffix('s') == Some(word)
        });
        !noun && !words.is_function_word(word) && !words.is_quantity(word)
    })
}
