//! The stack of dialogs: starting, digressing, running another, ending and resuming. What a dialog does while it is on top
//! is left to its steps.

use std::collections::BTreeMap;

use minijinja::Value as Shown;

use crate::Value;
use crate::conversation::{Awaiting, Dialog, Opened, SlotState, What};
use crate::template::{End, ExamplePart, Slot, SlotKind, Template};
use crate::turn::Play;
use crate::understanding::holds::is_title;

/// Dialogs that may wait below the one on top.
const DEEPEST: usize = 3;
/// Dialogs that `run` may stack.
const DEEPEST_RUN: usize = 8;

impl Play<'_> {
    /// Puts a dialog on top. It does not advance by itself.
    pub(crate) fn open(
        &mut self,
        id: &str,
        slots: BTreeMap<String, SlotState>,
        why: Opened,
    ) -> bool {
        let Some(template) = self.templates.current.get(id).cloned() else {
            self.trace.push(format!("no template {id}"));
            return false;
        };
        let deepest = if why == Opened::User {
            DEEPEST + 1
        } else {
            DEEPEST_RUN
        };
        if self.conversation.dialogs.len() >= deepest {
            let dropped = self.conversation.dialogs.remove(0);
            self.trace
                .push(format!("{} was dropped: too many wait", dropped.template));
        }
        if let Some(below) = self.conversation.dialogs.last_mut() {
            below.parked_at = below.parked_at.or(Some(self.at));
        }
        self.trace.push(format!("start {id}"));
        let dialog = Dialog {
            why,
            ..Dialog::begun(&template, BTreeMap::new())
        };
        self.conversation.dialogs.push(dialog);
        for (slot, state) in slots {
            self.fill_unasked(&template, &slot, state);
        }
        true
    }

    /// Ends the dialog on top; the one below goes on where it was.
    pub(crate) fn end(&mut self, how: End) {
        let Some(ended) = self.conversation.dialogs.pop() else {
            return;
        };
        self.trace.push(format!("{} {}", ended.template, word(how)));
        self.conversation.awaiting = Awaiting::Nothing;
        match ended.why.clone() {
            Opened::Run { step } => self.ran(&step, &ended, how),
            Opened::User => {
                self.conversation.last = Some(ended.template.clone());
                self.resume();
            }
        }
    }

    /// Says that the dialog now on top goes on; after a long silence asks first.
    fn resume(&mut self) {
        let Some(template) = self.top() else { return };
        let title = Shown::from(topic(&template));
        let about = Shown::from(self.about(&template));
        let names = [("template", title), ("about", about)];
        let dialog = self.conversation.dialogs.last_mut();
        let parked = dialog.and_then(|dialog| dialog.parked_at.take());
        let silent = parked.map_or(0, |at| self.at.as_second() - at.as_second());
        if silent > self.templates.bot.ask_after {
            let question = self.wording("resume.ask", &names);
            self.confirm(question, What::Resume);
        } else {
            let text = self.wording("resume", &names);
            self.say(text);
        }
    }

    /// Whom or what the dialog on top is about, as far as that is known: the record's name, the person's, the title, else the
    /// company's.
    pub(crate) fn about(&self, template: &Template) -> String {
        let Some(dialog) = self.conversation.dialogs.last() else {
            return String::new();
        };
        let of = |fits: &dyn Fn(&Slot) -> bool| {
            let mut slots = template.slots.values();
            let slot = slots
                .find(|slot| fits(slot) && !slot.sensitive && dialog.value(&slot.id).is_some())?;
            Some((slot, dialog.value(&slot.id)?))
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let own = |slot: &Slot| matches!(&slot.kind, SlotKind::Record { object, .. } if Some(object) == template.object.as_ref());
        if let Some((slot, value)) = of(&own) {
            let found = dialog.results.get(&slot.id).unwrap_or(value);
            return text(&found["name"]);
        }
        let kind = |kind: SlotKind| move |slot: &Slot| slot.kind.word() == kind.word();
        let part = |which: SlotKind| of(&kind(which)).map(|(_, value)| text(value));
        let parts = [part(SlotKind::FirstName), part(SlotKind::LastName)];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let title = || of(&is_title).map(|(_, value)| text(value));
        Some(name)
            .filter(|name| !name.is_empty())
            .or_else(|| part(SlotKind::FullName))
            .or_else(title)
            .or_else(|| part(SlotKind::Organization))
            .unwrap_or_default()
    }

    /// A template run by a step has ended: its names stand under `as`, and the dialog that ran it goes on or ends too.
    fn ran(&mut self, step: &str, ended: &Dialog, how: End) {
        let Some(template) = self.top() else { return };
        let Some(found) = super::find(&template, self.templates, step) else {
            return;
        };
        let crate::template::Verb::Run(run) = &found.verb else {
            return;
        };
        let mut names = serde_json::Map::new();
        names.insert("outcome".into(), Value::String(word(how).into()));
        for (slot, state) in &ended.slots {
            if let SlotState::Filled { value, .. } = state {
                names.insert(slot.clone(), value.clone());
            }
        }
        for (name, result) in &ended.results {
            names.insert(name.clone(), result.clone());
        }
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("top has a dialog");
        if let Some(result) = &run.result {
            dialog.results.insert(result.clone(), Value::Object(names));
        }
        if how == End::Done || run.optional {
            dialog
                .memo
                .insert(step.to_owned(), super::step::memo_done());
        } else {
            self.end(how);
        }
    }

    /// Does what the user had asked for beside something else.
    pub(crate) fn begin_what_was_put_off(&mut self) {
        if self.conversation.later.is_empty() || !self.conversation.dialogs.is_empty() {
            return;
        }
        let later = self.conversation.later.remove(0);
        let text = self.wording("later", &[]);
        self.say(text);
        if self.open(&later.template, later.slots, Opened::User) {
            self.advance();
        }
    }

    /// Asks a yes or no.
    pub(crate) fn confirm(&mut self, text: String, what: What) {
        use crate::reply::{Choice, Reply, ReplyKind};
        let yes = self.wording("button.yes", &[]);
        let no = self.wording("button.no", &[]);
        let choices = vec![
            Choice {
                title: yes,
                value: Value::from("yes"),
            },
            Choice {
                title: no,
                value: Value::from("no"),
            },
        ];
        self.replies.push(Reply {
            text,
            kind: ReplyKind::Choices,
            choices,
            ended: None,
        });
        self.conversation.awaiting = Awaiting::Confirm { what };
    }
}

/// What a dialog is about, inside a sentence: "the lead", else its title in quotes.
pub(crate) fn topic(template: &Template) -> String {
    match template.nouns.first() {
        Some(noun) => format!("the {noun}"),
        None => format!("“{}”", template.title),
    }
}

/// What a user may say to start a template: its first example without a value, else its title.
pub(crate) fn starter(template: &Template) -> String {
    let said = template.examples.iter().find_map(|example| {
        let parts: Option<String> = example
            .parts
            .iter()
            .map(|part| match part {
                ExamplePart::Text(text) => Some(text.as_str()),
                ExamplePart::Slot(_) => None,
            })
            .collect();
        parts.filter(|text| !text.trim().is_empty())
    });
    said.unwrap_or_else(|| template.title.to_lowercase())
}

/// The outcome of a `run`, as templates name it.
pub(crate) fn word(how: End) -> &'static str {
    match how {
        End::Done => "done",
        End::Cancelled => "cancelled",
        End::Failed => "failed",
    }
}
