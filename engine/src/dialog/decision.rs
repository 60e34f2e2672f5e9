//! A yes, a no, an option or a row was chosen: what comes of it, by what was asked. Which it was is the understanding's.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value as Shown;

use crate::Value;
use crate::conversation::{Awaiting, ChoicePurpose, Opened, SlotState, What};
use crate::effect::Effect;
use crate::reply::Choice;
use crate::template::{SlotKind, Verb};
use crate::turn::Play;
use crate::understanding::act::Given;

impl Play<'_> {
    /// A yes or no was given.
    pub(crate) fn decided(&mut self, what: What, yes: bool) {
        self.conversation.awaiting = Awaiting::Nothing;
        match what {
            What::Write { step, .. } => {
                if let Some(memo) = self
                    .conversation
                    .dialogs
                    .last_mut()
                    .and_then(|d| d.memo.get_mut(&step))
                {
                    memo.answer = Value::from(if yes { "yes" } else { "no" });
                }
                self.advance();
            }
            What::Cancel if yes => self.cancel(true),
            What::Cancel | What::Resume if yes || what == What::Cancel => self.advance(),
            What::Resume => self.cancel(true),
            What::Replace { template, slots } => {
                if yes {
                    self.conversation.dialogs.pop();
                    self.open(&template, slots, Opened::User);
                }
                self.advance();
            }
            What::Suggestion { template, slots } => {
                if yes {
                    self.open(&template, slots, Opened::User);
                }
                self.advance();
                if !yes && self.conversation.dialogs.is_empty() {
                    let text = self.what_it_can("fallback");
                    self.say(text);
                }
            }
            What::Keep { slot } => self.kept(&slot, yes),
            What::Undo => {
                if yes {
                    self.take_back();
                } else {
                    let text = self.wording("left_alone", &[]);
                    self.say(text);
                    self.advance();
                }
            }
            What::SwitchAccount { integration } => {
                self.effects.push(Effect::SwitchAccount {
                    integration,
                    accept: yes,
                });
                if !yes {
                    self.advance();
                }
            }
            What::Cancel => self.advance(),
        }
    }

    pub(crate) fn confirm_cancel(&mut self) {
        let Some(template) = self.top() else { return };
        let title = Shown::from(super::stack::topic(&template));
        let text = self.wording("cancel.ask", &[("template", title)]);
        self.confirm(text, What::Cancel);
    }

    fn kept(&mut self, slot: &str, yes: bool) {
        let Some(dialog) = self.conversation.dialogs.last_mut() else {
            return;
        };
        if yes {
            let digest = dialog
                .value(slot)
                .map(|value| super::step::digest(&value.to_string()));
            if let Some(digest) = digest {
                dialog.kept.insert(slot.to_owned(), digest);
            }
        } else {
            dialog.slots.remove(slot);
        }
        self.changed(slot);
        self.advance();
    }

    /// One of the options on offer was chosen.
    pub(crate) fn chosen(&mut self, n: usize, of: usize, purpose: ChoicePurpose) {
        if n >= of {
            return self.say_the_question_again();
        }
        let Awaiting::Choice { options, .. } = std::mem::take(&mut self.conversation.awaiting)
        else {
            return;
        };
        let value = options[n].value.clone();
        match purpose {
            ChoicePurpose::Step { step } => {
                if let Some(memo) = self
                    .conversation
                    .dialogs
                    .last_mut()
                    .and_then(|d| d.memo.get_mut(&step))
                {
                    memo.answer = value;
                }
                self.advance();
            }
            ChoicePurpose::Record { slot, records } => {
                if let Some(record) = records.get(n) {
                    let name = record["name"].as_str().unwrap_or_default().to_owned();
                    self.take_record(&slot, record, &name);
                    self.changed(&slot);
                }
                self.advance();
            }
            ChoicePurpose::Value { slot } => {
                if let Some(template) = self.top() {
                    let text = options[n].title.clone();
                    if !self.fill(&template, &slot, value, &text) {
                        return;
                    }
                }
                self.advance();
            }
            ChoicePurpose::Template { slots } => {
                let slots = slots.get(n).cloned().unwrap_or_default();
                let id = Self::value_text(&value);
                if self.open(&id, slots, Opened::User) {
                    self.advance();
                }
            }
            ChoicePurpose::LookUp { .. } if value == "again" => self.advance(),
            ChoicePurpose::LookUp { .. } => self.cancel(true),
            ChoicePurpose::SignIn { integration } => {
                if value == "new_link" {
                    self.ask_for_sign_in(&integration, crate::effect::Auth::Integration, false);
                } else {
                    self.cancel(true);
                }
            }
        }
    }

    /// None of the records on offer is meant: which one, is asked anew.
    pub(crate) fn none_of_these(&mut self, slot: &str) {
        self.conversation.awaiting = Awaiting::Nothing;
        if let Some(dialog) = self.conversation.dialogs.last_mut() {
            dialog.slots.remove(slot);
            dialog.results.remove(slot);
        }
        self.changed(slot);
        self.advance();
    }

    /// Whether a bare yes says which option is meant: a new link, or the call once more, beside giving up.
    pub(crate) fn has_one_way_on(&mut self, purpose: &ChoicePurpose, of: usize) -> bool {
        match purpose {
            ChoicePurpose::SignIn { .. } | ChoicePurpose::LookUp { .. } => true,
            ChoicePurpose::Step { step } if of == 2 => {
                let Some(template) = self.top() else {
                    return false;
                };
                let step = super::find(&template, self.templates, step);
                let Some(Verb::Choose { options, .. }) = step.map(|step| &step.verb) else {
                    return false;
                };
                let first = options.first().and_then(|option| option.steps.first());
                matches!(first.map(|step| &step.verb), Some(Verb::Retry(inputs)) if inputs.is_empty())
            }
            _ => false,
        }
    }

    /// Two templates are nearly as likely: one question says which.
    pub(crate) fn which_template(&mut self, between: &[(String, Vec<Given>)]) {
        let mut options = Vec::new();
        let mut slots = Vec::new();
        for (id, given) in between {
            let Some(template) = self.templates.current.get(id) else {
                continue;
            };
            options.push(Choice {
                title: template.title.clone(),
                value: Value::from(id.clone()),
            });
            slots.push(super::given::states(given.clone()));
        }
        let text = self.wording("ambiguous", &[]);
        self.choices(text, options, ChoicePurpose::Template { slots });
    }

    /// "2": a row of the list last shown.
    pub(crate) fn pick(&mut self, n: usize) {
        let Some(list) = self.conversation.list.clone() else {
            return self.fallback();
        };
        let row = (n as u64)
            .checked_sub(list.offset)
            .and_then(|n| list.rows.get(n as usize))
            .cloned();
        let Some(row) = row else {
            return self.fallback();
        };
        let shown_by = self.templates.current.get(&list.template).cloned();
        let pick = shown_by.and_then(|template| {
            let step = super::find(&template, self.templates, &list.step)?;
            match &step.verb {
                Verb::Show(show) => show.pick.clone(),
                _ => None,
            }
        });
        let Some(pick) = pick.and_then(|id| self.templates.current.get(&id).cloned()) else {
            return self.fallback();
        };
        let Some(slot) = pick
            .slots
            .values()
            .find(|slot| matches!(slot.kind, SlotKind::Record { .. }))
        else {
            return self.fallback();
        };
        let slots = BTreeMap::from([(
            slot.id.clone(),
            SlotState::Filled {
                value: row,
                text: String::new(),
            },
        )]);
        let id = Arc::clone(&pick);
        if self.open(&id.id, slots, Opened::User) {
            self.advance();
        }
    }
}
