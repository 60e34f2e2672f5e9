//! The operations of the connector, each a few requests to the org and one outcome: what they read stands here, what they
//! write in `write`. Which grant they use, and what happens when a session ends, is left to whoever performs.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use turnwise_engine::effect::{Call, Failure, FailureKind, Outcome};
use turnwise_engine::facts::{ObjectFacts, OrgFacts};

use super::client::{Answer, Client, Session, SessionEnded};
use super::failure::Stop;
use super::shape::record;
use super::{id, soql};

const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// Rows of a look-up: more than anyone reads out.
const LOOKED_UP: u64 = 6;

/// Performs a call: `create update delete get find lookup`. Every failure is an outcome. A call in doubt is settled: a
/// create without a key in the org is only looked up, everything else may be made again without harm.
///
/// # Errors
/// [`SessionEnded`] where the token is not taken; the call may then be performed again with a new one, in doubt where that
/// says so.
pub async fn perform(
    client: &Client,
    session: &Session,
    call: &Call,
    facts: &OrgFacts,
) -> Result<Outcome, SessionEnded> {
    let since = call.doubt.unwrap_or_else(Timestamp::now);
    let org = Org {
        client,
        session,
        facts,
    };
    let result = match call.operation.as_str() {
        "create" => org.create(call, since).await,
        "update" => org.update(call).await,
        "delete" => org.delete(call).await,
        "get" => org.get(&call.input).await,
        "find" => org.find(&call.input).await,
        "lookup" => org.lookup(&call.input).await,
        other => Err(setup(&format!("Salesforce has no operation {other}"))),
    };
    match result {
        Ok(value) => Ok(Outcome::Done(value)),
        Err(Stop::Session { unsure }) => Err(SessionEnded {
            doubt: call.doubt.or(unsure.then_some(since)),
        }),
        Err(Stop::Failed(mut failure) | Stop::Busy(mut failure)) => {
            if failure.kind == FailureKind::Unknown {
                failure.doubt = Some(since);
            }
            Ok(Outcome::Failed(*failure))
        }
    }
}

/// What the requests of one call have in common.
pub(super) struct Org<'a> {
    pub(super) client: &'a Client,
    pub(super) session: &'a Session,
    pub(super) facts: &'a OrgFacts,
}

/// Which of the records that are found are told, and what of them.
struct Page<'a> {
    /// What stands behind ORDER BY.
    order: &'a str,
    /// How many rows at the most.
    rows: u64,
    /// How many are skipped.
    offset: u64,
    /// The fields wanted besides the usual ones.
    fields: &'a [String],
}

impl Org<'_> {
    async fn get(&self, input: &Value) -> Result<Value, Stop> {
        let (object, target) = self.target(input)?;
        let row = self.row(object, &target, &names(&input["fields"])).await?;
        Ok(self.shape(object, &row))
    }

    async fn find(&self, input: &Value) -> Result<Value, Stop> {
        let object = self.object(input)?;
        let (texts, conditions) = soql::long_texts(object, &input["where"]);
        let mut all = self.conditions(object, &conditions)?;
        let query = input["query"].as_str().unwrap_or("");
        let said = std::iter::once(query).chain(texts.iter().map(String::as_str));
        all.extend(
            said.flat_map(str::split_whitespace)
                .map(|word| soql::word(object, word)),
        );
        let order = match input["order"].as_str() {
            Some(order) if !order.trim().is_empty() => soql::order(object, order)
                .ok_or_else(|| setup(&format!("can't order by {order}")))?,
            _ => newest(object),
        };
        let page = Page {
            order: &order,
            rows: number(&input["page"]).unwrap_or(5).clamp(1, 200),
            offset: number(&input["offset"]).unwrap_or(0).min(2000),
            fields: &names(&input["fields"]),
        };
        self.list(object, &all, &page).await
    }

    async fn lookup(&self, input: &Value) -> Result<Value, Stop> {
        let object = self.object(input)?;
        let text = input["text"].as_str().unwrap_or("").trim();
        let wanted = soql::and_usual(names(&input["fields"]));
        // Fifteen letters and digits may be a name too; with its check characters an id is nothing else.
        if id::is_id(text) && !id::fits(&object.name, text) && text.len() == 18 {
            return Ok(listed(0, 0, Vec::new()));
        }
        if id::is_id(text) && id::fits(&object.name, text) {
            return match self.row(object, text, &[]).await {
                Ok(row) => Ok(listed(1, 0, vec![self.shape(object, &row)])),
                Err(Stop::Failed(failure)) if failure.kind == FailureKind::NotFound => {
                    Ok(listed(0, 0, Vec::new()))
                }
                Err(stop) => Err(stop),
            };
        }
        let mut all = self.conditions(object, &input["where"])?;
        match naming(object, text) {
            Some(named) => all.extend(named),
            None => return Ok(listed(0, 0, Vec::new())),
        }
        let page = Page {
            order: &newest(object),
            rows: LOOKED_UP,
            offset: 0,
            fields: &wanted,
        };
        let mut found = self.list(object, &all, &page).await?;
        if let Some(rows) = found["rows"].as_array_mut() {
            // Who is called exactly so comes first.
            let is_other = |row: &Value| {
                let name = row["name"].as_str().unwrap_or("");
                name.to_lowercase() != text.to_lowercase()
            };
            rows.sort_by_key(is_other);
        }
        Ok(found)
    }

    /// A page of the records that all conditions fit, and how many there are on all pages.
    async fn list(
        &self,
        object: &ObjectFacts,
        all: &[String],
        page: &Page<'_>,
    ) -> Result<Value, Stop> {
        let Page {
            order,
            rows: most,
            offset,
            fields,
        } = *page;
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
        let columns = soql::select(object, fields);
        let statement = format!("SELECT {columns}{from} ORDER BY {order} LIMIT {most}{skip}");
        let answer = self.query(&statement).await?;
        let empty = Vec::new();
        let rows = answer["records"].as_array().unwrap_or(&empty);
        let rows: Vec<Value> = rows.iter().map(|row| self.shape(object, row)).collect();
        let shown = rows.len() as u64;
        // A page that is not full is the last one, and tells the total without a second query.
        let total = if shown < most && (shown > 0 || offset == 0) {
            offset + shown
        } else {
            let counted = self.query(&format!("SELECT COUNT(){from}")).await?;
            counted["totalSize"].as_u64().unwrap_or(offset + shown)
        };
        Ok(listed(total, offset, rows))
    }

    async fn query(&self, statement: &str) -> Result<Value, Stop> {
        Ok(self.query_answer(statement).await?.body)
    }

    pub(super) async fn query_answer(&self, statement: &str) -> Result<Answer, Stop> {
        let path = format!("query?q={}", utf8_percent_encode(statement, STRICT));
        self.read(path).await
    }

    /// A record with these fields, or with all there are.
    pub(super) async fn row(
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

    pub(super) fn shape(&self, object: &ObjectFacts, row: &Value) -> Value {
        record(&object.name, row, self.session.instance_url.as_str())
    }

    pub(super) fn object(&self, input: &Value) -> Result<&ObjectFacts, Stop> {
        let name = input["object"]
            .as_str()
            .or_else(|| input["record"]["object"].as_str())
            .unwrap_or("");
        let known = self.facts.object(name);
        known.ok_or_else(|| {
            lacks(
                "INVALID_TYPE",
                name,
                &format!("the org has no object {name}"),
            )
        })
    }

    pub(super) fn target(&self, input: &Value) -> Result<(&ObjectFacts, String), Stop> {
        let object = self.object(input)?;
        let given = &input["record"];
        let raw = given
            .as_str()
            .or_else(|| given["id"].as_str())
            .unwrap_or("");
        let missing = || {
            Stop::from(Failure::because(
                FailureKind::NotFound,
                "no record of that id",
            ))
        };
        let id = id::to_18(raw).filter(|id| id::fits(&object.name, id));
        Ok((object, id.ok_or_else(missing)?))
    }

    fn conditions(&self, object: &ObjectFacts, map: &Value) -> Result<Vec<String>, Stop> {
        soql::conditions(object, map).map_err(|name| {
            setup(&format!(
                "where: {name} is not a field, or not of that type"
            ))
        })
    }
}

/// Something is asked that the org, or this connector, does not have.
pub(super) fn setup(message: &str) -> Stop {
    Stop::from(Failure::because(FailureKind::Setup, message))
}

/// As [`setup`], of an object or a field that the org does not show this user.
pub(super) fn lacks(code: &str, name: &str, message: &str) -> Stop {
    Stop::from(Failure {
        code: code.to_owned(),
        fields: vec![name.to_owned()],
        ..Failure::because(FailureKind::Setup, message)
    })
}

fn listed(total: u64, offset: u64, rows: Vec<Value>) -> Value {
    json!({ "total": total, "offset": offset, "rows": rows })
}

fn newest(object: &ObjectFacts) -> String {
    soql::order(object, "LastModifiedDate desc").unwrap_or_else(|| "Id".to_owned())
}

/// The conditions of a record that is named like this, by its e-mail, its phone or its words; `None` where nothing is named.
fn naming(object: &ObjectFacts, text: &str) -> Option<Vec<String>> {
    let is_email = text.contains('@') && !text.contains(char::is_whitespace);
    if is_email && soql::field(object, "Email").is_some() {
        return Some(vec![format!("Email = {}", soql::literal(text))]);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= 6 && !text.chars().any(char::is_alphabetic) {
        // The last nine digits, so that +49 and 0 in front find the same phone.
        let tail = &digits[digits.len().saturating_sub(9)..];
        return Some(vec![soql::phone(object, tail)]);
    }
    let words = words(text, object).into_iter();
    let all: Vec<String> = words.map(|word| soql::word(object, &word)).collect();
    (!all.is_empty()).then_some(all)
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
