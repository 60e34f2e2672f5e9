//! Plays a written conversation without I/O: what the user says and what the world answers stand in the file, what the bot
//! says and asks of the world is written anew. A transcript holds if the text that comes out is the text that is there.
//!
//! One entry a line, indented lines go on with it; `#` starts a comment, kept as it is:
//! ```text
//! now: 2026-11-24T10:00:00Z
//! user: new lead Ines Calder from Marrow & Finch
//! bot: What's Ines's e-mail? (say "skip" to leave it out)
//! call: salesforce.create {"object":"Lead", …}
//! done: {"object":"Lead","id":"00Q…","name":"Ines Calder", …}
//! ```
//! All kinds of entries are explained in docs/transcripts.md.

mod difference;
mod entry;
mod player;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::coverage::Reached;
use crate::facts::Facts;
use crate::template::Templates;

pub use difference::difference;
pub use entry::{Entry, KEYS, asked, buttons, entries, told, written};
use player::Player;

/// A transcript that could not be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplayable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// A transcript that was played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// The transcript as it is now.
    pub text: String,
    /// What of the templates its turns came to.
    pub reached: BTreeSet<Reached>,
}

/// Plays a transcript and gives it back as it is now. `facts` is what is known of the org from the sign-in on.
///
/// # Errors
/// An entry that can't be read, or that has no place where it stands.
pub fn play(templates: &Templates, facts: &Arc<Facts>, script: &str) -> Result<String, Unplayable> {
    Ok(played(templates, facts, script)?.text)
}

/// Plays a transcript and tells also what it came to.
///
/// # Errors
/// As [`play`].
pub fn played(
    templates: &Templates,
    facts: &Arc<Facts>,
    script: &str,
) -> Result<Played, Unplayable> {
    let mut player = Player::new(templates, facts);
    for entry in entries(script) {
        let line = entry.line;
        player
            .take(&entry)
            .map_err(|message| Unplayable { line, message })?;
    }
    Ok(player.finish())
}

/// How long a `wait` is: "90s", "5m", "2h", "1d". `None` for anything else.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text
        .trim()
        .split_at_checked(text.trim().len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let number: u32 = number.parse().ok()?;
    Some(SignedDuration::from_secs(i64::from(number) * seconds))
}
