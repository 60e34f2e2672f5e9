//! Revoking tokens and looking into them (contract 1.5, 1.6).
//! What ends with what is left to `grants.rs`.

use axum::response::Response;
use serde_json::{Value, json};

use super::{client, private, refused};
use crate::answer;
use crate::org::{Org, State};
use crate::record;
use crate::request::{Request, find};

/// `POST revoke` with a form, or GET with a query.
pub(super) fn revoke(org: &Org, request: &Request) -> Response {
    let form = request.form();
    let token = find(&form, "token")
        .or(request.query("token"))
        .unwrap_or_default();
    if org.state().grants.revoke(token) {
        return answer::empty(200);
    }
    let (error, description) = ("invalid_token", "invalid token");
    let json_wanted = request
        .header("accept")
        .is_some_and(|accept| accept.contains("json"));
    private(if json_wanted {
        answer::json(
            400,
            &json!({"error": error, "error_description": description}),
        )
    } else {
        // Clients that ask for nothing read this address's errors as a form.
        answer::with_type(
            400,
            "application/x-www-form-urlencoded",
            format!(
                "error={error}&error_description={}",
                description.replace(' ', "+")
            ),
        )
    })
}

/// `POST introspect`: what a token is worth, for the client that holds it.
pub(super) fn introspect(org: &Org, request: &Request) -> Response {
    let form = request.form();
    if let Err((error, description)) = client::check(org.options(), request, &form) {
        return refused(error, description);
    }
    let token = find(&form, "token").unwrap_or_default();
    let mut state = org.state();
    let told = match state.grants.live_refresh(token) {
        Some(approval) => {
            let (user, scope, issued) = (
                approval.user.clone(),
                approval.scope.clone(),
                approval.issued,
            );
            // A refresh token ends when it is revoked; a year stands for that.
            let expires = issued.as_second() + 365 * 86_400;
            Some((user, scope, "refresh_token", issued.as_second(), expires))
        }
        None => state.grants.live_access(token).map(|access| {
            (
                access.user.clone(),
                access.scope.clone(),
                "access_token",
                access.issued.as_second(),
                access.expires().as_second(),
            )
        }),
    };
    let Some((user, scope, kind, issued, expires)) = told else {
        return private(answer::json(200, &json!({"active": false})));
    };
    private(answer::json(
        200,
        &json!({
            "active": true,
            "scope": scope.join(" "),
            "client_id": org.options().client_id,
            "username": username(&state, &user),
            "sub": format!("{}/id/{}/{user}", request.base, state.org_id),
            "token_type": kind,
            "exp": expires,
            "iat": issued,
            "nbf": issued,
        }),
    ))
}

fn username(state: &State, user: &str) -> Value {
    let row = state.table("User").get(user);
    json!(row.and_then(|row| record::text(row, "Username")))
}
