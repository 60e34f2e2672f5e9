//! What is said, as it is said: server-sent events and a WebSocket. Both begin with what came after the last message that
//! the front end has seen, so that nothing is lost or doubled over a reconnect.

use std::convert::Infallible;

use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::conversations::{Said, said_in};
use super::errors::{BODY, Refusal};
use super::{Served, messages};
use crate::runtime::Pushed;
use crate::runtime::live::Listener;
use crate::store::conversations::{PAGE, Row};

/// Frames of one socket that may wait for their turn.
const FRAMES: usize = 32;
/// Most bytes of a frame that are read, so that one that is too large is refused and the socket stays open.
const READ: usize = 2 * 1024 * 1024;

/// `after` and `token`.
#[derive(Debug, Deserialize)]
pub struct Asked {
    after: Option<i64>,
    token: Option<String>,
}

/// `GET /v1/conversations/{id}/events`.
///
/// # Errors
/// 401, 403, 404, 429, 503.
pub async fn events(
    State(served): State<Served>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    let row = served.conversation(&id, &headers, asked.token.as_deref())?;
    let resumed = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let after = resumed.or(asked.after).unwrap_or(0);
    let line = Line::new(served, row, after).await?;
    let events = stream::unfold(line, |mut line| async move {
        let pushed = line.next().await?;
        Some((Ok::<_, Infallible>(event(&pushed)), line))
    });
    Ok(Sse::new(as_stream(events)).keep_alive(KeepAlive::default()))
}

fn as_stream<S: Stream<Item = Result<Event, Infallible>>>(stream: S) -> S {
    stream
}

fn event(pushed: &Pushed) -> Event {
    match pushed {
        Pushed::Message(message) => Event::default()
            .event("message")
            .id(message["id"].to_string())
            .data(message.to_string()),
        Pushed::State(state) => Event::default().event("state").data(state.to_string()),
    }
}

/// `GET /v1/conversations/{id}/ws`.
///
/// # Errors
/// 401, 403, 404, 429, 503.
pub async fn socket(
    State(served): State<Served>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refusal> {
    let row = served.conversation(&id, &headers, asked.token.as_deref())?;
    let by_key = asked.token.is_none() && served.server_key(&headers).is_ok();
    let line = Line::new(served.clone(), row, asked.after.unwrap_or(0)).await?;
    Ok(upgrade
        .max_message_size(READ)
        .max_frame_size(READ)
        .on_upgrade(move |socket| talk(served, id, by_key, line, socket)))
}

async fn talk(served: Served, id: String, by_key: bool, mut line: Line, mut socket: WebSocket) {
    let (frames, mut waiting) = mpsc::channel::<String>(FRAMES);
    let (answer, mut answers) = mpsc::channel::<Answered>(FRAMES);
    // Turns are taken beside the stream, so that what a turn says is seen while its calls are still out. What was taken
    // in is played to its end, also when the socket closes.
    tokio::spawn(async move {
        while let Some(text) = waiting.recv().await {
            if let Some(answered) = said(&served, &id, by_key, &text).await {
                let _ = answer.send(answered).await;
            }
        }
    });
    let mut again: Option<Again> = None;
    loop {
        let frame = if let Some(Again { state, .. }) = again.take_if(|it| it.after <= line.after) {
            json!({ "event": "state", "data": state })
        } else {
            tokio::select! {
            pushed = line.next() => match pushed {
                Some(Pushed::Message(message)) => json!({ "event": "message", "data": message }),
                Some(Pushed::State(state)) => json!({ "event": "state", "data": state }),
                None => break,
            },
            Some(answered) = answers.recv(), if again.is_none() => match answered {
                Answered::Wrong(error) => json!({ "event": "error", "data": error }),
                Answered::Again(told) => {
                    again = Some(told);
                    continue;
                }
            },
            heard = socket.recv() => match heard {
                Some(Ok(Frame::Text(text))) if text.len() > BODY => {
                    let error = json!({ "code": "too_large", "message": "The frame is over 256 KiB." });
                    json!({ "event": "error", "data": error })
                }
                Some(Ok(Frame::Text(text))) => {
                    if frames.try_send(text.to_string()).is_ok() {
                        continue;
                    }
                    let error = json!({ "code": "too_many_requests", "message": "Too many turns at once. Wait for the answers, then send it again." });
                    json!({ "event": "error", "data": error })
                }
                Some(Ok(Frame::Binary(_))) => {
                    let error = json!({ "code": "broken_json", "message": "A frame is the JSON body of a turn, as text." });
                    json!({ "event": "error", "data": error })
                }
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => continue,
                Some(Ok(Frame::Close(_)) | Err(_)) | None => break,
            },
            }
        };
        if socket
            .send(Frame::Text(frame.to_string().into()))
            .await
            .is_err()
        {
            break;
        }
    }
}

/// What a frame is answered by where the stream itself does not tell it.
enum Answered {
    /// It is wrong: an error's data.
    Wrong(Value),
    /// It came before.
    Again(Again),
}

/// A message that ran before: its turn's state is told once more, after that turn's messages.
struct Again {
    after: i64,
    state: Value,
}

impl Again {
    fn of(mut body: Value) -> Again {
        let said = body.as_object_mut().and_then(|it| it.remove("messages"));
        let last = said.as_ref().and_then(|said| said.as_array()?.last());
        Again {
            after: last.and_then(|last| last["id"].as_i64()).unwrap_or(0),
            state: body,
        }
    }
}

async fn said(served: &Served, id: &str, by_key: bool, text: &str) -> Option<Answered> {
    let said: Said = match serde_json::from_str(text) {
        Ok(said) => said,
        Err(error) => {
            let message = format!("The frame is not the body of a turn: {error}.");
            return Some(Answered::Wrong(
                json!({ "code": "broken_json", "message": message }),
            ));
        }
    };
    match said_in(served, id, by_key, said).await {
        Ok(answer) => answer
            .again
            .then(|| Answered::Again(Again::of(answer.body))),
        Err(refusal) => {
            let body = axum::body::to_bytes(refusal.into_response().into_body(), 64 * 1024)
                .await
                .unwrap_or_default();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            Some(Answered::Wrong(body["error"].clone()))
        }
    }
}

/// A stream's place in a conversation: everything up to `after` was sent, and nothing past it.
struct Line {
    served: Served,
    row: Row,
    after: i64,
    behind: std::collections::VecDeque<Value>,
    /// Whether the store may hold more than `behind`.
    more: bool,
    live: Listener,
    ending: tokio::sync::watch::Receiver<bool>,
}

impl Line {
    async fn new(served: Served, row: Row, after: i64) -> Result<Line, Refusal> {
        // Listening before looking: what is said between the two comes twice and is told apart by its id.
        let live = served.runtime.live.listen(&row.id);
        let ending = served.ending.clone();
        let mut line = Line {
            served,
            row,
            after,
            behind: std::collections::VecDeque::new(),
            more: true,
            live,
            ending,
        };
        line.look().await?;
        Ok(line)
    }

    async fn next(&mut self) -> Option<Pushed> {
        loop {
            if let Some(message) = self.behind.pop_front() {
                self.after = message["id"].as_i64().unwrap_or(self.after);
                return Some(Pushed::Message(message));
            }
            if self.more {
                // A store that is away ends the stream; the front end comes back with its last id.
                self.look().await.ok()?;
                continue;
            }
            let pushed = tokio::select! {
                pushed = self.live.next() => pushed,
                _ = self.ending.wait_for(|ending| *ending) => return None,
            };
            match pushed {
                Ok(Pushed::Message(message)) => {
                    let id = message["id"].as_i64().unwrap_or(0);
                    if id == self.after + 1 {
                        self.behind.push_back(message);
                    } else if id > self.after {
                        // There is a gap: the store has what lies in it, and this one.
                        self.more = true;
                    }
                }
                Ok(state) => return Some(state),
                // Too slow for the live channel: what was missed is read from the store.
                Err(RecvError::Lagged(_)) => self.more = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    async fn look(&mut self) -> Result<(), Refusal> {
        let page = messages::said(&self.served, &self.row, self.after).await?;
        self.more = page.len() >= PAGE;
        self.behind = page.into();
        Ok(())
    }
}
