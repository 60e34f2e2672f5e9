//! Up to 200 records in one call under `composite/sobjects`: always 200, a result for each.
//! What happens to one record is what happens to it alone.

use axum::response::Response;
use serde_json::{Value, json};

use super::Visit;
use super::sobjects::{self, Upsert, saved, upserted};
use crate::answer;
use crate::calls::Call;
use crate::id;
use crate::org::State;
use crate::record::{self, Record, render};
use crate::refusal::Refusal;
use crate::schema::{Object, Schema};

const MOST_RECORDS: usize = 200;

type Outcome = Result<Value, Refusal>;

/// `POST composite/sobjects`.
pub(super) fn create(
    state: &mut State,
    visit: &Visit<'_>,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let (records, all_or_none) = body(visit)?;
    let schema = state.schema.clone();
    let raw = visit.raw()?;
    let mut run = |state: &mut State, record: &Record| -> Outcome {
        let object = object_of(&schema, record)?;
        let id = record::create(state, &visit.saving(raw), object, record)?;
        Ok(saved(&id))
    };
    Ok(each(state, &records, all_or_none, calls, 201, &mut run))
}

/// `PATCH composite/sobjects`, each record with its id.
pub(super) fn update(
    state: &mut State,
    visit: &Visit<'_>,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let (records, all_or_none) = body(visit)?;
    for record in &records {
        if let Some(id) = take_id(&mut record.clone()).filter(|id| id::read(id).is_none()) {
            return Err(malformed_id(&id));
        }
    }
    let schema = state.schema.clone();
    let raw = visit.raw()?;
    let mut run = |state: &mut State, record: &Record| -> Outcome {
        let object = object_of(&schema, record)?;
        let mut record = record.clone();
        let id = take_id(&mut record)
            .and_then(|id| id::read(&id))
            .ok_or_else(|| {
                Refusal::new(
                    400,
                    "MISSING_ARGUMENT",
                    "Id not specified in an update call",
                )
            })?;
        record::update(state, &visit.saving(raw), object, &id, &record)?;
        Ok(saved(&id))
    };
    Ok(each(state, &records, all_or_none, calls, 204, &mut run))
}

/// `PATCH composite/sobjects/Lead/External_Id__c`.
pub(super) fn upsert(
    state: &mut State,
    visit: &Visit<'_>,
    object: &str,
    field: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let (records, all_or_none) = body(visit)?;
    let schema = state.schema.clone();
    let object = sobjects::known(&schema, object)?;
    let field = sobjects::key(object, field)?;
    let raw = visit.raw()?;
    let mut run = |state: &mut State, record: &Record| -> Outcome {
        let mut record = record.clone();
        let value = take_key(&mut record, field.name).ok_or_else(|| {
            Refusal::new(
                400,
                "MISSING_ARGUMENT",
                format!("{} not specified", field.name),
            )
        })?;
        let ids = record::find_by_key(state, object, field.name, &value);
        let saving = visit.saving(raw);
        match ids.as_slice() {
            [] => {
                record.insert(field.name.into(), json!(value));
                let id = record::create(state, &saving, object, &record)?;
                Ok(upserted(&id, Upsert::Created))
            }
            [id] => {
                record::update(state, &saving, object, id, &record)?;
                Ok(upserted(id, Upsert::Updated))
            }
            _ => Err(Refusal::new(
                400,
                "DUPLICATE_EXTERNAL_ID",
                format!(
                    "{}: more than one record found for external id field",
                    field.name
                ),
            )),
        }
    };
    Ok(each(state, &records, all_or_none, calls, 200, &mut run))
}

/// `DELETE composite/sobjects?ids=a,b`.
pub(super) fn delete(
    state: &mut State,
    visit: &Visit<'_>,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let ids = ids(visit.request.query("ids").unwrap_or_default().split(','))?;
    let all_or_none = visit
        .request
        .query("allOrNone")
        .is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let schema = state.schema.clone();
    let records: Vec<Record> = ids
        .iter()
        .map(|id| Record::from_iter([("Id".to_owned(), json!(id))]))
        .collect();
    let mut run = |state: &mut State, record: &Record| -> Outcome {
        let id = record::text(record, "Id").expect("put there above");
        let object = schema.object_of(id).ok_or_else(|| malformed_id(id))?;
        record::delete(state, visit.rights, object, id)?;
        Ok(saved(id))
    };
    Ok(each(state, &records, all_or_none, calls, 204, &mut run))
}

/// `GET composite/sobjects/Lead?ids=…&fields=…`, or POST with both in its body.
pub(super) fn get(
    state: &State,
    visit: &Visit<'_>,
    object: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let object = sobjects::known(&state.schema, object)?;
    let (texts, fields) = if visit.request.method == http::Method::POST {
        let body = visit.object()?;
        let list = |name: &str| -> Vec<String> {
            let list = body
                .get(name)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            list.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        (list("ids"), list("fields").join(","))
    } else {
        let query = |name: &str| visit.request.query(name).unwrap_or_default();
        (
            query("ids").split(',').map(str::to_owned).collect(),
            query("fields").to_owned(),
        )
    };
    let ids = ids(texts.iter().map(String::as_str))?;
    let fields = sobjects::wanted(object, Some(&fields))?;
    let found: Vec<Option<&Record>> = ids
        .iter()
        .map(|id| record::find(state, object, id).ok())
        .collect();
    if let Some(call) = calls.first_mut() {
        let there = ids.iter().zip(&found).filter(|(_, row)| row.is_some());
        call.ids = Some(there.map(|(id, _)| id.clone()).collect());
    }
    let rows: Vec<Value> = found
        .into_iter()
        .map(|row| match row {
            Some(row) => render::fields(object, row, visit.version, fields.iter().copied()),
            None => Value::Null,
        })
        .collect();
    Ok(answer::json(200, &Value::Array(rows)))
}

/// The object that a record names in its `attributes`.
pub(super) fn type_of(record: &Record) -> Option<&str> {
    record.get("attributes")?.get("type")?.as_str()
}

/// Takes the id out of a record, under any case.
pub(super) fn take_id(record: &mut Record) -> Option<String> {
    take_key(record, "Id")
}

/// Takes a text out of a record, under any case of its name.
pub(super) fn take_key(record: &mut Record, name: &str) -> Option<String> {
    let name = record
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    record.shift_remove(&name)?.as_str().map(str::to_owned)
}

/// Runs every record; with all or none, one failure undoes them all.
fn each(
    state: &mut State,
    records: &[Record],
    all_or_none: bool,
    calls: &mut [Call],
    done: u16,
    run: &mut dyn FnMut(&mut State, &Record) -> Outcome,
) -> Response {
    let before = all_or_none.then(|| state.snapshot());
    let mut outcomes: Vec<Outcome> = records.iter().map(|record| run(state, record)).collect();
    if let Some(before) = before
        && outcomes.iter().any(Result::is_err)
    {
        state.restore(before);
        for outcome in outcomes.iter_mut().filter(|o| o.is_ok()) {
            *outcome = Err(Refusal::of_record(
                400,
                "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                "Record rolled back because not all records were valid and the request was using AllOrNone header",
            ));
        }
    }
    for (call, outcome) in calls.iter_mut().zip(&outcomes) {
        match outcome {
            Ok(result) => {
                call.id = result["id"].as_str().map(str::to_owned);
                call.status = match result.get("created") {
                    Some(Value::Bool(true)) => 201,
                    _ => done,
                };
            }
            Err(refusal) => call.status = refusal.status,
        }
    }
    let results: Vec<Value> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|refusal| refusal.result()))
        .collect();
    answer::json(200, &Value::Array(results))
}

fn body(visit: &Visit<'_>) -> Result<(Vec<Record>, bool), Refusal> {
    let body = visit.object()?;
    let records = body
        .get("records")
        .and_then(Value::as_array)
        .ok_or_else(|| {
            Refusal::json(
                "Unexpected parameter encountered during deserialization: records is wanted",
            )
        })?;
    few(records.len())?;
    let records = records
        .iter()
        .map(|record| record.as_object().cloned())
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Refusal::json("each of records is an object"))?;
    let all_or_none = body.get("allOrNone") == Some(&Value::Bool(true));
    Ok((records, all_or_none))
}

fn ids<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Refusal> {
    let ids = texts
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| id::read(text).ok_or_else(|| malformed_id(text)))
        .collect::<Result<Vec<_>, _>>()?;
    few(ids.len())?;
    Ok(ids)
}

fn few(count: usize) -> Result<(), Refusal> {
    if count <= MOST_RECORDS {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "EXCEEDED_ID_LIMIT",
        format!(
            "record limit reached. cannot submit more than {MOST_RECORDS} records into this call"
        ),
    ))
}

fn object_of<'a>(schema: &'a Schema, record: &Record) -> Result<&'a Object, Refusal> {
    let name = type_of(record)
        .ok_or_else(|| Refusal::new(400, "INVALID_INPUT", "attributes.type is missing"))?;
    schema.object(name).ok_or_else(|| {
        Refusal::new(
            400,
            "INVALID_TYPE",
            format!("sObject type '{name}' is not supported."),
        )
    })
}

fn malformed_id(id: &str) -> Refusal {
    Refusal::new(400, "MALFORMED_ID", format!("malformed id {id}"))
}
