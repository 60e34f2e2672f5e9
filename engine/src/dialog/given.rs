//! Values that the user gave are taken: for the dialog on top, or for one below that has their slot. How a value is read is
//! the understanding's, how a slot is filled the slots'.

use std::collections::BTreeMap;

use minijinja::Value as Shown;

use crate::Value;
use crate::conversation::{Awaiting, Dialog, SlotState};
use crate::template::{Slot, SlotKind, Template};
use crate::turn::Play;
use crate::understanding::act::Given;

impl Play<'_> {
    /// Takes values for the dialog on top; false where a question about one of them is out.
    pub(crate) fn take(&mut self, given: Vec<Given>, correcting: bool) -> bool {
        let Some(template) = self.top() else {
            return true;
        };
        for given in given {
            if !template.slots.contains_key(&given.slot) {
                self.take_below(given);
                continue;
            }
            match &given.value {
                Some(value) => {
                    let value = self.with_list(&template, &given, value.clone());
                    let unseen = self.is_signing_in()
                        || self.asks_other(&given.slot) && self.replaces(&given.slot, &value);
                    if !self.fill(&template, &given.slot, value, &given.text) {
                        return false;
                    }
                    if unseen {
                        self.say_taken(&template, &given.slot);
                    }
                }
                None if correcting => {
                    let Some(slot) = template.slots.get(&given.slot) else {
                        continue;
                    };
                    if let Some(dialog) = self.conversation.dialogs.last_mut() {
                        dialog.slots.remove(&given.slot);
                        dialog.results.remove(&given.slot);
                    }
                    self.changed(&given.slot);
                    self.ask_value(&template, slot);
                    return false;
                }
                None => {}
            }
        }
        true
    }

    /// The slot of this id in the nearest dialog that has it.
    pub(crate) fn slot_below(&self, id: &str) -> Option<&Slot> {
        self.conversation.dialogs.iter().rev().find_map(|dialog| {
            let template = self.templates.version(&dialog.template, &dialog.digest)?;
            template.slots.get(id)
        })
    }

    /// Takes a value for the nearest dialog below that has its slot. Where a question about it would be out, it has to wait
    /// until that dialog is on top again.
    fn take_below(&mut self, given: Given) {
        let has = |dialog: &Dialog| {
            let template = self.templates.version(&dialog.template, &dialog.digest);
            template.is_some_and(|template| template.slots.contains_key(&given.slot))
        };
        let Some(at) = self.conversation.dialogs.iter().rposition(has) else {
            return;
        };
        let Some(value) = given.value else { return };
        let above = self.conversation.dialogs.split_off(at + 1);
        let (awaiting, replies) = (self.conversation.awaiting.clone(), self.replies.len());
        if let Some(template) = self.top() {
            if self.fill(&template, &given.slot, value, &given.text) {
                if self.is_signing_in() {
                    self.say_taken(&template, &given.slot);
                }
            } else {
                self.replies.truncate(replies);
                self.conversation.awaiting = awaiting;
                if let Some(dialog) = self.conversation.dialogs.last_mut() {
                    dialog.slots.remove(&given.slot);
                }
                self.changed(&given.slot);
            }
        }
        self.conversation.dialogs.extend(above);
    }

    fn is_signing_in(&self) -> bool {
        matches!(
            self.conversation.awaiting,
            Awaiting::Authorization { .. } | Awaiting::Code { .. }
        )
    }

    /// Whether another slot than this one is asked.
    fn asks_other(&self, id: &str) -> bool {
        matches!(&self.conversation.awaiting, Awaiting::Slot { slot } if slot != id)
    }

    /// Whether a slot of the dialog on top has another value than this one.
    fn replaces(&self, id: &str, value: &Value) -> bool {
        let dialog = self.conversation.dialogs.last();
        let old = dialog.and_then(|dialog| dialog.value(id));
        old.is_some_and(|old| old != value)
    }

    /// Says what a slot is now, where nothing that follows would show it: while a sign-in is awaited, or another slot asked.
    fn say_taken(&mut self, template: &Template, id: &str) {
        let dialog = self.conversation.dialogs.last();
        let value = dialog.and_then(|dialog| dialog.value(id));
        let (Some(slot), Some(value)) = (template.slots.get(id), value) else {
            return;
        };
        if slot.sensitive || matches!(slot.kind, SlotKind::Record { .. } | SlotKind::Field { .. }) {
            return;
        }
        let names = [
            ("slot", Shown::from(self.within(&slot.label))),
            ("value", Shown::from(self.shown(slot, value))),
        ];
        let text = self.wording("taken", &names);
        self.say(text);
    }

    /// One more value of a `list` slot stands beside the others.
    fn with_list(&self, template: &Template, given: &Given, value: Value) -> Value {
        let list = template
            .slots
            .get(&given.slot)
            .is_some_and(|slot| slot.list);
        if !list {
            return value;
        }
        let mut all = match self
            .conversation
            .dialogs
            .last()
            .and_then(|d| d.value(&given.slot))
        {
            Some(Value::Array(all)) if given.adds => all.clone(),
            _ => Vec::new(),
        };
        match value {
            Value::Array(more) => {
                let new: Vec<Value> = more.into_iter().filter(|one| !all.contains(one)).collect();
                all.extend(new);
            }
            Value::Null => return Value::Null,
            one => all.push(one),
        }
        Value::Array(all)
    }
}

/// What was given as the slots of a dialog that is to begin.
pub(super) fn states(given: Vec<Given>) -> BTreeMap<String, SlotState> {
    given
        .into_iter()
        .filter_map(|given| {
            let state = match given.value? {
                Value::Null => SlotState::Skipped,
                value => SlotState::Filled {
                    value,
                    text: given.text,
                },
            };
            Some((given.slot, state))
        })
        .collect()
}
