//! All that is remembered of a conversation: the dialog stack, slots, what is awaited. It saves as versioned JSON, small
//! enough that thousands can be parked, and holds no secret.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Value;
use crate::effect::{Call, CallId, Does, Failure};
use crate::event::Account;
use crate::template::End;

mod awaiting;

pub use awaiting::{Awaiting, ChoicePurpose, Link, What};

/// The version of this shape; a shape that could not be read by the code before gets the next number.
pub const VERSION: u32 = 1;

/// A conversation between turns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// [`VERSION`] when it was saved.
    pub version: u32,
    /// Its id, given by the shell.
    pub id: String,
    /// The channel's user.
    pub user: User,
    /// BCP 47.
    pub locale: String,
    /// IANA name.
    pub timezone: String,
    /// Turns so far, pushes by the world included.
    pub turn: u64,
    /// When the user last said something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<Timestamp>,
    /// Open dialogs, bottom first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dialogs: Vec<Dialog>,
    /// What is waited for.
    #[serde(default, skip_serializing_if = "Awaiting::is_nothing")]
    pub awaiting: Awaiting,
    /// The sign-in link that is open, whatever else is talked about meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// How often a text with variants was said, by a short digest of its place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub said: BTreeMap<String, u32>,
    /// The accounts connected, by integration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<String, Account>,
    /// The list last shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Listed>,
    /// The record last shown or written: "her", "it", "the last one".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Value>,
    /// The write that "undo" would take back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    /// The template last ended, for "and Madonna?".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// Requests heard beside another, done after it: template and what was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<Later>,
    /// Set just after a sign-in: a bare "done" is then neither a yes nor a value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub just_signed_in: bool,
    /// A person has the conversation; the bot is silent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub handed_off: bool,
}

/// Who is in the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The channel's id of the user.
    pub id: String,
    /// A display name; data, shown escaped.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// One dialog on the stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dialog {
    /// Its template.
    pub template: String,
    /// The version it began with.
    pub digest: String,
    /// Slots that are not empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, SlotState>,
    /// Results by their `as` name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<String, Value>,
    /// The place: steps that lie behind it, in the order they were passed. A change takes off its tail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trail: Vec<Passed>,
    /// What still holds if the place goes back: answers, texts said, reads, writes made, by step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub memo: BTreeMap<String, Memo>,
    /// Bad answers, by slot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub misses: BTreeMap<String, u32>,
    /// Values that the user kept at a `validate … ask`: slot -> digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, String>,
    /// The failure whose branch is running, by call step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<String, Failed>,
    /// The call that is out, or parked for a sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<Out>,
    /// The order in which slots were asked, for "go back".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// Slots that a failure emptied and no step above collects: asked before the next confirm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<String>,
    /// How it came to be on the stack.
    #[serde(default)]
    pub why: Opened,
    /// When it was last on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked_at: Option<Timestamp>,
    /// A template's own words that were fixed by the world: fields asked for that have no slot (name -> value).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Value>,
}

/// Why a dialog is on the stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opened {
    /// The user asked for it.
    #[default]
    User,
    /// A `run` step of the dialog below.
    Run {
        /// That step.
        step: String,
    },
}

/// The state of a slot that is not empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotState {
    /// It has a value.
    Filled {
        /// Normalised; a record not yet looked up is `{"text"}`, one found `{"text","object","id","name","url","fields"}`.
        value: Value,
        /// What the user typed for it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// Not wanted; not asked again.
    Skipped,
    /// Emptied: sent as empty.
    Cleared,
}

/// A step that lies behind the place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// The step's id, below an error branch prefixed by it.
    pub step: String,
    /// The branch taken: `then`, `else`, `no`, the option's number, the error key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

/// What a step remembers if the place goes back before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memo {
    /// A digest of what was rendered, shown or sent.
    pub digest: String,
    /// The answer or result that belongs to it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub answer: Value,
    /// Set on a write that was made: never made again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
}

/// A failure and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// What failed.
    pub failure: Failure,
    /// How often the call was repeated by `retry`.
    #[serde(default)]
    pub retries: u32,
    /// Inputs that a `retry` put on top.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub on_top: Value,
    /// The idempotency key of the call: a retry that only asks what became of it has the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// False once the call is to be made again.
    pub open: bool,
}

/// A call that is out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Out {
    /// The call.
    pub call: Call,
    /// What for.
    pub purpose: Purpose,
    /// True while it waits for a sign-in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parked: bool,
}

/// What a call that is out is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A `call` step.
    Step(String),
    /// The look-up of a record slot.
    Find(String),
    /// The next page of the list last shown.
    Page,
    /// The undo of the last write.
    Undo,
    /// Looking for what a lost write may have done.
    Settle(String),
}

/// The list last shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The template that showed it.
    pub template: String,
    /// The step that showed it.
    pub step: String,
    /// The call that read it, to be made again for the next page.
    pub call: Option<Call>,
    /// The rows last shown: records without their fields.
    pub rows: Vec<Value>,
    /// Number of the first row, from 0.
    pub offset: u64,
    /// How many there are in all.
    pub total: u64,
    /// Slots it was found by, for `narrow`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, SlotState>,
}

/// The write that can be taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    /// What it did.
    pub does: Does,
    /// The integration.
    pub integration: String,
    /// The record.
    pub record: Value,
    /// For an update: the values before, by field.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The template that made it.
    pub template: String,
    /// When.
    pub at: Timestamp,
}

/// A request to be done after the one on top.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Later {
    /// The template.
    pub template: String,
    /// What was given with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, SlotState>,
}

impl Conversation {
    /// A conversation in which nothing has been said.
    pub fn new(id: &str, user: User, locale: &str, timezone: &str) -> Conversation {
        Conversation {
            version: VERSION,
            id: id.to_owned(),
            user,
            locale: locale.to_owned(),
            timezone: timezone.to_owned(),
            turn: 0,
            heard_at: None,
            dialogs: Vec::new(),
            awaiting: Awaiting::Nothing,
            link: None,
            said: BTreeMap::new(),
            accounts: BTreeMap::new(),
            list: None,
            record: None,
            undo: None,
            last: None,
            later: Vec::new(),
            just_signed_in: false,
            handed_off: false,
        }
    }

    /// Digests of the template versions that its open dialogs need, with the templates' ids.
    pub fn needs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.dialogs
            .iter()
            .map(|d| (d.template.as_str(), d.digest.as_str()))
    }
}

impl Dialog {
    /// A dialog of a template in which nothing has happened but that these slots are filled.
    pub fn begun(
        template: &crate::template::Template,
        slots: BTreeMap<String, SlotState>,
    ) -> Dialog {
        Dialog {
            template: template.id.clone(),
            digest: template.digest.clone(),
            slots,
            results: BTreeMap::new(),
            trail: Vec::new(),
            memo: BTreeMap::new(),
            misses: BTreeMap::new(),
            kept: BTreeMap::new(),
            failures: BTreeMap::new(),
            out: None,
            asked: Vec::new(),
            wanted: Vec::new(),
            why: Opened::User,
            parked_at: None,
            extra: BTreeMap::new(),
        }
    }

    /// The value of a filled slot.
    pub fn value(&self, slot: &str) -> Option<&Value> {
        match self.slots.get(slot)? {
            SlotState::Filled { value, .. } => Some(value),
            SlotState::Skipped | SlotState::Cleared => None,
        }
    }

    /// The call id this dialog waits for.
    pub fn waits_for(&self) -> Option<&CallId> {
        self.out.as_ref().map(|o| &o.call.id)
    }
}

/// How a dialog ended, kept for the dialog that ran it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub how: End,
    /// Its names afterwards.
    pub names: BTreeMap<String, Value>,
}
