//! A diagram in Graphviz's language.

use std::fmt::Write;

use super::{Diagram, StateKind};

pub(super) fn written(diagram: &Diagram) -> String {
    let mut out = format!(
        "digraph {{\n  label={}\n  node [fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\" fontsize=10]\n",
        quoted(&diagram.title)
    );
    for state in &diagram.states {
        let look = match state.kind {
            StateKind::Start | StateKind::End => "shape=oval",
            StateKind::Waits => "shape=box style=rounded",
            StateKind::Works => "shape=box peripheries=2",
            StateKind::Other => "shape=parallelogram",
        };
        let (id, text) = (quoted(&state.id), quoted(&state.text));
        let _ = writeln!(out, "  {id} [label={text} {look}]");
    }
    for transition in &diagram.transitions {
        let look = if transition.default {
            " style=dashed"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "  {} -> {} [label={}{look}]",
            quoted(&transition.from),
            quoted(&transition.to),
            quoted(&transition.label)
        );
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('\n', " "))
}
