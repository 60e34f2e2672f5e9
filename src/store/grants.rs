//! Attempts and grants in the store: rows that are hashed or sealed before they come here. What they hold is known to the
//! connectors alone.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params, params_from_iter};
use turnwise_connectors::auth::{
    AttemptRow, Entry, GrantRow, GrantStore, OwnedGrant, Status, StoreError, Written,
};

use super::{Away, Store};

/// The store as the connectors see it.
#[derive(Clone)]
pub struct Grants(pub Arc<Store>);

impl From<Away> for StoreError {
    fn from(away: Away) -> StoreError {
        StoreError(away.0)
    }
}

const STATES: [Status; 9] = [
    Status::Issued,
    Status::Opened,
    Status::Exchanging,
    Status::CodeAwaited,
    Status::Differs,
    Status::Done,
    Status::Failed,
    Status::Void,
    Status::OtherAccount,
];

impl GrantStore for Grants {
    async fn put_attempt(&self, row: AttemptRow) -> Result<(), StoreError> {
        let put = self.0.write(move |t| {
            t.prepare_cached("INSERT INTO attempts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)")?
                .execute(params![
                    row.id,
                    row.channel,
                    row.user,
                    row.conversation,
                    row.integration,
                    row.state_hash,
                    row.handle_hash,
                    number(row.status),
                    row.created.as_millisecond(),
                    row.expires.as_millisecond(),
                    row.sealed,
                    row.pending,
                    row.version as i64,
                ])?;
            Ok(())
        });
        Ok(put.await?)
    }

    async fn attempt(&self, hash: [u8; 32]) -> Result<Option<AttemptRow>, StoreError> {
        let found = self.0.read(|c| {
            c.prepare_cached("SELECT * FROM attempts WHERE state_hash=?1 OR handle_hash=?1")?
                .query_row(params![hash], attempt)
                .optional()
        });
        Ok(found?)
    }

    async fn attempts_of(&self, channel: &str, user: &str) -> Result<Vec<AttemptRow>, StoreError> {
        let found = self.0.read(|c| {
            c.prepare_cached("SELECT * FROM attempts WHERE channel=? AND user=? ORDER BY created")?
                .query_map([channel, user], attempt)?
                .collect()
        });
        Ok(found?)
    }

    async fn swap_attempt(&self, row: AttemptRow) -> Result<bool, StoreError> {
        let swapped = self.0.write(move |t| {
            t.prepare_cached(
                "UPDATE attempts SET status=?, expires=?, sealed=?, pending=?, version=version+1 WHERE id=? AND version=?",
            )?
            .execute(params![
                number(row.status),
                row.expires.as_millisecond(),
                row.sealed,
                row.pending,
                row.id,
                row.version as i64
            ])
        });
        Ok(swapped.await? == 1)
    }

    async fn ended_by(&self, now: Timestamp) -> Result<Vec<AttemptRow>, StoreError> {
        let found = self.0.read(|c| {
            c.prepare_cached("SELECT * FROM attempts WHERE expires<=?")?
                .query_map([now.as_millisecond()], attempt)?
                .collect()
        });
        Ok(found?)
    }

    async fn remove_attempt(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        let removed = self
            .0
            .write(move |t| t.execute("DELETE FROM attempts WHERE id=?", [&id]));
        removed.await?;
        Ok(())
    }

    async fn grant(
        &self,
        channel: &str,
        user: &str,
        integration: &str,
    ) -> Result<Option<GrantRow>, StoreError> {
        let found = self.0.read(|c| {
            c.prepare_cached(
                "SELECT sealed, version, since, used FROM grants WHERE channel=? AND user=? AND integration=?",
            )?
            .query_row([channel, user, integration], grant)
            .optional()
        });
        Ok(found?)
    }

    async fn put_grant(
        &self,
        owner: [&str; 3],
        sealed: Vec<u8>,
        expected: u64,
        written: Written,
    ) -> Result<bool, StoreError> {
        let key = owner.map(str::to_owned);
        let put = self.0.write(move |t| {
            let [channel, user, integration] = &key;
            let before = t
                .prepare_cached(
                    "SELECT sealed, version, since, used FROM grants WHERE channel=? AND user=? AND integration=?",
                )?
                .query_row(params_from_iter(&key), grant)
                .optional()?;
            let times = before.as_ref().map(|row| (row.since, row.used));
            let (since, used) = written.times(times);
            let (since, used) = (since.as_millisecond(), used.as_millisecond());
            if expected == 0 {
                return t.execute(
                    "INSERT OR IGNORE INTO grants (channel, user, integration, sealed, version, since, used) VALUES (?,?,?,?,1,?,?)",
                    params![channel, user, integration, sealed, since, used],
                );
            }
            t.execute(
                "UPDATE grants SET sealed=?, since=?, used=?, version=version+1 WHERE channel=? AND user=? AND integration=? AND version=?",
                params![sealed, since, used, channel, user, integration, expected as i64],
            )
        });
        let put = put.await?;
        self.0.rights_changed();
        Ok(put == 1)
    }

    async fn remove_grant(
        &self,
        channel: &str,
        user: &str,
        integration: &str,
    ) -> Result<(), StoreError> {
        let key = [channel.to_owned(), user.to_owned(), integration.to_owned()];
        let removed = self.0.write(move |t| {
            t.execute(
                "DELETE FROM grants WHERE channel=? AND user=? AND integration=?",
                params_from_iter(&key),
            )
        });
        removed.await?;
        self.0.rights_changed();
        Ok(())
    }

    async fn touch_grant(&self, owner: [&str; 3], at: Timestamp) -> Result<(), StoreError> {
        let [channel, user, integration] = owner.map(str::to_owned);
        let touched = self.0.write(move |t| {
            t.prepare_cached(
                "UPDATE grants SET used=? WHERE channel=? AND user=? AND integration=?",
            )?
            .execute(params![at.as_millisecond(), channel, user, integration])
        });
        touched.await?;
        Ok(())
    }

    async fn grants(&self) -> Result<Vec<OwnedGrant>, StoreError> {
        let found = self.0.read(|c| {
            c.prepare_cached(
                "SELECT sealed, version, since, used, channel, user, integration FROM grants ORDER BY used",
            )?
            .query_map([], |row| {
                Ok(OwnedGrant {
                    row: grant(row)?,
                    owner: [row.get(4)?, row.get(5)?, row.get(6)?],
                })
            })?
            .collect()
        });
        Ok(found?)
    }

    async fn attempts_beyond(
        &self,
        channel: Option<&str>,
        keep: usize,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        let found = self.0.read(|c| {
            c.prepare_cached(
                "SELECT * FROM attempts WHERE ?1 IS NULL OR channel=?1 ORDER BY created DESC LIMIT -1 OFFSET ?2",
            )?
            .query_map(params![channel, keep as i64], attempt)?
            .collect()
        });
        Ok(found?)
    }

    async fn record(&self, entry: Entry) -> Result<(), StoreError> {
        Ok(self.0.add_to_trail(entry).await?)
    }

    async fn kept(&self, kind: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.0.read(|c| {
            c.prepare_cached("SELECT sealed FROM kept WHERE kind=? AND id=?")?
                .query_row([kind, id], |row| row.get(0))
                .optional()
        });
        Ok(found?)
    }

    async fn all_kept(&self, kind: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let found = self.0.read(|c| {
            c.prepare_cached("SELECT id, sealed FROM kept WHERE kind=? ORDER BY id")?
                .query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        });
        Ok(found?)
    }

    async fn keep(&self, kind: &str, id: &str, sealed: Option<Vec<u8>>) -> Result<(), StoreError> {
        let (kind, id) = (kind.to_owned(), id.to_owned());
        let kept = self.0.write(move |t| match &sealed {
            Some(sealed) => t.execute(
                "INSERT OR REPLACE INTO kept VALUES (?,?,?)",
                params![kind, id, sealed],
            ),
            None => t.execute("DELETE FROM kept WHERE kind=? AND id=?", [&kind, &id]),
        });
        kept.await?;
        self.0.rights_changed();
        Ok(())
    }
}

/// A grant whose first columns are sealed, version, since, used.
fn grant(row: &rusqlite::Row<'_>) -> rusqlite::Result<GrantRow> {
    let at = |n: usize| -> rusqlite::Result<Timestamp> {
        Ok(Timestamp::from_millisecond(row.get(n)?).unwrap_or(Timestamp::UNIX_EPOCH))
    };
    Ok(GrantRow {
        sealed: row.get(0)?,
        version: row.get::<_, i64>(1)? as u64,
        since: at(2)?,
        used: at(3)?,
    })
}

fn number(status: Status) -> i64 {
    STATES
        .iter()
        .position(|known| *known == status)
        .map_or(6, |n| n as i64)
}

fn attempt(row: &rusqlite::Row<'_>) -> rusqlite::Result<AttemptRow> {
    let at = |n: usize| -> rusqlite::Result<Timestamp> {
        Ok(Timestamp::from_millisecond(row.get(n)?).unwrap_or(Timestamp::UNIX_EPOCH))
    };
    Ok(AttemptRow {
        id: row.get(0)?,
        channel: row.get(1)?,
        user: row.get(2)?,
        conversation: row.get(3)?,
        integration: row.get(4)?,
        state_hash: row.get(5)?,
        handle_hash: row.get(6)?,
        status: STATES
            .get(row.get::<_, i64>(7)? as usize)
            .copied()
            .unwrap_or(Status::Failed),
        created: at(8)?,
        expires: at(9)?,
        sealed: row.get(10)?,
        pending: row.get(11)?,
        version: row.get::<_, i64>(12)? as u64,
    })
}
