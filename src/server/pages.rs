//! The chat page with its assets and its cookie, and what watches the server: health, readiness, metrics. The files are
//! inside the binary.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;
use serde_json::{Value, json};
use turnwise_connectors::auth::is_loopback;
use turnwise_engine::template::{ExamplePart, Scope};
use url::Url;

use super::Served;
use super::errors::{Refusal, no_such_path};
use super::keys;

#[derive(RustEmbed)]
#[folder = "src/pages/"]
struct Files;

/// Of our pages: nothing but our own files, and no frame around them.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                          img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// How long the browser's cookie lives, in seconds: longer than any conversation's token.
const COOKIE_LIFE: u32 = 30 * 86_400;

/// `GET /`: the web chat. Opened on loopback under another name than the public address, it goes there, since a cookie of
/// one name is not sent to the other.
pub async fn chat(State(served): State<Served>, headers: HeaderMap) -> Response {
    let public = &served.runtime.public_url;
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let own = public.split("://").nth(1).unwrap_or_default();
    let local =
        |host: &str| Url::parse(&format!("http://{host}")).is_ok_and(|url| is_loopback(&url));
    if host != own && local(host) && local(own) {
        return Redirect::temporary(&format!("{public}/")).into_response();
    }
    let mut response = file("chat.html");
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    if let (_, Some(cookie)) = cookie_or_new(&headers, public) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// `GET /assets/{name}`.
pub async fn asset(Path(name): Path<String>) -> Response {
    let ours = name.ends_with(".js") || name.ends_with(".css");
    if ours {
        file(&name)
    } else {
        no_such_path().await.into_response()
    }
}

/// `GET /widget.js`.
pub async fn widget() -> Response {
    file("widget.js")
}

fn file(name: &str) -> Response {
    let Some(file) = Files::get(name) else {
        let message = "There is no such file.";
        return Refusal::new(StatusCode::NOT_FOUND, "not_found", message).into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "text/html; charset=utf-8",
    };
    ([(header::CONTENT_TYPE, kind)], file.data).into_response()
}

/// Names of the pages' templates that begin so.
pub fn names(begin: &str) -> Vec<String> {
    let all = Files::iter().map(|name| name.into_owned());
    all.filter(|name| name.starts_with(begin)).collect()
}

/// The value of the browser's cookie, or a new one with the header that sets it.
pub fn cookie_or_new(headers: &HeaderMap, public_url: &str) -> (String, Option<HeaderValue>) {
    if let Some(value) = cookie(headers, public_url) {
        return (value, None);
    }
    let (name, value) = (cookie_name(public_url), keys::fresh());
    let secure = if public_url.starts_with("https://") {
        " Secure;"
    } else {
        ""
    };
    let cookie =
        format!("{name}={value}; Path=/;{secure} HttpOnly; SameSite=Lax; Max-Age={COOKIE_LIFE}");
    (value, HeaderValue::from_str(&cookie).ok())
}

/// The text of a page's template.
pub fn page(name: &str) -> String {
    Files::get(name)
        .map(|file| String::from_utf8_lossy(&file.data).into_owned())
        .unwrap_or_default()
}

/// `GET /v1/bot`: what the empty chat shows.
pub async fn bot(State(served): State<Served>) -> Json<Value> {
    let templates = served.runtime.templates();
    let examples: Vec<String> = templates
        .current
        .values()
        .filter_map(|template| {
            template
                .examples
                .iter()
                .find_map(|example| match example.parts.as_slice() {
                    [ExamplePart::Text(text)] => Some(text.clone()),
                    _ => None,
                })
        })
        .take(4)
        .collect();
    let greeting = templates
        .bot
        .greeting
        .as_ref()
        .map(|text| text.variants[0].render(&Scope::default()));
    Json(json!({
        "name": templates.bot.name,
        "greeting": greeting,
        "examples": examples,
        "locale": templates.bot.locale.tag,
    }))
}

/// `GET /healthz`: alive.
pub async fn healthz() -> &'static str {
    "ok"
}

/// `GET /readyz`: store and templates ready.
///
/// # Errors
/// 503.
pub async fn readyz(State(served): State<Served>) -> Result<&'static str, Refusal> {
    served.runtime.store.conversation("")?;
    Ok("ready")
}

/// `GET /metrics`.
///
/// # Errors
/// 401 without the server key, unless the server was started with `--open-metrics`.
pub async fn metrics(State(served): State<Served>, headers: HeaderMap) -> Result<String, Refusal> {
    if !served.open_metrics {
        served.server_key(&headers)?;
    }
    served.runtime.tell_states().await;
    Ok(served
        .metrics
        .as_ref()
        .map(|metrics| metrics.render())
        .unwrap_or_default())
}

/// The value of the browser's cookie. Over https only the name that no other host and no plain page can set counts.
pub fn cookie(headers: &HeaderMap, public_url: &str) -> Option<String> {
    let own = cookie_name(public_url);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == own && value.len() >= 32)
        .map(|(_, value)| value.to_owned())
}

fn cookie_name(public_url: &str) -> &'static str {
    if public_url.starts_with("https://") {
        "__Host-turnwise"
    } else {
        "turnwise"
    }
}

/// Whether a request comes from our own page, as the browser says.
pub fn same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers
        .get("sec-fetch-site")
        .and_then(|site| site.to_str().ok())
        && site != "same-origin"
    {
        return false;
    }
    text(header::ORIGIN).is_none_or(|origin| origin == public_url)
}

/// Sixteen hex digits of a hash.
pub fn digest(text: &str) -> String {
    keys::hashed(&format!("user {text}"))
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
