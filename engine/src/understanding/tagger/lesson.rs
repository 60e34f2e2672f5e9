//! What the tagger learns from: the examples with values in the places of their slots, and the values alone as answers to
//! the question for them. The values come from the designer, or are made up by type.

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::template::{Example, ExamplePart, SlotKind, Template};

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

/// What all examples of the other templates count together, in examples of the template's own: a bot with few learns from its
/// neighbours, one with many needs them little.
const LENT: f32 = 3.0;

/// The slots and lessons of a template: its own, and of the others those whose values all stand in slots that it has too.
pub fn lessons(
    template: &Template,
    templates: &IndexMap<String, Arc<Template>>,
    propose: &Propose<'_>,
) -> (Vec<Place>, Vec<Lesson>) {
    let places = template.slots.values().map(|slot| Place {
        slot: slot.id.clone(),
        typed: is_typed(&slot.kind),
    });
    let mut uses = BTreeMap::new();
    let mut lessons = sentences(template, &template.examples, &mut uses, propose);
    let share = (LENT / template.examples.len().max(1) as f32).min(1.0);
    for other in templates.values().filter(|other| other.id != template.id) {
        let lent = other
            .examples
            .iter()
            .filter(|example| is_lent(example, other, template));
        for mut lesson in sentences(template, lent, &mut uses, propose) {
            lesson.weight *= share;
            lessons.push(lesson);
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
    (places.collect(), lessons)
}

/// Examples written out with values of the template's slots.
fn sentences<'e>(
    template: &Template,
    examples: impl IntoIterator<Item = &'e Example>,
    uses: &mut BTreeMap<String, usize>,
    propose: &Propose<'_>,
) -> Vec<Lesson> {
    let mut lessons = Vec::new();
    for example in examples {
        let written = filling::write_out(example, template, &filling::for_tagging, uses);
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
    lessons
}

/// Whether an example of another template teaches something about a template's slots. Where a name names a record, it is not
/// what elsewhere is a first or last name.
fn is_lent(example: &Example, of: &Template, to: &Template) -> bool {
    let has_record = to
        .slots
        .values()
        .any(|slot| matches!(slot.kind, SlotKind::Record { .. }));
    let mut places = example.parts.iter().filter_map(|part| match part {
        ExamplePart::Slot(id) => Some(id),
        ExamplePart::Text(_) => None,
    });
    let fits = |id: &String| {
        let (Some(theirs), Some(own)) = (of.slots.get(id), to.slots.get(id)) else {
            return false;
        };
        discriminant(&theirs.kind) == discriminant(&own.kind)
            && !(has_record && is_person(&own.kind))
    };
    let first = places.next();
    first.is_some_and(fits) && places.all(fits)
}

fn is_person(kind: &SlotKind) -> bool {
    matches!(
        kind,
        SlotKind::FirstName | SlotKind::LastName | SlotKind::FullName
    )
}

/// Names, which capitals tell more than anything else does.
fn is_name(kind: &SlotKind) -> bool {
    is_person(kind)
        || matches!(
            kind,
            SlotKind::Organization | SlotKind::City | SlotKind::Record { .. }
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
