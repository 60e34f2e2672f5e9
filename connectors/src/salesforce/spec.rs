//! What the Salesforce connector declares: operations, inputs, and which of its codes is which kind of failure.
//! It is data for `check`, completion and the reference; performing is left to `operation`.

use turnwise_engine::connector::{ConnectorSpec, InputKind, InputSpec, OperationSpec, ResultSpec};
use turnwise_engine::effect::{Does, FailureKind as K};

use crate::spec::input;

/// The declaration (docs/template-reference.md, "Operations").
pub fn spec() -> ConnectorSpec {
    ConnectorSpec {
        id: "salesforce",
        name: "Salesforce",
        operations: OPERATIONS,
        codes: CODES,
    }
}

const OBJECT: InputSpec = input("object", false, InputKind::Object);
const FIELDS: InputSpec = input("fields", false, InputKind::Fields);
const NAMES: InputSpec = input("fields", false, InputKind::Names);
const RECORD: InputSpec = input("record", true, InputKind::Record);
const WHERE: InputSpec = input("where", false, InputKind::Json);

static OPERATIONS: &[OperationSpec] = &[
    OperationSpec {
        name: "create",
        does: Does::Create,
        inputs: &[
            OBJECT,
            FIELDS,
            input("allow_duplicates", false, InputKind::Boolean),
        ],
        result: ResultSpec::Record,
    },
    OperationSpec {
        name: "update",
        does: Does::Update,
        inputs: &[RECORD, FIELDS],
        result: ResultSpec::Record,
    },
    OperationSpec {
        name: "delete",
        does: Does::Delete,
        inputs: &[RECORD],
        result: ResultSpec::Record,
    },
    OperationSpec {
        name: "get",
        does: Does::Read,
        inputs: &[RECORD, NAMES],
        result: ResultSpec::Record,
    },
    OperationSpec {
        name: "find",
        does: Does::Read,
        inputs: &[
            OBJECT,
            input("query", false, InputKind::Text),
            WHERE,
            input("order", false, InputKind::Text),
            input("page", false, InputKind::Number),
            input("offset", false, InputKind::Number),
            NAMES,
        ],
        result: ResultSpec::List,
    },
    OperationSpec {
        name: "lookup",
        does: Does::Read,
        inputs: &[OBJECT, input("text", true, InputKind::Text), WHERE, NAMES],
        result: ResultSpec::List,
    },
];

/// Vendor code to kind; what stands in none of these rows is judged by its HTTP status.
pub(super) static CODES: &[(&str, K)] = &[
    ("REQUIRED_FIELD_MISSING", K::Missing),
    ("INVALID_EMAIL_ADDRESS", K::Invalid),
    ("STRING_TOO_LONG", K::Invalid),
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", K::Invalid),
    ("NUMBER_OUTSIDE_VALID_RANGE", K::Invalid),
    ("JSON_PARSER_ERROR", K::Invalid),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", K::Rejected),
    ("FIELD_INTEGRITY_EXCEPTION", K::Rejected),
    ("INVALID_CROSS_REFERENCE_KEY", K::Rejected),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", K::Rejected),
    ("DELETE_FAILED", K::Rejected),
    ("MALFORMED_SEARCH", K::Rejected),
    ("DUPLICATES_DETECTED", K::Duplicate),
    ("DUPLICATE_VALUE", K::Duplicate),
    ("CANNOT_UPDATE_CONVERTED_LEAD", K::ReadOnly),
    ("ENTITY_IS_LOCKED", K::ReadOnly),
    ("NOT_FOUND", K::NotFound),
    ("ENTITY_IS_DELETED", K::NotFound),
    ("INSUFFICIENT_ACCESS_OR_READONLY", K::NoAccess),
    ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", K::NoAccess),
    ("INSUFFICIENT_ACCESS", K::NoAccess),
    ("REQUEST_LIMIT_EXCEEDED", K::Limit),
    ("STORAGE_LIMIT_EXCEEDED", K::Limit),
    ("UNABLE_TO_LOCK_ROW", K::Unavailable),
    ("QUERY_TIMEOUT", K::Unavailable),
    ("INVALID_QUERY_LOCATOR", K::Unavailable),
    ("SERVER_UNAVAILABLE", K::Unavailable),
    ("INVALID_FIELD", K::Setup),
    ("INVALID_FIELD_FOR_INSERT_UPDATE", K::Setup),
    ("INVALID_TYPE", K::Setup),
    ("MALFORMED_ID", K::Setup),
    ("MALFORMED_QUERY", K::Setup),
    ("INVALID_HEADER", K::Setup),
    ("METHOD_NOT_ALLOWED", K::Setup),
    ("UNSUPPORTED_MEDIA_TYPE", K::Setup),
    ("API_DISABLED_FOR_ORG", K::Setup),
    ("API_CURRENTLY_DISABLED", K::Setup),
];
