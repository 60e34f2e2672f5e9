//! Sign-ins told to those who wait for them, and what an earlier run of the server left undone. A conversation whose news
//! got lost when the server ended is told at the next start.

use std::sync::Arc;

use turnwise_connectors::auth::Note;
use turnwise_engine::conversation::{Awaiting, Conversation};
use turnwise_engine::event::EventKind;

use super::rest::Rest;
use super::{First, Runtime, Trouble, who};
use crate::store::Away;
use crate::store::conversations::Row;

impl Runtime {
    /// Tells a note of the sign-in to its conversation, and wakes the user's others where it is a grant.
    pub async fn told(self: &Arc<Self>, note: Note) {
        if note.conversation.is_empty() {
            // An operator's sign-in is no conversation's; the console shows how it went.
            return;
        }
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
        let told = conversations
            .iter()
            .map(|id| self.surely(id, Rest::of_what_stands(note.event.clone())));
        futures_util::future::join_all(told).await;
    }

    /// After a restart: effects that had not come back are performed again, writes as being in doubt; and whoever
    /// waits for a sign-in that has ended meanwhile is told.
    ///
    /// # Errors
    /// Where the store is away.
    pub async fn recover(self: &Arc<Self>) -> Result<(), Away> {
        let mut effects: Vec<(String, Rest)> = Vec::new();
        for (conversation, id, effect) in self.store.effects_out()? {
            let Ok(effect) = serde_json::from_str(&effect) else {
                continue;
            };
            let rest = Rest::of_effect(id, effect);
            match effects.last_mut() {
                // Those of one conversation are performed in their order.
                Some((last, of)) if *last == conversation => of.out.extend(rest.out),
                _ => effects.push((conversation, rest)),
            }
        }
        for row in self.store.signing_in()? {
            if let Some(event) = self.missed(&row).await? {
                effects.push((row.id, Rest::of_what_stands(event)));
            }
        }
        for (conversation, rest) in effects {
            let runtime = self.clone();
            tokio::spawn(async move { runtime.surely(&conversation, rest).await });
        }
        Ok(())
    }

    /// Goes on with what must not get lost: now, else when the store is back.
    async fn surely(self: &Arc<Self>, id: &str, rest: Rest) {
        if let Err(Trouble::Away(away)) = self.turns(id, First::Rest(rest.clone()), None).await {
            tracing::warn!(%away, "a conversation is told when the store is back");
            self.goes_on_later(id, rest);
        }
    }

    /// What became of a sign-in without the conversation that waits for it being told.
    async fn missed(&self, row: &Row) -> Result<Option<EventKind>, Away> {
        let Ok(state) = serde_json::from_str::<Conversation>(&row.state) else {
            return Ok(None);
        };
        let auth = &self.connectors.auth;
        let missed = match &state.awaiting {
            Awaiting::Authorization {
                integration,
                attempt,
                ..
            } => {
                auth.missed(&who(row), integration, Some(attempt.as_str()))
                    .await
            }
            Awaiting::Code { integration } => auth.missed(&who(row), integration, None).await,
            _ => return Ok(None),
        };
        missed.map_err(|error| Away(error.0))
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
