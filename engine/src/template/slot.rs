//! Reads one slot: its type with the options of that type, its texts and rules. Every problem is remembered, and a slot
//! comes out all the same, so that what uses it is not told wrong too.

use indexmap::IndexMap;

use crate::derived::{Derived, Latest};

use super::dialog::{digressions, is_id};
use super::load::{World, text_of};
use super::reader::{Problems, near};
use super::source::{Node, Plain};
use super::{
    Choices, Condition, FieldName, FieldNames, GivesUp, Phrase, Range, Rule, Slot, SlotKind, When,
};

/// The keys of a slot, those of all types.
pub(super) const KEYS: &[&str] = &[
    "type",
    "label",
    "called",
    "field",
    "ask",
    "reask",
    "samples",
    "why",
    "optional",
    "default",
    "validate",
    "retries",
    "gives_up",
    "sensitive",
    "list",
    "digressions",
    "min_length",
    "max_length",
    "country",
    "min",
    "max",
    "whole",
    "currency",
    "prefer",
    "choices",
    "synonyms",
    "pattern",
    "example",
    "object",
    "fields",
    "where",
    "if_none",
    "of",
    "names",
];
/// The types of slots.
pub(super) const TYPES: &[&str] = &[
    "text",
    "person.first_name",
    "person.last_name",
    "person.full_name",
    "organization",
    "city",
    "country",
    "email",
    "phone",
    "url",
    "number",
    "percent",
    "amount",
    "date",
    "time",
    "datetime",
    "boolean",
    "choice",
    "pattern",
    "record",
    "field",
];
/// Names that mean something in expressions.
const RESERVED: &[&str] = &[
    "filled", "user", "bot", "template", "today", "now", "locale", "heard", "value", "slot",
    "record", "error", "true", "false", "none", "not", "and", "or", "in", "is", "if", "else",
];

/// Reads the slot of this name.
pub(super) fn read(
    name: &Node,
    node: &Node,
    object: Option<&str>,
    problems: &mut Problems,
) -> Slot {
    let id = &name.text();
    // A slot that is only named is a text.
    let nothing = node.beside(Plain::Map(Vec::new()));
    let node = if node.value == Plain::Null {
        &nothing
    } else {
        node
    };
    problems.keys(node, "a slot", KEYS);
    if !is_id(id) || RESERVED.contains(&id.as_str()) {
        let why = if is_id(id) {
            "it means something in expressions"
        } else {
            "lower case letters, digits and _"
        };
        problems.add(
            "TW107",
            name.at,
            format!("`{id}` can't be a name: {why}."),
            String::new(),
        );
    }
    let optional = problems.flag(node, "optional");
    let gives_up = match problems.one_of(node, "gives_up", &["", "skip", "cancel", "handoff"]) {
        "skip" => GivesUp::Skip,
        "handoff" => GivesUp::Handoff,
        "" if optional => GivesUp::Skip,
        _ => GivesUp::Cancel,
    };
    Slot {
        id: id.to_owned(),
        kind: kind(node, object, problems),
        label: problems.text(node, "label").unwrap_or_else(|| label(id)),
        called: problems.texts(node, "called"),
        field: problems.text(node, "field"),
        ask: node.get("ask").and_then(|text| text_of(text, problems)),
        reask: node.get("reask").and_then(|text| text_of(text, problems)),
        samples: problems.texts(node, "samples"),
        why: node.get("why").and_then(|text| text_of(text, problems)),
        optional,
        default: node
            .get("default")
            .and_then(|value| phrase(value, problems)),
        validate: rules(node, problems),
        retries: problems.number(node, "retries").map_or(3, |n| n as u32),
        gives_up,
        sensitive: problems.flag(node, "sensitive"),
        list: problems.flag(node, "list"),
        digressions: node.get("digressions").map(|_| digressions(node, problems)),
        names: Derived::default(),
        job: Latest::default(),
    }
}

fn phrase(node: &Node, problems: &mut Problems) -> Option<Phrase> {
    match Phrase::parse(&node.text()) {
        Ok(phrase) => Some(phrase),
        Err(error) => {
            let message = format!("This text does not parse: {}.", error.message);
            problems.add("TW401", node.at, message, String::new());
            None
        }
    }
}

/// "First name" for `first_name`.
fn label(id: &str) -> String {
    let words = id.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn kind(node: &Node, object: Option<&str>, problems: &mut Problems) -> SlotKind {
    let word = node
        .get("type")
        .map_or_else(|| "text".to_owned(), Node::text);
    match word.as_str() {
        "text" => SlotKind::Text {
            min_length: problems
                .number(node, "min_length")
                .map_or(1, |n| n as usize),
            max_length: problems.number(node, "max_length").map(|n| n as usize),
        },
        "person.first_name" => SlotKind::FirstName,
        "person.last_name" => SlotKind::LastName,
        "person.full_name" => SlotKind::FullName,
        "organization" => SlotKind::Organization,
        "city" => SlotKind::City,
        "country" => SlotKind::Country,
        "email" => SlotKind::Email,
        "phone" => SlotKind::Phone {
            country: problems.text(node, "country"),
        },
        "url" => SlotKind::Url,
        "number" => SlotKind::Number(range(node, problems)),
        "percent" => SlotKind::Percent(range(node, problems)),
        "amount" => SlotKind::Amount {
            range: range(node, problems),
            currency: problems.text(node, "currency"),
        },
        "date" => SlotKind::Date(when(node, problems)),
        "time" => SlotKind::Time(when(node, problems)),
        "datetime" => SlotKind::DateTime(when(node, problems)),
        "boolean" => SlotKind::Boolean,
        "choice" => SlotKind::Choice(choices(node, problems)),
        "pattern" => pattern(node, problems),
        "record" => record(node, object, problems),
        "field" => SlotKind::Field {
            names: FieldNames::default(),
            fills: false,
        },
        other => {
            let at = node.get("type").map_or(node.at, |n| n.at);
            problems.add(
                "TW201",
                at,
                format!("There is no slot type `{other}`."),
                near(other, TYPES),
            );
            SlotKind::Text {
                min_length: 1,
                max_length: None,
            }
        }
    }
}

/// A record, of the slot's own object or the template's.
fn record(node: &Node, object: Option<&str>, problems: &mut Problems) -> SlotKind {
    let own = problems.text(node, "object");
    let object = own.or_else(|| object.map(str::to_owned));
    if object.is_none() {
        let message = "This slot doesn't say which record.".to_owned();
        let help = "Give `object`, here or for the template.".to_owned();
        problems.add("TW208", node.at, message, help);
    }
    let narrow = node.get("where").map(Node::entries).unwrap_or_default();
    SlotKind::Record {
        object: object.unwrap_or_default(),
        fields: problems.texts(node, "fields"),
        narrow: narrow.iter().map(|(k, v)| (k.text(), v.json())).collect(),
        keep: problems.one_of(node, "if_none", &["ask", "keep"]) == "keep",
    }
}

fn range(node: &Node, problems: &mut Problems) -> Range {
    Range {
        min: problems.number(node, "min"),
        max: problems.number(node, "max"),
        whole: problems.flag(node, "whole"),
    }
}

fn when(node: &Node, problems: &mut Problems) -> When {
    When {
        past: problems.one_of(node, "prefer", &["future", "past"]) == "past",
        min: problems.text(node, "min"),
        max: problems.text(node, "max"),
    }
}

fn choices(node: &Node, problems: &mut Problems) -> Choices {
    let synonyms: Vec<(String, Vec<String>)> = node
        .get("synonyms")
        .map(Node::entries)
        .unwrap_or_default()
        .iter()
        .map(|(value, texts)| {
            (
                value.text(),
                texts.items().iter().map(|t| t.text()).collect(),
            )
        })
        .collect();
    let org = node.get("choices").is_some_and(|c| c.text() == "org");
    let values = match node.get("choices").map(|c| (&c.value, c)) {
        Some((Plain::Map(entries), _)) => {
            entries.iter().map(|(k, v)| (k.text(), v.text())).collect()
        }
        Some((Plain::List(items), _)) => items
            .iter()
            .map(|item| (item.text(), item.text()))
            .collect(),
        Some(_) if org && node.get("field").is_some() => synonyms
            .iter()
            .map(|(value, _)| (value.clone(), value.clone()))
            .collect(),
        _ => {
            let message =
                "A choice needs `choices`: a list, or `org` where the slot has a `field`."
                    .to_owned();
            problems.add("TW203", node.at, message, String::new());
            Vec::new()
        }
    };
    Choices {
        org,
        values,
        synonyms,
        named: Latest::default(),
    }
}

fn pattern(node: &Node, problems: &mut Problems) -> SlotKind {
    let source = problems
        .need(node, "pattern", "A pattern slot")
        .unwrap_or_default();
    let example = problems
        .need(node, "example", "A pattern slot")
        .unwrap_or_default();
    let compiled = regex::RegexBuilder::new(&format!("^(?:{source})$"))
        .size_limit(1 << 20)
        .build();
    let pattern = match compiled {
        Ok(pattern) => {
            if !pattern.is_match(&example) {
                problems.add(
                    "TW206",
                    node.get("example").map_or(node.at, |n| n.at),
                    "Its own example doesn't match this pattern.".into(),
                    String::new(),
                );
            }
            pattern
        }
        Err(error) => {
            let said = error.to_string();
            let why = said.lines().last().unwrap_or_default();
            let why = why.strip_prefix("error: ").unwrap_or(why);
            problems.add(
                "TW206",
                node.get("pattern").map_or(node.at, |n| n.at),
                format!("This pattern does not compile: {why}."),
                String::new(),
            );
            regex::Regex::new("^$").expect("the empty pattern compiles")
        }
    };
    SlotKind::Pattern { pattern, example }
}

fn rules(node: &Node, problems: &mut Problems) -> Vec<Rule> {
    let mut rules = Vec::new();
    for item in node.get("validate").map(Node::items).unwrap_or_default() {
        let Some(condition) = problems.need(item, "if", "A rule") else {
            continue;
        };
        let bad = match Condition::parse(&condition) {
            Ok(bad) => bad,
            Err(error) => {
                problems.add(
                    "TW401",
                    item.at,
                    format!("This condition does not parse: {}.", error.message),
                    String::new(),
                );
                continue;
            }
        };
        let ask = item.get("ask");
        if let Some(text) = ask
            .or(item.get("say"))
            .and_then(|text| text_of(text, problems))
        {
            rules.push(Rule {
                bad,
                text,
                ask: ask.is_some(),
            });
        }
    }
    rules
}

/// What `field` slots may name: slots of this template that fill a field, or those of a shared file.
pub(super) fn name_fields(
    slots: &mut IndexMap<String, Slot>,
    node: &Node,
    world: &World<'_>,
    problems: &mut Problems,
) {
    let named = |slot: &Slot| {
        let mut names: Vec<String> = std::iter::once(&slot.label)
            .chain(&slot.called)
            .map(|n| n.to_lowercase())
            .collect();
        names.push(slot.id.replace('_', " "));
        names.dedup();
        FieldName {
            id: slot.id.clone(),
            field: slot.field.clone().unwrap_or_default(),
            label: slot.label.clone(),
            names,
        }
    };
    let own: Vec<FieldName> = slots
        .values()
        .filter(|slot| slot.field.is_some())
        .map(named)
        .collect();
    let ids: Vec<String> = slots
        .values()
        .filter(|s| matches!(s.kind, SlotKind::Field { .. }))
        .map(|s| s.id.clone())
        .collect();
    for id in ids {
        let body = node.get("slots").and_then(|all| all.get(&id));
        let shared = body.and_then(|body| body.get("names")).map(Node::text);
        let only = body
            .map(|body| problems.texts(body, "of"))
            .unwrap_or_default();
        let all = match &shared {
            Some(shared) => {
                let file = world.shelf.shared.get(shared);
                // The shared file's own problems are told where it is included or checked by itself.
                let mut aside = Problems::default();
                let entries = file
                    .and_then(|file| file.get("slots"))
                    .map(Node::entries)
                    .unwrap_or_default();
                entries
                    .iter()
                    .map(|(name, body)| named(&read(name, body, None, &mut aside)))
                    .collect()
            }
            None => own.clone(),
        };
        let names: Vec<FieldName> = all
            .into_iter()
            .filter(|n| only.is_empty() || only.contains(&n.id))
            .collect();
        let fills = shared.is_none() && !own.is_empty();
        if let Some(slot) = slots.get_mut(&id) {
            let names = names.into();
            slot.kind = SlotKind::Field { names, fills };
        }
    }
}
