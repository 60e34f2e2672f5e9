//! What is wrong between the parts of templates that are well formed each by itself: names, slots, steps, what starts a
//! template, and the standard responses. One family of rules per file; reading and its own problems are the readers'.

use super::load::Care;
use super::merge::Shelf;
use super::reader::Problems;
use super::source::{Node, Source};
use super::{Template, Templates};
use crate::connector::InputKind;
use crate::effect::Does;
use crate::facts::Facts;

mod alike;
pub(super) mod based_on;
mod buttons;
mod names;
mod org;
mod slots;
pub(super) mod spot;
mod start;
mod steps;
pub(super) mod translation;
pub(super) mod wording;

/// A template with the tree it was read from.
struct Checked<'a> {
    template: &'a Template,
    node: &'a Node,
    templates: &'a Templates,
}

/// Checks all templates; `nodes` are their trees in the same order, `library` the
/// library's files. What is known of orgs is compared too.
pub(super) fn all(
    templates: &Templates,
    nodes: &[Node],
    (shelf, library): (&Shelf, &[Source]),
    facts: &Facts,
    care: Care,
    problems: &mut Problems,
) {
    for (template, node) in templates.current.values().zip(nodes) {
        problems.file = template.file.clone();
        let checked = Checked {
            template,
            node,
            templates,
        };
        let spots = spot::of(node);
        names::check(&checked, &spots, problems);
        slots::check(&checked, &spots, shelf, problems);
        steps::check(&checked, problems);
        if care == Care::Thorough {
            buttons::check(&checked, problems);
        }
        org::check(&checked, facts, problems);
        let own: Vec<&str> = template.slots.keys().map(String::as_str).collect();
        if let Some(words) = node.get("wording") {
            wording::check(words, &templates.wording, &own, problems);
        }
    }
    start::check(templates, nodes, problems);
    alike::check(templates, nodes, library, care, problems);
}

impl Checked<'_> {
    /// Whether a step of the tree is a call that writes; not where there is no such operation.
    fn writes(&self, step: &Node) -> bool {
        self.does(step).is_some_and(Does::writes)
    }

    /// What a call of the tree does to the world; nothing where there is no such operation.
    fn does(&self, step: &Node) -> Option<Does> {
        let name = step.get("call")?.text();
        let (integration, operation) = name.split_once('.').unwrap_or((&name, ""));
        let spec = &self.templates.integrations.get(integration)?.spec;
        let op = spec.operations.iter().find(|op| op.name == operation)?;
        let says = op.inputs.iter().find(|i| i.kind == InputKind::Effect);
        let Some(word) = says.and_then(|input| step.get(input.name)).map(Node::text) else {
            return Some(op.does);
        };
        let all = [Does::Read, Does::Create, Does::Update, Does::Delete];
        all.into_iter().find(|does| does.word() == word)
    }
}
