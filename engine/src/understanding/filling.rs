//! Examples with their `{slot}` places written out, so that what is learnt is like what people type. The values are made up
//! or the designer's own; reading values out of a text is the slot types' business.

use std::collections::BTreeMap;

use crate::template::{Example, ExamplePart, Slot, SlotKind, Template};

use super::text::{AMOUNT, DATE, EMAIL, PHONE, RECORD};

/// How often an example with places is written out.
pub const FILLINGS: usize = 4;

/// Gives the k-th thing to write in a slot's place.
pub type Fill<'a> = dyn Fn(&Slot, usize) -> String + 'a;

/// A written-out text and where its values stand: slot and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Slots and their values' places, in order.
    pub places: Vec<(String, std::ops::Range<usize>)>,
}

/// Writes out an example: once where it has no places, else [`FILLINGS`] times. `uses` counts how often each slot was
/// filled, so that all its fillers get their turn.
pub fn write_out(
    example: &Example,
    template: &Template,
    fill: &Fill<'_>,
    uses: &mut BTreeMap<String, usize>,
) -> Vec<Written> {
    let places = example
        .parts
        .iter()
        .any(|part| matches!(part, ExamplePart::Slot(_)));
    let times = if places { FILLINGS } else { 1 };
    (0..times)
        .map(|_| {
            let mut text = String::new();
            let mut places = Vec::new();
            for part in &example.parts {
                match part {
                    ExamplePart::Text(words) => text.push_str(words),
                    ExamplePart::Slot(id) => {
                        let value = template.slots.get(id).map_or_else(String::new, |slot| {
                            let used = uses.entry(id.clone()).or_insert(0);
                            *used += 1;
                            fill(slot, *used - 1)
                        });
                        let start = text.len();
                        text.push_str(&value);
                        places.push((id.clone(), start..text.len()));
                    }
                }
            }
            Written { text, places }
        })
        .collect()
}

/// The kind word of a slot's type, where it has one.
pub fn kind_word(kind: &SlotKind) -> Option<&'static str> {
    match kind {
        SlotKind::Email => Some(EMAIL),
        SlotKind::Phone { .. } => Some(PHONE),
        SlotKind::Amount { .. } => Some(AMOUNT),
        SlotKind::Date(_) | SlotKind::DateTime(_) => Some(DATE),
        _ => None,
    }
}

/// For choosing a template: the kind word of the type, else the slot's samples, its choices, or made-up values of its type.
pub fn for_choosing(slot: &Slot, k: usize) -> String {
    if let Some(word) = kind_word(&slot.kind) {
        return word.to_owned();
    }
    for_tagging(slot, k)
}

/// Whether a slot holds names of people, companies or records.
pub(super) fn is_name(kind: &SlotKind) -> bool {
    matches!(
        kind,
        SlotKind::FirstName
            | SlotKind::LastName
            | SlotKind::FullName
            | SlotKind::Organization
            | SlotKind::Record { .. }
    )
}

/// For tagging: values as people type them.
pub fn for_tagging(slot: &Slot, k: usize) -> String {
    let own = own_values(slot);
    if own.is_empty() {
        turn(made_up(&slot.kind), k).to_owned()
    } else {
        own[k % own.len()].clone()
    }
}

/// What the designer wrote of a slot's values: samples, else choices with their synonyms, names of fields.
pub fn own_values(slot: &Slot) -> Vec<String> {
    if !slot.samples.is_empty() {
        return slot.samples.clone();
    }
    match &slot.kind {
        SlotKind::Choice(choices) => {
            let labels = choices.values.iter().map(|(_, label)| label.clone());
            let said = choices.synonyms.iter().flat_map(|(_, said)| said.clone());
            labels.chain(said).collect()
        }
        SlotKind::Field { names, .. } => names.iter().map(|name| name.label.clone()).collect(),
        SlotKind::Pattern { example, .. } => vec![example.clone()],
        _ => Vec::new(),
    }
}

fn turn(values: &'static [&'static str], k: usize) -> &'static str {
    values.get(k % values.len().max(1)).copied().unwrap_or("")
}

fn made_up(kind: &SlotKind) -> &'static [&'static str] {
    match kind {
        SlotKind::FirstName => &["Nora", "Tomas", "Ines", "Kofi", "Yuki", "Ravi"],
        SlotKind::LastName => &[
            "Albrecht",
            "Okafor",
            "Lindqvist",
            "Moreau",
            "Tanaka",
            "Ferreira",
        ],
        SlotKind::FullName => &[
            "Nora Albrecht",
            "Tomas Okafor",
            "Ines Lindqvist",
            "Kofi Moreau",
            "Yuki Ferreira",
            "Ravi Tanaka",
        ],
        SlotKind::Organization => &[
            "Larkspur Logistics",
            "Bluefin Foods",
            "Quillworks",
            "Harrow & Pine",
            "Tidewater Labs",
            "Orsa",
        ],
        SlotKind::City => &["Lisbon", "Denver", "Osaka", "Leeds", "Porto Alegre", "Graz"],
        SlotKind::Country => &[
            "Portugal",
            "Canada",
            "Japan",
            "New Zealand",
            "Austria",
            "Brazil",
        ],
        SlotKind::Record { .. } => &[
            "Nora Albrecht",
            "Quillworks",
            RECORD,
            "Bluefin Foods",
            "Tomas Okafor",
            "Larkspur Logistics",
        ],
        SlotKind::Email => &[
            "nora@larkspur.example",
            "t.okafor@quillworks.example",
            "sales@bluefin.example",
        ],
        SlotKind::Phone { .. } => &["+44 20 7946 0018", "(555) 010-4477", "555 010 2030"],
        SlotKind::Url => &[
            "larkspur.example",
            "www.quillworks.example",
            "https://bluefin.example",
        ],
        SlotKind::Number(_) => &["5", "12", "40", "7", "120"],
        SlotKind::Percent(_) => &["10%", "25 percent", "60%", "5 %"],
        SlotKind::Amount { .. } => &["$12,500", "40k", "8000 euros", "1.2 million"],
        SlotKind::Date(_) => &["tomorrow", "next Friday", "May 4", "2031-06-30"],
        SlotKind::Time(_) => &["3 pm", "10:30", "noon", "half past four"],
        SlotKind::DateTime(_) => &["tomorrow at 3 pm", "Friday 10:30", "May 4 at noon"],
        SlotKind::Boolean => &["yes", "no"],
        SlotKind::Text { .. }
        | SlotKind::Choice(_)
        | SlotKind::Pattern { .. }
        | SlotKind::Field { .. } => &["Larkspur", "Bluefin", "Quillworks", "Orsa"],
    }
}
