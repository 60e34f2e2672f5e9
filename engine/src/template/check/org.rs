//! The templates of a bot against an org as it is described to one user: fields that are not there or may not be written,
//! fields the org requires, values that are in no picklist. Nothing of it is an error: another org may be another.

use super::Checked;
use super::steps::every;
use crate::effect::Does;
use crate::facts::{Facts, FieldFacts, ObjectFacts, OrgFacts};
use crate::template::reader::Problems;
use crate::template::source::{Node, Plain};
use crate::template::{Choices, SlotKind};

/// Compares one template with what is known of its integration's org; nothing where nothing is known.
pub(super) fn check(checked: &Checked<'_>, facts: &Facts, problems: &mut Problems) {
    let template = checked.template;
    let known = template.integration.as_ref().and_then(|id| facts.get(id));
    let Some(org) = known else {
        return;
    };
    let own = template.object.as_deref().and_then(|name| org.object(name));
    let slots = entries(checked.node, "slots");
    if let Some(object) = own {
        for (id, slot) in slots {
            filled(checked, object, id, slot, problems);
        }
        means(checked, object, problems);
    }
    for (id, slot) in slots {
        if let Some(slot_kind) = template.slots.get(&id.text()).map(|slot| &slot.kind)
            && let SlotKind::Record { object, .. } = slot_kind
            && let Some(object) = org.object(object)
        {
            names(slot.get("fields"), object, problems);
            values(slot.get("where"), object, problems);
        }
    }
    for step in every(checked.node) {
        if let Some(call) = step.get("call") {
            called(checked, org, step, call, problems);
        }
        if let (Some(object), None) = (own, step.get("confirm")) {
            names(
                step.get("fields").filter(|_| step.get("show").is_some()),
                object,
                problems,
            );
        }
    }
}

fn entries<'n>(node: &'n Node, key: &str) -> &'n [(Node, Node)] {
    node.get(key).map(Node::entries).unwrap_or_default()
}

/// A field of the org, or the problem that it has none.
fn field<'o>(
    object: &'o ObjectFacts,
    name: &str,
    at: &Node,
    problems: &mut Problems,
) -> Option<&'o FieldFacts> {
    // `Owner.Name` reads over a reference, which the describe of this object says nothing of.
    if name.contains('.') {
        return None;
    }
    let found = object.fields.get(&name.to_lowercase());
    if found.is_none() {
        let wanted = name.to_lowercase();
        let far = |field: &&FieldFacts| strsim::levenshtein(&field.name.to_lowercase(), &wanted);
        let near = object.fields.values().min_by_key(far);
        let near = near.filter(|field| far(field) * 3 <= wanted.len());
        let help = near.map_or(String::new(), |field| {
            format!("Did you mean `{}`?", field.name)
        });
        let message = format!("{} has no field {name}.", object.name);
        problems.warn("TW701", at.at, message, help);
    }
    found
}

/// A slot's field: whether it is there, may be written where the template writes it, and knows the slot's values.
fn filled(
    checked: &Checked<'_>,
    object: &ObjectFacts,
    id: &Node,
    slot: &Node,
    problems: &mut Problems,
) {
    let Some(at) = slot.get("field") else {
        return;
    };
    let Some(field) = field(object, &at.text(), at, problems) else {
        return;
    };
    let writes = |does: Does| {
        every(checked.node)
            .iter()
            .any(|step| checked.does(step) == Some(does) && step.get("fields").is_none())
    };
    if (writes(Does::Create) && !field.createable) || (writes(Does::Update) && !field.updateable) {
        let message = format!("{} can't be written by this user.", field.name);
        problems.warn("TW702", at.at, message, String::new());
    }
    let kind = checked
        .template
        .slots
        .get(&id.text())
        .map(|slot| &slot.kind);
    if let Some(SlotKind::Choice(choices)) = kind {
        for value in offered(choices, slot) {
            among(field, value, problems);
        }
    }
}

/// The values that a choice names in its file.
fn offered<'n>(choices: &Choices, slot: &'n Node) -> Vec<&'n Node> {
    let synonyms = entries(slot, "synonyms").iter().map(|(value, _)| value);
    if choices.org {
        return synonyms.collect();
    }
    match slot.get("choices").map(|choices| &choices.value) {
        Some(Plain::Map(entries)) => entries.iter().map(|(value, _)| value).collect(),
        Some(Plain::List(items)) => items.iter().collect(),
        _ => Vec::new(),
    }
}

fn among(field: &FieldFacts, value: &Node, problems: &mut Problems) {
    let text = value.text();
    if field.picklist.is_empty()
        || text.contains("{{")
        || field.picklist.iter().any(|(known, _)| *known == text)
    {
        return;
    }
    let known: Vec<&str> = field
        .picklist
        .iter()
        .map(|(known, _)| known.as_str())
        .collect();
    let message = format!("“{text}” is not in the picklist of {}.", field.name);
    let help = format!("It has {}.", known.join(", "));
    problems.warn("TW704", value.at, message, help);
}

/// What the words of an example imply.
fn means(checked: &Checked<'_>, object: &ObjectFacts, problems: &mut Problems) {
    let examples = checked
        .node
        .get("examples")
        .map(Node::items)
        .unwrap_or_default();
    for (slot, value) in examples
        .iter()
        .flat_map(|example| entries(example, "means"))
    {
        let slot = checked.template.slots.get(&slot.text());
        let field = slot.and_then(|slot| slot.field.as_ref());
        if let Some(field) = field.and_then(|name| object.fields.get(&name.to_lowercase())) {
            among(field, value, problems);
        }
    }
}

/// The fields and values that a call names, and those that it lacks.
fn called(
    checked: &Checked<'_>,
    org: &OrgFacts,
    step: &Node,
    call: &Node,
    problems: &mut Problems,
) {
    let named = step
        .get("object")
        .map(Node::text)
        .or_else(|| checked.template.object.clone());
    let Some(object) = named.as_deref().and_then(|name| org.object(name)) else {
        return;
    };
    let does = checked.does(step);
    let given = step.get("fields");
    values(step.get("where"), object, problems);
    match given.map(|given| &given.value) {
        Some(Plain::Map(_)) => values(given, object, problems),
        Some(_) => names(given, object, problems),
        None => {}
    }
    if let Some(order) = step.get("order") {
        let text = order.text();
        let first = text.split_whitespace().next().unwrap_or_default();
        if !first.is_empty() && !first.contains("{{") {
            field(object, first, order, problems);
        }
    }
    if does != Some(Does::Create) {
        return;
    }
    let given: Vec<String> = match given {
        Some(given) => given
            .entries()
            .iter()
            .map(|(name, _)| name.text().to_lowercase())
            .collect(),
        None => {
            let slots = checked.template.slots.values();
            slots
                .filter_map(|slot| Some(slot.field.as_ref()?.to_lowercase()))
                .collect()
        }
    };
    let lacking = object
        .fields
        .iter()
        .filter(|(name, field)| field.required && !given.contains(name));
    for (_, field) in lacking {
        let message = format!("The org requires {} and no slot fills it.", field.name);
        let help = format!(
            "Add a slot with `field: {}`; without one it is asked for after the org's refusal.",
            field.name
        );
        problems.warn("TW703", call.at, message, help);
    }
}

/// A list of field names.
fn names(list: Option<&Node>, object: &ObjectFacts, problems: &mut Problems) {
    for name in list.map(Node::items).unwrap_or_default() {
        field(object, &name.text(), name, problems);
    }
}

/// A map of field to value: `where`, `fields`.
fn values(map: Option<&Node>, object: &ObjectFacts, problems: &mut Problems) {
    for (name, value) in map.map(Node::entries).unwrap_or_default() {
        let Some(field) = field(object, &name.text(), name, problems) else {
            continue;
        };
        for value in value.items() {
            if value.is_scalar() && value.value != Plain::Null {
                among(field, value, problems);
            }
        }
    }
}
