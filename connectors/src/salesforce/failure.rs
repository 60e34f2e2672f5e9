//! From an answer of the org to a failure of the conversation, by code and status and never by the text of a message.
//! The one exception is the contract's: a session message that says refreshing will not help.

use serde_json::Value;
use turnwise_engine::effect::{Failure, FailureKind};

use super::client::Answer;
use super::shape::record;
use super::spec::CODES;

/// Why an operation stopped.
pub(super) enum Stop {
    /// The token is not taken any more.
    Session,
    /// The call failed.
    Failed(Failure),
    /// Nothing ran; the same request may be made again at once.
    Busy(Failure),
}

/// Why this answer, whose status is no success, stops the operation.
pub(super) fn judge(answer: &Answer, writes: bool, instance: &str) -> Stop {
    let first = answer.body.get(0).unwrap_or(&Value::Null);
    let code = first["errorCode"].as_str().unwrap_or("");
    let message = first["message"].as_str().unwrap_or("");
    if answer.status == 401 && code == "INVALID_SESSION_ID" {
        // Refreshing does not mend these two and would loop for ever (contract 2.3).
        let hopeless = message.starts_with("This session is not valid")
            || message.starts_with("Connected app is not attached");
        if !hopeless {
            return Stop::Session;
        }
    }
    let concurrent = code == "REQUEST_LIMIT_EXCEEDED" && message.starts_with("Concurrent");
    let kind = if concurrent {
        FailureKind::Unavailable
    } else {
        kind_of(code, answer.status, writes)
    };
    let mut failure = Failure {
        kind,
        code: code.to_owned(),
        message: message.to_owned(),
        fields: Vec::new(),
        records: Vec::new(),
        overridable: false,
    };
    for error in answer.body.as_array().into_iter().flatten() {
        let named = error["fields"].as_array().into_iter().flatten();
        failure
            .fields
            .extend(named.filter_map(Value::as_str).map(str::to_owned));
    }
    if kind == FailureKind::Duplicate {
        duplicates(first, &mut failure, instance);
    }
    // A value without its field can't be asked again.
    if kind == FailureKind::Invalid && failure.fields.is_empty() {
        failure.kind = FailureKind::Rejected;
    }
    if code == "UNABLE_TO_LOCK_ROW" || concurrent {
        return Stop::Busy(failure);
    }
    Stop::Failed(failure)
}

/// A failure without an answer.
pub(super) fn silence(kind: FailureKind) -> Failure {
    plain(kind, "")
}

/// A failure of our own with a sentence for the log.
pub(super) fn plain(kind: FailureKind, message: &str) -> Failure {
    Failure {
        kind,
        code: String::new(),
        message: message.to_owned(),
        fields: Vec::new(),
        records: Vec::new(),
        overridable: false,
    }
}

fn kind_of(code: &str, status: u16, writes: bool) -> FailureKind {
    // A server error after a write says nothing about whether it was saved.
    if status >= 500 {
        return if writes {
            FailureKind::Unknown
        } else {
            FailureKind::Unavailable
        };
    }
    if let Some((_, kind)) = CODES.iter().find(|(known, _)| *known == code) {
        return *kind;
    }
    match status {
        403 => FailureKind::NoAccess,
        404 | 410 => FailureKind::NotFound,
        409 => FailureKind::Duplicate,
        412 => FailureKind::Changed,
        429 => FailureKind::Limit,
        _ if code.starts_with("INSUFFICIENT_ACCESS") => FailureKind::NoAccess,
        _ if code.starts_with("FIELD_") => FailureKind::Rejected,
        400 | 422 if !code.is_empty() => FailureKind::Rejected,
        _ => FailureKind::Setup,
    }
}

fn duplicates(error: &Value, failure: &mut Failure, instance: &str) {
    let found = error
        .get("duplicateResut")
        .or_else(|| error.get("duplicateResult"));
    let Some(found) = found else { return };
    failure.overridable = found["allowSave"].as_bool().unwrap_or(false);
    for result in found["matchResults"].as_array().into_iter().flatten() {
        for matched in result["matchRecords"].as_array().into_iter().flatten() {
            let row = &matched["record"];
            match row["attributes"]["type"].as_str() {
                Some(object) if row["Id"].is_string() => {
                    failure.records.push(record(object, row, instance));
                }
                // What can't be read can't be shown, so it must not be overridden either.
                _ => failure.overridable = false,
            }
        }
    }
}
