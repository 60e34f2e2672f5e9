//! Conversations as front ends see them (`/v1/openapi.json`): messages, what is awaited, slots. The address of a
//! sign-in link is put in here, at delivery; the store holds it sealed only.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use turnwise_connectors::auth::Who;
use turnwise_engine::conversation::{Awaiting, Conversation, Dialog, SlotState, What};
use turnwise_engine::display::{MASK, named};
use turnwise_engine::reply::{Reply, ReplyKind};
use turnwise_engine::template::Templates;

use super::Runtime;

/// A message of the user, without its id.
pub fn of_user(text: &str, at: Timestamp) -> Value {
    json!({ "id": 0, "from": "user", "at": at.to_string(), "kind": "text", "text": text })
}

/// A message of the bot, without its id; a sign-in has the attempt's name in place of the address.
pub fn of_bot(reply: &Reply, at: Timestamp) -> Value {
    let mut message =
        json!({ "id": 0, "from": "bot", "at": at.to_string(), "kind": "text", "text": reply.text });
    match &reply.kind {
        ReplyKind::Text => {}
        ReplyKind::Choices => message["kind"] = "choices".into(),
        ReplyKind::Card { title, fields, url } => {
            message["kind"] = "card".into();
            message["title"] = title.as_str().into();
            message["fields"] = serde_json::to_value(fields).unwrap_or_default();
            if let Some(url) = url {
                message["url"] = url.as_str().into();
            }
        }
        ReplyKind::Table {
            columns,
            rows,
            total,
            first,
        } => {
            message["kind"] = "table".into();
            message["columns"] = json!(columns);
            message["rows"] = json!(rows);
            message["total"] = json!(total);
            message["first"] = json!(first);
        }
        ReplyKind::SignIn {
            integration,
            attempt,
            expires_at,
            host,
        } => {
            message["kind"] = "sign_in".into();
            message["integration"] = integration.as_str().into();
            message["attempt"] = attempt.as_str().into();
            message["expires_at"] = expires_at.to_string().into();
            message["host"] = host.as_str().into();
            // What the link is called; what else such a reply offers is typed.
            if let Some(choice) = reply.choices.first() {
                message["button"] = choice.title.as_str().into();
            }
        }
    }
    if !reply.choices.is_empty() && message["kind"] != "sign_in" {
        message["choices"] = serde_json::to_value(&reply.choices).unwrap_or_default();
    }
    if let Some(ended) = &reply.ended {
        message["integration"] = ended.integration.as_str().into();
        message["outcome"] = ended.outcome.as_str().into();
    }
    message
}

impl Runtime {
    /// A message with the address of its link, while the link works.
    pub async fn with_link(&self, who: &Who, mut message: Value) -> Value {
        let attempt = message
            .as_object_mut()
            .and_then(|fields| fields.remove("attempt"));
        if let Some(attempt) = attempt.as_ref().and_then(Value::as_str) {
            message["url"] = self.url_of(who, attempt).await.into();
        }
        message
    }

    async fn url_of(&self, who: &Who, attempt: &str) -> String {
        match self.connectors.auth.link(who, attempt).await {
            Ok(Some(handle)) => format!("{}/auth/start/{handle}", self.public_url),
            _ => String::new(),
        }
    }

    /// `awaiting`, by which programs steer.
    pub async fn awaiting(&self, who: &Who, state: &Conversation) -> Value {
        self.with_link(who, self.awaits(state)).await
    }

    /// `awaiting` as it is kept: in place of a link's address stands the attempt's name.
    pub(super) fn awaits(&self, state: &Conversation) -> Value {
        let template = state.dialogs.last().map(|dialog| dialog.template.as_str());
        match &state.awaiting {
            Awaiting::Nothing => json!({ "kind": "nothing" }),
            Awaiting::Call => json!({ "kind": "call" }),
            Awaiting::Slot { slot } => {
                json!({ "kind": "slot", "template": template, "slot": slot })
            }
            Awaiting::Code { integration } => json!({ "kind": "code", "integration": integration }),
            Awaiting::Choice { options, .. } => json!({ "kind": "choice", "options": options }),
            Awaiting::Authorization {
                integration,
                attempt,
                expires_at,
            } => json!({
                "kind": "authorization",
                "integration": integration,
                "attempt": attempt,
                "expires_at": expires_at.to_string(),
            }),
            Awaiting::Confirm { what } => {
                let word = match what {
                    What::Write { does, .. } => does.word(),
                    What::Cancel | What::Replace { .. } => "cancel",
                    What::Resume => "resume",
                    What::Suggestion { .. } | What::Keep { .. } => "suggestion",
                    What::Undo => match state.undo.as_ref().map(|undo| undo.does) {
                        Some(turnwise_engine::effect::Does::Create) => "delete",
                        _ => "update",
                    },
                    What::SwitchAccount { .. } => "switch_account",
                };
                let about = match what {
                    What::Suggestion { template, .. } | What::Replace { template, .. } => {
                        Some(template.as_str())
                    }
                    What::Undo => state.undo.as_ref().map(|undo| undo.template.as_str()),
                    _ => template,
                };
                match about {
                    Some(template) => {
                        json!({ "kind": "confirm", "what": word, "template": template })
                    }
                    None => json!({ "kind": "confirm", "what": word }),
                }
            }
        }
    }
}

/// What is filled in the dialog on top.
pub fn slots(templates: &Templates, state: &Conversation) -> Value {
    state
        .dialogs
        .last()
        .map_or_else(|| json!({}), |dialog| slots_of(templates, dialog))
}

/// All open dialogs, bottom first.
pub fn dialogs(templates: &Templates, state: &Conversation) -> Value {
    let dialogs = state.dialogs.iter();
    dialogs
        .map(|dialog| json!({ "template": dialog.template, "slots": slots_of(templates, dialog) }))
        .collect()
}

fn slots_of(templates: &Templates, dialog: &Dialog) -> Value {
    let template = templates.version(&dialog.template, &dialog.digest);
    let mut slots = Map::new();
    for (id, state) in &dialog.slots {
        let SlotState::Filled { value, .. } = state else {
            continue;
        };
        // Where the template is lost nobody can tell what was sensitive: all of it is masked.
        let plain = template
            .and_then(|template| template.slots.get(id))
            .is_some_and(|slot| !slot.sensitive);
        let shown = if plain {
            named(value.clone())
        } else {
            MASK.into()
        };
        slots.insert(id.clone(), shown);
    }
    Value::Object(slots)
}
