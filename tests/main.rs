//! The one test binary of the product: what a user or another program sees of the whole. Crates test themselves.
#![allow(clippy::unwrap_used, reason = "a test that can go no further fails")]

mod chat;
mod check_org;
mod cli;
mod demo;
mod docs;
mod explain;
mod full_disk;
mod handoff;
mod integrations;
mod kill;
mod kill_points;
mod locales;
mod readme;
mod reload;
mod rules;
mod sandbox;
mod server;
mod services;
mod transcripts;
mod transcripts_over_http;
mod understood;
mod wrong_calls;
