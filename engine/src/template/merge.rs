//! Makes a template whole before it is read: shared slots come in, and a file that extends another is laid over it, key by
//! key and step by step. It works on trees with places, so that a problem is still told where it was written.

use std::collections::BTreeMap;

use super::reader::{Problems, near};
use super::source::{Node, Plain};
use super::step::VERBS;

/// The templates and shared files that others may name.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// Templates by id and, for the library's, also as `salesforce/update_lead`.
    pub(super) templates: BTreeMap<String, Node>,
    /// Shared files by id.
    pub(super) shared: BTreeMap<String, Node>,
}

/// Keys of an extending file that say how it changes the other's steps.
const CHANGES: [&str; 5] = ["extends", "adjust", "before", "after", "remove"];

/// The template with all that it includes and extends in it; `None` where it extends what it can't.
pub(super) fn whole(node: &Node, shelf: &Shelf, problems: &mut Problems) -> Option<Node> {
    laid(node, shelf, &mut vec![id_of(node)], problems)
}

fn laid(
    node: &Node,
    shelf: &Shelf,
    chain: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<Node> {
    let own = included(node, shelf, problems);
    let Some(extends) = node.get("extends") else {
        for key in &CHANGES[1..] {
            if let Some(change) = node.get(key) {
                let message = format!("`{key}` needs `extends`.");
                problems.add("TW005", change.at, message, String::new());
            }
        }
        return Some(own);
    };
    let name = extends.text();
    let base = shelf.templates.get(&name);
    let refused = match base {
        None => Some("it does not exist"),
        // A file may carry the id of the library template that it extends.
        Some(base) if base.at == node.at || chain.contains(&name) => Some("it extends this one"),
        Some(_) => None,
    };
    if let Some(why) = refused {
        let known: Vec<&str> = shelf.templates.keys().map(String::as_str).collect();
        let help = if base.is_none() {
            near(&name, &known)
        } else {
            String::new()
        };
        let message = format!("`{name}` can't be extended: {why}.");
        problems.add("TW103", extends.at, message, help);
        return None;
    }
    chain.push(name);
    let mut result = laid(
        base.expect("what is refused was returned"),
        shelf,
        chain,
        problems,
    )?;
    named(&mut result);
    for (key, value) in own.entries() {
        match key.text().as_str() {
            "slots" => result.set(key.clone(), over(result.get("slots"), value, 2)),
            "wording" | "on_error" => {
                result.set(key.clone(), over(result.get(&key.text()), value, 1))
            }
            "examples" => {
                let mut all: Vec<Node> = result
                    .get("examples")
                    .map(Node::items)
                    .unwrap_or_default()
                    .into_iter()
                    .cloned()
                    .collect();
                all.extend(value.items().into_iter().cloned());
                result.set(key.clone(), value.beside(Plain::List(all)));
            }
            other if CHANGES.contains(&other) => {}
            _ => result.set(key.clone(), value.clone()),
        }
    }
    change_steps(node, &mut result, problems);
    Some(result)
}

/// The slots of shared files first; the template's own keys win, key by key.
fn included(node: &Node, shelf: &Shelf, problems: &mut Problems) -> Node {
    let Some(include) = node.get("include") else {
        return node.clone();
    };
    let mut slots = include.beside(Plain::Map(Vec::new()));
    for name in include.items() {
        match shelf.shared.get(&name.text()) {
            Some(shared) => {
                for (id, slot) in shared.get("slots").map(Node::entries).unwrap_or_default() {
                    slots.set(id.clone(), slot.clone());
                }
            }
            None => {
                let known: Vec<&str> = shelf.shared.keys().map(String::as_str).collect();
                let message = format!(
                    "There is no shared file `{}` here or in the library.",
                    name.text()
                );
                problems.add("TW102", name.at, message, near(&name.text(), &known));
            }
        }
    }
    if let Some(own) = node.get("slots") {
        slots = over(Some(&slots), own, 2);
    }
    let mut result = node.clone();
    if let Plain::Map(entries) = &mut result.value {
        entries.retain(|(key, _)| key.text() != "include");
    }
    result.set(include.beside(Plain::Text("slots".into())), slots);
    result
}

/// One map over another: its values replace, or for `deep` levels are laid over in their turn.
fn over(below: Option<&Node>, above: &Node, deep: usize) -> Node {
    let (Some(below), Plain::Map(entries)) = (below, &above.value) else {
        return above.clone();
    };
    if deep == 0 || !matches!(below.value, Plain::Map(_)) {
        return above.clone();
    }
    let mut result = below.clone();
    result.at = above.at;
    for (key, value) in entries {
        let value = over(result.get(&key.text()), value, deep - 1);
        result.set(key.clone(), value);
    }
    result
}

/// Gives every step its id in writing, so that an inserted step changes no other's.
fn named(template: &mut Node) {
    let mut taken = Vec::new();
    if let Some(steps) = template.get_mut("steps") {
        each(steps, &mut |step| {
            taken.extend(step.get("id").map(Node::text))
        });
        each(steps, &mut |step| {
            if step.get("id").is_some() {
                return;
            }
            let Some(verb) = VERBS.iter().find(|verb| step.get(verb).is_some()) else {
                return;
            };
            let id = (1..)
                .map(|n| {
                    if n == 1 {
                        (*verb).to_owned()
                    } else {
                        format!("{verb}_{n}")
                    }
                })
                .find(|id| !taken.contains(id))
                .expect("there is always a number that is free");
            taken.push(id.clone());
            let (key, value) = (Plain::Text("id".into()), Plain::Text(id));
            let (key, value) = (step.beside(key), step.beside(value));
            step.set(key, value);
        });
    }
}

/// Calls `visit` for every step, branches included, in the order in which they are read.
pub(super) fn each(steps: &mut Node, visit: &mut impl FnMut(&mut Node)) {
    let mut one = |step: &mut Node| {
        visit(step);
        for branch in ["then", "else", "no"] {
            if let Some(steps) = step.get_mut(branch) {
                each_boxed(steps, visit);
            }
        }
        if let Some(Node {
            value: Plain::Map(options),
            ..
        }) = step.get_mut("options")
        {
            for (_, steps) in options {
                each_boxed(steps, visit);
            }
        }
    };
    match &mut steps.value {
        Plain::List(items) => items.iter_mut().for_each(&mut one),
        Plain::Map(_) => one(steps),
        _ => {}
    }
}

/// As [`each`]: a closure that calls itself needs one type for all depths.
fn each_boxed(steps: &mut Node, visit: &mut dyn FnMut(&mut Node)) {
    each(steps, &mut |step: &mut Node| visit(step));
}

fn change_steps(node: &Node, result: &mut Node, problems: &mut Problems) {
    let mut ids = Vec::new();
    if let Some(steps) = result.get_mut("steps") {
        each(steps, &mut |step| {
            ids.extend(step.get("id").map(Node::text))
        });
    }
    let of = |key: &str| -> Vec<(Node, Node)> {
        node.get(key)
            .map(Node::entries)
            .unwrap_or_default()
            .to_vec()
    };
    let (adjust, before, after) = (of("adjust"), of("before"), of("after"));
    let remove: Vec<Node> = node
        .get("remove")
        .map(Node::items)
        .unwrap_or_default()
        .into_iter()
        .cloned()
        .collect();
    let named = [&adjust, &before, &after]
        .into_iter()
        .flatten()
        .map(|(id, _)| id)
        .chain(&remove);
    for id in named {
        if !ids.contains(&id.text()) {
            let known: Vec<&str> = ids.iter().map(String::as_str).collect();
            let message = format!("`{}` has no step `{}`.", id_of(result), id.text());
            problems.add("TW104", id.at, message, near(&id.text(), &known));
        }
    }
    let Some(steps) = result.get_mut("steps") else {
        return;
    };
    each(steps, &mut |step| {
        let id = step.get("id").map(Node::text);
        for (_, keys) in adjust.iter().filter(|(key, _)| Some(key.text()) == id) {
            *step = over(Some(step), keys, 1);
        }
    });
    let changes = Inserts {
        before: &before,
        after: &after,
        remove: &remove,
    };
    changes.list(steps);
}

struct Inserts<'a> {
    before: &'a [(Node, Node)],
    after: &'a [(Node, Node)],
    remove: &'a [Node],
}

impl Inserts<'_> {
    fn list(&self, steps: &mut Node) {
        let mut all = Vec::new();
        for step in steps.items() {
            let id = step.get("id").map(Node::text).unwrap_or_default();
            let of = |list: &[(Node, Node)]| -> Vec<Node> {
                let found = list.iter().filter(|(key, _)| key.text() == id);
                found
                    .flat_map(|(_, steps)| steps.items().into_iter().cloned())
                    .collect()
            };
            all.extend(of(self.before));
            if !self.remove.iter().any(|gone| gone.text() == id) {
                let mut step = step.clone();
                for branch in ["then", "else", "no"] {
                    if let Some(steps) = step.get_mut(branch) {
                        self.list(steps);
                    }
                }
                if let Some(Node {
                    value: Plain::Map(options),
                    ..
                }) = step.get_mut("options")
                {
                    // An option that is one `if` without `else` is a condition, not a list.
                    for (_, steps) in options {
                        if matches!(steps.value, Plain::List(_)) {
                            self.list(steps);
                        }
                    }
                }
                all.push(step);
            }
            all.extend(of(self.after));
        }
        steps.value = Plain::List(all);
    }
}

fn id_of(node: &Node) -> String {
    node.get("template").map(Node::text).unwrap_or_default()
}
