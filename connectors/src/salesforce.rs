//! The Salesforce connector: what it declares of itself, and the performing of its operations.
//! Tokens and their refresh are left to `auth`; what is said about an outcome is left to the engine.

mod client;
mod describe;
mod failure;
mod id;
mod operation;
mod request;
mod settle;
mod shape;
mod soql;
mod spec;
mod write;

pub use client::{Client, Session, SessionEnded};
pub use describe::describe;
pub use id::{is_id, to_18};
pub use operation::perform;
pub use soql::{like, literal};
pub use spec::spec;
