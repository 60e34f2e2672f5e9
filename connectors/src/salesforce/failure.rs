//! From an answer of the org to a failure of the conversation, by code and status and never by the text of a message.
//! The one exception is the contract's: a session message that says refreshing will not help.

use serde_json::Value;
use turnwise_engine::effect::{Failure, FailureKind};

use super::client::Answer;
use super::id::{is_id, is_name};
use super::shape::record;
use super::spec::CODES;

/// Why an operation stopped.
pub(super) enum Stop {
    /// The token is not taken any more.
    Session {
        /// Whether an earlier try of the same write may have been done.
        unsure: bool,
    },
    /// The call failed.
    Failed(Box<Failure>),
    /// Nothing ran; the same request may be made again at once.
    Busy(Box<Failure>),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(Box::new(failure))
    }
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
            return Stop::Session { unsure: false };
        }
    }
    let concurrent = code == "REQUEST_LIMIT_EXCEEDED" && message.starts_with("Concurrent");
    let kind = if concurrent {
        FailureKind::Unavailable
    } else {
        kind_of(code, answer.status, writes)
    };
    let mut failure = Failure {
        code: code.to_owned(),
        ..Failure::because(kind, message)
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
    // Which column there is none of stands in the message alone, in marks whatever its language.
    if kind == FailureKind::Setup && failure.fields.is_empty() && code.starts_with("INVALID_") {
        let marked = message.split('\'').skip(1).step_by(2);
        let named = marked.filter(|name| is_name(name)).take(1);
        failure.fields = named.map(str::to_owned).collect();
    }
    // A value without its field can't be asked again.
    if kind == FailureKind::Invalid && failure.fields.is_empty() {
        failure.kind = FailureKind::Rejected;
    }
    let soon = answer.status == 429 && answer.wait.is_some();
    if code == "UNABLE_TO_LOCK_ROW" || concurrent || soon {
        return Stop::Busy(Box::new(failure));
    }
    failure.into()
}

fn kind_of(code: &str, status: u16, writes: bool) -> FailureKind {
    // A server error after a write says nothing about whether it was saved, nor does a page in place of an answer.
    if !(300..500).contains(&status) {
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

/// The records of a duplicate. What can't be read can't be shown, so it must not be overridden either (contract 2.3).
fn duplicates(error: &Value, failure: &mut Failure, instance: &str) {
    let found = error
        .get("duplicateResut")
        .or_else(|| error.get("duplicateResult"));
    let Some(found) = found else { return };
    let read = || {
        let mut records = Vec::new();
        for result in found["matchResults"].as_array()? {
            for matched in result["matchRecords"].as_array()? {
                let row = &matched["record"];
                let object = row["attributes"]["type"].as_str()?;
                if !is_name(object) || !is_id(row["Id"].as_str()?) {
                    return None;
                }
                records.push(record(object, row, instance));
            }
        }
        Some(records)
    };
    if let Some(records) = read() {
        failure.records = records;
        failure.overridable = found["allowSave"].as_bool().unwrap_or(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FailureKind::{
        Changed, Duplicate, Invalid, Limit, Missing, NoAccess, NotFound, ReadOnly, Rejected, Setup,
        Unavailable, Unknown,
    };
    use serde_json::json;

    fn answer(status: u16, body: Value) -> Answer {
        Answer {
            status,
            body,
            wait: None,
            date: None,
        }
    }

    /// Status, code, fields, the kind when reading, the kind when writing.
    type Row = (
        u16,
        &'static str,
        &'static [&'static str],
        FailureKind,
        FailureKind,
    );

    const fn both(
        status: u16,
        code: &'static str,
        fields: &'static [&'static str],
        kind: FailureKind,
    ) -> Row {
        (status, code, fields, kind, kind)
    }

    /// The table of contract 2.3, in its order, and the codes that stand elsewhere in the contract.
    const TABLE: &[Row] = &[
        both(401, "INVALID_AUTH_HEADER", &[], Setup),
        both(
            400,
            "REQUIRED_FIELD_MISSING",
            &["LastName", "Company"],
            Missing,
        ),
        both(400, "INVALID_FIELD", &[], Setup),
        both(
            400,
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            &["CreatedDate"],
            Setup,
        ),
        both(400, "INVALID_EMAIL_ADDRESS", &["Email"], Invalid),
        both(400, "INVALID_EMAIL_ADDRESS", &[], Rejected),
        both(400, "STRING_TOO_LONG", &["LastName"], Invalid),
        both(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            &["Rating"],
            Invalid,
        ),
        both(400, "NUMBER_OUTSIDE_VALID_RANGE", &["Amount"], Invalid),
        both(400, "DUPLICATES_DETECTED", &[], Duplicate),
        both(400, "DUPLICATE_VALUE", &[], Duplicate),
        both(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", &[], Rejected),
        both(
            400,
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            &["Phone"],
            Rejected,
        ),
        both(400, "FIELD_INTEGRITY_EXCEPTION", &[], Rejected),
        both(400, "INVALID_CROSS_REFERENCE_KEY", &[], Rejected),
        both(400, "JSON_PARSER_ERROR", &[], Rejected),
        both(400, "MALFORMED_ID", &[], Setup),
        both(404, "NOT_FOUND", &[], NotFound),
        both(404, "ENTITY_IS_DELETED", &[], NotFound),
        both(400, "MALFORMED_QUERY", &[], Setup),
        both(400, "INVALID_TYPE", &[], Setup),
        both(400, "INVALID_QUERY_LOCATOR", &[], Unavailable),
        both(400, "MALFORMED_SEARCH", &[], Rejected),
        both(400, "QUERY_TIMEOUT", &[], Unavailable),
        both(403, "INSUFFICIENT_ACCESS_OR_READONLY", &[], NoAccess),
        both(400, "INSUFFICIENT_ACCESS_OR_READONLY", &[], NoAccess),
        both(
            400,
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            &[],
            NoAccess,
        ),
        both(
            403,
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            &[],
            NoAccess,
        ),
        both(400, "CANNOT_UPDATE_CONVERTED_LEAD", &[], ReadOnly),
        both(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", &[], Rejected),
        both(400, "DELETE_FAILED", &[], Rejected),
        both(400, "ENTITY_IS_LOCKED", &[], ReadOnly),
        both(400, "UNABLE_TO_LOCK_ROW", &[], Unavailable),
        both(403, "REQUEST_LIMIT_EXCEEDED", &[], Limit),
        (503, "SERVER_UNAVAILABLE", &[], Unavailable, Unknown),
        (500, "UNKNOWN_EXCEPTION", &[], Unavailable, Unknown),
        (500, "INTERNAL_SERVER_ERROR", &[], Unavailable, Unknown),
        both(403, "API_DISABLED_FOR_ORG", &[], Setup),
        both(403, "API_CURRENTLY_DISABLED", &[], Setup),
        both(400, "STORAGE_LIMIT_EXCEEDED", &[], Limit),
        both(403, "STORAGE_LIMIT_EXCEEDED", &[], Limit),
        both(405, "METHOD_NOT_ALLOWED", &[], Setup),
        both(415, "UNSUPPORTED_MEDIA_TYPE", &[], Setup),
        both(412, "PRECONDITION_FAILED", &[], Changed),
        both(400, "INVALID_HEADER", &[], Setup),
        both(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", &[], Rejected),
    ];

    #[test]
    fn each_code_of_the_contract_is_a_kind_of_failure() {
        for (status, code, fields, reading, writing) in TABLE {
            for (writes, wanted) in [(false, reading), (true, writing)] {
                let body = json!([{ "errorCode": code, "message": "…", "fields": fields }]);
                match judge(&answer(*status, body), writes, "https://org.example") {
                    Stop::Failed(failure) | Stop::Busy(failure) => {
                        assert_eq!(failure.kind, *wanted, "{status} {code}");
                        assert_eq!(failure.fields, *fields, "{code}");
                    }
                    Stop::Session { .. } => panic!("{code} is no end of a session"),
                }
            }
        }
    }

    #[test]
    fn what_the_edge_answers_without_json_is_a_kind_too() {
        for (status, reading, writing) in [
            (200, Unavailable, Unknown),
            (302, Setup, Setup),
            (404, NotFound, NotFound),
            (409, Duplicate, Duplicate),
            (410, NotFound, NotFound),
            (414, Setup, Setup),
            (420, Setup, Setup),
            (429, Limit, Limit),
            (431, Setup, Setup),
            (502, Unavailable, Unknown),
            (504, Unavailable, Unknown),
        ] {
            for (writes, wanted) in [(false, reading), (true, writing)] {
                let stop = judge(&answer(status, Value::Null), writes, "https://org.example");
                let Stop::Failed(failure) = stop else {
                    panic!("{status}");
                };
                assert_eq!(failure.kind, wanted, "{status}");
            }
        }
    }

    #[test]
    fn a_session_ends_where_a_refresh_can_mend_it() {
        for (message, ends) in [
            ("Session expired or invalid", true),
            ("Sitzung abgelaufen", true),
            ("This session is not valid for use with the REST API", false),
            ("Connected app is not attached to Agent", false),
        ] {
            let body = json!([{ "errorCode": "INVALID_SESSION_ID", "message": message }]);
            let stop = judge(&answer(401, body), true, "https://org.example");
            assert_eq!(matches!(stop, Stop::Session { .. }), ends, "{message}");
        }
    }
}
