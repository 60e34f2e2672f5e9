//! Looks names up while steps are read: slots of the template, templates and integrations of the bot. One that is not there
//! is told in its place.

use super::super::Uses;
use super::super::reader::{Problems, near};
use super::super::source::Node;
use super::Reader;

impl Reader<'_> {
    pub(super) fn no_integration(&self, id: &str, at: &Node, problems: &mut Problems) {
        let ids: Vec<&str> = self.world.integrations.keys().map(String::as_str).collect();
        let message = format!("There is no integration `{id}`.");
        problems.add("TW306", at.at, message, near(id, &ids));
    }

    pub(super) fn slots(&self, node: &Node, problems: &mut Problems) -> Vec<String> {
        let items = node.items();
        items
            .iter()
            .filter(|item| self.slot(&item.text(), item, problems))
            .map(|item| item.text())
            .collect()
    }

    pub(super) fn slot(&self, name: &str, at: &Node, problems: &mut Problems) -> bool {
        let Some(template) = self.template else {
            return true;
        };
        if template.slots.contains_key(name) {
            return true;
        }
        let known: Vec<&str> = template.slots.keys().map(String::as_str).collect();
        problems.add(
            "TW302",
            at.at,
            format!("`{name}` is not a slot of this template."),
            near(name, &known),
        );
        false
    }

    pub(super) fn template_named(
        &self,
        node: Option<&Node>,
        problems: &mut Problems,
    ) -> Option<String> {
        let node = node?;
        let name = node.text();
        if !self.world.templates.contains(&name) {
            let known: Vec<&str> = self.world.templates.iter().map(String::as_str).collect();
            problems.add(
                "TW308",
                node.at,
                format!("There is no template `{name}`."),
                near(&name, &known),
            );
            return None;
        }
        Some(name)
    }

    /// The slots among the names that a step reads; whether there are such names is the check's.
    pub(super) fn used(&self, names: impl Iterator<Item = String>) -> Uses {
        Uses::Slots(self.slots_of(names))
    }

    /// The slots among names; `filled` is all of them.
    pub(super) fn slots_of(&self, names: impl Iterator<Item = String>) -> Vec<String> {
        let mut slots = Vec::new();
        for name in names {
            let Some(template) = self.template else {
                continue;
            };
            if template.slots.contains_key(&name) {
                slots.push(name);
            } else if name == "filled" {
                slots.extend(template.slots.keys().cloned());
            }
        }
        slots
    }
}
