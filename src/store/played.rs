//! What of turns stands in no message (outcomes, sign-ins, calls), kept so that a conversation can be played again. How its
//! lines read is the engine's.

use rusqlite::{Transaction, params};

use super::{Away, Store};

/// What of one turn stands in no message, as lines of a transcript.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Played {
    /// The id of the turn's first message.
    pub first: i64,
    /// The id of its last message; less than `first` where it has none.
    pub last: i64,
    /// What happened; empty where the user's message says it.
    pub heard: String,
    /// What was asked of the world.
    pub asked: String,
}

impl Store {
    /// What of a conversation's turns stands in no message, in order.
    pub fn played(&self, conversation: &str) -> Result<Vec<Played>, Away> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT first, last, heard, asked FROM played WHERE conversation=? ORDER BY version",
            )?
            .query_map([conversation], |row| {
                Ok(Played {
                    first: row.get(0)?,
                    last: row.get(1)?,
                    heard: row.get(2)?,
                    asked: row.get(3)?,
                })
            })?
            .collect()
        })
    }
}

/// Keeps it, within a turn's transaction; nothing where the messages say all.
pub(super) fn keep(
    t: &Transaction<'_>,
    conversation: &str,
    version: i64,
    played: &Played,
) -> rusqlite::Result<()> {
    if played.heard.is_empty() && played.asked.is_empty() {
        return Ok(());
    }
    t.prepare_cached("INSERT INTO played VALUES (?,?,?,?,?,?)")?
        .execute(params![
            conversation,
            version,
            played.first,
            played.last,
            played.heard,
            played.asked
        ])?;
    Ok(())
}
