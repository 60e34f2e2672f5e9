//! Standard responses that a bot or template says in its own words: whether there is such a key, and whether its text
//! uses only names that are there when it is said.

use std::collections::BTreeMap;

use super::names::{EVERYWHERE, called};
use crate::template::Text;
use crate::template::reader::{Problems, near};
use crate::template::source::Node;
use crate::template::uses;

/// Names that groups of standard responses may use (docs/template-reference.md, "Standard responses"), by how the key begins.
const NAMES: [(&str, &[&str]); 17] = [
    ("help", &["templates", "slot"]),
    ("fallback", &["templates"]),
    ("ambiguous", &["titles"]),
    ("ask.", &["slot", "heard", "record"]),
    ("reask.", &["slot", "heard"]),
    ("why.", &["slot"]),
    ("skip.", &["slot"]),
    ("cleared", &["slot"]),
    ("taken", &["slot", "value"]),
    ("org.", &["integration", "slot", "heard", "currencies"]),
    ("record.", &["heard", "count"]),
    ("list.", &["first", "last", "count"]),
    ("confirm.", &["what"]),
    (
        "sign_in.",
        &[
            "integration",
            "account",
            "minutes",
            "left",
            "expected",
            "before",
            "aside",
        ],
    ),
    ("error.", &["error", "slot", "integration"]),
    ("undo.", &["record", "what", "integration"]),
    ("cancelled", &["what"]),
];

/// Checks a `wording:` map; `own` are the slots of the template where it is a template's.
pub(in crate::template) fn check(
    words: &Node,
    all: &BTreeMap<String, BTreeMap<String, Text>>,
    own: &[&str],
    problems: &mut Problems,
) {
    for (key, value) in words.entries() {
        let name = key.text();
        if !all.values().any(|words| words.contains_key(&name)) {
            let known: Vec<&str> = all
                .values()
                .flat_map(|words| words.keys().map(String::as_str))
                .collect();
            let help = near(&name, &known);
            let help = if help.starts_with("Did") {
                help
            } else {
                String::new()
            };
            problems.add(
                "TW603",
                key.at,
                format!("`{name}` is no standard response."),
                help,
            );
            continue;
        }
        let mut there: Vec<&str> = EVERYWHERE.to_vec();
        there.extend(own);
        there.extend(
            NAMES
                .iter()
                .filter(|(start, _)| name.starts_with(start))
                .flat_map(|(_, names)| *names),
        );
        there.extend(
            ["record", "integration", "account", "slot"]
                .iter()
                .filter(|_| !name.contains('.')),
        );
        if name.starts_with("button.") {
            there.push("integration");
        }
        if name.starts_with("cancel") {
            there.push("record");
        }
        for text in value.items() {
            let used = uses::in_text(&text.text());
            for used in used
                .names
                .iter()
                .filter(|used| !there.contains(&used.name.as_str()))
            {
                let at = problems.within(text, &used.span);
                let message = format!("`{}` is not available in `{name}`.", used.name);
                problems.add("TW603", at, message, near(&used.name, &there));
            }
            called(text, &used.called, problems);
        }
    }
}
