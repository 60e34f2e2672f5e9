//! SOQL statements from names that describe knows and values that are escaped here, in one place.
//! Running them is left to `operation`; no text of a user is ever an identifier.

use jiff::Timestamp;
use serde_json::Value;
use turnwise_engine::facts::{FieldFacts, ObjectFacts};

/// A text as a quoted SOQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", escape(text))
}

/// A text as a LIKE pattern that finds it anywhere.
pub fn like(text: &str) -> String {
    let inner = escape(text).replace('%', "\\%").replace('_', "\\_");
    format!("'%{inner}%'")
}

/// The fields that words are looked for in, as far as the object has them.
const SEARCHED: &[&str] = &[
    "Name",
    "Company",
    "Email",
    "Phone",
    "MobilePhone",
    "City",
    "Title",
    "State",
    "Country",
    "Website",
    "StageName",
];

/// The fields read for a list that names none.
const LISTED: &[&str] = &[
    "Name",
    "FirstName",
    "LastName",
    "Company",
    "Title",
    "Email",
    "Phone",
    "City",
    "Status",
    "LeadSource",
    "Rating",
    "Industry",
    "Website",
    "Country",
    "StageName",
    "CloseDate",
    "Amount",
    "Probability",
    "AccountId",
    "OwnerId",
    "CreatedDate",
    "LastModifiedDate",
];

/// These fields beside the usual ones; none where none is named.
pub(super) fn and_usual(mut names: Vec<String>) -> Vec<String> {
    if !names.is_empty() {
        names.extend(LISTED.iter().map(|name| (*name).to_owned()));
    }
    names
}

/// The SELECT list: Id and Name, and the named fields, or the usual ones.
pub(super) fn select(object: &ObjectFacts, names: &[String]) -> String {
    let wanted: Vec<&str> = if names.is_empty() {
        LISTED.to_vec()
    } else {
        std::iter::once("Name")
            .chain(names.iter().map(String::as_str))
            .collect()
    };
    let mut list = vec!["Id"];
    for name in wanted {
        if let Some(field) = field(object, name)
            && !list.contains(&field.name.as_str())
        {
            list.push(&field.name);
        }
    }
    list.join(", ")
}

/// The condition that this word stands in one of the searched fields.
pub(super) fn word(object: &ObjectFacts, word: &str) -> String {
    any(object, SEARCHED, &like(word))
}

/// The condition that a phone has these digits in this order, whatever stands between them.
pub(super) fn phone(object: &ObjectFacts, digits: &str) -> String {
    let spread: Vec<String> = digits.chars().map(String::from).collect();
    any(
        object,
        &["Phone", "MobilePhone"],
        &format!("'%{}%'", spread.join("%")),
    )
}

/// Characters of a text that can still be filtered by.
const SHORT: usize = 255;

/// The conditions of a `where` map, or the name that the object does not have.
pub(super) fn conditions(object: &ObjectFacts, map: &Value) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for (name, value) in map.as_object().into_iter().flatten() {
        let field = field(object, name).ok_or_else(|| name.clone())?;
        if value["found"] == Value::Bool(false) {
            continue;
        }
        all.push(condition(field, value).ok_or_else(|| name.clone())?);
    }
    Ok(all)
}

/// What a `where` map asks of long texts, which SOQL filters by none of, and the map without it.
pub(super) fn long_texts(object: &ObjectFacts, map: &Value) -> (Vec<String>, Value) {
    let long = |name: &str| {
        field(object, name).is_some_and(|field| field.kind == "textarea" && field.length > SHORT)
    };
    let entries = map.as_object().into_iter().flatten();
    let (texts, rest): (Vec<_>, Vec<_>) = entries.partition(|(name, _)| long(name));
    let texts = texts.into_iter().filter_map(|(_, value)| value.as_str());
    let rest = rest
        .into_iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    (texts.map(str::to_owned).collect(), rest.collect())
}

/// `Field desc` as an ORDER BY, if describe knows the field.
pub(super) fn order(object: &ObjectFacts, order: &str) -> Option<String> {
    let mut words = order.split_whitespace();
    let field = field(object, words.next()?)?;
    let way = match words.next() {
        Some(way) if way.eq_ignore_ascii_case("desc") => "DESC NULLS LAST",
        _ => "ASC",
    };
    Some(format!("{} {way}", field.name))
}

/// The condition that a field has just this value; `None` where the value is not of the field's type.
pub(super) fn equals(field: &FieldFacts, value: &Value) -> Option<String> {
    // The org trims what it saves.
    let trimmed = value.as_str().map(|text| Value::from(text.trim()));
    let operand = operand(field, trimmed.as_ref().unwrap_or(value))?;
    Some(format!("{} = {operand}", field.name))
}

/// A time as the org writes it, `2026-11-24T14:23:24.000+0000`.
pub(super) fn timestamp(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A time of the org as an HTTP date.
pub(super) fn http_date(value: &Value) -> Option<String> {
    let at = timestamp(value)?;
    Some(at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// A field by its name in any case.
pub(super) fn field<'a>(object: &'a ObjectFacts, name: &str) -> Option<&'a FieldFacts> {
    object.fields.get(&name.to_lowercase())
}

fn any(object: &ObjectFacts, names: &[&str], pattern: &str) -> String {
    let known = names.iter().filter_map(|name| field(object, name));
    let all: Vec<String> = known
        .map(|field| format!("{} LIKE {pattern}", field.name))
        .collect();
    if all.is_empty() {
        return "Id = null".to_owned();
    }
    format!("({})", all.join(" OR "))
}

fn condition(field: &FieldFacts, value: &Value) -> Option<String> {
    let name = &field.name;
    match value {
        Value::Null => Some(format!("{name} = null")),
        Value::Array(list) => {
            let all: Option<Vec<String>> = list.iter().map(|one| operand(field, one)).collect();
            let all = all?;
            if all.is_empty() {
                return Some("Id = null".to_owned());
            }
            Some(format!("{name} IN ({})", all.join(", ")))
        }
        Value::Object(map) if map.contains_key("not") => match &map["not"] {
            Value::Null => Some(format!("{name} != null")),
            Value::Array(list) => {
                let all: Option<Vec<String>> = list.iter().map(|one| operand(field, one)).collect();
                Some(format!("{name} NOT IN ({})", all?.join(", ")))
            }
            other => Some(format!("{name} != {}", operand(field, other)?)),
        },
        Value::Object(map) if map.contains_key("from") || map.contains_key("to") => {
            let mut ends = Vec::new();
            for (end, sign) in [("from", ">="), ("to", "<=")] {
                match map.get(end) {
                    None | Some(Value::Null) => {}
                    Some(bound) => {
                        let bound = operand(field, bound)?;
                        // A day as the end of a range of times means the whole day.
                        let bound = if end == "to" {
                            bound.replace("T00:00:00Z", "T23:59:59Z")
                        } else {
                            bound
                        };
                        ends.push(format!("{name} {sign} {bound}"));
                    }
                }
            }
            Some(if ends.is_empty() {
                format!("{name} != null")
            } else {
                format!("({})", ends.join(" AND "))
            })
        }
        // A web address is found however it was typed when it was saved.
        Value::String(text) if field.kind == "url" => {
            Some(format!("{name} LIKE {}", like(bare_address(text))))
        }
        Value::String(text) if matches!(field.kind.as_str(), "string" | "email" | "phone") => {
            Some(format!("{name} LIKE {}", like(text)))
        }
        other => Some(format!("{name} = {}", operand(field, other)?)),
    }
}

/// A web address without its scheme, `www.` and the last slash.
fn bare_address(typed: &str) -> &str {
    let rest = typed.split_once("://").map_or(typed, |(_, rest)| rest);
    let www = rest.get(..4).filter(|it| it.eq_ignore_ascii_case("www."));
    rest[www.map_or(0, str::len)..].trim_end_matches('/')
}

/// A value as a literal of the field's type; `None` where it is not of that type.
fn operand(field: &FieldFacts, value: &Value) -> Option<String> {
    let value = super::shape::plain_value(field, value)?;
    match field.kind.as_str() {
        "int" | "double" | "currency" | "percent" => match &value {
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => text.parse::<f64>().ok().map(|_| text.clone()),
            _ => None,
        },
        "boolean" => value.as_bool().map(|yes| yes.to_string()),
        "date" => {
            let day: jiff::civil::Date = value.as_str()?.get(..10)?.parse().ok()?;
            Some(day.to_string())
        }
        "datetime" => {
            let text = value.as_str()?;
            if let Ok(at) = text.parse::<Timestamp>() {
                return Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
            }
            let day: jiff::civil::Date = text.parse().ok()?;
            Some(format!("{day}T00:00:00Z"))
        }
        _ => match &value {
            Value::String(text) => Some(literal(text)),
            Value::Number(number) => Some(literal(&number.to_string())),
            Value::Bool(yes) => Some(literal(&yes.to_string())),
            _ => None,
        },
    }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => safe.push_str("\\\\"),
            '\'' => safe.push_str("\\'"),
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_leaves_its_literal() {
        for (given, quoted, pattern) in [
            ("O'Neil", r"'O\'Neil'", r"'%O\'Neil%'"),
            (
                r"a\' OR Id != null",
                r"'a\\\' OR Id != null'",
                r"'%a\\\' OR Id != null%'",
            ),
            ("50%_x", "'50%_x'", r"'%50\%\_x%'"),
            ("a\nb\r\t\u{0}", r"'a\nb\r\t'", r"'%a\nb\r\t%'"),
            ("", "''", "'%%'"),
        ] {
            assert_eq!(literal(given), quoted);
            assert_eq!(like(given), pattern);
        }
    }

    #[test]
    fn a_long_text_is_no_condition_but_words() {
        let field = |name: &str, length: usize| {
            let facts = FieldFacts {
                name: name.to_owned(),
                kind: "textarea".to_owned(),
                length,
                ..FieldFacts::default()
            };
            (name.to_lowercase(), facts)
        };
        let object = ObjectFacts {
            fields: [field("Description", 32_000), field("Street", 255)].into(),
            ..ObjectFacts::default()
        };
        let map = json!({ "Description": "a demo", "Street": "Mill Lane" });
        assert_eq!(
            long_texts(&object, &map),
            (vec!["a demo".to_owned()], json!({ "Street": "Mill Lane" }))
        );
    }

    #[test]
    fn a_web_address_is_looked_for_without_what_is_typed_by_some_and_not_by_others() {
        for typed in [
            "fernhill.com",
            "https://fernhill.com",
            "http://www.fernhill.com/",
            "WWW.fernhill.com",
        ] {
            assert_eq!(bare_address(typed), "fernhill.com", "{typed}");
        }
        assert_eq!(bare_address("https://fernhill.com/de/"), "fernhill.com/de");
        assert_eq!(bare_address("www."), "");
        assert_eq!(bare_address("ÄÖ.de"), "ÄÖ.de");
    }
}
