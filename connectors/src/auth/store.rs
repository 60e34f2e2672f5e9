//! Where attempts and grants are kept, as a trait, and a store in memory.
//! Whatever is secret in a row is hashed or sealed before it comes here; a store on disk is the binary's.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::audit::Entry;

/// A store did not do what it was asked; the cause is for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store of grants failed: {0}")]
pub struct StoreError(pub String);

/// How far an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The link was made.
    Issued,
    /// Somebody pressed Continue.
    Opened,
    /// The callback came; the code is being traded.
    Exchanging,
    /// Tokens are there, a code has to be typed into the chat.
    CodeAwaited,
    /// Tokens of another account are there, the user has to say whether to switch.
    Differs,
    /// It ended with a grant.
    Done,
    /// It ended without.
    Failed,
    /// A newer link, a sign-out or a cancel made it void.
    Void,
    /// It ended since its account may not be used, or the user did not want it: the next link asks who signs in.
    OtherAccount,
}

/// One sign-in link in flight.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// Its id, which may stand in logs.
    pub id: String,
    /// Channel of the user.
    pub channel: String,
    /// The user on that channel.
    pub user: String,
    /// The conversation that waits.
    pub conversation: String,
    /// The integration to connect.
    pub integration: String,
    /// SHA-256 of the state.
    pub state_hash: [u8; 32],
    /// SHA-256 of the link's handle.
    pub handle_hash: [u8; 32],
    /// How far it is.
    pub status: Status,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Handle, state, verifier, display name and binding, sealed; empty once they are not needed.
    pub sealed: Vec<u8>,
    /// The tokens that wait for a code or an answer, sealed.
    pub pending: Option<Vec<u8>>,
    /// Raised by each change.
    pub version: u64,
}

/// A grant at rest.
#[derive(Debug, Clone)]
pub struct GrantRow {
    /// The tokens and their account, sealed.
    pub sealed: Vec<u8>,
    /// Raised by each change.
    pub version: u64,
    /// When it was first written.
    pub since: Timestamp,
    /// When it was last used, to the hour.
    pub used: Timestamp,
}

/// What a grant was written for, which says what becomes of its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// An account was connected: it is there since now.
    Connected(Timestamp),
    /// The tokens of the account that is there were renewed, which is a use.
    Renewed(Timestamp),
    /// It was sealed with another key, which is none: who is connected since when and was last there stays.
    Resealed,
}

/// A grant and whose it is.
#[derive(Debug, Clone)]
pub struct OwnedGrant {
    /// Channel, user, integration.
    pub owner: [String; 3],
    /// The grant.
    pub row: GrantRow,
}

type Kept<T> = Result<T, StoreError>;

impl Written {
    /// Since when the account is connected and when it was last used, where these were the times before.
    pub fn times(self, before: Option<(Timestamp, Timestamp)>) -> (Timestamp, Timestamp) {
        match (self, before) {
            (Written::Connected(now), _) | (Written::Renewed(now), None) => (now, now),
            (Written::Renewed(now), Some((since, _))) => (since, now),
            (Written::Resealed, Some(before)) => before,
            (Written::Resealed, None) => (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH),
        }
    }
}

/// Keeps attempts and grants. Each method is durable when it returns.
pub trait GrantStore: Send + Sync + 'static {
    /// Adds an attempt.
    fn put_attempt(&self, row: AttemptRow) -> impl Future<Output = Kept<()>> + Send;
    /// The attempt of this state hash or handle hash.
    fn attempt(&self, hash: [u8; 32]) -> impl Future<Output = Kept<Option<AttemptRow>>> + Send;
    /// All attempts of a user.
    fn attempts_of(
        &self,
        channel: &str,
        user: &str,
    ) -> impl Future<Output = Kept<Vec<AttemptRow>>> + Send;
    /// Replaces an attempt if the stored version is still `row.version`, and raises it; false where it is not.
    fn swap_attempt(&self, row: AttemptRow) -> impl Future<Output = Kept<bool>> + Send;
    /// The attempts that end at or before this time.
    fn ended_by(&self, now: Timestamp) -> impl Future<Output = Kept<Vec<AttemptRow>>> + Send;
    /// Forgets an attempt.
    fn remove_attempt(&self, id: &str) -> impl Future<Output = Kept<()>> + Send;
    /// The grant of a user for an integration.
    fn grant(
        &self,
        channel: &str,
        user: &str,
        integration: &str,
    ) -> impl Future<Output = Kept<Option<GrantRow>>> + Send;
    /// Writes a grant if the stored version is `expected` (0: none is stored); false where it is not.
    fn put_grant(
        &self,
        owner: [&str; 3],
        sealed: Vec<u8>,
        expected: u64,
        written: Written,
    ) -> impl Future<Output = Kept<bool>> + Send;
    /// Forgets a grant.
    fn remove_grant(
        &self,
        channel: &str,
        user: &str,
        integration: &str,
    ) -> impl Future<Output = Kept<()>> + Send;
    /// Notes when a grant was used.
    fn touch_grant(&self, owner: [&str; 3], at: Timestamp)
    -> impl Future<Output = Kept<()>> + Send;
    /// All grants, those used longest ago first.
    fn grants(&self) -> impl Future<Output = Kept<Vec<OwnedGrant>>> + Send;
    /// The attempts beyond the newest `keep`, of one channel or of all.
    fn attempts_beyond(
        &self,
        channel: Option<&str>,
        keep: usize,
    ) -> impl Future<Output = Kept<Vec<AttemptRow>>> + Send;
    /// Adds a line to the audit trail.
    fn record(&self, entry: Entry) -> impl Future<Output = Kept<()>> + Send;
    /// What operators keep, by kind and id; sealed.
    fn kept(&self, kind: &str, id: &str) -> impl Future<Output = Kept<Option<Vec<u8>>>> + Send;
    /// All of a kind, by id.
    fn all_kept(&self, kind: &str) -> impl Future<Output = Kept<Vec<(String, Vec<u8>)>>> + Send;
    /// Keeps something in place of what was there; `None` forgets it.
    fn keep(
        &self,
        kind: &str,
        id: &str,
        sealed: Option<Vec<u8>>,
    ) -> impl Future<Output = Kept<()>> + Send;
}

/// A store that ends with the process; its clones are the same store.
#[derive(Clone, Default)]
pub struct MemoryGrants {
    rows: Arc<Mutex<Rows>>,
}

#[derive(Default)]
struct Rows {
    attempts: Vec<AttemptRow>,
    grants: HashMap<[String; 3], GrantRow>,
    trail: Vec<Entry>,
    kept: BTreeMap<(String, String), Vec<u8>>,
}

impl MemoryGrants {
    /// The audit trail so far.
    pub fn trail(&self) -> Vec<Entry> {
        self.rows().trail.clone()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GrantStore for MemoryGrants {
    async fn put_attempt(&self, row: AttemptRow) -> Kept<()> {
        self.rows().attempts.push(row);
        Ok(())
    }

    async fn attempt(&self, hash: [u8; 32]) -> Kept<Option<AttemptRow>> {
        let rows = self.rows();
        let mut all = rows.attempts.iter();
        Ok(all
            .find(|row| row.state_hash == hash || row.handle_hash == hash)
            .cloned())
    }

    async fn attempts_of(&self, channel: &str, user: &str) -> Kept<Vec<AttemptRow>> {
        let rows = self.rows();
        let own = rows.attempts.iter();
        Ok(own
            .filter(|row| row.channel == channel && row.user == user)
            .cloned()
            .collect())
    }

    async fn swap_attempt(&self, mut row: AttemptRow) -> Kept<bool> {
        let mut rows = self.rows();
        let stored = rows.attempts.iter_mut().find(|stored| stored.id == row.id);
        let Some(stored) = stored.filter(|stored| stored.version == row.version) else {
            return Ok(false);
        };
        row.version += 1;
        *stored = row;
        Ok(true)
    }

    async fn ended_by(&self, now: Timestamp) -> Kept<Vec<AttemptRow>> {
        let rows = self.rows();
        let all = rows.attempts.iter();
        Ok(all.filter(|row| row.expires <= now).cloned().collect())
    }

    async fn remove_attempt(&self, id: &str) -> Kept<()> {
        self.rows().attempts.retain(|row| row.id != id);
        Ok(())
    }

    async fn grant(&self, channel: &str, user: &str, integration: &str) -> Kept<Option<GrantRow>> {
        let key = [channel, user, integration].map(str::to_owned);
        Ok(self.rows().grants.get(&key).cloned())
    }

    async fn put_grant(
        &self,
        owner: [&str; 3],
        sealed: Vec<u8>,
        expected: u64,
        written: Written,
    ) -> Kept<bool> {
        let key = owner.map(str::to_owned);
        let mut rows = self.rows();
        let old = rows.grants.get(&key);
        if old.map_or(0, |row| row.version) != expected {
            return Ok(false);
        }
        let before = old.map(|row| (row.since, row.used));
        let (since, used) = written.times(before);
        let row = GrantRow {
            sealed,
            version: expected + 1,
            since,
            used,
        };
        rows.grants.insert(key, row);
        Ok(true)
    }

    async fn remove_grant(&self, channel: &str, user: &str, integration: &str) -> Kept<()> {
        let key = [channel, user, integration].map(str::to_owned);
        self.rows().grants.remove(&key);
        Ok(())
    }

    async fn touch_grant(&self, owner: [&str; 3], at: Timestamp) -> Kept<()> {
        if let Some(row) = self.rows().grants.get_mut(&owner.map(str::to_owned)) {
            row.used = at;
        }
        Ok(())
    }

    async fn grants(&self) -> Kept<Vec<OwnedGrant>> {
        let rows = self.rows();
        let all = rows.grants.iter().map(|(owner, row)| OwnedGrant {
            owner: owner.clone(),
            row: row.clone(),
        });
        let mut all: Vec<OwnedGrant> = all.collect();
        all.sort_by_key(|grant| grant.row.used);
        Ok(all)
    }

    async fn attempts_beyond(&self, channel: Option<&str>, keep: usize) -> Kept<Vec<AttemptRow>> {
        let rows = self.rows();
        let newest_first = rows.attempts.iter().rev();
        let of_channel = newest_first.filter(|row| channel.is_none_or(|one| one == row.channel));
        Ok(of_channel.skip(keep).cloned().collect())
    }

    async fn record(&self, entry: Entry) -> Kept<()> {
        self.rows().trail.push(entry);
        Ok(())
    }

    async fn kept(&self, kind: &str, id: &str) -> Kept<Option<Vec<u8>>> {
        let key = (kind.to_owned(), id.to_owned());
        Ok(self.rows().kept.get(&key).cloned())
    }

    async fn all_kept(&self, kind: &str) -> Kept<Vec<(String, Vec<u8>)>> {
        let rows = self.rows();
        let all = rows.kept.iter().filter(|((known, _), _)| known == kind);
        Ok(all
            .map(|((_, id), sealed)| (id.clone(), sealed.clone()))
            .collect())
    }

    async fn keep(&self, kind: &str, id: &str, sealed: Option<Vec<u8>>) -> Kept<()> {
        let key = (kind.to_owned(), id.to_owned());
        let mut rows = self.rows();
        match sealed {
            Some(sealed) => rows.kept.insert(key, sealed),
            None => rows.kept.remove(&key),
        };
        Ok(())
    }
}
