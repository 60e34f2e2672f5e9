//! Faults on demand: what the next calls of a kind answer instead of what they would (interfaces, section 6).
//! Who asks for them is left to `control`, who suffers them to `rest` and `oauth`.

use std::collections::VecDeque;
use std::time::Duration;

use axum::response::Response;
use serde_json::json;

use crate::answer;
use crate::refusal::Refusal;

/// How long a silent call stays silent.
const SILENCE: Duration = Duration::from_secs(30);
/// What the log says of a call whose client got no answer.
pub(crate) const NO_ANSWER: u16 = 504;

/// The kinds of calls that a fault can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    Data,
    Token,
    Authorize,
}

/// Whether a call changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    Read,
    Write,
}

/// What a call answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A data error: code, status, message, the field it names.
    Data(DataError),
    /// An OAuth error: error and description.
    OAuth(&'static str, &'static str),
    /// A create is refused as a duplicate of the newest record.
    Duplicate,
    Status(u16),
    Html,
    Delay(Duration),
    Timeout,
    DropBefore,
    DropAfter,
}

/// A row of the contract's table 2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataError {
    code: &'static str,
    status: u16,
    message: &'static str,
    /// `None`: the error has no `fields`; empty: it names none.
    fields: Option<&'static [&'static str]>,
    /// Only a save gives it, so it waits for one.
    of_save: bool,
}

/// The faults that still wait, in the order in which they were asked for.
#[derive(Default)]
pub(crate) struct Faults {
    waiting: VecDeque<(On, Fault, u32)>,
}

impl Faults {
    pub(crate) fn add(&mut self, on: On, fault: Fault, times: u32) {
        if times > 0 {
            self.waiting.push_back((on, fault, times));
        }
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The fault for a call that has arrived; those that wait for a write let reads pass.
    pub(crate) fn take(&mut self, on: On, does: Does) -> Option<Fault> {
        self.take_first(|kind, fault| {
            let waits = fault.waits_for_write() && does == Does::Read;
            kind == on && fault != Fault::Duplicate && !waits
        })
    }

    /// Whether this create is to be refused as a duplicate.
    pub(crate) fn takes_duplicate(&mut self) -> bool {
        self.take_first(|_, fault| fault == Fault::Duplicate)
            .is_some()
    }

    fn take_first(&mut self, fits: impl Fn(On, Fault) -> bool) -> Option<Fault> {
        let at = self
            .waiting
            .iter()
            .position(|(on, fault, _)| fits(*on, *fault))?;
        let (_, fault, times) = &mut self.waiting[at];
        let fault = *fault;
        *times -= 1;
        if *times == 0 {
            self.waiting.remove(at);
        }
        Some(fault)
    }
}

impl Fault {
    /// Reads the `answer` of `/sandbox/fault`; the error says what would be understood.
    pub(crate) fn read(on: On, answer: &str) -> Result<Fault, String> {
        match answer {
            "html" => return Ok(Fault::Html),
            "timeout" => return Ok(Fault::Timeout),
            "drop_before_commit" => return Ok(Fault::DropBefore),
            "drop_after_commit" => return Ok(Fault::DropAfter),
            "DUPLICATES_DETECTED" if on == On::Data => return Ok(Fault::Duplicate),
            _ => {}
        }
        if let Some(millis) = answer.strip_prefix("delay:") {
            let millis = millis
                .parse()
                .map_err(|_| "`delay:` wants milliseconds, as in delay:250")?;
            return Ok(Fault::Delay(Duration::from_millis(millis)));
        }
        if let Ok(status @ 200..=599) = answer.parse() {
            return Ok(Fault::Status(status));
        }
        let found = match on {
            On::Data => DATA
                .iter()
                .find(|e| e.code == answer)
                .copied()
                .map(Fault::Data),
            On::Token | On::Authorize => OAUTH
                .iter()
                .find(|(error, _)| *error == answer)
                .map(|(error, description)| Fault::OAuth(error, description)),
        };
        found.ok_or_else(|| {
            let known: Vec<&str> = match on {
                On::Data => DATA.iter().map(|e| e.code).collect(),
                _ => OAUTH.iter().map(|(error, _)| *error).collect(),
            };
            format!(
                "`answer` is one of {}, DUPLICATES_DETECTED (data), an HTTP status, html, delay:MS, timeout, drop_before_commit, drop_after_commit",
                known.join(", ")
            )
        })
    }

    fn waits_for_write(self) -> bool {
        match self {
            Fault::DropBefore | Fault::DropAfter => true,
            Fault::Data(error) => error.of_save,
            _ => false,
        }
    }

    /// Waits as long as the fault wants, and gives what is answered instead of what the call would; `None`: it runs.
    pub(crate) async fn answer(self, on: On) -> Option<Response> {
        match self {
            Fault::Data(error) => Some(answer::refused(&error.refusal())),
            Fault::OAuth(error, description) => Some(answer::json(
                400,
                &json!({"error": error, "error_description": description}),
            )),
            Fault::Status(status) => Some(of_status(on, status)),
            Fault::Html => Some(answer::html(
                503,
                "<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>We are down for maintenance.</h1></body></html>",
            )),
            Fault::Delay(time) => {
                tokio::time::sleep(time).await;
                None
            }
            Fault::Timeout => {
                tokio::time::sleep(SILENCE).await;
                Some(answer::dropped())
            }
            Fault::DropBefore => Some(answer::dropped()),
            Fault::DropAfter | Fault::Duplicate => None,
        }
    }

    /// Whether the client is left without an answer, so that the log needs a status of its own.
    pub(crate) fn is_silent(self) -> bool {
        matches!(self, Fault::Timeout | Fault::DropBefore)
    }
}

impl DataError {
    fn refusal(self) -> Refusal {
        let refusal = Refusal::new(self.status, self.code, self.message);
        match self.fields {
            Some(fields) => refusal.on(fields.iter().copied()),
            None => refusal,
        }
    }
}

fn of_status(on: On, status: u16) -> Response {
    if status == 204 || status == 304 {
        return answer::empty(status);
    }
    let body = DATA
        .iter()
        .find(|e| on == On::Data && e.status == status && !e.of_save);
    match body {
        Some(error) => answer::refused(&error.refusal()),
        None => answer::text(status, format!("HTTP {status}")),
    }
}

const fn of_call(code: &'static str, status: u16, message: &'static str) -> DataError {
    DataError {
        code,
        status,
        message,
        fields: None,
        of_save: false,
    }
}

const fn of_save(
    code: &'static str,
    status: u16,
    message: &'static str,
    fields: &'static [&'static str],
) -> DataError {
    DataError {
        code,
        status,
        message,
        fields: Some(fields),
        of_save: true,
    }
}

/// The contract's table 2.3, in words that fit without knowing the call.
const DATA: &[DataError] = &[
    of_call("INVALID_SESSION_ID", 401, "Session expired or invalid"),
    of_call("INVALID_AUTH_HEADER", 401, "INVALID_HEADER_TYPE"),
    of_call(
        "REQUEST_LIMIT_EXCEEDED",
        403,
        "TotalRequests Limit exceeded.",
    ),
    of_call(
        "API_DISABLED_FOR_ORG",
        403,
        "The REST API is not enabled for this Organization.",
    ),
    of_call(
        "API_CURRENTLY_DISABLED",
        403,
        "API is disabled for this User",
    ),
    of_call("NOT_FOUND", 404, "The requested resource does not exist"),
    of_call("METHOD_NOT_ALLOWED", 405, "HTTP Method not allowed."),
    of_call("UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported media type"),
    of_call(
        "SERVER_UNAVAILABLE",
        503,
        "The server is overloaded. Please try again later.",
    ),
    of_call(
        "UNKNOWN_EXCEPTION",
        500,
        "An unexpected error occurred. Please include this ErrorId if you contact support: 0-0 (0)",
    ),
    of_call(
        "INTERNAL_SERVER_ERROR",
        500,
        "An unexpected error occurred. Please include this ErrorId if you contact support: 0-0 (0)",
    ),
    of_call(
        "JSON_PARSER_ERROR",
        400,
        "Unexpected character at [line:1, column:1]",
    ),
    of_call("MALFORMED_QUERY", 400, "unexpected token: 'invalid'"),
    of_call(
        "INVALID_FIELD",
        400,
        "No such column 'Foo__c' on sobject of type Lead",
    ),
    of_call("INVALID_TYPE", 400, "sObject type 'Foo' is not supported."),
    of_call("INVALID_QUERY_LOCATOR", 400, "invalid query locator"),
    of_call(
        "MALFORMED_SEARCH",
        400,
        "No search term found. The search term must be enclosed in braces.",
    ),
    of_call(
        "QUERY_TIMEOUT",
        400,
        "Your query request was running for too long.",
    ),
    DataError {
        of_save: false,
        ..of_save("ENTITY_IS_DELETED", 404, "entity is deleted", &[])
    },
    of_save(
        "REQUIRED_FIELD_MISSING",
        400,
        "Required fields are missing: [LastName]",
        &["LastName"],
    ),
    of_save(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        400,
        "Unable to create/update fields: Rating. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
        &["Rating"],
    ),
    of_save(
        "INVALID_EMAIL_ADDRESS",
        400,
        "Email: invalid email address: not an email",
        &["Email"],
    ),
    of_save(
        "STRING_TOO_LONG",
        400,
        "Last Name: data value too large: x (max length=80)",
        &["LastName"],
    ),
    of_save(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        400,
        "Rating: bad value for restricted picklist field: Lukewarm",
        &["Rating"],
    ),
    of_save(
        "DUPLICATE_VALUE",
        400,
        "duplicate value found: External_Id__c duplicates value on record with id: 00Q000000000001",
        &[],
    ),
    of_save(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        400,
        "This record can't be saved as it is.",
        &[],
    ),
    of_save(
        "FIELD_INTEGRITY_EXCEPTION",
        400,
        "There's a problem with this record, even though it may appear correct.",
        &[],
    ),
    of_save(
        "INVALID_CROSS_REFERENCE_KEY",
        400,
        "invalid cross reference id",
        &[],
    ),
    of_save(
        "MALFORMED_ID",
        400,
        "Account ID: id value of incorrect type: 006",
        &["AccountId"],
    ),
    of_save(
        "INSUFFICIENT_ACCESS_OR_READONLY",
        403,
        "insufficient access rights on object id",
        &[],
    ),
    of_save(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        403,
        "insufficient access rights on cross-reference id",
        &[],
    ),
    of_save(
        "CANNOT_UPDATE_CONVERTED_LEAD",
        400,
        "cannot reference converted lead",
        &[],
    ),
    of_save(
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        400,
        "CheckLead: execution of BeforeInsert caused by: a trigger of this org refused the record",
        &[],
    ),
    of_save(
        "DELETE_FAILED",
        400,
        "Your attempt to delete this record could not be completed because it is associated with other records.",
        &[],
    ),
    of_save(
        "ENTITY_IS_LOCKED",
        400,
        "This record is locked by an approval.",
        &[],
    ),
    of_save(
        "UNABLE_TO_LOCK_ROW",
        400,
        "unable to obtain exclusive access to this record or 1 records: 001000000000001AAA",
        &[],
    ),
    of_save("STORAGE_LIMIT_EXCEEDED", 403, "storage limit exceeded", &[]),
];

/// The contract's tables 1.2 and 1.3.
const OAUTH: &[(&str, &str)] = &[
    ("access_denied", "end-user denied authorization"),
    ("invalid_request", "missing required code challenge"),
    (
        "invalid_scope",
        "requested scope is invalid, unknown, or malformed",
    ),
    ("unsupported_response_type", "response type not supported"),
    ("OAUTH_APP_BLOCKED", "this app is blocked by admin"),
    (
        "OAUTH_APPROVAL_ERROR_GENERIC",
        "An unexpected error has occured during authentication. Please try again.",
    ),
    (
        "invalid_app_access",
        "user is not admin approved to access this app",
    ),
    ("inactive_user", "user is inactive"),
    (
        "inactive_org",
        "organization is locked, closed, or suspended",
    ),
    ("rate_limit_exceeded", "login rate exceeded"),
    ("immediate_unsuccessful", "immediate unsuccessful"),
    ("invalid_grant", "expired access/refresh token"),
    (
        "redirect_uri_mismatch",
        "redirect_uri must match configuration",
    ),
    ("invalid_client_id", "client identifier invalid"),
    ("invalid_client", "invalid client credentials"),
    ("unsupported_grant_type", "grant type not supported"),
    ("server_error", "retry your request"),
    ("unknown_error", "retry your request"),
];
