//! The org's pages: plain HTML that works without JavaScript and says on each page that this is not Salesforce.
//! What the forms lead to is left to `oauth` and to the router.

mod records;
mod sign_in;

pub(crate) use records::{answer, user_name};
pub(crate) use sign_in::{consent, log_in, log_in_again, oauth_error, sign_in_over};

use std::sync::LazyLock;

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::answer as wire;

const STYLE: &str = include_str!("pages/style.css");

/// No script, no foreign asset, and the one style sheet that stands in the page.
///
/// There is no `form-action`: browsers apply it to the redirect that follows Allow, and that leads to the client.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A redirect after a form.
pub(crate) fn redirect(to: &str) -> Response {
    guard(wire::redirect(303, to))
}

/// A page around a body that is HTML already; the title is text.
fn page(status: u16, title: &str, body: &str) -> Response {
    page_of_class("", status, title, body)
}

/// A page with room for tables.
fn wide_page(title: &str, body: &str) -> Response {
    page_of_class(" class=\"wide\"", 200, title, body)
}

fn page_of_class(class: &str, status: u16, title: &str, body: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · Sandbox: not Salesforce</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <div class=\"band\"><strong>Sandbox: not Salesforce</strong></div>\n\
         <main{class}>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    );
    guard(wire::html(status, html))
}

fn guard(mut response: Response) -> Response {
    for (name, value) in [
        ("content-security-policy", POLICY.as_str()),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        response = wire::with_header(response, name, value);
    }
    response
}

/// Text as HTML shows it, in content and in quoted attributes.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}
