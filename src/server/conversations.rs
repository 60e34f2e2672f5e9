//! Opening conversations, their turns, their state, and forgetting them. What a turn does is the runtime's.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};
use turnwise_connectors::auth::Binding;
use turnwise_engine::conversation::{Conversation, User};
use turnwise_engine::event::Message;

use super::errors::{Body, Refusal};
use super::limits::{Address, TURNS};
use super::{Served, keys, pages};
use crate::runtime::effects::browser;
use crate::runtime::{Delivered, life, shown, who};

/// Longest text of a turn, in characters.
const LONGEST: usize = 32_000;
/// Longest id of a sender, in characters.
const LONGEST_ID: usize = 200;

/// The body of an opening.
#[derive(Debug, Deserialize)]
pub struct Opening {
    user: Option<Person>,
    locale: Option<String>,
    timezone: Option<String>,
    sign_in: Option<String>,
}

/// The user a front end speaks for.
#[derive(Debug, Deserialize)]
pub struct Person {
    id: String,
    #[serde(default)]
    name: String,
}

/// The body of a turn.
#[derive(Debug, Default, Deserialize)]
pub struct Said {
    /// What was typed.
    pub text: Option<String>,
    /// The value of a choice, or of the awaited slot.
    pub value: Option<Value>,
    /// The sender's id of the message.
    pub id: Option<String>,
}

/// `POST /v1/conversations`.
///
/// # Errors
/// 400, 401, 403, 429, 503.
pub async fn open(
    State(served): State<Served>,
    Address(address): Address,
    headers: HeaderMap,
    Body(opening): Body<Opening>,
) -> Result<impl IntoResponse, Refusal> {
    let opener = opener(&served, &address, &headers, &opening)?;
    check(&opener.user, &opening)?;
    let (id, token) = (keys::fresh_id(), keys::fresh());
    let begins = life::Opening {
        id: id.clone(),
        channel: opener.channel,
        user: opener.user.clone(),
        binding: opener.binding,
        token: keys::hashed(&token),
        locale: opening.locale,
        timezone: opening.timezone,
    };
    let runtime = &served.runtime;
    runtime.open(begins).await?;
    metrics::counter!("turnwise_conversations_total").increment(1);
    let messages = runtime.store.messages(&id, 0)?;
    let opened = json!({
        "id": id,
        "token": token,
        "user": { "id": opener.user.id },
        "messages": messages,
        "awaiting": { "kind": "nothing" },
    });
    Ok((StatusCode::CREATED, Json(opened)))
}

/// Whose conversation is opened, over which channel, and to what its sign-in links are bound.
struct Opener {
    channel: &'static str,
    user: User,
    binding: Binding,
}

fn opener(
    served: &Served,
    address: &str,
    headers: &HeaderMap,
    opening: &Opening,
) -> Result<Opener, Refusal> {
    let refused = match served.server_key(headers) {
        Ok(()) => return by_key(opening),
        Err(refused) => refused,
    };
    match pages::cookie(headers, &served.runtime.public_url) {
        Some(cookie) if !headers.contains_key(header::AUTHORIZATION) => {
            by_our_page(served, address, headers, &cookie, opening)
        }
        _ => Err(refused),
    }
}

/// A front end speaks for whomever it names.
fn by_key(opening: &Opening) -> Result<Opener, Refusal> {
    let binding = match opening.sign_in.as_deref() {
        None | Some("code") => Binding::Code,
        Some("vouched") => Binding::Vouched,
        Some(other) => {
            let message = format!("`sign_in` is `code` or `vouched`, not `{other}`.");
            return Err(wrong(message));
        }
    };
    let user = match &opening.user {
        Some(person) => User {
            id: person.id.clone(),
            name: person.name.clone(),
        },
        None => User {
            id: keys::fresh(),
            name: String::new(),
        },
    };
    Ok(Opener {
        channel: "api",
        user,
        binding,
    })
}

/// Our own page speaks for its browser: the same cookie is the same user, and its value can't be told from the id.
fn by_our_page(
    served: &Served,
    address: &str,
    headers: &HeaderMap,
    cookie: &str,
    opening: &Opening,
) -> Result<Opener, Refusal> {
    if opening.user.is_some() || opening.sign_in.is_some() {
        let message = "`user` and `sign_in` need the server key.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, "needs_key", message));
    }
    if !pages::same_origin(headers, &served.runtime.public_url) {
        let message = "A page of another origin can't open conversations without the server key.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, "other_origin", message));
    }
    // By address, since whoever floods us sends a new cookie each time.
    served.limits.take("page", address, served.limits.pages)?;
    Ok(Opener {
        channel: "web",
        user: User {
            id: format!("web-{}", pages::digest(cookie)),
            name: String::new(),
        },
        binding: browser(cookie),
    })
}

fn check(user: &User, opening: &Opening) -> Result<(), Refusal> {
    let is_long = |text: &str| text.chars().count() > LONGEST_ID;
    if user.id.is_empty() || is_long(&user.id) || is_long(&user.name) {
        return Err(wrong(
            "`user.id` and `user.name` are texts of up to 200 characters.".into(),
        ));
    }
    if let Some(timezone) = &opening.timezone
        && jiff::tz::TimeZone::get(timezone).is_err()
    {
        return Err(wrong(format!("`timezone` is no IANA name: `{timezone}`.")));
    }
    match &opening.locale {
        Some(locale) if !is_locale(locale) => Err(wrong("`locale` is no BCP 47 tag.".into())),
        _ => Ok(()),
    }
}

/// `POST /v1/conversations/{id}/turns`.
///
/// # Errors
/// 400, 401, 403, 404, 413, 429, 503.
pub async fn turn(
    State(served): State<Served>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(said): Body<Said>,
) -> Result<Json<Value>, Refusal> {
    let by_key = served.server_key(&headers).is_ok();
    // The key may see every conversation: whether this one exists, the turn itself finds out.
    if !by_key {
        served.conversation(&id, &headers, None)?;
    }
    let answer = said_in(&served, &id, by_key, said).await?;
    Ok(Json(answer.body))
}

/// One turn, from a request or from a frame of a socket.
///
/// # Errors
/// 400, 404, 429, 503.
pub async fn said_in(
    served: &Served,
    id: &str,
    by_key: bool,
    said: Said,
) -> Result<Delivered, Refusal> {
    if !by_key {
        served.limits.take("turns", id, TURNS)?;
    }
    if said.text.is_none() && said.value.is_none() {
        return Err(wrong("A turn has a `text` or a `value`.".into()));
    }
    let text = said.text.unwrap_or_default();
    if text.chars().count() > LONGEST {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "text_too_long",
            "A text has up to 32,000 characters.",
        ));
    }
    if said
        .id
        .as_ref()
        .is_some_and(|id| id.chars().count() > LONGEST_ID)
    {
        return Err(wrong(
            "The `id` of a message has up to 200 characters.".into(),
        ));
    }
    let value = said.value.filter(|value| !value.is_null());
    let start = std::time::Instant::now();
    let answer = served
        .runtime
        .message(id, Message { text, value }, said.id)
        .await?;
    metrics::counter!("turnwise_turns_total").increment(1);
    metrics::histogram!("turnwise_turn_seconds").record(start.elapsed().as_secs_f64());
    Ok(answer)
}

/// `GET /v1/conversations/{id}`.
///
/// # Errors
/// 401, 403, 404, 429, 503.
pub async fn state(
    State(served): State<Served>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let row = served.conversation(&id, &headers, None)?;
    let runtime = &served.runtime;
    let who = who(&row);
    let state: Conversation =
        serde_json::from_str(&row.state).map_err(|error| crate::store::Away(error.to_string()))?;
    let templates = runtime.templates_for(&state)?;
    Ok(Json(json!({
        "id": id,
        "awaiting": runtime.awaiting(&who, &state).await,
        "slots": shown::slots(&templates, &state),
        "dialogs": shown::dialogs(&templates, &state),
        "signed_in": runtime.signed_in(&who).await,
    })))
}

/// `DELETE /v1/conversations/{id}`.
///
/// # Errors
/// 401, 403, 404, 429, 503.
pub async fn forget(
    State(served): State<Served>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let row = served.conversation(&id, &headers, None)?;
    served.runtime.forget(&who(&row)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /v1/users/{id}`: all conversations and grants of a user.
///
/// # Errors
/// 401, 503.
pub async fn forget_user(
    State(served): State<Served>,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    served.server_key(&headers)?;
    served.runtime.forget_user(&user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a text has the form of a BCP 47 tag: a language, then parts of up to eight letters or digits.
fn is_locale(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let alphanumeric = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    tag.len() <= 35
        && (2..=8).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(alphanumeric)
}

fn wrong(message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "wrong_field", message)
}
