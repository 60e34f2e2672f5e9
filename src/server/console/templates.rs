//! Explore templates: what the library has, how each dialog sounds and runs, which fields of the org it fills, and what this
//! bot makes of it. "Add to this bot" writes a copy into the bot's folder.

use std::sync::{Arc, OnceLock};

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};
use turnwise_engine::diagram::Diagram;
use turnwise_engine::template::Templates;

use super::session::{Operator, Posted};
use super::{nothing_there, page, says, then};
use crate::bot;
use crate::server::Served;
use crate::shelf::{self, Entry, Use};

/// Where a bot has nothing of a template.
const NOT_HERE: &str = "Not in this bot";
/// Most lines of the sample conversation that are shown; a longer one ends before something is said that has no answer.
const SAMPLE: usize = 40;

/// The whole library as a bot of its own; learned once.
fn library() -> Option<Arc<Templates>> {
    static LOADED: OnceLock<Option<Arc<Templates>>> = OnceLock::new();
    LOADED
        .get_or_init(|| bot::loaded(&bot::demo()).ok())
        .clone()
}

/// `GET /console/templates`.
pub async fn list(State(served): State<Served>, operator: Operator) -> Response {
    let rows = shelf::library().into_iter().filter(|entry| !entry.shared);
    let rows = rows.map(|entry| {
        context! {
            id => entry.name.clone(),
            title => entry.title.clone(),
            summary => entry.summary.clone(),
            version => entry.version.clone(),
            used => used(&served, &entry).0,
        }
    });
    let names = context! {
        title => "Templates",
        sentence => "The dialogs of the library. Each can be taken into this bot as a file of its own and changed there.",
        rows => rows.collect::<Vec<Value>>(),
    };
    page(&served, &operator, "templates", "templates.html", names)
}

/// `GET /console/templates/{id}`.
pub async fn show(
    State(served): State<Served>,
    operator: Operator,
    Path(id): Path<String>,
) -> Response {
    let Some(entry) = shelf::library().into_iter().find(|e| e.name == id) else {
        return nothing_there(&served, &operator);
    };
    let loaded = tokio::task::spawn_blocking(library).await.ok().flatten();
    let template = loaded.as_ref().and_then(|all| all.current.get(&id));
    let slots = template.map(|template| {
        let slots = template.slots.values().map(|slot| {
            context! {
                label => slot.label.clone(),
                id => slot.id.clone(),
                field => slot.field.clone().unwrap_or_default(),
                optional => slot.optional,
            }
        });
        slots.collect::<Vec<Value>>()
    });
    // The conversation in which all goes well.
    let name = format!("transcripts/{id}_happy.txt");
    let sample = bot::samples().into_iter().find(|(one, _)| *one == name);
    let sample = sample.map(|(_, text)| said(&text));
    let (word, can_add) = used(&served, &entry);
    let in_files = served.folder.is_some() && word != NOT_HERE;
    let runs = served.runtime.templates().current.contains_key(&entry.name);
    let names = context! {
        title => entry.title.clone(),
        sentence => entry.summary.clone(),
        id => entry.name.clone(),
        object => template.and_then(|template| template.object.clone()),
        version => entry.version.clone(),
        used => word,
        can_add => can_add,
        waits => in_files && !runs,
        slots => slots,
        sample => sample,
        text => entry.source.text.clone(),
    };
    page(&served, &operator, "templates", "template.html", names)
}

/// `GET /console/templates/{id}/diagram.svg`: a picture of its own, so that its style stays its own.
pub async fn diagram(_: Operator, Path(id): Path<String>) -> Response {
    let drawn = tokio::task::spawn_blocking(move || {
        let all = library()?;
        let template = all.current.get(&id)?;
        Some(Diagram::of(template, &all).svg())
    });
    let Some(svg) = drawn.await.ok().flatten() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    let mut response = ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// `POST /console/templates/{id}/add`.
pub async fn add(State(served): State<Served>, Path(id): Path<String>, posted: Posted) -> Response {
    let entry = shelf::library().into_iter().find(|e| e.name == id);
    let (Some(entry), Some(folder)) = (entry, served.folder.as_deref()) else {
        return nothing_there(&served, &posted.operator);
    };
    let back = format!("/console/templates/{id}");
    match shelf::copy::copied(&entry, folder) {
        Ok(_) => then(&back),
        Err(refused) => {
            let (operator, status) = (&posted.operator, StatusCode::CONFLICT);
            let title = "It was not added";
            says(
                &served,
                operator,
                "templates",
                status,
                title,
                &refused.message,
                &back,
            )
        }
    }
}

/// What was said in a transcript, without what makes it a test.
fn said(transcript: &str) -> String {
    let begins = ["user:", "bot:", "  ", "buttons:", "signed in:"];
    let lines = transcript
        .lines()
        .filter(|line| begins.iter().any(|begin| line.starts_with(begin)));
    let mut lines: Vec<&str> = lines.collect();
    if lines.len() > SAMPLE {
        lines.truncate(SAMPLE);
        let whole = lines.iter().rposition(|line| line.starts_with("user:"));
        lines.truncate(whole.unwrap_or(SAMPLE));
    }
    lines.join("\n")
}

/// What this bot makes of it, and whether it can be added.
fn used(served: &Served, entry: &Entry) -> (String, bool) {
    let Some(folder) = served.folder.as_deref() else {
        let has = served.runtime.templates().current.contains_key(&entry.name);
        let word = if has { "In use as it is" } else { NOT_HERE };
        return (word.to_owned(), false);
    };
    let Ok(sources) = bot::read(&[folder.to_owned()]) else {
        return ("The bot's folder can't be read".to_owned(), false);
    };
    match shelf::used(entry, &sources) {
        Use::Not => (NOT_HERE.to_owned(), true),
        Use::AsItIs => ("In use as it is".to_owned(), true),
        Use::Extended { file } => (format!("Extended by {}", short(&file)), false),
        Use::Own { file } => (
            format!("This bot has one of its own: {}", short(&file)),
            false,
        ),
        Use::Copy {
            file,
            differs,
            behind,
        } => {
            let how = match (differs, behind) {
                (false, false) => "the same as the library's",
                (true, false) => "changed here",
                (false, true) => "the library has changed since",
                (true, true) => "changed here, and the library has changed since",
            };
            (format!("Copied to {}: {how}", short(&file)), false)
        }
    }
}

fn short(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}
