//! An answer that is neither a value nor a new request: a yes, a no, a choice, or something that can't be taken. What comes
//! of it, in each state, stands here (docs/template-reference.md, "Corrections").

use minijinja::Value as Shown;

use crate::conversation::{Awaiting, ChoicePurpose, What};
use crate::effect::Does;
use crate::event::Message;
use crate::template::SlotKind;
use crate::turn::Play;
use crate::understanding::act::Act;
use crate::understanding::questioned::asks_of_this;
use crate::understanding::words::Words;

impl Play<'_> {
    /// An answer that is neither a value nor a new request.
    pub(crate) fn answer(&mut self, act: &Act, informed: bool, message: &Message) {
        let awaiting = self.conversation.awaiting.clone();
        match (act, awaiting) {
            (Act::Choose { option }, Awaiting::Choice { options, purpose }) => {
                self.chosen(*option, options.len(), purpose)
            }
            (Act::Choose { option }, _) => {
                let by_rank = Words::of(&self.locale).ranks(&message.text);
                self.pick(*option, by_rank)
            }
            // None of the records that were offered: another one is named.
            (
                Act::Deny | Act::Skip { .. } | Act::DontKnow,
                Awaiting::Choice {
                    purpose: ChoicePurpose::Record { slot, .. },
                    ..
                },
            ) => self.none_of_these(&slot),
            (Act::Affirm, Awaiting::Choice { options, purpose })
                if self.has_one_way_on(&purpose, options.len()) =>
            {
                self.chosen(0, options.len(), purpose)
            }
            // A yes with a change is a change: the card is shown again.
            (
                _,
                Awaiting::Confirm {
                    what: What::Write { .. },
                },
            ) if informed => self.advance(),
            (Act::Affirm, Awaiting::Confirm { what }) => self.decided(what, true),
            (Act::Deny, Awaiting::Confirm { what }) => self.decided(what, false),
            // Another record is to be deleted: which, is asked.
            (
                Act::Change,
                Awaiting::Confirm {
                    what:
                        What::Write {
                            does: Does::Delete, ..
                        },
                },
            ) if self.record_slot().is_some() => {
                if let Some(slot) = self.record_slot() {
                    self.none_of_these(&slot);
                }
            }
            (
                Act::Change,
                Awaiting::Confirm {
                    what: What::Write { .. },
                },
            ) => {
                let text = self.wording("confirm.change_which", &[]);
                self.say(text);
            }
            (
                Act::Invalid { slot, .. },
                Awaiting::Confirm {
                    what: What::Write { .. },
                },
            ) => {
                if let Some(template) = self.top() {
                    self.missed(&template, slot, message.said().trim());
                }
            }
            // Only a clear yes deletes.
            (
                _,
                Awaiting::Confirm {
                    what:
                        what @ What::Write {
                            does: Does::Delete, ..
                        },
                },
            ) => {
                let text = self.wording("confirm.taken_as_no", &[]);
                self.say(text);
                self.decided(what, false);
            }
            (
                _,
                Awaiting::Confirm {
                    what: What::Write { .. },
                },
            ) => match self.slot_asked_about(&message.text) {
                Some(slot) => self.tell_slot(&slot),
                None => {
                    let text = self.wording("confirm.unclear", &[]);
                    self.say(text);
                    self.say_the_question_again();
                }
            },
            (Act::Deny, Awaiting::Choice { .. }) => self.cancel(true),
            (Act::Skip { slot, all }, Awaiting::Slot { .. }) => self.skip(slot.as_deref(), *all),
            (Act::DontKnow | Act::Deny, Awaiting::Slot { .. }) if informed => self.advance(),
            // None of the records: nothing is to be done to one.
            (Act::Deny, Awaiting::Slot { slot }) if self.must_name(&slot) => self.cancel(true),
            // A no where there has to be a value: whether to go on at all is the question.
            (Act::Deny, Awaiting::Slot { slot }) if self.is_required(&slot) => {
                self.say_required(&slot);
                self.confirm_cancel();
            }
            (Act::DontKnow | Act::Deny, Awaiting::Slot { .. }) => self.skip(None, false),
            // "What's the company" while something else is asked: it is told, and the question asked again.
            (Act::Invalid { slot: asked, .. }, Awaiting::Slot { .. })
                if self.told_of_another(asked, &message.text) => {}
            (Act::Invalid { slot, reason }, Awaiting::Slot { .. }) if reason == "all" => {
                if let Some(template) = self.top()
                    && let Some(slot) = template.slots.get(slot)
                {
                    let text = self.wording("record.not_all", &[]);
                    self.put_question(&template, slot, text);
                }
            }
            (Act::Invalid { slot, .. }, Awaiting::Slot { .. }) => {
                if let Some(template) = self.top() {
                    self.missed(&template, slot, message.said().trim());
                }
            }
            (Act::Hello | Act::Noted, Awaiting::Slot { .. }) => self.say_the_question_again(),
            // "And a phone number?" "Yes."
            (Act::Affirm, Awaiting::Slot { slot }) if !informed && !self.must_name(&slot) => {
                self.say_the_question_again()
            }
            (_, Awaiting::Slot { .. }) if informed => self.advance(),
            (_, Awaiting::Slot { slot }) => {
                if let Some(template) = self.top() {
                    self.missed(&template, &slot, message.said().trim());
                }
            }
            (
                Act::Deny | Act::Skip { .. } | Act::DontKnow,
                Awaiting::Authorization { integration, .. },
            ) => {
                if !self.waits_for_sign_in() {
                    return self.cancel(true);
                }
                let text = self.sign_in_wording("sign_in.without", &integration, &[]);
                self.say(text);
                self.confirm_cancel();
            }
            (_, Awaiting::Authorization { .. } | Awaiting::Code { .. }) if informed => {
                self.advance()
            }
            (_, Awaiting::Authorization { .. } | Awaiting::Code { .. }) => {
                self.say_the_question_again()
            }
            (Act::Hello, Awaiting::Nothing) => {
                let text = self.wording("hello", &[]);
                self.say(text);
            }
            (Act::Noted, Awaiting::Nothing) => {
                let text = self.wording("noted", &[]);
                self.say(text);
            }
            (Act::Affirm, Awaiting::Nothing) => {
                // "Ok" after something was done asks for nothing.
                let words = Words::of(&self.locale);
                let key = match words.is_acknowledgement(&message.text) {
                    true => "acknowledged",
                    false => "yes_to_what",
                };
                let text = self.wording(key, &[]);
                self.say(text);
            }
            (Act::Deny, Awaiting::Nothing) => {
                let text = self.wording("left_alone", &[]);
                self.say(text);
            }
            (Act::Ambiguous { between }, _) => self.which_template(between),
            (_, Awaiting::Choice { options, purpose }) => {
                let text = self.wording("ambiguous", &[]);
                self.choices(text, options, purpose);
            }
            _ => self.fallback(),
        }
    }

    /// The slot of the record that the dialog on top is about.
    fn record_slot(&mut self) -> Option<String> {
        let template = self.top()?;
        let mut slots = template.slots.values();
        let slot = slots.find(|slot| matches!(slot.kind, SlotKind::Record { .. }));
        slot.map(|slot| slot.id.clone())
    }

    /// Whether a record has to be named there.
    fn must_name(&mut self, slot: &str) -> bool {
        let template = self.top();
        let slot = template
            .as_ref()
            .and_then(|template| template.slots.get(slot));
        slot.is_some_and(|slot| matches!(slot.kind, SlotKind::Record { .. }) && !slot.optional)
    }

    fn is_required(&mut self, slot: &str) -> bool {
        let template = self.top();
        let slot = template
            .as_ref()
            .and_then(|template| template.slots.get(slot));
        slot.is_some_and(|slot| !slot.optional)
    }

    fn say_required(&mut self, slot: &str) {
        let Some(template) = self.top() else { return };
        let Some(slot) = template.slots.get(slot) else {
            return;
        };
        let label = Shown::from(self.within(&slot.label));
        let text = self.wording("skip.required", &[("slot", label)]);
        self.say(text);
    }

    /// Tells a slot with a value that a question names, other than the one that is asked; false where it names none.
    fn told_of_another(&mut self, asked: &str, text: &str) -> bool {
        let Some(slot) = self.slot_asked_about(text) else {
            return false;
        };
        let dialog = self.conversation.dialogs.last();
        let filled = dialog.is_some_and(|dialog| dialog.value(&slot).is_some());
        if filled && slot != asked {
            self.tell_slot(&slot);
            return true;
        }
        // "What's his title" before it was given, while a lead is made.
        let Some(template) = self.top() else {
            return false;
        };
        let words = Words::of(&self.locale);
        if !asks_of_this(&template, text, words) {
            return false;
        }
        let Some(named) = template.slots.get(&slot) else {
            return false;
        };
        let names = [
            ("slot", Shown::from(self.within(&named.label))),
            ("value", Shown::from("")),
        ];
        let said = self.wording("told", &names);
        self.say(said);
        self.say_the_question_again();
        true
    }

    /// Says what a slot is by now and asks the open question again; of one that is empty asks for its value.
    fn tell_slot(&mut self, id: &str) {
        let Some(template) = self.top() else { return };
        let Some(slot) = template.slots.get(id) else {
            return;
        };
        let dialog = self.conversation.dialogs.last();
        let value = match dialog.and_then(|dialog| dialog.value(id)) {
            Some(_) if slot.sensitive => crate::display::MASK.to_owned(),
            Some(value) => self.shown(slot, value),
            None => String::new(),
        };
        let empty = value.is_empty();
        let names = [
            ("slot", Shown::from(self.within(&slot.label))),
            ("value", Shown::from(value)),
        ];
        let text = self.wording("told", &names);
        self.say(text);
        if !empty {
            return self.say_the_question_again();
        }
        if let Some(dialog) = self.conversation.dialogs.last_mut() {
            dialog.slots.remove(id);
        }
        self.changed(id);
        self.ask(&template, slot);
    }
}
