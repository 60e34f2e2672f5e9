//! Ways back: what is asked again after a failure or at a template's word, and the call that is made again. Where the
//! place then goes on from is the walk's.

use std::sync::Arc;

use minijinja::Value as Shown;

use super::{Done, Flow};
use crate::Value;
use crate::conversation::Awaiting;
use crate::effect::FailureKind;
use crate::template::{AskAgain, End, Phrase, Template, Text, Verb};
use crate::turn::Play;
use crate::understanding::command::{Command, command};
use crate::understanding::words::Words;

/// Times that `retry` may repeat a call.
const RETRIES: u32 = 3;

impl Play<'_> {
    pub(crate) fn ask_again(
        &mut self,
        template: &Arc<Template>,
        slots: &AskAgain,
        say: Option<&Text>,
    ) -> Done {
        if let Some(text) = say {
            let scope = self.scope_here(template);
            let said = self.phrase(text, "ask_again", &scope);
            self.say(said);
        }
        let (slots, extra) = match slots {
            AskAgain::Slots(slots) => (slots.clone(), Vec::new()),
            AskAgain::Error => self.slots_of_failure(template),
        };
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("a step has its dialog");
        for failed in dialog.failures.values_mut() {
            failed.open = false;
        }
        for field in extra {
            dialog.extra.entry(field).or_insert(Value::Null);
        }
        for slot in &slots {
            dialog.slots.remove(slot);
            dialog.results.remove(slot);
        }
        let collects = |key: &str| {
            super::find(template, self.templates, key).is_some_and(|step| match &step.verb {
                Verb::Collect(collected) => slots.iter().any(|s| collected.contains(s)),
                Verb::Confirm(_) => true,
                _ => false,
            })
        };
        let asks = |key: &str, slot: &String| {
            super::find(template, self.templates, key).is_some_and(
                |step| matches!(&step.verb, Verb::Collect(collected) if collected.contains(slot)),
            )
        };
        let unasked = slots
            .iter()
            .filter(|slot| !dialog.trail.iter().any(|passed| asks(&passed.step, slot)));
        dialog.wanted = unasked.cloned().collect();
        let Some(first) = dialog
            .trail
            .iter()
            .position(|passed| collects(&passed.step))
        else {
            // Nothing above asks anything, so going back would only fail again.
            return Done::Flow(Flow::End(End::Failed));
        };
        // The answer to a confirm belongs to what it showed; the user decides anew.
        let ahead: Vec<String> = dialog.trail[first.min(dialog.trail.len())..]
            .iter()
            .map(|p| p.step.clone())
            .collect();
        for key in ahead {
            let confirm = super::find(template, self.templates, &key)
                .is_some_and(|step| matches!(step.verb, Verb::Confirm(_)));
            if confirm {
                dialog.memo.remove(&key);
            }
        }
        self.go_back_to(first);
        Done::Flow(Flow::Back)
    }

    /// Asks for what a failure wants and no `collect` asks for: slots, and fields of the org that have no slot.
    pub(crate) fn ask_wanted(&mut self, template: &Arc<Template>) -> Option<Done> {
        let dialog = self.conversation.dialogs.last()?;
        let empty = |id: &&String| !dialog.slots.contains_key(*id);
        if let Some(slot) = dialog
            .wanted
            .iter()
            .find(empty)
            .and_then(|id| template.slots.get(id))
        {
            self.ask(template, slot);
            return Some(Done::Flow(Flow::Wait));
        }
        let (field, _) = dialog.extra.iter().find(|(_, value)| value.is_null())?;
        let field = field.clone();
        let label = self.within(&self.label_of(template, &field));
        let text = self.wording("error.missing_extra", &[("slot", Shown::from(label))]);
        self.say(text);
        self.conversation.awaiting = Awaiting::Slot { slot: field };
        Some(Done::Flow(Flow::Wait))
    }

    /// The answer for a field of the org that has no slot, as the org's type of it takes it; false where it can't be.
    pub(crate) fn fill_extra(&mut self, template: &Template, field: &str, text: &str) -> bool {
        let text = text.trim();
        let kind = template.integration.as_ref().and_then(|id| {
            let org = self.facts.get(id)?;
            let facts = org.field(template.object.as_ref()?, field)?;
            Some(facts.kind.clone())
        });
        let words = Words::of(&self.locale);
        let value = match kind.as_deref().unwrap_or("string") {
            "double" | "int" | "currency" | "percent" | "long" => {
                let plain: String = text.chars().filter(|c| !",$€£% ".contains(*c)).collect();
                plain.parse::<f64>().ok().map(Value::from)
            }
            "boolean" => match command(text, words) {
                Some(Command::Affirm) => Some(Value::Bool(true)),
                Some(Command::Deny) => Some(Value::Bool(false)),
                _ => None,
            },
            _ => (!text.is_empty()).then(|| Value::from(text)),
        };
        let Some(value) = value else {
            return false;
        };
        if let Some(dialog) = self.conversation.dialogs.last_mut() {
            dialog.extra.insert(field.to_owned(), value);
        }
        true
    }

    pub(crate) fn retry(
        &mut self,
        template: &Arc<Template>,
        on_top: &[(String, Phrase)],
        key: &str,
    ) -> Done {
        let scope = self.scope_here(template);
        let Some((call, _)) = key.rsplit_once('!') else {
            return Done::Flow(Flow::End(End::Failed));
        };
        let inputs: serde_json::Map<String, Value> = on_top
            .iter()
            .map(|(name, phrase)| (name.clone(), phrase.value(&scope)))
            .collect();
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("a step has its dialog");
        let Some(failed) = dialog.failures.get_mut(call) else {
            return Done::Flow(Flow::End(End::Failed));
        };
        let in_doubt = failed.failure.kind == FailureKind::Unknown;
        if failed.retries >= RETRIES || (in_doubt && failed.failure.doubt.is_none()) {
            let text = self.wording("ask.gave_up", &[]);
            self.say(text);
            return Done::Flow(Flow::End(End::Failed));
        }
        failed.retries += 1;
        failed.open = false;
        failed.on_top = Value::Object(inputs);
        dialog.memo.remove(key);
        let branch = format!("{call}!");
        dialog.memo.retain(|step, _| !step.starts_with(&branch));
        let first = dialog
            .trail
            .iter()
            .position(|passed| passed.step == call)
            .unwrap_or(0);
        self.go_back_to(first);
        Done::Flow(Flow::Back)
    }
}
