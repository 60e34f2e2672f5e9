//! Answers in the forms of the wire: JSON, HTML, plain text, nothing at all, and a connection that breaks.
//! What they say is left to who answers.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use crate::refusal::Refusal;
use crate::request::Request;

pub(crate) const JSON: &str = "application/json;charset=UTF-8";

/// A JSON answer.
pub(crate) fn json(status: u16, value: &Value) -> Response {
    with_type(status, JSON, value.to_string())
}

/// A refusal of the data API: an array, always typed as JSON, since clients lose the error code otherwise.
pub(crate) fn refused(refusal: &Refusal) -> Response {
    json(refusal.status, &refusal.body())
}

/// A page.
pub(crate) fn html(status: u16, text: impl Into<String>) -> Response {
    with_type(status, "text/html;charset=UTF-8", text)
}

/// A few words.
pub(crate) fn text(status: u16, text: impl Into<String>) -> Response {
    with_type(status, "text/plain;charset=UTF-8", text)
}

/// An answer of any type.
pub(crate) fn with_type(status: u16, kind: &'static str, body: impl Into<String>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = code(status);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A status alone: no body, no content type.
pub(crate) fn empty(status: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code(status);
    response
}

/// Sends the browser or client elsewhere.
pub(crate) fn redirect(status: u16, to: &str) -> Response {
    with_header(empty(status), "location", to)
}

/// The same answer with one more header; a value that no header can carry is left out.
pub(crate) fn with_header(mut response: Response, name: &'static str, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(name, value);
    }
    response
}

/// Breaks the connection without a byte of an answer: the body fails before the head has been flushed.
pub(crate) fn dropped() -> Response {
    let broken = std::io::Error::other("dropped on demand");
    Response::new(Body::from_stream(futures_util::stream::once(async {
        Err::<axum::body::Bytes, _>(broken)
    })))
}

/// What every answer passes last: pretty-printing where asked for, and no body after HEAD.
pub(crate) async fn finish(method: &Method, pretty: bool, response: Response) -> Response {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !(pretty && is_json) && method != Method::HEAD {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(mut bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return dropped();
    };
    if pretty
        && is_json
        && let Ok(value) = serde_json::from_slice::<Value>(&bytes)
    {
        bytes = format!("{value:#}\n").into();
    }
    if method == Method::HEAD {
        if !bytes.is_empty() {
            head.headers
                .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        }
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(bytes))
}

/// Whether the client asked for readable JSON.
pub(crate) fn wants_pretty(request: &Request) -> bool {
    request
        .header("x-prettyprint")
        .is_some_and(|v| v == "1" || v.eq_ignore_ascii_case("true"))
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
