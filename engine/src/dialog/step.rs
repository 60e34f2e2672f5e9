//! Executes one step, once the place has come to it: asks, calls, says, branches. What still holds from before the place
//! went back is taken from the memo instead of being said, asked, read or written again.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Done, Flow};
use crate::Value;
use crate::conversation::{
    Awaiting, ChoicePurpose, Failed, Memo, Opened, Out, Purpose, SlotState, What,
};
use crate::effect::{Auth, Call, CallId, Does, Effect, FailureKind};
use crate::reply::{Choice, Reply, ReplyKind};
use crate::template::{
    AskAgain, CallStep, ChoiceOption, Confirm, End, ErrorKey, Input, Phrase, Run, Scope, Step,
    Template, Text, Verb,
};
use crate::turn::Play;

/// Times that `retry` may repeat a call.
const RETRIES: u32 = 3;

impl Play<'_> {
    pub(crate) fn execute(&mut self, template: &Arc<Template>, step: &Step, key: &str) -> Done {
        match &step.verb {
            Verb::Collect(slots) => self.collect(template, slots),
            Verb::Confirm(confirm) => self.confirm_step(template, confirm, key),
            Verb::Call(call) => self.call_step(template, call, key),
            Verb::Say { text, buttons } => self.say_step(template, text, buttons, key),
            Verb::Show(show) => self.show_step(template, show, key),
            Verb::Choose { text, options } => self.choose_step(template, text, options, key),
            Verb::If { condition, .. } => {
                let holds = condition.holds(&self.scope_here(template));
                Done::Passed(Some(if holds { "then" } else { "else" }.to_owned()))
            }
            Verb::Set(values) => self.set_step(template, values, key),
            Verb::AskAgain { slots, say } => self.ask_again(template, slots, say.as_ref()),
            Verb::Run(run) => self.run_step(template, run, key),
            Verb::Retry(on_top) => self.retry(template, on_top, key),
            Verb::SignIn(integration) => self.sign_in_step(template, integration),
            Verb::Handoff { desk, say } => {
                if let Some(text) = say {
                    let said = self.phrase(text, key, &self.scope(template));
                    self.say(said);
                }
                self.hand_over(desk);
                Done::Flow(Flow::Wait)
            }
            Verb::End { how, say } => {
                if let Some(text) = say {
                    let said = self.phrase(text, key, &self.scope_here(template));
                    self.say(said);
                }
                Done::Flow(Flow::End(*how))
            }
        }
    }

    /// The steps of the branch that was taken at a step, with the prefix of their keys.
    pub(crate) fn branch(
        &self,
        template: &Arc<Template>,
        step: &Step,
        key: &str,
        branch: &str,
    ) -> Option<(Arc<Vec<Step>>, String)> {
        let prefix = key.strip_suffix(&step.id).unwrap_or("").to_owned();
        match &step.verb {
            Verb::If {
                then, otherwise, ..
            } => Some((
                if branch == "then" { then } else { otherwise }.clone(),
                prefix,
            )),
            Verb::Choose { options, .. } => {
                let n: usize = branch.parse().ok()?;
                Some((options.get(n)?.steps.clone(), prefix))
            }
            Verb::Confirm(confirm) => Some((confirm.no.clone()?, prefix)),
            Verb::Call(call) => {
                let failure = &self.conversation.dialogs.last()?.failures.get(key)?.failure;
                let found = self.error_branch(template, call, failure.kind, &failure.code)?;
                Some((found, format!("{key}!")))
            }
            Verb::Collect(_)
            | Verb::Say { .. }
            | Verb::Show(_)
            | Verb::Set(_)
            | Verb::AskAgain { .. }
            | Verb::Run(_)
            | Verb::Retry(_)
            | Verb::SignIn(_)
            | Verb::Handoff { .. }
            | Verb::End { .. } => None,
        }
    }

    /// The names at this place: inside an error branch, `error` too.
    pub(crate) fn scope_here(&self, template: &Template) -> Scope {
        let mut scope = self.scope(template);
        if let Some(dialog) = self.conversation.dialogs.last()
            && let Some((_, failed)) = dialog.failures.iter().find(|(_, failed)| failed.open)
        {
            scope.put(
                "error",
                super::outcome::error_shown(template, &failed.failure),
            );
        }
        scope
    }

    fn error_branch(
        &self,
        template: &Template,
        call: &CallStep,
        kind: FailureKind,
        code: &str,
    ) -> Option<Arc<Vec<Step>>> {
        [&call.on_error, &template.on_error, &self.templates.on_error]
            .into_iter()
            .find_map(|branches| {
                let of = |wanted: &ErrorKey| branches.iter().find(|(key, _)| key == wanted);
                of(&ErrorKey::Code(code.to_owned()))
                    .or_else(|| of(&ErrorKey::Kind(kind)))
                    .or_else(|| of(&ErrorKey::Any))
                    .map(|(_, steps)| steps.clone())
            })
    }

    fn say_step(
        &mut self,
        template: &Arc<Template>,
        text: &Text,
        buttons: &[Phrase],
        key: &str,
    ) -> Done {
        let scope = self.scope_here(template);
        let said = self.phrase(text, &format!("{}/{key}", template.id), &scope);
        let digest = digest(&said);
        if self.memo(key).is_some_and(|memo| memo.digest == digest) {
            return Done::Passed(None);
        }
        self.remember(key, digest, Value::Null);
        let choices: Vec<Choice> = buttons.iter().map(|b| button(&b.render(&scope))).collect();
        let kind = if choices.is_empty() {
            ReplyKind::Text
        } else {
            ReplyKind::Choices
        };
        if !said.trim().is_empty() {
            self.replies.push(Reply {
                text: said,
                kind,
                choices,
                ended: None,
            });
        }
        Done::Passed(None)
    }

    fn confirm_step(&mut self, template: &Arc<Template>, confirm: &Confirm, key: &str) -> Done {
        if let Some(slot) = self.refused_by_the_org(template) {
            return self.ask_refused(template, &slot);
        }
        let scope = self.scope_here(template);
        let question = self.phrase(&confirm.text, &format!("{}/{key}", template.id), &scope);
        let (fields, nothing) = self.card_of(template, confirm);
        if nothing {
            let text = self.wording("nothing_to_change", &[]);
            self.say(text);
            return Done::Flow(Flow::End(End::Done));
        }
        let digest = digest(&format!("{question}{fields:?}"));
        if let Some(memo) = self.memo(key)
            && memo.digest == digest
        {
            match memo.answer.as_str() {
                Some("yes") => return Done::Passed(None),
                Some("no") if confirm.no.is_some() => return Done::Passed(Some("no".into())),
                Some("no") => {
                    let text = self.cancelled_text(template);
                    self.say(text);
                    return Done::Flow(Flow::End(End::Cancelled));
                }
                _ => {}
            }
        }
        self.remember(key, digest, Value::Null);
        let reply = self.confirm_card(template, confirm, question, fields);
        self.replies.push(reply);
        let what = What::Write {
            step: key.to_owned(),
            does: confirm.does,
        };
        self.conversation.awaiting = Awaiting::Confirm { what };
        Done::Flow(Flow::Wait)
    }

    fn choose_step(
        &mut self,
        template: &Arc<Template>,
        text: &Text,
        options: &[ChoiceOption],
        key: &str,
    ) -> Done {
        let scope = self.scope_here(template);
        let question = self.phrase(text, &format!("{}/{key}", template.id), &scope);
        let offered: Vec<Choice> = options
            .iter()
            .enumerate()
            .filter(|(_, option)| {
                option
                    .offered
                    .as_ref()
                    .is_none_or(|condition| condition.holds(&scope))
            })
            .map(|(n, option)| Choice {
                title: option.label.render(&scope),
                value: Value::from(n),
            })
            .collect();
        let digest = digest(&format!("{question}{offered:?}"));
        if let Some(memo) = self.memo(key)
            && memo.digest == digest
            && let Some(n) = memo.answer.as_u64()
        {
            return Done::Passed(Some(n.to_string()));
        }
        self.remember(key, digest, Value::Null);
        self.choices(
            question,
            offered,
            ChoicePurpose::Step {
                step: key.to_owned(),
            },
        );
        Done::Flow(Flow::Wait)
    }

    fn set_step(
        &mut self,
        template: &Arc<Template>,
        values: &[(String, Option<Phrase>)],
        key: &str,
    ) -> Done {
        let scope = self.scope_here(template);
        let rendered: Vec<(String, Option<Value>)> = values
            .iter()
            .map(|(slot, phrase)| (slot.clone(), phrase.as_ref().map(|p| p.value(&scope))))
            .collect();
        let digest = digest(&format!("{rendered:?}"));
        // Set once for the same values: what the user then corrects is not set back.
        if self.memo(key).is_none_or(|memo| memo.digest != digest) {
            for (slot, value) in rendered {
                let state = match value {
                    Some(value) if !value.is_null() => SlotState::Filled {
                        value,
                        text: String::new(),
                    },
                    _ => SlotState::Skipped,
                };
                self.fill_unasked(template, &slot, state);
            }
            self.remember(key, digest, Value::Null);
        }
        Done::Passed(None)
    }

    fn ask_again(
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
        }
        let collects = |key: &str| {
            super::find(template, self.templates, key).is_some_and(|step| match &step.verb {
                Verb::Collect(collected) => slots.iter().any(|s| collected.contains(s)),
                Verb::Confirm(_) => true,
                _ => false,
            })
        };
        let first = dialog
            .trail
            .iter()
            .position(|passed| collects(&passed.step))
            .unwrap_or(0);
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

    fn retry(&mut self, template: &Arc<Template>, on_top: &[(String, Phrase)], key: &str) -> Done {
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

    fn run_step(&mut self, template: &Arc<Template>, run: &Run, key: &str) -> Done {
        if self.memo(key).is_some_and(|memo| memo.done) {
            return Done::Passed(None);
        }
        let scope = self.scope_here(template);
        let mut slots = std::collections::BTreeMap::new();
        let target = self.templates.current.get(&run.template).cloned();
        if run.share
            && let (Some(target), Some(dialog)) = (&target, self.conversation.dialogs.last())
        {
            for (slot, state) in &dialog.slots {
                if target.slots.contains_key(slot) {
                    slots.insert(slot.clone(), state.clone());
                }
            }
        }
        for (slot, input) in &run.with {
            let value = input_value(input, &scope);
            slots.insert(
                slot.clone(),
                SlotState::Filled {
                    value,
                    text: String::new(),
                },
            );
        }
        if run.last {
            // As the last step it takes this dialog's place: nothing waits for it.
            let why = self
                .conversation
                .dialogs
                .pop()
                .map(|d| d.why)
                .unwrap_or_default();
            self.open(&run.template, slots, why);
        } else {
            self.open(
                &run.template,
                slots,
                Opened::Run {
                    step: key.to_owned(),
                },
            );
        }
        Done::Flow(Flow::Back)
    }

    fn call_step(&mut self, template: &Arc<Template>, call: &CallStep, key: &str) -> Done {
        let failed = self
            .conversation
            .dialogs
            .last()
            .and_then(|d| d.failures.get(key))
            .cloned();
        if let Some(failed) = &failed
            && failed.open
        {
            if call.optional && call.does == Does::Read {
                return Done::Passed(None);
            }
            return Done::Passed(Some(format!("error {}", failed.failure.kind.word())));
        }
        if self.memo(key).is_some_and(|memo| memo.done) {
            return Done::Passed(None);
        }
        let input = self.inputs(template, call, failed.as_ref());
        let digest = digest(&input.to_string());
        if call.does == Does::Read && self.memo(key).is_some_and(|memo| memo.digest == digest) {
            return Done::Passed(None);
        }
        let auth = call.auth.unwrap_or(template.auth);
        self.send(
            &call.integration,
            &call.operation,
            call.does,
            auth,
            input,
            Purpose::Step(key.to_owned()),
        );
        if let Some(failed) = failed.filter(|failed| failed.failure.kind == FailureKind::Unknown) {
            self.only_asks(&failed);
        }
        Done::Flow(Flow::Wait)
    }

    /// The call just sent only asks what became of an earlier one: it has its key, and says since when that is in doubt.
    fn only_asks(&mut self, failed: &Failed) {
        let sent = self.effects.last_mut().and_then(|effect| match effect {
            Effect::Call(call) => Some(call),
            _ => None,
        });
        let dialog = self.conversation.dialogs.last_mut();
        let kept = dialog.and_then(|dialog| dialog.out.as_mut());
        for call in sent.into_iter().chain(kept.map(|out| &mut out.call)) {
            call.key.clone_from(&failed.key);
            call.doubt = failed.failure.doubt;
        }
    }

    /// Sends a call for the dialog on top; the conversation waits for it.
    pub(crate) fn send(
        &mut self,
        integration: &str,
        operation: &str,
        does: Does,
        auth: Auth,
        input: Value,
        purpose: Purpose,
    ) {
        let id = CallId(format!(
            "{}:{}",
            self.conversation.turn,
            self.effects.len() + 1
        ));
        let key = format!("{}:{}", self.conversation.id, id.0);
        let call = Call {
            id,
            integration: integration.to_owned(),
            operation: operation.to_owned(),
            does,
            auth,
            input,
            key,
            doubt: None,
        };
        self.trace.push(format!("call {integration}.{operation}"));
        if let Some(dialog) = self.conversation.dialogs.last_mut() {
            dialog.out = Some(Out {
                call: call.clone(),
                purpose,
                parked: false,
            });
        }
        self.effects.push(Effect::Call(call));
        self.conversation.awaiting = Awaiting::Call;
    }

    /// The inputs of a call, rendered: what the step says, every filled slot with a field, and what a retry put on top.
    fn inputs(&self, template: &Template, call: &CallStep, failed: Option<&Failed>) -> Value {
        let scope = self.scope_here(template);
        let mut input = serde_json::Map::new();
        if let Some(object) = &call.object {
            input.insert("object".into(), Value::String(object.clone()));
        }
        for (name, value) in &call.inputs {
            let value = input_value(value, &scope);
            if !matches!(&value, Value::String(text) if text.is_empty()) {
                input.insert(name.clone(), value);
            }
        }
        if call.all_fields {
            let name = if call.operation == "find" {
                "where"
            } else {
                "fields"
            };
            input.insert(name.into(), self.fields_of(template));
        }
        if let Some(Value::Object(on_top)) = failed.map(|failed| &failed.on_top) {
            for (name, value) in on_top {
                input.insert(name.clone(), value.clone());
            }
        }
        Value::Object(input)
    }

    /// Every slot that has a field and is filled or cleared, by its field; and fields the org asked for that have no slot.
    pub(crate) fn fields_of(&self, template: &Template) -> Value {
        let mut fields = serde_json::Map::new();
        let Some(dialog) = self.conversation.dialogs.last() else {
            return Value::Null;
        };
        for (id, slot) in &template.slots {
            let Some(field) = &slot.field else { continue };
            match dialog.slots.get(id) {
                Some(SlotState::Filled { value, .. }) => {
                    let found = dialog.results.get(id).unwrap_or(value);
                    fields.insert(field.clone(), found.clone());
                }
                Some(SlotState::Cleared) => {
                    fields.insert(field.clone(), Value::Null);
                }
                Some(SlotState::Skipped) | None => {}
            }
        }
        for (field, value) in &dialog.extra {
            if !value.is_null() {
                fields.insert(field.clone(), value.clone());
            }
        }
        Value::Object(fields)
    }

    /// A question with choices.
    pub(crate) fn choices(&mut self, text: String, options: Vec<Choice>, purpose: ChoicePurpose) {
        self.replies.push(Reply {
            text,
            kind: ReplyKind::Choices,
            choices: options.clone(),
            ended: None,
        });
        self.conversation.awaiting = Awaiting::Choice { options, purpose };
    }

    pub(crate) fn memo(&self, key: &str) -> Option<&Memo> {
        self.conversation.dialogs.last()?.memo.get(key)
    }

    pub(crate) fn remember(&mut self, key: &str, digest: String, answer: Value) {
        if let Some(dialog) = self.conversation.dialogs.last_mut() {
            dialog.memo.insert(
                key.to_owned(),
                Memo {
                    digest,
                    answer,
                    done: false,
                },
            );
        }
    }
}

/// A memo that says a step was done for good.
pub(crate) fn memo_done() -> Memo {
    Memo {
        digest: String::new(),
        answer: Value::Null,
        done: true,
    }
}

/// Sixteen hex digits that stand for what was rendered.
pub(crate) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn button(title: &str) -> Choice {
    Choice {
        title: title.to_owned(),
        value: Value::from(title),
    }
}

/// An input rendered; what is nothing but one expression keeps its type.
fn input_value(input: &Input, scope: &Scope) -> Value {
    match input {
        Input::Phrase(phrase) => phrase.value(scope),
        Input::Path(phrase) => Value::from(phrase.path(scope)),
        Input::Expression(condition) => condition.value(scope),
        Input::Map(map) => Value::Object(
            map.iter()
                .map(|(k, v)| (k.clone(), input_value(v, scope)))
                .collect(),
        ),
        Input::List(list) => Value::Array(list.iter().map(|v| input_value(v, scope)).collect()),
        Input::Constant(value) => value.clone(),
    }
}
