//! A diagram as Mermaid text. It is a flowchart, since Mermaid's state diagrams know no dashed transitions.

use std::fmt::Write;

use super::{Diagram, StateKind};

pub(super) fn written(diagram: &Diagram) -> String {
    let mut out = format!(
        "---\ntitle: {}\n---\nflowchart TD\n",
        quoted(&diagram.title)
    );
    for state in &diagram.states {
        let text = quoted(&state.text);
        let (open, close) = match state.kind {
            StateKind::Start | StateKind::End => ("([", "])"),
            StateKind::Waits => ("[", "]"),
            StateKind::Works => ("[[", "]]"),
            StateKind::Other => ("[/", "/]"),
        };
        let _ = writeln!(out, "  {}{open}{text}{close}", name(&state.id));
    }
    for transition in &diagram.transitions {
        let arrow = if transition.default { "-.->" } else { "-->" };
        let label = if transition.label.is_empty() {
            String::new()
        } else {
            format!("|{}|", quoted(&transition.label))
        };
        let (from, to) = (name(&transition.from), name(&transition.to));
        let _ = writeln!(out, "  {from} {arrow}{label} {to}");
    }
    out
}

/// A name of Mermaid's, which `end` is not.
fn name(id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("s_{}", id.chars().map(plain).collect::<String>())
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '#' => out.push_str("#35;"),
            '|' => out.push_str("#124;"),
            '\n' => out.push(' '),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
