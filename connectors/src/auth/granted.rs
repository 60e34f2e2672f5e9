//! What operators see of grants and links: who is connected as whom, and how a link of theirs ended. Never a token.

use jiff::Timestamp;
use turnwise_engine::event::Account;

use super::store::{GrantStore, Status, StoreError};
use super::{Authorizer, Who};

/// A grant as operators see it.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Whose it is.
    pub who: Who,
    /// For which integration.
    pub integration: String,
    /// As whom.
    pub account: Account,
    /// With which scopes, separated by spaces.
    pub scopes: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was last used, to the hour.
    pub used: Timestamp,
    /// False where it is sealed with a key that is not in the ring any more.
    pub opens: bool,
}

/// How a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With a grant.
    Connected,
    /// Without.
    Not,
}

impl<S: GrantStore> Authorizer<S> {
    /// All grants, those used longest ago first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn granted(&self) -> Result<Vec<Granted>, StoreError> {
        let mut all = Vec::new();
        for one in self.store.grants().await? {
            let [channel, user, integration] = one.owner;
            let grant = self.kept_grant([&channel, &user, &integration]).await?;
            if grant.as_ref().is_some_and(|(grant, _)| !grant.is_there()) {
                continue;
            }
            let opens = grant.is_some();
            let (account, scopes) = grant.map_or_else(
                || {
                    let nobody = Account {
                        name: String::new(),
                        org: String::new(),
                    };
                    (nobody, String::new())
                },
                |(grant, _)| (grant.account.clone(), grant.scopes.clone()),
            );
            all.push(Granted {
                who: Who {
                    channel,
                    user,
                    conversation: String::new(),
                    display_name: String::new(),
                },
                integration,
                account,
                scopes,
                since: one.row.since,
                used: one.row.used,
                opens,
            });
        }
        Ok(all)
    }

    /// How a link of this user ended; `None` while it is in flight.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn how_it_ended(
        &self,
        who: &Who,
        attempt: &str,
    ) -> Result<Option<Ended>, StoreError> {
        let own = self.store.attempts_of(&who.channel, &who.user).await?;
        let row = own.iter().find(|row| row.id == attempt);
        Ok(match row.map(|row| row.status) {
            Some(Status::Done) => Some(Ended::Connected),
            Some(Status::Failed | Status::Void | Status::OtherAccount) | None => Some(Ended::Not),
            Some(_) if row.is_some_and(|row| self.clock.now() >= row.expires) => Some(Ended::Not),
            Some(_) => None,
        })
    }
}
