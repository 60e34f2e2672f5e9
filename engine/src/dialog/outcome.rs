//! A call has come back: its result stands under its name, or its failure opens a branch. A stale outcome is ignored,
//! unless it changed the world: then the user is told.

use std::sync::Arc;

use minijinja::Value as Shown;
use serde_json::json;

use crate::Value;
use crate::conversation::{Awaiting, Failed, Memo, Out, Purpose, SlotState, Undo};
use crate::effect::{CallId, Does, Failure, FailureKind, Outcome};
use crate::template::{Slot, SlotKind, Template, Verb};
use crate::turn::Play;

/// Records offered as choices; more ask to narrow.
const OFFERED: u64 = 5;

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
                self.trace.push(format!("{outcome:?}"));
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
            Some(super::slots::brief(result, ""))
        };
        let before = result.get("before").cloned().unwrap_or(Value::Null);
        let mut record = super::slots::brief(result, "");
        // As it was left, so that an undo takes back nothing that somebody else has changed since.
        let names = before.as_object().into_iter().flatten();
        record["fields"] = names
            .map(|(name, _)| (name.clone(), result["fields"][name.as_str()].clone()))
            .collect();
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

    fn found(&mut self, id: &str, list: &Value) {
        let Some(template) = self.top() else { return };
        let Some(slot) = template.slots.get(id) else {
            return self.advance();
        };
        let heard = self.heard_for(id);
        let rows = list["rows"].as_array().cloned().unwrap_or_default();
        let total = list["total"].as_u64().unwrap_or(rows.len() as u64);
        match rows.len() {
            0 => self.nobody(&template, slot, &heard),
            1 => {
                self.take_record(id, &rows[0], &heard);
                self.advance();
            }
            n if n as u64 <= OFFERED && total <= OFFERED => {
                self.offer_records(&template, slot, rows, &heard, total)
            }
            _ => {
                let text = self.wording(
                    "record.too_many",
                    &[("heard", Shown::from(heard)), ("count", Shown::from(total))],
                );
                self.ask_for_another(&template, slot, text);
            }
        }
    }

    /// Takes a record for a slot; what was said of it stays as it was.
    pub(crate) fn take_record(&mut self, id: &str, record: &Value, heard: &str) {
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("a slot has its dialog");
        let value = super::slots::brief(record, heard);
        dialog.slots.insert(
            id.to_owned(),
            SlotState::Filled {
                value: value.clone(),
                text: heard.to_owned(),
            },
        );
        dialog.results.insert(id.to_owned(), record.clone());
        self.conversation.record = Some(value);
    }

    fn nobody(&mut self, template: &Arc<Template>, slot: &Slot, heard: &str) {
        if let SlotKind::Record { keep: true, .. } = slot.kind {
            let dialog = self
                .conversation
                .dialogs
                .last_mut()
                .expect("a slot has its dialog");
            let value = json!({ "text": heard, "name": heard, "found": false });
            dialog.slots.insert(
                slot.id.clone(),
                SlotState::Filled {
                    value,
                    text: heard.to_owned(),
                },
            );
            return self.advance();
        }
        let text = self.wording("record.none", &[("heard", Shown::from(heard.to_owned()))]);
        self.ask_for_another(template, slot, text);
    }

    fn ask_for_another(&mut self, template: &Arc<Template>, slot: &Slot, text: String) {
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("a slot has its dialog");
        dialog.slots.remove(&slot.id);
        self.put_question(template, slot, text);
    }

    fn find_failed(&mut self, id: &str, failure: &Failure) {
        self.trace.push(format!(
            "find.{id} failed: {} {}",
            failure.kind.word(),
            failure.code
        ));
        let Some(template) = self.top() else { return };
        let text = self.wording(
            &format!("error.{}", failure.kind.word()),
            &[("error", error_shown(&template, failure))],
        );
        match template.slots.get(id) {
            Some(slot) if failure.kind == FailureKind::NotFound => {
                self.ask_for_another(&template, slot, text)
            }
            _ => {
                self.say(text);
                self.end(crate::template::End::Failed);
                self.advance();
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
        self.conversation.undo = None;
        let key = match outcome {
            Outcome::Done(_) => "undo.done",
            Outcome::Failed(failure) if failure.kind == FailureKind::Changed => {
                "undo.changed_since"
            }
            Outcome::Failed(_) => "undo.impossible",
        };
        let record = out.call.input["record"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        self.conversation.dialogs.pop();
        let text = self.wording(key, &[("record", Shown::from(record))]);
        self.say(text);
        self.advance();
    }

    fn heard_for(&self, id: &str) -> String {
        let Some(dialog) = self.conversation.dialogs.last() else {
            return String::new();
        };
        match dialog.slots.get(id) {
            Some(SlotState::Filled { value, text }) => value
                .get("text")
                .and_then(Value::as_str)
                .unwrap_or(text)
                .to_owned(),
            _ => String::new(),
        }
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

/// `error` in texts: kind, code, message, slots by label, records; what was changed meanwhile and by whom; whether a write
/// in doubt can be asked about again.
pub(crate) fn error_shown(template: &Template, failure: &Failure) -> Shown {
    let slots: Vec<String> = failure
        .fields
        .iter()
        .map(|field| {
            let slot = template
                .slots
                .values()
                .find(|slot| slot.field.as_ref() == Some(field));
            slot.map_or_else(|| field.clone(), |slot| slot.label.to_lowercase())
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
