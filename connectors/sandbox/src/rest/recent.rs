//! What a user was last at: the records they made or changed, newest first, over all objects or in one.
//! Records that were only read are left out, since the org notes no reading.

use serde_json::{Map, Value, json};

use super::Visit;
use crate::org::State;
use crate::record::{self, Record, render};
use crate::schema::Object;

/// No list is longer than this.
const MOST: usize = 200;

/// `GET recent`: over all objects, at most as many as `limit` says.
pub(super) fn everywhere(state: &State, visit: &Visit<'_>) -> Value {
    let wanted = visit.request.query("limit").and_then(|n| n.parse().ok());
    items(state, visit, state.schema.objects.iter(), wanted)
}

/// The `recentItems` of one object.
pub(super) fn of(state: &State, visit: &Visit<'_>, object: &Object) -> Value {
    items(state, visit, std::iter::once(object), None)
}

fn items<'a>(
    state: &'a State,
    visit: &Visit<'_>,
    objects: impl Iterator<Item = &'a Object>,
    wanted: Option<usize>,
) -> Value {
    let mut rows: Vec<(&str, &Object, &Record)> = objects
        .filter(|object| object.writable)
        .flat_map(|object| {
            state
                .table(object.name)
                .values()
                .map(move |row| (object, row))
        })
        .filter(|(_, row)| record::is_live(row))
        .filter(|(_, row)| record::text(row, "LastModifiedById") == Some(visit.user.as_str()))
        .map(|(object, row)| {
            let when = record::text(row, "LastModifiedDate").unwrap_or_default();
            (when, object, row)
        })
        .collect();
    // Of records with the same time the one made last comes first.
    rows.reverse();
    rows.sort_by(|a, b| b.0.cmp(a.0));
    let shown = rows.into_iter().take(wanted.unwrap_or(MOST).min(MOST));
    shown
        .map(|(_, object, row)| item(visit, object, row))
        .collect()
}

fn item(visit: &Visit<'_>, object: &Object, row: &Record) -> Value {
    let id = record::text(row, "Id").unwrap_or_default();
    let mut map = Map::new();
    map.insert(
        "attributes".into(),
        render::attributes(object.name, id, visit.version),
    );
    map.insert("Id".into(), json!(id));
    map.insert(
        "Name".into(),
        row.get("Name").cloned().unwrap_or(Value::Null),
    );
    Value::Object(map)
}
