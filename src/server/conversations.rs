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
    let by_key = served.server_key(&headers).is_ok();
    let cookie = pages::cookie(&headers, &served.runtime.public_url);
    let id = keys::fresh();
    let (channel, person, binding) = match (by_key, cookie) {
        (true, _) => {
            let person = opening.user.unwrap_or_else(|| Person {
                id: keys::fresh(),
                name: String::new(),
            });
            let binding = match opening.sign_in.as_deref() {
                None | Some("code") => Binding::Code,
                Some("vouched") => Binding::Vouched,
                Some(other) => {
                    return Err(wrong(format!(
                        "`sign_in` is `code` or `vouched`, not `{other}`."
                    )));
                }
            };
            ("api", person, binding)
        }
        (false, Some(cookie)) if !headers.contains_key(header::AUTHORIZATION) => {
            if opening.user.is_some() || opening.sign_in.is_some() {
                let message = "`user` and `sign_in` need the server key.";
                return Err(Refusal::new(StatusCode::FORBIDDEN, "needs_key", message));
            }
            if !pages::same_origin(&headers, &served.runtime.public_url) {
                let message =
                    "A page of another origin can't open conversations without the server key.";
                return Err(Refusal::new(StatusCode::FORBIDDEN, "other_origin", message));
            }
            // By address, since whoever floods us sends a new cookie each time.
            served.limits.take("page", &address, served.limits.pages)?;
            // The same cookie is the same user; its value can't be told from the id.
            let user = format!("web-{}", pages::digest(&cookie));
            (
                "web",
                Person {
                    id: user,
                    name: String::new(),
                },
                browser(&cookie),
            )
        }
        _ => {
            let refused = served.server_key(&headers).err();
            let message = "A conversation is opened with the server key, or by our own page.";
            let otherwise = || Refusal::new(StatusCode::UNAUTHORIZED, "needs_key", message);
            return Err(refused.unwrap_or_else(otherwise));
        }
    };
    if person.id.is_empty()
        || person.id.chars().count() > LONGEST_ID
        || person.name.chars().count() > LONGEST_ID
    {
        return Err(wrong(
            "`user.id` and `user.name` are texts of up to 200 characters.".into(),
        ));
    }
    if let Some(timezone) = &opening.timezone
        && jiff::tz::TimeZone::get(timezone).is_err()
    {
        return Err(wrong(format!("`timezone` is no IANA name: `{timezone}`.")));
    }
    if let Some(locale) = &opening.locale
        && !is_locale(locale)
    {
        return Err(wrong("`locale` is no BCP 47 tag.".into()));
    }
    let token = keys::fresh();
    let runtime = &served.runtime;
    let begins = life::Opening {
        id: id.clone(),
        channel,
        user: User {
            id: person.id.clone(),
            name: person.name,
        },
        binding,
        token: keys::hashed(&token),
        locale: opening.locale,
        timezone: opening.timezone,
    };
    runtime.open(begins).await?;
    metrics::counter!("turnwise_conversations_total").increment(1);
    let messages = runtime.store.messages(&id, 0)?;
    let opened = json!({
        "id": id,
        "token": token,
        "user": { "id": person.id },
        "messages": messages,
        "awaiting": { "kind": "nothing" },
    });
    Ok((StatusCode::CREATED, Json(opened)))
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
