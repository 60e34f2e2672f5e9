//! Logging in to the console, logging out, and another password. Tries are few: ten a minute for an address, sixty for all.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use minijinja::context;
use turnwise_connectors::auth::{Deed, Entry, OPERATOR, Who};

use super::session::{self, Operator, Posted};
use super::{framed, page, password, then};
use crate::server::errors::Refusal;
use crate::server::limits::Address;
use crate::server::{Served, pages};

/// Tries of one address, and of all, a minute.
const TRIES: u32 = 10;
const TRIES_OF_ALL: u32 = 60;

/// The name of the one operator.
const NAME: &str = "operator";

/// `GET /console/log-in`.
pub async fn form(State(served): State<Served>) -> Response {
    shown(&served, StatusCode::OK, "")
}

/// `POST /console/log-in`.
///
/// # Errors
/// 403 from another site, 429, 503.
pub async fn log_in(
    State(served): State<Served>,
    Address(address): Address,
    request: Request,
) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let limits = &served.limits;
    limits
        .take("console", &address, TRIES)
        .and_then(|()| limits.take("console of all", "", TRIES_OF_ALL))
        .map_err(IntoResponse::into_response)?;
    if !pages::same_origin(&parts.headers, &served.runtime.public_url) {
        let message = "Log in on the console's own page.";
        let refusal = Refusal::new(StatusCode::FORBIDDEN, "other_origin", message);
        return Err(refusal.into_response());
    }
    let fields = session::fields(&parts, body).await?;
    let typed = fields.get("password").map_or("", String::as_str);
    let auth = &served.runtime.connectors.auth;
    let right = password::is_right(auth, typed).await;
    let right = right.map_err(|error| super::away(error).into_response())?;
    let deed = if right {
        Deed::OperatorIn
    } else {
        Deed::OperatorRefused
    };
    let who = Who {
        channel: OPERATOR.into(),
        user: NAME.into(),
        conversation: String::new(),
        display_name: String::new(),
    };
    auth.note_down(Entry::of(&who, "", deed, Timestamp::now()))
        .await;
    if !right {
        let wrong = "That is not the password.";
        return Ok(shown(&served, StatusCode::UNAUTHORIZED, wrong));
    }
    let cookie = session::begin(&served, NAME).await;
    let cookie = cookie.map_err(IntoResponse::into_response)?;
    let mut response = then("/console");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// `POST /console/log-out`.
///
/// # Errors
/// 403, 503.
pub async fn log_out(
    State(served): State<Served>,
    headers: HeaderMap,
    _: Posted,
) -> Result<Response, Refusal> {
    let cookie = session::end(&served, &headers).await?;
    let mut response = then("/console/log-in");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// `GET /console/password`.
pub async fn password(State(served): State<Served>, operator: Operator) -> Response {
    let names = context! { title => "Password", shortest => password::SHORTEST };
    page(&served, &operator, "", "password.html", names)
}

/// `POST /console/password`.
///
/// # Errors
/// 403, 429, 503.
pub async fn new_password(
    State(served): State<Served>,
    Address(address): Address,
    posted: Posted,
) -> Result<Response, Refusal> {
    // Whoever has found an open session does not get to guess the password in it.
    served.limits.take("console", &address, TRIES)?;
    let (old, new) = (posted.text("old"), posted.text("new"));
    let auth = &served.runtime.connectors.auth;
    let wrong = if !password::is_right(auth, old).await.map_err(super::away)? {
        "The present password is another one."
    } else if new.chars().count() < password::SHORTEST {
        "The new password is too short."
    } else {
        password::set(auth, new).await.map_err(super::away)?;
        return Ok(then("/console/log-in"));
    };
    let names = context! { title => "Password", shortest => password::SHORTEST, wrong => wrong };
    let (operator, status) = (&posted.operator, StatusCode::UNPROCESSABLE_ENTITY);
    Ok(framed(
        &served,
        Some(operator),
        "",
        "password.html",
        names,
        status,
    ))
}

fn shown(served: &Served, status: StatusCode, wrong: &str) -> Response {
    let names = context! { title => "Log in", wrong => wrong };
    framed(served, None, "", "log_in.html", names, status)
}
