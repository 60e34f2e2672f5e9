//! Reads steps: one verb each, what else the verb takes, and what the step uses. Names are resolved here, so that a step
//! that comes out can't name a slot, template or operation that is not there.

use std::sync::Arc;

use super::cover::cover;
use super::load::{World, text_of};
use super::reader::Problems;
use super::source::Node;
use super::{AskAgain, ChoiceOption, Condition, End, Phrase, Step, Template, Text, Uses, Verb};

mod call;
mod keys;
mod named;
mod verb;

pub(super) use keys::{CALL_KEYS, KEYS, VERBS};
use verb::said;

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
        given: Vec::new(),
        prefix: String::new(),
        confirmed: false,
        branch: false,
        tail: true,
    };
    let mut steps = reader.steps(node, problems);
    cover(&mut steps, template.object.as_deref(), Vec::new());
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
        given: Vec::new(),
        prefix,
        confirmed: true,
        branch: true,
        tail: true,
    };
    reader.steps(node, problems)
}

struct Reader<'a> {
    template: Option<&'a Template>,
    world: &'a World<'a>,
    ids: Vec<String>,
    /// The ids that are written, which no default may take.
    given: Vec<String>,
    prefix: String,
    confirmed: bool,
    branch: bool,
    /// Whether the dialog ends where these steps end.
    tail: bool,
}

impl Reader<'_> {
    fn steps(&mut self, node: &Node, problems: &mut Problems) -> Vec<Step> {
        if self.given.is_empty() {
            let mut all = node.clone();
            super::merge::each(&mut all, &mut |step| {
                self.given.extend(step.get("id").map(Node::text))
            });
        }
        let items = node.items();
        let tail = self.tail;
        let mut steps = Vec::new();
        for (n, item) in items.iter().enumerate() {
            self.tail = tail && n + 1 == items.len();
            steps.extend(self.step(item, problems));
        }
        self.tail = tail;
        steps
    }

    fn step(&mut self, node: &Node, problems: &mut Problems) -> Option<Step> {
        let there = |verb: &&&str| node.get(verb).is_some();
        let mut verbs: Vec<&str> = VERBS.iter().filter(there).copied().collect();
        if verbs.len() > 1 {
            verbs.retain(|verb| *verb != "say");
        }
        if verbs.contains(&"confirm") {
            // There `show` names what stands on the card.
            verbs.retain(|verb| *verb != "show");
        }
        let [verb] = verbs.as_slice() else {
            let message = match verbs.as_slice() {
                [] if node.is_scalar() => format!("`{}` is not a step.", node.text()),
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
            let at = node.entries().first().map_or(node.at, |(key, _)| key.at);
            problems.add(
                "TW301",
                at,
                message,
                format!("The verbs are {}.", VERBS.join(", ")),
            );
            return None;
        };
        if let Some((_, keys)) = KEYS.iter().find(|(name, _)| name == verb) {
            problems.keys(node, &format!("a `{verb}` step"), keys);
        }
        let id = self.id(node, verb, problems);
        let value = node.get(verb).expect("the verb is a key of the step");
        let (verb, uses) = self.verb(verb, value, node, problems)?;
        Some(Step {
            id,
            verb,
            uses,
            line: node.at.line,
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
        while self.ids.contains(&id) || (given.is_none() && self.given.contains(&id)) {
            if given.is_some() {
                problems.add(
                    "TW313",
                    node.get("id").map_or(node.at, |id| id.at),
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
        problems: &mut Problems,
    ) -> Option<(Verb, Uses)> {
        Some(match verb {
            "collect" => {
                let slots = self.slots(value, problems);
                self.confirmed = false;
                (Verb::Collect(slots.clone()), Uses::Slots(slots))
            }
            "confirm" => self.confirm(value, node, problems)?,
            "call" => self.call(value, node, problems)?,
            "say" => self.say(value, node, problems)?,
            "show" => self.show(value, node, problems)?,
            "choose" => {
                let text = text_of(value, problems)?;
                let uses = self.used(text.variants.iter().flat_map(Phrase::names));
                let options = self.options(node, problems);
                (Verb::Choose { text, options }, uses)
            }
            "if" => self.either(value, node, problems)?,
            "set" => self.set(value, problems),
            "ask_again" => {
                let slots = if value.text() == "error" {
                    AskAgain::Error
                } else {
                    AskAgain::Slots(self.slots(value, problems))
                };
                (
                    Verb::AskAgain {
                        slots,
                        say: said(node, problems),
                    },
                    Uses::Slots(Vec::new()),
                )
            }
            "run" => self.run(value, node, problems)?,
            "retry" => self.retry(value, node, problems)?,
            "sign_in" => {
                let id = value.text();
                if !self.world.integrations.contains_key(&id) {
                    self.no_integration(&id, value, problems);
                }
                (Verb::SignIn(id), Uses::Slots(Vec::new()))
            }
            "handoff" => self.handoff(value, node, problems),
            _ => {
                let how = match problems.one_of(node, "end", &["done", "cancelled", "failed"]) {
                    "cancelled" => End::Cancelled,
                    "failed" => End::Failed,
                    _ => End::Done,
                };
                (
                    Verb::End {
                        how,
                        say: said(node, problems),
                    },
                    Uses::Slots(Vec::new()),
                )
            }
        })
    }

    fn options(&mut self, node: &Node, problems: &mut Problems) -> Vec<ChoiceOption> {
        let mut options = Vec::new();
        for (label, steps) in node.get("options").map(Node::entries).unwrap_or_default() {
            let Some(label) =
                text_of(label, problems).and_then(|text| text.variants.into_iter().next())
            else {
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
}

fn condition(node: &Node, problems: &mut Problems) -> Option<Condition> {
    let source = node.text();
    let bare = source
        .trim()
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"));
    if bare.is_some() || !node.is_scalar() {
        let help = bare.map_or_else(String::new, |bare| format!("Write `{}`.", bare.trim()));
        let message = "A condition is written without braces.".to_owned();
        problems.add("TW405", node.at, message, help);
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
