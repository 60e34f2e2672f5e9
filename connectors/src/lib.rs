//! Everything of Turnwise that talks to other systems: Salesforce, and the sign-in to it.
//! What to ask for and what to tell the user is the engine's; keeping grants on disk is the binary's.

pub mod auth;
pub mod salesforce;

mod perform;

pub use perform::{Connectors, Performed};
