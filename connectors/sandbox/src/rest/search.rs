//! `search` and `parameterizedSearch`.
//! Comparing words with records is left to `sosl`.

use axum::response::Response;
use serde_json::{Value, json};

use super::{Visit, arrived, resources};
use crate::answer;
use crate::calls::Call;
use crate::org::State;
use crate::refusal::Refusal;
use crate::soql::{self, Clauses, Name, Parser, Query, Select};
use crate::sosl::{self, Hits, Scope, Search, Term};

/// `GET search?q=FIND {…}`.
pub(super) fn sosl(
    state: &State,
    visit: &Visit<'_>,
    calls: &mut Vec<Call>,
) -> Result<Response, Refusal> {
    let text = visit.request.query("q").unwrap_or_default();
    let search = sosl::parse(text)?;
    let hits = sosl::run(state, search, text, visit.version)?;
    Ok(records(visit, hits, calls))
}

/// `GET parameterizedSearch?q=Acme&sobject=Lead…`, or POST with the same as JSON.
pub(super) fn parameterized(
    state: &State,
    visit: &Visit<'_>,
    calls: &mut Vec<Call>,
) -> Result<Response, Refusal> {
    let body = if visit.request.method == http::Method::POST {
        Value::Object(visit.object()?)
    } else {
        from_query(visit)
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let number = |value: Option<&Value>| value.and_then(Value::as_u64);
    let term = Term::read(text("q").unwrap_or_default())?;
    let scope = match text("in") {
        None => Scope::All,
        Some(word) => {
            Scope::read(word).ok_or_else(|| malformed(&format!("unknown scope: {word}")))?
        }
    };
    let mut returning = Vec::new();
    let objects = body
        .get("sobjects")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for object in &objects {
        let name = object
            .get("name")
            .and_then(Value::as_str)
            .ok_or_else(|| malformed("each of sobjects needs a name"))?;
        let fields = object.get("fields").or(body.get("fields"));
        let limit = number(object.get("limit")).or(number(body.get("defaultLimit")));
        let condition = object.get("where").and_then(Value::as_str);
        returning.push(query(name, fields, limit, condition)?);
    }
    let names: Vec<&str> = returning
        .iter()
        .map(|q: &Query| q.object.text.as_str())
        .collect();
    if !names.is_empty() {
        *calls = arrived::named(state, &names);
    }
    let search = Search {
        term,
        scope,
        returning,
        limit: number(body.get("overallLimit")).unwrap_or(2_000).min(2_000),
    };
    let hits = sosl::run(state, search, "", visit.version)?;
    Ok(records(visit, hits, calls))
}

/// The parameters of a GET in the form of a POST's body.
fn from_query(visit: &Visit<'_>) -> Value {
    let get = |name: &str| visit.request.query(name);
    let number = |name: &str| get(name).and_then(|n| n.parse::<u64>().ok());
    let list =
        |name: &str| get(name).map(|fields| fields.split(',').map(str::trim).collect::<Vec<_>>());
    let objects: Vec<Value> = visit
        .request
        .query
        .iter()
        .filter(|(key, _)| key == "sobject")
        .flat_map(|(_, value)| value.split(','))
        .map(|name| {
            json!({
                "name": name,
                "fields": list(&format!("{name}.fields")).or(list("fields")),
                "limit": number(&format!("{name}.limit")),
                "where": get(&format!("{name}.where")),
            })
        })
        .collect();
    json!({
        "q": get("q"),
        "in": get("in"),
        "sobjects": objects,
        "overallLimit": number("overallLimit"),
        "defaultLimit": number("defaultLimit"),
    })
}

fn query(
    object: &str,
    fields: Option<&Value>,
    limit: Option<u64>,
    condition: Option<&str>,
) -> Result<Query, Refusal> {
    let mut query = sosl::ids_of(name(object));
    let fields: Vec<Name> = fields
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(name)
        .collect();
    if !fields.is_empty() {
        query.select = Select::Fields(fields);
    }
    query.rest = Clauses {
        limit,
        ..Clauses::default()
    };
    if let Some(condition) = condition {
        let text = format!("WHERE {condition}");
        let wrong = |wrong: soql::Malformed| wrong.refusal("MALFORMED_SEARCH", &text);
        let mut parser = Parser::new(soql::tokens(&text, 0).map_err(wrong)?);
        query.rest.condition = parser.clauses().map_err(wrong)?.condition;
        parser.end().map_err(wrong)?;
    }
    Ok(query)
}

fn name(text: &str) -> Name {
    Name {
        text: text.to_owned(),
        at: 0,
    }
}

fn malformed(message: &str) -> Refusal {
    Refusal::new(400, "MALFORMED_SEARCH", message)
}

fn records(visit: &Visit<'_>, hits: Vec<Hits>, calls: &mut Vec<Call>) -> Response {
    let everywhere = calls.len() != hits.len();
    if everywhere {
        // No object was named: the log tells those in which something was found.
        let found = hits
            .iter()
            .filter(|h| !h.ids.is_empty())
            .map(|h| Call::new("search", h.object));
        let found: Vec<Call> = found.collect();
        if !found.is_empty() {
            *calls = found;
        }
    }
    for call in calls.iter_mut() {
        let ids = hits
            .iter()
            .find(|h| h.object == call.object)
            .map(|h| h.ids.clone());
        let ids = ids.unwrap_or_default();
        call.total = Some(ids.len() as u64);
        call.ids = Some(ids);
    }
    let rows: Vec<Value> = hits.into_iter().flat_map(|h| h.rows).collect();
    let body = if resources::number(visit.version) >= 37 {
        json!({ "searchRecords": rows })
    } else {
        Value::Array(rows)
    };
    answer::json(200, &body)
}
