//! The operator's console at `/console`: log-in, integrations, profiles, templates, users' grants, the audit trail, health.
//! Plain HTML without a script; what each page shows and does stands in its own file.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use minijinja::{AutoEscape, Environment, Value, context};

use super::Served;
use super::errors::Refusal;

pub mod integrations;
pub mod log_in;
pub mod overview;
pub mod password;
pub mod profiles;
pub mod session;
pub mod templates;
pub mod trail;
pub mod users;

use session::Operator;

/// Of the console's pages: our own style and our own forms, nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// The pages.
pub fn routes() -> Router<Served> {
    Router::new()
        .route("/console", get(overview::show))
        .route(
            "/console/",
            get(|| async { Redirect::permanent("/console") }),
        )
        .route("/console/log-in", get(log_in::form).post(log_in::log_in))
        .route("/console/log-out", post(log_in::log_out))
        .route(
            "/console/password",
            get(log_in::password).post(log_in::new_password),
        )
        .route("/console/integrations", get(integrations::list))
        .route("/console/integrations/{id}", get(integrations::show))
        .route(
            "/console/integrations/{id}/{step}",
            post(integrations::step),
        )
        .route("/console/profiles", get(profiles::list))
        .route("/console/profiles/new", get(profiles::new))
        .route("/console/profiles/save", post(profiles::save))
        .route("/console/profiles/{id}", get(profiles::edit))
        .route(
            "/console/profiles/{id}/delete",
            get(profiles::ask_to_delete).post(profiles::delete),
        )
        .route("/console/profiles/{id}/test", post(profiles::test))
        .route("/console/templates", get(templates::list))
        .route("/console/templates/{id}", get(templates::show))
        .route(
            "/console/templates/{id}/diagram.svg",
            get(templates::diagram),
        )
        .route("/console/templates/{id}/add", post(templates::add))
        .route("/console/users", get(users::list))
        .route("/console/users/revoke", post(users::revoke))
        .route("/console/audit", get(trail::show))
}

/// A page with the frame around it. `at` is the part of the console it belongs to.
fn page(served: &Served, operator: &Operator, at: &str, name: &str, names: Value) -> Response {
    framed(served, Some(operator), at, name, names, StatusCode::OK)
}

fn framed(
    served: &Served,
    operator: Option<&Operator>,
    at: &str,
    name: &str,
    names: Value,
    status: StatusCode,
) -> Response {
    let csrf = operator.map(|operator| operator.csrf.clone());
    let bot = served.runtime.templates().bot.name.clone();
    let body = rendered(
        name,
        context! { csrf => csrf.clone(), bot => bot.clone(), ..names.clone() },
    );
    let frame = context! {
        body => Value::from_safe_string(body),
        csrf => csrf,
        bot => bot,
        at => at,
        ..names
    };
    let mut response = (status, Html(rendered("frame.html", frame))).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Without a referrer a browser names no origin with a form either, and the form would be refused as another site's.
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// A page of the console as text. A page that does not render is a defect that the tests see.
fn rendered(name: &str, names: Value) -> String {
    static PAGES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let pages = PAGES.get_or_init(|| {
        let all = super::pages::names("console/");
        all.into_iter()
            .map(|name| {
                let text = super::pages::page(&name);
                (name.trim_start_matches("console/").to_owned(), text)
            })
            .collect()
    });
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    let source = pages.get(name).map_or("", String::as_str);
    env.render_str(source, names).unwrap_or_else(|error| {
        tracing::error!(%error, name, "a page of the console does not render");
        String::new()
    })
}

/// A page that only says something, with a way back.
fn says(
    served: &Served,
    operator: &Operator,
    at: &str,
    status: StatusCode,
    title: &str,
    sentence: &str,
    back: &str,
) -> Response {
    let names = context! { title => title, sentence => sentence, back => back };
    framed(served, Some(operator), at, "says.html", names, status)
}

/// There is no such page of the console.
fn nothing_there(served: &Served, operator: &Operator) -> Response {
    says(
        served,
        operator,
        "",
        StatusCode::NOT_FOUND,
        "There is no such page",
        "It may have been renamed or deleted.",
        "/console",
    )
}

fn away(error: turnwise_connectors::auth::StoreError) -> Refusal {
    crate::store::Away(error.0).into()
}

/// After a form: the page that shows what it did.
fn then(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// A time as people read it and as machines do.
fn when(at: jiff::Timestamp) -> Value {
    context! {
        exact => at.to_string(),
        shown => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        ago => ago(jiff::Timestamp::now().as_second() - at.as_second()),
    }
}

fn ago(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}
