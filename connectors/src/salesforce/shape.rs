//! Rows of an org as the engine's records, and the engine's values as an org takes them.
//! Which rows and values is left to `operation`.

use serde_json::{Value, json};
use turnwise_engine::facts::FieldFacts;

use super::id;

/// A row of the org as the engine knows records.
pub(super) fn record(object: &str, row: &Value, instance: &str) -> Value {
    let raw = row["Id"].as_str().unwrap_or("");
    let full = id::to_18(raw).unwrap_or_else(|| raw.to_owned());
    let mut fields = row.as_object().cloned().unwrap_or_default();
    fields.remove("attributes");
    let name = row["Name"].as_str().map_or_else(
        || {
            let parts = ["FirstName", "LastName"].map(|part| row[part].as_str().unwrap_or(""));
            parts.join(" ").trim().to_owned()
        },
        str::to_owned,
    );
    let instance = instance.trim_end_matches('/');
    let url = format!("{instance}/lightning/r/{object}/{full}/view");
    json!({ "object": object, "id": full, "name": name, "url": url, "fields": fields })
}

/// A normalised value as this field takes it; `None` where it stands for nothing (`found: false`).
pub(super) fn plain_value(field: &FieldFacts, value: &Value) -> Option<Value> {
    let Value::Object(map) = value else {
        return Some(value.clone());
    };
    if map.get("found") == Some(&Value::Bool(false)) {
        return None;
    }
    if map.contains_key("object") || map.contains_key("id") {
        let part = if field.kind == "reference" || field.kind == "id" {
            "id"
        } else {
            "name"
        };
        return map.get(part).cloned();
    }
    let known = [
        "amount", "value", "url", "email", "phone", "number", "date", "text", "name",
    ];
    known.iter().find_map(|name| map.get(*name)).cloned()
}
