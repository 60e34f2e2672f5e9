//! What a message means, in the light of what is awaited: acts, never only one intent. Everything is learnt from the
//! templates when they are loaded; what the acts then do to the dialog is the dialog's business.

pub mod act;
pub mod command;
pub mod entity;
pub mod intent;
pub mod learned;
pub mod message;
pub mod pattern;
pub mod words;
