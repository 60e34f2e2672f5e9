//! What became of a create that got no answer, in an org without a field for our key (contract 2.6): the record it would
//! have made is looked for, and nothing is written. What the user is told where it is not there is the engine's.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use turnwise_engine::effect::{Failure, FailureKind};
use turnwise_engine::facts::ObjectFacts;

use super::client::Answer;
use super::failure::Stop;
use super::operation::Org;
use super::soql;

/// What tells records apart, e-mail and company first; of these the ones that were sent have to be the same.
const TELLING: &[&str] = &[
    "Email",
    "Company",
    "LastName",
    "FirstName",
    "Name",
    "AccountId",
    "ContactId",
    "Subject",
    "StageName",
    "CloseDate",
];
/// A save may end after its connection did, so it is looked for more than once.
const PAUSES: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(700),
    Duration::from_millis(1_500),
];
/// The org's clock is read in whole seconds.
const GRAIN: SignedDuration = SignedDuration::from_secs(2);

impl Org<'_> {
    /// The record that this create has made since then; else it stays unknown whether it did.
    pub(super) async fn settle(
        &self,
        object: &ObjectFacts,
        body: &Map<String, Value>,
        since: Timestamp,
    ) -> Result<Value, Stop> {
        let unknown = || Stop::from(Failure::new(FailureKind::Unknown));
        let statement = statement(object, body).ok_or_else(unknown)?;
        for pause in PAUSES {
            tokio::time::sleep(pause).await;
            match self.query_answer(&statement).await {
                Ok(answer) => {
                    if let Some(made) = made_since(&answer, since) {
                        return Ok(self
                            .reread(object, &made, &Value::Object(body.clone()))
                            .await);
                    }
                }
                Err(Stop::Session { .. }) => return Err(Stop::Session { unsure: true }),
                Err(_) => return Err(unknown()),
            }
        }
        Err(unknown())
    }
}

/// The newest records that are what was sent; `None` where nothing that was sent tells records apart.
fn statement(object: &ObjectFacts, body: &Map<String, Value>) -> Option<String> {
    let mut all = Vec::new();
    for name in TELLING {
        let Some(field) = soql::field(object, name) else {
            continue;
        };
        match body.get(&field.name) {
            None | Some(Value::Null) => {}
            Some(value) => all.push(soql::equals(field, value)?),
        }
    }
    if all.is_empty() {
        return None;
    }
    Some(format!(
        "SELECT Id, CreatedDate FROM {} WHERE {} ORDER BY CreatedDate DESC LIMIT 5",
        object.name,
        all.join(" AND ")
    ))
}

/// The id of the newest record, if it was made after that. The org's clock stands in the answer, so only spans of time are
/// compared, never its clock with ours.
fn made_since(answer: &Answer, since: Timestamp) -> Option<String> {
    let newest = &answer.body["records"][0];
    let created = soql::timestamp(&newest["CreatedDate"])?;
    let here = Timestamp::now();
    let age = here.duration_since(since).max(SignedDuration::ZERO) + GRAIN;
    let there = answer.date.unwrap_or(here);
    (there.duration_since(created) <= age).then(|| newest["Id"].as_str().map(str::to_owned))?
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_was_made_since_then_by_the_orgs_own_clock_is_ours() {
        let since = Timestamp::now() - SignedDuration::from_secs(60);
        // This org's clock is years behind ours.
        let answer = |created: &str| Answer {
            status: 200,
            body: json!({ "records": [{ "Id": "00Q000000000001EAA", "CreatedDate": created }] }),
            wait: None,
            date: Some("2020-05-01T12:00:00Z".parse().unwrap()),
        };
        for (created, ours) in [
            ("2020-05-01T11:59:30.000+0000", true),
            ("2020-05-01T11:59:00.000+0000", true),
            ("2020-05-01T11:58:30.000+0000", false),
            ("2020-04-30T11:59:30.000+0000", false),
        ] {
            assert_eq!(
                made_since(&answer(created), since).is_some(),
                ours,
                "{created}"
            );
        }
    }
}
