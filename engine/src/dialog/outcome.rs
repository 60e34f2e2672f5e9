//! A call has come back: its result stands under its name, or its failure opens a branch. A stale outcome is ignored,
//! unless it changed the world: then the user is told.

use minijinja::Value as Shown;
use serde_json::json;

use crate::Value;
use crate::conversation::{Awaiting, Failed, Memo, Out, Purpose, Undo};
use crate::effect::{CallId, Does, Failure, FailureKind, Outcome};
use crate::locale::Locale;
use crate::template::{SlotKind, Template, Verb};
use crate::turn::Play;

impl Play<'_> {
    pub(crate) fn came_back(&mut self, call: &CallId, outcome: Outcome) {
        let waits = self
            .conversation
            .dialogs
            .iter()
            .position(|d| d.waits_for() == Some(call));
        let Some(n) = waits else {
            return self.stale(call, &outcome);
        };
        if n + 1 != self.conversation.dialogs.len() {
            // A dialog below waits: what came back is kept by putting it on top of the turn's order.
            let dialog = self.conversation.dialogs.remove(n);
            self.conversation.dialogs.push(dialog);
        }
        let out = self
            .conversation
            .dialogs
            .last_mut()
            .and_then(|d| d.out.take())
            .expect("found by its call");
        self.conversation.awaiting = Awaiting::Nothing;
        match (out.purpose.clone(), outcome) {
            (Purpose::Step(key), Outcome::Done(result)) => self.step_done(&key, &out, result),
            (Purpose::Step(key), Outcome::Failed(failure)) => {
                self.step_failed(&key, &out, failure);
            }
            (Purpose::Find(slot), Outcome::Done(list)) => self.found(&slot, &list),
            (Purpose::Find(slot), Outcome::Failed(failure)) => self.find_failed(&slot, &failure),
            (Purpose::Page, Outcome::Done(list)) => self.page_done(out, &list),
            (Purpose::Undo, outcome) => self.undone(&out, outcome),
            (Purpose::Page | Purpose::Settle(_), outcome) => {
                self.trace.push(match outcome {
                    Outcome::Done(_) => "done, to no end".to_owned(),
                    Outcome::Failed(failure) => {
                        format!("failed: {} {}", failure.kind.word(), failure.code)
                    }
                });
                let text = self.wording("error.unavailable", &[]);
                self.say(text);
                self.end(crate::template::End::Failed);
                self.advance();
            }
        }
    }

    fn stale(&mut self, call: &CallId, outcome: &Outcome) {
        self.trace.push(format!("stale outcome of call {}", call.0));
        if let Outcome::Done(result) = outcome
            && let Some(name) = result.get("name").and_then(Value::as_str)
        {
            let text = self.wording(
                "cancel.written",
                &[("record", Shown::from(name.to_owned()))],
            );
            self.say(text);
        }
    }

    fn step_done(&mut self, key: &str, out: &Out, result: Value) {
        let Some(template) = self.top() else { return };
        let Some(Verb::Call(step)) =
            super::find(&template, self.templates, key).map(|step| &step.verb)
        else {
            return;
        };
        let writes = step.does.writes();
        let result = with_changes(&template, self, step.does, result);
        if writes {
            self.note_write(&template, step.does, step.undo, out, &result);
        }
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("top has a dialog");
        dialog.failures.remove(key);
        let digest = super::step::digest(&out.call.input.to_string());
        dialog.memo.insert(
            key.to_owned(),
            Memo {
                digest,
                answer: Value::Null,
                done: writes,
            },
        );
        if let Some(name) = &step.result {
            dialog.results.insert(name.clone(), result);
        }
        // The list's call is kept until it is shown: the next page repeats it.
        if !writes {
            dialog.out = Some(out.clone());
        }
        self.advance();
        if let Some(dialog) = self.conversation.dialogs.last_mut()
            && dialog
                .out
                .as_ref()
                .is_some_and(|o| o.call.id == out.call.id)
        {
            dialog.out = None;
        }
    }

    fn note_write(
        &mut self,
        template: &Template,
        does: Does,
        undo: bool,
        out: &Out,
        result: &Value,
    ) {
        // What makes no record is nothing that could be meant by "it", or taken back.
        if result["id"].is_null() {
            self.conversation.undo = None;
            return;
        }
        self.conversation.record = if does == Does::Delete {
            None
        } else {
            Some(super::record::brief(result, ""))
        };
        let before = result.get("before").cloned().unwrap_or(Value::Null);
        let mut record = super::record::brief(result, "");
        // As it was left, so that an undo takes back nothing that somebody else has changed since.
        let names = before.as_object().into_iter().flatten();
        let left: serde_json::Map<String, Value> = names
            .map(|(name, _)| (name.clone(), result["fields"][name.as_str()].clone()))
            .collect();
        if !left.is_empty() {
            record["fields"] = Value::Object(left);
        }
        self.conversation.undo = undo.then(|| Undo {
            does,
            integration: out.call.integration.clone(),
            record,
            before,
            template: template.id.clone(),
            at: self.at,
        });
    }

    fn step_failed(&mut self, key: &str, out: &Out, mut failure: Failure) {
        self.trace.push(format!(
            "{key} failed: {} {}",
            failure.kind.word(),
            failure.code
        ));
        if failure.kind == FailureKind::Changed
            && let Some(template) = self.top()
        {
            self.see_anew(&template, &mut failure);
        }
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("found by its call");
        let retries = dialog.failures.get(key).map_or(0, |failed| failed.retries);
        let on_top = dialog
            .failures
            .get(key)
            .map_or(Value::Null, |failed| failed.on_top.clone());
        dialog.memo.remove(key);
        // "Open it": the record that stands in the way is the one last spoken of.
        if let Some(record) = failure.records.first() {
            self.conversation.record = Some(super::record::brief(record, ""));
        }
        dialog.failures.insert(
            key.to_owned(),
            Failed {
                failure,
                retries,
                on_top,
                key: out.call.key.clone(),
                open: true,
            },
        );
        self.advance();
    }

    /// The records of this dialog as they are now, so that the card shows what the user decides about.
    fn see_anew(&mut self, template: &Template, failure: &mut Failure) {
        for record in &mut failure.records {
            *record = with_changes(template, self, Does::Update, record.take());
            let dialog = self
                .conversation
                .dialogs
                .last_mut()
                .expect("top has a dialog");
            for known in dialog.results.values_mut() {
                if known["id"] == record["id"] && known["object"] == record["object"] {
                    *known = record.clone();
                }
            }
        }
    }

    fn page_done(&mut self, out: Out, list: &Value) {
        if let Some(dialog) = self.conversation.dialogs.last_mut() {
            dialog.out = Some(out);
        }
        self.page(list);
    }

    fn undone(&mut self, out: &Out, outcome: Outcome) {
        let undo = self.conversation.undo.take();
        let what = undo.map_or(Does::Update, |undo| undo.does).word();
        let key = match outcome {
            Outcome::Done(_) => "undo.done",
            Outcome::Failed(failure) if failure.kind == FailureKind::Changed => {
                "undo.changed_since"
            }
            Outcome::Failed(_) => "undo.failed",
        };
        let record = out.call.input["record"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        self.conversation.dialogs.pop();
        let names = [("record", Shown::from(record)), ("what", Shown::from(what))];
        let text = self.wording(key, &names);
        self.say(text);
        self.advance();
    }

    /// The slots a failure names, and the fields it names that no slot fills.
    pub(crate) fn slots_of_failure(&self, template: &Template) -> (Vec<String>, Vec<String>) {
        let Some(dialog) = self.conversation.dialogs.last() else {
            return Default::default();
        };
        let Some(failed) = dialog.failures.values().find(|failed| failed.open) else {
            return Default::default();
        };
        let mut slots = Vec::new();
        let mut extra = Vec::new();
        if failed.failure.kind == FailureKind::NotFound && failed.failure.fields.is_empty() {
            let named = template.slots.values();
            let named = named.filter(|slot| matches!(slot.kind, SlotKind::Record { .. }));
            slots.extend(named.take(1).map(|slot| slot.id.clone()));
        }
        // What the user wants stands; it is the record that is another.
        if failed.failure.kind == FailureKind::Changed {
            return Default::default();
        }
        for field in &failed.failure.fields {
            match template
                .slots
                .values()
                .find(|slot| slot.field.as_ref() == Some(field))
            {
                Some(slot) => slots.push(slot.id.clone()),
                None => extra.push(field.clone()),
            }
        }
        (slots, extra)
    }
}

/// `error` in texts: who refused, whether it was to write, kind, code, message, slots by label, records; what was changed
/// meanwhile and by whom; whether a write in doubt can be asked about again.
pub(crate) fn error_shown(
    template: &Template,
    integration: &str,
    does: Does,
    failure: &Failure,
    locale: &Locale,
) -> Shown {
    let slots: Vec<String> = failure
        .fields
        .iter()
        .map(|field| {
            let slot = template
                .slots
                .values()
                .find(|slot| slot.field.as_ref() == Some(field));
            slot.map_or_else(
                || field.clone(),
                |slot| crate::display::within(&slot.label, locale),
            )
        })
        .collect();
    let records: Vec<Shown> = failure
        .records
        .iter()
        .map(crate::template::expression::record)
        .collect();
    let changes = records
        .first()
        .and_then(|record| record.get_attr("changes").ok());
    let changes = changes.unwrap_or_else(crate::template::expression::empty);
    let by = failure
        .records
        .first()
        .and_then(|record| record["by"].as_str());
    let by = by.unwrap_or_default().to_owned();
    Shown::from_pairs([
        ("integration", Shown::from(integration.to_owned())),
        ("writes", Shown::from(does.writes())),
        ("kind", Shown::from(failure.kind.word())),
        ("code", Shown::from(failure.code.clone())),
        ("message", Shown::from(failure.message.clone())),
        ("slots", Shown::from(slots)),
        ("records", Shown::from(records)),
        ("overridable", Shown::from(failure.overridable)),
        ("checkable", Shown::from(failure.doubt.is_some())),
        ("changes", changes),
        ("by", Shown::from(by)),
    ])
}

/// An update's result with its changes, label, old and new as people read them.
fn with_changes(template: &Template, play: &Play<'_>, does: Does, mut result: Value) -> Value {
    if does != Does::Update {
        return result;
    }
    let before = result
        .get("before")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let mut changes = Vec::new();
    for (field, old) in &before {
        let slot = template
            .slots
            .values()
            .find(|slot| slot.field.as_ref() == Some(field));
        let show = |value: &Value| match (slot, value) {
            (_, Value::Null) => String::new(),
            (Some(slot), value) => play.shown(slot, value),
            (None, Value::String(text)) => text.clone(),
            (None, value) => value.to_string(),
        };
        let new = show(&result["fields"][field.as_str()]);
        changes
            .push(json!({ "label": play.label_of(template, field), "old": show(old), "new": new }));
    }
    result["changes"] = Value::Array(changes);
    result
}
