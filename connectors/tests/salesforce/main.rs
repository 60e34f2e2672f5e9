//! The connector and the sign-in against a sandbox on a real socket.
//! What the sandbox itself answers is left to its own tests.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod cells;
mod doubt;
mod links;
mod meanwhile;
mod mix_up;
mod operations;
mod provider;
mod quoting;
mod sign_in;
mod support;
mod tokens;
mod trail;
