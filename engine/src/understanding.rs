//! What a message means, in the light of what is awaited: acts, never only one intent. Everything is learnt from the
//! templates when they are loaded; what the acts then do to the dialog is the dialog's business.

pub mod act;
mod aim;
mod amended;
mod answer;
pub mod background;
mod calendar;
mod changed;
mod choosing;
pub mod classifier;
mod clause;
mod clock;
pub mod command;
mod confirmation;
mod counting;
mod dropped;
pub mod entity;
pub mod explain;
pub mod filling;
mod first;
mod given;
pub mod gram;
mod holds;
pub mod intent;
mod interruption;
#[cfg(test)]
mod invented;
mod kept;
mod language;
pub mod learned;
mod left_over;
pub mod meaning;
mod meant;
pub mod message;
pub mod object;
mod owned;
mod parked;
pub mod pattern;
mod peeled;
pub mod phrasing;
mod replaced;
pub mod spelling;
pub mod stray;
pub mod tagger;
mod taken;
pub mod text;
pub mod words;
