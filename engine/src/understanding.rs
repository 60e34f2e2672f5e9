//! What a message means, in the light of what is awaited: acts, never only one intent. Everything is learnt from the
//! templates when they are loaded; what the acts then do to the dialog is the dialog's business.

pub mod act;
mod aim;
mod answer;
pub mod background;
mod choosing;
pub mod classifier;
mod clause;
pub mod command;
mod confirmation;
pub mod entity;
pub mod explain;
pub mod filling;
mod first;
mod given;
pub mod gram;
pub mod intent;
#[cfg(test)]
mod invented;
mod kept;
pub mod learned;
pub mod meaning;
mod meant;
pub mod message;
pub mod object;
mod owned;
mod parked;
pub mod pattern;
pub mod phrasing;
pub mod spelling;
pub mod tagger;
pub mod text;
pub mod words;
