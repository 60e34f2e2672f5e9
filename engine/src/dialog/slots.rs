//! Slots of the dialog on top: collecting them in order, asking, filling, validating. How an answer is read is the
//! understanding's; here a value arrives normalised.

use std::sync::Arc;

use minijinja::Value as Shown;

use super::{Done, Flow};
use crate::Value;
use crate::conversation::{Awaiting, SlotState, What};
use crate::reply::{Choice, Reply, ReplyKind};
use crate::template::{Slot, SlotKind, Template, expression};
use crate::turn::Play;
use crate::understanding::entity;

impl Play<'_> {
    /// Asks for each slot that is empty, in order; looks up records that are only named so far.
    pub(crate) fn collect(&mut self, template: &Arc<Template>, slots: &[String]) -> Done {
        for id in slots {
            let Some(slot) = template.slots.get(id) else {
                continue;
            };
            if self.misfit(template, slot).is_some() {
                return self.ask_for_what_fits(template, slot);
            }
            let dialog = self
                .conversation
                .dialogs
                .last()
                .expect("a collect has its dialog");
            match (dialog.slots.get(id), &slot.kind) {
                (_, SlotKind::Field { .. }) => {
                    if let Some(done) = self.collect_field(template, slot) {
                        return done;
                    }
                }
                (Some(SlotState::Filled { value, .. }), SlotKind::Record { .. })
                    if value.get("id").is_none() =>
                {
                    if value.get("found") != Some(&Value::Bool(false)) {
                        return self.look_up(template, slot, &value.clone());
                    }
                }
                (Some(SlotState::Filled { value, .. }), SlotKind::Record { .. })
                    if template.does().writes() && !dialog.results.contains_key(id) =>
                {
                    return self.look_up(template, slot, &value.clone());
                }
                (Some(_), _) => {}
                (None, _) => {
                    if let Some(default) = &slot.default {
                        let value = default.value(&self.scope(template));
                        if !value.is_null() {
                            self.fill_unasked(
                                template,
                                id,
                                SlotState::Filled {
                                    value,
                                    text: String::new(),
                                },
                            );
                            continue;
                        }
                    }
                    self.ask(template, slot);
                    return Done::Flow(Flow::Wait);
                }
            }
        }
        Done::Passed(None)
    }

    /// A `field` slot is content as soon as a slot it can name has a value; named without one, that slot is asked.
    fn collect_field(&mut self, template: &Arc<Template>, slot: &Slot) -> Option<Done> {
        let SlotKind::Field { names, fills } = &slot.kind else {
            return None;
        };
        let dialog = self
            .conversation
            .dialogs
            .last()
            .expect("a collect has its dialog");
        let named = dialog
            .value(&slot.id)
            .and_then(Value::as_str)
            .map(str::to_owned);
        if !fills {
            if named.is_none() {
                self.ask(template, slot);
                return Some(Done::Flow(Flow::Wait));
            }
            return None;
        }
        if let Some(named) = named
            && let Some(target) = template.slots.get(&named)
            && !dialog.slots.contains_key(&named)
        {
            self.ask_value(template, target);
            return Some(Done::Flow(Flow::Wait));
        }
        let content = names.iter().any(|name| {
            matches!(
                dialog.slots.get(&name.id),
                Some(SlotState::Filled { .. } | SlotState::Cleared)
            )
        });
        if content {
            return None;
        }
        self.ask(template, slot);
        Some(Done::Flow(Flow::Wait))
    }

    /// Asks for a slot, with its choices where it has some.
    pub(crate) fn ask(&mut self, template: &Arc<Template>, slot: &Slot) {
        let place = format!("{}/{}", template.id, slot.id);
        let mut text = match &slot.ask {
            Some(ask) => {
                let scope = self.scope_here(template);
                self.phrase(ask, &place, &scope)
            }
            None => self.wording(
                "ask.slot",
                &[("slot", Shown::from(self.within(&slot.label)))],
            ),
        };
        let hinted = self.conversation.said.contains_key("ask.skip_hint");
        if slot.optional && !hinted {
            self.conversation.said.insert("ask.skip_hint".into(), 1);
            let hint = self.wording("ask.skip_hint", &[]);
            text = format!("{text} {hint}");
        }
        self.put_question(template, slot, text);
    }

    /// Asks for the new value of a field that was named without one.
    pub(crate) fn ask_value(&mut self, template: &Arc<Template>, slot: &Slot) {
        let record = template
            .slots
            .values()
            .find(|s| matches!(s.kind, SlotKind::Record { .. }))
            .and_then(|s| self.conversation.dialogs.last()?.results.get(&s.id))
            .map_or_else(expression::empty, expression::record);
        let text = self.wording(
            "ask.value",
            &[
                ("slot", Shown::from(self.within(&slot.label))),
                ("record", record),
            ],
        );
        self.put_question(template, slot, text);
    }

    pub(crate) fn put_question(&mut self, template: &Arc<Template>, slot: &Slot, text: String) {
        let mut choices: Vec<Choice> = self
            .choices_of(template, slot)
            .into_iter()
            .map(|(value, label)| Choice {
                title: label,
                value: Value::String(value),
            })
            .collect();
        if let SlotKind::Boolean = slot.kind {
            let yes = self.wording("button.yes", &[]);
            let no = self.wording("button.no", &[]);
            choices.push(Choice {
                title: yes,
                value: Value::Bool(true),
            });
            choices.push(Choice {
                title: no,
                value: Value::Bool(false),
            });
        }
        let kind = if choices.is_empty() {
            ReplyKind::Text
        } else {
            ReplyKind::Choices
        };
        self.replies.push(Reply {
            text,
            kind,
            choices,
            ended: None,
        });
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("a question belongs to a dialog");
        if dialog.asked.last() != Some(&slot.id) {
            dialog.asked.push(slot.id.clone());
        }
        self.conversation.awaiting = Awaiting::Slot {
            slot: slot.id.clone(),
        };
        self.trace.push(format!("ask.{}", slot.id));
    }

    /// What is said after an answer that can't be taken.
    pub(crate) fn reask_text(
        &mut self,
        template: &Arc<Template>,
        slot: &Slot,
        heard: &str,
    ) -> String {
        if let Some(reask) = &slot.reask {
            let mut scope = self.scope_here(template);
            scope.put("heard", Shown::from(heard));
            return self.phrase(reask, &format!("reask/{}/{}", template.id, slot.id), &scope);
        }
        let key = format!("reask.{}", slot.kind.word());
        self.wording(
            &key,
            &[
                ("heard", Shown::from(heard)),
                ("slot", Shown::from(self.within(&slot.label))),
            ],
        )
    }

    /// Fills a slot by the user's word: validated, and the place goes back to where it is first used. False where the
    /// value was refused or doubted, and a question about it is out.
    pub(crate) fn fill(
        &mut self,
        template: &Arc<Template>,
        id: &str,
        value: Value,
        text: &str,
    ) -> bool {
        let Some(slot) = template.slots.get(id) else {
            return true;
        };
        if value.is_null() || value.as_str() == Some("") {
            if !slot.optional {
                let names = [("slot", Shown::from(self.within(&slot.label)))];
                let said = self.wording("skip.required", &names);
                self.say(said);
                self.say_the_question_again();
                return false;
            }
            let was = self.conversation.dialogs.last_mut().and_then(|d| {
                d.results.remove(id);
                d.slots.insert(id.to_owned(), SlotState::Cleared)
            });
            if was != Some(SlotState::Cleared) {
                self.changed(id);
            }
            return true;
        }
        let kept = self
            .conversation
            .dialogs
            .last()
            .and_then(|d| d.kept.get(id))
            .cloned();
        for rule in &slot.validate {
            let mut scope = self.scope_here(template);
            self.put_value(&mut scope, "value", slot, &value);
            if !rule.bad.holds(&scope) {
                continue;
            }
            let said = self.phrase(
                &rule.text,
                &format!("{}/{id}/validate", template.id),
                &scope,
            );
            if !rule.ask {
                self.put_question(template, slot, said);
                return false;
            }
            if kept.as_deref() != Some(&super::step::digest(&value.to_string())) {
                let dialog = self
                    .conversation
                    .dialogs
                    .last_mut()
                    .expect("a slot has its dialog");
                dialog.slots.insert(
                    id.to_owned(),
                    SlotState::Filled {
                        value,
                        text: text.to_owned(),
                    },
                );
                self.confirm(
                    said,
                    What::Keep {
                        slot: id.to_owned(),
                    },
                );
                return false;
            }
        }
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("a slot has its dialog");
        let before = dialog.slots.insert(
            id.to_owned(),
            SlotState::Filled {
                value: value.clone(),
                text: text.to_owned(),
            },
        );
        dialog.misses.remove(id);
        let same = matches!(&before, Some(SlotState::Filled { value: old, .. }) if *old == value);
        if !same {
            dialog.results.remove(id);
            self.changed(id);
        }
        true
    }

    /// Fills a slot without asking anything: handed in, set, or a default.
    pub(crate) fn fill_unasked(&mut self, template: &Arc<Template>, id: &str, state: SlotState) {
        let Some(slot) = template.slots.get(id) else {
            return;
        };
        let state = match state {
            SlotState::Filled { value, text } => SlotState::Filled {
                value: self.typed(slot, value),
                text,
            },
            other => other,
        };
        let Some(dialog) = self.conversation.dialogs.last_mut() else {
            return;
        };
        let state = match state {
            SlotState::Filled { value, text } => {
                super::record::record_state(template, id, value, text, dialog)
            }
            other => other,
        };
        dialog.slots.insert(id.to_owned(), state);
        self.changed(id);
    }

    /// A value that a template writes as a text, `default: 5`, as one of the slot's type; as it is where it can't be read.
    fn typed(&self, slot: &Slot, value: Value) -> Value {
        let kind = &slot.kind;
        let by_form = matches!(
            kind,
            SlotKind::Number(_)
                | SlotKind::Percent(_)
                | SlotKind::Amount { .. }
                | SlotKind::Boolean
                | SlotKind::Date(_)
                | SlotKind::Time(_)
                | SlotKind::DateTime(_)
                | SlotKind::Phone { .. }
                | SlotKind::Email
        );
        let Some(text) = value.as_str().filter(|_| by_form || slot.list) else {
            return value;
        };
        let now = self.at.to_zoned_datetime(self.zone.clone());
        let reader = entity::Reader::new(&now, &self.locale);
        entity::read(slot, text, &reader).map_or_else(|_| value.clone(), |reading| reading.value)
    }
}
