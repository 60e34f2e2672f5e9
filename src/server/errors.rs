//! The one shape of an error: `{"error": {"code", "message"}}`. The message says what to do; causes go to the log.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::runtime::Trouble;
use crate::store::Away;

/// Largest body of a request, in bytes.
pub(super) const BODY: usize = 256 * 1024;
/// Up to here a body that is too large is read and thrown away, in bytes.
const DRAINED: usize = 16 * 1024 * 1024;

/// A request that can't be answered.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal with this code and sentence.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    /// Too many requests; seconds until the next.
    pub fn too_many(seconds: u64) -> Refusal {
        let message = format!("Too many requests. Try again in {seconds} seconds.");
        let status = StatusCode::TOO_MANY_REQUESTS;
        Refusal {
            status,
            code: "too_many_requests",
            message,
            retry_after: Some(seconds),
        }
    }

    /// There is no such conversation.
    pub fn no_conversation() -> Refusal {
        let message = "There is no such conversation. Open one with POST /v1/conversations.";
        Refusal::new(StatusCode::NOT_FOUND, "conversation_not_found", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": { "code": self.code, "message": self.message } }));
        let mut response = (self.status, body).into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Away> for Refusal {
    fn from(away: Away) -> Refusal {
        tracing::error!(%away, "the store is away");
        let message = "The store does not answer. Nothing was lost; try again.";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "store_away", message)
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Refusal {
        match trouble {
            Trouble::NotFound => Refusal::no_conversation(),
            Trouble::Away(away) => away.into(),
        }
    }
}

/// A JSON body, refused in our shape. An empty body is an empty object.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Body<T>, Refusal> {
        let bytes = read(request.into_body()).await?;
        let text: &[u8] = if bytes.trim_ascii().is_empty() {
            b"{}"
        } else {
            &bytes
        };
        serde_json::from_slice(text).map(Body).map_err(|error| {
            let message = format!("The body is not the JSON of this request: {error}.");
            Refusal::new(StatusCode::BAD_REQUEST, "broken_json", message)
        })
    }
}

/// Reads a body. One that is too large is read to its end all the same, within reason, and thrown away: a server that
/// answers and hangs up while the client still sends is heard by nobody.
async fn read(body: axum::body::Body) -> Result<Vec<u8>, Refusal> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut total = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "broken_body",
                "The body broke off.",
            )
        })?;
        total += chunk.len();
        if total <= BODY {
            bytes.extend_from_slice(&chunk);
        }
        if total > DRAINED {
            break;
        }
    }
    if total > BODY {
        Err(too_large())
    } else {
        Ok(bytes)
    }
}

fn too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "The body is over 256 KiB.",
    )
}

/// Gives errors that the framework made (a query that can't be read) our shape, and every answer its safe defaults.
pub async fn shaped(request: Request, next: Next) -> Response {
    let ours = request.uri().path().starts_with("/v1/");
    let mut response = next.run(request).await;
    let status = response.status();
    let wrong = status.is_client_error() || status.is_server_error();
    if ours && wrong && !is_json(&response) {
        response = reshaped(response).await;
    }
    let headers = response.headers_mut();
    headers
        .entry(header::X_CONTENT_TYPE_OPTIONS)
        .or_insert(HeaderValue::from_static("nosniff"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind == "application/json")
}

async fn reshaped(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let text = axum::body::to_bytes(body, 4_096).await.unwrap_or_default();
    let message = match String::from_utf8_lossy(&text).trim() {
        "" => {
            "This request can't be answered. The API is described at /v1/openapi.json.".to_owned()
        }
        text => format!("{}.", text.trim_end_matches('.')),
    };
    let mut shaped = Refusal::new(parts.status, "wrong_request", message).into_response();
    for (name, value) in &parts.headers {
        // What the layer said beside its sentence stays: `Allow`, `Upgrade`.
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            shaped.headers_mut().append(name, value.clone());
        }
    }
    shaped
}

/// A path that is none of ours.
pub async fn no_such_path() -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is nothing here. The API is described at /v1/openapi.json.",
    )
}

/// A method that this path does not have.
pub async fn no_such_method() -> Refusal {
    let message = "This path has no such method. The API is described at /v1/openapi.json.";
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        message,
    )
}
