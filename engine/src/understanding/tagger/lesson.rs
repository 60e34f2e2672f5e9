//! What the tagger learns from: the examples with values in the places of their slots, and the values alone as answers to
//! the question for them. The values come from the designer, or are made up by type.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::fixed::FixedMap;
use crate::template::{SlotKind, Template};

use super::super::filling::{self, FILLINGS, own_values};
use super::{Place, Proposal};

/// All that a bot's tagger learns from.
#[derive(Debug, Clone, Default)]
pub struct Lessons {
    /// The slots of the bot.
    pub places: Vec<Place>,
    /// The slots of templates, by their numbers in `places`, ascending: each set once.
    pub groups: Vec<Vec<usize>>,
    /// The texts.
    pub lessons: Vec<Lesson>,
}

/// A text and where its values stand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lesson {
    /// The group of its template: the slots that are open when such a text is read.
    pub group: usize,
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
pub fn lessons(templates: &IndexMap<String, Arc<Template>>, propose: &Propose<'_>) -> Lessons {
    let (places, groups, group_of) = places(templates);
    let mut lessons: Vec<Lesson> = Vec::new();
    let mut uses = BTreeMap::new();
    // The same answer to the same question of the same slots is one lesson, however many templates ask.
    let mut answers: FixedMap<(usize, String, String), Vec<usize>> = FixedMap::default();
    for (template, group) in templates.values().zip(group_of) {
        for example in &template.examples {
            let written = filling::write_out(example, template, &filling::for_tagging, &mut uses);
            let weight = 1.0 / written.len() as f32;
            for (n, mut written) in written.into_iter().enumerate() {
                let names = written.places.iter().any(|(id, _)| {
                    let slot = template.slots.get(id);
                    slot.is_some_and(|slot| is_capital(&slot.kind))
                });
                if names && n == FILLINGS - 1 {
                    without_capitals(&mut written.text);
                }
                lessons.push(Lesson {
                    group,
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
                    group,
                    proposals: propose(template, &value, Some(&slot.id)),
                    places: vec![(slot.id.clone(), 0..value.len())],
                    text: value.clone(),
                    awaited: Some(slot.id.clone()),
                    weight: ALONE,
                };
                let same = answers.entry((group, slot.id.clone(), value)).or_default();
                if same.iter().all(|n| lessons[*n] != lesson) {
                    same.push(lessons.len());
                    lessons.push(lesson);
                }
            }
        }
    }
    Lessons {
        places,
        groups,
        lessons,
    }
}

/// The slots of all templates, the sets of them that templates have, and which one each template has.
fn places(
    templates: &IndexMap<String, Arc<Template>>,
) -> (Vec<Place>, Vec<Vec<usize>>, Vec<usize>) {
    let mut places: IndexMap<&str, bool> = IndexMap::new();
    let mut groups: IndexMap<Vec<usize>, ()> = IndexMap::new();
    let mut group_of = Vec::with_capacity(templates.len());
    for template in templates.values() {
        let mut open = Vec::with_capacity(template.slots.len());
        for slot in template.slots.values() {
            let typed = is_typed(&slot.kind);
            let place = places.entry(&slot.id);
            open.push(place.index());
            *place.or_insert(typed) &= typed;
        }
        open.sort_unstable();
        group_of.push(groups.insert_full(open, ()).0);
    }
    let places = places.into_iter().map(|(slot, typed)| Place {
        slot: slot.to_owned(),
        typed,
    });
    (places.collect(), groups.into_keys().collect(), group_of)
}

/// Names and towns, which capitals tell more than anything else does.
fn is_capital(kind: &SlotKind) -> bool {
    filling::is_name(kind) || matches!(kind, SlotKind::City)
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
    !is_capital(kind) && !matches!(kind, SlotKind::Text { .. })
}
