//! Names in texts and conditions: whether there is such a name, such a part of it, such a filter; whether it may be
//! empty where it is compared, and whether it may be printed at all.

use super::Checked;
use super::spot::{Presence, Spot};
use crate::connector::ResultSpec;
use crate::template::expression;
use crate::template::reader::{Problems, listed, near};
use crate::template::source::{Node, Place};
use crate::template::uses::{self, NameUse};
use crate::template::{Slot, SlotKind};

/// Names that are there in every place.
pub(super) const EVERYWHERE: [&str; 7] = [
    "filled", "user", "bot", "template", "today", "now", "locale",
];

pub(super) fn check(checked: &Checked<'_>, spots: &[Spot<'_>], problems: &mut Problems) {
    let results = results(checked);
    let collected = collected(checked.node);
    for spot in spots {
        let used = spot.uses();
        for name in &used.names {
            one(checked, spot, name, &results, &collected, problems);
        }
        called(spot.node, &used.called, problems);
    }
}

/// Names that the greeting of a bot may use.
const GREETING: [&str; 5] = ["user", "bot", "today", "now", "locale"];

/// The texts of a greeting, said before there is a dialog.
pub(super) fn greeting(node: &Node, problems: &mut Problems) {
    for text in node.items() {
        let used = uses::in_text(&text.text());
        for name in &used.names {
            let at = problems.within(text, &name.span);
            if GREETING.contains(&name.name.as_str()) {
                part(
                    &name.name,
                    name.parts.first(),
                    parts(&name.name, None, None),
                    at,
                    problems,
                );
                continue;
            }
            let message = format!("There is no name `{}` here.", name.name);
            problems.add("TW402", at, message, near(&name.name, &GREETING));
        }
        called(text, &used.called, problems);
    }
}

/// Filters, tests and functions of a text.
pub(super) fn called(node: &Node, all: &[crate::template::uses::Called], problems: &mut Problems) {
    for called in all {
        let known = expression::known(called.what);
        if !known.contains(&called.name) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let message = format!("There is no {} `{}`.", called.what, called.name);
            let help = near(&called.name, &known);
            let help = if help.starts_with("Did") {
                help
            } else {
                String::new()
            };
            problems.add("TW404", problems.within(node, &called.span), message, help);
        }
    }
}

/// A name that a step makes by `as`, and its parts where they are known.
struct Made {
    name: String,
    parts: Option<Vec<String>>,
}

fn one(
    checked: &Checked<'_>,
    spot: &Spot<'_>,
    used: &NameUse,
    results: &[Made],
    collected: &[String],
    problems: &mut Problems,
) {
    let name = used.name.as_str();
    let slot = checked.template.slots.get(name);
    let made = results.iter().find(|made| made.name == name);
    let at = problems.within(spot.node, &used.span);
    let there = EVERYWHERE.contains(&name) || spot.extra.contains(&name);
    if slot.is_none() && made.is_none() && !there {
        let mut known: Vec<&str> = checked.template.slots.keys().map(String::as_str).collect();
        known.extend(results.iter().map(|made| made.name.as_str()));
        known.extend(spot.extra.iter().chain(&EVERYWHERE));
        let help = near(name, &known);
        problems.add(
            "TW402",
            at,
            format!("There is no name `{name}` here."),
            help,
        );
        return;
    }
    part(
        name,
        used.parts.first(),
        parts(name, slot, made),
        at,
        problems,
    );
    let Some(slot) = slot else {
        missing(spot, used, at, problems);
        return;
    };
    let empty = slot.optional || !collected.iter().any(|id| id == name);
    if used.ordered && empty && !used.guarded && !spot.sure.iter().any(|sure| sure == name) {
        let message =
            format!("`{name}` may be empty here, and an empty value is greater than any.");
        problems.add("TW403", at, message, format!("Write `{name} and …`."));
    }
    if slot.sensitive && spot.said && !spot.node.text().contains("mask") {
        let message = format!("`{name}` is sensitive and would be printed here.");
        problems.add(
            "TW408",
            at,
            message,
            format!("Leave it out, or write `{{{{ {name} | mask }}}}`."),
        );
    }
}

/// A part of a name must be one of those it is known to have.
fn part(
    name: &str,
    asked: Option<&String>,
    parts: Option<Vec<String>>,
    at: Place,
    problems: &mut Problems,
) {
    let (Some(asked), Some(parts)) = (asked, parts) else {
        return;
    };
    if parts.contains(asked) {
        return;
    }
    let known: Vec<&str> = parts.iter().map(String::as_str).collect();
    let has = match known.as_slice() {
        [] => "it is a value without parts".to_owned(),
        known => format!("it has {}", listed(known, "and")),
    };
    let help = near(asked, &known);
    let help = if !known.is_empty() && help.starts_with("Did") {
        help
    } else {
        String::new()
    };
    let message = format!("`{name}` has no `{asked}`; {has}.");
    problems.add("TW407", at, message, help);
}

/// A part of a result that may not have come about. A bare name is left alone: where it is empty it prints nothing.
fn missing(spot: &Spot<'_>, used: &NameUse, at: Place, problems: &mut Problems) {
    let name = used.name.as_str();
    let why = match spot.results.get(name) {
        Some(Presence::Failed) => "the call failed",
        Some(Presence::Branch) => "that branch was not taken",
        Some(Presence::There) | None => return,
    };
    if used.parts.is_empty() || used.guarded || spot.sure.iter().any(|sure| sure == name) {
        return;
    }
    let message = format!("`{name}` is empty when {why}.");
    problems.warn("TW406", at, message, format!("Decide with `if: {name}`."));
}

/// The parts of a name; `None` where they are not known before a conversation (the fields of a record).
fn parts(name: &str, slot: Option<&Slot>, made: Option<&Made>) -> Option<Vec<String>> {
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    if let Some(slot) = slot {
        return match slot.kind {
            SlotKind::Record { .. } => None,
            SlotKind::Amount { .. } => words(&["value", "currency"]),
            SlotKind::Field { .. } => words(&["label", "value"]),
            _ if slot.list => None,
            _ => words(&[]),
        };
    }
    if let Some(made) = made {
        return made.parts.clone();
    }
    match name {
        "user" => words(&["name", "id", "account"]),
        "bot" => words(&["name"]),
        "template" => words(&["title", "purpose", "id"]),
        "error" => words(&[
            "integration",
            "writes",
            "kind",
            "code",
            "message",
            "slots",
            "records",
            "overridable",
            "checkable",
            "changes",
            "by",
        ]),
        "today" | "now" | "locale" | "heard" => words(&[]),
        _ => None,
    }
}

fn results(checked: &Checked<'_>) -> Vec<Made> {
    let mut made = Vec::new();
    for step in super::steps::every(checked.node) {
        let Some(name) = step.get("as") else {
            continue;
        };
        let spec = step.get("call").and_then(|call| {
            let call = call.text();
            let (integration, operation) = call.split_once('.')?;
            let integration = checked.templates.integrations.get(integration)?;
            integration
                .spec
                .operations
                .iter()
                .find(|op| op.name == operation)
        });
        let parts = match spec.map(|spec| spec.result) {
            Some(ResultSpec::List) => Some(vec!["total".to_owned(), "shown".to_owned()]),
            Some(ResultSpec::Taken) => {
                let taken = step.get("take").map(Node::entries).unwrap_or_default();
                let mut parts: Vec<String> = taken.iter().map(|(name, _)| name.text()).collect();
                parts.push("status".to_owned());
                Some(parts)
            }
            _ => None,
        };
        made.push(Made {
            name: name.text(),
            parts,
        });
    }
    made
}

fn collected(node: &Node) -> Vec<String> {
    super::steps::every(node)
        .into_iter()
        .filter_map(|step| step.get("collect"))
        .flat_map(Node::items)
        .map(Node::text)
        .collect()
}
