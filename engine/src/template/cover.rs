//! Finds for each confirm the write that it is about. That a write has a confirm above it at all is seen while the steps are
//! read.

use std::sync::Arc;

use super::{Step, Verb};
use crate::effect::Does;

/// Each confirm covers the first write below it, wherever it stands; on the template's own object if there is one.
pub(super) fn cover(steps: &mut [Step], object: Option<&str>, mut below: Vec<Write>) -> Vec<Write> {
    for step in steps.iter_mut().rev() {
        let mut within = Vec::new();
        match &mut step.verb {
            Verb::Confirm(confirm) => {
                if let Some(write) = below.iter().find(|write| write.own).or(below.first()) {
                    confirm.does = write.does;
                    confirm.covers = Some(write.step.clone());
                }
                if let Some(no) = &mut confirm.no {
                    cover(Arc::<Vec<Step>>::make_mut(no), object, below.clone());
                }
            }
            Verb::Call(call) if call.does.writes() => within.push(Write {
                step: step.id.clone(),
                does: call.does,
                own: call.object.as_deref() == object,
            }),
            Verb::If {
                then, otherwise, ..
            } => {
                within = branch(then, object, &below);
                within.extend(branch(otherwise, object, &below));
            }
            Verb::Choose { options, .. } => {
                within = options
                    .iter_mut()
                    .flat_map(|option| branch(&mut option.steps, object, &below))
                    .collect();
            }
            _ => {}
        }
        within.append(&mut below);
        below = within;
    }
    below
}

/// Covers the confirms of a branch; gives its own writes.
fn branch(steps: &mut Arc<Vec<Step>>, object: Option<&str>, below: &[Write]) -> Vec<Write> {
    let mut all = cover(Arc::<Vec<Step>>::make_mut(steps), object, below.to_vec());
    all.truncate(all.len() - below.len());
    all
}

/// A write that a confirm may cover.
#[derive(Clone)]
pub(super) struct Write {
    step: String,
    does: Does,
    own: bool,
}
