//! The first page: is everything well, and what has to be done next.

use axum::extract::State;
use axum::response::Response;
use minijinja::{Value, context};

use super::integrations::{self, Line};
use super::session::Operator;
use super::{away, page};
use crate::server::Served;
use crate::server::errors::Refusal;

/// `GET /console`.
///
/// # Errors
/// 503.
pub async fn show(State(served): State<Served>, operator: Operator) -> Result<Response, Refusal> {
    let lines = integrations::lines(&served).await?;
    let templates = served.runtime.templates();
    let grants = served.runtime.connectors.auth.granted().await;
    let grants = grants.map_err(away)?;
    let store = match served.runtime.store.conversation("") {
        Ok(_) => context! { word => "Answers", good => true },
        Err(away) => context! { word => away.to_string(), good => false },
    };
    let alarms = lines.iter().filter(|line| !line.good()).map(Line::shown);
    let names = context! {
        title => "Overview",
        store => store,
        templates => templates.current.len(),
        listeners => served.runtime.live.count(),
        grants => grants.len(),
        integrations => lines.iter().map(Line::shown).collect::<Vec<Value>>(),
        alarms => alarms.collect::<Vec<Value>>(),
    };
    Ok(page(&served, &operator, "overview", "overview.html", names))
}
