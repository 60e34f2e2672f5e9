//! Reads a call: the operation its connector declares, the inputs it takes, and what it uses.

use indexmap::IndexMap;

use super::super::load::read_on_error;
use super::super::reader::{Problems, near};
use super::super::source::{Node, Plain};
use super::super::{CallStep, Input, Phrase, Uses, Verb, dialog};
use super::{CALL_KEYS, Reader, condition};
use crate::connector::{InputKind, OperationSpec, ResultSpec};
use crate::effect::Does;

impl Reader<'_> {
    pub(super) fn call(
        &mut self,
        value: &Node,
        node: &Node,
        problems: &mut Problems,
    ) -> Option<(Verb, Uses)> {
        let name = value.text();
        let (integration, operation) = name.split_once('.').unwrap_or((&name, ""));
        let Some(known) = self.world.integrations.get(integration) else {
            self.no_integration(integration, value, problems);
            return None;
        };
        let Some(spec) = known.spec.operations.iter().find(|op| op.name == operation) else {
            let names: Vec<&str> = known.spec.operations.iter().map(|op| op.name).collect();
            let message = format!("`{integration}` has no operation `{operation}`.");
            problems.add("TW306", value.at, message, near(operation, &names));
            return None;
        };
        let does = self.does(node, spec, problems);
        if does.writes() && !self.confirmed {
            let message = format!("This writes to {} without asking first.", known.title);
            problems.add(
                "TW303",
                node.at,
                message,
                "Put a `confirm` above it.".into(),
            );
        }
        let inputs = inputs(&name, node, spec, problems);
        let mut names = Vec::new();
        inputs
            .values()
            .for_each(|input| names_in(input, &mut names));
        let mut used = self.slots_of(names.into_iter());
        let own_object = self.template.and_then(|template| template.object.clone());
        let object = node.get("object").map(Node::text);
        let object = object.or_else(|| own_object.clone());
        let all_fields = object == own_object && takes_all_fields(spec, &inputs);
        if all_fields {
            let slots = self.template.iter().flat_map(|t| t.slots.values());
            let mapped = slots.filter(|slot| slot.field.is_some());
            used.extend(mapped.map(|slot| slot.id.clone()));
        }
        let auth = dialog::auth(node, problems);
        let on_error = read_on_error(node.get("on_error"), self.template, self.world, problems);
        let call = CallStep {
            integration: integration.to_owned(),
            operation: operation.to_owned(),
            does,
            object,
            inputs,
            all_fields,
            result: problems.text(node, "as"),
            on_error,
            optional: problems.flag(node, "optional"),
            auth,
            // What makes no record leaves nothing that could be put back.
            undo: spec.result == ResultSpec::Record
                && node
                    .get("undo")
                    .is_none_or(|undo| undo.value != Plain::Bool(false)),
        };
        Some((Verb::Call(call), Uses::Slots(used)))
    }

    /// What a call does to the world: what it says itself, else what its operation does.
    fn does(&self, node: &Node, spec: &OperationSpec, problems: &mut Problems) -> Does {
        let says = spec.inputs.iter().find(|i| i.kind == InputKind::Effect);
        match says {
            Some(input) if node.get(input.name).is_some() => {
                let word = problems.one_of(node, input.name, &Does::ALL.map(Does::word));
                let known = Does::ALL.into_iter().find(|does| does.word() == word);
                known.unwrap_or(spec.does)
            }
            _ => spec.does,
        }
    }
}

/// An input of a call, or a value that is handed to a template.
pub(super) fn input(node: &Node, kind: InputKind, problems: &mut Problems) -> Option<Input> {
    match (&node.value, kind) {
        (Plain::Text(_), InputKind::Record) => Some(Input::Expression(condition(node, problems)?)),
        (Plain::Text(text), kind) => match Phrase::parse(text) {
            Ok(phrase) if kind == InputKind::Path && phrase.has_blocks() => {
                let message = "A path holds values in `{{ }}` only.".to_owned();
                problems.add("TW401", node.at, message, String::new());
                None
            }
            Ok(phrase) if kind == InputKind::Path => Some(Input::Path(phrase)),
            Ok(phrase) => Some(Input::Phrase(phrase)),
            Err(error) => {
                problems.add(
                    "TW401",
                    node.at,
                    format!("This text does not parse: {}.", error.message),
                    String::new(),
                );
                None
            }
        },
        (Plain::Map(entries), _) => {
            let entries = entries
                .iter()
                .map(|(k, v)| Some((k.text(), input(v, InputKind::Json, problems)?)));
            Some(Input::Map(entries.collect::<Option<_>>()?))
        }
        (Plain::List(items), _) => Some(Input::List(
            items
                .iter()
                .map(|i| input(i, InputKind::Json, problems))
                .collect::<Option<_>>()?,
        )),
        _ => Some(Input::Constant(node.json())),
    }
}

/// The inputs of a call that its operation takes, as they are written.
fn inputs(
    call: &str,
    node: &Node,
    spec: &OperationSpec,
    problems: &mut Problems,
) -> IndexMap<String, Input> {
    let mut inputs = IndexMap::new();
    for (key, value) in node.entries() {
        let name = key.text();
        if CALL_KEYS.contains(&name.as_str()) {
            continue;
        }
        let Some(declared) = spec.inputs.iter().find(|input| input.name == name) else {
            let known: Vec<&str> = spec.inputs.iter().map(|input| input.name).collect();
            let message = format!("`{call}` takes no `{name}`.");
            problems.add("TW307", key.at, message, near(&name, &known));
            continue;
        };
        // What it does to the world is no input of the operation.
        if declared.kind == InputKind::Effect {
            continue;
        }
        if let Some(read) = input(value, declared.kind, problems) {
            inputs.insert(name, read);
        }
    }
    let needed = spec.inputs.iter().filter(|input| input.required);
    for needed in needed.filter(|input| node.get(input.name).is_none()) {
        let message = format!("`{call}` needs `{}`.", needed.name);
        problems.add("TW307", node.at, message, String::new());
    }
    inputs
}

/// Whether a call takes every slot that fills a field, since it does not say which.
fn takes_all_fields(spec: &OperationSpec, inputs: &IndexMap<String, Input>) -> bool {
    let given = match spec.name {
        "get" => return false,
        "find" => "where",
        _ => "fields",
    };
    spec.inputs.iter().any(|input| input.name == given) && !inputs.contains_key(given)
}

fn names_in(input: &Input, names: &mut Vec<String>) {
    match input {
        Input::Phrase(phrase) | Input::Path(phrase) => names.extend(phrase.names()),
        Input::Expression(condition) => names.extend(condition.names()),
        Input::Map(map) => map.values().for_each(|input| names_in(input, names)),
        Input::List(list) => list.iter().for_each(|input| names_in(input, names)),
        Input::Constant(_) => {}
    }
}
