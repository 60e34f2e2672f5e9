//! What a message means, in the light of what is awaited: acts, never only one intent. Everything is learnt from the
//! templates when they are loaded; what the acts then do to the dialog is the dialog's business.

pub mod act;
mod aim;
mod answer;
pub mod background;
mod calendar;
mod choosing;
pub mod classifier;
mod clause;
mod clock;
pub mod command;
mod confirmation;
mod counting;
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
mod language;
pub mod learned;
pub mod meaning;
mod meant;
pub mod message;
pub mod object;
mod owned;
pub mod pattern;
pub mod phrasing;
pub mod spelling;
pub mod tagger;
pub mod text;
pub mod words;
