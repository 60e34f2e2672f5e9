//! Records and what saving one means: checks, defaults, rules, stamps; reading and deleting them.
//! The shapes of requests and answers are left to `rest`, single values to `record/check.rs`.

mod check;
mod derive;
mod duplicate;
pub(crate) mod render;

pub(crate) use check::loosely;
pub(crate) use derive::derive;

use serde_json::{Map, Value, json};

use crate::clock;
use crate::id;
use crate::oauth::Rights;
use crate::org::State;
use crate::refusal::Refusal;
use crate::schema::{CONVERTED_STATUS, Kind, Object};
use check::Change;

/// Field values by canonical name; a field that is absent is empty.
pub(crate) type Record = Map<String, Value>;

/// Who saves, and how.
pub(crate) struct Saving<'a> {
    /// The user's id.
    pub(crate) user: &'a str,
    pub(crate) rights: Rights,
    /// The version in the path, such as `v62.0`.
    pub(crate) version: &'a str,
    /// The body as sent, to point into it.
    pub(crate) raw: &'a str,
    /// Save although a duplicate rule that allows it objects.
    pub(crate) allow_duplicates: bool,
    /// Show the duplicates whole, not their ids alone.
    pub(crate) show_duplicates: bool,
}

/// A rule of the org's administrator: each save that sets the field is refused with the message.
pub(crate) struct ValidationRule {
    pub(crate) object: String,
    pub(crate) field: String,
    pub(crate) message: String,
}

/// Whether records with the same last name and e-mail are refused, and for good or only at first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DuplicateRule {
    Off,
    Allow,
    Block,
}

/// Saves a new record and gives its id.
pub(crate) fn create(
    state: &mut State,
    saving: &Saving<'_>,
    object: &Object,
    body: &Record,
) -> Result<String, Refusal> {
    may(object.writable && saving.rights.create)?;
    let mut record = check::body(state, object, body, Change::Create, saving.raw)?;
    let touched: Vec<String> = record.keys().cloned().collect();
    set_defaults(object, &mut record, saving.user);
    require(object, &record, |field| field.is_required())?;
    rules(state, saving, object, &record, &touched, None)?;
    derive(object.name, &mut record, &touched);
    let id = state.next_id(object.prefix);
    stamp(state, object, &mut record, &id, saving.user);
    state.table_mut(object.name).insert(id.clone(), record);
    Ok(id)
}

/// Changes the fields of a record that the body names.
pub(crate) fn update(
    state: &mut State,
    saving: &Saving<'_>,
    object: &Object,
    id: &str,
    body: &Record,
) -> Result<(), Refusal> {
    let old = find(state, object, id)?;
    may(object.writable && saving.rights.update)?;
    if old.get("IsConverted") == Some(&Value::Bool(true)) {
        return Err(Refusal::of_record(
            400,
            "CANNOT_UPDATE_CONVERTED_LEAD",
            "cannot reference converted lead",
        ));
    }
    let mut record = old.clone();
    let given = check::body(state, object, body, Change::Update, saving.raw)?;
    let touched: Vec<String> = given.keys().cloned().collect();
    record.extend(given);
    require(object, &record, |field| {
        !field.nillable && field.updateable && touched.iter().any(|t| t == field.name)
    })?;
    rules(state, saving, object, &record, &touched, Some(id))?;
    derive(object.name, &mut record, &touched);
    let now = json!(clock::datetime(state.clock.now()));
    record.insert("LastModifiedDate".into(), now.clone());
    record.insert("SystemModstamp".into(), now);
    record.insert("LastModifiedById".into(), json!(saving.user));
    state.table_mut(object.name).insert(id.to_owned(), record);
    Ok(())
}

/// Puts a record into the recycle bin; an account takes its contacts and opportunities with it.
pub(crate) fn delete(
    state: &mut State,
    rights: Rights,
    object: &Object,
    id: &str,
) -> Result<(), Refusal> {
    find(state, object, id)?;
    may(object.writable && rights.delete)?;
    if object.name == "Account" {
        let won = state.table("Opportunity").values().any(|row| {
            is_live(row)
                && text(row, "AccountId") == Some(id)
                && row.get("IsWon") == Some(&Value::Bool(true))
        });
        if won {
            return Err(Refusal::of_record(
                400,
                "DELETE_FAILED",
                "Your attempt to delete this account could not be completed because it is associated with closed won opportunities.",
            ));
        }
    }
    let now = json!(clock::datetime(state.clock.now()));
    let bin = |row: &mut Record| {
        row.insert("IsDeleted".into(), Value::Bool(true));
        row.insert("SystemModstamp".into(), now.clone());
    };
    if let Some(row) = state.table_mut(object.name).get_mut(id) {
        bin(row);
    }
    if object.name == "Account" {
        for child in ["Contact", "Opportunity"] {
            for row in state.table_mut(child).values_mut() {
                if text(row, "AccountId") == Some(id) {
                    bin(row);
                }
            }
        }
    }
    Ok(())
}

/// A record by its 18-character id: refused as missing when there is none, as deleted when it is in the bin.
pub(crate) fn find<'a>(state: &'a State, object: &Object, id: &str) -> Result<&'a Record, Refusal> {
    let row = state
        .table(object.name)
        .get(id)
        .ok_or_else(Refusal::not_found)?;
    if is_live(row) {
        Ok(row)
    } else {
        Err(Refusal::deleted())
    }
}

/// The ids of all live records whose key field has this value.
pub(crate) fn find_by_key(state: &State, object: &Object, field: &str, value: &str) -> Vec<String> {
    if field == "Id" {
        return id::read(value)
            .filter(|id| find(state, object, id).is_ok())
            .into_iter()
            .collect();
    }
    let wanted = value.trim().to_lowercase();
    state
        .table(object.name)
        .iter()
        .filter(|(_, row)| {
            is_live(row) && text(row, field).is_some_and(|v| v.to_lowercase() == wanted)
        })
        .map(|(id, _)| id.clone())
        .collect()
}

/// Not in the recycle bin.
pub(crate) fn is_live(row: &Record) -> bool {
    row.get("IsDeleted") != Some(&Value::Bool(true))
}

/// A text value; `None` when the field is empty.
pub(crate) fn text<'a>(row: &'a Record, field: &str) -> Option<&'a str> {
    row.get(field).and_then(Value::as_str)
}

/// The id, who made the record and when; what is there already stays, so that a seed may say otherwise.
pub(crate) fn stamp(state: &State, object: &Object, record: &mut Record, id: &str, user: &str) {
    let now = clock::datetime(state.clock.now());
    let made = text(record, "CreatedDate").unwrap_or(&now).to_owned();
    record.insert("Id".into(), json!(id));
    for (field, value) in [
        ("IsDeleted", json!(false)),
        ("CreatedDate", json!(made)),
        ("CreatedById", json!(user)),
        ("LastModifiedDate", json!(made)),
        ("LastModifiedById", json!(user)),
        ("SystemModstamp", json!(made)),
    ] {
        if object.field(field).is_some() && record.get(field).is_none_or(Value::is_null) {
            record.insert(field.into(), value);
        }
    }
}

/// Fills in what a new record gets by itself.
pub(crate) fn set_defaults(object: &Object, record: &mut Record, user: &str) {
    for field in object.fields.iter().filter(|f| f.defaulted) {
        if record.get(field.name).is_some_and(|v| !v.is_null()) {
            continue;
        }
        let value = match field.kind {
            Kind::Boolean => Value::Bool(false),
            Kind::Picklist => json!(field.default),
            Kind::Reference if field.name == "OwnerId" => json!(user),
            _ => continue,
        };
        record.insert(field.name.into(), value);
    }
}

fn may(allowed: bool) -> Result<(), Refusal> {
    if allowed {
        Ok(())
    } else {
        Err(Refusal::no_rights())
    }
}

/// One error names all the fields that are missing, as the real org does.
fn require(
    object: &Object,
    record: &Record,
    needed: impl Fn(&crate::schema::Field) -> bool,
) -> Result<(), Refusal> {
    let missing: Vec<&str> = object
        .fields
        .iter()
        .filter(|f| needed(f) && record.get(f.name).is_none_or(Value::is_null))
        .map(|f| f.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Required fields are missing: [{}]", missing.join(", "));
    Err(Refusal::new(400, "REQUIRED_FIELD_MISSING", message).on(missing))
}

/// The rules that span fields or records; `id` is the record's own where it exists already.
fn rules(
    state: &mut State,
    saving: &Saving<'_>,
    object: &Object,
    record: &Record,
    touched: &[String],
    id: Option<&str>,
) -> Result<(), Refusal> {
    let sets = |field: &str| touched.iter().any(|t| t.eq_ignore_ascii_case(field));
    if object.name == "Lead" && sets("Status") && text(record, "Status") == Some(CONVERTED_STATUS) {
        return Err(Refusal::new(
            400,
            "FIELD_INTEGRITY_EXCEPTION",
            "Status: a converted status is set by converting the lead",
        )
        .on(["Status"]));
    }
    if let Some(rule) = &state.validation_rule
        && rule.object.eq_ignore_ascii_case(object.name)
        && sets(&rule.field)
    {
        let field = object.field(&rule.field).map(|f| f.name);
        return Err(
            Refusal::new(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", &rule.message).on(field),
        );
    }
    for field in object
        .fields
        .iter()
        .filter(|f| f.external_id && sets(f.name))
    {
        let Some(value) = text(record, field.name) else {
            continue;
        };
        let other = find_by_key(state, object, field.name, value)
            .into_iter()
            .find(|other| Some(other.as_str()) != id);
        if let Some(other) = other {
            return Err(Refusal::of_record(
                400,
                "DUPLICATE_VALUE",
                format!(
                    "duplicate value found: {} duplicates value on record with id: {}",
                    field.name,
                    &other[..15]
                ),
            ));
        }
    }
    duplicate::check(state, saving, object, record, touched, id)
}
