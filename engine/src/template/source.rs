//! YAML as a tree of nodes that know where they stand, so that every problem of a file can be told at once and in place.
//! What the keys mean is the reader's; here is only what YAML says.

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DuplicateKeyPolicy, Location, Spanned};
use sha2::{Digest, Sha256};

/// A file by name and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As it is named in diagnostics: a path, or `salesforce/create_lead` in the library.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// What tells two versions of a file apart: SHA-256 of its text, 16 hex digits.
    pub fn digest(&self) -> String {
        digest(&self.text)
    }
}

/// SHA-256 of a text, its first 16 hex digits.
pub(super) fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The files of a bot.
#[derive(Debug, Clone)]
pub struct Sources {
    /// `bot.yaml`.
    pub bot: Option<Source>,
    /// The templates of its folder.
    pub files: Vec<Source>,
    /// The library's.
    pub library: Vec<Source>,
    /// The standard responses.
    pub repair: Source,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Which of the sources, by its number in the list of all of them.
    pub file: usize,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// First byte in the file.
    pub start: usize,
    /// The byte after the last; the same as `start` for a map or list that is written over several lines.
    pub end: usize,
}

impl Place {
    /// The place of these bytes of a file's text.
    pub(super) fn of(file: usize, text: &str, span: std::ops::Range<usize>) -> Place {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            file,
            line: before.matches('\n').count() + 1,
            column: before[line..].chars().count() + 1,
            start: span.start,
            end: span.end,
        }
    }
}

/// A value of a YAML file and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What stands there.
    pub value: Plain,
    /// Where.
    pub at: Place,
    /// A number or boolean as it was written: a version `1.10` is no `1.1`.
    pub written: Option<String>,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order it was written; a key may stand twice.
    Map(Vec<(Node, Node)>),
}

/// Most parts of a file: its keys, values, lists and maps.
const MOST: usize = 50_000;
/// Deepest nesting.
const DEEPEST: usize = 60;

/// Reads the file of this number; what is not YAML is told with its place. Of a key that stands twice the tree keeps the
/// first; the places of the others come back beside it, each with the line of its first.
#[allow(
    clippy::type_complexity,
    reason = "two answers that are taken apart at once"
)]
pub fn parse(text: &str, file: usize) -> Result<(Node, Vec<(Node, usize)>), (Place, String)> {
    let options = serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        budget: serde_yaml::budget! {
            max_events: 200_000,
            max_nodes: MOST,
            max_depth: DEEPEST,
            max_aliases: 200,
            max_anchors: 20,
        },
    };
    match serde_yaml::from_str_with_options::<Node>(text, options) {
        Ok(mut node) => {
            let mut twice = Vec::new();
            settle(&mut node, text, file, &mut twice);
            Ok((node, twice))
        }
        Err(error) => {
            let at = error.location();
            let line = at.map_or(1, |at| at.line() as usize).max(1);
            let column = at.map_or(1, |at| at.column() as usize).max(1);
            Err((
                at_line(text, file, line, column),
                what(&error.without_snippet().to_string()),
            ))
        }
    }
}

/// The reader's sentence, as far as it is for a person.
fn what(said: &str) -> String {
    let first = said.lines().next().unwrap_or_default();
    let first = first.split_once(": line ").map_or(first, |(what, _)| what);
    let first = first.strip_prefix("error: ").unwrap_or(first);
    if first.contains("Depth") || first.contains("recursion limit") {
        return format!("it is nested more than {DEEPEST} deep");
    }
    if first.contains("budget breached") {
        return format!(
            "it is too large for one file, which has up to {MOST} parts; what an alias stands for counts each time"
        );
    }
    match first.find(" at line ") {
        Some(end) => first[..end].to_owned(),
        None if first.is_empty() => "it can't be read".to_owned(),
        None => first.trim_end_matches('.').to_owned(),
    }
}

fn at_line(text: &str, file: usize, line: usize, column: usize) -> Place {
    let before: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let rest = text.get(before..).unwrap_or_default();
    let within = rest
        .char_indices()
        .nth(column - 1)
        .map_or(rest.len(), |(at, _)| at);
    let start = before + within.min(rest.find('\n').unwrap_or(rest.len()));
    Place {
        file,
        line,
        column,
        start,
        end: start,
    }
}

/// Says whose file it is, keeps numbers as written, and takes out keys that stand twice.
fn settle(node: &mut Node, text: &str, file: usize, twice: &mut Vec<(Node, usize)>) {
    node.at.file = file;
    match &mut node.value {
        Plain::Number(_) | Plain::Bool(_) => {
            node.written = text.get(node.at.start..node.at.end).map(str::to_owned);
        }
        Plain::List(items) => {
            for item in items {
                settle(item, text, file, twice);
            }
        }
        Plain::Map(entries) => {
            for (key, value) in entries.iter_mut() {
                settle(key, text, file, twice);
                settle(value, text, file, twice);
            }
            let mut kept: Vec<(Node, Node)> = Vec::with_capacity(entries.len());
            for (key, value) in entries.drain(..) {
                match kept.iter().find(|(first, _)| first.text() == key.text()) {
                    Some((first, _)) => twice.push((key, first.at.line)),
                    None => kept.push((key, value)),
                }
            }
            *entries = kept;
        }
        Plain::Null | Plain::Text(_) => {}
    }
}

impl Node {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Plain::Map(entries) => entries
                .iter()
                .find(|(k, _)| k.text() == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// A scalar as text; nothing for lists and maps.
    pub fn text(&self) -> String {
        match &self.value {
            Plain::Text(text) => text.clone(),
            Plain::Bool(value) => self.written.clone().unwrap_or_else(|| value.to_string()),
            Plain::Number(value) => self.written.clone().unwrap_or_else(|| value.to_string()),
            Plain::Null | Plain::List(_) | Plain::Map(_) => String::new(),
        }
    }

    /// The entries of a map.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.value {
            Plain::Map(entries) => entries,
            _ => &[],
        }
    }

    /// A list's items; anything else stands alone. Nothing for null.
    pub fn items(&self) -> Vec<&Node> {
        match &self.value {
            Plain::List(items) => items.iter().collect(),
            Plain::Null => Vec::new(),
            _ => vec![self],
        }
    }

    /// The same map with another value for a key, which stands last if it is new.
    pub(super) fn set(&mut self, key: Node, value: Node) {
        let Plain::Map(entries) = &mut self.value else {
            return;
        };
        match entries.iter_mut().find(|(k, _)| k.text() == key.text()) {
            Some(entry) => *entry = (key, value),
            None => entries.push((key, value)),
        }
    }

    /// The value of a key, to be changed.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        match &mut self.value {
            Plain::Map(entries) => entries
                .iter_mut()
                .find(|(k, _)| k.text() == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// A node of ours at the place of this one.
    pub(super) fn beside(&self, value: Plain) -> Node {
        Node {
            value,
            at: self.at,
            written: None,
        }
    }

    /// Whether it is a text, number or boolean.
    pub fn is_scalar(&self) -> bool {
        matches!(
            self.value,
            Plain::Text(_) | Plain::Number(_) | Plain::Bool(_)
        )
    }

    /// As JSON.
    pub fn json(&self) -> crate::Value {
        match &self.value {
            Plain::Null => crate::Value::Null,
            Plain::Bool(value) => (*value).into(),
            Plain::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                (*value as i64).into()
            }
            Plain::Number(value) => (*value).into(),
            Plain::Text(text) => text.clone().into(),
            Plain::List(items) => items.iter().map(Node::json).collect(),
            Plain::Map(entries) => crate::Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| (key.text(), value.json()))
                    .collect(),
            ),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        let Spanned {
            value, referenced, ..
        } = Spanned::<Plain>::deserialize(deserializer)?;
        Ok(Node {
            value,
            at: place(&referenced),
            written: None,
        })
    }
}

fn place(at: &Location) -> Place {
    let span = at.span();
    let start = span.byte_offset().unwrap_or_default() as usize;
    Place {
        file: 0,
        line: at.line() as usize,
        column: at.column() as usize,
        start,
        end: start + span.byte_len().unwrap_or_default() as usize,
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Plain, D::Error> {
        deserializer.deserialize_any(PlainVisitor)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Plain, E> {
        Ok(Plain::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Plain, E> {
        Ok(Plain::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Plain, D::Error> {
        Plain::deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Plain, E> {
        Ok(Plain::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Plain, E> {
        Ok(Plain::Number(value as f64))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Plain, E> {
        Ok(Plain::Number(value as f64))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Plain, E> {
        Ok(Plain::Number(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Plain, E> {
        Ok(Plain::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Plain, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Plain::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Plain, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Plain::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node {
        parse(text, 0).unwrap().0
    }

    #[test]
    fn a_yes_is_a_text_and_every_node_knows_its_place() {
        let node = tree("a: yes\nb:\n  - 1\n  - no\n");
        assert_eq!(node.get("a").unwrap().value, Plain::Text("yes".into()));
        let no = node.get("b").unwrap().items()[1].clone();
        assert_eq!(no.value, Plain::Text("no".into()));
        assert_eq!((no.at.line, no.at.column, no.at.start), (4, 5, 20));
    }

    #[test]
    fn of_a_key_that_stands_twice_the_first_counts() {
        let (node, twice) = parse("a: 1\na: 2\n", 0).unwrap();
        assert_eq!(node.get("a").unwrap().text(), "1");
        assert_eq!((twice[0].0.at.line, twice[0].1), (2, 1));
    }

    #[test]
    fn a_number_keeps_how_it_was_written() {
        assert_eq!(tree("version: 1.10").get("version").unwrap().text(), "1.10");
    }

    #[test]
    fn what_is_not_yaml_is_told_with_its_place() {
        let (at, _) = parse("a: [1, 2\nb: 3\n", 0).unwrap_err();
        assert!(at.line >= 1);
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            let all = vec![format!("*a{}", n - 1); 10].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{all}]\n"));
        }
        let (_, what) = parse(&text, 0).unwrap_err();
        assert!(what.contains("an alias"), "{what}");
    }

    #[test]
    fn nesting_without_end_is_refused() {
        for text in [
            "[".repeat(100_000),
            "a: {".repeat(100_000),
            "- ".repeat(100_000),
        ] {
            let (_, what) = parse(&text, 0).unwrap_err();
            assert!(what.contains("more than 60 deep"), "{what}");
        }
    }
}
