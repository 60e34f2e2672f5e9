//! What changes records: create once, update only what nobody else has changed, delete; each tells the record in the end.
//! Finding out what became of a create without a key is left to `settle`, trying again to `request`.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use turnwise_engine::effect::{Call, Failure, FailureKind};
use turnwise_engine::facts::{FieldFacts, ObjectFacts};

use super::client::{Answer, Ask};
use super::failure::Stop;
use super::operation::{Org, lacks};
use super::request::Repeat;
use super::shape::plain_value;
use super::{id, soql};

const DUPLICATES: &str = "Sforce-Duplicate-Rule-Header";
const DETAILS: (&str, &str) = (DUPLICATES, "includeRecordDetails=true");
const ALLOW: (&str, &str) = (DUPLICATES, "allowSave=true; includeRecordDetails=true");
/// How often an update is thought again because the record changed between its reading and its writing.
const LOOKS: u32 = 3;

impl Org<'_> {
    /// Makes a record once: by an upsert where the org has a field for the key (contract 2.6), so that any number of tries
    /// gives one record, else by a create that is looked for where its answer is lost.
    pub(super) async fn create(&self, call: &Call, since: Timestamp) -> Result<Value, Stop> {
        let object = self.object(&call.input)?;
        let body = fields_of(object, &call.input["fields"])?;
        let made = match key_field(object).filter(|_| !call.key.is_empty()) {
            Some(key) => self.create_by_key(call, object, key, body, since).await,
            None if call.doubt.is_some() => self.settle(object, &body, since).await,
            None => self.create_without_key(call, object, body, since).await,
        };
        match made {
            // A new record can't be missing: it is the object, or the field of the key, that the org does not have.
            Err(Stop::Failed(mut failure)) if failure.kind == FailureKind::NotFound => {
                failure.kind = FailureKind::Setup;
                Err(Stop::Failed(failure))
            }
            Err(stop) => Err(self.named(object, stop).await),
            made => made,
        }
    }

    async fn create_by_key(
        &self,
        call: &Call,
        object: &ObjectFacts,
        key: &FieldFacts,
        mut body: Map<String, Value>,
        since: Timestamp,
    ) -> Result<Value, Stop> {
        body.remove(&key.name);
        let value = hex(&Sha256::digest(call.key.as_bytes()));
        let path = format!("sobjects/{}/{}/{value}", object.name, key.name);
        let sent = Value::Object(body.clone());
        let headers = [duplicate_rule(call)];
        let made = self
            .write(
                Method::PATCH,
                path.clone(),
                Some(&sent),
                &headers,
                Repeat::Harmless,
            )
            .await;
        match made {
            Ok(answer) => Ok(self.reread(object, id_of(&answer), &sent).await),
            // The key is there already: an earlier try of ours has made it.
            Err(Stop::Failed(failure)) if failure.code == "DUPLICATE_VALUE" => {
                match self.read(path).await {
                    Ok(row) => Ok(self.shape(object, &row.body)),
                    Err(_) => Err(Stop::Failed(failure)),
                }
            }
            // The org has lost the field since it was described; what an earlier try made is found by looking.
            Err(Stop::Failed(failure))
                if failure.kind == FailureKind::NotFound && call.doubt.is_some() =>
            {
                self.settle(object, &body, since).await
            }
            Err(stop) => Err(stop),
        }
    }

    async fn create_without_key(
        &self,
        call: &Call,
        object: &ObjectFacts,
        body: Map<String, Value>,
        since: Timestamp,
    ) -> Result<Value, Stop> {
        let path = format!("sobjects/{}", object.name);
        let sent = Value::Object(body.clone());
        let headers = [duplicate_rule(call)];
        let made = self
            .write(Method::POST, path, Some(&sent), &headers, Repeat::Doubles)
            .await;
        match made {
            Ok(answer) => Ok(self.reread(object, id_of(&answer), &sent).await),
            Err(Stop::Failed(failure)) if failure.kind == FailureKind::Unknown => {
                self.settle(object, &body, since).await
            }
            Err(stop) => Err(stop),
        }
    }

    /// Only what differs is sent, and only where it still is what the user saw. Where the record changes between its
    /// reading and its writing, it is read again.
    pub(super) async fn update(&self, call: &Call) -> Result<Value, Stop> {
        let (object, target) = self.target(&call.input)?;
        let wanted = fields_of(object, &call.input["fields"])?;
        let seen = &call.input["record"]["fields"];
        let mut looks = 0;
        loop {
            looks += 1;
            let now = self.row(object, &target, &[]).await?;
            let Update {
                sent,
                before,
                conflict,
            } = Update::of(&wanted, seen, &now);
            if !conflict.is_empty() {
                return Err(self.changed(object, &target, &now, conflict).await);
            }
            let saved = if sent.is_empty() {
                Ok(self.shape(object, &now))
            } else {
                self.save(object, &target, &now, Value::Object(sent)).await
            };
            match saved {
                Ok(mut result) => {
                    result["before"] = Value::Object(before);
                    return Ok(result);
                }
                Err(Stop::Failed(failure))
                    if failure.kind == FailureKind::Changed && looks < LOOKS => {}
                Err(stop) => return Err(self.named(object, stop).await),
            }
        }
    }

    /// Writes changes to a record as it was just read, and tells what it is then.
    async fn save(
        &self,
        object: &ObjectFacts,
        target: &str,
        now: &Value,
        changes: Value,
    ) -> Result<Value, Stop> {
        let path = format!("sobjects/{}/{target}", object.name);
        let since = soql::http_date(&now["LastModifiedDate"]);
        let mut headers = vec![DETAILS];
        headers.extend(since.as_deref().map(|since| ("If-Unmodified-Since", since)));
        self.write(
            Method::PATCH,
            path,
            Some(&changes),
            &headers,
            Repeat::Harmless,
        )
        .await?;
        let mut known = now.clone();
        merge(&mut known, &changes);
        Ok(self.reread(object, target, &known).await)
    }

    /// Deletes a record and tells it as it was; one that is gone already is deleted, too.
    pub(super) async fn delete(&self, call: &Call) -> Result<Value, Stop> {
        let (object, target) = self.target(&call.input)?;
        let given = &call.input["record"];
        let was = match self.row(object, &target, &[]).await {
            Ok(row) => self.shape(object, &row),
            Err(Stop::Failed(failure)) if failure.code == "ENTITY_IS_DELETED" => {
                return Ok(as_it_was(object, &target, given));
            }
            Err(stop) => return Err(stop),
        };
        let path = format!("sobjects/{}/{target}", object.name);
        let deleted = self.write(Method::DELETE, path, None, &[], Repeat::Harmless);
        match deleted.await {
            Ok(_) => Ok(was),
            Err(Stop::Failed(failure)) if failure.code == "ENTITY_IS_DELETED" => Ok(was),
            // A delete sends no fields: a trigger may name one, and there is nothing to ask about it.
            Err(Stop::Failed(mut failure)) => {
                failure.fields.clear();
                Err(Stop::Failed(failure))
            }
            Err(stop) => Err(stop),
        }
    }

    /// The record as the org has it now; where it can't be read, as it was sent: the write itself is done.
    pub(super) async fn reread(&self, object: &ObjectFacts, target: &str, sent: &Value) -> Value {
        match self.row(object, target, &[]).await {
            Ok(row) => self.shape(object, &row),
            Err(_) => {
                let mut row = sent.clone();
                row["Id"] = json!(target);
                self.shape(object, &row)
            }
        }
    }

    async fn write(
        &self,
        method: Method,
        path: String,
        body: Option<&Value>,
        headers: &[(&'static str, &str)],
        repeat: Repeat,
    ) -> Result<Answer, Stop> {
        let ask = Ask {
            method,
            path,
            body,
            headers,
        };
        self.ask(&ask, repeat).await
    }

    /// Somebody changed what this update is about: the record as it is, what of it is new, and by whom.
    async fn changed(
        &self,
        object: &ObjectFacts,
        target: &str,
        now: &Value,
        shown: Map<String, Value>,
    ) -> Stop {
        let who = format!(
            "SELECT LastModifiedBy.Name FROM {} WHERE Id = {}",
            object.name,
            soql::literal(target)
        );
        let mut record = self.shape(object, now);
        let fields: Vec<String> = shown.keys().cloned().collect();
        record["before"] = Value::Object(shown);
        if let Ok(found) = self.query_answer(&who).await {
            record["by"] = found.body["records"][0]["LastModifiedBy"]["Name"].clone();
        }
        Stop::from(Failure {
            fields,
            records: vec![record],
            ..Failure::new(FailureKind::Changed)
        })
    }

    /// A duplicate's records with names, where the org sent ids alone; those of another object say which.
    async fn named(&self, object: &ObjectFacts, stop: Stop) -> Stop {
        let Stop::Failed(mut failure) = stop else {
            return stop;
        };
        if failure.code == "DUPLICATE_VALUE" && failure.records.is_empty() {
            // The message alone says which record it is. It is only read for an id, and what is no id there is nothing.
            let words = failure.message.split(|c: char| !c.is_ascii_alphanumeric());
            let there = words.rev().find(|word| id::is_id(word)).map(str::to_owned);
            if let Some(there) = there
                && let Ok(row) = self.row(object, &there, &[]).await
            {
                failure.records.push(self.shape(object, &row));
            }
        }
        for record in &mut failure.records {
            let kind = record["object"].as_str().unwrap_or("").to_owned();
            let target = record["id"].as_str().unwrap_or("").to_owned();
            if record["name"] == "" {
                let path = format!("sobjects/{kind}/{target}?fields=Name");
                let read = self.read(path).await;
                let name = read
                    .ok()
                    .and_then(|a| a.body["Name"].as_str().map(str::to_owned));
                record["name"] = json!(name.unwrap_or_else(|| target.clone()));
            }
            if kind != object.name {
                let label = self.facts.object(&kind).map_or(&kind, |known| &known.label);
                let name = record["name"].as_str().unwrap_or("");
                record["name"] = json!(format!("{name} ({label})"));
            }
        }
        Stop::Failed(failure)
    }
}

/// An update, held against the record as it is.
#[derive(Debug, Default, PartialEq)]
struct Update {
    /// What has to be written, by field.
    sent: Map<String, Value>,
    /// What the fields that this update changes, or an earlier try of it has changed, held before.
    before: Map<String, Value>,
    /// What the user saw of fields that somebody else changed meanwhile.
    conflict: Map<String, Value>,
}

impl Update {
    /// `wanted` are the new values, `seen` what the user saw (as far as is known), `now` the record.
    fn of(wanted: &Map<String, Value>, seen: &Value, now: &Value) -> Update {
        let mut update = Update::default();
        for (name, new) in wanted {
            let there = &now[name.as_str()];
            let shown = seen.get(name.as_str()).unwrap_or(there);
            if same(there, new) {
                // It is as it should be; an earlier try of ours may have made it so.
                if !same(shown, new) {
                    update.before.insert(name.clone(), shown.clone());
                }
                continue;
            }
            if !same(shown, there) {
                update.conflict.insert(name.clone(), shown.clone());
            }
            update.sent.insert(name.clone(), new.clone());
            update.before.insert(name.clone(), there.clone());
        }
        update
    }
}

/// The header that says what the org's duplicate rule may let through, and asks for the records it found.
fn duplicate_rule(call: &Call) -> (&'static str, &'static str) {
    match &call.input["allow_duplicates"] {
        Value::Bool(true) => ALLOW,
        _ => DETAILS,
    }
}

/// The id of a record that was made.
fn id_of(made: &Answer) -> &str {
    made.body["id"].as_str().unwrap_or_default()
}

/// The field by which a create of this object is made once however often it is sent, where this user may set it.
fn key_field(object: &ObjectFacts) -> Option<&FieldFacts> {
    soql::field(object, "External_Id__c").filter(|field| field.createable && field.updateable)
}

fn fields_of(object: &ObjectFacts, given: &Value) -> Result<Map<String, Value>, Stop> {
    let mut body = Map::new();
    for (name, value) in given.as_object().into_iter().flatten() {
        let field = soql::field(object, name).ok_or_else(|| {
            let message = format!("{} has no field {name}", object.name);
            lacks("INVALID_FIELD", name, &message)
        })?;
        if let Some(value) = plain_value(field, value) {
            body.insert(field.name.clone(), value);
        }
    }
    Ok(body)
}

fn as_it_was(object: &ObjectFacts, target: &str, given: &Value) -> Value {
    if given.is_object() {
        return given.clone();
    }
    json!({ "object": object.name, "id": target, "name": "", "url": "", "fields": {} })
}

fn merge(row: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().into_iter().flatten() {
        row[name.as_str()] = value.clone();
    }
}

/// Whether the org would save nothing new: 23 and 23.0 are the same, and so are empty and null.
fn same(old: &Value, new: &Value) -> bool {
    let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
    old == new
        || (empty(old) && empty(new))
        || matches!((old.as_f64(), new.as_f64()), (Some(a), Some(b)) if a.to_bits() == b.to_bits())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(wanted: Value, seen: Value, now: Value) -> Value {
        let wanted = wanted.as_object().cloned().unwrap_or_default();
        let update = Update::of(&wanted, &seen, &now);
        json!([update.sent, update.before, update.conflict])
    }

    #[test]
    fn an_update_sends_only_what_differs_from_the_record_as_it_is() {
        let now = json!({ "Rating": "Hot", "City": null, "Amount": 23.0 });
        let same = json!({ "Rating": "Hot", "City": "", "Amount": 23 });
        assert_eq!(update(same, now.clone(), now.clone()), json!([{}, {}, {}]));
        assert_eq!(
            update(json!({ "Rating": "Cold", "Amount": 23 }), now.clone(), now),
            json!([{ "Rating": "Cold" }, { "Rating": "Hot" }, {}])
        );
    }

    #[test]
    fn what_the_user_did_not_see_is_in_the_way_unless_it_is_what_is_wanted() {
        let seen = json!({ "Rating": "Hot" });
        let changed = json!({ "Rating": "Warm" });
        assert_eq!(
            update(json!({ "Rating": "Cold" }), seen.clone(), changed.clone()),
            json!([{ "Rating": "Cold" }, { "Rating": "Warm" }, { "Rating": "Hot" }])
        );
        // An earlier try whose answer was lost has made it so.
        assert_eq!(
            update(json!({ "Rating": "Warm" }), seen, changed.clone()),
            json!([{}, { "Rating": "Hot" }, {}])
        );
        // Nothing was shown of it, so nothing is in the way.
        assert_eq!(
            update(json!({ "Rating": "Cold" }), json!({}), changed),
            json!([{ "Rating": "Cold" }, { "Rating": "Warm" }, {}])
        );
    }
}
