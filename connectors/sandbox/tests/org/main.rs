//! The org from outside, request by request, without a socket: what strangers' clients and our own rely on.
//! Words, ids and patterns are tested beside their code.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has said what is wrong"
)]

mod composite;
mod control;
mod many;
mod oauth;
mod pages;
mod recent;
mod rest;
mod search;
mod soql;
mod support;
