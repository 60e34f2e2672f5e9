//! A question at a confirmation: about the record that is to be changed or deleted, or about a slot of what is to be made.
//! It is answered, and the confirmation asked again.

use crate::Value;
use crate::template::{SlotKind, Template};
use crate::turn::Play;

use super::act::{Act, Given};
use super::clause::names_of;
use super::given::given_with;
use super::message::Moment;
use super::words::{Words, normal};

/// "What's his company again?" while Ida's record is to be deleted: the template that tells a field of a record is asked.
pub(super) fn about_the_record(
    moment: &Moment<'_>,
    template: &Template,
    text: &str,
    words: &Words,
) -> Option<Vec<Act>> {
    if !words.asks(text) {
        return None;
    }
    let own = template
        .slots
        .values()
        .find(|slot| matches!(slot.kind, SlotKind::Record { .. }) && slot.field.is_none())?;
    let SlotKind::Record { object, .. } = &own.kind else {
        return None;
    };
    let meant = moment.conversation.dialogs.last()?.value(&own.id)?;
    let mut others = moment.templates.current.values();
    others.find_map(|other| {
        let mut slots = other.slots.values();
        let record = slots.find(
            |slot| matches!(&slot.kind, SlotKind::Record { object: its, .. } if its == object),
        )?;
        if other.does().writes() {
            return None;
        }
        let mut given = given_with(moment, other, text, true, 1.0);
        let lower = normal(text);
        let (field, names) = other.slots.values().find_map(|slot| match &slot.kind {
            SlotKind::Field { names, .. } => Some((slot, names)),
            _ => None,
        })?;
        if !given.iter().any(|given| given.slot == field.id) {
            let said = format!(" {lower} ");
            let name = names.iter().find(|name| {
                let mut all = name.names.iter();
                all.any(|name| said.contains(&format!(" {name} ")))
            })?;
            given.push(Given {
                slot: field.id.clone(),
                value: Some(Value::from(name.id.clone())),
                text: name.label.clone(),
                adds: false,
            });
        }
        let points = lower.split(' ').any(|word| words.points_back(word));
        if points || !given.iter().any(|given| given.slot == record.id) {
            given.retain(|given| given.slot != record.id);
            given.push(Given {
                slot: record.id.clone(),
                value: Some(meant.clone()),
                text: String::new(),
                adds: false,
            });
        }
        let start = Act::Digress {
            template: other.id.clone(),
        };
        Some(
            std::iter::once(start)
                .chain(given.into_iter().map(Act::Inform))
                .collect(),
        )
    })
}

/// Whether a question is about whom the dialog is about, and one of its slots: "what's his title".
pub(crate) fn asks_of_this(template: &Template, text: &str, words: &Words) -> bool {
    let lower = normal(text);
    let said = format!(" {lower} ");
    let of_this = |name: &str| said.contains(&format!(" the {name} "));
    let points = lower.split(' ').any(|word| words.points_back(word));
    words.asks(text)
        && template.slots.values().any(|slot| {
            let plain = !matches!(slot.kind, SlotKind::Field { .. } | SlotKind::Record { .. });
            plain
                && names_of(slot)
                    .iter()
                    .any(|name| points && said.contains(&format!(" {name} ")) || of_this(name))
        })
}

impl Play<'_> {
    /// The slot of the dialog on top that a question names: "what's his title".
    pub(crate) fn slot_asked_about(&mut self, text: &str) -> Option<String> {
        let words = Words::of(&self.locale);
        if !words.asks(text) {
            return None;
        }
        let template = self.top()?;
        let lower = format!(" {} ", normal(text));
        let named = template
            .slots
            .values()
            .filter(|slot| !matches!(slot.kind, SlotKind::Field { .. } | SlotKind::Record { .. }));
        named
            .flat_map(|slot| names_of(slot).iter().map(move |name| (slot, name)))
            .filter(|(_, name)| lower.contains(&format!(" {name} ")))
            .max_by_key(|(_, name)| name.len())
            .map(|(slot, _)| slot.id.clone())
    }
}
