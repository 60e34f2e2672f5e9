//! The pages behind the log-in: what is in the org, and one record, so that "Open in Salesforce" leads somewhere.
//! Changing records is left to the API.

use axum::response::Response;
use serde_json::Value;

use super::sign_in::{LOGINS, log_in, log_in_again};
use super::{escape, page, redirect, wide_page};
use crate::answer as wire;
use crate::id;
use crate::oauth::{COOKIE, session_cookie};
use crate::org::{Org, State};
use crate::record::{is_live, render, text};
use crate::request::{Request, find};
use crate::schema::Object;

/// Records shown of each object on the first page.
const SHOWN: usize = 10;

/// Answers what is neither OAuth nor API; `None` when there is no such page.
pub(crate) fn answer(org: &Org, request: &Request) -> Option<Response> {
    let parts: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let reads = matches!(request.method.as_str(), "GET" | "HEAD");
    match (parts.as_slice(), request.method.as_str()) {
        ([], _) if reads => Some(home(org, request)),
        (["login"], "POST") => Some(enter(org, request)),
        (["logout"], "POST") => Some(leave(org, request)),
        ([id] | ["lightning", "r", id, "view"] | ["lightning", "r", _, id, "view"], _) if reads => {
            let id = id::read(id)?;
            Some(record(org, request, &id))
        }
        _ => None,
    }
}

/// `Robin Reyes (rep@example.com)`.
pub(crate) fn user_name(state: &State, user: &str) -> String {
    let row = state.table("User").get(user);
    let get = |field| row.and_then(|row| text(row, field)).unwrap_or_default();
    format!("{} ({})", get("Name"), get("Username"))
}

fn home(org: &Org, request: &Request) -> Response {
    let mut state = org.state();
    let Some(user) = state.grants.session_user(request.cookie(COOKIE)) else {
        let body = format!(
            "<p>This is a look-alike of a Salesforce org for trying things out. All its records are invented and live in memory only.</p>\n\
             <p>The API is at <code>/services/data</code>, OAuth at <code>/services/oauth2/authorize</code>.</p>\n{LOGINS}\n\
             <form method=\"post\" action=\"/login\">\n<input type=\"hidden\" name=\"to\" value=\"/\">\n\
             <label for=\"username\">Username</label>\n\
             <input type=\"text\" id=\"username\" name=\"username\" autocomplete=\"username\">\n\
             <label for=\"password\">Password</label>\n\
             <input type=\"password\" id=\"password\" name=\"password\" autocomplete=\"current-password\">\n\
             <button type=\"submit\">Log in</button>\n</form>"
        );
        return page(200, "Example Org", &body);
    };
    let mut body = format!(
        "<p>Logged in as <strong>{}</strong>.</p>\n",
        escape(&user_name(&state, &user))
    );
    for (object, columns) in [
        ("Lead", ["Name", "Company", "Email", "Status"]),
        ("Opportunity", ["Name", "StageName", "Amount", "CloseDate"]),
        ("Account", ["Name", "Industry", "BillingCity", "Phone"]),
        ("Contact", ["Name", "Title", "Email", "Phone"]),
    ] {
        if let Some(object) = state.schema.object(object) {
            body.push_str(&newest(&state, object, columns));
        }
    }
    body.push_str("<form method=\"post\" action=\"/logout\"><button type=\"submit\" class=\"plain\">Log out</button></form>");
    wide_page("Example Org", &body)
}

fn newest(state: &State, object: &Object, columns: [&str; 4]) -> String {
    let live: Vec<_> = state
        .table(object.name)
        .iter()
        .filter(|(_, row)| is_live(row))
        .collect();
    let mut html = format!("<h2>{} ({})</h2>\n<table>\n<tr>", object.plural, live.len());
    for column in columns {
        let label = object.field(column).map_or(column, |f| f.label);
        html.push_str(&format!("<th>{}</th>", escape(label)));
    }
    html.push_str("</tr>\n");
    for (id, row) in live.iter().rev().take(SHOWN) {
        html.push_str("<tr>");
        for (i, column) in columns.into_iter().enumerate() {
            let value = row.get(column).map(words).unwrap_or_default();
            let cell = if i == 0 {
                link(id, &value)
            } else {
                escape(&value)
            };
            html.push_str(&format!("<td>{cell}</td>"));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</table>\n");
    html
}

fn record(org: &Org, request: &Request, id: &str) -> Response {
    let mut state = org.state();
    if state.grants.session_user(request.cookie(COOKIE)).is_none() {
        return log_in("/login", ("to", &request.path), "");
    }
    let object = state.schema.object_of(id);
    let row = object.and_then(|object| state.table(object.name).get(id).map(|row| (object, row)));
    let Some((object, row)) = row.filter(|(_, row)| is_live(row)) else {
        return page(
            404,
            "No such record",
            "<p>It isn't in this org, or it was deleted.</p>\n<p><a href=\"/\">To all records</a></p>",
        );
    };
    let mut rows = String::new();
    for field in &object.fields {
        let value = render::value(row, field);
        if value.is_null() || value.is_object() {
            continue;
        }
        let value = words(&value);
        let shown = if field.refers_to.is_empty() {
            escape(&value)
        } else {
            let name = state
                .schema
                .object_of(&value)
                .and_then(|o| state.table(o.name).get(&value))
                .and_then(|row| text(row, "Name"));
            link(&value, name.unwrap_or(&value))
        };
        rows.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td>{shown}</td></tr>\n",
            escape(field.label)
        ));
    }
    let body = format!(
        "<p class=\"soft\">{}</p>\n<table>\n{rows}</table>\n<p><a href=\"/\">To all records</a></p>",
        escape(object.label)
    );
    wide_page(text(row, "Name").unwrap_or(object.label), &body)
}

fn enter(org: &Org, request: &Request) -> Response {
    let form = request.form();
    let field = |name: &str| find(&form, name).unwrap_or_default();
    let to = field("to");
    match org
        .state()
        .grants
        .log_in(field("username"), field("password"))
    {
        Some(session) => {
            // Only to a page of this org.
            let own = to.starts_with('/')
                && to.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'/')
                && !to.starts_with("//");
            let response = redirect(if own { to } else { "/" });
            wire::with_header(response, "set-cookie", &session_cookie(&session))
        }
        None => log_in_again("/login", ("to", to), field("username")),
    }
}

fn leave(org: &Org, request: &Request) -> Response {
    if let Some(session) = request.cookie(COOKIE) {
        org.state().grants.log_out(session);
    }
    wire::with_header(
        redirect("/"),
        "set-cookie",
        &format!("{COOKIE}=; Path=/; Max-Age=0"),
    )
}

fn link(id: &str, text: &str) -> String {
    format!("<a href=\"/{}\">{}</a>", escape(id), escape(text))
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
