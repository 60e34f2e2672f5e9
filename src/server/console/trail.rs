//! The audit trail with its filters, a page of fifty lines at a time.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use minijinja::{Value, context};
use turnwise_connectors::auth::{Deed, OPERATOR, SHARED};

use super::session::Operator;
use super::users::field;
use super::{page, when};
use crate::server::Served;
use crate::server::errors::Refusal;
use crate::store::trail::{PAGE, Wanted};

/// `GET /console/audit`.
///
/// # Errors
/// 503.
pub async fn show(
    State(served): State<Served>,
    operator: Operator,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let wanted = Wanted {
        deed: field(&query, "deed"),
        text: field(&query, "text"),
        integration: field(&query, "integration"),
        before: field(&query, "before").parse().unwrap_or(0),
    };
    let lines = served.runtime.store.trail(&wanted)?;
    let older = (lines.len() == PAGE)
        .then(|| lines.last().map(|(n, _)| *n))
        .flatten();
    let rows = lines.iter().map(|(_, entry)| {
        context! {
            at => when(entry.at),
            deed => entry.deed.word().replace('_', " "),
            why => entry.why.replace('_', " "),
            person => person(&entry.channel, &entry.user),
            user => entry.user.clone(),
            channel => entry.channel.clone(),
            conversation => entry.conversation.clone(),
            integration => entry.integration.clone(),
            account => entry.account.clone(),
            org => entry.org_id.clone(),
            attempt => entry.attempt.chars().take(8).collect::<String>(),
        }
    });
    let deeds = Deed::ALL.map(|deed| {
        context! {
            word => deed.word(),
            title => deed.word().replace('_', " "),
            chosen => deed.word() == wanted.deed,
        }
    });
    let keep: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("deed", &wanted.deed)
        .append_pair("text", &wanted.text)
        .append_pair("integration", &wanted.integration)
        .finish();
    let names = context! {
        title => "Audit",
        sentence => "What happened to links and grants, and what operators did. No line holds a secret.",
        rows => rows.collect::<Vec<Value>>(),
        deeds => deeds.to_vec(),
        text => wanted.text,
        integration => wanted.integration,
        older => older.map(|n| format!("/console/audit?{keep}&before={n}")),
    };
    Ok(page(&served, &operator, "audit", "audit.html", names))
}

/// Who an operator's line is about, in words; empty for a user, whom the channel's id names.
fn person(channel: &str, user: &str) -> &'static str {
    match (channel, user) {
        (OPERATOR, SHARED) => "the shared account",
        (OPERATOR, "terminal") => "the operator, in the terminal",
        (OPERATOR, _) => "the operator",
        _ => "",
    }
}
