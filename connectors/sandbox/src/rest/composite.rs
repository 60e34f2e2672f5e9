//! Up to 25 calls in one under `composite`: each sees what those before it made, and with all or
//! none one failure undoes them all. What a call does is left to the files that do it alone.

use std::collections::BTreeMap;

use axum::response::Response;
use futures_util::FutureExt as _;
use http::Method;
use serde_json::{Map, Value, json};

use super::{Visit, arrived, dispatch, route};
use crate::answer;
use crate::calls::Call;
use crate::org::State;
use crate::record::Record;
use crate::refusal::Refusal;

const MOST_CALLS: usize = 25;
const HALTED: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

/// One call's answer.
struct Done {
    reference: String,
    status: u16,
    body: Value,
    location: Option<String>,
}

/// `POST composite`.
pub(super) fn run(
    state: &mut State,
    visit: &Visit<'_>,
    calls: &mut Vec<Call>,
) -> Result<Response, Refusal> {
    let body = visit.object()?;
    let asked = read(&body)?;
    let all_or_none = body.get("allOrNone") == Some(&Value::Bool(true));
    let before = all_or_none.then(|| state.snapshot());
    let mut known = BTreeMap::new();
    let mut done: Vec<Done> = Vec::new();
    let mut failed = false;
    for one in asked {
        let reference = reference(one);
        if failed && all_or_none {
            done.push(halted(reference));
            continue;
        }
        let (status, body, location) = match call(state, visit, one, &known, calls) {
            Ok(answered) => answered,
            Err(refusal) => (refusal.status, refusal.body(), None),
        };
        failed |= status >= 400;
        if status < 400 {
            known.insert(reference.clone(), body.clone());
        }
        done.push(Done {
            reference,
            status,
            body,
            location,
        });
    }
    if let Some(before) = before
        && failed
    {
        state.restore(before);
        for one in done.iter_mut().filter(|one| one.status < 400) {
            *one = halted(std::mem::take(&mut one.reference));
        }
        for call in calls.iter_mut().filter(|call| call.status < 400) {
            call.status = 400;
        }
    }
    let answers: Vec<Value> = done.into_iter().map(Done::json).collect();
    Ok(answer::json(200, &json!({ "compositeResponse": answers })))
}

/// The calls of a body, each with a name of its own.
fn read(body: &Record) -> Result<&Vec<Value>, Refusal> {
    let list = body.get("compositeRequest").and_then(Value::as_array);
    let list = list.ok_or_else(|| Refusal::json("compositeRequest is wanted"))?;
    if list.len() > MOST_CALLS {
        let message = format!("Limit exceeded: at most {MOST_CALLS} subrequests are allowed");
        return Err(Refusal::new(400, "LIMIT_EXCEEDED", message));
    }
    let mut names: Vec<String> = list.iter().map(reference).collect();
    names.sort_unstable();
    if names.first().is_some_and(String::is_empty) {
        return Err(Refusal::json(
            "each of compositeRequest needs a referenceId",
        ));
    }
    if names.windows(2).any(|two| two[0] == two[1]) {
        return Err(Refusal::json("each referenceId is used once"));
    }
    Ok(list)
}

fn reference(one: &Value) -> String {
    one["referenceId"].as_str().unwrap_or_default().to_owned()
}

type Answered = (u16, Value, Option<String>);

fn call(
    state: &mut State,
    visit: &Visit<'_>,
    one: &Value,
    known: &BTreeMap<String, Value>,
    calls: &mut Vec<Call>,
) -> Result<Answered, Refusal> {
    let url = filled(one["url"].as_str().unwrap_or_default(), known)?;
    let method = one["method"].as_str().unwrap_or_default();
    let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
    let method = method.map_err(|_| Refusal::json("method is wanted"))?;
    let body = match &one["body"] {
        Value::Null => String::new(),
        body => filled_in(body, known)?.to_string(),
    };
    let request = visit.request.within(method, &url, body);
    let path = match request.segments.as_slice() {
        [services, data, version, path @ ..]
            if services == "services" && data == "data" && version == visit.version =>
        {
            path
        }
        _ => return Err(Refusal::not_found()),
    };
    let (route, allowed) = route::find(path).ok_or_else(Refusal::not_found)?;
    if route == route::Route::Composite || !allowed.contains(&request.method.as_str()) {
        let message = format!("HTTP Method '{}' not allowed.", request.method);
        return Err(Refusal::new(405, "METHOD_NOT_ALLOWED", message));
    }
    let mut own = arrived::calls(state, &request, &route);
    let inner = Visit {
        request: &request,
        version: visit.version,
        user: visit.user.clone(),
        rights: visit.rights,
    };
    let response = dispatch(state, &inner, &route, &mut own)
        .unwrap_or_else(|refusal| answer::refused(&refusal));
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    for mut call in own {
        if call.status == 0 {
            call.status = status;
        }
        calls.push(call);
    }
    // A body made of text is there at once.
    let bytes = axum::body::to_bytes(body, usize::MAX).now_or_never();
    let bytes = bytes.and_then(Result::ok).unwrap_or_default();
    let location = head.headers.get(http::header::LOCATION);
    let location = location.and_then(|at| at.to_str().ok()).map(str::to_owned);
    Ok((
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        location,
    ))
}

/// A value with `@{name.path}` in its texts replaced by what that call answered.
fn filled_in(value: &Value, known: &BTreeMap<String, Value>) -> Result<Value, Refusal> {
    Ok(match value {
        Value::String(text) => Value::String(filled(text, known)?),
        Value::Array(items) => {
            let items = items.iter().map(|item| filled_in(item, known));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let map = map
                .iter()
                .map(|(name, value)| Ok((name.clone(), filled_in(value, known)?)));
            Value::Object(map.collect::<Result<Map<_, _>, Refusal>>()?)
        }
        other => other.clone(),
    })
}

fn filled(text: &str, known: &BTreeMap<String, Value>) -> Result<String, Refusal> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("@{") {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        out.push_str(&named(name, known)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// `name.path[0].more` in the answers so far.
fn named(name: &str, known: &BTreeMap<String, Value>) -> Result<String, Refusal> {
    let wrong = || {
        let message = format!("Invalid reference specified. No value for {name} found");
        Refusal::new(400, "PROCESSING_HALTED", message)
    };
    let mut parts = name
        .split(['.', '['])
        .map(|part| part.trim_end_matches(']'));
    let mut here = known
        .get(parts.next().unwrap_or_default())
        .ok_or_else(wrong)?;
    for part in parts {
        here = match part.parse::<usize>() {
            Ok(index) if here.is_array() => &here[index],
            _ => &here[part],
        };
    }
    match here {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(here.to_string()),
        _ => Err(wrong()),
    }
}

fn halted(reference: String) -> Done {
    Done {
        reference,
        status: 400,
        body: json!([{ "errorCode": "PROCESSING_HALTED", "message": HALTED }]),
        location: None,
    }
}

impl Done {
    fn json(self) -> Value {
        let headers = match self.location {
            Some(location) => json!({ "Location": location }),
            None => json!({}),
        };
        json!({
            "body": self.body,
            "httpHeaders": headers,
            "httpStatusCode": self.status,
            "referenceId": self.reference,
        })
    }
}
