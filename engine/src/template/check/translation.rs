//! A file that extends a template for another locale: it may say everything in other words, and change nothing of what
//! the dialog does.

use crate::template::reader::Problems;
use crate::template::source::Node;

const TEMPLATE: [&str; 11] = [
    "template", "extends", "locale", "title", "summary", "purpose", "nouns", "examples", "slots",
    "adjust", "wording",
];
const SLOT: [&str; 9] = [
    "label", "called", "ask", "reask", "samples", "why", "synonyms", "choices", "validate",
];
const STEP: [&str; 8] = [
    "say", "confirm", "choose", "none", "buttons", "options", "if", "then",
];

/// Keys of a translation that are more than texts.
pub(in crate::template) fn check(node: &Node, problems: &mut Problems) {
    only(node, &TEMPLATE, problems);
    for (_, slot) in node.get("slots").map(Node::entries).unwrap_or_default() {
        only(slot, &SLOT, problems);
    }
    for (_, step) in node.get("adjust").map(Node::entries).unwrap_or_default() {
        only(step, &STEP, problems);
    }
}

fn only(node: &Node, texts: &[&str], problems: &mut Problems) {
    for (key, _) in node.entries() {
        let name = key.text();
        if !texts.contains(&name.as_str()) {
            let message =
                format!("A translation holds texts only; `{name}` changes what the dialog does.");
            problems.add("TW105", key.at, message, String::new());
        }
    }
}
