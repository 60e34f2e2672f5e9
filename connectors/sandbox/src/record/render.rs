//! A record as the wire shows it: attributes first, then its fields, empty ones as null.
//! Which fields are wanted is left to who asks.

use serde_json::{Map, Value, json};

use super::{Record, text};
use crate::schema::{Field, Kind, Object};

/// The `attributes` of a record.
pub(crate) fn attributes(object: &str, id: &str, version: &str) -> Value {
    json!({"type": object, "url": format!("/services/data/{version}/sobjects/{object}/{id}")})
}

/// Every field.
pub(crate) fn whole(object: &Object, row: &Record, version: &str) -> Value {
    fields(object, row, version, object.fields.iter())
}

/// These fields, in this order.
pub(crate) fn fields<'a>(
    object: &Object,
    row: &Record,
    version: &str,
    fields: impl Iterator<Item = &'a Field>,
) -> Value {
    let mut map = Map::new();
    let id = text(row, "Id").unwrap_or_default();
    map.insert("attributes".into(), attributes(object.name, id, version));
    for field in fields {
        map.insert(field.name.into(), value(row, field));
    }
    Value::Object(map)
}

/// One field; an address is put together from its parts.
pub(crate) fn value(row: &Record, field: &Field) -> Value {
    if field.kind != Kind::Address {
        return row.get(field.name).cloned().unwrap_or(Value::Null);
    }
    let prefix = field.name.trim_end_matches("Address");
    let part = |name: &str| {
        row.get(&format!("{prefix}{name}"))
            .cloned()
            .unwrap_or(Value::Null)
    };
    let parts = ["Street", "City", "State", "PostalCode", "Country"].map(part);
    if parts.iter().all(Value::is_null) {
        return Value::Null;
    }
    let [street, city, state, postal_code, country] = parts;
    json!({
        "city": city,
        "country": country,
        "geocodeAccuracy": null,
        "latitude": null,
        "longitude": null,
        "postalCode": postal_code,
        "state": state,
        "street": street,
    })
}
