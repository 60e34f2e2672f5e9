//! What the tagger learns from: the examples with values in the places of their slots, and the values alone as answers to
//! the question for them. The values come from the designer, or are made up by type.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::template::{SlotKind, Template};

use super::super::filling::{self, FILLINGS, own_values};
use super::{Place, Proposal};

/// A text and where its values stand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lesson {
    /// The text.
    pub text: String,
    /// Slots and bytes of their values.
    pub places: Vec<(String, Range<usize>)>,
    /// The slot asked for, where the text is an answer.
    pub awaited: Option<String>,
    /// What it counts, 1 for a sentence of the designer's.
    pub weight: f32,
    /// What the slot types recognise in it.
    pub proposals: Vec<Proposal>,
}

/// What the slot types recognise in a text that starts or answers a template; the last is the slot asked for.
pub type Propose<'a> = dyn Fn(&Template, &str, Option<&str>) -> Vec<Proposal> + 'a;

/// What a value by itself counts.
const ALONE: f32 = 0.5;

/// The slots and lessons of a bot.
pub fn lessons(
    templates: &IndexMap<String, Arc<Template>>,
    propose: &Propose<'_>,
) -> (Vec<Place>, Vec<Lesson>) {
    let mut places: Vec<Place> = Vec::new();
    let mut lessons: Vec<Lesson> = Vec::new();
    let mut uses = BTreeMap::new();
    for template in templates.values() {
        for slot in template.slots.values() {
            let typed = is_typed(&slot.kind);
            match places.iter_mut().find(|place| place.slot == slot.id) {
                Some(place) => place.typed &= typed,
                None => places.push(Place {
                    slot: slot.id.clone(),
                    typed,
                }),
            }
        }
        for example in &template.examples {
            let written = filling::write_out(example, template, &filling::for_tagging, &mut uses);
            let weight = 1.0 / written.len() as f32;
            for (n, mut written) in written.into_iter().enumerate() {
                let names = written.places.iter().any(|(id, _)| {
                    let slot = template.slots.get(id);
                    slot.is_some_and(|slot| is_name(&slot.kind))
                });
                if names && n == FILLINGS - 1 {
                    without_capitals(&mut written.text);
                }
                lessons.push(Lesson {
                    proposals: propose(template, &written.text, None),
                    text: written.text,
                    places: written.places,
                    awaited: None,
                    weight,
                });
            }
        }
        for slot in template.slots.values() {
            let mut values = own_values(slot);
            if values.is_empty() && !matches!(slot.kind, SlotKind::Text { .. }) {
                values = (0..FILLINGS)
                    .map(|k| filling::for_tagging(slot, k))
                    .collect();
            }
            for value in values {
                let lesson = Lesson {
                    proposals: propose(template, &value, Some(&slot.id)),
                    places: vec![(slot.id.clone(), 0..value.len())],
                    text: value,
                    awaited: Some(slot.id.clone()),
                    weight: ALONE,
                };
                if !lessons.contains(&lesson) {
                    lessons.push(lesson);
                }
            }
        }
    }
    (places, lessons)
}

/// Names, which capitals tell more than anything else does.
fn is_name(kind: &SlotKind) -> bool {
    matches!(
        kind,
        SlotKind::FirstName
            | SlotKind::LastName
            | SlotKind::FullName
            | SlotKind::Organization
            | SlotKind::City
            | SlotKind::Record { .. }
    )
}

/// As people in a hurry type: the tagger has to find a name without its capitals too.
fn without_capitals(text: &mut String) {
    let lower = text.to_lowercase();
    if lower.len() == text.len() {
        *text = lower;
    }
}

/// Whether the type tells by itself what is a value of it. Names and records do not: any word may be one.
fn is_typed(kind: &SlotKind) -> bool {
    !matches!(
        kind,
        SlotKind::Text { .. }
            | SlotKind::FirstName
            | SlotKind::LastName
            | SlotKind::FullName
            | SlotKind::Organization
            | SlotKind::City
            | SlotKind::Record { .. }
    )
}
