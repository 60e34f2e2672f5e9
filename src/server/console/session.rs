//! Who is logged in to the console: a cookie of 256 random bits, kept hashed in the store, for twelve hours; with it a
//! token that every form carries, so that no other site can send one.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use turnwise_connectors::auth::GrantStore as _;

use crate::server::errors::Refusal;
use crate::server::{Served, keys, pages};

/// Kind of what is kept of sessions.
pub const SESSION: &str = "session";
/// How long a session lives, in seconds.
const LIFE: i64 = 12 * 3_600;
/// Largest form, in bytes.
const FORM: usize = 256 * 1024;

/// The operator of a request.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Named in the audit trail.
    pub name: String,
    /// What every form of this session carries.
    pub csrf: String,
}

/// A session as it is kept, sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    csrf: String,
    ends: i64,
}

/// A form of the console: sent by this operator's own page.
pub struct Posted {
    /// Who sent it.
    pub operator: Operator,
    /// Its fields; of fields with one name the last counts.
    pub fields: BTreeMap<String, String>,
}

impl Posted {
    /// A field without the space around it; empty where it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.trim())
    }
}

/// Begins a session; the answer's `Set-Cookie`.
///
/// # Errors
/// Where the store fails.
pub async fn begin(served: &Served, name: &str) -> Result<HeaderValue, Refusal> {
    let value = keys::fresh();
    let kept = Kept {
        name: name.to_owned(),
        csrf: keys::fresh(),
        ends: Timestamp::now().as_second() + LIFE,
    };
    let auth = &served.runtime.connectors.auth;
    auth.put(SESSION, &id(&value), &kept)
        .await
        .map_err(super::away)?;
    Ok(cookie(served, &value, LIFE))
}

/// Ends the session of these headers; the answer's `Set-Cookie`.
///
/// # Errors
/// Where the store fails.
pub async fn end(served: &Served, headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
    if let Some(value) = given(served, headers) {
        let store = served.runtime.connectors.auth.store();
        store
            .keep(SESSION, &id(&value), None)
            .await
            .map_err(super::away)?;
    }
    Ok(cookie(served, "", 0))
}

async fn operator(served: &Served, headers: &HeaderMap) -> Result<Option<Operator>, Refusal> {
    let Some(value) = given(served, headers) else {
        return Ok(None);
    };
    let auth = &served.runtime.connectors.auth;
    let kept = auth.opened::<Kept>(SESSION, &id(&value)).await;
    let kept = kept.map_err(super::away)?;
    let lives = kept.filter(|kept| kept.ends > Timestamp::now().as_second());
    Ok(lives.map(|kept| Operator {
        name: kept.name,
        csrf: kept.csrf,
    }))
}

impl FromRequestParts<Served> for Operator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Operator, Response> {
        let found = operator(served, &parts.headers).await;
        match found.map_err(IntoResponse::into_response)? {
            Some(operator) => Ok(operator),
            None => Err(Redirect::to("/console/log-in").into_response()),
        }
    }
}

impl FromRequest<Served> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, served: &Served) -> Result<Posted, Response> {
        let (mut parts, body) = request.into_parts();
        let operator = Operator::from_request_parts(&mut parts, served).await?;
        let fields = fields(&parts, body).await?;
        let token = fields.get("csrf").map_or("", String::as_str);
        let ours = pages::same_origin(&parts.headers, &served.runtime.public_url);
        if !ours || !bool::from(token.as_bytes().ct_eq(operator.csrf.as_bytes())) {
            let message = "This form was not sent by a page of this session. Load the page again.";
            return Err(
                Refusal::new(StatusCode::FORBIDDEN, "other_origin", message).into_response()
            );
        }
        Ok(Posted { operator, fields })
    }
}

/// The fields of a form.
///
/// # Errors
/// 413 and 405 in the one shape of errors.
pub async fn fields(
    parts: &Parts,
    body: axum::body::Body,
) -> Result<BTreeMap<String, String>, Response> {
    debug_assert_eq!(parts.method, Method::POST);
    let bytes: Bytes = axum::body::to_bytes(body, FORM).await.map_err(|_| {
        let message = "This form is too large.";
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message).into_response()
    })?;
    Ok(url::form_urlencoded::parse(&bytes).into_owned().collect())
}

fn id(value: &str) -> String {
    let hash = keys::hashed(&format!("console {value}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn given(served: &Served, headers: &HeaderMap) -> Option<String> {
    let own = name(served);
    let lines = headers.get_all(header::COOKIE).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == own)
        .map(|(_, value)| value.to_owned())
}

fn name(served: &Served) -> &'static str {
    if secure(served) {
        "__Host-turnwise-console"
    } else {
        "turnwise-console"
    }
}

fn secure(served: &Served) -> bool {
    served.runtime.public_url.starts_with("https://")
}

fn cookie(served: &Served, value: &str, life: i64) -> HeaderValue {
    let own = name(served);
    let secure = if secure(served) { " Secure;" } else { "" };
    let text = format!("{own}={value}; Path=/;{secure} HttpOnly; SameSite=Strict; Max-Age={life}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
