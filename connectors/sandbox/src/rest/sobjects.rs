//! Single records: create, read, change, delete, upsert by external id; and describe.
//! What a save checks is left to `record`.

use axum::response::Response;
use serde_json::{Value, json};

use super::{Visit, conditional, recent, resources};
use crate::answer;
use crate::calls::Call;
use crate::clock;
use crate::id;
use crate::org::State;
use crate::record::{self, render};
use crate::refusal::Refusal;
use crate::schema::{Field, Object, Schema, describe as words};

/// `GET sobjects`: every object in short.
pub(super) fn all(state: &State, visit: &Visit<'_>) -> Response {
    let objects: Vec<Value> = state
        .schema
        .objects
        .iter()
        .map(|object| Value::Object(words::summary(object, visit.rights, visit.version)))
        .collect();
    answer::json(
        200,
        &json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}),
    )
}

/// `GET sobjects/Lead`.
pub(super) fn basic(state: &State, visit: &Visit<'_>, object: &str) -> Result<Response, Refusal> {
    let object = known(&state.schema, object)?;
    let summary = words::summary(object, visit.rights, visit.version);
    Ok(answer::json(
        200,
        &json!({"objectDescribe": summary, "recentItems": recent::of(state, visit, object)}),
    ))
}

/// `GET sobjects/Lead/describe`.
pub(super) fn describe(
    state: &State,
    visit: &Visit<'_>,
    object: &str,
) -> Result<Response, Refusal> {
    let object = known(&state.schema, object)?;
    let since = visit
        .request
        .header("if-modified-since")
        .and_then(clock::read_http_date);
    if since.is_some_and(|since| state.described.as_second() <= since.as_second()) {
        return Ok(answer::empty(304));
    }
    let described = words::full(&state.schema, object, visit.rights, visit.version);
    let response = answer::json(200, &described);
    Ok(answer::with_header(
        response,
        "last-modified",
        &clock::http_date(state.described),
    ))
}

/// `POST sobjects/Lead`.
pub(super) fn create(
    state: &mut State,
    visit: &Visit<'_>,
    object: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let schema = state.schema.clone();
    let object = known(&schema, object)?;
    let body = visit.object()?;
    let id = record::create(state, &visit.saving(visit.raw()?), object, &body)?;
    note_id(calls, &id);
    Ok(made(visit, object, &id, &saved(&id)))
}

/// `GET sobjects/Lead/<id>`.
pub(super) fn get(
    state: &State,
    visit: &Visit<'_>,
    object: &str,
    id: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let object = known(&state.schema, object)?;
    let id = read_id(object, id)?;
    show(state, visit, object, &id, calls)
}

/// `GET sobjects/Lead/External_Id__c/<value>`.
pub(super) fn get_by_key(
    state: &State,
    visit: &Visit<'_>,
    object: &str,
    field: &str,
    value: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let object = known(&state.schema, object)?;
    let field = key(object, field)?;
    let ids = record::find_by_key(state, object, field.name, value);
    match ids.as_slice() {
        [] => Err(Refusal::not_found()),
        [id] => show(state, visit, object, id, calls),
        _ => Ok(several(visit.version, object, &ids)),
    }
}

/// `PATCH sobjects/Lead/<id>`.
pub(super) fn update(
    state: &mut State,
    visit: &Visit<'_>,
    object: &str,
    id: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let schema = state.schema.clone();
    let object = known(&schema, object)?;
    let id = read_id(object, id)?;
    note_id(calls, &id);
    let body = visit.object()?;
    conditional::may_change(visit, object, record::find(state, object, &id)?)?;
    record::update(state, &visit.saving(visit.raw()?), object, &id, &body)?;
    Ok(answer::empty(204))
}

/// `DELETE sobjects/Lead/<id>`.
pub(super) fn delete(
    state: &mut State,
    visit: &Visit<'_>,
    object: &str,
    id: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let schema = state.schema.clone();
    let object = known(&schema, object)?;
    let id = read_id(object, id)?;
    note_id(calls, &id);
    record::delete(state, visit.rights, object, &id)?;
    Ok(answer::empty(204))
}

/// `DELETE sobjects/Lead/External_Id__c/<value>`.
pub(super) fn delete_by_key(
    state: &mut State,
    visit: &Visit<'_>,
    object: &str,
    field: &str,
    value: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let schema = state.schema.clone();
    let object = known(&schema, object)?;
    let field = key(object, field)?;
    let ids = record::find_by_key(state, object, field.name, value);
    match ids.as_slice() {
        [] => Err(Refusal::not_found()),
        [id] => delete(state, visit, object.name, id, calls),
        _ => Ok(several(visit.version, object, &ids)),
    }
}

/// `PATCH sobjects/Lead/External_Id__c/<value>`: creates or updates.
pub(super) fn upsert(
    state: &mut State,
    visit: &Visit<'_>,
    object: &str,
    field: &str,
    value: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let schema = state.schema.clone();
    let object = known(&schema, object)?;
    let field = key(object, field)?;
    let mut body = visit.object()?;
    // The path says which record it is, so the body must not.
    let is_key =
        |name: &&String| name.eq_ignore_ascii_case("Id") || name.eq_ignore_ascii_case(field.name);
    if let Some(name) = body.keys().find(is_key) {
        return Err(Refusal::new(
            400,
            "INVALID_FIELD",
            format!("The {name} field should not be specified in the sobject data."),
        ));
    }
    let ids = record::find_by_key(state, object, field.name, value);
    if ids.len() > 1 {
        return Ok(several(visit.version, object, &ids));
    }
    let saving = visit.saving(visit.raw()?);
    // Older versions don't say which of the two happened.
    let tells_created = resources::number(visit.version) >= 46;
    if let [id] = ids.as_slice() {
        conditional::may_change(visit, object, record::find(state, object, id)?)?;
        record::update(state, &saving, object, id, &body)?;
        note_id(calls, id);
        return Ok(match tells_created {
            true => answer::json(200, &upserted(id, Upsert::Updated)),
            false => answer::empty(204),
        });
    }
    let update_only = visit.request.query("updateOnly");
    let update_only = update_only.is_some_and(|v| v.eq_ignore_ascii_case("true"));
    if field.name == "Id" || update_only {
        return Err(Refusal::not_found());
    }
    body.insert(field.name.into(), json!(value));
    let id = record::create(state, &saving, object, &body)?;
    note_id(calls, &id);
    let body = match tells_created {
        true => upserted(&id, Upsert::Created),
        false => saved(&id),
    };
    Ok(made(visit, object, &id, &body))
}

/// What became of a record that was upserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upsert {
    Created,
    Updated,
}

/// The result of a record that was saved or deleted.
pub(super) fn saved(id: &str) -> Value {
    json!({"id": id, "success": true, "errors": []})
}

/// The result of a record that was upserted.
pub(super) fn upserted(id: &str, did: Upsert) -> Value {
    json!({"id": id, "success": true, "errors": [], "created": did == Upsert::Created})
}

/// An object that a path names.
pub(super) fn known<'a>(schema: &'a Schema, object: &str) -> Result<&'a Object, Refusal> {
    schema.object(object).ok_or_else(Refusal::not_found)
}

/// A field that a path names as the key of a record.
pub(super) fn key<'a>(object: &'a Object, field: &str) -> Result<&'a Field, Refusal> {
    object.key(field).ok_or_else(|| no_key(field))
}

/// The fields of `?fields=A,B`, the id last as the real org has it; all of them without.
pub(super) fn wanted<'a>(
    object: &'a Object,
    names: Option<&str>,
) -> Result<Vec<&'a Field>, Refusal> {
    let Some(names) = names else {
        return Ok(object.fields.iter().collect());
    };
    let mut fields = Vec::new();
    for name in names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        let field = object.field(name).ok_or_else(|| {
            Refusal::new(
                400,
                "INVALID_FIELD",
                format!("No such column '{name}' on sobject of type {}", object.name),
            )
        })?;
        fields.push(field);
    }
    if let Some(id) = object
        .field("Id")
        .filter(|id| fields.iter().all(|f| f.name != id.name))
    {
        fields.push(id);
    }
    Ok(fields)
}

fn show(
    state: &State,
    visit: &Visit<'_>,
    object: &Object,
    id: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    note_id(calls, id);
    let row = record::find(state, object, id)?;
    let fields = wanted(object, visit.request.query("fields"))?;
    if conditional::is_unchanged(visit, object, row) {
        return Ok(answer::empty(304));
    }
    let shown = render::fields(object, row, visit.version, fields.into_iter());
    Ok(conditional::validators(
        answer::json(200, &shown),
        object,
        row,
    ))
}

/// 201, with where the new record is.
fn made(visit: &Visit<'_>, object: &Object, id: &str, result: &Value) -> Response {
    let to = path(visit.version, object.name, id);
    answer::with_header(answer::json(201, result), "location", &to)
}

/// An id in a path; of another object, or of none, it leads nowhere.
fn read_id(object: &Object, text: &str) -> Result<String, Refusal> {
    let id = id::read(text).ok_or_else(|| no_key(text))?;
    if id.starts_with(object.prefix) {
        Ok(id)
    } else {
        Err(Refusal::not_found())
    }
}

fn no_key(field: &str) -> Refusal {
    Refusal::new(
        404,
        "NOT_FOUND",
        format!("Provided external ID field does not exist or is not accessible: {field}"),
    )
}

/// 300: the paths of all records that a key fits.
fn several(version: &str, object: &Object, ids: &[String]) -> Response {
    let paths: Vec<String> = ids
        .iter()
        .map(|id| path(version, object.name, id))
        .collect();
    answer::json(300, &json!(paths))
}

fn path(version: &str, object: &str, id: &str) -> String {
    format!("/services/data/{version}/sobjects/{object}/{id}")
}

fn note_id(calls: &mut [Call], id: &str) {
    if let Some(call) = calls.first_mut() {
        call.id = Some(id.to_owned());
    }
}
