//! What a template does to the world, by its steps. Understanding is more careful with what writes.

use super::{Step, Template, Verb};
use crate::effect::Does;

impl Template {
    /// The gravest thing that one of its calls does; `Read` where none writes.
    pub fn does(&self) -> Does {
        gravest(&self.steps)
    }
}

fn gravest(steps: &[Step]) -> Does {
    let does = steps.iter().map(|step| match &step.verb {
        Verb::Call(call) => call.does,
        Verb::If {
            then, otherwise, ..
        } => gravest(then).max(gravest(otherwise)),
        Verb::Choose { options, .. } => options
            .iter()
            .map(|option| gravest(&option.steps))
            .max()
            .unwrap_or(Does::Read),
        Verb::Collect(_)
        | Verb::Confirm(_)
        | Verb::Say { .. }
        | Verb::Show(_)
        | Verb::Set(_)
        | Verb::AskAgain { .. }
        | Verb::Run(_)
        | Verb::Retry(_)
        | Verb::SignIn(_)
        | Verb::Handoff { .. }
        | Verb::End { .. } => Does::Read,
    });
    does.max().unwrap_or(Does::Read)
}
