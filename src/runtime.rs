//! The effect loop: load a conversation, turn, save, deliver, perform, turn again. It is the only one; a message, a
//! callback and a restart all come through here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use turnwise_connectors::Connectors;
use turnwise_engine::conversation::Conversation;
use turnwise_engine::event::{Event, EventKind, Message};
use turnwise_engine::template::Templates;

use crate::store::conversations::Left;
use crate::store::grants::Grants;
use crate::store::{Away, Store};

mod answer;
pub mod effects;
pub mod facts;
pub mod handoff;
mod left;
pub mod life;
pub mod live;
mod queue;
pub mod shown;
mod sweep;
pub mod trace;
mod versions;
mod wake;

use answer::Answer;
pub use life::{Opening, TOKEN_LIFE, who};
pub use live::Pushed;

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
    /// The clock that dialogs see, where it stands still.
    pub now: Option<Timestamp>,
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
            now,
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
    ) -> Result<Value, Trouble> {
        let row = self.store.conversation(conversation)?;
        let who = who(&row.ok_or(Trouble::NotFound)?);
        let (answers, mut answer) = watch::channel(None::<Answer>);
        let (runtime, id) = (self.clone(), conversation.to_owned());
        let running = tokio::spawn(async move {
            let first = First::Message(message, sender_id);
            runtime.turns(&id, first, Some(answers)).await
        });
        // Turns before this one may take their time: the ten seconds begin when it has begun.
        if answer.wait_for(Option::is_some).await.is_ok() {
            // A call that takes longer goes on by itself, and what comes of it is pushed.
            let _ = tokio::time::timeout(PATIENCE, running).await;
        } else {
            running.await.map_err(|error| Away(error.to_string()))??;
        }
        let said = answer.borrow().clone();
        let said = said.ok_or_else(|| Away("the turn came to nothing".into()))?;
        Ok(self.delivered(&who, said).await)
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
        self.turns(conversation, First::World(kind, None), None)
            .await
    }

    /// Waits until no turn of a conversation is under way.
    pub async fn settled(&self, id: &str) {
        self.queues.enter(id).await;
    }

    /// Turns of one conversation run one at a time, in the order in which they came.
    async fn turns(
        self: &Arc<Self>,
        id: &str,
        first: First,
        answers: Option<watch::Sender<Option<Answer>>>,
    ) -> Result<(), Trouble> {
        let _place = self.queues.enter(id).await;
        self.play(id, first, answers).await
    }

    async fn play(
        self: &Arc<Self>,
        id: &str,
        first: First,
        answers: Option<watch::Sender<Option<Answer>>>,
    ) -> Result<(), Trouble> {
        let mut sender_id = None;
        let mut events = VecDeque::new();
        let row = self.store.conversation(id)?.ok_or(Trouble::NotFound)?;
        let who = who(&row);
        match first {
            First::World(kind, came_back) => events.push_back((kind, came_back, None)),
            First::Effect(effect_id, effect) => {
                for kind in self.perform(&who, &row, &effect_id, &effect, true).await {
                    events.push_back((kind, Some(effect_id.clone()), None));
                }
                if events.is_empty() {
                    self.store.effect_done(id, &effect_id).await?;
                }
            }
            First::Message(message, of_sender) => {
                // A message that comes twice runs once; its repeat gets the same answer.
                if let Some(known) = of_sender.as_deref()
                    && let Some((turn, left)) = self.store.turn_of(id, known)?
                {
                    if let Some(answers) = answers {
                        answers.send_replace(Some(self.answered(id, turn, &left)?));
                    }
                    return Ok(());
                }
                sender_id = of_sender;
                let (kind, shown) = self.heard(&who, &row, message).await?;
                events.push_back((kind, None, Some(shown)));
            }
        }
        let mut answer: Option<Answer> = None;
        let mut turn_of_user = None;
        while let Some((kind, came_back, shown)) = events.pop_front() {
            let row = self.store.conversation(id)?.ok_or(Trouble::NotFound)?;
            let Ok(state) = serde_json::from_str::<Conversation>(&row.state) else {
                return Err(Away("a conversation can't be read".into()).into());
            };
            let templates = self.templates_for(&state)?;
            let at = self.now.unwrap_or_else(Timestamp::now);
            let happened = Event {
                at,
                kind: kind.clone(),
                facts: self.facts_of(&who).await,
            };
            let turn = turnwise_engine::turn(&templates, state, happened);
            tracing::debug!(conversation = id, turn = turn.conversation.turn, trace = ?turn.trace, "turned");
            let number = *turn_of_user.get_or_insert(turn.conversation.turn);
            let state_left = self.left(&templates, &turn.conversation);
            let left = Left {
                version: row.version,
                turn: number,
                message: sender_id.clone(),
                answer: state_left.to_string(),
                came_back: came_back.clone(),
                ..left::by(&templates, &turn, at, shown.as_deref())
            };
            let asked: Vec<String> = left.asked.iter().map(|(id, _)| id.clone()).collect();
            let Some(messages) = self.store.commit(left).await? else {
                // Somebody else turned meanwhile, or forgot it. Nothing has happened yet: it is thought again.
                events.push_front((kind, came_back, shown));
                continue;
            };
            if let Some(answers) = &answers {
                let so_far = answer.take().unwrap_or_else(|| Answer::new(number));
                answer = Some(so_far.goes_on(&messages, state_left.clone()));
                answers.send_replace(answer.clone());
            }
            self.traces.tell(|| trace::of(&templates, &turn));
            self.push(id, &who, state_left, messages, number).await;
            for (effect_id, effect) in asked.iter().zip(&turn.effects) {
                let came = self.perform(&who, &row, effect_id, effect, false).await;
                if came.is_empty() {
                    self.store.effect_done(id, effect_id).await?;
                }
                events.extend(
                    came.into_iter()
                        .map(|kind| (kind, Some(effect_id.clone()), None)),
                );
            }
        }
        Ok(())
    }
}

/// What a run of turns begins with.
enum First {
    Message(Message, Option<String>),
    World(EventKind, Option<String>),
    Effect(String, turnwise_engine::effect::Effect),
}
