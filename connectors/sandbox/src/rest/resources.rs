//! What the API tells about itself: versions, resources, limits.
//! What the objects look like is left to `schema/describe.rs`.

use axum::response::Response;
use serde_json::{Value, json};

use super::{DAILY_CALLS, Visit};
use crate::answer;
use crate::org::State;

const OLDEST: u32 = 31;
const NEWEST: u32 = 68;

/// Every version, oldest first; no token is needed for it.
pub(super) fn versions() -> Value {
    let all = (OLDEST..=NEWEST).map(|version| {
        // Three a year: v65.0 is Winter '26.
        let since = i64::from(version) - 65;
        let season = ["Winter", "Spring", "Summer"][since.rem_euclid(3) as usize];
        let year = 26 + since.div_euclid(3);
        json!({
            "label": format!("{season} '{year}"),
            "url": format!("/services/data/v{version}.0"),
            "version": format!("{version}.0"),
        })
    });
    Value::Array(all.collect())
}

/// Whether a part of a path is a version that the org speaks.
pub(super) fn is_version(text: &str) -> bool {
    (OLDEST..=NEWEST).contains(&number(text))
}

/// 62 for `v62.0`; 0 for what is no version.
pub(super) fn number(text: &str) -> u32 {
    text.strip_prefix('v')
        .and_then(|text| text.strip_suffix(".0"))
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// The resources of a version.
pub(super) fn list(state: &State, visit: &Visit<'_>) -> Response {
    let base = format!("/services/data/{}", visit.version);
    let mut map = serde_json::Map::new();
    for name in [
        "composite",
        "limits",
        "parameterizedSearch",
        "query",
        "queryAll",
        "recent",
        "search",
        "sobjects",
    ] {
        map.insert(name.into(), json!(format!("{base}/{name}")));
    }
    let identity = format!("{}/id/{}/{}", visit.request.base, state.org_id, visit.user);
    map.insert("identity".into(), json!(identity));
    answer::json(200, &Value::Object(map))
}

/// What may be used and what is left of it.
pub(super) fn limits(state: &State) -> Response {
    let left = DAILY_CALLS.saturating_sub(state.api_calls);
    answer::json(
        200,
        &json!({
            "ConcurrentAsyncGetReportInstances": {"Max": 200, "Remaining": 200},
            "DailyApiRequests": {"Max": DAILY_CALLS, "Remaining": left},
            "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
            "DataStorageMB": {"Max": 5, "Remaining": 5},
            "FileStorageMB": {"Max": 20, "Remaining": 20},
            "SingleEmail": {"Max": 15, "Remaining": 15},
        }),
    )
}
