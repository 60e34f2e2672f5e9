//! The control addresses of tests and measuring programs, under `/sandbox`, on loopback only (interfaces, section 6).
//! What they switch is left to the parts of the org.

use std::sync::Arc;

use axum::response::Response;
use http::Method;
use serde_json::{Map, Value, json};

use crate::answer;
use crate::fault::{Fault, On};
use crate::oauth::Rights;
use crate::org::{Org, State};
use crate::record::{DuplicateRule, ValidationRule};
use crate::request::Request;
use crate::schema::Schema;
use crate::seed;

/// Answers a control call; `rest` is its path behind `/sandbox`.
pub(crate) fn answer(org: &Org, request: &Request, rest: &[&str]) -> Response {
    if !is_local(request) {
        return wrong(403, "the control addresses answer on loopback only");
    }
    let get = request.method == Method::GET;
    let post = request.method == Method::POST;
    let mut state = org.state();
    let result = match rest {
        ["calls"] if get => calls(&state, request),
        ["reset"] if post => body(request).and_then(|body| reset(&mut state, body)),
        ["fault"] if post => body(request).and_then(|body| fault(&mut state, &body)),
        ["org"] if post => body(request).and_then(|body| rules(&mut state, &body)),
        ["expire"] if post => body(request).and_then(|body| expire(&mut state, &body)),
        ["users"] if post => {
            return match body(request).and_then(|body| user(&mut state, &body)) {
                Ok(value) => answer::json(201, &value),
                Err(message) => wrong(400, &message),
            };
        }
        ["calls" | "reset" | "fault" | "org" | "expire" | "users"] => {
            return wrong(405, "wrong method");
        }
        _ => {
            return wrong(
                404,
                "there is /sandbox/reset, calls, fault, org, expire and users",
            );
        }
    };
    match result {
        Ok(value) => answer::json(200, &value),
        Err(message) => wrong(400, &message),
    }
}

/// On this machine, by a loopback name, and not sent by a page of another site.
fn is_local(request: &Request) -> bool {
    let foreign = request
        .header("sec-fetch-site")
        .is_some_and(|site| site == "cross-site");
    let host = request.base.trim_start_matches("http://");
    let named = ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
        host.strip_prefix(name)
            .is_some_and(|port| port.is_empty() || port.starts_with(':'))
    });
    named
        && !foreign
        && request
            .peer
            .is_none_or(|peer| peer.to_canonical().is_loopback())
}

fn calls(state: &State, request: &Request) -> Result<Value, String> {
    let after = match request.query("after") {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| "`after` is the number of a call")?,
    };
    Ok(state.calls.after(after))
}

/// Exactly these records; faults that still wait and open results go, the rest stays.
fn reset(state: &mut State, body: Map<String, Value>) -> Result<Value, String> {
    let loaded = seed::load(state, &Value::Object(body))?;
    state.faults.clear();
    state.cursors.clear();
    Ok(json!({ "records": loaded }))
}

fn fault(state: &mut State, body: &Map<String, Value>) -> Result<Value, String> {
    let on = match text(body, "on")? {
        Some("data") => On::Data,
        Some("token") => On::Token,
        Some("authorize") => On::Authorize,
        _ => return Err("`on` is data, token or authorize".into()),
    };
    let answer = match body.get("answer") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(status)) => status.to_string(),
        _ => return Err("`answer` is missing".into()),
    };
    let times = match body.get("times") {
        None => 1,
        Some(times) => times
            .as_u64()
            .and_then(|times| u32::try_from(times).ok())
            .ok_or("`times` is a whole number")?,
    };
    state.faults.add(on, Fault::read(on, &answer)?, times);
    Ok(json!({}))
}

fn rules(state: &mut State, body: &Map<String, Value>) -> Result<Value, String> {
    let duplicate = match text(body, "duplicate_rule")? {
        None => state.duplicate_rule,
        Some("off") => DuplicateRule::Off,
        Some("allow") => DuplicateRule::Allow,
        Some("block") => DuplicateRule::Block,
        Some(_) => return Err("`duplicate_rule` is off, allow or block".into()),
    };
    if let Some(rule) = body.get("validation_rule") {
        let rule = match rule {
            Value::Null => None,
            Value::Object(rule) => Some(validation(state, rule)?),
            _ => return Err("`validation_rule` is an object or null".into()),
        };
        state.validation_rule = rule;
    }
    if let Some(there) = body.get("external_id") {
        let there = there.as_bool().ok_or("`external_id` is true or false")?;
        state.schema = Arc::new(Schema::new(there));
        state.described = state.clock.now();
    }
    state.duplicate_rule = duplicate;
    Ok(json!({}))
}

fn validation(state: &State, rule: &Map<String, Value>) -> Result<ValidationRule, String> {
    let part = |name: &str| {
        Ok::<_, String>(
            text(rule, name)?
                .ok_or(format!("`validation_rule` needs `{name}`"))?
                .to_owned(),
        )
    };
    let rule = ValidationRule {
        object: part("object")?,
        field: part("field")?,
        message: part("message")?,
    };
    let known = state
        .schema
        .object(&rule.object)
        .and_then(|o| o.field(&rule.field))
        .is_some();
    if known {
        Ok(rule)
    } else {
        Err(format!("there is no {}.{}", rule.object, rule.field))
    }
}

fn expire(state: &mut State, body: &Map<String, Value>) -> Result<Value, String> {
    let ended = match text(body, "what")? {
        Some("access") => state.grants.expire_access(),
        Some("refresh") => state.grants.expire_refresh(),
        Some("all") => state.grants.expire_access() + state.grants.expire_refresh(),
        _ => return Err("`what` is access, refresh or all".into()),
    };
    Ok(json!({ "ended": ended }))
}

fn user(state: &mut State, body: &Map<String, Value>) -> Result<Value, String> {
    let username = text(body, "username")?.ok_or("`username` is missing")?;
    let password = text(body, "password")?.ok_or("`password` is missing")?;
    let name = match text(body, "name")? {
        Some(name) => name,
        None => username.split('@').next().unwrap_or(username),
    };
    let rights = match body.get("rights") {
        None | Some(Value::Null) => Rights::ALL,
        Some(Value::Array(words)) => {
            Rights::read(words.iter().map(|word| word.as_str().unwrap_or("?"))).map_err(|word| {
                format!("`{word}` is no right; there are read, create, update and delete")
            })?
        }
        Some(_) => return Err("`rights` is a list".into()),
    };
    let id = state.add_user(username, password, name, rights);
    Ok(json!({"id": id, "username": username}))
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, String> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{name}` is a text")),
    }
}

fn body(request: &Request) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err("the body is a JSON object".into()),
        Err(wrong) => Err(format!("the body is not JSON: {wrong}")),
    }
}

fn wrong(status: u16, message: &str) -> Response {
    answer::json(status, &json!({ "error": message }))
}
