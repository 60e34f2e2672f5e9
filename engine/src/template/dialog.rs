//! Reads one template that is whole already: its own keys, its slots, examples and steps. What else there must be in the
//! bot is told by the world; what is wrong between its parts is the check's.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::load::{World, read_on_error, text_of};
use super::reader::{Problems, near};
use super::source::{Node, digest};
use super::{Digressions, Example, Slot, Template, example, slot, step};
use crate::derived::Derived;
use crate::effect::Auth;

/// The keys of a template file.
pub(super) const TEMPLATE_KEYS: &[&str] = &[
    "template",
    "title",
    "summary",
    "version",
    "purpose",
    "integration",
    "object",
    "nouns",
    "include",
    "extends",
    "adjust",
    "before",
    "after",
    "remove",
    "locale",
    "examples",
    "slots",
    "steps",
    "auth",
    "digressions",
    "on_error",
    "wording",
    "based_on",
];

/// Reads it; `None` without an id.
pub(super) fn read(node: &Node, world: &World<'_>, problems: &mut Problems) -> Option<Template> {
    problems.keys(node, "a template", TEMPLATE_KEYS);
    let id = problems.need(node, "template", "A template")?;
    if !is_id(&id) {
        problems.add(
            "TW107",
            node.get("template").map_or(node.at, |id| id.at),
            format!("`{id}` can't be a name: lower case letters, digits and _."),
            String::new(),
        );
    }
    let title = problems
        .need(node, "title", "A template")
        .unwrap_or_default();
    let integration = problems.text(node, "integration");
    if let Some(name) = &integration
        && !world.integrations.contains_key(name)
    {
        let known: Vec<&str> = world.integrations.keys().map(String::as_str).collect();
        let at = node.get("integration").map_or(node.at, |n| n.at);
        problems.add(
            "TW306",
            at,
            format!("There is no integration `{name}`."),
            near(name, &known),
        );
    }
    let object = problems.text(node, "object");
    let mut slots: IndexMap<String, Slot> = IndexMap::new();
    for (name, body) in node.get("slots").map(Node::entries).unwrap_or_default() {
        slots.insert(
            name.text(),
            slot::read(name, body, object.as_deref(), problems),
        );
    }
    slot::name_fields(&mut slots, node, world, problems);
    let examples = node.get("examples").map(Node::items).unwrap_or_default();
    let examples: Vec<Example> = examples
        .iter()
        .filter_map(|e| example::read(e, &slots, problems))
        .collect();
    let mut template = Template {
        purpose: problems
            .text(node, "purpose")
            .unwrap_or_else(|| title.to_lowercase()),
        summary: problems.text(node, "summary").unwrap_or_default(),
        nouns: problems.texts(node, "nouns"),
        version: problems.text(node, "version"),
        examples,
        steps: Arc::default(),
        auth: auth(node, problems).unwrap_or_default(),
        digressions: digressions(node, problems),
        on_error: Vec::new(),
        wording: BTreeMap::new(),
        digest: String::new(),
        resolved: node.json().to_string().into(),
        file: problems.file.clone(),
        heads: Derived::default(),
        id,
        title,
        integration,
        object,
        slots,
    };
    for (key, value) in node.get("wording").map(Node::entries).unwrap_or_default() {
        if let Some(text) = text_of(value, problems) {
            template.wording.insert(key.text(), text);
        }
    }
    match node.get("steps") {
        Some(steps) => template.steps = Arc::new(step::read_all(steps, &template, world, problems)),
        None => problems.warn(
            "TW309",
            node.at,
            "Without steps it is understood and does nothing.".into(),
            String::new(),
        ),
    }
    template.on_error = read_on_error(node.get("on_error"), Some(&template), world, problems);
    template.digest = digest(&template.resolved);
    Some(template)
}

pub(super) fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// `auth:` where it is said.
pub(super) fn auth(node: &Node, problems: &mut Problems) -> Option<Auth> {
    node.get("auth")?;
    Some(
        match problems.one_of(node, "auth", &["integration", "user", "shared"]) {
            "user" => Auth::User,
            "shared" => Auth::Shared,
            _ => Auth::Integration,
        },
    )
}

pub(super) fn digressions(node: &Node, problems: &mut Problems) -> Digressions {
    match problems.one_of(node, "digressions", &["allow", "ask", "refuse"]) {
        "ask" => Digressions::Ask,
        "refuse" => Digressions::Refuse,
        _ => Digressions::Allow,
    }
}
