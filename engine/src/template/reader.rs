//! Takes the keys of a map one by one and remembers every problem: unknown keys with what was meant, keys that stand
//! twice, values of the wrong kind. Which keys there are is told by whoever reads.

use std::sync::Arc;

use super::source::{Node, Place, Plain, Source};
use crate::diagnostic::{Diagnostic, Severity};

/// The problems of one file as they are found.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// The file that is read, for what has no place.
    pub(super) file: String,
    /// All files, for the places.
    pub(super) sources: Arc<Vec<Source>>,
    pub(super) found: Vec<Diagnostic>,
}

impl Problems {
    pub(super) fn add(&mut self, code: &'static str, at: Place, message: String, help: String) {
        self.push(code, Severity::Error, at, message, help);
    }

    pub(super) fn warn(&mut self, code: &'static str, at: Place, message: String, help: String) {
        self.push(code, Severity::Warning, at, message, help);
    }

    pub(super) fn note(&mut self, code: &'static str, at: Place, message: String, help: String) {
        self.push(code, Severity::Note, at, message, help);
    }

    fn push(
        &mut self,
        code: &'static str,
        severity: Severity,
        at: Place,
        message: String,
        help: String,
    ) {
        let source = self.sources.get(at.file);
        let diagnostic = Diagnostic {
            code,
            severity,
            file: source.map_or_else(|| self.file.clone(), |source| source.name.clone()),
            line: at.line.max(1),
            column: at.column.max(1),
            message,
            help,
            span: at.start..at.end,
        };
        // A shared file is read for every template that includes it: what is wrong with it is told once.
        if !self.found.contains(&diagnostic) {
            self.found.push(diagnostic);
        }
    }

    /// The place of a part of a text: in the file where the text stands there as it reads, else that of the whole.
    pub(super) fn within(&self, node: &Node, span: &std::ops::Range<usize>) -> Place {
        let whole = node.at;
        let text = node.text();
        let part = || {
            let source = &self.sources.get(whole.file)?.text;
            let start = whole.start + source.get(whole.start..whole.end)?.find(&text)? + span.start;
            let end = start + span.len();
            source.get(start..end)?;
            Some(Place::of(whole.file, source, start..end))
        };
        part().unwrap_or(whole)
    }

    /// Every key of a map must be one of these.
    pub(super) fn keys(&mut self, node: &Node, place: &str, known: &[&str]) {
        let Plain::Map(entries) = &node.value else {
            self.add(
                "TW004",
                node.at,
                format!("{place} wants keys and values; this is {}.", kind(node)),
                String::new(),
            );
            return;
        };
        for (key, _) in entries {
            let name = key.text();
            if !known.contains(&name.as_str()) {
                self.add(
                    "TW002",
                    key.at,
                    format!("`{name}` is not a key of {place}."),
                    near(&name, known),
                );
            }
        }
    }

    /// One of a few words; the first where nothing is said.
    pub(super) fn one_of<'w>(&mut self, node: &Node, key: &str, words: &[&'w str]) -> &'w str {
        let first = words.first().copied().unwrap_or_default();
        let Some(value) = node.get(key) else {
            return first;
        };
        let text = value.text();
        if let Some(word) = words.iter().find(|word| **word == text) {
            return word;
        }
        let known: Vec<&str> = words
            .iter()
            .filter(|word| !word.is_empty())
            .copied()
            .collect();
        let message = format!("`{key}` wants {}; this is `{text}`.", listed(&known, "or"));
        self.add("TW004", value.at, message, String::new());
        first
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
            format!("`{key}` wants a text; this is {}.", kind(value)),
            quotes(value),
        );
        None
    }

    /// A text that must be there. A key that is only misspelt is not told twice.
    pub(super) fn need(&mut self, node: &Node, key: &str, place: &str) -> Option<String> {
        self.must_have(node, key, place)
            .then(|| self.text(node, key))?
    }

    /// Whether a key is there; told where it is not, unless it is only misspelt.
    pub(super) fn must_have(&mut self, node: &Node, key: &str, place: &str) -> bool {
        if node.get(key).is_some() {
            return true;
        }
        let misspelt = node
            .entries()
            .iter()
            .any(|(other, _)| close(&other.text(), key));
        if !misspelt {
            let at = node
                .entries()
                .first()
                .map_or(node.at, |(first, _)| first.at);
            self.add(
                "TW005",
                at,
                format!("{place} needs `{key}`."),
                String::new(),
            );
        }
        false
    }

    pub(super) fn flag(&mut self, node: &Node, key: &str) -> bool {
        match node.get(key) {
            None => false,
            Some(Node {
                value: Plain::Bool(flag),
                ..
            }) => *flag,
            Some(other) => {
                let message = format!("`{key}` wants true or false; this is {}.", kind(other));
                self.add("TW004", other.at, message, String::new());
                false
            }
        }
    }

    pub(super) fn number(&mut self, node: &Node, key: &str) -> Option<f64> {
        match node.get(key)? {
            Node {
                value: Plain::Number(number),
                ..
            } => Some(*number),
            other => {
                let message = format!("`{key}` wants a number; this is {}.", kind(other));
                self.add("TW004", other.at, message, String::new());
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
                format!("`{key}` wants texts; this is {}.", kind(wrong)),
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

fn kind(node: &Node) -> &'static str {
    match node.value {
        Plain::Null => "nothing",
        Plain::Bool(_) => "true or false",
        Plain::Number(_) => "a number",
        Plain::Text(_) => "a text",
        Plain::List(_) => "a list",
        Plain::Map(_) => "keys and values",
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
    match (nearest(name, known), known) {
        (Some(best), _) => format!("Did you mean `{best}`?"),
        (None, []) => String::new(),
        (None, [one]) => format!("There is `{one}`."),
        (None, many) => format!("There are {}.", listed(many, "and")),
    }
}

/// The known name that another may have been meant as.
pub(crate) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let all = known.iter();
    let best = all.map(|known| (strsim::damerau_levenshtein(name, known), *known));
    let (distance, best) = best.min()?;
    (distance <= 2.max(best.len() / 3)).then_some(best)
}

/// "a, b and c".
pub(super) fn listed(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [all @ .., end] => format!("`{}` {last} `{end}`", all.join("`, `")),
    }
}

fn close(name: &str, key: &str) -> bool {
    name != key && strsim::damerau_levenshtein(name, key) <= 2
}
