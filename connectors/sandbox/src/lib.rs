//! A Salesforce look-alike for the demo and the tests: sign-in pages, REST, SOQL, SOSL, faults on demand, all in memory.
//! Binding a port and reading flags are left to the binary, being a client to the connectors.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let org = turnwise_sandbox::Org::new(turnwise_sandbox::Options::default())?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8081").await?;
//! let app = org.router().into_make_service_with_connect_info::<std::net::SocketAddr>();
//! axum::serve(listener, app).await?;
//! # Ok(())
//! # }
//! ```

// One field of a describe is a long literal.
#![recursion_limit = "256"]

mod answer;
mod calls;
mod clock;
mod control;
mod fault;
mod id;
mod oauth;
mod org;
mod pages;
mod record;
mod refusal;
mod request;
mod rest;
mod router;
mod saved;
mod schema;
mod secret;
mod seed;
mod soql;
mod sosl;

pub use org::{Options, Org, SeedError};
