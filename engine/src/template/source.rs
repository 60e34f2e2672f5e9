//! YAML as a tree of nodes that know where they stand, so that every problem of a file can be told at once and in place.
//! What the keys mean is the reader's; here is only what YAML says.

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DuplicateKeyPolicy, Location, Spanned};

/// A file by name and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As it is named in diagnostics: a path, or `salesforce/create_lead` in the library.
    pub name: String,
    /// Its text.
    pub text: String,
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

/// A value of a YAML file and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What stands there.
    pub value: Plain,
    /// Line and column, from 1.
    pub at: (usize, usize),
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

/// Reads a file; what is not YAML is told with its place.
pub fn parse(text: &str) -> Result<Node, ((usize, usize), String)> {
    let options = serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
    };
    serde_yaml::from_str_with_options::<Node>(text, options).map_err(|error| {
        let at = error
            .location()
            .map_or((1, 1), |at| (at.line() as usize, at.column() as usize));
        (
            at,
            error
                .to_string()
                .lines()
                .next()
                .unwrap_or("it can't be read")
                .to_owned(),
        )
    })
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
            Plain::Bool(value) => value.to_string(),
            Plain::Number(value) => value.to_string(),
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

    /// A list's items; anything else stands alone (template-language.md, idea 5). Nothing for null.
    pub fn items(&self) -> Vec<&Node> {
        match &self.value {
            Plain::List(items) => items.iter().collect(),
            Plain::Null => Vec::new(),
            _ => vec![self],
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
        })
    }
}

fn place(at: &Location) -> (usize, usize) {
    (at.line() as usize, at.column() as usize)
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

    #[test]
    fn a_yes_is_a_text_and_every_node_knows_its_place() {
        let node = parse("a: yes\nb:\n  - 1\n  - no\n").unwrap();
        assert_eq!(node.get("a").unwrap().value, Plain::Text("yes".into()));
        assert_eq!(
            node.get("b").unwrap().items()[1].value,
            Plain::Text("no".into())
        );
        assert_eq!(node.get("b").unwrap().items()[1].at, (4, 5));
    }

    #[test]
    fn a_key_that_stands_twice_arrives_twice() {
        let node = parse("a: 1\na: 2\n").unwrap();
        assert_eq!(node.entries().len(), 2);
    }

    #[test]
    fn what_is_not_yaml_is_told_with_its_place() {
        let (at, _) = parse("a: [1, 2\nb: 3\n").unwrap_err();
        assert!(at.0 >= 1);
    }
}
