//! The pure core of Turnwise: a conversation and an event go in, a new conversation, replies and effects come out.
//! It does no I/O and knows no clock and no lead; whoever embeds it saves what comes out and performs the effects.
//!
//! One turn after the other, with a bot of one template:
//!
//! ```
//! use std::sync::Arc;
//!
//! use turnwise_engine::conversation::{Conversation, User};
//! use turnwise_engine::event::{Event, EventKind, Message};
//! use turnwise_engine::template::Templates;
//! use turnwise_engine::template::source::{Source, Sources};
//!
//! // A bot is its files. `loaded.diagnostics` says all that is wrong with them; nothing after that can fail.
//! let file = |name: &str, text: &str| Source { name: name.into(), text: text.into() };
//! let template = r#"template: note_guest
//! title: Note a guest
//! examples: [note a guest, a guest comes]
//! slots:
//!   guest: { type: person.full_name, ask: Who comes? }
//! steps:
//!   - collect: guest
//!   - say: "Noted, {{ guest }}."
//! "#;
//! let sources = Sources {
//!     bot: Some(file("bot.yaml", "name: Reception")),
//!     files: vec![file("templates/note_guest.yaml", template)],
//!     library: Vec::new(),
//!     repair: file("repair.yaml", turnwise_engine::REPAIR),
//! };
//! let loaded = Templates::load(&sources, &[]);
//! let templates = loaded.templates.expect("nothing is wrong with it");
//!
//! let user = User { id: "ann".into(), name: String::new() };
//! let mut conversation = Conversation::new("c1", user, "en-US", "UTC");
//! let mut said = Vec::new();
//! for text in ["note a guest", "Ida Blum"] {
//!     let event = Event {
//!         at: "2026-03-04T15:00:00Z".parse().expect("a time"),
//!         kind: EventKind::Message(Message { text: text.into(), value: None }),
//!         facts: Arc::default(),
//!     };
//!     let turn = turnwise_engine::turn(&templates, conversation, event);
//!     // Here the shell saves `turn.conversation`; then it delivers the replies and performs `turn.effects`, whose
//!     // outcomes are the next events.
//!     said.extend(turn.replies.into_iter().map(|reply| reply.text));
//!     conversation = turn.conversation;
//! }
//! assert_eq!(said, ["Who comes?", "Noted, Ida Blum."]);
//! ```

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
