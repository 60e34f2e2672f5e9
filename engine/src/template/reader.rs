//! Takes the keys of a map one by one and remembers every problem: unknown keys with what was meant, keys that stand
//! twice, values of the wrong kind. Which keys there are is told by whoever reads.

use super::source::{Node, Plain};
use crate::diagnostic::{Diagnostic, Severity};

/// The problems of one file as they are found.
#[derive(Debug, Default)]
pub(super) struct Problems {
    pub(super) file: String,
    pub(super) found: Vec<Diagnostic>,
}

impl Problems {
    pub(super) fn add(
        &mut self,
        code: &'static str,
        at: (usize, usize),
        message: String,
        help: String,
    ) {
        self.push(code, Severity::Error, at, message, help);
    }

    pub(super) fn warn(
        &mut self,
        code: &'static str,
        at: (usize, usize),
        message: String,
        help: String,
    ) {
        self.push(code, Severity::Warning, at, message, help);
    }

    fn push(
        &mut self,
        code: &'static str,
        severity: Severity,
        at: (usize, usize),
        message: String,
        help: String,
    ) {
        let (line, column) = at;
        self.found.push(Diagnostic {
            code,
            severity,
            file: self.file.clone(),
            line,
            column,
            message,
            help,
            span: 0..0,
        });
    }

    /// Every key of a map must be one of these, and stand once.
    pub(super) fn keys(&mut self, node: &Node, place: &str, known: &[&str]) {
        let Plain::Map(entries) = &node.value else {
            self.add(
                "TW004",
                node.at,
                format!("{place} wants keys and values."),
                String::new(),
            );
            return;
        };
        for (n, (key, _)) in entries.iter().enumerate() {
            let name = key.text();
            if let Some((first, _)) = entries[..n].iter().find(|(other, _)| other.text() == name) {
                let message = format!(
                    "`{name}` stands twice; the first is in line {}.",
                    first.at.0
                );
                self.add("TW003", key.at, message, "Remove one of them.".into());
            } else if !known.contains(&name.as_str()) {
                self.add(
                    "TW002",
                    key.at,
                    format!("`{name}` is not a key of {place}."),
                    near(&name, known),
                );
            }
        }
    }

    /// A text, or nothing with a problem.
    pub(super) fn text(&mut self, node: &Node, key: &str) -> Option<String> {
        let value = node.get(key)?;
        if value.is_scalar() {
            return Some(value.text());
        }
        self.add(
            "TW004",
            value.at,
            format!("`{key}` wants a text."),
            quotes(value),
        );
        None
    }

    /// A text that must be there. A key that is only misspelt is not told twice.
    pub(super) fn need(&mut self, node: &Node, key: &str, place: &str) -> Option<String> {
        if node.get(key).is_some() {
            return self.text(node, key);
        }
        let misspelt = node
            .entries()
            .iter()
            .any(|(other, _)| close(&other.text(), key));
        if !misspelt {
            self.add(
                "TW005",
                node.at,
                format!("{place} needs `{key}`."),
                String::new(),
            );
        }
        None
    }

    pub(super) fn flag(&mut self, node: &Node, key: &str) -> bool {
        match node.get(key).map(|value| (&value.value, value.at)) {
            None => false,
            Some((Plain::Bool(flag), _)) => *flag,
            Some((_, at)) => {
                self.add(
                    "TW004",
                    at,
                    format!("`{key}` wants true or false."),
                    String::new(),
                );
                false
            }
        }
    }

    pub(super) fn number(&mut self, node: &Node, key: &str) -> Option<f64> {
        match node.get(key).map(|value| (&value.value, value.at))? {
            (Plain::Number(number), _) => Some(*number),
            (_, at) => {
                self.add(
                    "TW004",
                    at,
                    format!("`{key}` wants a number."),
                    String::new(),
                );
                None
            }
        }
    }

    /// Texts: one alone or a list.
    pub(super) fn texts(&mut self, node: &Node, key: &str) -> Vec<String> {
        let Some(value) = node.get(key) else {
            return Vec::new();
        };
        let items = value.items();
        if let Some(wrong) = items.iter().find(|item| !item.is_scalar()) {
            self.add(
                "TW004",
                wrong.at,
                format!("`{key}` wants texts."),
                quotes(wrong),
            );
        }
        items
            .iter()
            .filter(|item| item.is_scalar())
            .map(|item| item.text())
            .collect()
    }
}

/// `{{ a }}` without quotes is a map to YAML.
fn quotes(node: &Node) -> String {
    match node.value {
        Plain::Map(_) => {
            "A text that begins with `{{` or holds `: ` needs quotes around it.".into()
        }
        _ => String::new(),
    }
}

/// "Did you mean …?", where something is near.
pub(super) fn near(name: &str, known: &[&str]) -> String {
    let best = known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(name, k), *k))
        .min();
    match best {
        Some((distance, best)) if distance <= 2.max(best.len() / 3) => {
            format!("Did you mean `{best}`?")
        }
        _ => format!("There are {}.", known.join(", ")),
    }
}

fn close(name: &str, key: &str) -> bool {
    name != key && strsim::damerau_levenshtein(name, key) <= 2
}
