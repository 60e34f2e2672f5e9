//! What a connector declares of itself, as data: operations, their inputs and effects, and which of its error codes is
//! which kind of failure. `check`, completion and the reference read it; performing is left to the connectors crate.

use crate::effect::{Does, FailureKind};

/// A connector's declaration.
#[derive(Debug, Clone)]
pub struct ConnectorSpec {
    /// Its id, `salesforce`, `http`.
    pub id: &'static str,
    /// For people, `Salesforce`.
    pub name: &'static str,
    /// Its operations.
    pub operations: &'static [OperationSpec],
    /// Vendor codes that templates may name under `on_error`, and their kinds.
    pub codes: &'static [(&'static str, FailureKind)],
}

/// One operation.
#[derive(Debug, Clone)]
pub struct OperationSpec {
    /// Its name, `create`.
    pub name: &'static str,
    /// What it does to the world, unless the call says otherwise by an input of [`InputKind::Effect`].
    pub does: Does,
    /// Its inputs.
    pub inputs: &'static [InputSpec],
    /// What comes back.
    pub result: ResultSpec,
}

/// One input of an operation.
#[derive(Debug, Clone)]
pub struct InputSpec {
    /// Its name as a key of the step.
    pub name: &'static str,
    /// Whether the step must give it.
    pub required: bool,
    /// How its value is written.
    pub kind: InputKind,
}

/// How an input is written in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// A text, which may hold `{{ … }}`.
    Text,
    /// An expression that names a record, without braces (a bare slot name, say).
    Record,
    /// A map of CRM field to value; left out: every filled slot with a `field`.
    Fields,
    /// A list of field names.
    Names,
    /// The name of an object.
    Object,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// Any JSON, texts in it rendered.
    Json,
    /// A map name -> path in the answer.
    Take,
    /// The path of an address: the values in it are percent-encoded, so that none leaves its place.
    Path,
    /// What this call does to the world, in place of what the operation says. It is not sent.
    Effect,
}

/// What an operation gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultSpec {
    /// One record.
    Record,
    /// A list of records: `.total`, `.shown`, rows.
    List,
    /// The names of `take`, and `.status`.
    Taken,
}
