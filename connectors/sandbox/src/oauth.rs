//! OAuth 2.0 as the org's log-in host speaks it: which address does what.
//! Each address has its own file in `oauth/`; tokens and log-ins are kept by `oauth/grants.rs`.

mod assertion;
mod authorize;
mod client;
mod grants;
mod identity;
mod login;
mod revoke;
mod token;

pub(crate) use assertion::is_certificate;
pub(crate) use authorize::{COOKIE, session_cookie};
pub(crate) use grants::{Grants, Visitor};
pub(crate) use identity::identity;
pub(crate) use login::Rights;

use axum::response::Response;
use serde_json::json;

use crate::answer;
use crate::org::Org;
use crate::request::Request;

/// Answers under `/services/oauth2`; `None` when there is no such address.
pub(crate) async fn answer(org: &Org, request: &Request, rest: &[&str]) -> Option<Response> {
    let method = request.method.as_str();
    let response = match (rest, method) {
        (["authorize"], "POST") => authorize::log_in(org, request),
        (["authorize"], "GET" | "HEAD") => authorize::begin(org, request).await,
        (["approve"], "POST") => authorize::decide(org, request),
        (["approve"], "GET" | "HEAD") => authorize::consent(org, request),
        (["token"], "POST") => token::answer(org, request).await,
        (["introspect"], "POST") => revoke::introspect(org, request),
        (["token" | "introspect"], _) => refused("invalid_request", "must use HTTP POST"),
        (["revoke"], "POST" | "GET") => revoke::revoke(org, request),
        (["userinfo"], "POST" | "GET" | "HEAD") => identity::userinfo(org, request),
        (["authorize" | "approve" | "revoke" | "userinfo"], _) => answer::empty(405),
        _ => return None,
    };
    Some(response)
}

/// An OAuth error: an object, not an array.
fn refused(error: &str, description: &str) -> Response {
    private(answer::json(
        400,
        &json!({"error": error, "error_description": description}),
    ))
}

/// What holds tokens is kept by nobody on the way.
fn private(response: Response) -> Response {
    let response = answer::with_header(response, "cache-control", "no-cache, no-store");
    answer::with_header(response, "pragma", "no-cache")
}
