//! An answer that is neither a value nor a new request: a yes, a no, a choice, or something that can't be taken. What comes
//! of it, in each state, stands here (template-language.md, section 7).

use crate::conversation::{Awaiting, ChoicePurpose, What};
use crate::effect::Does;
use crate::event::Message;
use crate::turn::Play;
use crate::understanding::act::Act;

impl Play<'_> {
    /// An answer that is neither a value nor a new request.
    pub(crate) fn answer(&mut self, act: &Act, informed: bool, message: &Message) {
        let awaiting = self.conversation.awaiting.clone();
        match (act, awaiting) {
            (Act::Choose { option }, Awaiting::Choice { options, purpose }) => {
                self.chosen(*option, options.len(), purpose)
            }
            (Act::Choose { option }, _) => self.pick(*option),
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
                    self.missed(&template, slot, message.text.trim());
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
            ) => {
                let text = self.wording("confirm.unclear", &[]);
                self.say(text);
                self.say_the_question_again();
            }
            (Act::Deny, Awaiting::Choice { .. }) => self.cancel(true),
            (Act::Skip { slot, all }, Awaiting::Slot { .. }) => self.skip(slot.as_deref(), *all),
            (Act::DontKnow | Act::Deny, Awaiting::Slot { .. }) if informed => self.advance(),
            (Act::DontKnow | Act::Deny, Awaiting::Slot { .. }) => self.skip(None, false),
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
                    self.missed(&template, slot, message.text.trim());
                }
            }
            (Act::Hello | Act::Noted, Awaiting::Slot { .. }) => self.say_the_question_again(),
            (_, Awaiting::Slot { .. }) if informed => self.advance(),
            (_, Awaiting::Slot { slot }) => {
                if let Some(template) = self.top() {
                    self.missed(&template, &slot, message.text.trim());
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
                let text = self.wording("yes_to_what", &[]);
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
}
