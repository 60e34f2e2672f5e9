//! Everything of Turnwise that talks to other systems: Salesforce, any HTTP service, and the sign-in to them.
//! What to ask for and what to tell the user is the engine's; keeping grants on disk is the binary's.

pub mod auth;
pub mod http;
pub mod salesforce;

mod perform;
mod spec;
mod wire;

pub use perform::{Connectors, Performed};
