//! How conversations begin and end: opened by a front end, forgotten at a word or after a long silence. What is said
//! between is the loop's.

use std::sync::Arc;

use jiff::Timestamp;
use turnwise_connectors::auth::{Binding, Who};
use turnwise_engine::conversation::{Conversation, User};

use super::{First, Runtime, Trouble};
use crate::store::Away;
use crate::store::conversations::Row;

/// The channels that users come by.
pub const CHANNELS: [&str; 3] = ["api", "web", TERMINAL];
/// The one of `turnwise chat`.
pub const TERMINAL: &str = "terminal";
/// How long a conversation's token works after its last turn, in seconds.
pub const TOKEN_LIFE: i64 = 86_400;

/// What a conversation is opened with.
#[derive(Debug)]
pub struct Opening {
    /// Its id, which nobody can guess.
    pub id: String,
    /// One of [`CHANNELS`].
    pub channel: &'static str,
    /// The user on that channel.
    pub user: User,
    /// How a sign-in is bound to the user.
    pub binding: Binding,
    /// SHA-256 of the conversation's token.
    pub token: Vec<u8>,
    /// BCP 47; the bot's where there is none.
    pub locale: Option<String>,
    /// IANA name; the bot's where there is none.
    pub timezone: Option<String>,
}

impl Runtime {
    /// Opens a conversation, which begins with the greeting.
    ///
    /// # Errors
    /// [`Trouble::Away`].
    pub async fn open(self: &Arc<Self>, opening: Opening) -> Result<(), Trouble> {
        let templates = self.templates();
        let bot = &templates.bot;
        let locale = opening.locale.unwrap_or_else(|| bot.locale.tag.clone());
        let timezone = opening.timezone.unwrap_or_else(|| bot.timezone.clone());
        let user = opening.user;
        let state = Conversation::new(&opening.id, user.clone(), &locale, &timezone);
        let row = Row {
            id: opening.id.clone(),
            channel: opening.channel.into(),
            user: user.id,
            name: user.name,
            binding: serde_json::to_string(&opening.binding).expect("a binding is plain data"),
            token: opening.token,
            token_ends: Timestamp::now().as_second() + TOKEN_LIFE,
            version: 0,
            state: serde_json::to_string(&state).expect("a conversation saves as JSON"),
        };
        let first = First::Opened(Box::new(row.clone()));
        // Both stand in one commit, in this order: a greeting whose conversation could not be opened finds none.
        let (opened, greeted) = tokio::join!(
            biased;
            self.store.open_conversation(row),
            self.turns(&opening.id, first, None),
        );
        opened?;
        greeted
    }

    /// Forgets a conversation and all that was said in it; its links end with it. The user's grant stays, and so do the
    /// links of the user's other conversations.
    ///
    /// # Errors
    /// [`Away`]; nothing was forgotten then.
    pub async fn forget(&self, who: &Who) -> Result<(), Away> {
        if let Err(error) = self.connectors.auth.void_of(who).await {
            tracing::warn!(%error, "open links were not voided");
        }
        self.store.forget(&who.conversation).await
    }

    /// Forgets a user on every channel: conversations, links, and grants, which are given back.
    ///
    /// # Errors
    /// [`Away`]; asked again, it goes on with what is left.
    pub async fn forget_user(&self, user: &str) -> Result<(), Away> {
        for channel in CHANNELS {
            self.forget_user_of(channel, user).await?;
        }
        Ok(())
    }

    /// Forgets the user of one channel: conversations, links, and grants, which are given back.
    ///
    /// # Errors
    /// [`Away`]; asked again, it goes on with what is left.
    pub async fn forget_user_of(&self, channel: &str, user: &str) -> Result<(), Away> {
        for id in self.store.conversations_of(channel, user)? {
            self.store.forget(&id).await?;
        }
        let who = Who {
            channel: channel.into(),
            user: user.into(),
            conversation: String::new(),
            display_name: String::new(),
        };
        for integration in self.templates().integrations.keys() {
            let given_back = self.connectors.auth.sign_out(&who, integration).await;
            given_back.map_err(|error| Away(error.0))?;
        }
        Ok(())
    }

    /// Forgets the conversations that have been silent for as long as bot.yaml says (`idle.forget_after`), and gives how
    /// many they were.
    ///
    /// # Errors
    /// [`Away`]; what was not forgotten is found the next time.
    pub async fn forget_silent(&self, now: Timestamp) -> Result<usize, Away> {
        // A token ends some time after the last turn, which is thereby known.
        let ended = now.as_second() - self.templates().bot.forget_after + TOKEN_LIFE;
        let mut forgotten = 0;
        for id in self.store.silent(ended)? {
            let _place = self.queues.enter(&id).await;
            // A turn may have come while it was looked for.
            if let Some(row) = self.store.conversation(&id)?
                && row.token_ends <= ended
            {
                self.forget(&who(&row)).await?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }
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
