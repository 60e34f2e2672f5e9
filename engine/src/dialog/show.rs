//! Shows records: as a card, as a table with its total, and as the card of a write before it is made. The list last shown
//! is remembered, so that "2" and "more" mean something.

use std::sync::Arc;

use minijinja::Value as Shown;

use super::Done;
use crate::Value;
use crate::conversation::{Listed, Purpose, SlotState};
use crate::display;
use crate::effect::Does;
use crate::reply::{CardField, Choice, Reply, ReplyKind};
use crate::template::{Confirm, Show, SlotKind, Template};
use crate::turn::Play;

impl Play<'_> {
    pub(crate) fn show_step(&mut self, template: &Arc<Template>, show: &Show, key: &str) -> Done {
        let scope = self.scope_here(template);
        // A result keeps its JSON under its name; an expression of several parts is rendered to JSON instead.
        let dialog = self
            .conversation
            .dialogs
            .last()
            .expect("a step has its dialog");
        let what = dialog
            .results
            .get(show.what.source().trim())
            .cloned()
            .unwrap_or_else(|| show.what.value(&scope));
        if self
            .memo(key)
            .is_some_and(|memo| memo.digest == super::step::digest(&what.to_string()))
        {
            return Done::Passed(None);
        }
        self.remember(key, super::step::digest(&what.to_string()), Value::Null);
        let heading = show
            .say
            .as_ref()
            .map(|say| self.phrase(say, &format!("{}/{key}", template.id), &scope));
        let buttons: Vec<Choice> = show
            .buttons
            .iter()
            .map(|b| b.render(&scope))
            .map(|t| Choice {
                title: t.clone(),
                value: t.into(),
            })
            .collect();
        if what.get("rows").is_some() {
            let empty = what["total"].as_u64() == Some(0);
            if empty {
                let text = match &show.none {
                    Some(none) => self.phrase(none, &format!("{}/{key}/none", template.id), &scope),
                    None => self.wording("list.end", &[]),
                };
                self.say(text);
                return Done::Passed(None);
            }
            self.table(
                template,
                &what,
                &show.fields,
                heading.unwrap_or_default(),
                buttons,
            );
            self.remember_list(template, key, &what);
            // "Open it" means the only one there is.
            if what["total"].as_u64() == Some(1)
                && let Some(only) = what["rows"].get(0)
            {
                self.conversation.record = Some(super::record::brief(only, ""));
            }
        } else if what.get("id").is_some() {
            self.record_card(
                template,
                &what,
                &show.fields,
                heading.unwrap_or_default(),
                buttons,
            );
            self.conversation.record = Some(super::record::brief(&what, ""));
        } else if let Some(heading) = heading {
            self.say(heading);
        }
        Done::Passed(None)
    }

    fn table(
        &mut self,
        template: &Template,
        list: &Value,
        fields: &[String],
        heading: String,
        mut buttons: Vec<Choice>,
    ) {
        let rows: Vec<Value> = list["rows"].as_array().cloned().unwrap_or_default();
        let offset = list["offset"].as_u64().unwrap_or(0);
        let total = list["total"].as_u64().unwrap_or(rows.len() as u64);
        let columns: Vec<String> = fields
            .iter()
            .map(|field| self.label_of(template, field))
            .collect();
        let cells: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                fields
                    .iter()
                    .map(|field| self.cell(template, row, field))
                    .collect()
            })
            .collect();
        let mut text = heading;
        for (n, row) in cells.iter().enumerate() {
            let line: Vec<&str> = row
                .iter()
                .map(String::as_str)
                .filter(|cell| !cell.is_empty())
                .collect();
            text.push_str(&format!(
                "\n{}. {}",
                offset + n as u64 + 1,
                line.join(" · ")
            ));
        }
        if offset + (rows.len() as u64) < total {
            let more = self.wording("button.more", &[]);
            buttons.push(Choice {
                title: more,
                value: Value::from("more"),
            });
        }
        let kind = ReplyKind::Table {
            columns,
            rows: cells,
            total,
            first: offset + 1,
        };
        self.replies.push(Reply {
            text,
            kind,
            choices: buttons,
            ended: None,
        });
    }

    fn record_card(
        &mut self,
        template: &Template,
        record: &Value,
        fields: &[String],
        heading: String,
        buttons: Vec<Choice>,
    ) {
        let title = record["name"].as_str().unwrap_or_default().to_owned();
        let names: Vec<String> = if fields.is_empty() {
            record["fields"]
                .as_object()
                .map(|f| f.keys().cloned().collect())
                .unwrap_or_default()
        } else {
            fields.to_vec()
        };
        let lines: Vec<CardField> = names
            .iter()
            .map(|field| CardField {
                label: self.label_of(template, field),
                value: self.cell(template, record, field),
                was: None,
            })
            .filter(|line| !line.value.is_empty())
            .collect();
        let mut text = if heading.is_empty() {
            title.clone()
        } else {
            heading
        };
        for line in &lines {
            text.push_str(&format!("\n{}: {}", line.label, line.value));
        }
        let url = record["url"].as_str().map(str::to_owned);
        self.replies.push(Reply {
            text,
            kind: ReplyKind::Card {
                title,
                fields: lines,
                url,
            },
            choices: buttons,
            ended: None,
        });
    }

    fn remember_list(&mut self, template: &Template, key: &str, list: &Value) {
        let dialog = self
            .conversation
            .dialogs
            .last()
            .expect("a step has its dialog");
        let call = dialog.out.as_ref().map(|out| out.call.clone());
        let mut offset = list["offset"].as_u64().unwrap_or(0);
        let mut seen = 0;
        let mut rows: Vec<Value> = list["rows"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| super::record::brief(row, ""))
            .collect();
        // A page goes on with those before it, so that "3" still means the third.
        if let Some(before) = self.conversation.list.take()
            && (&before.template, before.step.as_str()) == (&template.id, key)
            && offset > 0
            && before.offset + before.rows.len() as u64 == offset
        {
            offset = before.offset;
            seen = before.rows.len() as u64;
            rows.splice(0..0, before.rows);
        }
        self.conversation.list = Some(Listed {
            template: template.id.clone(),
            step: key.to_owned(),
            call,
            rows,
            offset,
            seen,
            total: list["total"].as_u64().unwrap_or(0),
            slots: dialog.slots.clone(),
        });
    }

    /// The next page of the list last shown.
    pub(crate) fn more(&mut self) {
        let Some(list) = self.conversation.list.clone() else {
            let text = self.what_it_can("fallback");
            return self.say(text);
        };
        let next = list.offset + list.rows.len() as u64;
        let Some(call) = list.call.filter(|_| next < list.total) else {
            let text = self.wording("list.end", &[]);
            return self.say(text);
        };
        let mut input = call.input.clone();
        input["offset"] = Value::from(next);
        // The page is read by the template that showed the list, on top of whatever runs.
        if self.open(
            &list.template,
            list.slots.clone(),
            crate::conversation::Opened::User,
        ) {
            self.send(
                &call.integration,
                &call.operation,
                Does::Read,
                call.auth,
                input,
                Purpose::Page,
            );
        }
    }

    /// A page has come back: shown as the step that showed the first one would.
    pub(crate) fn page(&mut self, list: &Value) {
        let Some(template) = self.top() else { return };
        let Some(listed) = self.conversation.list.clone() else {
            return;
        };
        if let Some(step) = super::find(&template, self.templates, &listed.step)
            && let crate::template::Verb::Show(show) = &step.verb
        {
            let first = list["offset"].as_u64().unwrap_or(0) + 1;
            let last = first
                + list["rows"]
                    .as_array()
                    .map_or(0, |rows| rows.len() as u64)
                    .saturating_sub(1);
            let heading = self.wording(
                "list.more",
                &[
                    ("count", Shown::from(listed.total)),
                    ("first", Shown::from(first)),
                    ("last", Shown::from(last)),
                ],
            );
            self.table(&template, list, &show.fields, heading, Vec::new());
            self.remember_list(&template, &listed.step, list);
        }
        self.conversation.dialogs.pop();
        self.advance();
    }

    /// What a confirm shows, and whether an update would change nothing.
    pub(crate) fn card_of(
        &mut self,
        template: &Template,
        confirm: &Confirm,
    ) -> (Vec<CardField>, bool) {
        let dialog = self
            .conversation
            .dialogs
            .last()
            .expect("a confirm has its dialog");
        let mut fields = Vec::new();
        let record = template
            .slots
            .values()
            .find(|slot| matches!(slot.kind, SlotKind::Record { .. }) && slot.field.is_none())
            .and_then(|slot| dialog.results.get(&slot.id))
            .cloned();
        if confirm.does == Does::Delete && template.object.is_some() {
            for (field, value) in record
                .iter()
                .flat_map(|r| r["fields"].as_object())
                .flatten()
            {
                let shown = self.of_org(template, field, value);
                let named = value.as_str().unwrap_or("-");
                if !shown.is_empty()
                    && field != "Name"
                    && !value.is_boolean()
                    && super::record::tells(field, named)
                {
                    fields.push(CardField {
                        label: self.label_of(template, field),
                        value: shown,
                        was: None,
                    });
                }
            }
            return (fields, false);
        }
        for (id, slot) in &template.slots {
            if confirm.show.as_ref().is_some_and(|show| !show.contains(id)) {
                continue;
            }
            // Where there is no CRM, all that is filled is what the call is about.
            let all = confirm.show.is_some() || template.object.is_none();
            let Some(field) = slot.field.as_ref().or(all.then_some(id)) else {
                continue;
            };
            let (value, cleared) = match dialog.slots.get(id) {
                Some(SlotState::Filled { value, .. }) => (value.clone(), false),
                Some(SlotState::Cleared) if confirm.does == Does::Update => (Value::Null, true),
                _ => continue,
            };
            let shown = match (&slot.kind, dialog.results.get(id)) {
                _ if cleared => String::new(),
                _ if slot.sensitive => crate::display::MASK.to_owned(),
                (SlotKind::Record { .. }, Some(found)) => {
                    found["name"].as_str().unwrap_or_default().to_owned()
                }
                _ => self.shown(slot, &value),
            };
            let was = match (&record, confirm.does) {
                (Some(record), Does::Update) => {
                    let old = &record["fields"][field.as_str()];
                    let old = if old.is_null() {
                        String::new()
                    } else {
                        self.shown(slot, old)
                    };
                    if old == shown {
                        continue;
                    }
                    Some(old)
                }
                _ => None,
            };
            fields.push(CardField {
                label: slot.label.clone(),
                value: shown,
                was,
            });
        }
        let nothing = confirm.does == Does::Update && record.is_some() && fields.is_empty();
        (fields, nothing)
    }

    /// The message of a confirm: the question, the card, and yes, change, cancel.
    pub(crate) fn confirm_card(
        &mut self,
        template: &Template,
        confirm: &Confirm,
        question: String,
        fields: Vec<CardField>,
    ) -> Reply {
        let _ = template;
        let mut text = question.clone();
        for line in &fields {
            match &line.was {
                Some(was) => text.push_str(&format!(
                    "\n{}: {} → {}",
                    line.label,
                    if was.is_empty() { "–" } else { was },
                    if line.value.is_empty() {
                        "–"
                    } else {
                        &line.value
                    }
                )),
                None => text.push_str(&format!("\n{}: {}", line.label, line.value)),
            }
        }
        let yes = self.wording("button.yes", &[("what", Shown::from(confirm.does.word()))]);
        // What is deleted can't be another way; it can be another one.
        let change = match confirm.does {
            Does::Delete => "button.another",
            _ => "button.change",
        };
        let change = self.wording(change, &[]);
        let cancel = self.wording("button.cancel", &[]);
        let choices = [(yes, "yes"), (change, "change"), (cancel, "cancel")];
        let choices = choices.map(|(title, value)| Choice {
            title,
            value: Value::from(value),
        });
        Reply {
            text,
            kind: ReplyKind::Card {
                title: question,
                fields,
                url: None,
            },
            choices: choices.to_vec(),
            ended: None,
        }
    }

    /// A field's name for people: of the slot that fills it, else of the org, else its own.
    pub(crate) fn label_of(&self, template: &Template, field: &str) -> String {
        if let Some(slot) = template
            .slots
            .values()
            .find(|slot| slot.field.as_deref() == Some(field))
        {
            return slot.label.clone();
        }
        let of_org = || {
            let org = self.facts.get(template.integration.as_ref()?)?;
            Some(org.field(template.object.as_ref()?, field)?.label.clone())
        };
        of_org().unwrap_or_else(|| words(field))
    }

    pub(super) fn cell(&self, template: &Template, record: &Value, field: &str) -> String {
        let value = match field {
            "Name" => &record["name"],
            _ => &record["fields"][field],
        };
        let slot = template
            .slots
            .values()
            .find(|slot| slot.field.as_deref() == Some(field));
        match (slot, value) {
            (_, Value::Null) => String::new(),
            (Some(slot), value) => self.shown(slot, value),
            (None, value) => self.of_org(template, field, value),
        }
    }

    /// A value of a field that no slot fills, as people read values of the org's type of it.
    fn of_org(&self, template: &Template, field: &str, value: &Value) -> String {
        let kind = || {
            let org = self.facts.get(template.integration.as_ref()?)?;
            Some(org.field(template.object.as_ref()?, field)?.kind.as_str())
        };
        display::of_field(kind().unwrap_or_default(), value, &self.locale)
    }
}

/// "Lead Source" for "LeadSource".
fn words(field: &str) -> String {
    let mut out = String::new();
    for (n, letter) in field.chars().enumerate() {
        if n > 0 && letter.is_uppercase() {
            out.push(' ');
        }
        out.push(letter);
    }
    out
}
