//! Users' grants: who is connected as whom, since when, last used; each can be given back here.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use minijinja::{Value, context};
use turnwise_connectors::auth::{OPERATOR, Who};

use super::session::{Operator, Posted};
use super::{away, page, then, when};
use crate::server::Served;
use crate::server::errors::Refusal;

/// Grants on one page.
const PAGE: usize = 50;

/// `GET /console/users`.
///
/// # Errors
/// 503.
pub async fn list(
    State(served): State<Served>,
    operator: Operator,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let text = field(&query, "text").to_lowercase();
    let from: usize = field(&query, "from").parse().unwrap_or(0);
    let mut all = served
        .runtime
        .connectors
        .auth
        .granted()
        .await
        .map_err(away)?;
    all.reverse();
    all.retain(|grant| {
        let fields = [&grant.who.user, &grant.account.name, &grant.account.org];
        text.is_empty()
            || fields
                .iter()
                .any(|field| field.to_lowercase().contains(&text))
    });
    let rows = all.iter().skip(from).take(PAGE).map(|grant| {
        context! {
            channel => grant.who.channel.clone(),
            user => grant.who.user.clone(),
            shared => grant.who.channel == OPERATOR,
            integration => grant.integration.clone(),
            account => grant.account.name.clone(),
            org => grant.account.org.clone(),
            scopes => grant.scopes.clone(),
            since => when(grant.since),
            used => when(grant.used),
            opens => grant.opens,
        }
    });
    let names = context! {
        title => "Users",
        sentence => "Who is connected as whom. A grant that is given back ends at its provider, too; the user signs in again when it is needed.",
        rows => rows.collect::<Vec<Value>>(),
        total => all.len(),
        text => field(&query, "text"),
        next => (from + PAGE < all.len()).then_some(from + PAGE),
    };
    Ok(page(&served, &operator, "users", "users.html", names))
}

/// `POST /console/users/revoke`.
///
/// # Errors
/// 403, 503.
pub async fn revoke(State(served): State<Served>, posted: Posted) -> Result<Response, Refusal> {
    let who = Who {
        channel: posted.text("channel").to_owned(),
        user: posted.text("user").to_owned(),
        conversation: String::new(),
        display_name: String::new(),
    };
    let auth = &served.runtime.connectors.auth;
    auth.sign_out(&who, posted.text("integration"))
        .await
        .map_err(away)?;
    Ok(then("/console/users"))
}

/// A field of a query; empty where it is missing.
pub(super) fn field(query: &str, name: &str) -> String {
    let mut all = url::form_urlencoded::parse(query.as_bytes());
    let found = all.find(|(known, _)| known == name);
    found
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default()
}
