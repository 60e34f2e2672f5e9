//! The org's duplicate rule: same last name and same e-mail, off at start.
//! When it is on is left to the control address.

use serde_json::{Value, json};

use super::{DuplicateRule, Record, Saving, is_live, render, text};
use crate::org::State;
use crate::refusal::Refusal;
use crate::schema::Object;

const ALERT: &str = "Use one of these records?";

/// Refuses a save that would make a duplicate, or that a fault wants refused as one.
pub(super) fn check(
    state: &mut State,
    saving: &Saving<'_>,
    object: &Object,
    record: &Record,
    touched: &[String],
    id: Option<&str>,
) -> Result<(), Refusal> {
    // A second save with `allowSave` goes through, and leaves a fault for the next create that has not asked.
    if id.is_none() && !saving.allow_duplicates && state.faults.takes_duplicate() {
        let newest = state
            .table(object.name)
            .iter()
            .filter(|(_, row)| is_live(row))
            .max_by_key(|(_, row)| text(row, "CreatedDate").map(str::to_owned))
            .map(|(id, _)| id.clone());
        let found = newest.as_slice();
        return Err(refusal(state, saving, object, found, DuplicateRule::Allow));
    }
    let rule = state.duplicate_rule;
    let named = touched.iter().any(|t| t == "LastName" || t == "Email");
    if rule == DuplicateRule::Off
        || !named
        || rule == DuplicateRule::Allow && saving.allow_duplicates
    {
        return Ok(());
    }
    let key = |row: &Record| {
        Some((
            text(row, "LastName")?.to_lowercase(),
            text(row, "Email")?.to_lowercase(),
        ))
    };
    let Some(wanted) = key(record) else {
        return Ok(());
    };
    let found: Vec<String> = state
        .table(object.name)
        .iter()
        .filter(|(other, row)| {
            is_live(row) && Some(other.as_str()) != id && key(row).as_ref() == Some(&wanted)
        })
        .map(|(other, _)| other.clone())
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(refusal(state, saving, object, &found, rule))
}

fn refusal(
    state: &State,
    saving: &Saving<'_>,
    object: &Object,
    found: &[String],
    rule: DuplicateRule,
) -> Refusal {
    let records: Vec<Value> = found
        .iter()
        .filter_map(|id| state.table(object.name).get(id).map(|row| (id, row)))
        .map(|(id, row)| {
            let record = if saving.show_duplicates {
                render::whole(object, row, saving.version)
            } else {
                json!({"attributes": render::attributes(object.name, id, saving.version), "Id": id})
            };
            json!({
                "additionalInformation": [],
                "fieldDiffs": [],
                "matchConfidence": 100.0,
                "record": record,
            })
        })
        .collect();
    let name = object.name;
    let mut refusal = Refusal::new(400, "DUPLICATES_DETECTED", ALERT);
    refusal.duplicates = Some(Box::new(json!({
        "allowSave": rule == DuplicateRule::Allow,
        "duplicateRule": format!("Standard_{name}_Duplicate_Rule"),
        "duplicateRuleEntityType": name,
        "errorMessage": ALERT,
        "matchResults": [{
            "entityType": name,
            "errors": [],
            "matchEngine": "FuzzyMatchEngine",
            "matchRecords": records,
            "rule": format!("Standard_{name}_Match_Rule_v1_0"),
            "size": records.len(),
            "success": true,
        }],
    })));
    refusal
}
