//! Runs a dialog until it waits for the user or the world. The place of a dialog is a trail of passed steps; a change cuts
//! the trail back to the first step that uses what changed, and walking on again skips whatever still holds.

pub(crate) mod again;
pub(crate) mod answer;
pub(crate) mod authorization;
pub(crate) mod call;
pub(crate) mod decision;
pub(crate) mod fitting;
pub(crate) mod given;
pub(crate) mod hear;
pub(crate) mod outcome;
pub(crate) mod record;
pub(crate) mod repair;
pub(crate) mod scope;
pub(crate) mod secret;
pub(crate) mod show;
pub(crate) mod slots;
pub(crate) mod stack;
pub(crate) mod step;

use std::sync::Arc;

use crate::conversation::{Awaiting, Passed, SlotState};
use crate::coverage::{Part, Reached};
use crate::template::{End, Step, Template, expression};
use crate::turn::Play;

/// How far a walk came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    /// To the end of these steps.
    Next,
    /// To a question, or a call that is out.
    Wait,
    /// To the end of the dialog.
    End(End),
    /// The place went back: walk again from the top.
    Back,
}

/// What executing one step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Done {
    /// It lies behind; with the branch that was taken, if it has branches.
    Passed(Option<String>),
    /// As the walk's.
    Flow(Flow),
}

/// Steps that one turn may execute before the fuse of the language goes.
const FUSE: u32 = 1_000;

impl Play<'_> {
    /// Goes on with the dialog on top, and with those below it as they come to the top, until something is awaited.
    pub(crate) fn advance(&mut self) {
        let mut fuse = FUSE;
        self.conversation.awaiting = Awaiting::Nothing;
        while let Some(template) = self.top() {
            let mut cursor = 0;
            let flow = self.walk(
                &template,
                &template.steps.clone(),
                "",
                &mut cursor,
                &mut fuse,
            );
            self.reach_slots(&template);
            match flow {
                Flow::Wait => return,
                Flow::Back => {}
                Flow::Next => self.end(End::Done),
                Flow::End(how) => self.end(how),
            }
            if fuse == 0 {
                self.trace
                    .push(format!("{}: the fuse went after {FUSE} steps", template.id));
                let sorry = self.wording("error.setup", &[("error", expression::empty())]);
                self.say(sorry);
                self.end(End::Failed);
                fuse = FUSE;
            }
            if !self.conversation.awaiting.is_nothing() {
                return;
            }
        }
        self.begin_what_was_put_off();
    }

    fn walk(
        &mut self,
        template: &Arc<Template>,
        steps: &Arc<Vec<Step>>,
        prefix: &str,
        cursor: &mut usize,
        fuse: &mut u32,
    ) -> Flow {
        for step in steps.iter() {
            let key = format!("{prefix}{}", step.id);
            let dialog = self
                .conversation
                .dialogs
                .last_mut()
                .expect("a walk has a dialog on top");
            let branch = match dialog.trail.get(*cursor) {
                Some(passed) if passed.step == key => passed.branch.clone(),
                _ => {
                    dialog.trail.truncate(*cursor);
                    *fuse = fuse.saturating_sub(1);
                    if *fuse == 0 {
                        return Flow::End(End::Failed);
                    }
                    self.reach(template, Part::Step(key.clone()));
                    match self.execute(template, step, &key) {
                        Done::Flow(flow) => return flow,
                        Done::Passed(branch) => {
                            if let Some(branch) = &branch {
                                self.reach(template, Part::Branch(key.clone(), branch.clone()));
                            }
                            let dialog = self
                                .conversation
                                .dialogs
                                .last_mut()
                                .expect("a step leaves its dialog in place");
                            dialog.trail.push(Passed {
                                step: key.clone(),
                                branch: branch.clone(),
                            });
                            branch
                        }
                    }
                }
            };
            *cursor += 1;
            if let Some(branch) = branch
                && let Some((below, prefix)) = self.branch(template, step, &key, &branch)
            {
                let flow = self.walk(template, &below, &prefix, cursor, fuse);
                match flow {
                    // The end of an error branch ends the dialog; of any other, the walk goes on below the step.
                    Flow::Next if branch.starts_with("error ") => return Flow::End(End::Failed),
                    Flow::Next => {}
                    other => return other,
                }
            }
        }
        Flow::Next
    }

    fn reach(&mut self, template: &Template, part: Part) {
        self.reached.insert(Reached {
            template: template.id.clone(),
            part,
        });
    }

    /// The slots that are filled, before the dialog may end.
    fn reach_slots(&mut self, template: &Template) {
        let slots = self.conversation.dialogs.last().map(|d| &d.slots);
        let filled = slots.into_iter().flatten();
        let filled = filled.filter(|(_, state)| matches!(state, SlotState::Filled { .. }));
        let filled: Vec<String> = filled.map(|(slot, _)| slot.clone()).collect();
        for slot in filled {
            self.reach(template, Part::Slot(slot));
        }
    }

    /// A slot changed by the user's word: the place goes back to the first step that uses it.
    pub(crate) fn changed(&mut self, slot: &str) {
        let Some(template) = self.top() else { return };
        let dialog = self.conversation.dialogs.last().expect("top has a dialog");
        let first = dialog.trail.iter().position(|passed| {
            find(&template, self.templates, &passed.step).is_none_or(|step| step.uses.touches(slot))
        });
        if let Some(first) = first {
            self.go_back_to(first);
        }
    }

    /// Cuts the trail and drops the failures whose steps lie ahead again.
    pub(crate) fn go_back_to(&mut self, first: usize) {
        let dialog = self
            .conversation
            .dialogs
            .last_mut()
            .expect("a place belongs to a dialog");
        dialog.trail.truncate(first);
        let trail = &dialog.trail;
        for (step, failed) in &mut dialog.failures {
            if !trail.iter().any(|passed| passed.step == *step) {
                failed.open = false;
            }
        }
    }
}

/// A step by its key on the trail. Steps of error branches have the keys of their calls before them.
pub(crate) fn find<'t>(
    template: &'t Template,
    templates: &'t crate::template::Templates,
    key: &str,
) -> Option<&'t Step> {
    let id = key.rsplit('!').next().unwrap_or(key);
    search(&template.steps, id)
        .or_else(|| {
            template
                .on_error
                .iter()
                .find_map(|(_, steps)| search(steps, id))
        })
        .or_else(|| {
            templates
                .on_error
                .iter()
                .find_map(|(_, steps)| search(steps, id))
        })
}

fn search<'t>(steps: &'t [Step], id: &str) -> Option<&'t Step> {
    use crate::template::Verb;
    steps.iter().find_map(|step| {
        if step.id == id {
            return Some(step);
        }
        match &step.verb {
            Verb::If {
                then, otherwise, ..
            } => search(then, id).or_else(|| search(otherwise, id)),
            Verb::Choose { options, .. } => {
                options.iter().find_map(|option| search(&option.steps, id))
            }
            Verb::Confirm(confirm) => confirm.no.as_ref().and_then(|no| search(no, id)),
            Verb::Call(call) => call
                .on_error
                .iter()
                .find_map(|(_, steps)| search(steps, id)),
            Verb::Collect(_)
            | Verb::Say { .. }
            | Verb::Show(_)
            | Verb::Set(_)
            | Verb::AskAgain { .. }
            | Verb::Run(_)
            | Verb::Retry(_)
            | Verb::SignIn(_)
            | Verb::Handoff { .. }
            | Verb::End { .. } => None,
        }
    })
}
