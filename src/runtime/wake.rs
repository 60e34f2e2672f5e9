//! What wakes a conversation besides its user: a sign-in that ended, a start after the server was gone. What it then does
//! is a turn like any other.

use std::sync::Arc;

use turnwise_connectors::auth::Note;
use turnwise_engine::conversation::{Awaiting, Conversation};
use turnwise_engine::event::EventKind;

use super::{First, Runtime};
use crate::store::Away;

impl Runtime {
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
}
