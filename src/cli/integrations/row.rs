//! One integration as `turnwise integrations` lists it, and the step that comes next. Its states are the connectors'.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use turnwise_connectors::auth::{By, State, Use};

use super::Integrations;

impl Integrations {
    /// An integration as it is listed.
    pub(super) fn row(&self, used: &Use, state: State, account: &str) -> Value {
        let by = match used.setup.by {
            By::Users => "users",
            By::Operator => "operator",
        };
        let mut row = BTreeMap::from([
            ("id", json!(used.setup.integration)),
            ("title", json!(state.title())),
            ("state", json!(state.word())),
            ("by", json!(by)),
            ("profile", json!(used.setup.profile)),
            ("account", json!(account)),
        ]);
        if let Some(next) = next(used, state) {
            row.insert("next", json!(self.whole(&next)));
        }
        json!(row)
    }
}

/// What has to be done next, as a command; `None` where nothing has.
fn next(used: &Use, state: State) -> Option<String> {
    let id = &used.setup.integration;
    match state {
        State::NotConfigured => Some(match &used.profile {
            Some(profile) if !profile.lacks(By::Operator).is_empty() => format!(
                "give the profile {} its {}",
                profile.id,
                profile.lacks(By::Operator).join(", ")
            ),
            _ => format!("turnwise integrations set {id} --profile system"),
        }),
        State::NeedsAuthorization | State::Expired => {
            Some(format!("turnwise integrations authorize {id}"))
        }
        State::Disabled => Some(format!("turnwise integrations enable {id}")),
        _ => None,
    }
}
