//! Checks the body of a save field by field and turns its values into the form in which they are kept.
//! Rules that span fields or records are left to `record`.

use serde_json::{Value, json};

use super::Record;
use crate::clock;
use crate::id;
use crate::org::State;
use crate::refusal::Refusal;
use crate::schema::{Field, Kind, Object};

/// What is being done to the record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Create,
    Update,
}

/// The body with canonical names and kept values, or the first thing that is wrong with it.
pub(super) fn body(
    state: &State,
    object: &Object,
    body: &Record,
    change: Change,
    raw: &str,
) -> Result<Record, Refusal> {
    let mut fields = Vec::new();
    for (name, value) in body.iter().filter(|(name, _)| *name != "attributes") {
        fields.push((known(object, name)?, value));
    }
    if fields.iter().any(|(field, _)| field.kind == Kind::Id) {
        return Err(match change {
            Change::Create => Refusal::new(
                400,
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                "cannot specify Id in an insert call",
            )
            .on(["Id"]),
            Change::Update => Refusal::new(
                400,
                "INVALID_FIELD",
                "The Id field should not be specified in the sobject data.",
            ),
        });
    }
    let fixed: Vec<&str> = fields
        .iter()
        .filter(|(field, _)| match change {
            Change::Create => !field.createable,
            Change::Update => !field.updateable,
        })
        .map(|(field, _)| field.name)
        .collect();
    if !fixed.is_empty() {
        let message = format!(
            "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
            fixed.join(", ")
        );
        return Err(Refusal::new(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message).on(fixed));
    }
    let mut record = Record::new();
    for (field, value) in fields {
        let value = convert(field, value, raw)?;
        allowed(state, field, &value)?;
        record.insert(field.name.into(), value);
    }
    Ok(record)
}

/// The value of a seed: of the right type, but free of the rules that bind users.
pub(crate) fn loosely(field: &Field, value: &Value) -> Result<Value, String> {
    convert(field, value, "").map_err(|refusal| refusal.message)
}

fn known<'a>(object: &'a Object, name: &str) -> Result<&'a Field, Refusal> {
    object.field(name).ok_or_else(|| {
        Refusal::new(
            400,
            "INVALID_FIELD",
            format!("No such column '{name}' on sobject of type {}", object.name),
        )
    })
}

fn convert(field: &Field, value: &Value, raw: &str) -> Result<Value, Refusal> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let wrong = || unreadable(field, value, raw);
    match field.kind {
        Kind::Boolean => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) => match text.as_str() {
                "true" => Ok(json!(true)),
                "false" => Ok(json!(false)),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        },
        Kind::Int | Kind::Double | Kind::Currency | Kind::Percent => {
            if value.as_str().is_some_and(|text| text.trim().is_empty()) {
                return Ok(Value::Null);
            }
            number(field, value).unwrap_or_else(|| Err(wrong()))
        }
        _ => {
            let text = value.as_str().ok_or_else(wrong)?.trim();
            if text.is_empty() {
                return Ok(Value::Null);
            }
            match field.kind {
                Kind::Date => date(text).map(|d| json!(d)).ok_or_else(wrong),
                Kind::DateTime => clock::read_datetime(text)
                    .map(|at| json!(clock::datetime(at)))
                    .ok_or_else(wrong),
                Kind::Reference | Kind::Id => match id::read(text) {
                    Some(id) => Ok(json!(id)),
                    None => Err(wrong_id(field, text)),
                },
                _ => Ok(json!(text)),
            }
        }
    }
}

/// A date, or the day of a time.
fn date(text: &str) -> Option<String> {
    if clock::read_date(text).is_some() {
        return Some(text.to_owned());
    }
    let (day, _) = text.split_once('T')?;
    clock::read_datetime(text)?;
    clock::read_date(day)?;
    Some(day.to_owned())
}

/// `None` when it is no number at all.
fn number(field: &Field, value: &Value) -> Option<Result<Value, Refusal>> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite())?,
        _ => return None,
    };
    if field.kind == Kind::Int && number.fract() != 0.0 {
        return None;
    }
    let digits = field.precision - field.scale;
    if number.abs() >= 10f64.powi(digits as i32) {
        return Some(Err(Refusal::new(
            400,
            "NUMBER_OUTSIDE_VALID_RANGE",
            format!(
                "{}: value outside of valid range on numeric field: {value}",
                field.label
            ),
        )
        .on([field.name])));
    }
    Some(Ok(match field.kind {
        Kind::Int => json!(number as i64),
        _ => {
            let unit = 10f64.powi(field.scale as i32);
            json!((number * unit).round() / unit)
        }
    }))
}

/// What the type allows but the field does not: too long, no address, not in a restricted list, no such record.
fn allowed(state: &State, field: &Field, value: &Value) -> Result<(), Refusal> {
    let Some(text) = value.as_str() else {
        return Ok(());
    };
    let refused = |code, message| Err(Refusal::new(400, code, message).on([field.name]));
    if field.kind.is_text() && text.chars().count() > field.length {
        return refused(
            "STRING_TOO_LONG",
            format!(
                "{}: data value too large: {text} (max length={})",
                field.label, field.length
            ),
        );
    }
    match field.kind {
        Kind::Email if !is_email(text) => refused(
            "INVALID_EMAIL_ADDRESS",
            format!("{}: invalid email address: {text}", field.label),
        ),
        Kind::Picklist if field.restricted && !field.values.contains(&text) => refused(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            format!(
                "{}: bad value for restricted picklist field: {text}",
                field.label
            ),
        ),
        Kind::Reference => reference(state, field, text),
        _ => Ok(()),
    }
}

fn reference(state: &State, field: &Field, id: &str) -> Result<(), Refusal> {
    let target = state
        .schema
        .object_of(id)
        .filter(|o| field.refers_to.contains(&o.name));
    // Campaigns, price books and queues are known by name only: an id of theirs has the right form and no record.
    let foreign = field
        .refers_to
        .iter()
        .any(|name| id.starts_with(elsewhere(name).unwrap_or("?")));
    match target {
        Some(object) => match state.table(object.name).get(id) {
            Some(row) if super::is_live(row) => Ok(()),
            _ => Err(no_such_parent()),
        },
        None if foreign => Err(no_such_parent()),
        None => Err(wrong_id(field, id)),
    }
}

/// The key prefix of an object that fields may refer to though the org does not hold it.
fn elsewhere(object: &str) -> Option<&'static str> {
    match object {
        "Campaign" => Some("701"),
        "Pricebook2" => Some("01s"),
        "Group" => Some("00G"),
        _ => None,
    }
}

fn no_such_parent() -> Refusal {
    Refusal::of_record(
        400,
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
    )
}

fn wrong_id(field: &Field, text: &str) -> Refusal {
    Refusal::new(
        400,
        "MALFORMED_ID",
        format!("{}: id value of incorrect type: {text}", field.label),
    )
    .on([field.name])
}

/// A value of the wrong type is a parser error without `fields`, as the real org has it.
fn unreadable(field: &Field, value: &Value, raw: &str) -> Refusal {
    let wanted = match field.kind {
        Kind::Boolean => "boolean",
        Kind::Int => "int",
        Kind::Double | Kind::Currency | Kind::Percent => "double",
        Kind::Date => "date",
        Kind::DateTime => "datetime",
        _ => "string",
    };
    let found = match value {
        Value::String(text) => format!("VALUE_STRING value {text}"),
        Value::Number(number) if number.is_f64() => format!("VALUE_NUMBER_FLOAT value {number}"),
        Value::Number(number) => format!("VALUE_NUMBER_INT value {number}"),
        Value::Bool(yes) => format!("VALUE_{} value {yes}", yes.to_string().to_uppercase()),
        Value::Array(_) => "START_ARRAY value [".into(),
        Value::Object(_) => "START_OBJECT value {".into(),
        Value::Null => "VALUE_NULL value null".into(),
    };
    let (line, column) = place(raw, field.name);
    Refusal::json(format!(
        "Cannot deserialize instance of {wanted} from {found} or request may be missing a required field at [line:{line}, column:{column}]"
    ))
}

/// Line and column, from 1, of a field's value in the body.
fn place(raw: &str, field: &str) -> (usize, usize) {
    let lower = raw.to_ascii_lowercase();
    let name = format!("\"{}\"", field.to_ascii_lowercase());
    let at = lower.find(&name).map_or(0, |start| {
        let after = start + name.len();
        let rest = &raw[after..];
        after + rest.len()
            - rest
                .trim_start_matches(|c: char| c == ':' || c.is_whitespace())
                .len()
    });
    let before = &raw[..at];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

/// Roughly what the real org takes: one `@`, a local part of usual characters, a domain with a dot.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let local_ok = !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .chars()
            .all(|c| c.is_alphanumeric() || "!#$%&'*/=?^_+-`{|}~.".contains(c));
    let labels: Vec<&str> = domain.split('.').collect();
    local_ok
        && labels.len() > 1
        && labels.iter().all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
        && labels.last().is_some_and(|tld| tld.chars().count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_addresses_from_other_text() {
        for good in [
            "a@b.co",
            "o'neil+x@sub.example.com",
            "müller@bücher.example",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "a",
            "a@b",
            "a@@b.co",
            "a b@c.de",
            ".a@b.co",
            "a@b..co",
            "a@-b.co",
            "not an email",
            "a@b.c",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn points_at_the_value_that_cannot_be_read() {
        assert_eq!(
            place(
                "{\"Name\":\"x\",\n \"closedate\": \"tomorrow\"}",
                "CloseDate"
            ),
            (2, 15)
        );
        assert_eq!(place("{}", "CloseDate"), (1, 1));
    }
}
