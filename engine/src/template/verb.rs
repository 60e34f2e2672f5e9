//! What steps do, one verb each, with all that the verb takes. How a verb is executed is the dialog's.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Condition, End, ErrorKey, Phrase, Step, Text};
use crate::Value;
use crate::effect::{Auth, Does};

/// What a step does (docs/template-reference.md, "Steps").
#[derive(Debug, Clone)]
pub enum Verb {
    /// Asks for what is empty.
    Collect(Vec<String>),
    /// Asks yes or no about the write below it.
    Confirm(Confirm),
    /// Performs an operation.
    Call(CallStep),
    /// Says something.
    Say {
        /// What.
        text: Text,
        /// Buttons that send their text.
        buttons: Vec<Phrase>,
    },
    /// Shows records.
    Show(Show),
    /// Waits for one of several.
    Choose {
        /// The question.
        text: Text,
        /// Label, the condition it is offered under, and its steps.
        options: Vec<ChoiceOption>,
    },
    /// Branches.
    If {
        /// The condition.
        condition: Condition,
        /// Steps where it holds.
        then: Arc<Vec<Step>>,
        /// Steps where it does not.
        otherwise: Arc<Vec<Step>>,
    },
    /// Fills slots; `None` skips.
    Set(Vec<(String, Option<Phrase>)>),
    /// Empties slots and goes back to where they are collected. The slots are named, or come from `error.slots`.
    AskAgain {
        /// The slots, or `error.slots`.
        slots: AskAgain,
        /// Said first.
        say: Option<Text>,
    },
    /// Runs another template.
    Run(Run),
    /// The failed call again, with these inputs on top.
    Retry(Vec<(String, Phrase)>),
    /// Asks for a sign-in here.
    SignIn(String),
    /// Hands over to a person.
    Handoff {
        /// Its id in bot.yaml.
        desk: String,
        /// Said first.
        say: Option<Text>,
    },
    /// Ends the dialog.
    End {
        /// How.
        how: End,
        /// Said first.
        say: Option<Text>,
    },
}

/// `ask_again:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskAgain {
    /// These slots.
    Slots(Vec<String>),
    /// Whatever slots (or fields without a slot) the failure names; only under `on_error`.
    Error,
}

/// One option of a `choose`.
#[derive(Debug, Clone)]
pub struct ChoiceOption {
    /// Its label.
    pub label: Phrase,
    /// Offered only when this holds.
    pub offered: Option<Condition>,
    /// Its steps.
    pub steps: Arc<Vec<Step>>,
}

/// `confirm:`.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// The question.
    pub text: Text,
    /// Steps of a no; none: end, cancelled.
    pub no: Option<Arc<Vec<Step>>>,
    /// Slots shown on the card; `None`: what the write below writes.
    pub show: Option<Vec<String>>,
    /// What the write below does: `awaiting.what` and the card follow it. `Read` where there is none.
    pub does: Does,
    /// The id of the call step it covers first.
    pub covers: Option<String>,
}

/// `call:`.
#[derive(Debug, Clone)]
pub struct CallStep {
    /// The integration.
    pub integration: String,
    /// The operation.
    pub operation: String,
    /// What it does to the world.
    pub does: Does,
    /// The object, where the operation is about one.
    pub object: Option<String>,
    /// Inputs as written (`record`, `fields`, `where`, `query` …).
    pub inputs: IndexMap<String, Input>,
    /// Whether `fields` (for a find: `where`) is every filled slot that has a `field`.
    pub all_fields: bool,
    /// The name of the result, or the record slot it fills.
    pub result: Option<String>,
    /// Error branches.
    pub on_error: Vec<(ErrorKey, Arc<Vec<Step>>)>,
    /// A failed read leaves the result empty.
    pub optional: bool,
    /// Whose grant; the template's where `None`.
    pub auth: Option<Auth>,
    /// Whether it can be undone on request.
    pub undo: bool,
}

/// An input of a call.
#[derive(Debug, Clone)]
pub enum Input {
    /// A text or a value that is one expression.
    Phrase(Phrase),
    /// The path of an address, its values percent-encoded.
    Path(Phrase),
    /// An expression without braces (`record: lead`).
    Expression(Condition),
    /// A map of names to inputs.
    Map(IndexMap<String, Input>),
    /// A list of inputs.
    List(Vec<Input>),
    /// A constant.
    Constant(Value),
}

/// `show:`.
#[derive(Debug, Clone)]
pub struct Show {
    /// The record or list.
    pub what: Condition,
    /// Heading.
    pub say: Option<Text>,
    /// CRM fields shown.
    pub fields: Vec<String>,
    /// Said where there is nothing.
    pub none: Option<Text>,
    /// Template that a row starts.
    pub pick: Option<String>,
    /// Template that "only the hot ones" starts.
    pub narrow: Option<String>,
    /// Buttons.
    pub buttons: Vec<Phrase>,
}

/// `run:`.
#[derive(Debug, Clone)]
pub struct Run {
    /// The template.
    pub template: String,
    /// Slots handed in.
    pub with: Vec<(String, Input)>,
    /// Hands over every filled slot that it has too.
    pub share: bool,
    /// The name of its results.
    pub result: Option<String>,
    /// Goes on if it is cancelled.
    pub optional: bool,
    /// The last step: it takes this dialog's place.
    pub last: bool,
}
