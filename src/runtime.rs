//! The effect loop: load a conversation, turn, save, deliver, perform, turn again. It is the only one; a message, a
//! callback and a restart all come through here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;
use turnwise_connectors::Connectors;
use turnwise_connectors::auth::Who;
use turnwise_engine::conversation::Conversation;
use turnwise_engine::event::{Event, EventKind, Message};
use turnwise_engine::template::Templates;

use crate::store::conversations::{Left, Row};
use crate::store::grants::Grants;
use crate::store::{Away, Store};

mod answer;
pub mod clock;
pub mod effects;
pub mod facts;
pub mod handoff;
mod left;
pub mod life;
pub mod live;
mod queue;
mod recovery;
mod rest;
mod script;
pub mod shown;
mod sweep;
pub mod trace;
mod versions;

pub use answer::Delivered;
use answer::{Answer, Said};
pub use life::{CHANNELS, Opening, TERMINAL, TOKEN_LIFE, who};
pub use live::Pushed;
use rest::{Happened, Out, Rest};

/// How long a turn waits for the calls it started.
const PATIENCE: Duration = Duration::from_secs(10);

/// Joins the engine, the store and the connectors.
pub struct Runtime {
    /// The store.
    pub store: Arc<Store>,
    /// The connectors.
    pub connectors: Connectors<Grants>,
    /// Where users reach this server, without a slash at the end.
    pub public_url: String,
    /// The clock that dialogs see.
    pub clock: clock::Clock,
    /// How long a turn waits for the calls it started, in milliseconds.
    pub patience: AtomicU64,
    /// Who listens.
    pub live: Arc<live::Live>,
    /// Who follows how turns are thought.
    pub traces: trace::Traces,
    bot: versions::Current,
    facts: facts::Known,
    queues: queue::Queues,
}

/// Why a turn did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// There is no such conversation.
    #[error("there is no such conversation")]
    NotFound,
    /// The store did not answer.
    #[error(transparent)]
    Away(#[from] Away),
}

impl Runtime {
    /// A runtime of these parts.
    pub fn new(
        templates: Arc<Templates>,
        store: Arc<Store>,
        connectors: Connectors<Grants>,
        public_url: String,
        now: Option<Timestamp>,
    ) -> Runtime {
        Runtime {
            store,
            connectors,
            public_url,
            clock: clock::Clock::new(now),
            patience: AtomicU64::new(PATIENCE.as_millis() as u64),
            live: Arc::default(),
            traces: trace::Traces::default(),
            bot: versions::Current::new(templates),
            facts: facts::Known::default(),
            queues: queue::Queues::default(),
        }
    }

    /// A message of the user: answered when the calls it started have come back, or after ten seconds.
    ///
    /// # Errors
    /// [`Trouble`]; nothing has happened then.
    pub async fn message(
        self: &Arc<Self>,
        conversation: &str,
        message: Message,
        sender_id: Option<String>,
    ) -> Result<Delivered, Trouble> {
        let answer = Arc::<Said>::default();
        let (runtime, id, said) = (self.clone(), conversation.to_owned(), answer.clone());
        let running = tokio::spawn(async move {
            let first = First::Message(message, sender_id);
            runtime.turns(&id, first, Some(&said)).await
        });
        let ended = running.await.map_err(|error| Away(error.to_string()))?;
        let said = answer.take();
        // Once it has turned it has happened, and what follows is told later; before that, nothing has.
        if said.is_none() {
            ended?;
        }
        let said = said.ok_or_else(|| Away("the turn came to nothing".into()))?;
        Ok(self.delivered(said).await)
    }

    /// Something the world did to a conversation.
    ///
    /// # Errors
    /// [`Trouble`]; nothing has happened then.
    pub async fn happened(
        self: &Arc<Self>,
        conversation: &str,
        kind: EventKind,
    ) -> Result<(), Trouble> {
        let rest = Rest::of_world(kind, false);
        self.turns(conversation, First::Rest(rest), None).await
    }

    /// Waits until no turn of a conversation is under way.
    pub async fn settled(&self, id: &str) {
        self.queues.enter(id).await;
    }

    /// How many conversations are in a turn, or wait for theirs.
    pub fn under_way(&self) -> usize {
        self.queues.len()
    }

    /// Turns of one conversation run one at a time, in the order in which they came.
    async fn turns(
        self: &Arc<Self>,
        id: &str,
        first: First,
        answer: Option<&Said>,
    ) -> Result<(), Trouble> {
        let _place = self.queues.enter(id).await;
        self.play(id, first, answer).await
    }

    async fn play(
        self: &Arc<Self>,
        id: &str,
        first: First,
        answer: Option<&Said>,
    ) -> Result<(), Trouble> {
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
        let mut kept = Some(Kept::of(&row)?);
        let mut rest = match first {
            First::Rest(rest) => rest,
            First::Opened(_) => Rest::of_world(EventKind::Opened, false),
            First::Message(message, of_sender) => {
                // A message that comes twice runs once; its repeat gets the same answer.
                if let Some((turn, left)) = ran {
                    if let Some(answer) = answer {
                        answer.is(self.answered(id, &who, turn, &left)?);
                    }
                    return Ok(());
                }
                let state = kept.as_ref().map(|kept| &kept.state);
                let (kind, shown) = self.heard(&who, state, message).await?;
                Rest::of_user(kind, shown, of_sender)
            }
        };
        let patience = self.patience.load(Ordering::Relaxed);
        let deadline = Instant::now() + Duration::from_millis(patience);
        loop {
            while let Some(happened) = rest.events.pop_front() {
                let told = match self
                    .turn_once(id, &who, &happened, &mut rest, &mut kept)
                    .await
                {
                    Ok(Some(told)) => told,
                    Ok(None) => {
                        // Somebody else turned meanwhile, or forgot it. Nothing has happened yet: it is thought again.
                        rest.events.push_front(happened);
                        continue;
                    }
                    Err(Trouble::Away(away)) if happened.stands => {
                        // The world has moved on already, so this is told as soon as the store is back.
                        tracing::warn!(%away, "what happened is kept until the store is back");
                        rest.events.push_front(happened);
                        self.goes_on_later(id, rest);
                        return Ok(());
                    }
                    Err(trouble) => return Err(trouble),
                };
                // Whoever begins to listen after this look finds the messages in the store.
                if self.live.is_heard(id) {
                    self.push(id, &who, &told).await;
                }
                if let Some(answer) = answer {
                    let so_far = answer.take();
                    let so_far = so_far.unwrap_or_else(|| Answer::new(who.clone(), told.turn));
                    answer.is(so_far.goes_on(told.messages, told.state));
                }
            }
            let Some(out) = rest.out.pop_front() else {
                return Ok(());
            };
            let mut work = self.performing(&who, &row, &out);
            match tokio::time::timeout_at(deadline, &mut work).await {
                Ok(came) => rest.came(&out, came.map_err(|error| Away(error.to_string()))?),
                Err(_) => {
                    // It goes on by itself, and the user may say something meanwhile.
                    self.goes_on_when_back(id, work, out, rest);
                    return Ok(());
                }
            }
            if rest.events.is_empty()
                && let Err(error) = self.store.effect_done(id, &out.id).await
            {
                // It is done once more at the next start, which changes nothing.
                tracing::warn!(%error, "an effect was not marked as done");
            }
        }
    }

    /// One turn: thought, and committed if nobody else turned meanwhile. What it asks for is put to the rest; `kept` is the
    /// conversation as it stands in the store, read anew where it is not known.
    async fn turn_once(
        &self,
        id: &str,
        who: &Who,
        happened: &Happened,
        rest: &mut Rest,
        kept: &mut Option<Kept>,
    ) -> Result<Option<Told>, Trouble> {
        let _expected = self.store.expects();
        let Kept { version, state } = match kept.take() {
            Some(kept) => kept,
            None => Kept::of(&self.store.conversation(id)?.ok_or(Trouble::NotFound)?)?,
        };
        let at = self.clock.now();
        let event = Event {
            at,
            kind: happened.kind.clone(),
            facts: self.facts_of(who).await,
        };
        let templates = self.templates_for(&state)?;
        let mut secrets = script::secrets(&templates, &state);
        let versions: Vec<String> = state.needs().map(|(_, digest)| digest.to_owned()).collect();
        let turn = turnwise_engine::turn(&templates, state, event);
        secrets.extend(script::secrets(&templates, &turn.conversation));
        let now = turn.conversation.turn;
        tracing::debug!(conversation = id, turn = now, trace = ?turn.trace, "turned");
        let number = rest.turn.unwrap_or(now);
        let state = self.left(&templates, &turn.conversation);
        let heard = turn.heard.as_ref().or(happened.shown.as_ref());
        let left = Left {
            version,
            turn: number,
            message: rest.sender_id.clone(),
            answer: state.to_string(),
            came_back: happened.came_back.clone(),
            played: script::played(&happened.kind, &turn, &secrets),
            ..left::by(&templates, &turn, at, heard, &versions)
        };
        let ids: Vec<String> = left.asked.iter().map(|(id, _)| id.clone()).collect();
        let Some(messages) = self.store.commit(left).await? else {
            return Ok(None);
        };
        rest.turn = Some(number);
        self.traces
            .tell(|| trace::of(&templates, &happened.kind, &turn));
        let effects = ids.into_iter().zip(turn.effects);
        rest.out
            .extend(effects.map(|(id, effect)| Out { id, effect }));
        *kept = Some(Kept {
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

/// What a run of turns begins with.
enum First {
    /// The conversation, which is being opened.
    Opened(Box<Row>),
    /// A message, and the sender's id of it.
    Message(Message, Option<String>),
    /// What is to be gone on with.
    Rest(Rest),
}

/// What one turn left to be told.
struct Told {
    turn: u64,
    messages: Vec<Value>,
    state: Value,
}
