//! Records that the user named: looked up, taken, offered where several fit, asked for again where none does. Which words
//! name a record is the understanding's.

use std::sync::Arc;

use minijinja::Value as Shown;
use serde_json::json;

use super::outcome::error_shown;
use super::{Done, Flow};
use crate::Value;
use crate::conversation::{ChoicePurpose, Purpose, SlotState};
use crate::effect::{Does, Failure, FailureKind};
use crate::reply::Choice;
use crate::template::{Slot, SlotKind, Template};
use crate::turn::Play;
use crate::understanding::words::Words;

/// Records offered as choices; more ask to narrow.
const OFFERED: u64 = 5;

impl Play<'_> {
    /// Looks a named record up; the walk goes on when it has come back.
    pub(crate) fn look_up(&mut self, template: &Arc<Template>, slot: &Slot, named: &Value) -> Done {
        let SlotKind::Record {
            object,
            fields,
            narrow,
            ..
        } = &slot.kind
        else {
            return Done::Passed(None);
        };
        let Some(integration) = template.integration.clone() else {
            return Done::Passed(None);
        };
        let text = named
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default();
        // "Number 2", "her": the row or record that is meant is read by its id.
        let pointed = self.pointed_at(object, text);
        let known = pointed.as_ref().unwrap_or(named);
        let text = known.get("id").and_then(Value::as_str).unwrap_or(text);
        // What an update may change is read too, so that its card can tell old from new.
        let mut fields = fields.clone();
        if template.does() == Does::Update && slot.field.is_none() {
            let own = template
                .slots
                .values()
                .filter_map(|slot| slot.field.clone());
            fields.extend(
                own.filter(|field| !fields.contains(field))
                    .collect::<Vec<_>>(),
            );
        }
        let narrow: serde_json::Map<String, Value> = narrow.iter().cloned().collect();
        let input = json!({ "object": object, "text": text, "fields": fields, "where": narrow });
        self.send(
            &integration,
            "lookup",
            Does::Read,
            template.auth,
            input,
            Purpose::Find(slot.id.clone()),
        );
        Done::Flow(Flow::Wait)
    }

    /// The record that words point at: a row of the list last shown, or the record last shown or written.
    fn pointed_at(&self, object: &str, text: &str) -> Option<Value> {
        let words = Words::of(&self.locale);
        let of_object = |record: &&Value| {
            let its = record["object"].as_str().unwrap_or_default();
            its.eq_ignore_ascii_case(object)
        };
        if words.points_back(text) {
            return self.conversation.record.as_ref().filter(of_object).cloned();
        }
        let list = self.conversation.list.as_ref()?;
        let row = match words.ordinal(text) {
            Some(n) => list.row(n as u64, words.ranks(text)),
            None if words.is_last(text) => list.rows.last(),
            None => return None,
        };
        row.filter(of_object).cloned()
    }

    pub(crate) fn found(&mut self, id: &str, list: &Value) {
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
                self.offer_records(slot, rows, &heard, total)
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
        let value = super::record::brief(record, heard);
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

    pub(crate) fn nobody(&mut self, template: &Arc<Template>, slot: &Slot, heard: &str) {
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

    pub(crate) fn ask_for_another(&mut self, template: &Arc<Template>, slot: &Slot, text: String) {
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("a slot has its dialog");
        dialog.slots.remove(&slot.id);
        self.put_question(template, slot, text);
    }

    /// Offers records to choose from for a slot.
    pub(crate) fn offer_records(
        &mut self,
        slot: &Slot,
        records: Vec<Value>,
        heard: &str,
        count: u64,
    ) {
        let text = self.wording(
            "record.many",
            &[("heard", Shown::from(heard)), ("count", Shown::from(count))],
        );
        let options = described(&records)
            .into_iter()
            .zip(&records)
            .map(|(title, record)| Choice {
                title,
                value: record["id"].clone(),
            })
            .collect();
        self.choices(
            text,
            options,
            ChoicePurpose::Record {
                slot: slot.id.clone(),
                records,
            },
        );
    }

    pub(crate) fn find_failed(&mut self, id: &str, failure: &Failure) {
        self.trace.push(format!(
            "find.{id} failed: {} {}",
            failure.kind.word(),
            failure.code
        ));
        let Some(template) = self.top() else { return };
        let text = self.wording(
            &format!("error.{}", failure.kind.word()),
            &[(
                "error",
                error_shown(
                    &template,
                    &self.integration_of(&template),
                    Does::Read,
                    failure,
                    &self.locale,
                ),
            )],
        );
        match template.slots.get(id) {
            Some(slot) if failure.kind == FailureKind::NotFound => {
                self.ask_for_another(&template, slot, text)
            }
            Some(slot) if matches!(failure.kind, FailureKind::Unavailable | FailureKind::Limit) => {
                let again = self.wording("button.try_again", &[]);
                let cancel = self.wording("button.cancel", &[]);
                let options = [(again, "again"), (cancel, "cancel")];
                let options = options.map(|(title, value)| Choice {
                    title,
                    value: Value::from(value),
                });
                let purpose = ChoicePurpose::LookUp {
                    slot: slot.id.clone(),
                };
                self.choices(text, options.to_vec(), purpose)
            }
            _ => {
                self.say(text);
                self.end(crate::template::End::Failed);
                self.advance();
            }
        }
    }

    pub(crate) fn heard_for(&self, id: &str) -> String {
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
}

/// A value for a record slot that may already be a record, or a list of several.
pub(crate) fn record_state(
    template: &Template,
    id: &str,
    value: Value,
    text: String,
    dialog: &mut crate::conversation::Dialog,
) -> SlotState {
    let is_record = template
        .slots
        .get(id)
        .is_some_and(|s| matches!(s.kind, SlotKind::Record { .. }));
    if !is_record {
        return SlotState::Filled { value, text };
    }
    let single = match &value {
        Value::Array(rows) if rows.len() == 1 => rows[0].clone(),
        _ => value,
    };
    if single.get("id").is_some() {
        // A row of a list is known by its id only; what it holds is read when it is needed.
        if single.get("fields").is_some() {
            dialog.results.insert(id.to_owned(), single.clone());
        }
        return SlotState::Filled {
            value: brief(&single, &text),
            text,
        };
    }
    SlotState::Filled {
        value: single,
        text,
    }
}

/// What the state keeps of a record: how it was named, and which it is.
pub(crate) fn brief(record: &Value, text: &str) -> Value {
    json!({
        "text": if text.is_empty() { record["name"].as_str().unwrap_or_default() } else { text },
        "object": record["object"],
        "id": record["id"],
        "name": record["name"],
    })
}

/// Records as one line each: the name, and what tells them from one another.
pub(crate) fn described(records: &[Value]) -> Vec<String> {
    let fields = |record: &Value| -> Vec<(String, String)> {
        let name = record["name"].as_str().unwrap_or_default();
        let all = record["fields"].as_object().into_iter().flatten();
        all.filter_map(|(field, value)| Some((field.clone(), value.as_str()?.to_owned())))
            .filter(|(field, text)| !text.is_empty() && text != name && tells(field, text))
            .collect()
    };
    let all: Vec<Vec<(String, String)>> = records.iter().map(fields).collect();
    let differs = |field: &String, text: &String| {
        all.iter()
            .any(|other| !other.iter().any(|(f, t)| f == field && t == text))
    };
    records
        .iter()
        .zip(&all)
        .map(|(record, own)| {
            let name = record["name"].as_str().unwrap_or_default();
            let (telling, same): (Vec<_>, Vec<_>) =
                own.iter().partition(|(field, text)| differs(field, text));
            let more = telling.into_iter().chain(same).take(2);
            std::iter::once(name)
                .chain(more.map(|(_, text)| text.as_str()))
                .collect::<Vec<_>>()
                .join(" · ")
        })
        .collect()
}

/// Whether a field says something about a record to people: not its parts of a name, ids, keys or times of the system.
pub(crate) fn tells(field: &str, text: &str) -> bool {
    let of_system = field == "Id" || field.ends_with("Id") || field.ends_with("ById");
    let time = text.len() > 18
        && text.as_bytes()[10] == b'T'
        && text[..10].parse::<jiff::civil::Date>().is_ok();
    // The key of a create that is made once, and other digests.
    let digest = text.len() >= 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    !of_system && !time && !digest && !field.ends_with("Name") && field != "Salutation"
}
