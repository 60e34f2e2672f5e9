//! Rules between steps: what is never reached, confirms without a write, slots that can't be asked again, rows that can't
//! be opened, records that may be missing, and writes by a grant that may not.

use super::Checked;
use crate::template::reader::{Problems, near};
use crate::template::source::Node;
use crate::template::{Authorize, SlotKind};

pub(super) fn check(checked: &Checked<'_>, problems: &mut Problems) {
    if let Some(steps) = checked.node.get("steps") {
        list(checked, steps, false, problems);
    }
    let all = every(checked.node);
    let collected: Vec<String> = all
        .iter()
        .filter_map(|step| step.get("collect"))
        .flat_map(|slots| slots.items())
        .map(Node::text)
        .collect();
    for step in &all {
        again(checked, step, &collected, problems);
        pick(checked, step, problems);
        handed(checked, step, problems);
    }
    may_be_missing(checked, &all, problems);
    shared_writes(checked, &all, problems);
}

/// Every step of a template with those of all branches, in the order of the file.
pub(super) fn every(template: &Node) -> Vec<&Node> {
    let mut all = Vec::new();
    if let Some(steps) = template.get("steps") {
        below(steps, &mut all);
    }
    branches(template, &mut all);
    all
}

fn below<'n>(steps: &'n Node, all: &mut Vec<&'n Node>) {
    for step in steps.items() {
        all.push(step);
        for branch in ["then", "else", "no"] {
            if let Some(steps) = step.get(branch) {
                below(steps, all);
            }
        }
        for (_, steps) in step.get("options").map(Node::entries).unwrap_or_default() {
            below(steps, all);
        }
        branches(step, all);
    }
}

fn branches<'n>(node: &'n Node, all: &mut Vec<&'n Node>) {
    for (_, steps) in node.get("on_error").map(Node::entries).unwrap_or_default() {
        below(steps, all);
    }
}

/// One list of steps; `written`: whether a write stands below the list.
fn list(checked: &Checked<'_>, steps: &Node, written: bool, problems: &mut Problems) {
    let steps = steps.items();
    for (n, step) in steps.iter().enumerate() {
        if n > 0 && ends(steps[n - 1]) && (n == 1 || !ends(steps[n - 2])) {
            let at = step.entries().first().map_or(step.at, |(key, _)| key.at);
            problems.warn(
                "TW305",
                at,
                "Nothing gets here: the step above always ends.".into(),
                String::new(),
            );
        }
        let after = written || steps[n + 1..].iter().any(|step| writes(checked, step));
        if let Some(confirm) = step.get("confirm")
            && !after
        {
            let message = "This confirm has no write below it.".to_owned();
            problems.warn(
                "TW304",
                confirm.at,
                message,
                "Use `choose`, or remove it.".into(),
            );
        }
        for branch in ["then", "else", "no"] {
            if let Some(steps) = step.get(branch) {
                list(checked, steps, after, problems);
            }
        }
        for (_, steps) in step.get("options").map(Node::entries).unwrap_or_default() {
            list(checked, steps, after, problems);
        }
    }
}

/// Whether a step writes, or hands over to a template that may.
fn writes(checked: &Checked<'_>, step: &Node) -> bool {
    let mut all = Vec::new();
    below_one(step, &mut all);
    all.iter()
        .any(|step| step.get("run").is_some() || checked.writes(step))
}

fn below_one<'n>(step: &'n Node, all: &mut Vec<&'n Node>) {
    all.push(step);
    for branch in ["then", "else", "no"] {
        if let Some(steps) = step.get(branch) {
            below(steps, all);
        }
    }
    for (_, steps) in step.get("options").map(Node::entries).unwrap_or_default() {
        below(steps, all);
    }
}

/// Whether nothing follows a step, on any of its ways.
pub(super) fn ends(step: &Node) -> bool {
    let all = |steps: Option<&Node>| {
        steps.is_some_and(|steps| steps.items().last().is_some_and(|last| ends(last)))
    };
    if ["end", "ask_again", "retry"]
        .iter()
        .any(|verb| step.get(verb).is_some())
    {
        return true;
    }
    if step.get("if").is_some() {
        return all(step.get("then")) && all(step.get("else"));
    }
    let options = step.get("options").map(Node::entries).unwrap_or_default();
    // An option that is a lone `if` is a condition: what counts is what stands under it.
    let option = |steps: &Node| {
        all(steps.get("then").filter(|_| steps.get("else").is_none())) || all(Some(steps))
    };
    step.get("choose").is_some()
        && !options.is_empty()
        && options.iter().all(|(_, steps)| option(steps))
}

fn again(checked: &Checked<'_>, step: &Node, collected: &[String], problems: &mut Problems) {
    for slot in step.get("ask_again").map(Node::items).unwrap_or_default() {
        let name = slot.text();
        if name != "error"
            && checked.template.slots.contains_key(&name)
            && !collected.contains(&name)
        {
            let message = format!("`{name}` can't be asked again: no `collect` above lists it.");
            problems.add("TW316", slot.at, message, String::new());
        }
    }
}

/// What is handed to another template has to be a slot there.
fn handed(checked: &Checked<'_>, step: &Node, problems: &mut Problems) {
    let other = step
        .get("run")
        .and_then(|run| checked.templates.current.get(&run.text()));
    let Some(other) = other else {
        return;
    };
    for (slot, _) in step.get("with").map(Node::entries).unwrap_or_default() {
        let name = slot.text();
        if !other.slots.contains_key(&name) {
            let known: Vec<&str> = other.slots.keys().map(String::as_str).collect();
            let message = format!("`{}` has no slot `{name}`.", other.id);
            problems.add("TW308", slot.at, message, near(&name, &known));
        }
    }
}

fn pick(checked: &Checked<'_>, step: &Node, problems: &mut Problems) {
    let (Some(pick), Some(object)) = (step.get("pick"), &checked.template.object) else {
        return;
    };
    let Some(other) = checked.templates.current.get(&pick.text()) else {
        return;
    };
    let fits =
        |kind: &SlotKind| matches!(kind, SlotKind::Record { object: of, .. } if of == object);
    if other.slots.values().filter(|slot| fits(&slot.kind)).count() != 1 {
        let message = format!(
            "`{}` can't open a row: it needs exactly one record slot for {object}.",
            pick.text()
        );
        problems.add("TW314", pick.at, message, String::new());
    }
}

/// A record that is kept without a match is decided about before it is sent.
fn may_be_missing(checked: &Checked<'_>, all: &[&Node], problems: &mut Problems) {
    let Some(write) = all.iter().find(|step| checked.writes(step)) else {
        return;
    };
    for slot in checked.template.slots.values() {
        if !matches!(slot.kind, SlotKind::Record { keep: true, .. }) || slot.field.is_none() {
            continue;
        }
        let asked = format!("{}.found", slot.id);
        if !all.iter().any(|step| {
            step.get("if")
                .is_some_and(|condition| condition.text().contains(&asked))
        }) {
            let at = write.get("call").map_or(write.at, |call| call.at);
            let message = format!("`{}` may name no record.", slot.id);
            problems.warn(
                "TW315",
                at,
                message,
                format!("Decide with `if: not {asked}` before it is sent."),
            );
        }
    }
}

fn shared_writes(checked: &Checked<'_>, all: &[&Node], problems: &mut Problems) {
    for step in all {
        let Some(call) = step.get("call") else {
            continue;
        };
        let text = call.text();
        let id = text.split('.').next().unwrap_or_default();
        if let Some(integration) = checked.templates.integrations.get(id)
            && integration.authorize == Authorize::Operator
            && !integration.shared_writes
            && checked.template.auth != crate::effect::Auth::User
            && checked.writes(step)
        {
            let message = format!(
                "{} writes, but the shared connection of `{id}` may not.",
                checked.template.title
            );
            problems.warn("TW606", call.at, message, String::new());
            return;
        }
    }
}
