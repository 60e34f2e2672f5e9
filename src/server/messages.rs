//! What was said: after a message, with a wait for more, and as a transcript file.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Served;
use super::errors::Refusal;
use crate::runtime::{Pushed, who};
use crate::store::conversations::Row;

/// The longest wait, in seconds.
const LONGEST: u64 = 60;

/// `after` and `wait`.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    after: i64,
    #[serde(default)]
    wait: u64,
}

/// `GET /v1/conversations/{id}/messages?after=N&wait=S`.
///
/// # Errors
/// 401, 403, 404, 429, 503.
pub async fn after(
    State(served): State<Served>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let row = served.conversation(&id, &headers, None)?;
    // Listening before looking: what is said between the two is not missed.
    let mut listener = served.runtime.live.listen(&id);
    let mut messages = said(&served, &row, asked.after).await?;
    if messages.is_empty() && asked.wait > 0 {
        let mut ending = served.ending.clone();
        let heard = async { while let Ok(Pushed::State(_)) = listener.next().await {} };
        tokio::select! {
            () = heard => {}
            _ = ending.wait_for(|ending| *ending) => {}
            () = tokio::time::sleep(Duration::from_secs(asked.wait.min(LONGEST))) => {}
        }
        messages = said(&served, &row, asked.after).await?;
    }
    Ok(Json(json!({ "messages": messages })))
}

/// Messages after an id, with the addresses of links that work.
///
/// # Errors
/// 503.
pub async fn said(served: &Served, row: &Row, after: i64) -> Result<Vec<Value>, Refusal> {
    let who = who(row);
    let mut messages = Vec::new();
    for message in served.runtime.store.messages(&row.id, after)? {
        messages.push(served.runtime.with_link(&who, message).await);
    }
    Ok(messages)
}

/// `GET /v1/conversations/{id}/transcript`: a file that `turnwise test` can run. Links and codes are not in it.
///
/// # Errors
/// 401, 403, 404, 429, 503.
pub async fn transcript(
    State(served): State<Served>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    served.conversation(&id, &headers, None)?;
    let text = served.runtime.script(&id)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}
