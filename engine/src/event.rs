//! What can happen to a conversation: a message, the outcome of a call, the steps of a sign-in. Each event carries its
//! time, so the engine needs no clock; what the user typed and what the world answered are all it ever learns.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Value;
use crate::effect::{CallId, Outcome};
use crate::facts::Facts;

/// One thing that happened, when it happened, and what is known of the org at that time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    /// When it happened; the conversation's time zone turns it into the user's calendar.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
    /// What is known of the user's org (picklists, lengths); never saved, the shell passes it with each event.
    #[serde(skip)]
    pub facts: Arc<Facts>,
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The conversation was opened; the greeting is the reply.
    Opened,
    /// The user said or chose something.
    Message(Message),
    /// A call came back.
    Called {
        /// Which call.
        call: CallId,
        /// What came of it.
        outcome: Outcome,
    },
    /// A call, or a `sign_in` step, found no grant: here is the link for it, made anew or still open.
    AuthorizationRequired {
        /// The call that waits; `None` for a `sign_in` step or a link asked for by the user.
        call: Option<CallId>,
        /// The integration to connect.
        integration: String,
        /// The attempt; the shell puts the address of its link into the message when it is delivered.
        attempt: String,
        /// When the link ends.
        expires_at: Timestamp,
        /// How long that is from now, in minutes, by the clock that ends it.
        #[serde(default)]
        minutes: u32,
        /// Where the link leads in the end, to be shown ("opens login.salesforce.com").
        host: String,
    },
    /// No link was made (too many of late); nothing was sent.
    LinkRefused {
        /// The call that waits, if one does.
        call: Option<CallId>,
        /// The integration.
        integration: String,
        /// Minutes until a new link may be asked for.
        minutes: u32,
    },
    /// The browser finished; a code it shows has to be typed into this conversation.
    CodeAwaited {
        /// The integration.
        integration: String,
    },
    /// A code was typed that does not match.
    CodeWrong {
        /// The integration.
        integration: String,
        /// Tries that are left.
        left: u8,
    },
    /// A call or a link was not possible: an operator has to act first.
    NotReady {
        /// The call that waited, if one did.
        call: Option<CallId>,
        /// The integration.
        integration: String,
        /// Why.
        why: NotReady,
    },
    /// The user is signed in now.
    Authorized {
        /// The integration.
        integration: String,
        /// As whom.
        account: Account,
    },
    /// As whom the user is connected, which was asked.
    ConnectedAs {
        /// The integration.
        integration: String,
        /// `None`: nobody is.
        account: Option<Account>,
    },
    /// The sign-in gave another account than the one connected so far; the user decides.
    AccountDiffers {
        /// The integration.
        integration: String,
        /// The account connected so far.
        from: Account,
        /// The account just signed in.
        to: Account,
    },
    /// A sign-in ended without a grant.
    SignInEnded {
        /// The integration.
        integration: String,
        /// How it ended.
        end: SignInEnd,
        /// Where it ended as [`SignInEnd::WrongAccount`]: who signed in and who may, as far as either may be said here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wrong: Option<WrongAccount>,
    },
    /// The grant was given back at the user's word.
    SignedOut {
        /// The integration.
        integration: String,
        /// Whether the provider confirmed that the grant is revoked.
        confirmed: bool,
    },
    /// A person gave the conversation back.
    HandedBack,
    /// A handoff could not be delivered.
    HandoffFailed,
}

/// What the user said, or the value of what was chosen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Message {
    /// As typed, up to 32,000 characters.
    #[serde(default)]
    pub text: String,
    /// The value of an open choice or button, else a normalised value of the awaited slot; counts before the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl Message {
    /// What is read: the value, where there is one, as it would be typed; else the text.
    pub fn said(&self) -> Cow<'_, str> {
        match &self.value {
            None => Cow::Borrowed(&self.text),
            Some(Value::String(text)) => Cow::Borrowed(text),
            Some(value) => Cow::Owned(value.to_string()),
        }
    }
}

/// The account behind a grant, as people name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's log-in name, `rep@example.com`.
    pub name: String,
    /// The organisation, `Example Org`; empty where unknown.
    #[serde(default)]
    pub org: String,
}

impl std::fmt::Display for Account {
    /// `rep@example.com (Example Org)`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.org.as_str() {
            "" => out.write_str(&self.name),
            org => write!(out, "{} ({org})", self.name),
        }
    }
}

/// An account that may not be used, and what is expected in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongAccount {
    /// Who signed in; `None` where it is not shown yet that the browser is the chat's (docs/threat-model.md, rule B2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The organisations that may be used, by name where it is known, else by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<String>,
    /// The account that the user was connected as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Account>,
}

/// Why an integration can't be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReady {
    /// It is not set up.
    NotSetUp,
    /// An operator has to sign in first.
    NeedsAuthorization,
    /// The operator's sign-in has ended.
    Expired,
    /// It is switched off, or may not do this.
    Disabled,
}

/// How a sign-in ended without a grant (docs/threat-model.md, rule F).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInEnd {
    /// The user declined on the consent page.
    Refused,
    /// The link was opened too late.
    Expired,
    /// The link's time passed unopened or unfinished.
    Abandoned,
    /// The link was opened in another browser than the chat's; told to the chat as a neutral note, the link stays open.
    WrongBrowser,
    /// Too many wrong codes.
    WrongCode,
    /// The account or its org may not be used here.
    WrongAccount,
    /// The sign-in gave less than what was asked for.
    NoPermission,
    /// The provider did not answer, or not as it should.
    Unavailable,
    /// An administrator has to allow the app.
    Blocked,
    /// The grant that was there has ended (revoked, expired).
    Lost,
}
