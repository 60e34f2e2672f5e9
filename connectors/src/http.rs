//! The connector for any JSON service: one request to the host of its integration, and the parts of the answer that were
//! asked for. Where a service is stands in `service`, what opens it is `auth`'s; percent-encoding the values of a path is the engine's.

mod guard;
mod service;
mod spec;
mod taken;

use jiff::Timestamp;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use turnwise_engine::effect::{Call, Does, Failure, FailureKind, Outcome};

use crate::auth::Credential;
use crate::salesforce::SessionEnded;
use crate::wire::{self, Tries};

pub use service::{Service, Services, Unfit};
pub use spec::spec;

/// Longest answer that is read.
const CAP: usize = 1024 * 1024;

/// What one try came to.
enum Tried {
    /// The service did it.
    Done(u16, Value),
    /// It did not, or nobody knows; how long it wants to be left alone.
    Failed(Box<Failure>, Option<std::time::Duration>),
}

/// Performs `get post put patch delete`. Every failure is an outcome. Tried again is what reads, and what does the same
/// however often it is done (RFC 9110, 9.2.2): a `post` or `patch` without an answer stays unknown.
///
/// # Errors
/// [`SessionEnded`] where the credential is not taken (401); nothing was done then, unless it says that it is in doubt.
pub(crate) async fn perform(
    client: &reqwest::Client,
    service: &Service,
    credential: &Credential,
    call: &Call,
) -> Result<Outcome, SessionEnded> {
    let same = matches!(call.operation.as_str(), "get" | "put" | "delete");
    let repeatable = same || call.does == Does::Read;
    let since = call.doubt.unwrap_or_else(Timestamp::now);
    if call.doubt.is_some() && !repeatable {
        return Ok(Outcome::Failed(Failure::new(FailureKind::Unknown)));
    }
    let mut tries = Tries::new();
    let mut unsure = call.doubt.is_some();
    loop {
        let (mut failure, wait) = match attempt(client, service, credential, call).await {
            Tried::Done(status, body) => return Ok(Outcome::Done(taken(status, &body, call))),
            Tried::Failed(failure, wait) => (failure, wait),
        };
        if failure.code == "401" {
            let doubt = unsure.then_some(since);
            return Err(SessionEnded { doubt });
        }
        let gone = failure.kind == FailureKind::NotFound && call.operation == "delete";
        if unsure && gone {
            // An earlier try of ours has removed it.
            return Ok(Outcome::Done(taken(404, &Value::Null, call)));
        }
        let lost = failure.kind == FailureKind::Unknown;
        let settles = lost && !unsure;
        unsure |= lost;
        let soon = failure.kind == FailureKind::Limit && wait.is_some();
        let again = soon || repeatable && (lost || failure.kind == FailureKind::Unavailable);
        if again && tries.again(wait, settles).await {
            continue;
        }
        let open = matches!(failure.kind, FailureKind::Unavailable | FailureKind::Limit);
        if unsure && (lost || open) && call.does.writes() {
            failure.kind = FailureKind::Unknown;
            failure.doubt = repeatable.then_some(since);
        }
        tracing::warn!(
            integration = call.integration,
            kind = failure.kind.word(),
            code = failure.code,
            message = failure.message,
            "a service did not do what it was asked"
        );
        return Ok(Outcome::Failed(*failure));
    }
}

/// What a credential that nobody can renew comes to where it is not taken.
pub(crate) fn refused() -> Outcome {
    Outcome::Failed(Failure {
        code: "401".to_owned(),
        ..Failure::because(FailureKind::Setup, "the service does not take the key")
    })
}

async fn attempt(
    client: &reqwest::Client,
    service: &Service,
    credential: &Credential,
    call: &Call,
) -> Tried {
    let failed = |kind, message: &str| {
        let failure = Failure::because(kind, message);
        Tried::Failed(Box::new(failure), None)
    };
    let request = match request(client, service, credential, call) {
        Ok(request) => request,
        Err(message) => return failed(FailureKind::Setup, message),
    };
    let lost = if call.does.writes() {
        FailureKind::Unknown
    } else {
        FailureKind::Unavailable
    };
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_builder() => return failed(FailureKind::Setup, "a header is bad"),
        Err(error) if guard::refused(&error) => {
            return failed(FailureKind::Setup, "its host leads to an internal address");
        }
        Err(error) if error.is_connect() => return failed(FailureKind::Unavailable, ""),
        Err(_) => return failed(lost, ""),
    };
    let status = response.status().as_u16();
    let wait = wire::wait(response.headers());
    let Some(bytes) = wire::body(response, CAP).await else {
        return failed(lost, "the answer broke off, or is too long");
    };
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    match spec::kind(status, call.does.writes()) {
        None => Tried::Done(status, body),
        Some(kind) => {
            let failure = Failure {
                code: status.to_string(),
                ..Failure::because(kind, taken::reason(&body))
            };
            Tried::Failed(Box::new(failure), wait)
        }
    }
}

fn request(
    client: &reqwest::Client,
    service: &Service,
    credential: &Credential,
    call: &Call,
) -> Result<reqwest::RequestBuilder, &'static str> {
    let method = call.operation.to_uppercase();
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| "there is no such method")?;
    let path = call.input["path"].as_str().unwrap_or("");
    let url = service
        .address(path)
        .ok_or("the path leads out of the service")?;
    let mut request = client
        .request(method, url)
        .header("accept", "application/json");
    for (name, value) in taken::texts(&call.input["headers"]) {
        request = request.header(name, value);
    }
    for (name, value) in &credential.headers {
        let mut value = reqwest::header::HeaderValue::from_str(value.expose_secret())
            .map_err(|_| "its key can't be sent as a header")?;
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let query = taken::texts(&call.input["query"]);
    if !query.is_empty() {
        request = request.query(&query);
    }
    for (name, value) in &credential.query {
        request = request.query(&[(name, value.expose_secret())]);
    }
    if call.operation == "get" && !credential.body.is_empty() {
        return Err("its key goes into the body, and a get has none");
    }
    let key = credential.body.iter();
    let key = key.map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
    if !call.input["json"].is_null() {
        let mut json = call.input["json"].clone();
        match &mut json {
            Value::Object(fields) => fields.extend(key.map(|(name, value)| (name, value.into()))),
            _ if credential.body.is_empty() => {}
            _ => return Err("its key goes into the body, and the call's is no object"),
        }
        request = request.json(&json);
    } else {
        let mut form = taken::texts(&call.input["form"]);
        form.extend(key);
        if !form.is_empty() {
            request = request.form(&form);
        }
    }
    if call.does.writes() && !call.key.is_empty() {
        // Services that know the header take a repeated call as one; the others ignore it.
        request = request.header("idempotency-key", &call.key);
    }
    Ok(request)
}

/// The names of `take`, and `.status`.
fn taken(status: u16, body: &Value, call: &Call) -> Value {
    let mut all = Map::new();
    for (name, path) in taken::texts(&call.input["take"]) {
        all.insert(name, taken::take(body, &path));
    }
    all.insert("status".to_owned(), status.into());
    Value::Object(all)
}
