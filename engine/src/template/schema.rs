//! The JSON Schema of the files of a bot, for editors. It is made from the lists of keys that the readers go by, so that
//! the two can't differ; what is right beyond the keys is the check's.

use serde_json::{Map, json};

use super::{bot, dialog, slot, step};
use crate::Value;
use crate::effect::FailureKind;

mod words;

/// The keys of a shared file.
pub(super) const SHARED_KEYS: &[&str] = &["shared", "slots", "based_on"];

/// The schema of a file in `templates/`: a dialog or a shared file.
pub fn schema() -> Value {
    let texts = json!({ "anyOf": [{ "$ref": "#/$defs/text" }, { "type": "array", "items": { "$ref": "#/$defs/text" } }] });
    let steps = json!({ "anyOf": [{ "$ref": "#/$defs/step" }, { "type": "array", "items": { "$ref": "#/$defs/step" } }] });
    let kinds: Vec<&str> = FailureKind::ALL.iter().map(|kind| kind.word()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Turnwise template",
        "oneOf": [{ "$ref": "#/$defs/template" }, { "$ref": "#/$defs/shared" }],
        "$defs": {
            "id": { "type": "string", "pattern": "^[a-z][a-z0-9_]*$" },
            "text": { "type": ["string", "number", "boolean"] },
            "texts": texts,
            "steps": steps,
            "on_error": {
                "type": "object",
                "description": format!("By kind ({}), by a code of the connector, or `any`.", kinds.join(", ")),
                "additionalProperties": { "$ref": "#/$defs/steps" },
            },
            "slots": {
                "type": "object",
                "propertyNames": { "$ref": "#/$defs/id" },
                "additionalProperties": { "anyOf": [{ "$ref": "#/$defs/slot" }, { "type": "null" }] },
            },
            "template": titled(map(dialog::TEMPLATE_KEYS, template, words::TEMPLATE, &["template"])),
            "shared": map(SHARED_KEYS, template, words::SHARED, &["shared", "slots"]),
            "slot": map(slot::KEYS, slot_key, words::SLOT, &[]),
            "step": { "anyOf": every_step() },
        },
    })
}

/// The schema of bot.yaml.
pub fn bot_schema() -> Value {
    let mut schema = map(bot::BOT_KEYS, bot_key, words::BOT, &["name"]);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("Turnwise bot");
    schema
}

/// A template has a title, or that of the one it extends.
fn titled(mut template: Value) -> Value {
    template["anyOf"] = json!([{ "required": ["title"] }, { "required": ["extends"] }]);
    template
}

fn map(
    keys: &[&str],
    of: fn(&str) -> Value,
    meanings: &[(&str, &'static str)],
    required: &[&str],
) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| {
            let mut value = of(key);
            if let Some((_, meaning)) = meanings.iter().find(|(known, _)| known == key) {
                value["description"] = json!(meaning);
            }
            ((*key).to_owned(), value)
        })
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn every_step() -> Vec<Value> {
    let mut all: Vec<Value> = step::KEYS
        .iter()
        .map(|(verb, keys)| a_step(verb, keys))
        .collect();
    let mut call = a_step("call", &step::CALL_KEYS);
    call["additionalProperties"] = json!(true);
    call["description"] = json!("Its other keys are the inputs of the operation.");
    all.push(call);
    all
}

/// A verb with the keys beside it: its own meaning first, since `show` and `say` are both.
fn a_step(verb: &str, keys: &[&str]) -> Value {
    let mut own: Vec<(&str, &'static str)> = words::STEP.to_vec();
    if let Some((name, meaning)) = words::VERBS.iter().find(|(name, _)| *name == verb) {
        own.insert(0, (name, meaning));
    }
    map(keys, step_key, &own, &[verb])
}

fn template(key: &str) -> Value {
    match key {
        "template" | "shared" => json!({ "$ref": "#/$defs/id" }),
        "nouns" | "include" | "remove" => json!({ "$ref": "#/$defs/texts" }),
        "slots" => json!({ "$ref": "#/$defs/slots" }),
        "steps" => json!({ "$ref": "#/$defs/steps" }),
        "before" | "after" => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/steps" } })
        }
        "adjust" | "wording" => json!({ "type": "object" }),
        "on_error" => json!({ "$ref": "#/$defs/on_error" }),
        "auth" => json!({ "enum": ["integration", "user", "shared"] }),
        "digressions" => json!({ "enum": ["allow", "ask", "refuse"] }),
        "examples" => json!({
            "description": "What people say to start it; {slot} marks where a value stands.",
            "type": "array",
            "items": { "anyOf": [{ "type": "string" }, {
                "type": "object",
                "properties": { "text": { "type": "string" }, "means": { "type": "object" } },
                "required": ["text"],
                "additionalProperties": false,
            }] },
        }),
        _ => json!({ "$ref": "#/$defs/text" }),
    }
}

fn slot_key(key: &str) -> Value {
    match key {
        "type" => json!({ "enum": slot::TYPES }),
        "called" | "ask" | "reask" | "samples" | "why" | "fields" | "of" | "names" => {
            json!({ "$ref": "#/$defs/texts" })
        }
        "optional" | "sensitive" | "list" | "whole" => json!({ "type": "boolean" }),
        "retries" | "min_length" | "max_length" => json!({ "type": "integer", "minimum": 0 }),
        "gives_up" => json!({ "enum": ["skip", "cancel", "handoff"] }),
        "digressions" => json!({ "enum": ["allow", "ask", "refuse"] }),
        "prefer" => json!({ "enum": ["future", "past"] }),
        "if_none" => json!({ "enum": ["ask", "keep"] }),
        "default" | "choices" | "validate" => json!({}),
        "synonyms" => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/texts" } })
        }
        "where" => json!({ "type": "object" }),
        _ => json!({ "$ref": "#/$defs/text" }),
    }
}

fn step_key(key: &str) -> Value {
    match key {
        "id" => json!({ "$ref": "#/$defs/id" }),
        "then" | "else" | "no" => json!({ "$ref": "#/$defs/steps" }),
        "options" => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/steps" } })
        }
        "on_error" => json!({ "$ref": "#/$defs/on_error" }),
        "set" | "with" | "retry" => json!({ "type": "object" }),
        "share" | "optional" | "undo" => json!({ "type": "boolean" }),
        "end" => json!({ "enum": ["done", "cancelled", "failed"] }),
        "auth" => json!({ "enum": ["integration", "user", "shared"] }),
        "collect" | "ask_again" | "say" | "confirm" | "choose" | "none" | "buttons" | "fields"
        | "show" => {
            json!({ "$ref": "#/$defs/texts" })
        }
        _ => json!({ "$ref": "#/$defs/text" }),
    }
}

fn bot_key(key: &str) -> Value {
    let each = |of: Value| json!({ "type": "object", "additionalProperties": of });
    match key {
        "integrations" => {
            let settings = map(
                bot::INTEGRATION_KEYS,
                integration_key,
                words::INTEGRATION,
                &[],
            );
            each(json!({ "anyOf": [settings, { "type": "null" }] }))
        }
        "profiles" => each(json!({ "anyOf": bot::MECHANISMS.map(profile) })),
        "handoff" => each(map(
            &["webhook"],
            |_| json!({ "type": "string" }),
            &[],
            &["webhook"],
        )),
        "idle" => map(
            &["ask_after", "forget_after"],
            |_| json!({ "type": "string", "pattern": "^[0-9]+[smhd]$" }),
            &[],
            &[],
        ),
        "understanding" => map(&["reject", "ask_within"], share, &[], &[]),
        "wording" => each(json!({
            "type": ["string", "number", "boolean", "array"],
            "items": { "type": ["string", "number", "boolean"] },
        })),
        "on_error" => each(json!({ "type": ["object", "array"] })),
        "greeting" | "templates" => {
            json!({ "type": ["string", "array"], "items": { "type": "string" } })
        }
        _ => json!({ "type": "string" }),
    }
}

fn integration_key(key: &str) -> Value {
    match key {
        "authorize" => json!({ "enum": ["users", "operator"] }),
        "shared_writes" | "enabled" => json!({ "type": "boolean" }),
        "orgs" => json!({
            "type": ["string", "array", "object"],
            "items": { "type": "string" },
            "additionalProperties": { "type": "string" }
        }),
        _ => json!({ "type": "string" }),
    }
}

/// A profile of one mechanism: its secrets are names of the environment.
fn profile((mechanism, needed, may): bot::Mechanism) -> Value {
    let keys: Vec<&str> = ["mechanism"]
        .iter()
        .chain(needed)
        .chain(may)
        .copied()
        .collect();
    let required: Vec<&str> = ["mechanism"].iter().chain(needed).copied().collect();
    let mut profile = map(&keys, profile_key, &[], &required);
    profile["properties"]["mechanism"] = json!({ "const": mechanism });
    profile
}

fn profile_key(key: &str) -> Value {
    let named = json!({
        "type": "object",
        "properties": { "env": { "type": "string" } },
        "required": ["env"],
        "additionalProperties": false,
    });
    if bot::SECRETS.contains(&key) {
        return named;
    }
    json!({ "anyOf": [
        { "type": ["string", "number", "array"], "items": { "type": "string" } },
        named,
    ] })
}

fn share(key: &str) -> Value {
    let share = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    match key {
        "reject" => json!({ "anyOf": [share, { "const": "off" }] }),
        _ => share,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_the_keys_that_the_readers_have() {
        let schema = schema();
        let keys = |of: &str| -> Vec<String> {
            let properties = schema["$defs"][of]["properties"].as_object().unwrap();
            properties.keys().cloned().collect()
        };
        assert_eq!(keys("template"), dialog::TEMPLATE_KEYS);
        assert_eq!(keys("slot"), slot::KEYS);
        assert_eq!(
            schema["$defs"]["step"]["anyOf"].as_array().unwrap().len(),
            step::VERBS.len()
        );
    }
}
