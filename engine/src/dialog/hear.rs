//! A message is heard: understood into acts, and the acts applied to what is open (template-language.md, section 7). What
//! the acts are is the understanding's; what comes of each, in each state, stands here.

use std::collections::BTreeMap;

use minijinja::Value as Shown;

use crate::Value;
use crate::conversation::{Awaiting, ChoicePurpose, Dialog, Later, Opened, SlotState, What};
use crate::display::MASK;
use crate::effect::{Does, Effect};
use crate::event::Message;
use crate::locale::Locale;
use crate::template::{Digressions, SlotKind, Template};
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
        let silent = self
            .conversation
            .heard_at
            .map_or(0, |at| self.at.as_second() - at.as_second());
        self.conversation.heard_at = Some(self.at);
        if self.conversation.awaiting == Awaiting::Call {
            let text = self.wording("call.slow", &[]);
            return self.say(text);
        }
        if silent > self.templates.bot.ask_after && !self.conversation.dialogs.is_empty() {
            return self.hear_after_silence(message);
        }
        if let Some(field) = self.extra_awaited()
            && !words_are_command(&message.text, &self.locale)
        {
            if let Some(template) = self.top()
                && self.fill_extra(&template, &field, &message.text)
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
    fn hear_after_silence(&mut self, message: &Message) {
        let acts = self.acts(message, &Awaiting::Nothing);
        let parked = self.conversation.heard_at;
        if let Some(dialog) = self.conversation.dialogs.last_mut() {
            dialog.parked_at = dialog.parked_at.or(parked);
        }
        if acts.iter().any(|act| matches!(act, Act::Start { .. })) {
            return self.apply(acts, message);
        }
        let Some(template) = self.top() else {
            return self.apply(acts, message);
        };
        let title = Shown::from(super::stack::topic(&template));
        let text = self.wording("resume.ask", &[("template", title)]);
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

    /// Acts as they may be seen, and the message where it may not be seen as it is: what was said for a slot that is
    /// sensitive is neither traced nor kept among what was said.
    fn masked(&self, message: &Message, acts: &[Act]) -> (Vec<Act>, Option<String>) {
        let top = self.conversation.dialogs.last();
        let top = top.and_then(|d| self.templates.version(&d.template, &d.digest));
        let mut template = top;
        let mut shown = acts.to_vec();
        let mut surfaces = Vec::new();
        for act in &mut shown {
            match act {
                Act::Start { template: id } | Act::Digress { template: id } => {
                    template = self.templates.current.get(id.as_str());
                }
                Act::Inform(given) | Act::Correct(given) => {
                    // Where the template is lost nobody can tell what was sensitive.
                    let slot = template.and_then(|template| template.slots.get(&given.slot));
                    if slot.is_none_or(|slot| slot.sensitive) {
                        given.value = given.value.take().map(|_| MASK.into());
                        surfaces.push(std::mem::replace(&mut given.text, MASK.to_owned()));
                    }
                }
                _ => {}
            }
        }
        let awaited = match &self.conversation.awaiting {
            Awaiting::Slot { slot } => top.and_then(|template| template.slots.get(slot)),
            _ => None,
        };
        // An answer that was not taken may be the secret all the same, with a slip in it.
        let is_answer = awaited.is_some_and(|slot| slot.sensitive)
            && (message.value.is_some() || !acts.iter().all(is_command));
        if !is_answer && surfaces.is_empty() {
            return (shown, None);
        }
        let apart = |surface: &String| !surface.is_empty() && message.text.contains(surface);
        let heard = if is_answer || !surfaces.iter().all(apart) {
            MASK.to_owned()
        } else {
            let all = surfaces.iter();
            all.fold(message.text.clone(), |text, surface| {
                text.replace(surface, MASK)
            })
        };
        (shown, Some(heard))
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

    /// Takes values for the dialog on top; false where a question about one of them is out.
    fn take(&mut self, given: Vec<Given>, correcting: bool) -> bool {
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
                    if !self.fill(&template, &given.slot, value, &given.text) {
                        return false;
                    }
                    self.say_taken(&template, &given.slot);
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
                self.say_taken(&template, &given.slot);
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

    /// Says what a slot is now, where nothing that follows would show it: while a sign-in is awaited.
    fn say_taken(&mut self, template: &Template, id: &str) {
        let signing_in = matches!(
            self.conversation.awaiting,
            Awaiting::Authorization { .. } | Awaiting::Code { .. }
        );
        let dialog = self.conversation.dialogs.last();
        let value = dialog.and_then(|dialog| dialog.value(id));
        let (Some(slot), Some(value), true) = (template.slots.get(id), value, signing_in) else {
            return;
        };
        if slot.sensitive || matches!(slot.kind, SlotKind::Record { .. } | SlotKind::Field { .. }) {
            return;
        }
        let names = [
            ("slot", Shown::from(slot.label.clone())),
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
            Value::Array(more) => all.extend(more),
            one => all.push(one),
        }
        Value::Array(all)
    }

    /// Starts a template, by the rules of digressions where another runs.
    fn begin(&mut self, id: &str, given: Vec<Given>) {
        let Some(template) = self.templates.current.get(id).cloned() else {
            return self.fallback();
        };
        let slots = states(given);
        let title = Shown::from(template.purpose.clone());
        if let Some(running) = self.top() {
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
                let text = self.wording("forgotten", &[]);
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

    /// An answer that is neither a value nor a new request.
    fn answer(&mut self, act: &Act, informed: bool, message: &Message) {
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

fn words_are_command(text: &str, locale: &Locale) -> bool {
    command(text, Words::of(locale)).is_some()
}

/// Acts that hold nothing of what was typed.
fn is_command(act: &Act) -> bool {
    is_control(act) || matches!(act, Act::Skip { .. } | Act::DontKnow | Act::Change)
}

/// Acts that come before everything else in a message.
fn is_control(act: &Act) -> bool {
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

pub(super) fn states(given: Vec<Given>) -> BTreeMap<String, SlotState> {
    given
        .into_iter()
        .filter_map(|given| {
            Some((
                given.slot,
                SlotState::Filled {
                    value: given.value?,
                    text: given.text,
                },
            ))
        })
        .collect()
}
