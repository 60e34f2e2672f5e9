//! Reads one sentence of `examples:` into words and places of slots. What is learnt from them is the understanding's.

use indexmap::IndexMap;

use super::reader::{Problems, near};
use super::source::Node;
use super::{Example, ExamplePart, Slot};

/// An example; `None` where it is none, which is told.
pub(super) fn read(
    node: &Node,
    slots: &IndexMap<String, Slot>,
    problems: &mut Problems,
) -> Option<Example> {
    let text = match node.get("text") {
        Some(text) => text.text(),
        None if node.is_scalar() => node.text(),
        None => {
            problems.add(
                "TW004",
                node.at,
                "An example wants a text.".into(),
                "Put quotes around it.".into(),
            );
            return None;
        }
    };
    let mut parts = Vec::new();
    let mut words = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['{', '\\']) {
        words.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('\\') {
            let mut letters = after.chars();
            words.extend(letters.next());
            rest = letters.as_str();
            continue;
        }
        let end = rest.find('}').unwrap_or(rest.len());
        let name = rest[1..end].trim().to_owned();
        rest = rest.get(end + 1..).unwrap_or_default();
        if !slots.contains_key(&name) {
            let known: Vec<&str> = slots.keys().map(String::as_str).collect();
            problems.add(
                "TW502",
                node.get("text").map_or(node.at, |text| text.at),
                format!("`{name}` in an example is no slot."),
                near(&name, &known),
            );
            continue;
        }
        if !words.is_empty() {
            parts.push(ExamplePart::Text(std::mem::take(&mut words)));
        }
        parts.push(ExamplePart::Slot(name));
    }
    words.push_str(rest);
    if !words.is_empty() {
        parts.push(ExamplePart::Text(words));
    }
    for (slot, _) in node.get("means").map(Node::entries).unwrap_or_default() {
        if !slots.contains_key(&slot.text()) {
            let known: Vec<&str> = slots.keys().map(String::as_str).collect();
            let message = format!("`{}` is not a slot of this template.", slot.text());
            problems.add("TW302", slot.at, message, near(&slot.text(), &known));
        }
    }
    let means = node.get("means").map(Node::entries).unwrap_or_default();
    let means = means
        .iter()
        .map(|(slot, value)| (slot.text(), value.text()))
        .collect();
    Some(Example {
        parts,
        means,
        line: node.at.line,
    })
}
