//! The values that a text gives with the template it starts: what the slot types recognise and what the examples teach,
//! read by the type of their slot.

use crate::Value;
use crate::template::{Slot, Template};

use super::act::Given;
use super::entity;
use super::message::{Moment, reader};

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
    let places = if places {
        learned.places(&template.id, text)
    } else {
        Vec::new()
    };
    let whole: Vec<(String, std::ops::Range<usize>)> = places;
    let tagged = learned
        .values(template, text, None, &reader)
        .into_iter()
        .map(|tagged| (tagged.slot, tagged.span));
    for (id, span) in tagged.chain(whole) {
        let Some(slot) = template.slots.get(&id) else {
            continue;
        };
        let found = entity::find(slot, &text[span.clone()], &reader);
        let own = found
            .into_iter()
            .find(|reading| reading.span.len() == span.len());
        let value = own.or_else(|| entity::read(slot, &text[span.clone()], &reader).ok());
        if let Some(reading) = value {
            take(slot, span, reading.value);
        }
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
