//! The effect loop: load a conversation, turn, save, deliver, perform, turn again. It is the only one; a message, a
//! callback and a restart all come through here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use turnwise_connectors::Connectors;
use turnwise_connectors::auth::Who;
use turnwise_engine::event::{EventKind, Message};
use turnwise_engine::template::Templates;

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
mod run;
mod script;
pub mod shown;
mod sweep;
pub mod trace;
mod versions;

pub use answer::Delivered;
use answer::{Answer, Said};
pub use life::{CHANNELS, Opening, TERMINAL, TOKEN_LIFE, who};
pub use live::Pushed;
use rest::Rest;
use run::{First, Told};

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
        let rest = Rest::of_world(kind);
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
        let Some(mut run) = self.begun(id, first, answer).await? else {
            return Ok(());
        };
        let patience = self.patience.load(Ordering::Relaxed);
        let deadline = Instant::now() + Duration::from_millis(patience);
        loop {
            while let Some(happened) = run.rest.events.pop_front() {
                match self.turn_once(id, &happened, &mut run).await {
                    Ok(Some(told)) => self.tell(id, &run.who, told, answer).await,
                    // Somebody else turned meanwhile, or forgot it. Nothing has happened yet: it is thought again.
                    Ok(None) => run.rest.events.push_front(happened),
                    Err(Trouble::Away(away)) if happened.stands => {
                        // The world has moved on already, so this is told as soon as the store is back.
                        tracing::warn!(%away, "what happened is kept until the store is back");
                        run.rest.events.push_front(happened);
                        self.goes_on_later(id, run.rest);
                        return Ok(());
                    }
                    Err(trouble) => return Err(trouble),
                }
            }
            let Some(out) = run.rest.out.pop_front() else {
                return Ok(());
            };
            let mut work = self.performing(&run.who, &run.row, &out);
            match tokio::time::timeout_at(deadline, &mut work).await {
                Ok(came) => {
                    let came = came.map_err(|error| Away(error.to_string()))?;
                    run.rest.came(&out, came);
                }
                Err(_) => {
                    // It goes on by itself, and the user may say something meanwhile.
                    self.goes_on_when_back(id, work, out, run.rest);
                    return Ok(());
                }
            }
            if run.rest.events.is_empty()
                && let Err(error) = self.store.effect_done(id, &out.id).await
            {
                // It is done once more at the next start, which changes nothing.
                tracing::warn!(%error, "an effect was not marked as done");
            }
        }
    }

    /// Delivers what a turn said to whoever listens, and to who asked for it.
    async fn tell(&self, id: &str, who: &Arc<Who>, told: Told, answer: Option<&Said>) {
        // Whoever begins to listen after this look finds the messages in the store.
        if self.live.is_heard(id) {
            self.push(id, who, &told).await;
        }
        if let Some(answer) = answer {
            let so_far = answer.take();
            let so_far = so_far.unwrap_or_else(|| Answer::new(who.clone(), told.turn));
            answer.is(so_far.goes_on(told.messages, told.state));
        }
    }
}
