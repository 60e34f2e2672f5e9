//! What the user is shown: text, choices, a card, a table, a sign-in link. A reply says nothing about a channel; the
//! shell numbers replies, stores them and renders them for whichever front end asks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Value;

/// One message of the bot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Chat Markdown; alone it is enough for a channel that shows text only.
    pub text: String,
    /// What stands beside the text.
    #[serde(flatten)]
    pub kind: ReplyKind,
    /// Buttons; empty if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Set on the message that tells how a sign-in ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<SignInTold>,
}

/// What stands beside the text of a reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReplyKind {
    /// Text alone.
    Text,
    /// A question with choices.
    Choices,
    /// A summary: of a record, or of what is about to be written.
    Card {
        /// The card's title.
        title: String,
        /// Label and value, in order.
        fields: Vec<CardField>,
        /// The record's page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// Records.
    Table {
        /// The heads of the columns.
        columns: Vec<String>,
        /// The rows, as many cells as columns.
        rows: Vec<Vec<String>>,
        /// How many records there are in all.
        total: u64,
        /// The number of the first row, from 1: people say "2".
        first: u64,
    },
    /// A link to sign in. The address is put in by the shell when the message is delivered.
    SignIn {
        /// The integration to connect.
        integration: String,
        /// The attempt whose link this is.
        attempt: String,
        /// When the link ends.
        expires_at: Timestamp,
        /// Where it leads in the end.
        host: String,
    },
}

/// One button.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What it says.
    pub title: String,
    /// What comes back when it is chosen.
    pub value: Value,
}

/// One line of a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardField {
    /// The field's name for people.
    pub label: String,
    /// Its value as shown.
    pub value: String,
    /// What it was before, on the card of an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

/// How a sign-in ended, for front ends (`outcome` of `/v1/openapi.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInTold {
    /// The integration.
    pub integration: String,
    /// `granted refused expired abandoned wrong_account unavailable blocked`.
    pub outcome: String,
}
