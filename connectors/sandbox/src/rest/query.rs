//! Queries and their pages.
//! The statement itself is left to `soql`.

use std::collections::VecDeque;

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{Visit, arrived};
use crate::answer;
use crate::calls::Call;
use crate::org::State;
use crate::refusal::Refusal;
use crate::soql;

/// Results that are still open; the oldest makes room for the newest.
const MOST_OPEN: usize = 50;

/// Results with pages still to be read.
#[derive(Default)]
pub(crate) struct Cursors {
    open: VecDeque<Cursor>,
}

struct Cursor {
    /// 18 characters, beginning with `01g`.
    locator: String,
    user: String,
    op: &'static str,
    object: String,
    rows: Vec<Value>,
    ids: Vec<String>,
    size: usize,
}

impl Cursors {
    /// What the log says of a locator's result: operation and object.
    pub(super) fn peek(&self, locator: &str) -> Option<(&'static str, &str)> {
        let (locator, _) = locator.rsplit_once('-')?;
        self.open
            .iter()
            .find(|c| c.locator == locator)
            .map(|c| (c.op, c.object.as_str()))
    }

    pub(crate) fn clear(&mut self) {
        self.open.clear();
    }

    fn add(&mut self, cursor: Cursor) -> &Cursor {
        if self.open.len() == MOST_OPEN {
            self.open.pop_front();
        }
        self.open.push_back(cursor);
        &self.open[self.open.len() - 1]
    }
}

/// `GET query?q=` and `GET queryAll?q=`.
pub(super) fn first(
    state: &mut State,
    visit: &Visit<'_>,
    rows: soql::Rows,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let text = visit
        .request
        .query("q")
        .filter(|q| !q.trim().is_empty())
        .ok_or_else(|| {
            Refusal::new(
                400,
                "MALFORMED_QUERY",
                "A query string has to be specified in the parameter q",
            )
        })?;
    let query = soql::parse(text)?;
    let found = soql::run(state, &query, text, visit.version, rows)?;
    let object = state
        .schema
        .object(&query.object.text)
        .map_or("", |o| o.name)
        .to_owned();
    let size = batch_size(visit);
    if let Some(call) = calls.first_mut() {
        call.total = Some(found.total);
    }
    if found.rows.len() <= size {
        note_ids(calls, &found.ids);
        return Ok(answer::json(
            200,
            &json!({"totalSize": found.total, "done": true, "records": found.rows}),
        ));
    }
    let locator = state.next_id("01g");
    let cursor = state.cursors.add(Cursor {
        locator,
        user: visit.user.clone(),
        op: arrived::op_of(&query),
        object,
        rows: found.rows,
        ids: found.ids,
        size,
    });
    Ok(page(visit, cursor, 0, calls))
}

/// `GET query/<locator>-<offset>`.
pub(super) fn more(
    state: &State,
    visit: &Visit<'_>,
    locator: &str,
    calls: &mut [Call],
) -> Result<Response, Refusal> {
    let lost = || Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let (locator, offset) = locator.rsplit_once('-').ok_or_else(lost)?;
    let offset: usize = offset.parse().map_err(|_| lost())?;
    let cursor = state
        .cursors
        .open
        .iter()
        .find(|c| c.locator == locator && c.user == visit.user && offset < c.rows.len())
        .ok_or_else(lost)?;
    if let Some(call) = calls.first_mut() {
        call.total = Some(cursor.rows.len() as u64);
    }
    Ok(page(visit, cursor, offset, calls))
}

fn page(visit: &Visit<'_>, cursor: &Cursor, offset: usize, calls: &mut [Call]) -> Response {
    let end = (offset + cursor.size).min(cursor.rows.len());
    note_ids(calls, &cursor.ids[offset..end]);
    let done = end == cursor.rows.len();
    let mut map = Map::new();
    map.insert("totalSize".into(), json!(cursor.rows.len()));
    map.insert("done".into(), json!(done));
    if !done {
        let next = format!(
            "/services/data/{}/query/{}-{end}",
            visit.version, cursor.locator
        );
        map.insert("nextRecordsUrl".into(), json!(next));
    }
    map.insert("records".into(), json!(cursor.rows[offset..end]));
    answer::json(200, &Value::Object(map))
}

/// `Sforce-Query-Options: batchSize=N`, 200 to 2000; what is outside is brought inside.
fn batch_size(visit: &Visit<'_>) -> usize {
    visit
        .request
        .header("sforce-query-options")
        .into_iter()
        .flat_map(|header| header.split([',', ';']))
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case("batchSize"))
        .and_then(|(_, size)| size.trim().parse().ok())
        .unwrap_or(2_000)
        .clamp(200, 2_000)
}

fn note_ids(calls: &mut [Call], ids: &[String]) {
    if let Some(call) = calls.first_mut() {
        call.ids = Some(ids.to_vec());
    }
}
