//! Reads steps: one verb each, what else the verb takes, and what the step uses. Names are resolved here, so that a step
//! that comes out can't name a slot, template or operation that is not there.

use std::sync::Arc;

use indexmap::IndexMap;

use super::load::{World, read_on_error, text_of};
use super::reader::{Problems, near};
use super::source::{Node, Plain};
use super::{
    AskAgain, CallStep, ChoiceOption, Condition, Confirm, End, Input, Phrase, Run, Show, Step,
    Template, Text, Uses, Verb,
};
use crate::connector::InputKind;
use crate::effect::{Auth, Does};

const VERBS: &[&str] = &[
    "collect",
    "confirm",
    "call",
    "show",
    "choose",
    "if",
    "set",
    "ask_again",
    "run",
    "retry",
    "sign_in",
    "handoff",
    "end",
    "say",
];

/// Reads the steps of a template.
pub(super) fn read_all(
    node: &Node,
    template: &Template,
    world: &World<'_>,
    problems: &mut Problems,
) -> Vec<Step> {
    let mut reader = Reader {
        template: Some(template),
        world,
        ids: Vec::new(),
        prefix: String::new(),
        confirmed: false,
        branch: false,
    };
    let mut steps = reader.steps(node, problems);
    cover(&mut steps, template.object.as_deref());
    steps
}

/// Reads the steps of an error branch; their ids begin with the branch's name.
pub(super) fn read_branch(
    node: &Node,
    name: &str,
    template: Option<&Template>,
    world: &World<'_>,
    problems: &mut Problems,
) -> Vec<Step> {
    let prefix = format!("{}_", name.to_lowercase());
    let mut reader = Reader {
        template,
        world,
        ids: Vec::new(),
        prefix,
        confirmed: true,
        branch: true,
    };
    reader.steps(node, problems)
}

struct Reader<'a> {
    template: Option<&'a Template>,
    world: &'a World<'a>,
    ids: Vec<String>,
    prefix: String,
    confirmed: bool,
    branch: bool,
}

impl Reader<'_> {
    fn steps(&mut self, node: &Node, problems: &mut Problems) -> Vec<Step> {
        let items = node.items();
        let last = items.len();
        items
            .iter()
            .enumerate()
            .filter_map(|(n, item)| self.step(item, n + 1 == last, problems))
            .collect()
    }

    fn step(&mut self, node: &Node, last: bool, problems: &mut Problems) -> Option<Step> {
        let there = |verb: &&&str| node.get(verb).is_some();
        let mut verbs: Vec<&str> = VERBS.iter().filter(there).copied().collect();
        if verbs.len() > 1 {
            verbs.retain(|verb| *verb != "say");
        }
        let [verb] = verbs.as_slice() else {
            let message = match verbs.as_slice() {
                [] => {
                    let first = node
                        .entries()
                        .first()
                        .map(|(key, _)| key.text())
                        .unwrap_or_default();
                    format!("`{first}` is not a step.")
                }
                many => format!("A step has one verb; this has {}.", many.join(" and ")),
            };
            problems.add(
                "TW301",
                node.at,
                message,
                format!("The verbs are {}.", VERBS.join(", ")),
            );
            return None;
        };
        let id = self.id(node, verb, problems);
        let value = node.get(verb).expect("the verb is a key of the step");
        let (verb, uses) = self.verb(verb, value, node, last, problems)?;
        Some(Step {
            id,
            verb,
            uses,
            line: node.at.0,
        })
    }

    fn id(&mut self, node: &Node, verb: &str, problems: &mut Problems) -> String {
        let given = problems.text(node, "id");
        let base = format!(
            "{}{}",
            self.prefix,
            given.clone().unwrap_or_else(|| verb.to_owned())
        );
        let mut id = base.clone();
        let mut n = 1;
        while self.ids.contains(&id) {
            if given.is_some() {
                problems.add(
                    "TW313",
                    node.at,
                    format!("The step id `{base}` stands twice."),
                    String::new(),
                );
            }
            n += 1;
            id = format!("{base}_{n}");
        }
        self.ids.push(id.clone());
        id
    }

    fn verb(
        &mut self,
        verb: &str,
        value: &Node,
        node: &Node,
        last: bool,
        problems: &mut Problems,
    ) -> Option<(Verb, Uses)> {
        let say = |problems: &mut Problems| node.get("say").and_then(|say| text_of(say, problems));
        Some(match verb {
            "collect" => {
                let slots = self.slots(value, problems);
                self.confirmed = false;
                (Verb::Collect(slots.clone()), Uses::Slots(slots))
            }
            "confirm" => {
                let text = text_of(value, problems)?;
                self.confirmed = true;
                let no = node.get("no").map(|no| Arc::new(self.steps(no, problems)));
                let show = node
                    .get("show")
                    .map(|show| show.items().iter().map(|s| s.text()).collect());
                (
                    Verb::Confirm(Confirm {
                        text,
                        no,
                        show,
                        does: Does::Read,
                        covers: None,
                    }),
                    Uses::All,
                )
            }
            "call" => self.call(value, node, problems)?,
            "say" => {
                let text = text_of(value, problems)?;
                let uses = self.used(text.variants.iter().flat_map(Phrase::names), node, problems);
                (
                    Verb::Say {
                        text,
                        buttons: phrases(node.get("buttons"), problems),
                    },
                    uses,
                )
            }
            "show" => {
                let what = condition(value, problems)?;
                let uses = self.used(what.names().into_iter(), value, problems);
                let show = Show {
                    what,
                    say: say(problems),
                    fields: problems.texts(node, "fields"),
                    none: node.get("none").and_then(|text| text_of(text, problems)),
                    pick: self.template_named(node.get("pick"), problems),
                    narrow: self.template_named(node.get("narrow"), problems),
                    buttons: phrases(node.get("buttons"), problems),
                };
                (Verb::Show(show), uses)
            }
            "choose" => {
                let text = text_of(value, problems)?;
                let uses = self.used(
                    text.variants.iter().flat_map(Phrase::names),
                    value,
                    problems,
                );
                let options = self.options(node, problems);
                (Verb::Choose { text, options }, uses)
            }
            "if" => {
                let condition = condition(value, problems)?;
                let uses = self.used(condition.names().into_iter(), value, problems);
                let confirmed = self.confirmed;
                let then = node
                    .get("then")
                    .map(|then| self.steps(then, problems))
                    .unwrap_or_default();
                let after = std::mem::replace(&mut self.confirmed, confirmed);
                let otherwise = node
                    .get("else")
                    .map(|steps| self.steps(steps, problems))
                    .unwrap_or_default();
                self.confirmed = self.confirmed && after;
                (
                    Verb::If {
                        condition,
                        then: Arc::new(then),
                        otherwise: Arc::new(otherwise),
                    },
                    uses,
                )
            }
            "set" => {
                let mut values = Vec::new();
                for (slot, value) in value.entries() {
                    self.slot(&slot.text(), slot, problems);
                    let phrase = match value.value {
                        Plain::Null => None,
                        _ => Phrase::parse(&value.text()).ok(),
                    };
                    values.push((slot.text(), phrase));
                }
                let names: Vec<String> = values
                    .iter()
                    .filter_map(|(_, p)| p.as_ref())
                    .flat_map(Phrase::names)
                    .collect();
                let uses = self.used(names.into_iter(), value, problems);
                (Verb::Set(values), uses)
            }
            "ask_again" => {
                let slots = if value.text() == "error" {
                    AskAgain::Error
                } else {
                    AskAgain::Slots(self.slots(value, problems))
                };
                (
                    Verb::AskAgain {
                        slots,
                        say: say(problems),
                    },
                    Uses::Slots(Vec::new()),
                )
            }
            "run" => {
                let template = self
                    .template_named(Some(value), problems)
                    .unwrap_or_default();
                let mut with = Vec::new();
                for (slot, value) in node.get("with").map(Node::entries).unwrap_or_default() {
                    with.push((slot.text(), input(value, InputKind::Json, problems)?));
                }
                let run = Run {
                    template,
                    with,
                    share: problems.flag(node, "share"),
                    result: problems.text(node, "as"),
                    optional: problems.flag(node, "optional"),
                    last,
                };
                (Verb::Run(run), Uses::Slots(Vec::new()))
            }
            "retry" => {
                if !self.branch {
                    problems.add(
                        "TW310",
                        node.at,
                        "`retry` has a meaning only under `on_error`.".into(),
                        String::new(),
                    );
                }
                let mut on_top = Vec::new();
                for (name, value) in value.entries() {
                    let source = match value.value {
                        Plain::Bool(_) | Plain::Number(_) => format!("{{{{ {} }}}}", value.text()),
                        _ => value.text(),
                    };
                    on_top.push((name.text(), Phrase::parse(&source).ok()?));
                }
                (Verb::Retry(on_top), Uses::Slots(Vec::new()))
            }
            "sign_in" => (Verb::SignIn(value.text()), Uses::Slots(Vec::new())),
            "handoff" => (
                Verb::Handoff {
                    desk: value.text(),
                    say: say(problems),
                },
                Uses::Slots(Vec::new()),
            ),
            _ => {
                let how = match value.text().as_str() {
                    "cancelled" => End::Cancelled,
                    "failed" => End::Failed,
                    _ => End::Done,
                };
                (
                    Verb::End {
                        how,
                        say: say(problems),
                    },
                    Uses::Slots(Vec::new()),
                )
            }
        })
    }

    fn call(&mut self, value: &Node, node: &Node, problems: &mut Problems) -> Option<(Verb, Uses)> {
        let name = value.text();
        let (integration, operation) = name.split_once('.').unwrap_or((&name, ""));
        let Some(known) = self.world.integrations.get(integration) else {
            let ids: Vec<&str> = self.world.integrations.keys().map(String::as_str).collect();
            problems.add(
                "TW306",
                value.at,
                format!("There is no integration `{integration}`."),
                near(integration, &ids),
            );
            return None;
        };
        let Some(spec) = known.spec.operations.iter().find(|op| op.name == operation) else {
            let names: Vec<&str> = known.spec.operations.iter().map(|op| op.name).collect();
            let message = format!("`{integration}` has no operation `{operation}`.");
            problems.add("TW306", value.at, message, near(operation, &names));
            return None;
        };
        if spec.does.writes() && !self.confirmed {
            let message = format!("This writes to {} without asking first.", known.title);
            problems.add(
                "TW303",
                node.at,
                message,
                "Put a `confirm` above it.".into(),
            );
        }
        let mut inputs = IndexMap::new();
        let mut names = Vec::new();
        for (key, value) in node.entries() {
            let key_text = key.text();
            if matches!(
                key_text.as_str(),
                "call" | "as" | "on_error" | "optional" | "auth" | "undo" | "id"
            ) {
                continue;
            }
            let Some(declared) = spec.inputs.iter().find(|input| input.name == key_text) else {
                let known: Vec<&str> = spec.inputs.iter().map(|input| input.name).collect();
                problems.add(
                    "TW307",
                    key.at,
                    format!("`{name}` takes no `{key_text}`."),
                    near(&key_text, &known),
                );
                continue;
            };
            let Some(read) = input(value, declared.kind, problems) else {
                continue;
            };
            names_in(&read, &mut names);
            inputs.insert(key_text, read);
        }
        for needed in spec
            .inputs
            .iter()
            .filter(|input| input.required && !inputs.contains_key(input.name))
        {
            problems.add(
                "TW307",
                node.at,
                format!("`{name}` needs `{}`.", needed.name),
                String::new(),
            );
        }
        let own_object = self.template.and_then(|t| t.object.clone());
        let object = node
            .get("object")
            .map(Node::text)
            .or_else(|| own_object.clone());
        let takes = |what: &str| spec.inputs.iter().any(|input| input.name == what);
        let given = if operation == "find" {
            "where"
        } else {
            "fields"
        };
        let all_fields = object == own_object
            && takes(given)
            && !inputs.contains_key(given)
            && operation != "get";
        let mut uses = self.used(names.into_iter(), node, problems);
        if all_fields {
            let fields = self
                .template
                .iter()
                .flat_map(|t| t.slots.values())
                .filter(|s| s.field.is_some());
            let Uses::Slots(used) = &mut uses else {
                return None;
            };
            used.extend(fields.map(|slot| slot.id.clone()));
        }
        let auth = match node.get("auth").map(Node::text).as_deref() {
            Some("user") => Some(Auth::User),
            Some("shared") => Some(Auth::Shared),
            Some("integration") => Some(Auth::Integration),
            _ => None,
        };
        let on_error = read_on_error(node.get("on_error"), self.template, self.world, problems);
        let call = CallStep {
            integration: integration.to_owned(),
            operation: operation.to_owned(),
            does: spec.does,
            object,
            inputs,
            all_fields,
            result: problems.text(node, "as"),
            on_error,
            optional: problems.flag(node, "optional"),
            auth,
            undo: node
                .get("undo")
                .is_none_or(|undo| undo.value != Plain::Bool(false)),
        };
        Some((Verb::Call(call), uses))
    }

    fn options(&mut self, node: &Node, problems: &mut Problems) -> Vec<ChoiceOption> {
        let mut options = Vec::new();
        for (label, steps) in node.get("options").map(Node::entries).unwrap_or_default() {
            let Ok(label) = Phrase::parse(&label.text()) else {
                continue;
            };
            // An option that is one `if` without `else` is offered only when it holds.
            let only = (steps.get("if").is_some() && steps.get("else").is_none())
                .then(|| steps.get("if"))
                .flatten();
            let offered = only.and_then(|only| condition(only, problems));
            let steps = match (only, steps.get("then")) {
                (Some(_), Some(then)) => self.steps(then, problems),
                _ => self.steps(steps, problems),
            };
            options.push(ChoiceOption {
                label,
                offered,
                steps: Arc::new(steps),
            });
        }
        if options.len() < 2 || options.iter().all(|option| option.offered.is_some()) {
            let message = "A choice needs two options, one of them always offered.".to_owned();
            problems.add("TW312", node.at, message, String::new());
        }
        options
    }

    fn slots(&self, node: &Node, problems: &mut Problems) -> Vec<String> {
        let items = node.items();
        items
            .iter()
            .filter(|item| self.slot(&item.text(), item, problems))
            .map(|item| item.text())
            .collect()
    }

    fn slot(&self, name: &str, at: &Node, problems: &mut Problems) -> bool {
        let Some(template) = self.template else {
            return true;
        };
        if template.slots.contains_key(name) {
            return true;
        }
        let known: Vec<&str> = template.slots.keys().map(String::as_str).collect();
        problems.add(
            "TW302",
            at.at,
            format!("`{name}` is not a slot of this template."),
            near(name, &known),
        );
        false
    }

    fn template_named(&self, node: Option<&Node>, problems: &mut Problems) -> Option<String> {
        let node = node?;
        let name = node.text();
        if !self.world.templates.contains(&name) {
            let known: Vec<&str> = self.world.templates.iter().map(String::as_str).collect();
            problems.add(
                "TW308",
                node.at,
                format!("There is no template `{name}`."),
                near(&name, &known),
            );
            return None;
        }
        Some(name)
    }

    /// The slots among the names that a step reads. A name that is nothing here is told.
    fn used(
        &self,
        names: impl Iterator<Item = String>,
        at: &Node,
        problems: &mut Problems,
    ) -> Uses {
        let mut slots = Vec::new();
        for name in names {
            let Some(template) = self.template else {
                continue;
            };
            if template.slots.contains_key(&name) {
                slots.push(name);
            } else if name == "filled" {
                slots.extend(template.slots.keys().cloned());
            } else if !known_name(&name, template, self.branch) {
                let known: Vec<&str> = template.slots.keys().map(String::as_str).collect();
                problems.add(
                    "TW402",
                    at.at,
                    format!("There is no name `{name}` here."),
                    near(&name, &known),
                );
            }
        }
        Uses::Slots(slots)
    }
}

/// Names that are there without being slots: those of every place, and the results of calls.
fn known_name(name: &str, template: &Template, branch: bool) -> bool {
    matches!(
        name,
        "user" | "bot" | "template" | "today" | "now" | "locale"
    ) || (branch && name == "error")
        || template.resolved.contains(&format!("\"as\":\"{name}\""))
}

/// Each confirm covers the first write below it; on the template's own object if there is one.
fn cover(steps: &mut [Step], object: Option<&str>) {
    for n in 0..steps.len() {
        let (above, below) = steps.split_at_mut(n + 1);
        let Verb::Confirm(confirm) = &mut above[n].verb else {
            continue;
        };
        let writes = below.iter().filter_map(|step| match &step.verb {
            Verb::Call(call) if call.does.writes() => {
                Some((step.id.clone(), call.does, call.object.as_deref() == object))
            }
            _ => None,
        });
        let writes: Vec<_> = writes.collect();
        if let Some((id, does, _)) = writes.iter().find(|(_, _, own)| *own).or(writes.first()) {
            confirm.does = *does;
            confirm.covers = Some(id.clone());
        }
    }
}

fn condition(node: &Node, problems: &mut Problems) -> Option<Condition> {
    let source = node.text();
    if source.trim_start().starts_with("{{") || node.entries().len() == 1 {
        problems.add(
            "TW405",
            node.at,
            "A condition is written without braces.".into(),
            String::new(),
        );
        return None;
    }
    match Condition::parse(&source) {
        Ok(condition) => Some(condition),
        Err(error) => {
            problems.add(
                "TW401",
                node.at,
                format!("This text does not parse: {}.", error.message),
                String::new(),
            );
            None
        }
    }
}

fn phrases(node: Option<&Node>, problems: &mut Problems) -> Vec<Phrase> {
    let texts: Vec<Text> = node
        .into_iter()
        .flat_map(Node::items)
        .filter_map(|n| text_of(n, problems))
        .collect();
    texts.into_iter().flat_map(|text| text.variants).collect()
}

fn input(node: &Node, kind: InputKind, problems: &mut Problems) -> Option<Input> {
    match (&node.value, kind) {
        (Plain::Text(_), InputKind::Record) => Some(Input::Expression(condition(node, problems)?)),
        (Plain::Text(text), _) => match Phrase::parse(text) {
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

fn names_in(input: &Input, names: &mut Vec<String>) {
    match input {
        Input::Phrase(phrase) => names.extend(phrase.names()),
        Input::Expression(condition) => names.extend(condition.names()),
        Input::Map(map) => map.values().for_each(|input| names_in(input, names)),
        Input::List(list) => list.iter().for_each(|input| names_in(input, names)),
        Input::Constant(_) => {}
    }
}
