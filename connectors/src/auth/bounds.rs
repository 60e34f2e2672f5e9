//! How much of everything there may be: links for a user, attempts in flight, days that a grant may lie unused.
//! How often an address may ask is the server's.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::audit::{Deed, Entry};
use super::setup::{OPERATOR, SHARED};
use super::store::{AttemptRow, GrantStore, OwnedGrant, Status, StoreError};
use super::{Authorizer, Begun, Who};

/// The bounds; each can be configured.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// How long a link lives; at most 15 minutes (A4).
    pub link_life: SignedDuration,
    /// Links for a user within [`Bounds::link_life`] (A5).
    pub links: usize,
    /// Attempts of one channel; the oldest goes when there is one more (G).
    pub of_channel: usize,
    /// Attempts of all channels.
    pub of_all: usize,
    /// How long a grant may lie unused before it is given back (D9).
    pub idle: SignedDuration,
    /// How long a call to a token address may take in all.
    pub token_time: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            link_life: SignedDuration::from_mins(10),
            links: 5,
            of_channel: 20_000,
            of_all: 50_000,
            idle: SignedDuration::from_hours(24 * 30),
            token_time: Duration::from_secs(10),
        }
    }
}

/// How exactly the use of a grant is noted.
const USE: SignedDuration = SignedDuration::from_hours(1);

impl<S: GrantStore> Authorizer<S> {
    /// The same with other bounds; a link never lives for longer than 15 minutes.
    #[must_use]
    pub fn bounded(mut self, mut bounds: Bounds) -> Authorizer<S> {
        bounds.link_life = bounds.link_life.min(SignedDuration::from_mins(15));
        self.provider.time = bounds.token_time;
        self.bounds = bounds;
        self
    }

    /// There are as many links as there may be: it is told when there is another.
    pub(super) async fn too_many(
        &self,
        who: &Who,
        integration: &str,
        own: &[AttemptRow],
    ) -> Result<Begun, StoreError> {
        let (now, life) = (self.clock.now(), self.bounds.link_life);
        let recent = own.iter().map(|row| row.created);
        let recent = recent.filter(|created| now.duration_since(*created) < life);
        let left = (recent.min().unwrap_or(now) + life)
            .duration_since(now)
            .as_secs();
        let minutes = u32::try_from(left.div_euclid(60) + 1).unwrap_or(1);
        let entry = Entry::of(who, integration, Deed::Refused, now);
        self.note_down(entry.because("too_many_links")).await;
        Ok(Begun::TooMany { minutes })
    }

    /// Of links that two processes made at once the newer one goes on (A5).
    pub(super) async fn leave_the_newest(
        &self,
        who: &Who,
        integration: &str,
    ) -> Result<(), StoreError> {
        let mut own = self.store.attempts_of(&who.channel, &who.user).await?;
        own.retain(|row| row.integration == integration && row.live());
        own.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        own.pop();
        for row in own {
            self.end(row, Status::Void).await?;
        }
        Ok(())
    }

    /// Makes room for one more attempt: the oldest ones beyond the bounds end and are forgotten.
    pub(super) async fn make_room(&self, channel: &str) -> Result<(), StoreError> {
        let crowded = [
            (Some(channel), self.bounds.of_channel),
            (None, self.bounds.of_all),
        ];
        for (channel, most) in crowded {
            let keep = most.saturating_sub(1);
            for row in self.store.attempts_beyond(channel, keep).await? {
                let id = row.id.clone();
                if row.live() {
                    self.refused(&row, "crowded_out").await;
                    self.end(row, Status::Void).await?;
                }
                self.store.remove_attempt(&id).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn note_use(
        &self,
        owner: [&str; 3],
        last: Timestamp,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        if now.duration_since(last) > USE {
            self.store.touch_grant(owner, now).await?;
        }
        Ok(())
    }

    /// Days until the shared grant of an integration is given back since nobody uses it; `None` where that is far off (D9).
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn shared_days_left(&self, integration: &str) -> Result<Option<i64>, StoreError> {
        let row = self.store.grant(OPERATOR, SHARED, integration).await?;
        let unused = row.map(|row| self.clock.now().duration_since(row.used));
        let late = unused.filter(|unused| self.is_left(*unused));
        Ok(late.map(|unused| (self.bounds.idle - unused).as_hours().max(0) / 24))
    }

    /// Whether a shared grant has lain unused for so long that its operator should know.
    fn is_left(&self, unused: SignedDuration) -> bool {
        unused > self.bounds.idle * 4 / 5
    }

    /// Gives back the grants that nobody used for as long as the bounds say, and tells how many they were (D9).
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn drop_idle(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut dropped = 0;
        for OwnedGrant { owner, row } in self.store.grants().await? {
            let unused = now.duration_since(row.used);
            let [channel, user, integration] = owner;
            if channel == OPERATOR && self.is_left(unused) {
                let days = unused.as_hours() / 24;
                tracing::warn!(
                    integration,
                    days,
                    "the shared grant is not used and will be given back"
                );
            }
            if unused <= self.bounds.idle {
                continue;
            }
            let who = Who {
                channel,
                user,
                conversation: String::new(),
                display_name: String::new(),
            };
            self.give_back(&who, &integration, Deed::LeftIdle).await?;
            dropped += 1;
        }
        Ok(dropped)
    }
}
