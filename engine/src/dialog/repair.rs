//! What is said and done when a dialog does not simply go on: cancel, help, why, skip, back, not understood, undo. The
//! words stand in repair.yaml, where a designer may override them.

use std::sync::Arc;

use minijinja::Value as Shown;
use serde_json::json;

use crate::Value;
use crate::conversation::{Awaiting, Opened, Purpose, SlotState, What};
use crate::effect::{Auth, Does, Effect};
use crate::template::{End, GivesUp, Template};
use crate::turn::Play;

/// How long a write can be taken back, in seconds.
const UNDO_FOR: i64 = 600;

impl Play<'_> {
    pub(crate) fn cancel(&mut self, sure: bool) {
        let signing_in = matches!(
            self.conversation.awaiting,
            Awaiting::Authorization { .. } | Awaiting::Code { .. }
        );
        let waits = self.waits_for_sign_in();
        // A sign-in that the user asked for by itself is all that is stopped.
        if signing_in && !waits {
            self.drop_link();
            let text = self.wording("left_alone", &[]);
            self.say(text);
            return self.advance();
        }
        let Some(template) = self.top() else {
            let text = self.wording("cancel.nothing", &[]);
            return self.say(text);
        };
        if !sure {
            let title = super::stack::topic(&template);
            let text = self.wording("cancel.ask", &[("template", Shown::from(title))]);
            return self.confirm(text, What::Cancel);
        }
        self.void_link_of_top();
        let text = self.cancelled_text(&template);
        self.say(text);
        self.end(End::Cancelled);
        self.settle();
    }

    /// Cancelled for another request: what lies below is not gone on with before that one is done.
    pub(crate) fn drop_dialog(&mut self) {
        let Some(template) = self.top() else { return };
        self.void_link_of_top();
        let text = self.cancelled_text(&template);
        self.say(text);
        while let Some(dropped) = self.conversation.dialogs.pop() {
            self.trace.push(format!("{} cancelled", dropped.template));
            if dropped.why == Opened::User {
                break;
            }
        }
        self.conversation.awaiting = Awaiting::Nothing;
    }

    /// A link that only the dialog on top waits for ends with it.
    fn void_link_of_top(&mut self) {
        let waits = self.waits_for_sign_in();
        let dialogs = &self.conversation.dialogs;
        let below = &dialogs[..dialogs.len().saturating_sub(1)];
        if waits && !below.iter().any(|dialog| self.is_parked(dialog)) {
            self.drop_link();
        }
    }

    /// "Nothing was written", or what was.
    pub(crate) fn cancelled_text(&mut self, template: &Arc<Template>) -> String {
        let wrote = self
            .conversation
            .dialogs
            .last()
            .is_some_and(|d| d.memo.values().any(|memo| memo.done));
        let title = Shown::from(super::stack::topic(template));
        match self.conversation.undo.as_ref().filter(|_| wrote) {
            Some(undo) => {
                let name = undo.record["name"].as_str().unwrap_or_default().to_owned();
                self.wording(
                    "cancel.written",
                    &[("record", Shown::from(name)), ("template", title)],
                )
            }
            None => {
                let what = Shown::from(template.does().word());
                self.wording("cancelled", &[("template", title), ("what", what)])
            }
        }
    }

    pub(crate) fn restart(&mut self) {
        self.drop_link();
        self.conversation.dialogs.clear();
        self.conversation.later.clear();
        self.conversation.list = None;
        self.conversation.awaiting = Awaiting::Nothing;
        let text = self.wording("restarted", &[]);
        self.say(text);
    }

    /// What the bot can do; or, in a dialog, what is asked and how to answer.
    pub(crate) fn help(&mut self) {
        match (&self.conversation.awaiting.clone(), self.top()) {
            (Awaiting::Slot { slot }, Some(template)) if template.slots.contains_key(slot) => {
                let slot = &template.slots[slot];
                let text = self.wording(
                    "help.slot",
                    &[("slot", Shown::from(slot.label.to_lowercase()))],
                );
                self.say(text);
                self.ask(&template, slot);
            }
            (
                Awaiting::Confirm {
                    what: What::Write { .. },
                },
                Some(_),
            ) => {
                let text = self.wording("confirm.why", &[]);
                self.say(text);
                self.say_the_question_again();
            }
            (Awaiting::Authorization { integration, .. } | Awaiting::Code { integration }, _) => {
                let text = self.sign_in_wording("sign_in.about", integration, &[]);
                self.say(text);
            }
            _ => {
                let text = self.what_it_can("help");
                self.say(text);
                self.say_the_question_again();
            }
        }
    }

    pub(crate) fn why(&mut self) {
        let (Awaiting::Slot { slot }, Some(template)) =
            (self.conversation.awaiting.clone(), self.top())
        else {
            return self.help();
        };
        let Some(slot) = template.slots.get(&slot) else {
            return self.help();
        };
        let text = match &slot.why {
            Some(why) => self.phrase(
                why,
                &format!("{}/{}/why", template.id, slot.id),
                &self.scope(&template),
            ),
            None => self.wording(
                "why.slot",
                &[("slot", Shown::from(slot.label.to_lowercase()))],
            ),
        };
        self.say(text);
        self.ask(&template, slot);
    }

    /// "Skip", "no e-mail": an optional slot is skipped, any other is explained and asked again.
    pub(crate) fn skip(&mut self, named: Option<&str>, all: bool) {
        let Some(template) = self.top() else {
            return self.fallback();
        };
        if all {
            let open: Vec<String> = template
                .slots
                .values()
                .filter(|s| s.optional)
                .map(|s| s.id.clone())
                .collect();
            let dialog = self
                .conversation
                .dialogs
                .last_mut()
                .expect("top has a dialog");
            for id in open {
                dialog.slots.entry(id).or_insert(SlotState::Skipped);
            }
            return self.advance();
        }
        let awaited = match &self.conversation.awaiting {
            Awaiting::Slot { slot } => Some(slot.clone()),
            _ => None,
        };
        let Some(id) = named.map(str::to_owned).or(awaited) else {
            return self.say_the_question_again();
        };
        let Some(slot) = template.slots.get(&id) else {
            return self.say_the_question_again();
        };
        if slot.optional {
            let dialog = self
                .conversation
                .dialogs
                .last_mut()
                .expect("top has a dialog");
            dialog.slots.insert(id, SlotState::Skipped);
            self.advance();
        } else {
            let text = self.wording(
                "skip.required",
                &[("slot", Shown::from(slot.label.to_lowercase()))],
            );
            self.say(text);
            self.ask(&template, slot);
        }
    }

    /// The slot before is asked again.
    pub(crate) fn go_back(&mut self) {
        let Some(template) = self.top() else {
            return self.fallback();
        };
        let current = match &self.conversation.awaiting {
            Awaiting::Slot { slot } => Some(slot.clone()),
            _ => None,
        };
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("top has a dialog");
        if dialog.asked.last() == current.as_ref() {
            dialog.asked.pop();
        }
        let Some(id) = dialog.asked.pop() else {
            return self.say_the_question_again();
        };
        dialog.slots.remove(&id);
        dialog.results.remove(&id);
        self.changed(&id);
        if let Some(slot) = template.slots.get(&id) {
            self.ask(&template, slot);
        }
    }

    /// An answer that can't be taken: asked again, and after so many given up.
    pub(crate) fn missed(&mut self, template: &Arc<Template>, id: &str, heard: &str) {
        let Some(slot) = template.slots.get(id) else {
            return self.fallback();
        };
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("top has a dialog");
        let misses = dialog.misses.entry(id.to_owned()).or_insert(0);
        *misses += 1;
        if *misses < slot.retries.max(1) {
            let text = self.reask_text(template, slot, heard);
            return self.put_question(template, slot, text);
        }
        let text = self.wording(
            "ask.gave_up",
            &[("slot", Shown::from(slot.label.to_lowercase()))],
        );
        self.say(text);
        match slot.gives_up {
            GivesUp::Skip => {
                let dialog = self
                    .conversation
                    .dialogs
                    .last_mut()
                    .expect("top has a dialog");
                dialog.slots.insert(id.to_owned(), SlotState::Skipped);
                self.advance();
            }
            GivesUp::Cancel => {
                self.end(End::Cancelled);
                self.settle();
            }
            GivesUp::Handoff => match self.templates.bot.handoff.keys().next().cloned() {
                Some(desk) => self.hand_over(&desk),
                None => {
                    self.end(End::Cancelled);
                    self.settle();
                }
            },
        }
    }

    pub(crate) fn fallback(&mut self) {
        let text = self.what_it_can("fallback");
        self.say(text);
        self.say_the_question_again();
    }

    /// A response that may name what the bot can do.
    pub(crate) fn what_it_can(&mut self, key: &str) -> String {
        let started = self
            .templates
            .current
            .values()
            .filter(|t| !t.examples.is_empty());
        let titles: Vec<String> = started.map(|t| super::stack::starter(t)).collect();
        self.wording(key, &[("templates", Shown::from(titles))])
    }

    /// Whatever is open is asked again, in the same words or the next variant.
    pub(crate) fn say_the_question_again(&mut self) {
        match self.conversation.awaiting.clone() {
            Awaiting::Slot { slot } => {
                if let Some(template) = self.top()
                    && let Some(slot) = template.slots.get(&slot)
                {
                    self.ask(&template, slot);
                }
            }
            Awaiting::Confirm {
                what: What::Write { step, .. },
            } => {
                // The card is rendered anew; what it showed is forgotten so that it is asked.
                if let Some(dialog) = self.conversation.dialogs.last_mut() {
                    dialog.memo.remove(&step);
                }
                self.advance();
            }
            Awaiting::Choice { options, purpose } => {
                let text = self.wording("ambiguous", &[]);
                self.choices(text, options, purpose);
            }
            Awaiting::Authorization { integration, .. } => {
                let text = self.sign_in_wording("sign_in.waiting", &integration, &[]);
                self.say(text);
            }
            Awaiting::Code { integration } => {
                let text = self.sign_in_wording("sign_in.code", &integration, &[]);
                self.say(text);
            }
            Awaiting::Confirm { .. } | Awaiting::Nothing | Awaiting::Call => {}
        }
    }

    /// After a dialog has ended: the one below goes on, unless its resumption is a question.
    pub(crate) fn settle(&mut self) {
        if self.conversation.awaiting.is_nothing() {
            self.advance();
        }
    }

    pub(crate) fn undo(&mut self) {
        let Some(undo) = self.conversation.undo.clone() else {
            let text = self.wording("undo.nothing", &[]);
            self.say(text);
            return self.say_the_question_again();
        };
        let name = undo.record["name"].as_str().unwrap_or_default().to_owned();
        let late = self.at.as_second() - undo.at.as_second() > UNDO_FOR;
        if late || undo.does == Does::Delete {
            let key = if undo.does == Does::Delete {
                "undo.impossible"
            } else {
                "undo.late"
            };
            let integration = Shown::from(self.integration_title(&undo.integration));
            let names = [("record", Shown::from(name)), ("integration", integration)];
            let text = self.wording(key, &names);
            self.say(text);
            return self.say_the_question_again();
        }
        let text = self.wording(
            "undo.ask",
            &[
                ("record", Shown::from(name)),
                ("what", Shown::from(undo.does.word())),
            ],
        );
        self.confirm(text, What::Undo);
    }

    /// The user said yes to an undo: a create is deleted, an update gets its old values back.
    pub(crate) fn take_back(&mut self) {
        let Some(undo) = self.conversation.undo.clone() else {
            return;
        };
        let (operation, does, input) = match undo.does {
            Does::Create => (
                "delete",
                Does::Delete,
                json!({ "object": undo.record["object"], "record": undo.record }),
            ),
            _ => (
                "update",
                Does::Update,
                json!({ "object": undo.record["object"], "record": undo.record, "fields": undo.before }),
            ),
        };
        if self.open(&undo.template, Default::default(), Opened::User) {
            self.send(
                &undo.integration,
                operation,
                does,
                Auth::Integration,
                input,
                Purpose::Undo,
            );
        }
    }

    pub(crate) fn hand_over(&mut self, desk: &str) {
        let text = self.wording("handoff.started", &[]);
        self.say(text);
        self.conversation.handed_off = true;
        self.conversation.awaiting = Awaiting::Nothing;
        self.effects.push(Effect::Handoff {
            desk: desk.to_owned(),
        });
    }

    pub(crate) fn handed_back(&mut self) {
        self.conversation.handed_off = false;
        let text = self.wording("handoff.back", &[]);
        self.say(text);
        self.advance();
    }

    pub(crate) fn handoff_failed(&mut self) {
        self.conversation.handed_off = false;
        let text = self.wording("handoff.failed", &[]);
        self.say(text);
        self.end(End::Failed);
        self.settle();
    }

    /// The integration that "sign out" and "connect" mean.
    pub(crate) fn integration_meant(&mut self) -> Option<String> {
        let of_dialog = self.top().and_then(|t| t.integration.clone());
        of_dialog.or_else(|| self.templates.integrations.keys().next().cloned())
    }

    pub(crate) fn value_text(value: &Value) -> String {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    }
}
