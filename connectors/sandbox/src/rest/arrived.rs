//! What the log says of a call from its request alone, before anything has run.
//! What the call then found or made is added by the files that do it.

use serde_json::Value;

use super::canonical;
use super::route::Route;
use crate::calls::Call;
use crate::org::State;
use crate::record::Record;
use crate::request::Request;
use crate::soql::{self, Query};
use crate::sosl;

/// The calls that a request stands for: none for what reads no data, one for most, one a record for a collection.
pub(super) fn calls(state: &State, request: &Request, route: &Route) -> Vec<Call> {
    let method = request.method.as_str();
    let one = |op, object: &str| vec![Call::new(op, name(state, object))];
    match route {
        Route::Resources | Route::Limits | Route::Recent | Route::Objects => Vec::new(),
        // Its own calls are noted as they are made.
        Route::Composite => Vec::new(),
        Route::Describe(object) => one("describe", object),
        Route::Object(object) if method == "POST" => {
            vec![with_body(state, "create", object, &body(request))]
        }
        Route::Object(object) => one("describe", object),
        Route::Row(object, id) => {
            let mut call = match method {
                "PATCH" => with_body(state, "update", object, &body(request)),
                "DELETE" => Call::new("delete", name(state, object)),
                _ => Call::new("get", name(state, object)),
            };
            call.id = Some(crate::id::read(id).unwrap_or_else(|| id.clone()));
            vec![call]
        }
        Route::Key(object, field, value) => match method {
            "PATCH" => vec![upsert(state, object, field, value, &body(request))],
            "DELETE" => one("delete", object),
            _ => one("get", object),
        },
        Route::Query(_) => {
            let text = request.query("q").unwrap_or_default();
            match soql::parse(text) {
                Ok(query) => one(op_of(&query), &query.object.text),
                Err(_) => one("query", ""),
            }
        }
        Route::More(locator) => match state.cursors.peek(locator) {
            Some((op, object)) => one(op, object),
            None => one("query", ""),
        },
        Route::Search => sosl::parse(request.query("q").unwrap_or_default())
            .map(|search| {
                search
                    .returning
                    .iter()
                    .map(|query| Call::new("search", name(state, &query.object.text)))
                    .collect::<Vec<_>>()
            })
            .ok()
            .filter(|calls| !calls.is_empty())
            .unwrap_or_else(|| one("search", "")),
        Route::ParameterizedSearch => one("search", request.query("sobject").unwrap_or_default()),
        Route::Collection | Route::CollectionOf(_) | Route::CollectionKey(..) => {
            collection(state, request, route)
        }
    }
}

/// A list is a query without a condition.
pub(super) fn op_of(query: &Query) -> &'static str {
    if query.rest.condition.is_some() {
        "query"
    } else {
        "list"
    }
}

/// Whether an upsert would create or update, as things stand.
pub(super) fn upsert(state: &State, object: &str, field: &str, value: &str, body: &Record) -> Call {
    let found = state
        .schema
        .object(object)
        .and_then(|o| Some((o, o.key(field)?)))
        .map(|(o, f)| (f.name, crate::record::find_by_key(state, o, f.name, value)));
    let (key, ids) = found.unwrap_or(("", Vec::new()));
    let mut call = with_body(
        state,
        if ids.is_empty() { "create" } else { "update" },
        object,
        body,
    );
    call.id = ids.into_iter().next();
    if let Some(fields) = call
        .fields
        .as_mut()
        .filter(|_| !key.is_empty() && key != "Id")
    {
        fields.insert(key.to_owned(), Value::from(value));
    }
    call
}

fn collection(state: &State, request: &Request, route: &Route) -> Vec<Call> {
    let records = || -> Vec<Record> {
        let list = body(request).remove("records");
        let list = list.and_then(|v| v.as_array().cloned()).unwrap_or_default();
        list.into_iter()
            .filter_map(|v| v.as_object().cloned())
            .collect()
    };
    match (route, request.method.as_str()) {
        (Route::Collection, "DELETE") => request
            .query("ids")
            .unwrap_or_default()
            .split(',')
            .filter(|id| !id.is_empty())
            .map(|id| {
                let object = state.schema.object_of(id).map_or("", |o| o.name);
                let mut call = Call::new("delete", object);
                call.id = Some(crate::id::read(id).unwrap_or_else(|| id.to_owned()));
                call
            })
            .collect(),
        (Route::Collection, method) => records()
            .iter()
            .map(|record| {
                let object = super::collections::type_of(record).unwrap_or_default();
                let mut record = record.clone();
                let id = super::collections::take_id(&mut record);
                let op = if method == "POST" { "create" } else { "update" };
                let mut call = with_body(state, op, object, &record);
                call.id = id;
                call
            })
            .collect(),
        (Route::CollectionKey(object, field), _) => records()
            .iter()
            .map(|record| {
                let mut record = record.clone();
                let value = super::collections::take_key(&mut record, field).unwrap_or_default();
                upsert(state, object, field, &value, &record)
            })
            .collect(),
        (Route::CollectionOf(object), _) => vec![Call::new("get", name(state, object))],
        _ => Vec::new(),
    }
}

fn with_body(state: &State, op: &'static str, object: &str, body: &Record) -> Call {
    let mut call = Call::new(op, name(state, object));
    call.fields = Some(canonical(state, object, body));
    call
}

fn name(state: &State, object: &str) -> String {
    state
        .schema
        .object(object)
        .map_or(object, |o| o.name)
        .to_owned()
}

fn body(request: &Request) -> Record {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

/// Used by the parameterized search, whose objects may stand in its body.
pub(super) fn named(state: &State, objects: &[&str]) -> Vec<Call> {
    objects
        .iter()
        .map(|object| Call::new("search", name(state, object)))
        .collect()
}
