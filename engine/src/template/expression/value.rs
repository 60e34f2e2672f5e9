//! The values that texts and conditions work on: what is empty, what prints as people read it and compares as its JSON,
//! records and lists with their fields. How they are put into a scope is the dialog's.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Serde};

use super::Shown;
use crate::Value;

/// A value as JSON: what stands behind what is shown.
pub(super) fn plain(value: &Shown) -> Value {
    if let Some(row) = value.downcast_object_ref::<Row>() {
        return row.value.clone();
    }
    if let Some(typed) = value.downcast_object_ref::<Typed>() {
        return typed.value.clone();
    }
    if let Some(one) = value.downcast_object_ref::<Filled>() {
        return one.value.clone();
    }
    if value.downcast_object_ref::<Empty>().is_some() {
        return Value::Null;
    }
    if let Ok(items) = value.try_iter()
        && matches!(
            value.kind(),
            minijinja::value::ValueKind::Seq | minijinja::value::ValueKind::Iterable
        )
    {
        return Value::Array(items.map(|item| plain(&item)).collect());
    }
    serde_json::to_value(value).unwrap_or_default()
}

/// An unfilled name: false, prints nothing, whatever is asked of it is empty too.
pub fn empty() -> Shown {
    Shown::from_object(Empty)
}

/// A value as expressions work with it: a text is its own JSON, so that `==` and `length` hold; what has parts prints as
/// `text`. How a text is shown to people is put beside it (`Scope::put_shown`).
pub fn shown(text: String, value: &Value) -> Shown {
    match value {
        Value::Object(_) => Shown::from_object(Typed {
            text,
            value: value.clone(),
        }),
        other => Shown::from(Serde(other)),
    }
}

/// The values of a `list` slot, each with its text: a sequence that prints joined.
pub fn sequence(items: Vec<Shown>) -> Shown {
    Shown::from_object(Several { items })
}

/// A filled slot among `filled`: prints its value as people read it, and has the slot's `.label`.
pub fn filled(label: &str, text: String, value: &Value) -> Shown {
    Shown::from_object(Filled {
        label: label.to_owned(),
        text,
        value: value.clone(),
    })
}

/// A record: prints its name; its fields by their CRM names, and `.label .url .found .changes`.
pub fn record(value: &Value) -> Shown {
    Shown::from_object(Row {
        value: value.clone(),
    })
}

/// A list of records: `.total`, `.shown`, and its rows.
pub fn list(value: &Value) -> Shown {
    Shown::from_object(Row {
        value: value.clone(),
    })
}

#[derive(Debug)]
struct Empty;

impl Object for Empty {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, _key: &Shown) -> Option<Shown> {
        Some(empty())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn render(self: &Arc<Self>, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

#[derive(Debug)]
struct Typed {
    text: String,
    value: Value,
}

impl Object for Typed {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Shown) -> Option<Shown> {
        self.value
            .get(key.as_str()?)
            .map(|value| Shown::from(Serde(value)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.text.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[derive(Debug)]
struct Several {
    items: Vec<Shown>,
}

impl Object for Several {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Shown) -> Option<Shown> {
        self.items.get(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, item) in self.items.iter().enumerate() {
            if n > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{item}")?;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Filled {
    label: String,
    text: String,
    value: Value,
}

impl Object for Filled {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Shown) -> Option<Shown> {
        (key.as_str()? == "label").then(|| Shown::from(self.label.clone()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["label"])
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[derive(Debug)]
struct Row {
    value: Value,
}

impl Object for Row {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Shown) -> Option<Shown> {
        if let Some(n) = key.as_usize() {
            return self.value["rows"].get(n).map(record);
        }
        let key = key.as_str()?;
        let value = match key {
            "label" | "Name" => &self.value["name"],
            "found" => return Some(Shown::from(self.value["found"] != Value::Bool(false))),
            "shown" => {
                return Some(Shown::from(
                    self.value["rows"].as_array().map_or(0, Vec::len),
                ));
            }
            "url" | "total" | "changes" | "object" => &self.value[key],
            "Id" => &self.value["id"],
            _ => &self.value["fields"][key],
        };
        match (key, value) {
            ("changes", Value::Array(changes)) => {
                Some(Shown::from_iter(changes.iter().map(change)))
            }
            (_, Value::Null) => Some(empty()),
            (_, value) => Some(Shown::from(Serde(value))),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.value["rows"].as_array() {
            Some(rows) => Enumerator::Values(rows.iter().map(record).collect()),
            None => Enumerator::Empty,
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.value.is_null() && self.value["total"] != 0
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            self.value["name"]
                .as_str()
                .or(self.value["text"].as_str())
                .unwrap_or_default(),
        )
    }
}

/// "Phone: +1 206-555-0102 → +1 206-555-0199", with its parts.
fn change(change: &Value) -> Shown {
    let part = |name: &str| {
        change[name]
            .as_str()
            .filter(|text| !text.is_empty())
            .unwrap_or("–")
            .to_owned()
    };
    let text = format!("{}: {} → {}", part("label"), part("old"), part("new"));
    Shown::from_object(Typed {
        text,
        value: change.clone(),
    })
}
