//! Reads what each verb of a step takes, and what the step uses. `call`, which is the longest, has a file of its own.

use std::sync::Arc;

use super::super::load::text_of;
use super::super::reader::{Problems, near};
use super::super::source::{Node, Plain};
use super::super::{Confirm, Phrase, Run, Show, Text, Uses, Verb};
use super::call::input;
use super::{Reader, condition, phrases};
use crate::connector::InputKind;
use crate::effect::Does;

impl Reader<'_> {
    /// `confirm`, with what a no does.
    pub(super) fn confirm(
        &mut self,
        value: &Node,
        node: &Node,
        problems: &mut Problems,
    ) -> Option<(Verb, Uses)> {
        let text = text_of(value, problems)?;
        self.confirmed = true;
        let no = node.get("no").map(|no| Arc::new(self.steps(no, problems)));
        let show = node
            .get("show")
            .map(|show| show.items().iter().map(|s| s.text()).collect());
        Some((
            Verb::Confirm(Confirm {
                text,
                no,
                show,
                does: Does::Read,
                covers: None,
            }),
            Uses::All,
        ))
    }

    /// `say`: a text, and buttons below it.
    pub(super) fn say(
        &self,
        value: &Node,
        node: &Node,
        problems: &mut Problems,
    ) -> Option<(Verb, Uses)> {
        let text = text_of(value, problems)?;
        let uses = self.used(text.variants.iter().flat_map(Phrase::names));
        Some((
            Verb::Say {
                text,
                buttons: phrases(node.get("buttons"), problems),
            },
            uses,
        ))
    }

    /// `show`: records, and what is said of them.
    pub(super) fn show(
        &mut self,
        value: &Node,
        node: &Node,
        problems: &mut Problems,
    ) -> Option<(Verb, Uses)> {
        let what = condition(value, problems)?;
        let uses = self.used(what.names().into_iter());
        let show = Show {
            what,
            say: said(node, problems),
            fields: problems.texts(node, "fields"),
            none: node.get("none").and_then(|text| text_of(text, problems)),
            pick: self.template_named(node.get("pick"), problems),
            narrow: self.template_named(node.get("narrow"), problems),
            buttons: phrases(node.get("buttons"), problems),
        };
        Some((Verb::Show(show), uses))
    }

    /// `if`, with both branches; a confirmation counts behind it where both have one.
    pub(super) fn either(
        &mut self,
        value: &Node,
        node: &Node,
        problems: &mut Problems,
    ) -> Option<(Verb, Uses)> {
        let condition = condition(value, problems)?;
        problems.must_have(node, "then", "An `if`");
        let uses = self.used(condition.names().into_iter());
        let confirmed = self.confirmed;
        let then = node
            .get("then")
            .map(|then| self.steps(then, problems))
            .unwrap_or_default();
        let after = std::mem::replace(&mut self.confirmed, confirmed);
        let otherwise = node
            .get("else")
            .map(|steps| self.steps(steps, problems))
            .unwrap_or_default();
        self.confirmed = self.confirmed && after;
        Some((
            Verb::If {
                condition,
                then: Arc::new(then),
                otherwise: Arc::new(otherwise),
            },
            uses,
        ))
    }

    /// `set`: values of slots, worked out.
    pub(super) fn set(&mut self, value: &Node, problems: &mut Problems) -> (Verb, Uses) {
        let mut values = Vec::new();
        for (slot, value) in value.entries() {
            self.slot(&slot.text(), slot, problems);
            let phrase = match value.value {
                Plain::Null => None,
                _ => text_of(value, problems).and_then(|text| text.variants.into_iter().next()),
            };
            values.push((slot.text(), phrase));
        }
        let names: Vec<String> = values
            .iter()
            .filter_map(|(_, p)| p.as_ref())
            .flat_map(Phrase::names)
            .collect();
        let uses = self.used(names.into_iter());
        (Verb::Set(values), uses)
    }

    /// `run`: another template; whether nothing follows it here is the reader's `tail`.
    pub(super) fn run(
        &mut self,
        value: &Node,
        node: &Node,
        problems: &mut Problems,
    ) -> Option<(Verb, Uses)> {
        let template = self
            .template_named(Some(value), problems)
            .unwrap_or_default();
        let mut with = Vec::new();
        for (slot, value) in node.get("with").map(Node::entries).unwrap_or_default() {
            with.push((slot.text(), input(value, InputKind::Json, problems)?));
        }
        let run = Run {
            template,
            with,
            share: problems.flag(node, "share"),
            result: problems.text(node, "as"),
            optional: problems.flag(node, "optional"),
            last: self.tail,
        };
        Some((Verb::Run(run), Uses::Slots(Vec::new())))
    }

    /// `retry`: the call again, with other inputs.
    pub(super) fn retry(
        &mut self,
        value: &Node,
        node: &Node,
        problems: &mut Problems,
    ) -> Option<(Verb, Uses)> {
        if !self.branch {
            problems.add(
                "TW310",
                node.at,
                "`retry` has a meaning only under `on_error`.".into(),
                String::new(),
            );
        }
        let mut on_top = Vec::new();
        for (name, value) in value.entries() {
            let source = match value.value {
                Plain::Bool(_) | Plain::Number(_) => format!("{{{{ {} }}}}", value.text()),
                _ => value.text(),
            };
            on_top.push((name.text(), Phrase::parse(&source).ok()?));
        }
        Some((Verb::Retry(on_top), Uses::Slots(Vec::new())))
    }

    /// `handoff` to one of bot.yaml's desks.
    pub(super) fn handoff(
        &mut self,
        value: &Node,
        node: &Node,
        problems: &mut Problems,
    ) -> (Verb, Uses) {
        let desk = value.text();
        if !self.world.handoffs.contains(&desk) {
            let known: Vec<&str> = self.world.handoffs.iter().map(String::as_str).collect();
            let message = format!("There is no handoff `{desk}` in bot.yaml.");
            problems.add("TW605", value.at, message, near(&desk, &known));
        }
        let say = said(node, problems);
        (Verb::Handoff { desk, say }, Uses::Slots(Vec::new()))
    }
}

/// What a step says beside what it does.
pub(super) fn said(node: &Node, problems: &mut Problems) -> Option<Text> {
    node.get("say").and_then(|say| text_of(say, problems))
}
