//! Gives a conversation to a person: what was said goes to the webhook of a desk. What the user is told of it, and that the
//! bot is silent afterwards, is the engine's.

use std::time::Duration;

use serde_json::json;
use turnwise_connectors::auth::Who;

use super::Runtime;
use crate::store::Away;
use crate::store::conversations::PAGE;

/// How long a desk may take to accept.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why a desk did not get the conversation.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undelivered {
    /// bot.yaml does not name it.
    #[error("bot.yaml names no such handoff")]
    NoDesk,
    /// The store did not answer.
    #[error(transparent)]
    Away(#[from] Away),
    /// The desk did not accept, by its address without what may be secret in it.
    #[error("the desk did not accept: {0}")]
    Desk(String),
}

impl Runtime {
    /// Posts a conversation to a desk. `id` is the effect's: a desk that gets it twice can tell by it.
    pub(super) async fn hand_over(
        &self,
        who: &Who,
        id: &str,
        desk: &str,
    ) -> Result<(), Undelivered> {
        let templates = self.templates();
        let webhook = templates.bot.handoff.get(desk).ok_or(Undelivered::NoDesk)?;
        let body = json!({
            "bot": templates.bot.name,
            "desk": desk,
            "conversation": who.conversation,
            "channel": who.channel,
            "user": { "id": who.user, "name": who.display_name },
            "transcript": self.transcript(&who.conversation)?,
        });
        // An address may carry a secret of the desk, so it stays out of the log.
        let failed = |error: reqwest::Error| Undelivered::Desk(error.without_url().to_string());
        // Desks are called rarely; a redirect would carry the conversation to somebody that bot.yaml does not name.
        let desk = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(failed)?;
        let accepted = desk
            .post(webhook)
            .header("Idempotency-Key", format!("{}:{id}", who.conversation))
            .json(&body)
            .send()
            .await
            .map_err(failed)?;
        match accepted.status() {
            status if status.is_success() => Ok(()),
            status => Err(Undelivered::Desk(status.to_string())),
        }
    }

    /// What was said, as text. Links and codes are not in it.
    ///
    /// # Errors
    /// [`Away`].
    pub fn transcript(&self, id: &str) -> Result<String, Away> {
        let mut text = String::new();
        let mut after = 0;
        loop {
            let page = self.store.messages(id, after)?;
            for message in &page {
                after = message["id"].as_i64().unwrap_or(after);
                let from = message["from"].as_str().unwrap_or("bot");
                let said = message["text"].as_str().unwrap_or_default();
                text.push_str(&line(from, said));
            }
            if page.len() < PAGE {
                return Ok(text);
            }
        }
    }
}

fn line(from: &str, said: &str) -> String {
    format!("{from}: {}\n", said.replace('\n', "\n  "))
}
