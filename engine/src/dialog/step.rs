//! Executes one step, once the place has come to it: says, asks for a yes or a choice, branches, runs. What still holds
//! from before the place went back is taken from the memo instead of being said, asked, read or written again.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Done, Flow};
use crate::Value;
use crate::conversation::{Awaiting, ChoicePurpose, Memo, Opened, SlotState, What};
use crate::effect::Does;
use crate::reply::{Choice, Reply, ReplyKind};
use crate::template::{ChoiceOption, Confirm, End, Phrase, Run, Scope, Step, Template, Text, Verb};
use crate::turn::Play;

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
            && let Some((key, failed)) = dialog.failures.iter().find(|(_, failed)| failed.open)
        {
            let (integration, does) = match super::find(template, self.templates, key)
                .map(|step| &step.verb)
            {
                Some(Verb::Call(call)) => (self.integration_title(&call.integration), call.does),
                _ => (self.integration_of(template), Does::Read),
            };
            scope.put(
                "error",
                super::outcome::error_shown(
                    template,
                    &integration,
                    does,
                    &failed.failure,
                    &self.locale,
                ),
            );
        }
        scope
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
        if let Some(slot) = self.first_misfit(template, Does::Create) {
            return self.ask_for_what_fits(template, slot);
        }
        if let Some(asked) = self.ask_wanted(template) {
            return asked;
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
        let labels: Vec<String> = options
            .iter()
            .map(|option| option.label.render(&scope))
            .collect();
        let offered: Vec<Choice> = options
            .iter()
            .zip(&labels)
            .filter(|(option, _)| {
                option
                    .offered
                    .as_ref()
                    .is_none_or(|condition| condition.holds(&scope))
            })
            .map(|(_, label)| button(label))
            .collect();
        let digest = digest(&format!("{question}{offered:?}"));
        if let Some(memo) = self.memo(key)
            && memo.digest == digest
            && let Some(n) = labels
                .iter()
                .position(|label| memo.answer.as_str() == Some(label))
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
            let value = super::call::input_value(input, &scope);
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
