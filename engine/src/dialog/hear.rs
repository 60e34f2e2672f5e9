//! A message is heard: understood into acts, and the acts applied to what is open (docs/template-reference.md, "Corrections"). What
//! the acts are is the understanding's; what comes of each, in each state, stands here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use minijinja::Value as Shown;

use super::given::states;
use crate::Value;
use crate::conversation::{Awaiting, Later, Opened, SlotState, What};
use crate::effect::{Does, Effect};
use crate::event::Message;
use crate::locale::Locale;
use crate::template::{Digressions, Template};
use crate::turn::Play;
use crate::understanding::act::{Act, Given};
use crate::understanding::command::command;
use crate::understanding::message::{Moment, understand};
use crate::understanding::words::Words;

impl Play<'_> {
    pub(crate) fn hear(&mut self, message: &Message) {
        if self.conversation.handed_off {
            return;
        }
        let before = self.conversation.heard_at.replace(self.at);
        let silent = before.map_or(0, |at| self.at.as_second() - at.as_second());
        if self.conversation.awaiting == Awaiting::Call {
            let text = self.wording("call.slow", &[]);
            return self.say(text);
        }
        if silent > self.templates.bot.ask_after && !self.conversation.dialogs.is_empty() {
            return self.hear_after_silence(message, before);
        }
        if let Some(dialog) = self.conversation.dialogs.last_mut() {
            dialog.parked_at = None;
        }
        if let Some(field) = self.extra_awaited()
            && !words_are_command(&message.said(), &self.locale)
        {
            if let Some(template) = self.top()
                && self.fill_extra(&template, &field, &message.said())
            {
                self.conversation.awaiting = Awaiting::Nothing;
            }
            return self.advance();
        }
        let acts = self.acts(message, &self.conversation.awaiting.clone());
        let signed_in = std::mem::take(&mut self.conversation.just_signed_in);
        // A bare "done" just after a sign-in is neither a yes nor a value: the open question is asked again.
        let words = Words::of(&self.locale);
        if signed_in && message.value.is_none() && words.is_acknowledgement(&message.text) {
            return self.say_the_question_again();
        }
        self.apply(acts, message);
    }

    /// After a long silence a message is first understood by itself; then the open dialog is offered again.
    fn hear_after_silence(&mut self, message: &Message, before: Option<Timestamp>) {
        let acts = self.acts(message, &Awaiting::Nothing);
        if let Some(dialog) = self.conversation.dialogs.last_mut() {
            dialog.parked_at = before;
        }
        if acts.iter().any(|act| matches!(act, Act::Start { .. })) {
            return self.apply(acts, message);
        }
        let Some(template) = self.top() else {
            return self.apply(acts, message);
        };
        let title = Shown::from(super::stack::topic(&template));
        let about = Shown::from(self.about(&template));
        let text = self.wording("resume.ask", &[("template", title), ("about", about)]);
        self.confirm(text, What::Resume);
    }

    /// The field of the org, one without a slot, that is asked for.
    fn extra_awaited(&self) -> Option<String> {
        let Awaiting::Slot { slot } = &self.conversation.awaiting else {
            return None;
        };
        let dialog = self.conversation.dialogs.last()?;
        dialog.extra.contains_key(slot).then(|| slot.clone())
    }

    fn acts(&mut self, message: &Message, awaiting: &Awaiting) -> Vec<Act> {
        let moment = Moment {
            templates: self.templates,
            conversation: &self.conversation,
            awaiting,
            now: self.at.to_zoned_datetime(self.zone.clone()),
            facts: &self.facts,
            locale: &self.locale,
        };
        let understood = understand(&moment, message);
        self.trace.extend(understood.trace);
        let (shown, heard) = self.masked(message, &understood.acts);
        self.heard = heard;
        self.trace.push(format!(
            "acts {}",
            serde_json::to_string(&shown).unwrap_or_default()
        ));
        understood.acts
    }

    fn apply(&mut self, acts: Vec<Act>, message: &Message) {
        let starts = |act: &Act| matches!(act, Act::Start { .. } | Act::Digress { .. });
        let drops = |act: &Act| matches!(act, Act::Cancel { .. } | Act::Deny);
        if let Some((first, rest)) = acts.split_first()
            && drops(first)
            && rest.first().is_some_and(starts)
        {
            self.drop_dialog();
            return self.apply(rest.to_vec(), message);
        }
        if let Some(control) = acts.iter().find(|act| is_control(act)) {
            // "Go on" where the one way on is the call once more.
            if let (Act::More, Awaiting::Choice { options, purpose }) =
                (control, self.conversation.awaiting.clone())
                && self.has_one_way_on(&purpose, options.len())
            {
                return self.chosen(0, options.len(), purpose);
            }
            return self.control(control);
        }
        let mut own = Vec::new();
        let mut started: Vec<(String, Vec<Given>)> = Vec::new();
        let mut answer = None;
        let mut correcting = false;
        for act in acts {
            match act {
                Act::Start { template } | Act::Digress { template } => {
                    started.push((template, Vec::new()))
                }
                Act::Inform(given) => match started.last_mut() {
                    Some((_, of)) => of.push(given),
                    None => own.push(given),
                },
                // "New lead …, no phone": of what is started, that slot stays empty.
                Act::Skip {
                    slot: Some(slot),
                    all: false,
                } if !started.is_empty() => {
                    let given = Given {
                        slot,
                        value: Some(Value::Null),
                        text: String::new(),
                        adds: false,
                    };
                    if let Some((_, of)) = started.last_mut() {
                        of.push(given);
                    }
                }
                Act::Correct(given) => {
                    correcting = true;
                    own.push(given);
                }
                other => answer = answer.or(Some(other)),
            }
        }
        let informed = !own.is_empty();
        if informed && !self.take(own, correcting) {
            return;
        }
        // A value, and another write: that one is done afterwards.
        let writes = |id: &String| {
            let template = self.templates.current.get(id);
            template.is_some_and(|template| template.does().writes())
        };
        let top = self.conversation.dialogs.last();
        let same = |id: &String| top.is_some_and(|dialog| dialog.template == *id);
        if informed
            && matches!(self.conversation.awaiting, Awaiting::Slot { .. })
            && started.iter().any(|(id, _)| writes(id) || same(id))
        {
            for (template, given) in started.drain(..) {
                self.conversation.later.push(Later {
                    template,
                    slots: states(given),
                });
            }
        }
        // A yes, and another request: the write comes first.
        if let (Some(Act::Affirm), false, Awaiting::Confirm { .. }) =
            (&answer, started.is_empty(), &self.conversation.awaiting)
        {
            for (template, given) in started.drain(..) {
                self.conversation.later.push(Later {
                    template,
                    slots: states(given),
                });
            }
        }
        if let Some((template, given)) = started.first().cloned() {
            for (later, given) in started.into_iter().skip(1) {
                self.conversation.later.push(Later {
                    template: later,
                    slots: states(given),
                });
            }
            return self.begin(&template, given);
        }
        match answer {
            Some(answer) => self.answer(&answer, informed, message),
            None if informed => self.advance(),
            None => self.fallback(),
        }
    }

    /// Starts a template, by the rules of digressions where another runs.
    fn begin(&mut self, id: &str, given: Vec<Given>) {
        let Some(template) = self.templates.current.get(id).cloned() else {
            return self.fallback();
        };
        let slots = states(given);
        let title = Shown::from(template.purpose.clone());
        if let Some(running) = self.top() {
            // The same request once more is no other one: what is open is asked again.
            if running.id == template.id && self.tells_nothing_new(&slots) {
                return match self.conversation.awaiting {
                    Awaiting::Confirm {
                        what: What::Cancel, ..
                    } => self.decided(What::Cancel, false),
                    _ => self.say_the_question_again(),
                };
            }
            if running.id == template.id && self.nearly_done(&running) {
                return self.put_off(id, slots);
            }
            if running.id == template.id {
                let text = self.wording("replace.ask", &[("template", title)]);
                return self.confirm(
                    text,
                    What::Replace {
                        template: id.to_owned(),
                        slots,
                    },
                );
            }
            let of_slot = match &self.conversation.awaiting {
                Awaiting::Slot { slot } => {
                    running.slots.get(slot).and_then(|slot| slot.digressions)
                }
                _ => None,
            };
            match of_slot.unwrap_or(running.digressions) {
                Digressions::Allow => {}
                Digressions::Ask => {
                    let text = self.wording("digression.ask", &[("template", title)]);
                    return self.confirm(
                        text,
                        What::Suggestion {
                            template: id.to_owned(),
                            slots,
                        },
                    );
                }
                Digressions::Refuse => {
                    let text = self.wording("digression.refused", &[("template", title)]);
                    self.say(text);
                    return self.say_the_question_again();
                }
            }
        }
        if self.open(id, slots, Opened::User) {
            self.advance();
        }
    }

    /// Whether the dialog on top waits for a sign-in and has all these values already.
    fn tells_nothing_new(&self, slots: &BTreeMap<String, SlotState>) -> bool {
        let Some(dialog) = self.conversation.dialogs.last() else {
            return false;
        };
        let has = |(slot, state): (&String, &SlotState)| dialog.slots.get(slot) == Some(state);
        dialog.out.as_ref().is_some_and(|out| out.parked) && slots.iter().all(has)
    }

    /// Whether a write waits for nothing but its yes and what may be left out.
    fn nearly_done(&self, running: &Template) -> bool {
        let optional = |slot: &String| running.slots.get(slot).is_some_and(|slot| slot.optional);
        let asked = match &self.conversation.awaiting {
            Awaiting::Confirm {
                what: What::Write { .. },
            } => true,
            Awaiting::Slot { slot } => optional(slot),
            _ => false,
        };
        asked && running.does() == Does::Create
    }

    /// Another of what runs is done after it; what could still be told of this one is left out.
    fn put_off(&mut self, id: &str, slots: BTreeMap<String, SlotState>) {
        self.conversation.later.push(Later {
            template: id.to_owned(),
            slots,
        });
        let text = self.wording("put_off", &[]);
        self.say(text);
        match self.conversation.awaiting {
            Awaiting::Slot { .. } => self.skip(None, true),
            _ => self.say_the_question_again(),
        }
    }

    fn control(&mut self, act: &Act) {
        match act {
            Act::Cancel { sure } => self.cancel(*sure),
            Act::Restart => self.restart(),
            Act::Help => self.help(),
            Act::Why => self.why(),
            Act::More => self.more(),
            Act::Undo => self.undo(),
            Act::GoBack => self.go_back(),
            Act::Repeat if self.conversation.awaiting.is_nothing() => self.help(),
            Act::Repeat => self.say_the_question_again(),
            Act::ForgetMe => {
                let text = self.wording("sign_in.forgotten", &[]);
                self.say(text);
                self.effects.push(Effect::ForgetUser);
            }
            Act::WhoAmI | Act::SignOut | Act::SignIn | Act::SwitchAccount => {
                let Some(integration) = self.integration_meant() else {
                    return self.connected_as(None);
                };
                match act {
                    Act::WhoAmI => self.effects.push(Effect::WhoAmI { integration }),
                    Act::SignOut => self.effects.push(Effect::SignOut { integration }),
                    _ => {
                        let switch = *act == Act::SwitchAccount;
                        self.ask_for_sign_in(&integration, crate::effect::Auth::User, switch);
                    }
                }
            }
            _ => {}
        }
    }
}

fn words_are_command(text: &str, locale: &Locale) -> bool {
    command(text, Words::of(locale)).is_some()
}

/// Acts that come before everything else in a message.
pub(super) fn is_control(act: &Act) -> bool {
    matches!(
        act,
        Act::Cancel { .. }
            | Act::Restart
            | Act::Help
            | Act::Why
            | Act::More
            | Act::Undo
            | Act::GoBack
            | Act::Repeat
            | Act::WhoAmI
            | Act::ForgetMe
            | Act::SignOut
            | Act::SignIn
            | Act::SwitchAccount
    )
}
