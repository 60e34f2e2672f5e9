//! Puts records into the org as they are given: at start, and at `/sandbox/reset`.
//! The invented records of the default start are in `seed/invented.rs`.

mod invented;

pub(crate) use invented::invented;

use jiff::ToSpan as _;
use serde_json::{Map, Value, json};

use crate::clock;
use crate::id;
use crate::org::State;
use crate::record::{self, Record};
use crate::schema::Object;

/// Time between the creation of one record and the next, where a seed names none: old enough that
/// whoever looks for a record of the last minutes does not find these.
const HOURS_APART: i64 = 6;

/// Replaces all records with those of a body of `/sandbox/reset`; gives type and id of each, and changes nothing on an error.
pub(crate) fn load(state: &mut State, body: &Value) -> Result<Vec<Value>, String> {
    let before = state.snapshot();
    let loaded = replace(state, body);
    if loaded.is_err() {
        state.restore(before);
    }
    loaded
}

fn replace(state: &mut State, body: &Value) -> Result<Vec<Value>, String> {
    if !body.is_object() {
        return Err("the records come as an object with `leads` and `records`".into());
    }
    let schema = state.schema.clone();
    for object in schema.objects.iter().filter(|o| o.writable) {
        state.table_mut(object.name).clear();
    }
    let unknown = body.as_object().into_iter().flat_map(Map::keys);
    if let Some(name) = unknown
        .into_iter()
        .find(|name| !matches!(name.as_str(), "leads" | "records"))
    {
        return Err(format!(
            "`{name}` is not known; there is `leads` and `records`"
        ));
    }
    // Records first: leads may have been converted into some of them.
    let mut rows: Vec<(&Object, &Map<String, Value>)> = Vec::new();
    for row in list(body, "records")? {
        let name = row
            .get("type")
            .and_then(Value::as_str)
            .ok_or("each of `records` needs a `type`")?;
        let object = schema
            .object(name)
            .filter(|object| object.writable)
            .ok_or_else(|| format!("records can't be of type `{name}`"))?;
        rows.push((object, row));
    }
    let lead = schema.object("Lead").expect("the org has leads");
    rows.extend(list(body, "leads")?.into_iter().map(|row| (lead, row)));

    let user = state
        .table("User")
        .keys()
        .next()
        .cloned()
        .unwrap_or_default();
    let mut loaded = Vec::new();
    let count = rows.len() as i64;
    for (n, (object, row)) in (0..).zip(rows) {
        let age = (HOURS_APART * (count - n)).hours();
        let id = insert(state, object, row, &user, age)
            .map_err(|wrong| format!("{} {}: {wrong}", object.name, n + 1))?;
        loaded.push(json!({"type": object.name, "id": id}));
    }
    Ok(loaded)
}

fn insert(
    state: &mut State,
    object: &Object,
    row: &Map<String, Value>,
    user: &str,
    age: jiff::Span,
) -> Result<String, String> {
    let mut record = Record::new();
    let mut id = None;
    for (name, value) in row
        .iter()
        .filter(|(name, _)| *name != "type" && *name != "attributes")
    {
        if let (Some(reference), Some(parent)) = (object.relation(name), value.as_object()) {
            record.insert(
                reference.name.into(),
                json!(parent_id(state, reference.refers_to, parent)?),
            );
            continue;
        }
        let field = field(object, name).ok_or_else(|| format!("there is no field `{name}`"))?;
        let value = record::loosely(field, value)?;
        if field.name == "Id" {
            id = value.as_str().map(str::to_owned);
        } else {
            record.insert(field.name.into(), value);
        }
    }
    let id = match id {
        Some(id) if !id.starts_with(object.prefix) => {
            return Err(format!("`{id}` is no id of {}", object.name));
        }
        Some(id) if state.table(object.name).contains_key(&id) => {
            return Err(format!("`{id}` is there twice"));
        }
        Some(id) => id,
        None => state.next_id(object.prefix),
    };
    let touched: Vec<String> = record.keys().cloned().collect();
    record::set_defaults(object, &mut record, user);
    record::derive(object.name, &mut record, &touched);
    if record.get("CreatedDate").is_none_or(Value::is_null) {
        let made = state
            .clock
            .now()
            .checked_sub(age)
            .map_err(|wrong| wrong.to_string())?;
        record.insert("CreatedDate".into(), json!(clock::datetime(made)));
    }
    record::stamp(state, object, &mut record, &id, user);
    state.table_mut(object.name).insert(id.clone(), record);
    Ok(id)
}

/// A field by its Salesforce name in any case, or by words joined with underscores: `last_name` is LastName.
fn field<'a>(object: &'a Object, name: &str) -> Option<&'a crate::schema::Field> {
    let plain = |text: &str| {
        text.replace("__c", "")
            .replace('_', "")
            .to_ascii_lowercase()
    };
    object
        .field(name)
        .or_else(|| object.fields.iter().find(|f| plain(f.name) == plain(name)))
}

/// A parent may be named instead of given by id: `"Account": {"Name": "…"}`.
fn parent_id(
    state: &State,
    objects: &[&str],
    parent: &Map<String, Value>,
) -> Result<String, String> {
    let name = parent
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("Name"))
        .and_then(|(_, value)| value.as_str())
        .ok_or("a parent is named as {\"Name\": \"…\"}")?;
    let tables = objects
        .iter()
        .filter_map(|object| state.schema.object(object));
    tables
        .flat_map(|object| state.table(object.name))
        .find(|(_, row)| record::text(row, "Name") == Some(name))
        .map(|(id, _)| id::read(id).expect("ids in tables are ids"))
        .ok_or_else(|| format!("there is no parent named `{name}`"))
}

fn list<'a>(body: &'a Value, name: &str) -> Result<Vec<&'a Map<String, Value>>, String> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(rows)) => rows
            .iter()
            .map(|row| {
                row.as_object()
                    .ok_or_else(|| format!("each of `{name}` is an object"))
            })
            .collect(),
        Some(_) => Err(format!("`{name}` is a list")),
    }
}
