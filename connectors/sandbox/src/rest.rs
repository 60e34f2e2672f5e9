//! The data API under `/services/data`: which call it is, who makes it, what it is answered, and the log of it.
//! What each call does is left to the files of `rest/`.

mod arrived;
mod collections;
mod composite;
mod conditional;
mod query;
mod recent;
mod resources;
mod route;
mod search;
mod sobjects;

pub(crate) use query::Cursors;

use axum::response::Response;
use serde_json::{Map, Value};

use crate::answer;
use crate::calls::Call;
use crate::fault::{self, Fault, On};
use crate::oauth::{Rights, Visitor};
use crate::org::{Org, State};
use crate::record::{Record, Saving};
use crate::refusal::Refusal;
use crate::request::Request;
use route::Route;

/// Calls a day, shown in `Sforce-Limit-Info` and `limits`; nothing is refused for it.
const DAILY_CALLS: u64 = 15_000;

/// One call by a user who is known.
pub(crate) struct Visit<'a> {
    pub(crate) request: &'a Request,
    /// As in the path: `v62.0`.
    pub(crate) version: &'a str,
    pub(crate) user: String,
    pub(crate) rights: Rights,
}

/// Answers a call; `rest` is its path behind `/services/data`.
pub(crate) async fn answer(org: &Org, request: &Request, rest: &[String]) -> Response {
    let Some((version, rest)) = rest.split_first() else {
        return match request.method {
            http::Method::GET | http::Method::HEAD => answer::json(200, &resources::versions()),
            _ => not_allowed(request, &["GET"]),
        };
    };
    if !resources::is_version(version) {
        return answer::refused(&Refusal::not_found());
    }
    let (route, allowed) = match route::find(rest) {
        Some((route, allowed)) => (route, allowed),
        None => return answer::refused(&Refusal::not_found()),
    };
    let method = if request.method == http::Method::HEAD {
        "GET"
    } else {
        request.method.as_str()
    };
    if !allowed.contains(&method) {
        return not_allowed(request, allowed);
    }
    let (calls, visitor, fault) = {
        let mut state = org.state();
        state.api_calls += 1;
        let calls = arrived::calls(&state, request, &route);
        match state.grants.visitor(request.header("authorization")) {
            Ok(visitor) => {
                let fault = state.faults.take(On::Data, route.does(method));
                (calls, visitor, fault)
            }
            Err(refusal) => {
                note(&mut state, calls, refusal.status);
                drop(state);
                let refused = answer::refused(&refusal);
                return answer::with_header(refused, "www-authenticate", "Token");
            }
        }
    };
    if let Some(fault) = fault
        && let Some(response) = fault.answer(On::Data).await
    {
        let status = if fault.is_silent() {
            fault::NO_ANSWER
        } else {
            response.status().as_u16()
        };
        let mut state = org.state();
        note(&mut state, calls, status);
        return counted(&state, response);
    }
    run(org, request, version, &route, visitor, calls, fault)
}

fn run(
    org: &Org,
    request: &Request,
    version: &str,
    route: &Route,
    visitor: Visitor,
    mut calls: Vec<Call>,
    fault: Option<Fault>,
) -> Response {
    let mut state = org.state();
    let visit = Visit {
        request,
        version,
        user: visitor.user,
        rights: visitor.rights,
    };
    let response = match dispatch(&mut state, &visit, route, &mut calls) {
        Ok(response) => response,
        Err(refusal) => answer::refused(&refusal),
    };
    note(&mut state, calls, response.status().as_u16());
    if fault == Some(Fault::DropAfter) {
        return answer::dropped();
    }
    counted(&state, response)
}

fn dispatch(
    state: &mut State,
    visit: &Visit<'_>,
    route: &Route,
    calls: &mut Vec<Call>,
) -> Result<Response, Refusal> {
    let method = visit.request.method.as_str();
    match route {
        Route::Resources => Ok(resources::list(state, visit)),
        Route::Limits => Ok(resources::limits(state)),
        Route::Recent => Ok(answer::json(200, &recent::everywhere(state, visit))),
        Route::Objects => Ok(sobjects::all(state, visit)),
        Route::Object(object) if method == "POST" => sobjects::create(state, visit, object, calls),
        Route::Object(object) => sobjects::basic(state, visit, object),
        Route::Describe(object) => sobjects::describe(state, visit, object),
        Route::Row(object, id) => match method {
            "PATCH" => sobjects::update(state, visit, object, id, calls),
            "DELETE" => sobjects::delete(state, visit, object, id, calls),
            _ => sobjects::get(state, visit, object, id, calls),
        },
        Route::Key(object, field, value) => match method {
            "PATCH" => sobjects::upsert(state, visit, object, field, value, calls),
            "DELETE" => sobjects::delete_by_key(state, visit, object, field, value, calls),
            _ => sobjects::get_by_key(state, visit, object, field, value, calls),
        },
        Route::Query(rows) => query::first(state, visit, *rows, calls),
        Route::More(locator) => query::more(state, visit, locator, calls),
        Route::Search => search::sosl(state, visit, calls),
        Route::ParameterizedSearch => search::parameterized(state, visit, calls),
        Route::Collection => match method {
            "POST" => collections::create(state, visit, calls),
            "PATCH" => collections::update(state, visit, calls),
            _ => collections::delete(state, visit, calls),
        },
        Route::Composite => composite::run(state, visit, calls),
        Route::CollectionOf(object) => collections::get(state, visit, object, calls),
        Route::CollectionKey(object, field) => {
            collections::upsert(state, visit, object, field, calls)
        }
    }
}

impl Visit<'_> {
    pub(crate) fn saving<'a>(&'a self, raw: &'a str) -> Saving<'a> {
        let option = |name: &str| {
            self.request
                .header("sforce-duplicate-rule-header")
                .is_some_and(|header| header_says(header, name))
        };
        Saving {
            user: &self.user,
            rights: self.rights,
            version: self.version,
            raw,
            allow_duplicates: option("allowSave"),
            show_duplicates: option("includeRecordDetails"),
        }
    }

    /// The body as text, once it says that it is JSON.
    pub(crate) fn raw(&self) -> Result<&str, Refusal> {
        let is_json = self.request.header("content-type").is_some_and(|kind| {
            kind.split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .eq_ignore_ascii_case("application/json")
        });
        if !is_json {
            return Err(Refusal::new(
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                "Unsupported content type; this resource reads application/json",
            ));
        }
        std::str::from_utf8(&self.request.body).map_err(|_| Refusal::json("The body is not UTF-8"))
    }

    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Result<Record, Refusal> {
        let raw = self.raw()?;
        if raw.trim().is_empty() {
            return Err(Refusal::json(
                "The HTTP entity body is required, but this request has no entity body.",
            ));
        }
        match serde_json::from_str(raw) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(_) => Err(Refusal::json(
                "Unexpected value, an object is wanted at [line:1, column:1]",
            )),
            Err(wrong) => Err(Refusal::json(format!(
                "Unexpected character or end of input at [line:{}, column:{}]",
                wrong.line(),
                wrong.column()
            ))),
        }
    }
}

/// `allowSave=true; includeRecordDetails=true`.
fn header_says(header: &str, name: &str) -> bool {
    header
        .split([';', ','])
        .filter_map(|part| part.split_once('='))
        .any(|(key, value)| {
            key.trim().eq_ignore_ascii_case(name) && value.trim().eq_ignore_ascii_case("true")
        })
}

fn note(state: &mut State, calls: Vec<Call>, status: u16) {
    for call in calls {
        state.calls.note(call, status);
    }
}

fn counted(state: &State, response: Response) -> Response {
    let used = format!("api-usage={}/{DAILY_CALLS}", state.api_calls);
    answer::with_header(response, "sforce-limit-info", &used)
}

fn not_allowed(request: &Request, allowed: &[&str]) -> Response {
    let mut list: Vec<&str> = allowed.to_vec();
    if allowed.contains(&"GET") {
        list.insert(0, "HEAD");
    }
    let list = list.join(",");
    let refusal = Refusal::new(
        405,
        "METHOD_NOT_ALLOWED",
        format!(
            "HTTP Method '{}' not allowed. Allowed are {list}",
            request.method
        ),
    );
    answer::with_header(answer::refused(&refusal), "allow", &list)
}

/// The fields of a body by the names that the schema knows them by, for the log.
fn canonical(state: &State, object: &str, body: &Record) -> Map<String, Value> {
    let object = state.schema.object(object);
    body.iter()
        .filter(|(name, _)| *name != "attributes")
        .map(|(name, value)| {
            let known = object.and_then(|o| o.field(name)).map(|f| f.name);
            (known.unwrap_or(name).to_owned(), value.clone())
        })
        .collect()
}
