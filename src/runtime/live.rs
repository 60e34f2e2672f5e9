//! Who listens to a conversation now: streams and long polls. What they missed is in the store; here is only what is said
//! while they listen, and nothing is kept for a conversation that nobody listens to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError, error::TryRecvError};
use turnwise_connectors::auth::Who;

use super::{Runtime, Told};

/// Messages that a slow listener may fall behind before it has to look in the store.
const BEHIND: usize = 256;

/// What streams carry.
#[derive(Debug, Clone)]
pub enum Pushed {
    /// A message, as the contract has it.
    Message(Value),
    /// The state after a turn.
    State(Value),
}

/// The conversations that somebody listens to.
#[derive(Default)]
pub struct Live(Mutex<HashMap<String, Sender<Pushed>>>);

impl Live {
    /// What is said in a conversation from now on.
    pub fn listen(self: &Arc<Self>, id: &str) -> Listener {
        let receiver = self
            .channels()
            .entry(id.to_owned())
            .or_insert_with(|| broadcast::channel(BEHIND).0)
            .subscribe();
        Listener {
            live: self.clone(),
            id: id.to_owned(),
            receiver,
        }
    }

    /// Whether anybody listens.
    pub fn is_heard(&self, id: &str) -> bool {
        self.channels().contains_key(id)
    }

    /// Tells those who listen.
    pub fn tell(&self, id: &str, pushed: Pushed) {
        if let Some(channel) = self.channels().get(id) {
            // Nobody may listen any more, which is no failure.
            let _ = channel.send(pushed);
        }
    }

    /// How many conversations are listened to.
    pub fn count(&self) -> usize {
        self.channels().len()
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<String, Sender<Pushed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who listens; the last one to leave takes the channel along.
pub struct Listener {
    live: Arc<Live>,
    id: String,
    receiver: Receiver<Pushed>,
}

impl Listener {
    /// The next thing said.
    ///
    /// # Errors
    /// [`RecvError::Lagged`] where some of it was missed and stands in the store.
    pub async fn next(&mut self) -> Result<Pushed, RecvError> {
        self.receiver.recv().await
    }

    /// What has been said and not been heard yet, one thing at a time.
    pub fn waiting(&mut self) -> Option<Pushed> {
        loop {
            match self.receiver.try_recv() {
                Ok(pushed) => return Some(pushed),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut channels = self.live.channels();
        // Our own receiver still counts here.
        if channels
            .get(&self.id)
            .is_some_and(|channel| channel.receiver_count() <= 1)
        {
            channels.remove(&self.id);
        }
    }
}

impl Runtime {
    /// Tells those who listen what a turn said, and the state after it.
    pub(super) async fn push(&self, id: &str, who: &Who, told: &Told) {
        for message in &told.messages {
            let message = self.with_link(who, message.clone()).await;
            self.live.tell(id, Pushed::Message(message));
        }
        let left = &told.state;
        let awaiting = self.with_link(who, left["awaiting"].clone()).await;
        let state = json!({ "turn": told.turn, "awaiting": awaiting, "slots": left["slots"] });
        self.live.tell(id, Pushed::State(state));
    }
}
