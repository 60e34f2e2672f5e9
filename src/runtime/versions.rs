//! Which templates a turn runs with: the bot as it is now, which a reload swaps whole, and the versions that open dialogs
//! began with, read back from the store. What of a version still holds is the engine's word.

use std::sync::{Arc, PoisonError, RwLock};

use turnwise_engine::conversation::Conversation;
use turnwise_engine::template::Templates;

use super::Runtime;
use crate::meanings;
use crate::store::Away;

/// Versions in memory beside the current ones; more are read again when they are needed.
const MOST: usize = 64;

/// The bot as it is now, with the versions read back so far.
pub(super) struct Current(RwLock<Arc<Templates>>);

impl Current {
    /// A bot that nothing was read back for.
    pub(super) fn new(templates: Arc<Templates>) -> Current {
        meanings::warm(&templates);
        Current(RwLock::new(templates))
    }
}

impl Runtime {
    /// The bot as it is now.
    pub fn templates(&self) -> Arc<Templates> {
        let current = self.bot.0.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    /// Puts another bot in the place of this one. Dialogs that are open go on with the version they began with.
    pub fn replace(&self, templates: Arc<Templates>) {
        meanings::warm(&templates);
        *self.bot.0.write().unwrap_or_else(PoisonError::into_inner) = templates;
        self.forget_facts();
    }

    /// The templates for a turn of this conversation, the versions of its open dialogs among them. One that is lost is
    /// missing: the engine tells the user.
    ///
    /// # Errors
    /// [`Away`] where the store does not answer: a version is not lost for that.
    pub fn templates_for(&self, state: &Conversation) -> Result<Arc<Templates>, Away> {
        let templates = self.templates();
        let mut restored = Vec::new();
        for (id, digest) in state.needs() {
            if templates.version(id, digest).is_some() {
                continue;
            }
            let kept = self.store.version(digest)?;
            match kept.and_then(|source| templates.restore(&source)) {
                Some(template) => restored.push((digest.to_owned(), template)),
                None => tracing::warn!(template = id, digest, "a version of a template is lost"),
            }
        }
        if restored.is_empty() {
            return Ok(templates);
        }
        let mut with = Templates::clone(&templates);
        if with.versions.len() + restored.len() > MOST {
            with.versions
                .retain(|digest, _| state.needs().any(|(_, needed)| needed == digest));
        }
        with.versions.extend(restored);
        let with = Arc::new(with);
        let mut current = self.bot.0.write().unwrap_or_else(PoisonError::into_inner);
        // What was read back for a bot that a reload has replaced meanwhile serves this turn only.
        if Arc::ptr_eq(&current, &templates) {
            *current = with.clone();
        }
        Ok(with)
    }
}
