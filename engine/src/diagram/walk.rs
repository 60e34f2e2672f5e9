//! Walks the steps of a template once, in their order, and notes every state with the ways that lead there. A filled slot
//! falls through, so that a way past it is not drawn for each.

use super::{Diagram, State, StateKind, Transition};
use crate::effect::FailureKind;
use crate::template::{
    AskAgain, CallStep, ChoiceOption, Condition, Confirm, End, ErrorKey, Run, SlotKind, Step,
    Template, Templates, Verb,
};

pub(super) const START: &str = "start";

pub(super) fn diagram(template: &Template, templates: &Templates) -> Diagram {
    let mut walk = Walk {
        template,
        templates,
        diagram: Diagram {
            title: template.title.clone(),
            states: Vec::new(),
            transitions: Vec::new(),
        },
        picks: Vec::new(),
        depth: 0,
        default: false,
    };
    walk.state(START, StateKind::Start);
    let open = vec![Way::from(START, "")];
    let open = walk.steps(&template.steps, open, None);
    walk.to("done", StateKind::End, open);
    // What a row starts begins once this dialog has ended.
    for pick in std::mem::take(&mut walk.picks) {
        let way = Way::from("done", pick.0);
        walk.to(&pick.1, StateKind::Other, vec![way]);
    }
    walk.diagram
}

/// A way that has left a state and not come to the next.
#[derive(Debug, Clone)]
struct Way {
    from: String,
    labels: Vec<String>,
    default: bool,
}

impl Way {
    fn from(state: &str, label: impl Into<String>) -> Way {
        let label = label.into();
        Way {
            from: state.to_owned(),
            labels: if label.is_empty() {
                Vec::new()
            } else {
                vec![label]
            },
            default: false,
        }
    }

    fn default(mut self) -> Way {
        self.default = true;
        self
    }

    fn also(mut self, label: &str) -> Way {
        self.labels.push(label.to_owned());
        self
    }
}

struct Walk<'a> {
    template: &'a Template,
    templates: &'a Templates,
    diagram: Diagram,
    /// Label and template of what a row of a list starts.
    picks: Vec<(String, String)>,
    /// Error branches around this one.
    depth: u32,
    /// Whether the steps are not the template's own.
    default: bool,
}

/// The call whose error branch is walked.
#[derive(Clone, Copy)]
struct Failed<'a>(&'a str);

impl Walk<'_> {
    fn state(&mut self, id: &str, kind: StateKind) {
        if !self.diagram.states.iter().any(|state| state.id == id) {
            self.diagram.states.push(State {
                id: id.to_owned(),
                text: id.to_owned(),
                kind,
            });
        }
    }

    /// All these ways end in this state.
    fn to(&mut self, id: &str, kind: StateKind, ways: Vec<Way>) {
        if ways.is_empty() {
            return;
        }
        self.state(id, kind);
        for way in ways {
            let label = way.labels.join(", ");
            let default = way.default || self.default;
            let twin = self
                .diagram
                .transitions
                .iter_mut()
                .find(|t| t.from == way.from && t.to == id && t.default == default);
            match twin {
                Some(twin) if twin.label == label => {}
                Some(twin) if !twin.label.is_empty() && !label.is_empty() => {
                    twin.label = format!("{}; {label}", twin.label);
                }
                _ => self.diagram.transitions.push(Transition {
                    from: way.from,
                    to: id.to_owned(),
                    label,
                    default,
                }),
            }
        }
    }

    fn steps(
        &mut self,
        steps: &[Step],
        mut open: Vec<Way>,
        failed: Option<Failed<'_>>,
    ) -> Vec<Way> {
        for step in steps {
            open = self.step(step, open, failed);
        }
        open
    }

    /// One step: where the ways go that come to it, and the ways that lead on.
    fn step(&mut self, step: &Step, open: Vec<Way>, failed: Option<Failed<'_>>) -> Vec<Way> {
        match &step.verb {
            Verb::Collect(slots) => slots.iter().fold(open, |open, slot| self.ask(slot, open)),
            Verb::Confirm(confirm) => self.confirm(&step.id, confirm, open, failed),
            Verb::Call(call) => self.call(&step.id, call, open),
            Verb::Say { .. } => said(open, &spoken("say", &step.id)),
            Verb::Show(show) => {
                let named = [("a row", &show.pick), ("narrowed", &show.narrow)];
                for (label, template) in named {
                    if let Some(template) = template {
                        self.picks.push((label.to_owned(), template.clone()));
                    }
                }
                said(open, &spoken("show", &step.id))
            }
            Verb::Choose { options, .. } => self.choose(&step.id, options, open, failed),
            Verb::If {
                condition,
                then,
                otherwise,
            } => {
                let (yes, no) = sides(condition);
                let mut on = self.steps(then, said(open.clone(), &yes), failed);
                on.extend(self.steps(otherwise, said(open, &no), failed));
                on
            }
            Verb::Set(values) => {
                let slots: Vec<&str> = values.iter().map(|(slot, _)| slot.as_str()).collect();
                said(open, &format!("set {}", slots.join(" and ")))
            }
            Verb::AskAgain { slots, .. } => {
                let first = match slots {
                    AskAgain::Slots(slots) => slots.first().map(|slot| asks(slot)),
                    AskAgain::Error => self.first_question(),
                };
                let first = first.unwrap_or_else(|| START.to_owned());
                self.to(&first, StateKind::Waits, open);
                Vec::new()
            }
            Verb::Run(run) => self.run(&step.id, run, open),
            Verb::Retry(_) => {
                if let Some(Failed(call)) = failed {
                    let again = said(open, "again");
                    self.to(call, StateKind::Works, again);
                }
                Vec::new()
            }
            Verb::SignIn(_) => {
                self.to("sign_in", StateKind::Works, open);
                self.sign_in_ends();
                vec![Way::from("sign_in", "done")]
            }
            Verb::Handoff { .. } => {
                self.to("handed_off", StateKind::End, open);
                Vec::new()
            }
            Verb::End { how, .. } => {
                let end = match how {
                    End::Done => "done",
                    End::Cancelled => "cancelled",
                    End::Failed => "failed",
                };
                self.to(end, StateKind::End, open);
                Vec::new()
            }
        }
    }

    fn confirm(
        &mut self,
        step: &str,
        confirm: &Confirm,
        open: Vec<Way>,
        failed: Option<Failed<'_>>,
    ) -> Vec<Way> {
        let id = format!("confirm.{step}");
        self.to(&id, StateKind::Waits, open);
        let no = Way::from(&id, "no");
        let mut on = vec![Way::from(&id, "yes")];
        match &confirm.no {
            Some(steps) => on.extend(self.steps(steps, vec![no], failed)),
            None => self.to("cancelled", StateKind::End, vec![no.default()]),
        }
        if let Some(first) = self.first_question() {
            let change = Way::from(&id, "a change").default();
            self.to(&first, StateKind::Waits, vec![change]);
        }
        on
    }

    fn choose(
        &mut self,
        step: &str,
        options: &[ChoiceOption],
        open: Vec<Way>,
        failed: Option<Failed<'_>>,
    ) -> Vec<Way> {
        let id = format!("choose.{step}");
        self.to(&id, StateKind::Waits, open);
        let mut on = Vec::new();
        for option in options {
            let mut label = option.label.source().to_owned();
            if let Some(offered) = &option.offered {
                label = format!("{label} (if {})", offered.source());
            }
            on.extend(self.steps(&option.steps, vec![Way::from(&id, label)], failed));
        }
        on
    }

    fn run(&mut self, step: &str, run: &Run, open: Vec<Way>) -> Vec<Way> {
        let id = format!("run.{step}");
        self.to(&id, StateKind::Other, open);
        if let Some(state) = self.diagram.states.iter_mut().find(|s| s.id == id) {
            state.text = format!("{id}: {}", run.template);
        }
        if run.last {
            return vec![Way::from(&id, "")];
        }
        let mut on = vec![Way::from(&id, "done")];
        let stopped = Way::from(&id, "cancelled, failed").default();
        if run.optional {
            on.push(stopped);
        } else {
            self.to("cancelled", StateKind::End, vec![stopped]);
        }
        on
    }

    fn ask(&mut self, id: &str, open: Vec<Way>) -> Vec<Way> {
        let Some(slot) = self.template.slots.get(id) else {
            return open;
        };
        let ask = asks(id);
        self.to(&ask, StateKind::Waits, open);
        let mut here = vec![Way::from(&ask, "")];
        if slot.validate.iter().any(|rule| rule.ask) {
            let sure = format!("sure.{id}");
            self.to(&sure, StateKind::Waits, vec![Way::from(&ask, "unlikely")]);
            self.to(&ask, StateKind::Waits, vec![Way::from(&sure, "no")]);
            here.push(Way::from(&sure, "yes"));
        }
        if let SlotKind::Record { keep, .. } = slot.kind {
            let (find, pick) = (format!("find.{id}"), format!("pick.{id}"));
            self.to(&find, StateKind::Works, here);
            self.grant(&find);
            self.to(&pick, StateKind::Waits, vec![Way::from(&find, "several")]);
            here = vec![Way::from(&find, "one"), Way::from(&pick, "chosen")];
            if keep {
                here.push(Way::from(&find, "none"));
            } else {
                let none = Way::from(&find, "none").default();
                self.to(&ask, StateKind::Waits, vec![none]);
            }
        } else if slot.optional {
            here.push(Way::from(&ask, "skip").default());
        }
        here
    }

    fn call(&mut self, step: &str, call: &CallStep, open: Vec<Way>) -> Vec<Way> {
        let id = format!("call.{step}");
        self.to(&id, StateKind::Works, open);
        if self.signs_in(call) {
            self.grant(&id);
        }
        let mut on = vec![Way::from(&id, "done")];
        if call.optional {
            on.push(Way::from(&id, "failed").default());
            return on;
        }
        // An error branch may call in its turn; what fails there is not followed further.
        if self.depth > 0 {
            let failed = Way::from(&id, "failed").default();
            self.to("failed", StateKind::End, vec![failed]);
            return on;
        }
        self.depth += 1;
        let own = call.on_error.iter().chain(&self.template.on_error);
        let own: Vec<_> = own.cloned().collect();
        for (key, steps) in &own {
            self.branch(&id, vec![Way::from(&id, word(key))], steps);
        }
        let any = own.iter().any(|(key, _)| *key == ErrorKey::Any);
        for kind in FailureKind::ALL {
            if any || own.iter().any(|(key, _)| *key == ErrorKey::Kind(kind)) {
                continue;
            }
            let default = self.templates.on_error.iter();
            let mut default = default
                .filter(|(key, _)| *key == ErrorKey::Kind(kind))
                .map(|(_, s)| s);
            if let Some(steps) = default.next().cloned() {
                self.default = true;
                self.branch(&id, vec![Way::from(&id, kind.word())], &steps);
                self.default = false;
            }
        }
        self.depth -= 1;
        on
    }

    /// An error branch; its end ends the dialog.
    fn branch(&mut self, call: &str, open: Vec<Way>, steps: &[Step]) {
        let rest = self.steps(steps, open, Some(Failed(call)));
        self.to("failed", StateKind::End, rest);
    }

    /// What needs a grant waits for a sign-in where there is none, and goes on by itself.
    fn grant(&mut self, id: &str) {
        let no = Way::from(id, "no grant").default();
        self.to("sign_in", StateKind::Works, vec![no]);
        let back = Way::from("sign_in", "done").default();
        self.to(id, StateKind::Works, vec![back]);
        self.sign_in_ends();
    }

    fn sign_in_ends(&mut self) {
        let again = Way::from("sign_in", "denied, expired, lost: a new link").default();
        self.to("sign_in", StateKind::Works, vec![again]);
        let no = Way::from("sign_in", "no").default();
        self.to("cancelled", StateKind::End, vec![no]);
    }

    /// Whether the call needs somebody's grant; a plain web address is called without one.
    fn signs_in(&self, call: &CallStep) -> bool {
        let integration = self.templates.integrations.get(&call.integration);
        integration.is_none_or(|integration| integration.spec.id != "http")
    }

    fn first_question(&self) -> Option<String> {
        let mut states = self.diagram.states.iter();
        let first = states.find(|state| state.id.starts_with("ask."));
        first.map(|state| state.id.clone())
    }
}

fn asks(slot: &str) -> String {
    format!("ask.{slot}")
}

fn said(open: Vec<Way>, label: &str) -> Vec<Way> {
    open.into_iter().map(|way| way.also(label)).collect()
}

/// `say done` of a step with a name of its own, else the verb alone.
fn spoken(verb: &str, id: &str) -> String {
    if id.ends_with(verb) || id.contains(&format!("{verb}_")) {
        verb.to_owned()
    } else {
        format!("{verb} {id}")
    }
}

fn sides(condition: &Condition) -> (String, String) {
    let source = condition.source();
    (format!("if {source}"), format!("unless {source}"))
}

fn word(key: &ErrorKey) -> String {
    match key {
        ErrorKey::Code(code) => code.clone(),
        ErrorKey::Kind(kind) => kind.word().to_owned(),
        ErrorKey::Any => "any failure".to_owned(),
    }
}
