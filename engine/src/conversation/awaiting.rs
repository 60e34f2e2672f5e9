//! What a conversation waits for: a slot, a yes or no, a choice, a sign-in, a call. What an answer then does is left to the
//! dialogs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::SlotState;
use crate::Value;
use crate::effect::Does;
use crate::reply::Choice;

/// What a conversation waits for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Awaiting {
    /// Nothing.
    #[default]
    Nothing,
    /// A slot of the dialog on top.
    Slot {
        /// The slot.
        slot: String,
    },
    /// A yes or no.
    Confirm {
        /// About what.
        what: What,
    },
    /// One of several.
    Choice {
        /// The options as offered.
        options: Vec<Choice>,
        /// What choosing does.
        purpose: ChoicePurpose,
    },
    /// A sign-in; the link is out.
    Authorization {
        /// The integration.
        integration: String,
        /// The attempt.
        attempt: String,
        /// When the link ends.
        expires_at: Timestamp,
    },
    /// The code of a sign-in.
    Code {
        /// The integration.
        integration: String,
    },
    /// A call that is out.
    Call,
}

/// What a yes or no is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// The write below a `confirm` step.
    Write {
        /// The confirm step.
        step: String,
        /// What the write does.
        does: Does,
    },
    /// Stop the dialog on top?
    Cancel,
    /// Drop the running dialog and start the same template anew, with these slots?
    Replace {
        /// The template.
        template: String,
        /// What was given with it.
        slots: BTreeMap<String, SlotState>,
    },
    /// Go on with the dialog on top?
    Resume,
    /// Start this template (did you mean, may I interrupt)?
    Suggestion {
        /// The template.
        template: String,
        /// What was given with it.
        slots: BTreeMap<String, SlotState>,
    },
    /// Keep this value, which a `validate … ask` doubts?
    Keep {
        /// The slot.
        slot: String,
    },
    /// Take back the last write?
    Undo,
    /// Take the other account?
    SwitchAccount {
        /// The integration.
        integration: String,
    },
}

/// What choosing does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum ChoicePurpose {
    /// A `choose` step.
    Step {
        /// Which.
        step: String,
    },
    /// One of several records for a slot; the records in the order of the options.
    Record {
        /// The slot.
        slot: String,
        /// The records.
        records: Vec<Value>,
    },
    /// One of several values of a slot.
    Value {
        /// The slot.
        slot: String,
    },
    /// Which template was meant.
    Template {
        /// What was given with each.
        slots: Vec<BTreeMap<String, SlotState>>,
    },
    /// The look-up of a record that came to nothing: once more, or cancel.
    LookUp {
        /// The slot that it is for.
        slot: String,
    },
    /// A sign-in that ended: a new link, or cancel.
    SignIn {
        /// The integration.
        integration: String,
    },
}

impl Awaiting {
    /// Whether nothing is waited for.
    pub fn is_nothing(&self) -> bool {
        *self == Awaiting::Nothing
    }
}

/// A sign-in link that was sent and has not ended, as far as is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The integration.
    pub integration: String,
    /// The attempt.
    pub attempt: String,
    /// When it ends, by the clock that ends it.
    pub expires_at: Timestamp,
    /// The template it was last named for; `None` where the user asked for it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}
