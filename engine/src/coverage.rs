//! What turns came to in the templates of a bot, and what no turn came to: steps, branches and slots. Turns tell it as they
//! are played; adding them up is for whoever plays many.

use std::collections::BTreeSet;

use crate::template::{Step, Template, Templates, Verb};

/// A part of a template that a turn came to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// The template's id.
    pub template: String,
    /// What of it.
    pub part: Part,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A step, by its key: its id, below an error branch with that of the call before it (`call!invalid_say`).
    Step(String),
    /// A branch of a step: `then`, `else`, `no`, or the number of an option from 0.
    Branch(String, String),
    /// A slot that was filled.
    Slot(String),
}

/// How much of one template was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The template's id.
    pub template: String,
    /// The file it stands in.
    pub file: String,
    /// Steps, branches and slots it has.
    pub all: Vec<Entry>,
}

/// A part with whether it was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The part.
    pub part: Part,
    /// For people: ``step `done` ``, `` `then` of step `if` ``.
    pub shown: String,
    /// Line of its step in the template's file, from 1; 0 for a slot.
    pub line: usize,
    /// Whether a turn came there.
    pub reached: bool,
}

/// What these turns reached of each template of the bot, in the bot's order.
pub fn coverage(templates: &Templates, reached: &BTreeSet<Reached>) -> Vec<Coverage> {
    let all = templates.current.values();
    all.map(|template| {
        let mut entries = parts(template);
        for entry in &mut entries {
            let mut of = reached.iter().filter(|r| r.template == template.id);
            entry.reached = of.any(|r| same(&entry.part, &r.part));
        }
        Coverage {
            template: template.id.clone(),
            file: template.file.clone(),
            all: entries,
        }
    })
    .collect()
}

impl Coverage {
    /// Parts that no turn came to.
    pub fn missing(&self) -> impl Iterator<Item = &Entry> {
        self.all.iter().filter(|entry| !entry.reached)
    }
}

/// A step below `on_error:` of the whole template belongs to no call of its own: any call may have led there.
fn same(part: &Part, reached: &Part) -> bool {
    let fits = |own: &str, other: &str| {
        own == other
            || own
                .strip_prefix('!')
                .is_some_and(|id| other.ends_with(&format!("!{id}")))
    };
    match (part, reached) {
        (Part::Step(own), Part::Step(other)) => fits(own, other),
        (Part::Branch(own, way), Part::Branch(other, taken)) => way == taken && fits(own, other),
        (own, other) => own == other,
    }
}

/// All parts of a template in the order of its file: slots, then steps with their branches.
fn parts(template: &Template) -> Vec<Entry> {
    let mut all: Vec<Entry> = template
        .slots
        .keys()
        .map(|slot| entry(Part::Slot(slot.clone()), format!("slot `{slot}`"), 0))
        .collect();
    steps(&template.steps, "", &mut all);
    for (_, branch) in &template.on_error {
        steps(branch, "!", &mut all);
    }
    all
}

fn entry(part: Part, shown: String, line: usize) -> Entry {
    Entry {
        part,
        shown,
        line,
        reached: false,
    }
}

fn steps(list: &[Step], prefix: &str, all: &mut Vec<Entry>) {
    for step in list {
        let key = format!("{prefix}{}", step.id);
        let shown = match prefix.trim_end_matches('!') {
            "" => format!("step `{}`", step.id),
            call => format!("step `{}` where `{call}` failed", step.id),
        };
        all.push(entry(Part::Step(key.clone()), shown.clone(), step.line));
        let branch = |way: &str, name: &str| {
            entry(
                Part::Branch(key.clone(), way.to_owned()),
                format!("`{name}` of {shown}"),
                step.line,
            )
        };
        match &step.verb {
            Verb::If {
                then, otherwise, ..
            } => {
                all.push(branch("then", "then"));
                steps(then, prefix, all);
                all.push(branch("else", "else"));
                steps(otherwise, prefix, all);
            }
            Verb::Choose { options, .. } => {
                for (n, option) in options.iter().enumerate() {
                    all.push(branch(&n.to_string(), option.label.source()));
                    steps(&option.steps, prefix, all);
                }
            }
            Verb::Confirm(confirm) => {
                if let Some(no) = &confirm.no {
                    all.push(branch("no", "no"));
                    steps(no, prefix, all);
                }
            }
            Verb::Call(call) => {
                for (_, branch) in &call.on_error {
                    steps(branch, &format!("{key}!"), all);
                }
            }
            Verb::Collect(_)
            | Verb::Say { .. }
            | Verb::Show(_)
            | Verb::Set(_)
            | Verb::AskAgain { .. }
            | Verb::Run(_)
            | Verb::Retry(_)
            | Verb::SignIn(_)
            | Verb::Handoff { .. }
            | Verb::End { .. } => {}
        }
    }
}
