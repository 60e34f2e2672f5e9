//! A dialog as a state diagram: where it can wait, and what leads from there to where.
//! What stands here is the diagram itself; how it is written or painted stands in the files below.

use crate::template::{Template, Templates};

mod dot;
mod layout;
mod mermaid;
mod svg;
mod walk;

/// A dialog's states and transitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    /// The template's title.
    pub title: String,
    /// Where the dialog can be, in the order in which it comes there; the first is where it begins.
    pub states: Vec<State>,
    /// What leads from one state to another.
    pub transitions: Vec<Transition>,
}

/// One state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// `ask.email`, `confirm.confirm`, `call.call`, `done` …; what coverage and the trace call it.
    pub id: String,
    /// What is written on it: the id, and of another dialog its template.
    pub text: String,
    /// What it is.
    pub kind: StateKind,
}

/// What a state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// The dialog begins.
    Start,
    /// It waits for the user.
    Waits,
    /// It waits for the world: a call, a sign-in.
    Works,
    /// Another dialog.
    Other,
    /// It has ended.
    End,
}

/// What leads from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// A state's id.
    pub from: String,
    /// A state's id.
    pub to: String,
    /// Conditions, answers and what is said on the way; empty where it just goes on.
    pub label: String,
    /// Whether it is the default rather than written in the template.
    pub default: bool,
}

impl Diagram {
    /// The diagram of a template.
    pub fn of(template: &Template, templates: &Templates) -> Diagram {
        walk::diagram(template, templates)
    }

    /// As Mermaid's `stateDiagram-v2`.
    pub fn mermaid(&self) -> String {
        mermaid::written(self)
    }

    /// In Graphviz's language.
    pub fn dot(&self) -> String {
        dot::written(self)
    }

    /// As an SVG document that is readable on light and dark grounds.
    pub fn svg(&self) -> String {
        svg::drawn(self)
    }
}
