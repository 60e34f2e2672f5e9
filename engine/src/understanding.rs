//! What a message means, in the light of what is awaited: acts, never only one intent. Everything is learnt from the
//! templates when they are loaded; what the acts then do to the dialog is the dialog's business.

pub mod act;
pub mod background;
pub mod classifier;
pub mod command;
pub mod entity;
pub mod filling;
pub mod gram;
pub mod intent;
#[cfg(test)]
mod invented;
pub mod learned;
pub mod message;
pub mod object;
pub mod pattern;
pub mod spelling;
pub mod tagger;
pub mod text;
pub mod words;
