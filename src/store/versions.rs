//! Versions of templates, kept for the dialogs that began with them until no conversation needs them. What their text says
//! is the engine's.

use std::sync::Arc;

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Away, Store};

/// A version of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its digest.
    pub digest: String,
    /// The template's id.
    pub template: String,
    /// The template, whole, as the engine reads it again.
    pub source: Arc<str>,
}

impl Store {
    /// The text of a version.
    pub fn version(&self, digest: &str) -> Result<Option<String>, Away> {
        self.read(|c| {
            c.prepare_cached("SELECT source FROM versions WHERE digest=?")?
                .query_row([digest], |row| row.get(0))
                .optional()
        })
    }

    /// Drops the versions that no conversation needs, but for `current`, and gives how many they were.
    pub async fn sweep_versions(&self, current: Vec<String>) -> Result<usize, Away> {
        let unneeded = self.read(|c| {
            c.prepare(
                "SELECT digest FROM versions WHERE digest NOT IN (SELECT digest FROM needed)",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<String>>>()
        })?;
        let unneeded: Vec<String> = unneeded
            .into_iter()
            .filter(|digest| !current.contains(digest))
            .collect();
        if unneeded.is_empty() {
            return Ok(0);
        }
        // Looked at again where no turn comes between: a dialog may have begun meanwhile.
        let unneeded = serde_json::json!(unneeded).to_string();
        self.write(move |t| {
            t.execute(
                "DELETE FROM versions WHERE digest IN (SELECT value FROM json_each(?))
                 AND digest NOT IN (SELECT digest FROM needed)",
                [&unneeded],
            )
        })
        .await
    }
}

/// Keeps a version, within a turn's transaction.
pub(super) fn keep(t: &Transaction<'_>, version: &Version) -> rusqlite::Result<()> {
    let known = t
        .prepare_cached("SELECT 1 FROM versions WHERE digest=?")?
        .exists([&version.digest])?;
    if !known {
        t.prepare_cached("INSERT INTO versions VALUES (?,?,?)")?
            .execute(params![version.digest, version.template, &*version.source])?;
    }
    Ok(())
}
