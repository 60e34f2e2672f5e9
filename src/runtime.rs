//! The effect loop: load a conversation, turn, save, deliver, perform, turn again. It is the only one; a message, a
//! callback and a restart all come through here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;
use turnwise_connectors::Connectors;
use turnwise_connectors::auth::{Note, Who};
use turnwise_engine::conversation::{Awaiting, Conversation};
use turnwise_engine::event::{Event, EventKind, Message};
use turnwise_engine::template::Templates;

use crate::store::conversations::{Left, Row};
use crate::store::grants::Grants;
use crate::store::{Away, Store};

mod answer;
pub mod effects;
pub mod facts;
pub mod live;
mod queue;
pub mod shown;

use answer::Answer;
pub use live::Pushed;

/// How long a turn waits for the calls it started.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a conversation's token works after its last turn, in seconds.
pub const TOKEN_LIFE: i64 = 86_400;

/// Joins the engine, the store and the connectors.
pub struct Runtime {
    /// The bot.
    pub templates: Arc<Templates>,
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
            templates,
            store,
            connectors,
            public_url,
            now,
            live: Arc::default(),
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

    /// Tells a note of the sign-in to its conversation, and wakes the user's others where it is a grant.
    pub async fn told(self: &Arc<Self>, note: Note) {
        let mut conversations = vec![note.conversation.clone()];
        if matches!(note.event, EventKind::Authorized { .. })
            && let Ok(others) = self.store.conversations_of(&note.channel, &note.user)
        {
            conversations.extend(
                others
                    .into_iter()
                    .filter(|id| *id != note.conversation && self.waits(id)),
            );
        }
        // All at once: a slow call of one conversation does not keep the others waiting.
        let told = conversations.iter().map(|id| async {
            if let Err(error) = self.happened(id, note.event.clone()).await {
                tracing::warn!(%error, "a conversation was not told how its sign-in went");
            }
        });
        futures_util::future::join_all(told).await;
    }

    /// After a restart: effects that had not come back are performed again, reads at will, writes by their key.
    pub async fn recover(self: &Arc<Self>) -> Result<(), Away> {
        for (conversation, id, effect) in self.store.effects_out()? {
            let Ok(effect) = serde_json::from_str(&effect) else {
                continue;
            };
            let runtime = self.clone();
            tokio::spawn(async move {
                let again = First::Effect(id, effect);
                if let Err(error) = runtime.turns(&conversation, again, None).await {
                    tracing::warn!(%error, "an effect could not be taken up again");
                }
            });
        }
        Ok(())
    }

    fn waits(&self, id: &str) -> bool {
        let row = self.store.conversation(id).ok().flatten();
        let state = row.and_then(|row| serde_json::from_str::<Conversation>(&row.state).ok());
        state.is_some_and(|state| {
            matches!(
                state.awaiting,
                Awaiting::Authorization { .. } | Awaiting::Code { .. }
            )
        })
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
                for kind in self.perform(&who, &row, &effect, true).await {
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
            let at = self.now.unwrap_or_else(Timestamp::now);
            let facts = self.facts_of(&who).await;
            let happened = Event {
                at,
                kind: kind.clone(),
                facts,
            };
            let turn = turnwise_engine::turn(&self.templates, state, happened);
            tracing::debug!(conversation = id, turn = turn.conversation.turn, trace = ?turn.trace, "turned");
            let number = *turn_of_user.get_or_insert(turn.conversation.turn);
            let mut messages: Vec<Value> = shown
                .iter()
                .map(|text: &String| shown::of_user(text, at))
                .collect();
            messages.extend(turn.replies.iter().map(|reply| shown::of_bot(reply, at)));
            let asked: Vec<(String, String)> = turn
                .effects
                .iter()
                .enumerate()
                .map(|(n, effect)| {
                    let saved = serde_json::to_string(effect).expect("effects are plain data");
                    (format!("{}:{}", turn.conversation.turn, n + 1), saved)
                })
                .collect();
            let state_left = self.left(&turn.conversation);
            let left = Left {
                conversation: id.to_owned(),
                version: row.version,
                state: serde_json::to_string(&turn.conversation)
                    .expect("a conversation saves as JSON"),
                token_ends: Timestamp::now().as_second() + TOKEN_LIFE,
                turn: number,
                message: sender_id.clone(),
                answer: state_left.to_string(),
                messages,
                asked: asked.clone(),
                came_back: came_back.clone(),
            };
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
            self.push(id, &who, state_left, messages, number).await;
            for ((effect_id, _), effect) in asked.iter().zip(&turn.effects) {
                let came = self.perform(&who, &row, effect, false).await;
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

    async fn push(&self, id: &str, who: &Who, left: Value, messages: Vec<Value>, turn: u64) {
        // Whoever begins to listen after this look finds the messages in the store.
        if !self.live.is_heard(id) {
            return;
        }
        for message in messages {
            let message = self.with_link(who, message).await;
            self.live.tell(id, Pushed::Message(message));
        }
        let awaiting = self.with_link(who, left["awaiting"].clone()).await;
        let state = json!({ "turn": turn, "awaiting": awaiting, "slots": left["slots"] });
        self.live.tell(id, Pushed::State(state));
    }
}

/// What a run of turns begins with.
enum First {
    Message(Message, Option<String>),
    World(EventKind, Option<String>),
    Effect(String, turnwise_engine::effect::Effect),
}

/// The user of a conversation, as the connectors know them.
pub fn who(row: &Row) -> Who {
    Who {
        channel: row.channel.clone(),
        user: row.user.clone(),
        conversation: row.id.clone(),
        display_name: row.name.clone(),
    }
}
