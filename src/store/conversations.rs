//! Conversations and what belongs to a turn: the state, the messages of both sides, the effects that are out. A turn is
//! one transaction, and stands only if nobody else turned meanwhile.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{OptionalExtension, Transaction, params, params_from_iter};
use serde_json::Value;

use super::played::{self, Played};
use super::versions::{self, Version};
use super::{Away, Store};

/// Most messages that are read at once.
pub const PAGE: usize = 1_000;

/// A conversation as it is kept.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// The channel, `web` or `api`.
    pub channel: String,
    /// The user on that channel.
    pub user: String,
    /// The user's display name.
    pub name: String,
    /// How a sign-in is bound: JSON of the connectors' `Binding`.
    pub binding: String,
    /// SHA-256 of the conversation's token.
    pub token: Vec<u8>,
    /// When the token ends, in seconds since 1970.
    pub token_ends: i64,
    /// Raised by each turn.
    pub version: i64,
    /// The engine's conversation, as JSON.
    pub state: String,
}

/// The turn that a sender's message ran as, and the `answer` it left.
pub type Ran = (u64, String);

/// What one turn leaves behind.
#[derive(Debug, Default)]
pub struct Left {
    /// The conversation.
    pub conversation: String,
    /// The version it was thought with.
    pub version: i64,
    /// The new state.
    pub state: String,
    /// When the token ends now; 0: as before.
    pub token_ends: i64,
    /// The user's turn that all this belongs to.
    pub turn: u64,
    /// The sender's id of the message, where it has one.
    pub message: Option<String>,
    /// JSON of what the sender is told of the state, kept with that id.
    pub answer: String,
    /// Messages, the user's first; their ids are given here.
    pub messages: Vec<Value>,
    /// Effects asked for: id and JSON.
    pub asked: Vec<(String, String)>,
    /// The versions of templates that its open dialogs go on with.
    pub versions: Vec<Version>,
    /// What of it stands in no message; the ids of its messages are given here.
    pub played: Played,
    /// The id of the effect that came back with this.
    pub came_back: Option<String>,
}

impl Store {
    /// Adds a conversation.
    pub async fn open_conversation(&self, row: Row) -> Result<(), Away> {
        self.write(move |t| {
            t.prepare_cached("INSERT INTO conversations VALUES (?,?,?,?,?,?,?,?,?)")?
                .execute(params![
                    row.id,
                    row.channel,
                    row.user,
                    row.name,
                    row.binding,
                    row.token,
                    row.token_ends,
                    row.version,
                    row.state
                ])?;
            Ok(())
        })
        .await
    }

    /// A conversation by id.
    pub fn conversation(&self, id: &str) -> Result<Option<Row>, Away> {
        self.read(|c| {
            c.prepare_cached("SELECT * FROM conversations WHERE id=?")?
                .query_row([id], row)
                .optional()
        })
    }

    /// A conversation by id, and what a sender's message ran as where it ran before.
    pub fn conversation_for(
        &self,
        id: &str,
        message: &str,
    ) -> Result<Option<(Row, Option<Ran>)>, Away> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT c.*, t.turn, t.answer FROM conversations AS c
                 LEFT JOIN turns AS t ON t.conversation=?1 AND t.message=?2 WHERE c.id=?1",
            )?
            .query_row([id, message], |found| {
                let ran = match found.get::<_, Option<i64>>(9)? {
                    Some(turn) => Some((turn as u64, found.get(10)?)),
                    None => None,
                };
                Ok((row(found)?, ran))
            })
            .optional()
        })
    }

    /// Conversations of the users who had a sign-in link of late.
    pub fn signing_in(&self) -> Result<Vec<Row>, Away> {
        self.read(|c| {
            c.prepare(
                "SELECT * FROM conversations AS c WHERE EXISTS
                 (SELECT 1 FROM attempts AS a WHERE a.channel=c.channel AND a.user=c.user)",
            )?
            .query_map([], row)?
            .collect()
        })
    }

    /// Whether some conversation has this token.
    pub fn is_token(&self, hash: &[u8]) -> Result<bool, Away> {
        self.read(|c| {
            c.prepare_cached("SELECT 1 FROM conversations WHERE token=?")?
                .exists([hash])
        })
    }

    /// Ids of a user's conversations.
    pub fn conversations_of(&self, channel: &str, user: &str) -> Result<Vec<String>, Away> {
        self.read(|c| {
            c.prepare_cached("SELECT id FROM conversations WHERE channel=? AND user=?")?
                .query_map([channel, user], |row| row.get(0))?
                .collect()
        })
    }

    /// Commits a turn; the messages come back with their ids. `None`: somebody else turned meanwhile, nothing was kept.
    pub async fn commit(&self, left: Left) -> Result<Option<Vec<Value>>, Away> {
        let left = Arc::new(Mutex::new(left));
        let of_job = left.clone();
        let committed = self.write(move |t| commit(t, &mut whole(&of_job))).await?;
        Ok(committed.then(|| std::mem::take(&mut whole(&left).messages)))
    }

    /// Messages after this id, in order, up to [`PAGE`].
    pub fn messages(&self, conversation: &str, after: i64) -> Result<Vec<Value>, Away> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT body FROM messages WHERE conversation=? AND id>? ORDER BY id LIMIT ?",
            )?
            .query_map(params![conversation, after, PAGE as i64], |row| {
                row.get::<_, String>(0)
            })?
            .map(|body| Ok(serde_json::from_str(&body?).unwrap_or_default()))
            .collect()
        })
    }

    /// Messages of one turn of the user.
    pub fn messages_of_turn(&self, conversation: &str, turn: u64) -> Result<Vec<Value>, Away> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT body FROM messages WHERE conversation=? AND turn=? ORDER BY id",
            )?
            .query_map(params![conversation, turn as i64], |row| {
                row.get::<_, String>(0)
            })?
            .map(|body| Ok(serde_json::from_str(&body?).unwrap_or_default()))
            .collect()
        })
    }

    /// Effects that have not come back: conversation, id, JSON.
    pub fn effects_out(&self) -> Result<Vec<(String, String, String)>, Away> {
        self.read(|c| {
            c.prepare("SELECT conversation, id, effect FROM effects ORDER BY conversation, id")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })
    }

    /// An effect came back with nothing to tell.
    pub async fn effect_done(&self, conversation: &str, id: &str) -> Result<(), Away> {
        let key = [conversation.to_owned(), id.to_owned()];
        self.write(move |t| {
            t.prepare_cached("DELETE FROM effects WHERE conversation=? AND id=?")?
                .execute(params_from_iter(&key))?;
            Ok(())
        })
        .await
    }

    /// Ids of the conversations whose token has ended by this time, in seconds since 1970.
    pub fn silent(&self, ended: i64) -> Result<Vec<String>, Away> {
        self.read(|c| {
            c.prepare("SELECT id FROM conversations WHERE token_ends<=?")?
                .query_map([ended], |row| row.get(0))?
                .collect()
        })
    }

    /// Forgets a conversation and all that was said in it.
    pub async fn forget(&self, id: &str) -> Result<(), Away> {
        let id = id.to_owned();
        self.write(move |t| {
            for table in ["messages", "turns", "effects", "played"] {
                t.execute(&format!("DELETE FROM {table} WHERE conversation=?"), [&id])?;
            }
            t.execute("DELETE FROM conversations WHERE id=?", [&id])?;
            Ok(())
        })
        .await
    }
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        channel: row.get(1)?,
        user: row.get(2)?,
        name: row.get(3)?,
        binding: row.get(4)?,
        token: row.get(5)?,
        token_ends: row.get(6)?,
        version: row.get(7)?,
        state: row.get(8)?,
    })
}

/// Even if a job ended in the middle: what it leaves is written over when it is done again.
fn whole(left: &Mutex<Left>) -> MutexGuard<'_, Left> {
    left.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the turn stands; its messages have their ids then.
fn commit(t: &Transaction<'_>, left: &mut Left) -> rusqlite::Result<bool> {
    let kept = t
        .prepare_cached(
            "UPDATE conversations SET state=?, version=version+1, token_ends=max(token_ends, ?) WHERE id=? AND version=?",
        )?
        .execute(params![left.state, left.token_ends, left.conversation, left.version])?;
    if kept == 0 {
        return Ok(false);
    }
    if let Some(message) = &left.message {
        // Calls that come back within the turn bring its answer further.
        t.prepare_cached(
            "INSERT INTO turns VALUES (?,?,?,?)
             ON CONFLICT (conversation, message) DO UPDATE SET answer=excluded.answer",
        )?
        .execute(params![
            left.conversation,
            message,
            left.turn as i64,
            left.answer
        ])?;
    }
    let mut next: i64 = t
        .prepare_cached("SELECT coalesce(max(id), 0) FROM messages WHERE conversation=?")?
        .query_row([&left.conversation], |row| row.get(0))?;
    left.played.first = next + 1;
    left.played.last = next + left.messages.len() as i64;
    played::keep(t, &left.conversation, left.version, &left.played)?;
    for message in &mut left.messages {
        next += 1;
        message["id"] = next.into();
        t.prepare_cached("INSERT INTO messages VALUES (?,?,?,?)")?
            .execute(params![
                left.conversation,
                next,
                left.turn as i64,
                message.to_string()
            ])?;
    }
    for (id, effect) in &left.asked {
        t.prepare_cached("INSERT INTO effects VALUES (?,?,?)")?
            .execute(params![left.conversation, id, effect])?;
    }
    for version in &left.versions {
        versions::keep(t, version)?;
    }
    if let Some(id) = &left.came_back {
        t.prepare_cached("DELETE FROM effects WHERE conversation=? AND id=?")?
            .execute(params![left.conversation, id])?;
    }
    Ok(true)
}
