//! Which field a change is about, where the examples do not say: the one that the text names. A value that stands elsewhere in
//! the text is its value ("Ida moved to Bath, fix the city"), and without one the field alone is what is changed.

use crate::effect::Does;
use crate::template::{Slot, SlotKind, Template};

use super::clause::names_of;
use super::entity::{self, Reader, Reading};
use super::taken::Taken;
use super::words::normal;

/// Certainty from which a text names a field.
const NAMED: f32 = 0.9;

impl Taken<'_> {
    /// Takes the one field that a change names and nothing is given for.
    pub(super) fn field_named(
        &mut self,
        template: &Template,
        found: &[(&Slot, Vec<Reading>)],
        reader: &Reader<'_>,
    ) {
        if template.does() != Does::Update {
            return;
        }
        let fields = found
            .iter()
            .find(|(slot, _)| matches!(slot.kind, SlotKind::Field { .. }));
        let Some((field, readings)) = fields else {
            return;
        };
        let mut named = readings.iter().filter(|r| {
            r.certainty >= NAMED
                && self
                    .given
                    .iter()
                    .all(|given| Some(given.slot.as_str()) != r.value.as_str())
        });
        let (Some(reading), None) = (named.next(), named.next()) else {
            return;
        };
        let Some(meant) = reading.value.as_str().and_then(|id| template.slots.get(id)) else {
            return;
        };
        if self.given.iter().any(|given| given.slot == meant.id) {
            return;
        }
        let said = format!(" {} ", normal(self.text));
        let said_of = |slot: &Slot| {
            let mut names = names_of(slot).iter();
            names.any(|name| said.contains(&format!(" {name} ")))
        };
        let changes: Vec<usize> = (0..self.given.len())
            .filter(|n| {
                let slot = template.slots.get(&self.given[*n].slot);
                slot.is_some_and(|slot| slot.field.is_some())
            })
            .collect();
        match changes.as_slice() {
            [] => self.take(field, reading.span.clone(), &reading.value),
            // A value that no name stands for, which the named field can hold.
            [only] => {
                let given = &mut self.given[*only];
                let Some(slot) = template.slots.get(&given.slot) else {
                    return;
                };
                let open = |slot: &Slot| {
                    matches!(
                        slot.kind,
                        SlotKind::Text { .. }
                            | SlotKind::Organization
                            | SlotKind::City
                            | SlotKind::FirstName
                            | SlotKind::LastName
                    )
                };
                if !said_of(slot)
                    && open(slot)
                    && open(meant)
                    && let Ok(reading) = entity::read(meant, &given.text, reader)
                {
                    given.slot.clone_from(&meant.id);
                    given.value = Some(reading.value);
                }
            }
            _ => {}
        }
    }
}
