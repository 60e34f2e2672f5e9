//! The authorize address and its pages: who signs in, Allow or Deny, and back with a code or an error (contract 1.2).
//! How pages look is left to `pages`, what a code is worth to `token.rs`.

use std::time::Instant;

use axum::response::Response;

use super::client;
use super::grants::Asked;
use crate::answer;
use crate::fault::{Does, Fault, On};
use crate::org::{Org, State};
use crate::pages;
use crate::request::{Request, find};

/// The session cookie; ports share cookies, so it has a name of its own.
pub(crate) const COOKIE: &str = "sandbox_sid";

/// The header that sets the session cookie.
pub(crate) fn session_cookie(session: &str) -> String {
    format!("{COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax")
}

/// `GET authorize`.
pub(super) async fn begin(org: &Org, request: &Request) -> Response {
    let options = org.options();
    // Nobody is sent to an address that the client has not registered.
    if request.query("client_id") != Some(&options.client_id) {
        return pages::oauth_error("invalid_client_id", "client identifier invalid");
    }
    let Some(redirect_uri) = request
        .query("redirect_uri")
        .filter(|uri| client::is_callback(options, uri))
    else {
        return pages::oauth_error(
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
        );
    };
    let state = request.query("state");
    let fault = org.state().faults.take(On::Authorize, Does::Read);
    match fault {
        Some(Fault::OAuth(error, description)) => {
            return back_with_error(redirect_uri, state, error, description);
        }
        Some(fault) => {
            if let Some(response) = fault.answer(On::Authorize).await {
                return response;
            }
        }
        None => {}
    }
    let asked = match read(org, request, redirect_uri) {
        Ok(asked) => asked,
        Err((error, description)) => {
            return back_with_error(redirect_uri, state, error, description);
        }
    };
    let mut guard = org.state();
    if options.auto_approve {
        let user = guard.grants.first_user().to_owned();
        return back_with_code(&mut guard, &user, &asked);
    }
    let session = request.cookie(COOKIE).map(str::to_owned);
    let user = guard.grants.session_user(session.as_deref());
    if request.query("immediate") == Some("true") {
        return match user.filter(|user| guard.grants.has_approval(user)) {
            Some(user) => back_with_code(&mut guard, &user, &asked),
            None => back_with_error(
                redirect_uri,
                state,
                "immediate_unsuccessful",
                "immediate unsuccessful",
            ),
        };
    }
    let prompts = request.query("prompt").unwrap_or_default();
    let anew = prompts
        .split_whitespace()
        .any(|p| p == "login" || p == "select_account");
    let session = session.filter(|_| user.is_some() && !anew);
    let known = session.is_some();
    let hint = asked.hint.clone();
    let id = guard.grants.ask(Asked { session, ..asked });
    if known {
        drop(guard);
        return consent_page(org, request, &id);
    }
    pages::log_in("/services/oauth2/authorize", ("request", &id), &hint)
}

/// `POST authorize`: username and password.
pub(super) fn log_in(org: &Org, request: &Request) -> Response {
    let form = request.form();
    let field = |name: &str| find(&form, name).unwrap_or_default();
    let id = field("request");
    let mut state = org.state();
    if state.grants.asked(id).is_none() {
        return pages::sign_in_over();
    }
    let Some(session) = state.grants.log_in(field("username"), field("password")) else {
        return pages::log_in_again(
            "/services/oauth2/authorize",
            ("request", id),
            field("username"),
        );
    };
    if let Some(asked) = state.grants.asked(id) {
        asked.session = Some(session.clone());
    }
    let to = format!("/services/oauth2/approve?request={id}");
    answer::with_header(
        pages::redirect(&to),
        "set-cookie",
        &session_cookie(&session),
    )
}

/// `GET approve`: what is granted to whom, with Allow and Deny.
pub(super) fn consent(org: &Org, request: &Request) -> Response {
    consent_page(org, request, request.query("request").unwrap_or_default())
}

/// `POST approve`: the decision.
pub(super) fn decide(org: &Org, request: &Request) -> Response {
    let form = request.form();
    let id = find(&form, "request").unwrap_or_default();
    let mut state = org.state();
    let Some((user, asked)) = open(&mut state, request, id) else {
        return pages::sign_in_over();
    };
    state.grants.forget_asked(id);
    match find(&form, "decision") {
        Some("allow") => back_with_code(&mut state, &user, &asked),
        _ => back_with_error(
            &asked.redirect_uri,
            asked.state.as_deref(),
            "access_denied",
            "end-user denied authorization",
        ),
    }
}

/// What the client asks for, or the error that goes back to it.
fn read(
    org: &Org,
    request: &Request,
    redirect_uri: &str,
) -> Result<Asked, (&'static str, &'static str)> {
    let query = |name: &str| request.query(name).filter(|value| !value.is_empty());
    if query("response_type") != Some("code") {
        return Err(("unsupported_response_type", "response type not supported"));
    }
    let challenge = query("code_challenge");
    match (challenge, query("code_challenge_method")) {
        (None, _) if org.options().pkce => {
            return Err(("invalid_request", "missing required code challenge"));
        }
        (Some(_), Some("plain")) => {
            return Err((
                "invalid_request",
                "code challenge method plain is not supported",
            ));
        }
        (Some(_), Some(method)) if method != "S256" => {
            return Err(("invalid_request", "code challenge method not supported"));
        }
        (Some(challenge), _) if !is_challenge(challenge) => {
            return Err(("invalid_request", "invalid code challenge"));
        }
        _ => {}
    }
    let scope = client::scopes(query("scope")).ok_or((
        "invalid_scope",
        "requested scope is invalid, unknown, or malformed",
    ))?;
    Ok(Asked {
        redirect_uri: redirect_uri.to_owned(),
        state: request.query("state").map(str::to_owned),
        scope,
        challenge: challenge.map(str::to_owned),
        query: request.raw_query.clone(),
        hint: query("login_hint").unwrap_or_default().to_owned(),
        session: None,
        since: Instant::now(),
    })
}

/// A SHA-256 in base64url has 43 characters.
fn is_challenge(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn consent_page(org: &Org, request: &Request, id: &str) -> Response {
    let mut state = org.state();
    let Some((user, asked)) = open(&mut state, request, id) else {
        return pages::sign_in_over();
    };
    let other = format!("/services/oauth2/authorize?prompt=login&{}", asked.query);
    let name = pages::user_name(&state, &user);
    pages::consent(
        id,
        &name,
        &org.options().client_id,
        &asked.redirect_uri,
        &asked.scope,
        &other,
    )
}

/// A sign-in that is open in the browser that asks: only the session that logged in for it may decide.
fn open(state: &mut State, request: &Request, id: &str) -> Option<(String, Asked)> {
    let asked = state.grants.asked(id)?.clone();
    let session = request.cookie(COOKIE)?;
    if asked.session.as_deref() != Some(session) {
        return None;
    }
    let user = state.grants.session_user(Some(session))?;
    Some((user, asked))
}

fn back_with_code(state: &mut State, user: &str, asked: &Asked) -> Response {
    let code = state.grants.code(user, asked);
    back(
        &asked.redirect_uri,
        asked.state.as_deref(),
        &[("code", &code)],
    )
}

fn back_with_error(
    redirect_uri: &str,
    state: Option<&str>,
    error: &str,
    description: &str,
) -> Response {
    back(
        redirect_uri,
        state,
        &[("error", error), ("error_description", description)],
    )
}

fn back(redirect_uri: &str, state: Option<&str>, values: &[(&str, &str)]) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(values);
    query.extend_pairs(state.map(|state| ("state", state)));
    let mark = if redirect_uri.contains('?') { '&' } else { '?' };
    let to = format!("{redirect_uri}{mark}{}", query.finish());
    let response = answer::redirect(302, &to);
    let response = answer::with_header(response, "referrer-policy", "no-referrer");
    answer::with_header(response, "cache-control", "no-store")
}
