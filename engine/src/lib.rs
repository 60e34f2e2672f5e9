//! The pure core of Turnwise: a conversation and an event go in, a new conversation, replies and effects come out.
//! It does no I/O and knows no clock and no lead; whoever embeds it saves what comes out and performs the effects.

pub mod connector;
pub mod conversation;
pub mod coverage;
mod derived;
pub mod diagnostic;
pub mod diagram;
mod dialog;
pub mod display;
pub mod effect;
pub mod event;
pub mod facts;
pub mod fixed;
pub mod locale;
pub mod reply;
pub mod template;
pub mod transcript;
mod turn;
pub mod understanding;

/// A value as it is kept and sent: normalised JSON.
pub use serde_json::Value;

pub use turn::{Turn, turn};

/// The standard responses and default error branches: repair.yaml, in the designers' own language.
pub const REPAIR: &str = include_str!("dialog/repair.yaml");
