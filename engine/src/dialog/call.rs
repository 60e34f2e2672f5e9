//! The call of an operation: its inputs rendered, the effect that goes out, the branch that its failure opens. What comes
//! back is left to the outcome.

use std::sync::Arc;

use super::step::digest;
use super::{Done, Flow};
use crate::Value;
use crate::conversation::{Awaiting, Failed, Out, Purpose, SlotState};
use crate::effect::{Auth, Call, CallId, Does, Effect, FailureKind};
use crate::template::{CallStep, ErrorKey, Input, Scope, Step, Template};
use crate::turn::Play;

impl Play<'_> {
    pub(crate) fn call_step(
        &mut self,
        template: &Arc<Template>,
        call: &CallStep,
        key: &str,
    ) -> Done {
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
        // What narrows a search is held against the org here; what is written was so above its confirm.
        if call.does == Does::Read
            && call.all_fields
            && let Some(slot) = self.first_misfit(template, Does::Read)
        {
            return self.ask_for_what_fits(template, slot);
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
            let mut fields = self.fields_of(template);
            if call.does.writes() {
                self.put_currency(template, &mut fields);
            }
            input.insert(name.into(), fields);
        }
        if let Some(Value::Object(on_top)) = failed.map(|failed| &failed.on_top) {
            for (name, value) in on_top {
                input.insert(name.clone(), value.clone());
            }
        }
        let written = input.get("fields").cloned().unwrap_or_default();
        sent(Value::Object(input), &written)
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

    pub(crate) fn error_branch(
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
}

/// An input as it is sent: a record goes by its id and name, with what the user saw in the fields that are written, and not
/// with all that is known of it.
fn sent(value: Value, written: &Value) -> Value {
    match value {
        Value::Object(record) if record.contains_key("object") && record.contains_key("id") => {
            let kept = ["object", "id", "name"];
            let kept = kept.iter().filter_map(|key| {
                let value = record.get(*key)?;
                Some(((*key).to_owned(), value.clone()))
            });
            let mut kept: serde_json::Map<String, Value> = kept.collect();
            let seen = record.get("fields").and_then(Value::as_object);
            let seen = seen.into_iter().flatten();
            let seen: serde_json::Map<String, Value> = seen
                .filter(|(field, _)| written.get(field.as_str()).is_some())
                .map(|(field, value)| (field.clone(), value.clone()))
                .collect();
            if !seen.is_empty() {
                kept.insert("fields".into(), Value::Object(seen));
            }
            Value::Object(kept)
        }
        Value::Object(map) => map
            .into_iter()
            .map(|(key, v)| (key, sent(v, written)))
            .collect(),
        Value::Array(list) => list.into_iter().map(|v| sent(v, written)).collect(),
        other => other,
    }
}

/// An input rendered; what is nothing but one expression keeps its type.
pub(crate) fn input_value(input: &Input, scope: &Scope) -> Value {
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
