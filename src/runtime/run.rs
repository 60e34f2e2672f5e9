//! A run of turns: what it begins with, and each turn of it, thought and committed. What comes of a turn is delivered and
//! performed by the loop in `runtime`; what is still to be done is `rest`'s.

use std::sync::Arc;

use serde_json::Value;
use turnwise_connectors::auth::Who;
use turnwise_engine::conversation::Conversation;
use turnwise_engine::event::{Event, EventKind, Message};

use super::answer::Said;
use super::rest::{Happened, Out, Rest};
use super::{Runtime, Trouble, left, script, trace, who};
use crate::store::Away;
use crate::store::conversations::{Left, Row};

/// What a run of turns begins with.
pub(super) enum First {
    /// The conversation, which is being opened.
    Opened(Box<Row>),
    /// A message, and the sender's id of it.
    Message(Message, Option<String>),
    /// What is to be gone on with.
    Rest(Rest),
}

/// A run of turns of one conversation.
pub(super) struct Run {
    /// The conversation as it was at the beginning.
    pub(super) row: Row,
    pub(super) who: Arc<Who>,
    /// The conversation as it stands in the store; read anew where it is not known.
    kept: Option<Kept>,
    pub(super) rest: Rest,
}

/// What one turn left to be told.
pub(super) struct Told {
    pub(super) turn: u64,
    pub(super) messages: Vec<Value>,
    pub(super) state: Value,
}

impl Runtime {
    /// Begins a run; `None` where it has run already, and is answered as it was then.
    pub(super) async fn begun(
        &self,
        id: &str,
        first: First,
        answer: Option<&Said>,
    ) -> Result<Option<Run>, Trouble> {
        let (row, ran) = match &first {
            First::Opened(row) => (Row::clone(row), None),
            First::Message(_, Some(of_sender)) => self
                .store
                .conversation_for(id, of_sender)?
                .ok_or(Trouble::NotFound)?,
            First::Message(_, None) | First::Rest(_) => {
                let row = self.store.conversation(id)?;
                (row.ok_or(Trouble::NotFound)?, None)
            }
        };
        let who = Arc::new(who(&row));
        // A message that comes twice runs once; its repeat gets the same answer.
        if let Some((turn, left)) = ran {
            if let Some(answer) = answer {
                answer.is(self.answered(id, &who, turn, &left)?);
            }
            return Ok(None);
        }
        let kept = Kept::of(&row)?;
        let rest = match first {
            First::Rest(rest) => rest,
            First::Opened(_) => Rest::of_world(EventKind::Opened),
            First::Message(message, of_sender) => {
                let (kind, shown) = self.heard(&who, &kept.state, message).await?;
                Rest::of_user(kind, shown, of_sender)
            }
        };
        Ok(Some(Run {
            row,
            who,
            kept: Some(kept),
            rest,
        }))
    }

    /// One turn: thought, and committed if nobody else turned meanwhile; `None` where somebody did. What it asks for is put
    /// to the rest of the run.
    pub(super) async fn turn_once(
        &self,
        id: &str,
        happened: &Happened,
        run: &mut Run,
    ) -> Result<Option<Told>, Trouble> {
        let _expected = self.store.expects();
        let Kept { version, state } = match run.kept.take() {
            Some(kept) => kept,
            None => Kept::of(&self.store.conversation(id)?.ok_or(Trouble::NotFound)?)?,
        };
        let at = self.clock.now();
        let event = Event {
            at,
            kind: happened.kind.clone(),
            facts: self.facts_of(&run.who).await,
        };
        let templates = self.templates_for(&state)?;
        let mut secrets = script::secrets(&templates, &state);
        let versions: Vec<String> = state.needs().map(|(_, digest)| digest.to_owned()).collect();
        let turn = turnwise_engine::turn(&templates, state, event);
        secrets.extend(script::secrets(&templates, &turn.conversation));
        let now = turn.conversation.turn;
        tracing::debug!(conversation = id, turn = now, trace = ?turn.trace, "turned");
        let number = run.rest.turn.unwrap_or(now);
        let state = self.left(&templates, &turn.conversation);
        let heard = turn.heard.as_ref().or(happened.shown.as_ref());
        let left = Left {
            version,
            turn: number,
            message: run.rest.sender_id.clone(),
            answer: state.to_string(),
            came_back: happened.came_back.clone(),
            played: script::played(&happened.kind, &turn, &secrets),
            ..left::by(&templates, &turn, at, heard, &versions)
        };
        let ids: Vec<String> = left.asked.iter().map(|(id, _)| id.clone()).collect();
        let Some(messages) = self.store.commit(left).await? else {
            return Ok(None);
        };
        run.rest.turn = Some(number);
        self.traces
            .tell(|| trace::of(&templates, &happened.kind, &turn));
        let effects = ids.into_iter().zip(turn.effects);
        run.rest
            .out
            .extend(effects.map(|(id, effect)| Out { id, effect }));
        run.kept = Some(Kept {
            version: version + 1,
            state: turn.conversation,
        });
        Ok(Some(Told {
            turn: number,
            messages,
            state,
        }))
    }
}

/// A conversation as it stands in the store, and the version it has there.
struct Kept {
    version: i64,
    state: Conversation,
}

impl Kept {
    fn of(row: &Row) -> Result<Kept, Away> {
        let state = serde_json::from_str(&row.state)
            .map_err(|error| Away(format!("a conversation can't be read: {error}")))?;
        Ok(Kept {
            version: row.version,
            state,
        })
    }
}
