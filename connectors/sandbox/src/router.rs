//! Sends a request to the part of the org that its path belongs to.
//! It is one function rather than a table of routes, since trailing slashes and unknown paths have answers of their own.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;

use crate::org::Org;
use crate::request::Request;
use crate::{answer, clock, control, oauth, pages, rest};

pub(crate) fn router(org: Org) -> Router {
    Router::new()
        .fallback(handle)
        .with_state(org)
        .layer(CompressionLayer::new())
        .layer(RequestDecompressionLayer::new())
}

async fn handle(State(org): State<Org>, request: axum::extract::Request) -> Response {
    let request = match Request::read(request).await {
        Ok(request) => request,
        Err(status) => return answer::html(status, format!("<h1>Bad Message {status}</h1>")),
    };
    let response = find(&org, &request).await;
    // The path without its query: what is secret stands in queries and bodies only.
    tracing::debug!(method = %request.method, path = %request.path, status = response.status().as_u16(), "sandbox");
    // What an answer says of the time is the org's time, as its records have it.
    let now = org.state().clock.now();
    let response = answer::with_header(response, "date", &clock::http_date(now));
    answer::finish(&request.method, answer::wants_pretty(&request), response).await
}

async fn find(org: &Org, request: &Request) -> Response {
    let parts: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let found = match parts.as_slice() {
        ["services", "data", ..] => Some(rest::answer(org, request, &request.segments[2..]).await),
        ["services", "oauth2", rest @ ..] => oauth::answer(org, request, rest).await,
        ["id", org_id, user] => Some(oauth::identity(org, request, org_id, user)),
        ["sandbox", rest @ ..] if org.options().control => {
            Some(control::answer(org, request, rest))
        }
        _ => pages::answer(org, request),
    };
    found.unwrap_or_else(|| {
        answer::text(
            404,
            "Sandbox: not Salesforce. There is nothing at this address.",
        )
    })
}
