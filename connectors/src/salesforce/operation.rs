//! The operations of the connector, each a few requests to the org and one outcome.
//! Which grant they use, and what happens when a session ends, is left to whoever performs.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use turnwise_engine::effect::{Call, FailureKind, Outcome};
use turnwise_engine::facts::{ObjectFacts, OrgFacts};

use super::client::{Answer, Ask, Client, Session, SessionEnded};
use super::failure::{Stop, judge, plain, silence};
use super::shape::{plain_value, record};
use super::{id, soql};

const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const DETAILS: (&str, &str) = ("Sforce-Duplicate-Rule-Header", "includeRecordDetails=true");
const ALLOW: (&str, &str) = (
    "Sforce-Duplicate-Rule-Header",
    "allowSave=true; includeRecordDetails=true",
);
/// Rows of a look-up: more than anyone reads out.
const LOOKED_UP: u64 = 6;

/// Performs a call: `create update delete get find lookup`. Every failure is an outcome.
///
/// # Errors
/// [`SessionEnded`] where the token is not taken; the call may then be performed again with a new one.
pub async fn perform(
    client: &Client,
    session: &Session,
    call: &Call,
    facts: &OrgFacts,
) -> Result<Outcome, SessionEnded> {
    let org = Org {
        client,
        session,
        facts,
    };
    let result = match call.operation.as_str() {
        "create" => org.create(call).await,
        "update" => org.update(call).await,
        "delete" => org.delete(call).await,
        "get" => org.get(&call.input).await,
        "find" => org.find(&call.input).await,
        "lookup" => org.lookup(&call.input).await,
        other => Err(setup(&format!("Salesforce has no operation {other}"))),
    };
    match result {
        Ok(value) => Ok(Outcome::Done(value)),
        Err(Stop::Session) => Err(SessionEnded),
        Err(Stop::Failed(failure) | Stop::Busy(failure)) => Ok(Outcome::Failed(failure)),
    }
}

struct Org<'a> {
    client: &'a Client,
    session: &'a Session,
    facts: &'a OrgFacts,
}

impl Org<'_> {
    async fn create(&self, call: &Call) -> Result<Value, Stop> {
        let object = self.object(&call.input)?;
        let mut body = fields_of(object, &call.input["fields"])?;
        let allow = call.input["allow_duplicates"] == Value::Bool(true);
        let headers = [if allow { ALLOW } else { DETAILS }];
        let external = soql::field(object, "External_Id__c");
        let (method, path) = match external {
            Some(field) if !call.key.is_empty() => {
                body.remove(&field.name);
                let value = hex(&Sha256::digest(call.key.as_bytes()));
                let path = format!("sobjects/{}/{}/{value}", object.name, field.name);
                (Method::PATCH, path)
            }
            _ => (Method::POST, format!("sobjects/{}", object.name)),
        };
        let body = Value::Object(body);
        // Only what has the key may be repeated: a second upsert settles whether the first one saved.
        let settles = method == Method::PATCH;
        let answer = self
            .write(method, path, Some(&body), &headers, settles)
            .await?;
        let made = answer.body["id"].as_str().unwrap_or("").to_owned();
        Ok(self.reread(object, &made, &body).await)
    }

    async fn update(&self, call: &Call) -> Result<Value, Stop> {
        let (object, target) = self.target(&call.input)?;
        let before = self.row(object, &target, &[]).await?;
        let wanted = fields_of(object, &call.input["fields"])?;
        let changed: Map<String, Value> = wanted
            .into_iter()
            .filter(|(name, new)| !same(&before[name.as_str()], new))
            .collect();
        let mut old = Map::new();
        for name in changed.keys() {
            old.insert(name.clone(), before[name.as_str()].clone());
        }
        let mut result = if changed.is_empty() {
            self.shape(object, &before)
        } else {
            let body = Value::Object(changed);
            let path = format!("sobjects/{}/{target}", object.name);
            self.write(Method::PATCH, path, Some(&body), &[DETAILS], true)
                .await?;
            let mut known = before.clone();
            merge(&mut known, &body);
            self.reread(object, &target, &known).await
        };
        result["before"] = Value::Object(old);
        Ok(result)
    }

    async fn delete(&self, call: &Call) -> Result<Value, Stop> {
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
        match self.write(Method::DELETE, path, None, &[], true).await {
            Ok(_) => Ok(was),
            Err(Stop::Failed(failure)) if failure.code == "ENTITY_IS_DELETED" => Ok(was),
            Err(stop) => Err(stop),
        }
    }

    async fn get(&self, input: &Value) -> Result<Value, Stop> {
        let (object, target) = self.target(input)?;
        let row = self.row(object, &target, &names(&input["fields"])).await?;
        Ok(self.shape(object, &row))
    }

    async fn find(&self, input: &Value) -> Result<Value, Stop> {
        let object = self.object(input)?;
        let mut all = self.conditions(object, input)?;
        let query = input["query"].as_str().unwrap_or("");
        all.extend(
            query
                .split_whitespace()
                .map(|word| soql::word(object, word)),
        );
        let order = match input["order"].as_str() {
            Some(order) if !order.trim().is_empty() => soql::order(object, order)
                .ok_or_else(|| setup(&format!("can't order by {order}")))?,
            _ => newest(object),
        };
        let page = number(&input["page"]).unwrap_or(5).clamp(1, 200);
        let offset = number(&input["offset"]).unwrap_or(0).min(2000);
        self.list(object, &all, &order, page, offset, &names(&input["fields"]))
            .await
    }

    async fn lookup(&self, input: &Value) -> Result<Value, Stop> {
        let object = self.object(input)?;
        let text = input["text"].as_str().unwrap_or("").trim();
        let wanted = names(&input["fields"]);
        if id::is_id(text) {
            return match self.row(object, text, &wanted).await {
                Ok(row) => Ok(listed(1, 0, vec![self.shape(object, &row)])),
                Err(Stop::Failed(failure)) if failure.kind == FailureKind::NotFound => {
                    Ok(listed(0, 0, Vec::new()))
                }
                Err(stop) => Err(stop),
            };
        }
        let base = self.conditions(object, input)?;
        let with = |extra: Vec<String>| [base.clone(), extra].concat();
        let newest = newest(object);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let letters = text.chars().any(char::is_alphabetic);
        let email = text.contains('@') && !text.contains(char::is_whitespace);
        if email && soql::field(object, "Email").is_some() {
            let all = with(vec![format!("Email = {}", soql::literal(text))]);
            return self
                .list(object, &all, &newest, LOOKED_UP, 0, &wanted)
                .await;
        }
        if digits.len() >= 6 && !letters {
            // The last nine digits, so that +49 and 0 in front find the same phone.
            let tail = &digits[digits.len().saturating_sub(9)..];
            let all = with(vec![soql::phone(object, tail)]);
            return self
                .list(object, &all, &newest, LOOKED_UP, 0, &wanted)
                .await;
        }
        let words = words(text, object);
        if words.is_empty() {
            return Ok(listed(0, 0, Vec::new()));
        }
        let all = with(words.iter().map(|word| soql::word(object, word)).collect());
        let mut found = self
            .list(object, &all, &newest, LOOKED_UP, 0, &wanted)
            .await?;
        if let Some(rows) = found["rows"].as_array_mut() {
            let exact = |row: &Value| {
                let name = row["name"].as_str().unwrap_or("");
                name.to_lowercase() != text.to_lowercase()
            };
            rows.sort_by_key(exact);
        }
        Ok(found)
    }

    async fn list(
        &self,
        object: &ObjectFacts,
        all: &[String],
        order: &str,
        page: u64,
        offset: u64,
        wanted: &[String],
    ) -> Result<Value, Stop> {
        let place = if all.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", all.join(" AND "))
        };
        let from = format!(" FROM {}{place}", object.name);
        let skip = if offset > 0 {
            format!(" OFFSET {offset}")
        } else {
            String::new()
        };
        let columns = soql::select(object, wanted);
        let statement = format!("SELECT {columns}{from} ORDER BY {order} LIMIT {page}{skip}");
        let answer = self.query(&statement).await?;
        let empty = Vec::new();
        let rows = answer["records"].as_array().unwrap_or(&empty);
        let rows: Vec<Value> = rows.iter().map(|row| self.shape(object, row)).collect();
        let shown = rows.len() as u64;
        // A page that is not full is the last one, and tells the total without a second query.
        let total = if shown < page && (shown > 0 || offset == 0) {
            offset + shown
        } else {
            let counted = self.query(&format!("SELECT COUNT(){from}")).await?;
            counted["totalSize"].as_u64().unwrap_or(offset + shown)
        };
        Ok(listed(total, offset, rows))
    }

    async fn query(&self, statement: &str) -> Result<Value, Stop> {
        let path = format!("query?q={}", utf8_percent_encode(statement, STRICT));
        Ok(self.read(path).await?.body)
    }

    async fn row(
        &self,
        object: &ObjectFacts,
        target: &str,
        wanted: &[String],
    ) -> Result<Value, Stop> {
        let mut path = format!("sobjects/{}/{target}", object.name);
        if !wanted.is_empty() {
            let columns = soql::select(object, wanted).replace(", ", ",");
            path = format!("{path}?fields={columns}");
        }
        Ok(self.read(path).await?.body)
    }

    /// The record as the org has it now; where it can't be read, as it was sent: the write itself is done.
    async fn reread(&self, object: &ObjectFacts, target: &str, sent: &Value) -> Value {
        match self.row(object, target, &[]).await {
            Ok(row) => self.shape(object, &row),
            Err(_) => {
                let mut row = sent.clone();
                row["Id"] = json!(target);
                self.shape(object, &row)
            }
        }
    }

    async fn read(&self, path: String) -> Result<Answer, Stop> {
        self.call(Method::GET, path, None, &[], true).await
    }

    async fn write(
        &self,
        method: Method,
        path: String,
        body: Option<&Value>,
        headers: &[(&'static str, &'static str)],
        repeatable: bool,
    ) -> Result<Answer, Stop> {
        self.call(method, path, body, headers, repeatable).await
    }

    /// At most three tries: of what did not run, and of what may be repeated without harm.
    async fn call(
        &self,
        method: Method,
        path: String,
        body: Option<&Value>,
        headers: &[(&'static str, &'static str)],
        repeatable: bool,
    ) -> Result<Answer, Stop> {
        let writes = method != Method::GET;
        let ask = Ask {
            method,
            path,
            body,
            headers,
        };
        let lost = if writes {
            FailureKind::Unknown
        } else {
            FailureKind::Unavailable
        };
        let mut unsure = false;
        let mut tries = 0_u32;
        loop {
            tries += 1;
            let stop = match self.client.send(self.session, &ask).await {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) => judge(&answer, writes, self.session.instance_url.as_str()),
                Err(none) if none.arrived => Stop::Failed(silence(lost)),
                Err(_) => Stop::Failed(silence(FailureKind::Unavailable)),
            };
            let again = match &stop {
                Stop::Session => false,
                Stop::Busy(_) => true,
                Stop::Failed(failure) => match failure.kind {
                    FailureKind::Unknown | FailureKind::Unavailable => repeatable,
                    _ => return Err(stop),
                },
            };
            unsure |= matches!(&stop, Stop::Failed(f) if f.kind == FailureKind::Unknown);
            if !again || tries == 3 {
                // Once a try may have saved, a later "did not run" does not make it undone.
                return Err(match stop {
                    Stop::Failed(_) | Stop::Busy(_) if unsure => {
                        Stop::Failed(silence(FailureKind::Unknown))
                    }
                    stop => stop,
                });
            }
            let jitter = getrandom::u32().unwrap_or(0) % 100;
            let pause = 100 * (1_u64 << tries) + u64::from(jitter);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    fn shape(&self, object: &ObjectFacts, row: &Value) -> Value {
        record(&object.name, row, self.session.instance_url.as_str())
    }

    fn object(&self, input: &Value) -> Result<&ObjectFacts, Stop> {
        let name = input["object"]
            .as_str()
            .or_else(|| input["record"]["object"].as_str())
            .unwrap_or("");
        let known = self.facts.object(name);
        known.ok_or_else(|| setup(&format!("the org has no object {name}")))
    }

    fn target(&self, input: &Value) -> Result<(&ObjectFacts, String), Stop> {
        let object = self.object(input)?;
        let given = &input["record"];
        let raw = given
            .as_str()
            .or_else(|| given["id"].as_str())
            .unwrap_or("");
        let missing = || Stop::Failed(plain(FailureKind::NotFound, "no record of that id"));
        Ok((object, id::to_18(raw).ok_or_else(missing)?))
    }

    fn conditions(&self, object: &ObjectFacts, input: &Value) -> Result<Vec<String>, Stop> {
        soql::conditions(object, &input["where"]).map_err(|name| {
            setup(&format!(
                "where: {name} is not a field, or not of that type"
            ))
        })
    }
}

fn fields_of(object: &ObjectFacts, given: &Value) -> Result<Map<String, Value>, Stop> {
    let mut body = Map::new();
    for (name, value) in given.as_object().into_iter().flatten() {
        let field = soql::field(object, name)
            .ok_or_else(|| setup(&format!("{} has no field {name}", object.name)))?;
        if let Some(value) = plain_value(field, value) {
            body.insert(field.name.clone(), value);
        }
    }
    Ok(body)
}

fn setup(message: &str) -> Stop {
    Stop::Failed(plain(FailureKind::Setup, message))
}

fn listed(total: u64, offset: u64, rows: Vec<Value>) -> Value {
    json!({ "total": total, "offset": offset, "rows": rows })
}

fn as_it_was(object: &ObjectFacts, target: &str, given: &Value) -> Value {
    if given.is_object() {
        return given.clone();
    }
    json!({ "object": object.name, "id": target, "name": "", "url": "", "fields": {} })
}

fn newest(object: &ObjectFacts) -> String {
    soql::order(object, "LastModifiedDate desc").unwrap_or_else(|| "Id".to_owned())
}

/// The words that can name a record: without "the", "one", "at" and the name of the object itself.
fn words(text: &str, object: &ObjectFacts) -> Vec<String> {
    const EMPTY: &[&str] = &[
        "the", "a", "an", "one", "at", "from", "of", "for", "with", "in", "my", "named", "called",
    ];
    let own = [
        object.name.to_lowercase(),
        object.label.to_lowercase(),
        object.plural.to_lowercase(),
    ];
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .filter(|word| {
            let small = word.to_lowercase();
            !EMPTY.contains(&small.as_str()) && !own.contains(&small)
        })
        .map(str::to_owned)
        .collect()
}

fn names(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
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
