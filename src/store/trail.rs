//! The audit trail in the store: lines are added and read by filter, never changed; the oldest are dropped after a year.
//! What a line means is told by the connectors.

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use turnwise_connectors::auth::{Deed, Entry};

use super::{Away, Store};

/// Lines of one page.
pub const PAGE: usize = 50;
/// How long lines are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 365);

/// Which lines are wanted; an empty text is no filter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The word of a deed.
    pub deed: String,
    /// Part of the user, the account, the conversation or the attempt.
    pub text: String,
    /// The integration.
    pub integration: String,
    /// Only lines before this number; 0: from the newest.
    pub before: i64,
}

impl Store {
    /// Adds a line.
    pub(crate) async fn add_to_trail(&self, entry: Entry) -> Result<(), Away> {
        self.write(move |t| {
            t.prepare_cached("INSERT INTO trail VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?)")?
                .execute(params![
                    entry.at.as_millisecond(),
                    entry.deed.word(),
                    entry.why,
                    entry.channel,
                    entry.user,
                    entry.conversation,
                    entry.integration,
                    entry.attempt,
                    entry.account,
                    entry.org_id,
                    entry.user_id,
                ])?;
            Ok(())
        })
        .await
    }

    /// A page of lines with their numbers, the newest first.
    ///
    /// # Errors
    /// [`Away`].
    pub fn trail(&self, wanted: &Wanted) -> Result<Vec<(i64, Entry)>, Away> {
        let like = format!("%{}%", wanted.text.replace(['%', '_'], ""));
        self.read(|c| {
            c.prepare_cached(
                "SELECT * FROM trail WHERE (?1='' OR deed=?1) AND (?2='' OR integration=?2) AND (?3=0 OR n<?3)
                 AND (?4='%%' OR user LIKE ?4 OR account LIKE ?4 OR conversation LIKE ?4 OR attempt LIKE ?4)
                 ORDER BY n DESC LIMIT ?5",
            )?
            .query_map(
                params![wanted.deed, wanted.integration, wanted.before, like, PAGE as i64],
                |row| {
                    let at: i64 = row.get(1)?;
                    let word: String = row.get(2)?;
                    Ok((
                        row.get(0)?,
                        Entry {
                            at: Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH),
                            deed: Deed::ALL
                                .into_iter()
                                .find(|deed| deed.word() == word)
                                .unwrap_or(Deed::Refused),
                            why: row.get(3)?,
                            channel: row.get(4)?,
                            user: row.get(5)?,
                            conversation: row.get(6)?,
                            integration: row.get(7)?,
                            attempt: row.get(8)?,
                            account: row.get(9)?,
                            org_id: row.get(10)?,
                            user_id: row.get(11)?,
                        },
                    ))
                },
            )?
            .collect()
        })
    }

    /// Drops lines that are older than a year.
    ///
    /// # Errors
    /// [`Away`].
    pub async fn sweep_trail(&self, now: Timestamp) -> Result<usize, Away> {
        let oldest = (now - KEPT).as_millisecond();
        self.write(move |t| t.execute("DELETE FROM trail WHERE at<?", [oldest]))
            .await
    }
}
