//! What an org's describe tells of its objects, as the engine's facts.
//! How long it is kept is left to whoever asks.

use reqwest::Method;
use serde_json::Value;
use turnwise_engine::effect::{Failure, FailureKind};
use turnwise_engine::facts::{FieldFacts, ObjectFacts, OrgFacts};

use super::client::{Ask, Client, Session, SessionEnded};
use super::failure::{Stop, judge};
use super::id::is_name;

/// Asks for the describe of these objects; one the org does not know is left out.
///
/// # Errors
/// [`SessionEnded`] where the token is not taken any more; the inner failure where the org did not answer as it should.
pub async fn describe(
    client: &Client,
    session: &Session,
    objects: &[&str],
) -> Result<Result<OrgFacts, Failure>, SessionEnded> {
    let mut facts = OrgFacts::default();
    for object in objects {
        if !is_name(object) {
            continue;
        }
        let ask = Ask {
            method: Method::GET,
            path: format!("sobjects/{object}/describe"),
            body: None,
            headers: &[],
        };
        let Ok(answer) = client.send(session, &ask).await else {
            return Ok(Err(Failure::new(FailureKind::Unavailable)));
        };
        match answer.status {
            200 => {
                let known = object_facts(&answer.body);
                facts.objects.insert(known.name.to_lowercase(), known);
            }
            404 => {}
            _ => match judge(&answer, false, "") {
                Stop::Session { .. } => return Err(SessionEnded { doubt: None }),
                Stop::Failed(failure) | Stop::Busy(failure) => return Ok(Err(*failure)),
            },
        }
    }
    Ok(Ok(facts))
}

fn object_facts(body: &Value) -> ObjectFacts {
    let fields = body["fields"].as_array().into_iter().flatten();
    ObjectFacts {
        name: text(body, "name"),
        label: text(body, "label"),
        plural: text(body, "labelPlural"),
        fields: fields
            .map(field_facts)
            .map(|field| (field.name.to_lowercase(), field))
            .collect(),
    }
}

fn field_facts(field: &Value) -> FieldFacts {
    let yes = |name: &str| field[name].as_bool().unwrap_or(false);
    let values = field["picklistValues"].as_array().into_iter().flatten();
    FieldFacts {
        name: text(field, "name"),
        label: text(field, "label"),
        kind: text(field, "type"),
        length: usize::try_from(field["length"].as_u64().unwrap_or(0)).unwrap_or(0),
        required: yes("createable") && !yes("nillable") && !yes("defaultedOnCreate"),
        createable: yes("createable"),
        updateable: yes("updateable"),
        picklist: values
            .filter(|value| value["active"].as_bool() != Some(false))
            .map(|value| (text(value, "value"), text(value, "label")))
            .collect(),
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or("").to_owned()
}
