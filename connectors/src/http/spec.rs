//! What the connector for services declares: five methods, what each takes, and which status is which kind of failure.
//! It is data for `check`, completion and the reference; performing is left to `http`.

use turnwise_engine::connector::{ConnectorSpec, InputKind, InputSpec, OperationSpec, ResultSpec};
use turnwise_engine::effect::{Does, FailureKind as K};

use crate::spec::input;

/// The declaration (docs/template-reference.md, "Operations").
pub fn spec() -> ConnectorSpec {
    ConnectorSpec {
        id: "http",
        name: "HTTP service",
        operations: OPERATIONS,
        codes: CODES,
    }
}

const PATH: InputSpec = input("path", true, InputKind::Path);
const QUERY: InputSpec = input("query", false, InputKind::Json);
const HEADERS: InputSpec = input("headers", false, InputKind::Json);
const TAKE: InputSpec = input("take", false, InputKind::Take);
const EFFECT: InputSpec = input("effect", false, InputKind::Effect);

static ASKS: &[InputSpec] = &[PATH, QUERY, HEADERS, TAKE, EFFECT];
static SENDS: &[InputSpec] = &[
    PATH,
    QUERY,
    HEADERS,
    input("json", false, InputKind::Json),
    input("form", false, InputKind::Json),
    TAKE,
    EFFECT,
];

const fn operation(name: &'static str, does: Does, inputs: &'static [InputSpec]) -> OperationSpec {
    OperationSpec {
        name,
        does,
        inputs,
        result: ResultSpec::Taken,
    }
}

static OPERATIONS: &[OperationSpec] = &[
    operation("get", Does::Read, ASKS),
    operation("post", Does::Create, SENDS),
    operation("put", Does::Update, SENDS),
    operation("patch", Does::Update, SENDS),
    operation("delete", Does::Delete, ASKS),
];

/// The statuses that a template may name under `on_error`, and their kinds; the others are judged by their hundred.
static CODES: &[(&str, K)] = &[
    ("400", K::Rejected),
    ("401", K::Setup),
    ("402", K::Rejected),
    ("403", K::NoAccess),
    ("404", K::NotFound),
    ("405", K::Setup),
    ("406", K::Setup),
    ("408", K::Unavailable),
    ("409", K::Duplicate),
    ("410", K::NotFound),
    ("412", K::Changed),
    ("413", K::Rejected),
    ("415", K::Setup),
    ("422", K::Rejected),
    ("423", K::ReadOnly),
    ("425", K::Unavailable),
    ("428", K::Setup),
    ("429", K::Limit),
    ("500", K::Unavailable),
    ("502", K::Unavailable),
    ("503", K::Unavailable),
    ("504", K::Unavailable),
];

/// The kind of failure of a status; `None` for success. A server's own failure says nothing about whether a write was done.
pub(super) fn kind(status: u16, writes: bool) -> Option<K> {
    match status {
        200..=299 => None,
        500.. if writes => Some(K::Unknown),
        500.. => Some(K::Unavailable),
        _ => {
            let code = status.to_string();
            let known = CODES.iter().find(|(known, _)| *known == code);
            Some(known.map_or(K::Setup, |(_, kind)| *kind))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_of_the_reference_is_its_kind() {
        for (status, reading, writing) in [
            (200, None, None),
            (204, None, None),
            (302, Some(K::Setup), Some(K::Setup)),
            (400, Some(K::Rejected), Some(K::Rejected)),
            (403, Some(K::NoAccess), Some(K::NoAccess)),
            (404, Some(K::NotFound), Some(K::NotFound)),
            (409, Some(K::Duplicate), Some(K::Duplicate)),
            (410, Some(K::NotFound), Some(K::NotFound)),
            (412, Some(K::Changed), Some(K::Changed)),
            (418, Some(K::Setup), Some(K::Setup)),
            (422, Some(K::Rejected), Some(K::Rejected)),
            (429, Some(K::Limit), Some(K::Limit)),
            (500, Some(K::Unavailable), Some(K::Unknown)),
            (503, Some(K::Unavailable), Some(K::Unknown)),
            (599, Some(K::Unavailable), Some(K::Unknown)),
        ] {
            assert_eq!(
                (kind(status, false), kind(status, true)),
                (reading, writing),
                "{status}"
            );
        }
    }
}
