//! What the shell is asked to do, and what comes back. Effects are plain data that save; the shell stores them before it
//! performs them, so that a crash between the two loses and doubles nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Value;

/// Names a call within its conversation: `<turn>:<n-th effect of the turn>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub String);

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Perform an operation of an integration; comes back as `Called`, or as `AuthorizationRequired`.
    Call(Call),
    /// Make a sign-in link; comes back as `AuthorizationRequired`, or as `Authorized` where there is a grant.
    Authorize {
        /// The integration to connect.
        integration: String,
        /// Whose grant is wanted.
        auth: Auth,
        /// True where the user asked for another account: a grant that is there does not answer it.
        switch: bool,
        /// True where the user asked for a new link: one that is still open does not answer it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        renew: bool,
    },
    /// Void the open links of this user for this integration.
    VoidLinks {
        /// The integration.
        integration: String,
    },
    /// Keep the account just signed in in place of the one before, or drop it.
    SwitchAccount {
        /// The integration.
        integration: String,
        /// The user's answer.
        accept: bool,
    },
    /// Say as whom the user is connected; comes back as `ConnectedAs`.
    WhoAmI {
        /// The integration.
        integration: String,
    },
    /// Give the user's grant back; comes back as `SignedOut`.
    SignOut {
        /// The integration.
        integration: String,
    },
    /// Forget the user on this channel: grants, links, and every conversation, this one with them.
    ForgetUser,
    /// Give the conversation to a person: post the transcript to the webhook of this name.
    Handoff {
        /// The handoff's id in bot.yaml.
        desk: String,
    },
}

/// One call of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Its id; the outcome carries it.
    pub id: CallId,
    /// The integration of bot.yaml.
    pub integration: String,
    /// The operation, without the integration: `create`, `find`, `lookup` …
    pub operation: String,
    /// What it does to the world.
    pub does: Does,
    /// Whose grant it uses.
    pub auth: Auth,
    /// Its inputs, an object: names as in docs/template-reference.md, "Operations"; records as `{"object","id",…}`.
    pub input: Value,
    /// The idempotency key: the same however often the call is repeated.
    pub key: String,
    /// Since when an earlier try of this call may have been done without anybody knowing (the machine's clock): what
    /// became of it is found out before anything is written again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Timestamp>,
}

/// What an operation does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Nothing; may be repeated at will.
    Read,
    /// Makes a record.
    Create,
    /// Changes a record.
    Update,
    /// Removes a record.
    Delete,
}

impl Does {
    /// Whether it changes anything.
    pub fn writes(self) -> bool {
        self != Does::Read
    }

    /// All, by what they leave behind.
    pub const ALL: [Does; 4] = [Does::Read, Does::Create, Does::Update, Does::Delete];

    /// The word of the contract: `read`, `create`, `update`, `delete`.
    pub fn word(self) -> &'static str {
        match self {
            Does::Read => "read",
            Does::Create => "create",
            Does::Update => "update",
            Does::Delete => "delete",
        }
    }
}

/// Whose grant a call uses (docs/template-reference.md, "A template").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// As bot.yaml says for the integration.
    #[default]
    Integration,
    /// The user's own, never a shared one.
    User,
    /// The shared one.
    Shared,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done. A record: `{"object","id","name","url","fields":{…}}`. A list: `{"total","offset","rows":[record…]}`.
    /// An update also has `"before":{field: old}`. Of `http`: `{"status", …names of take}`.
    Done(Value),
    /// It was not, or nobody knows.
    Failed(Failure),
}

/// Why a call failed, as far as the conversation needs to know; the cause is in the shell's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind, which decides what happens next.
    pub kind: FailureKind,
    /// The vendor's code, for `on_error`; empty where there is none.
    #[serde(default)]
    pub code: String,
    /// The vendor's own sentence, shown where it was written for people.
    #[serde(default)]
    pub message: String,
    /// The fields it is about, by their names in the CRM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The records it is about (duplicates), each as in [`Outcome::Done`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Value>,
    /// Whether the org allows the write all the same on the user's word.
    #[serde(default)]
    pub overridable: bool,
    /// Since when it is unknown whether the write was done, where asking again can still find out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Timestamp>,
}

impl Failure {
    /// A failure of this kind of which nothing else is known.
    pub fn new(kind: FailureKind) -> Failure {
        Failure {
            kind,
            code: String::new(),
            message: String::new(),
            fields: Vec::new(),
            records: Vec::new(),
            overridable: false,
            doubt: None,
        }
    }

    /// One of our own, with a sentence for the log.
    pub fn because(kind: FailureKind, message: &str) -> Failure {
        Failure {
            message: message.to_owned(),
            ..Failure::new(kind)
        }
    }
}

/// The twelve kinds of failure (docs/template-reference.md, "When a call fails").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Required fields are missing.
    Missing,
    /// A value was refused by its form.
    Invalid,
    /// A rule of the org refused it.
    Rejected,
    /// There is one like it.
    Duplicate,
    /// Somebody changed it meanwhile.
    Changed,
    /// It can't be changed any more.
    ReadOnly,
    /// There is no such record.
    NotFound,
    /// The account may not.
    NoAccess,
    /// The org's allowance is used up.
    Limit,
    /// Nothing was done; later perhaps.
    Unavailable,
    /// A write that got no answer.
    Unknown,
    /// Something is set up wrongly.
    Setup,
}

impl FailureKind {
    /// All kinds, in the order of the reference.
    pub const ALL: [FailureKind; 12] = [
        FailureKind::Missing,
        FailureKind::Invalid,
        FailureKind::Rejected,
        FailureKind::Duplicate,
        FailureKind::Changed,
        FailureKind::ReadOnly,
        FailureKind::NotFound,
        FailureKind::NoAccess,
        FailureKind::Limit,
        FailureKind::Unavailable,
        FailureKind::Unknown,
        FailureKind::Setup,
    ];

    /// Its name in templates.
    pub fn word(self) -> &'static str {
        match self {
            FailureKind::Missing => "missing",
            FailureKind::Invalid => "invalid",
            FailureKind::Rejected => "rejected",
            FailureKind::Duplicate => "duplicate",
            FailureKind::Changed => "changed",
            FailureKind::ReadOnly => "read_only",
            FailureKind::NotFound => "not_found",
            FailureKind::NoAccess => "no_access",
            FailureKind::Limit => "limit",
            FailureKind::Unavailable => "unavailable",
            FailureKind::Unknown => "unknown",
            FailureKind::Setup => "setup",
        }
    }
}
