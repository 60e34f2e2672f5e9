//! The HTTP server: one router of the `/v1` API, the pages and the sign-in. What a request does to a conversation is the
//! runtime's; here requests are told apart, checked and answered.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post};

use crate::runtime::Runtime;

pub mod console;
pub mod conversations;
pub mod errors;
pub mod keys;
pub mod limits;
pub mod messages;
pub mod openapi;
pub mod pages;
pub mod sign_in;
pub mod streams;

/// What every request may need.
#[derive(Clone)]
pub struct Served {
    /// The runtime.
    pub runtime: Arc<Runtime>,
    /// The server key; without one only our own page opens conversations.
    pub key: Option<Arc<str>>,
    /// Whether `/metrics` needs no key.
    pub open_metrics: bool,
    /// Metrics, rendered on request.
    pub metrics: Option<metrics_exporter_prometheus::PrometheusHandle>,
    /// How often tokens and pages may ask.
    pub limits: Arc<limits::Limits>,
    /// The bot's folder, where it has one; the console writes templates into it.
    pub folder: Option<Arc<std::path::Path>>,
    /// Sign-ins that ended of late.
    pub ended: Arc<sign_in::EndedPages>,
    /// Set when the server is told to end; streams watch it.
    pub ending: tokio::sync::watch::Receiver<bool>,
}

/// The whole server.
pub fn app(served: Served) -> Router {
    Router::new()
        .route("/v1/conversations", post(conversations::open))
        .route(
            "/v1/conversations/{id}",
            get(conversations::state).delete(conversations::forget),
        )
        .route("/v1/conversations/{id}/turns", post(conversations::turn))
        .route("/v1/conversations/{id}/messages", get(messages::after))
        .route(
            "/v1/conversations/{id}/transcript",
            get(messages::transcript),
        )
        .route("/v1/conversations/{id}/events", get(streams::events))
        .route("/v1/conversations/{id}/ws", get(streams::socket))
        .route("/v1/users/{id}", delete(conversations::forget_user))
        .route("/v1/bot", get(pages::bot))
        .route("/v1/openapi.json", get(openapi::document))
        .route("/healthz", get(pages::healthz))
        .route("/readyz", get(pages::readyz))
        .route("/metrics", get(pages::metrics))
        .route("/", get(pages::chat))
        .route("/assets/{name}", get(pages::asset))
        .route("/widget.js", get(pages::widget))
        .route(
            "/auth/start/{handle}",
            get(sign_in::start).post(sign_in::proceed),
        )
        .route("/auth/callback", get(sign_in::callback))
        .route("/auth/done/{id}", get(sign_in::done))
        .route("/auth/ended/{how}", get(sign_in::ended))
        .route("/auth/not-me", get(sign_in::not_me))
        .merge(console::routes())
        .fallback(errors::no_such_path)
        .method_not_allowed_fallback(errors::no_such_method)
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn(errors::shaped))
        .with_state(served)
}
