//! Every place of a template where a text or condition stands, with the names that hold only there. What they use is
//! looked up elsewhere.

use std::collections::BTreeMap;

use minijinja::machinery::ast::{Expr, Stmt};
use minijinja::machinery::{parse, parse_expr};

use super::steps::ends;
use crate::template::source::{Node, Plain};
use crate::template::tree::expressions;
use crate::template::uses;

/// A text or condition in its place.
#[derive(Debug, Clone)]
pub(in crate::template) struct Spot<'a> {
    pub(in crate::template) node: &'a Node,
    /// A condition or name, without braces.
    pub(in crate::template) expression: bool,
    /// Whether people read it.
    pub(in crate::template) said: bool,
    /// Names beside those of every place.
    pub(in crate::template) extra: Vec<&'static str>,
    /// Names that the steps around it have made sure of.
    pub(in crate::template) sure: Vec<String>,
    /// Results of the steps before it, and whether each is there.
    pub(in crate::template) results: BTreeMap<String, Presence>,
}

/// What a place says, as its parts.
pub(in crate::template) enum Tree<'t> {
    /// A condition or name.
    Expression(Expr<'t>),
    /// A text with expressions in it.
    Text(Stmt<'t>),
}

impl Spot<'_> {
    /// Its parts, where there are any and they can be read; `text` is its node's.
    pub(in crate::template) fn tree<'t>(&self, text: &'t str) -> Option<Tree<'t>> {
        if self.expression {
            parse_expr(text).ok().map(Tree::Expression)
        } else if text.contains("{{") || text.contains("{%") {
            let parsed = parse(text, "text", Default::default());
            parsed.ok().map(Tree::Text)
        } else {
            None
        }
    }
}

impl Tree<'_> {
    /// The expressions in it, in order.
    pub(in crate::template) fn expressions(&self) -> Vec<&Expr<'_>> {
        match self {
            Tree::Expression(expression) => vec![expression],
            Tree::Text(text) => expressions(text),
        }
    }
}

/// Whether the result of a step is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Presence {
    /// It is.
    There,
    /// Not where the call failed.
    Failed,
    /// Not where its branch was not taken.
    Branch,
}

/// Those of slots, steps and error branches, in the order of the file.
pub(in crate::template) fn of(template: &Node) -> Vec<Spot<'_>> {
    let mut walk = Walk {
        spots: Vec::new(),
        extra: Vec::new(),
        sure: Vec::new(),
        results: BTreeMap::new(),
    };
    for (_, slot) in entries(template, "slots") {
        walk.slot(slot);
    }
    if let Some(steps) = template.get("steps") {
        walk.steps(steps);
    }
    // Any of the calls may have failed there.
    for result in walk.results.values_mut() {
        *result = Presence::Failed;
    }
    walk.branches(template);
    walk.spots
}

struct Walk<'a> {
    spots: Vec<Spot<'a>>,
    extra: Vec<&'static str>,
    sure: Vec<String>,
    results: BTreeMap<String, Presence>,
}

fn entries<'n>(node: &'n Node, key: &str) -> &'n [(Node, Node)] {
    node.get(key).map(Node::entries).unwrap_or_default()
}

impl<'a> Walk<'a> {
    fn slot(&mut self, slot: &'a Node) {
        for key in ["ask", "why"] {
            self.texts(slot.get(key), true);
        }
        self.texts(slot.get("default"), false);
        self.with("heard", |walk| walk.texts(slot.get("reask"), true));
        self.with("value", |walk| {
            for rule in slot.get("validate").map(Node::items).unwrap_or_default() {
                walk.expression(rule.get("if"));
                walk.texts(rule.get("say"), true);
                walk.texts(rule.get("ask"), true);
            }
        });
    }

    fn steps(&mut self, steps: &'a Node) {
        for step in steps.items() {
            self.step(step);
        }
    }

    fn step(&mut self, step: &'a Node) {
        for key in ["say", "confirm", "choose", "buttons"] {
            self.texts(step.get(key), true);
        }
        self.with("heard", |walk| walk.texts(step.get("none"), true));
        if step.get("confirm").is_none() {
            self.expression(step.get("show"));
        }
        for key in ["set", "with", "retry"] {
            self.values(step.get(key));
        }
        if step.get("call").is_some() {
            self.inputs(step);
            self.call(step);
        } else if let Some(name) = step.get("as") {
            self.results.insert(name.text(), Presence::There);
        }
        let before = self.results.clone();
        let mut after = Vec::new();
        if let Some(no) = step.get("no") {
            after.push(before.clone());
            after.extend(self.branch(no, &before));
        }
        for (label, option) in entries(step, "options") {
            self.texts(Some(label), true);
            after.extend(self.branch(option, &before));
        }
        if let Some(condition) = step.get("if") {
            self.expression(Some(condition));
            let before = self.sure.len();
            self.sure.extend(uses::sure(&condition.text()));
            let results = self.results.clone();
            if let Some(then) = step.get("then") {
                after.extend(self.branch(then, &results));
            }
            self.sure.truncate(before);
            match step.get("else") {
                Some(otherwise) => after.extend(self.branch(otherwise, &results)),
                None => after.push(results),
            }
        }
        if let Some(joined) = joined(after) {
            self.results = joined;
        }
    }

    /// The steps of a branch, and the results after it; nothing where it always ends.
    fn branch(
        &mut self,
        steps: &'a Node,
        before: &BTreeMap<String, Presence>,
    ) -> Option<BTreeMap<String, Presence>> {
        self.results = before.clone();
        self.steps(steps);
        let ended = steps.items().iter().any(|step| ends(step));
        let after = std::mem::replace(&mut self.results, before.clone());
        (!ended).then_some(after)
    }

    /// The error branches of a call, where its result is missing, and then that result.
    fn call(&mut self, step: &'a Node) {
        let name = step.get("as").map(Node::text);
        let before = self.results.clone();
        if let Some(name) = &name {
            self.results.entry(name.clone()).or_insert(Presence::Failed);
        }
        self.branches(step);
        self.results = before;
        if let Some(name) = name {
            let optional = step
                .get("optional")
                .is_some_and(|flag| flag.text() == "true");
            let result = if optional {
                Presence::Failed
            } else {
                Presence::There
            };
            self.results.insert(name, result);
        }
    }

    fn inputs(&mut self, step: &'a Node) {
        for (key, value) in step.entries() {
            match key.text().as_str() {
                "call" | "as" | "on_error" | "optional" | "auth" | "undo" | "id" | "take" => {}
                "record" => self.expression(Some(value)),
                _ => self.values(Some(value)),
            }
        }
    }

    fn branches(&mut self, node: &'a Node) {
        self.with("error", |walk| {
            for (_, steps) in entries(node, "on_error") {
                walk.steps(steps);
            }
        });
    }

    fn with(&mut self, name: &'static str, then: impl FnOnce(&mut Self)) {
        self.extra.push(name);
        then(self);
        self.extra.pop();
    }

    fn texts(&mut self, node: Option<&'a Node>, said: bool) {
        for text in node.map(Node::items).unwrap_or_default() {
            self.spot(text, false, said);
        }
    }

    fn values(&mut self, node: Option<&'a Node>) {
        match node.map(|node| (&node.value, node)) {
            Some((Plain::Map(entries), _)) => entries
                .iter()
                .for_each(|(_, value)| self.values(Some(value))),
            Some((Plain::List(items), _)) => items.iter().for_each(|item| self.values(Some(item))),
            Some((_, text)) => self.spot(text, false, false),
            None => {}
        }
    }

    fn expression(&mut self, node: Option<&'a Node>) {
        if let Some(node) = node {
            self.spot(node, true, false);
        }
    }

    fn spot(&mut self, node: &'a Node, expression: bool, said: bool) {
        if node.is_scalar() {
            self.spots.push(Spot {
                node,
                expression,
                said,
                extra: self.extra.clone(),
                sure: self.sure.clone(),
                results: self.results.clone(),
            });
        }
    }
}

/// What is there after several ways have come together; nothing where none of them goes on.
fn joined(ways: Vec<BTreeMap<String, Presence>>) -> Option<BTreeMap<String, Presence>> {
    let all = ways.clone();
    ways.into_iter().reduce(|mut joined, way| {
        for (name, result) in way {
            if result != Presence::There {
                joined.insert(name, result);
            } else {
                joined.entry(name).or_insert(Presence::Branch);
            }
        }
        for (name, result) in &mut joined {
            if *result == Presence::There && !all.iter().all(|way| way.contains_key(name)) {
                *result = Presence::Branch;
            }
        }
        joined
    })
}

impl Spot<'_> {
    /// What it uses.
    pub(in crate::template) fn uses(&self) -> uses::Used {
        if self.expression {
            uses::in_expression(&self.node.text())
        } else {
            uses::in_text(&self.node.text())
        }
    }
}
