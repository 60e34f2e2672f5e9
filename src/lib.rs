//! The imperative shell of Turnwise: the command line and what it runs. The engine is pure and the connectors talk to
//! other systems; this crate joins them.

pub mod bot;
pub mod cli;
pub mod meanings;
mod refused;
pub mod runtime;
pub mod server;
mod shelf;
pub mod store;
