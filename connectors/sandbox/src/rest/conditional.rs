//! Conditional requests on rows: dates on every object, ETags on Account alone.
//! They are not looked at on DELETE, as in the real org.

use axum::response::Response;
use jiff::Timestamp;

use super::Visit;
use crate::answer;
use crate::clock;
use crate::record::{Record, text};
use crate::refusal::Refusal;
use crate::schema::Object;

/// Whether the client holds this row already: 304.
pub(super) fn is_unchanged(visit: &Visit<'_>, object: &Object, row: &Record) -> bool {
    let header = |name| visit.request.header(name);
    if has_etags(object)
        && let Some(tags) = header("if-none-match")
    {
        return lists(tags, &etag(row));
    }
    header("if-modified-since")
        .and_then(clock::read_http_date)
        .is_some_and(|since| modified(row) <= since)
}

/// Refuses a change of a row that has changed since the client saw it: 412.
pub(super) fn may_change(visit: &Visit<'_>, object: &Object, row: &Record) -> Result<(), Refusal> {
    let header = |name| visit.request.header(name);
    let stale = Refusal::new(
        412,
        "PRECONDITION_FAILED",
        "The record has changed since it was read",
    );
    if has_etags(object)
        && let Some(tags) = header("if-match")
        && !lists(tags, &etag(row))
    {
        return Err(stale);
    }
    let Some(since) = header("if-unmodified-since") else {
        return Ok(());
    };
    let since = clock::read_http_date(since).ok_or_else(|| {
        Refusal::new(
            400,
            "INVALID_HEADER",
            "If-Unmodified-Since is not an HTTP date",
        )
    })?;
    if modified(row) > since {
        Err(stale)
    } else {
        Ok(())
    }
}

/// Tells the client what to send the next time.
pub(super) fn validators(response: Response, object: &Object, row: &Record) -> Response {
    let response = answer::with_header(response, "last-modified", &clock::http_date(modified(row)));
    if has_etags(object) {
        return answer::with_header(response, "etag", &etag(row));
    }
    response
}

fn has_etags(object: &Object) -> bool {
    object.name == "Account"
}

fn lists(tags: &str, tag: &str) -> bool {
    tags.split(',')
        .map(str::trim)
        .any(|t| t == "*" || t.trim_start_matches("W/") == tag)
}

fn etag(row: &Record) -> String {
    let stamp = text(row, "SystemModstamp").unwrap_or_default();
    format!("\"{stamp}\"")
}

/// HTTP dates have whole seconds.
fn modified(row: &Record) -> Timestamp {
    let at = text(row, "LastModifiedDate")
        .and_then(clock::read_datetime)
        .unwrap_or_default();
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
