//! Rules between slots: two with one name or one field, options of another type, values that are no choice, and slots
//! that nothing fills or uses.

use super::Checked;
use super::spot::Spot;
use crate::template::merge::Shelf;
use crate::template::reader::{Problems, listed};
use crate::template::source::{Node, Place};
use crate::template::{ExamplePart, SlotKind};

/// Options of slots and the types that have them (docs/template-reference.md, "Options of types").
const OPTIONS: [(&str, &[&str]); 18] = [
    ("min_length", &["text"]),
    ("max_length", &["text"]),
    ("country", &["phone"]),
    (
        "min",
        &["number", "percent", "amount", "date", "time", "datetime"],
    ),
    (
        "max",
        &["number", "percent", "amount", "date", "time", "datetime"],
    ),
    ("whole", &["number", "percent"]),
    ("currency", &["amount"]),
    ("prefer", &["date", "time", "datetime"]),
    ("choices", &["choice"]),
    ("synonyms", &["choice"]),
    ("pattern", &["pattern"]),
    ("example", &["pattern"]),
    ("object", &["record"]),
    ("fields", &["record"]),
    ("where", &["record"]),
    ("if_none", &["record"]),
    ("of", &["field"]),
    ("names", &["field"]),
];

pub(super) fn check(
    checked: &Checked<'_>,
    spots: &[Spot<'_>],
    shelf: &Shelf,
    problems: &mut Problems,
) {
    let slots = checked
        .node
        .get("slots")
        .map(Node::entries)
        .unwrap_or_default();
    for (id, body) in slots {
        options(checked, id, body, problems);
        choices(checked, id, body, problems);
        for names in body.get("names").into_iter().flat_map(Node::items) {
            if !shelf.shared.contains_key(&names.text()) {
                let message = format!(
                    "There is no shared file `{}` here or in the library.",
                    names.text()
                );
                problems.add("TW102", names.at, message, String::new());
            }
        }
    }
    super::options::check(checked, slots, problems);
    names(checked, slots, problems);
    fields(slots, problems);
    means(checked, problems);
    unused(checked, slots, spots, problems);
    samples(checked, slots, problems);
}

fn options(checked: &Checked<'_>, id: &Node, body: &Node, problems: &mut Problems) {
    let Some(slot) = checked.template.slots.get(&id.text()) else {
        return;
    };
    let word = slot.kind.word();
    for (key, types) in OPTIONS {
        if let Some((name, _)) = body.entries().iter().find(|(name, _)| name.text() == key)
            && !types.contains(&word)
        {
            let message = format!(
                "`{key}` is no option of type `{word}`; it belongs to {}.",
                listed(types, "and")
            );
            problems.add("TW202", name.at, message, String::new());
        }
    }
}

/// A word that stands for two values, a default that is none of them.
fn choices(checked: &Checked<'_>, id: &Node, body: &Node, problems: &mut Problems) {
    let Some(SlotKind::Choice(choices)) = checked
        .template
        .slots
        .get(&id.text())
        .map(|slot| &slot.kind)
    else {
        return;
    };
    let mut seen: Vec<(String, String)> = Vec::new();
    for (value, texts) in body.get("synonyms").map(Node::entries).unwrap_or_default() {
        for text in texts.items() {
            let word = text.text().to_lowercase();
            match seen
                .iter()
                .find(|(other, of)| *other == word && *of != value.text())
            {
                Some((_, first)) => {
                    let message = format!(
                        "“{}” stands for both {first} and {}.",
                        text.text(),
                        value.text()
                    );
                    problems.add("TW204", text.at, message, String::new());
                }
                None => seen.push((word, value.text())),
            }
        }
        if !choices.org {
            among(choices, value, problems);
        }
    }
}

pub(super) fn among(choices: &crate::template::Choices, value: &Node, problems: &mut Problems) {
    if !choices
        .values
        .iter()
        .any(|(known, _)| *known == value.text())
    {
        let known: Vec<&str> = choices
            .values
            .iter()
            .map(|(known, _)| known.as_str())
            .collect();
        let message = format!("`{}` is not among the choices.", value.text());
        problems.add(
            "TW204",
            value.at,
            message,
            format!("They are {}.", listed(&known, "and")),
        );
    }
}

fn names(checked: &Checked<'_>, slots: &[(Node, Node)], problems: &mut Problems) {
    let mut seen: Vec<(String, String)> = Vec::new();
    for (id, body) in slots {
        let Some(slot) = checked.template.slots.get(&id.text()) else {
            continue;
        };
        let own = body.get("called").map(Node::items).unwrap_or_default();
        let own = own.iter().map(|node| (node.text().to_lowercase(), node.at));
        let label = body.get("label").map_or(id.at, |label| label.at);
        let all: Vec<(String, Place)> = std::iter::once((slot.label.to_lowercase(), label))
            .chain(own)
            .collect();
        for (name, at) in all {
            match seen
                .iter()
                .find(|(other, of)| *other == name && *of != slot.id)
            {
                Some((_, first)) => {
                    let message = format!("“{name}” stands for both `{first}` and `{}`.", slot.id);
                    problems.add("TW204", at, message, "Leave it to one of them.".into());
                }
                None => seen.push((name, slot.id.clone())),
            }
        }
    }
}

fn fields(slots: &[(Node, Node)], problems: &mut Problems) {
    for (n, (id, body)) in slots.iter().enumerate() {
        let Some(field) = body.get("field") else {
            continue;
        };
        let first = slots[..n].iter().find(|(_, other)| {
            other
                .get("field")
                .is_some_and(|other| other.text().eq_ignore_ascii_case(&field.text()))
        });
        if let Some((first, _)) = first {
            let message = format!(
                "`{}` and `{}` both fill {}.",
                first.text(),
                id.text(),
                field.text()
            );
            problems.add("TW205", field.at, message, String::new());
        }
    }
}

/// What an example's words imply must be one of the choices.
fn means(checked: &Checked<'_>, problems: &mut Problems) {
    for example in checked
        .node
        .get("examples")
        .map(Node::items)
        .unwrap_or_default()
    {
        for (slot, value) in example.get("means").map(Node::entries).unwrap_or_default() {
            if let Some(SlotKind::Choice(choices)) =
                checked.template.slots.get(&slot.text()).map(|s| &s.kind)
                && !choices.org
            {
                among(choices, value, problems);
            }
        }
    }
}

fn unused(
    checked: &Checked<'_>,
    slots: &[(Node, Node)],
    spots: &[Spot<'_>],
    problems: &mut Problems,
) {
    let mut used: Vec<String> = Vec::new();
    for spot in spots {
        used.extend(spot.uses().names.into_iter().map(|name| name.name));
    }
    for step in super::steps::every(checked.node) {
        for key in ["collect", "ask_again"] {
            used.extend(
                step.get(key)
                    .map(Node::items)
                    .unwrap_or_default()
                    .into_iter()
                    .map(Node::text),
            );
        }
        used.extend(
            step.get("set")
                .map(Node::entries)
                .unwrap_or_default()
                .iter()
                .map(|(slot, _)| slot.text()),
        );
        used.extend(step.get("as").map(Node::text));
    }
    for example in &checked.template.examples {
        used.extend(example.parts.iter().filter_map(|part| match part {
            ExamplePart::Slot(slot) => Some(slot.clone()),
            ExamplePart::Text(_) => None,
        }));
        used.extend(example.means.iter().map(|(slot, _)| slot.clone()));
    }
    for (id, body) in slots {
        if body.get("field").is_none()
            && !used.contains(&id.text())
            && id.at.file == checked.node.at.file
        {
            let message = format!("Nothing ever fills or uses `{}`.", id.text());
            problems.warn("TW207", id.at, message, String::new());
        }
    }
}

/// A free text that stands in an example is found by what such texts look like.
fn samples(checked: &Checked<'_>, slots: &[(Node, Node)], problems: &mut Problems) {
    for (id, _) in slots {
        let Some(slot) = checked.template.slots.get(&id.text()) else {
            continue;
        };
        let stands = checked.template.examples.iter().any(|example| {
            example
                .parts
                .iter()
                .any(|part| matches!(part, ExamplePart::Slot(name) if *name == slot.id))
        });
        if stands && slot.samples.len() < 5 && matches!(slot.kind, SlotKind::Text { .. }) {
            let message = format!(
                "`{}` stands in an example but has {} `samples`.",
                slot.id,
                match slot.samples.len() {
                    0 => "no".to_owned(),
                    few => format!("only {few}"),
                }
            );
            let help = "With five it is found far more often, with ten more still.";
            problems.warn("TW507", id.at, message, help.into());
        }
    }
}
