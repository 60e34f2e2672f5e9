//! A refusal of the data API: status, error code, message, fields.
//! OAuth's errors have another shape and are left to `oauth`.

use serde_json::{Map, Value, json};

/// One error; on the wire an array of one, or a part of a collection's result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) fields: Option<Vec<String>>,
    /// What a duplicate rule found, where it is one that refuses.
    pub(crate) duplicates: Option<Box<Value>>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            code,
            message: message.into(),
            fields: None,
            duplicates: None,
        }
    }

    /// The same, naming fields; none is an empty list, as the real org writes it for whole records.
    pub(crate) fn on<I: IntoIterator<Item = S>, S: Into<String>>(mut self, fields: I) -> Refusal {
        self.fields = Some(fields.into_iter().map(Into::into).collect());
        self
    }

    /// A save refused because of its record, not of one field.
    pub(crate) fn of_record(
        status: u16,
        code: &'static str,
        message: impl Into<String>,
    ) -> Refusal {
        Refusal::new(status, code, message).on(Vec::<String>::new())
    }

    pub(crate) fn not_found() -> Refusal {
        Refusal::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    pub(crate) fn deleted() -> Refusal {
        Refusal::of_record(404, "ENTITY_IS_DELETED", "entity is deleted")
    }

    pub(crate) fn no_rights() -> Refusal {
        Refusal::of_record(
            403,
            "INSUFFICIENT_ACCESS_OR_READONLY",
            "insufficient access rights on object id",
        )
    }

    pub(crate) fn json(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "JSON_PARSER_ERROR", message)
    }

    /// The body of an answer: an array of this one error.
    pub(crate) fn body(&self) -> Value {
        let mut error = Map::new();
        if let Some(duplicates) = &self.duplicates {
            error.insert("duplicateResut".into(), (**duplicates).clone());
        }
        error.insert("message".into(), json!(self.message));
        error.insert("errorCode".into(), json!(self.code));
        if let Some(fields) = &self.fields {
            error.insert("fields".into(), json!(fields));
        }
        json!([error])
    }

    /// The result of one record of a collection, which spells both the code and the duplicates in another way.
    pub(crate) fn result(&self) -> Value {
        let mut error = Map::new();
        if let Some(duplicates) = &self.duplicates {
            error.insert("duplicateResult".into(), (**duplicates).clone());
        }
        error.insert("statusCode".into(), json!(self.code));
        error.insert("message".into(), json!(self.message));
        error.insert(
            "fields".into(),
            json!(self.fields.clone().unwrap_or_default()),
        );
        json!({"success": false, "errors": [error]})
    }
}
