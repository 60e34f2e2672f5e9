//! The connector for any JSON service: one request to a fixed host, and the parts of the answer that were asked for.
//! Percent-encoding the values within a path is left to whoever renders it; keys come from the profile.

use std::time::Duration;

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use turnwise_engine::effect::{Call, Failure, FailureKind, Outcome};
use url::Url;

const CAP: usize = 1024 * 1024;

/// Where an integration of this connector leads, and the headers that open it.
#[derive(Debug, Clone)]
pub struct Service {
    /// Scheme, host and leading path; calls never leave it.
    pub base: Url,
    /// Headers sent with each call, `authorization` for one.
    pub headers: Vec<(String, SecretString)>,
}

/// A client for services: no redirects, 5 seconds to connect, 10 in all.
///
/// # Errors
/// Where the TLS back end cannot be set up.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(10))
        .build()
}

/// Performs `get post put patch delete`. Every failure is an outcome, and nothing is repeated.
pub async fn perform(client: &reqwest::Client, service: &Service, call: &Call) -> Outcome {
    let Ok(method) = Method::from_bytes(call.operation.to_uppercase().as_bytes()) else {
        return failed(FailureKind::Setup, "no such method");
    };
    let Some(url) = address(&service.base, call.input["path"].as_str().unwrap_or("")) else {
        return failed(FailureKind::Setup, "the path leads out of the service");
    };
    let mut request = client
        .request(method, url)
        .header("accept", "application/json");
    for (name, value) in &service.headers {
        request = request.header(name, value.expose_secret());
    }
    for (name, value) in texts(&call.input["headers"]) {
        request = request.header(name, value);
    }
    if !call.input["query"].is_null() {
        request = request.query(&texts(&call.input["query"]));
    }
    if !call.input["json"].is_null() {
        request = request.json(&call.input["json"]);
    } else if !call.input["form"].is_null() {
        request = request.form(&texts(&call.input["form"]));
    }
    if call.does.writes() && !call.key.is_empty() {
        // Services that know the header take a repeated call as one; the others ignore it.
        request = request.header("idempotency-key", &call.key);
    }
    let lost = if call.does.writes() {
        FailureKind::Unknown
    } else {
        FailureKind::Unavailable
    };
    let mut answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.is_builder() => return failed(FailureKind::Setup, "a bad header"),
        Err(error) if error.is_connect() => return failed(FailureKind::Unavailable, ""),
        Err(_) => return failed(lost, ""),
    };
    let status = answer.status().as_u16();
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= CAP => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            _ => return failed(lost, ""),
        }
    }
    if let Some(kind) = kind(status) {
        return failed(kind, "");
    }
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let mut taken = Map::new();
    taken.insert("status".to_owned(), status.into());
    for (name, path) in texts(&call.input["take"]) {
        taken.insert(name, take(&body, &path));
    }
    Outcome::Done(Value::Object(taken))
}

/// The value at a path such as `order.items[0].eta`; null where there is none.
pub fn take(body: &Value, path: &str) -> Value {
    let mut here = body;
    for part in path
        .split(['.', '['])
        .map(|part| part.trim_end_matches(']'))
    {
        here = match part.parse::<usize>() {
            Ok(index) if here.is_array() => &here[index],
            _ if part.is_empty() => here,
            _ => &here[part],
        };
    }
    here.clone()
}

/// The kind of failure of a status (template-language.md, section 7); `None` for success.
fn kind(status: u16) -> Option<FailureKind> {
    match status {
        200..=299 => None,
        400 | 422 => Some(FailureKind::Rejected),
        403 => Some(FailureKind::NoAccess),
        404 | 410 => Some(FailureKind::NotFound),
        409 => Some(FailureKind::Duplicate),
        412 => Some(FailureKind::Changed),
        429 => Some(FailureKind::Limit),
        500.. => Some(FailureKind::Unavailable),
        _ => Some(FailureKind::Setup),
    }
}

/// The path under the base; `None` where it would lead elsewhere.
fn address(base: &Url, path: &str) -> Option<Url> {
    let root = base.as_str().trim_end_matches('/');
    let url = Url::parse(&format!("{root}/{}", path.trim_start_matches('/'))).ok()?;
    let inside = url.origin() == base.origin() && url.as_str().starts_with(root);
    let climbs = path.split(['/', '\\']).any(|part| part == "..");
    (inside && !climbs).then_some(url)
}

fn texts(map: &Value) -> Vec<(String, String)> {
    let all = map.as_object().into_iter().flatten();
    all.filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        })
        .collect()
}

fn failed(kind: FailureKind, message: &str) -> Outcome {
    Outcome::Failed(Failure::because(kind, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn takes_what_a_path_names() {
        let body = json!({ "order": { "items": [{ "eta": "Friday" }] } });
        assert_eq!(take(&body, "order.items[0].eta"), "Friday");
        assert_eq!(take(&body, "order.items[3].eta"), Value::Null);
    }

    #[test]
    fn no_path_leaves_the_service() {
        let base: Url = "https://shop.example/api".parse().expect("an address");
        let inside = address(&base, "/orders/7").map(String::from);
        assert_eq!(inside.as_deref(), Some("https://shop.example/api/orders/7"));
        assert_eq!(address(&base, "orders/../../admin"), None);
        assert_eq!(address(&base, "orders/%2e%2e/%2e%2e/admin"), None);
    }
}
