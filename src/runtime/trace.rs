//! How turns are thought: acts, slots and states, for whoever makes the bot (`turnwise chat --trace`). Front ends never get
//! it; what stands in a line is the engine's.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::broadcast::{self, Receiver, Sender};
use turnwise_engine::Turn;
use turnwise_engine::conversation::Awaiting;
use turnwise_engine::effect::Effect;
use turnwise_engine::event::{EventKind, Message};
use turnwise_engine::reply::Reply;
use turnwise_engine::template::Templates;

use super::shown;

/// Turns that one who follows may fall behind before it misses some.
const BEHIND: usize = 256;

/// How one turn was thought.
#[derive(Debug, Clone)]
pub struct Traced {
    /// The conversation.
    pub conversation: String,
    /// Which of its turns, pushes by the world included.
    pub turn: u64,
    /// Acts, states and why, one line each.
    pub lines: Vec<String>,
    /// The open dialogs afterwards, `[{"template", "slots"}]`, bottom first.
    pub dialogs: Value,
    /// What is waited for afterwards.
    pub awaiting: Awaiting,
    /// What had happened.
    pub event: EventKind,
    /// What was said to it, in order.
    pub replies: Vec<Reply>,
    /// What was asked of the world, in order.
    pub effects: Vec<Effect>,
}

/// Who follows how turns are thought; it costs nothing while nobody does.
pub struct Traces(Sender<Arc<Traced>>);

impl Default for Traces {
    fn default() -> Traces {
        Traces(broadcast::channel(BEHIND).0)
    }
}

impl Traces {
    /// Every turn from now on, of all conversations.
    pub fn follow(&self) -> Receiver<Arc<Traced>> {
        self.0.subscribe()
    }

    pub(super) fn tell(&self, traced: impl FnOnce() -> Traced) {
        if self.0.receiver_count() > 0 {
            // Whoever followed may be gone by now, which is no failure.
            let _ = self.0.send(Arc::new(traced()));
        }
    }
}

/// The trace of a turn.
pub(super) fn of(templates: &Templates, event: &EventKind, turn: &Turn) -> Traced {
    let state = &turn.conversation;
    Traced {
        conversation: state.id.clone(),
        turn: state.turn,
        lines: turn.trace.clone(),
        dialogs: shown::dialogs(templates, state),
        awaiting: state.awaiting.clone(),
        event: seen(event, turn),
        replies: turn.replies.clone(),
        effects: turn.effects.clone(),
    }
}

/// The event as it may be seen: of what was said for a sensitive slot only what the turn shows of it.
fn seen(event: &EventKind, turn: &Turn) -> EventKind {
    match (event, &turn.heard) {
        (EventKind::Message(_), Some(heard)) => EventKind::Message(Message {
            text: heard.clone(),
            value: None,
        }),
        _ => event.clone(),
    }
}
