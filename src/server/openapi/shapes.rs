//! The shapes that travel over `/v1` as JSON Schema: messages, what is awaited, answers, refusals.
//! Which operation sends which stands in the document.

use serde_json::{Map, Value, json};

/// A reference to a shape.
pub(super) fn of(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A parameter of the address or of the head.
pub(super) fn parameter(name: &str) -> Value {
    let (place, what, schema) = match name {
        "after" => (
            "query",
            "The id of the last message seen.",
            json!({ "type": "integer", "default": 0 }),
        ),
        "wait" => (
            "query",
            "Seconds to wait for a message; at most 60.",
            json!({ "type": "integer", "minimum": 0, "default": 0 }),
        ),
        "token" => (
            "query",
            "The conversation's token, where no header can be sent.",
            json!({ "type": "string" }),
        ),
        _ => (
            "header",
            "The id of the last event seen; comes before `after`.",
            json!({ "type": "string" }),
        ),
    };
    json!({ "name": name, "in": place, "description": what, "schema": schema })
}

/// All of them, by name.
pub(super) fn all() -> Value {
    let mut shapes = Map::new();
    for part in [bodies(), answers(), messages(), awaiting()] {
        if let Value::Object(part) = part {
            shapes.extend(part);
        }
    }
    Value::Object(shapes)
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn list(name: &str) -> Value {
    json!({ "type": "array", "items": of(name) })
}

/// An object with these properties; those whose name ends in `?` may be missing.
fn object<const N: usize>(properties: [(&str, Value); N]) -> Value {
    let required: Vec<&str> = properties
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !name.ends_with('?'))
        .collect();
    let properties: Map<String, Value> = properties
        .into_iter()
        .map(|(name, schema)| (name.trim_end_matches('?').to_owned(), schema))
        .collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn bodies() -> Value {
    let name = json!({ "type": "string", "maxLength": 200 });
    let id = json!({ "type": "string", "minLength": 1, "maxLength": 200 });
    let mut turn = object([
        ("text?", json!({ "type": "string", "maxLength": 32000 })),
        (
            "value?",
            json!({ "description": "The value of an open choice or button, else a normalised value of the awaited slot, else read as text. It comes before `text`, which is then shown as what the user said." }),
        ),
        (
            "id?",
            json!({ "type": "string", "maxLength": 200, "description": "The sender's id of the message: sent twice, it runs once." }),
        ),
    ]);
    turn["anyOf"] = json!([{ "required": ["text"] }, { "required": ["value"] }]);
    json!({
        "Opening": object([
            ("user?", object([("id", id), ("name?", name)])),
            ("locale?", json!({ "type": "string", "description": "BCP 47; the bot's by default." })),
            ("timezone?", json!({ "type": "string", "description": "IANA; the bot's by default." })),
            ("sign_in?", json!({ "enum": ["code", "vouched"], "default": "code" })),
        ]),
        "Turn": turn,
    })
}

fn answers() -> Value {
    let open = json!({ "type": "object", "additionalProperties": true });
    let slots = json!({ "type": "object", "additionalProperties": true, "description": "What is filled in the dialog on top, by id, normalised; masked where sensitive." });
    json!({
        "Opened": object([
            ("id", text()),
            ("token", json!({ "type": "string", "description": "Ends 24 h after the conversation's last turn." })),
            ("user", object([("id", text())])),
            ("messages", list("Message")),
            ("awaiting", of("Awaiting")),
        ]),
        "Answer": object([
            ("turn", json!({ "type": "integer" })),
            ("messages", json!({ "type": "array", "items": of("Message"), "description": "The bot's." })),
            ("awaiting", of("Awaiting")),
            ("slots", slots.clone()),
        ]),
        "State": object([
            ("id", text()),
            ("awaiting", of("Awaiting")),
            ("slots", slots.clone()),
            ("dialogs", json!({ "type": "array", "items": of("Dialog"), "description": "Bottom first." })),
            ("signed_in", json!({ "type": "object", "additionalProperties": { "type": "boolean" }, "description": "By integration, whether a call needs no link now." })),
        ]),
        "Dialog": object([("template", text()), ("slots", open)]),
        "Messages": object([("messages", list("Message"))]),
        "Pushed": object([
            ("turn", json!({ "type": "integer" })),
            ("awaiting", of("Awaiting")),
            ("slots", slots),
        ]),
        "Frame": { "oneOf": [
            object([("event", json!({ "const": "message" })), ("data", of("Message"))]),
            object([("event", json!({ "const": "state" })), ("data", of("Pushed"))]),
            object([("event", json!({ "const": "error" })), ("data", of("Refusal"))]),
        ] },
        "Bot": object([
            ("name", text()),
            ("greeting", json!({ "type": ["string", "null"] })),
            ("examples", json!({ "type": "array", "items": text() })),
            ("locale", text()),
        ]),
        "Refusal": object([
            ("code", text()),
            ("message", json!({ "type": "string", "description": "What is wrong and what to do." })),
        ]),
        "Error": object([("error", of("Refusal"))]),
    })
}

fn messages() -> Value {
    let kinds = ["Text", "Choices", "Card", "Table", "SignIn"];
    json!({
        "Message": {
            "oneOf": kinds.map(of),
            "discriminator": { "propertyName": "kind", "mapping": {
                "text": of("Text")["$ref"], "choices": of("Choices")["$ref"], "card": of("Card")["$ref"],
                "table": of("Table")["$ref"], "sign_in": of("SignIn")["$ref"],
            } },
        },
        "Text": message("text", [("choices?", list("Choice"))]),
        "Choices": message("choices", [("choices", list("Choice"))]),
        "Card": message("card", [
            ("title", text()),
            ("fields", list("CardField")),
            ("url?", text()),
            ("choices?", list("Choice")),
        ]),
        "Table": message("table", [
            ("columns", json!({ "type": "array", "items": text() })),
            ("rows", json!({ "type": "array", "items": { "type": "array", "items": text() } })),
            ("total", json!({ "type": "integer", "minimum": 0 })),
            ("first", json!({ "type": "integer", "minimum": 1, "description": "The number of the first row." })),
            ("choices?", list("Choice")),
        ]),
        "SignIn": message("sign_in", [
            ("url", json!({ "type": "string", "description": "Empty once the link has ended." })),
            ("expires_at", time()),
            ("integration", text()),
            ("host", json!({ "type": "string", "description": "Where the link leads in the end." })),
            ("button?", json!({ "type": "string", "description": "What the link is called." })),
        ]),
        "Choice": object([("title", text()), ("value", json!({ "description": "What comes back as `value` when it is chosen." }))]),
        "CardField": object([
            ("label", text()),
            ("value", text()),
            ("was?", json!({ "type": "string", "description": "What it was before, on the card of an update." })),
        ]),
    })
}

/// A message of one kind: what all have, and its own.
fn message<const N: usize>(kind: &str, own: [(&str, Value); N]) -> Value {
    let mut shape = object([
        (
            "id",
            json!({ "type": "integer", "minimum": 1, "description": "Rising, one sequence for both sides." }),
        ),
        ("from", json!({ "enum": ["bot", "user"] })),
        ("at", time()),
        ("kind", json!({ "const": kind })),
        (
            "text",
            json!({ "type": "string", "description": "Plain or Markdown; alone it is enough." }),
        ),
        (
            "integration?",
            json!({ "type": "string", "description": "With `outcome`: the sign-in that ended." }),
        ),
        (
            "outcome?",
            json!({ "enum": ["granted", "refused", "expired", "abandoned", "wrong_account", "unavailable", "blocked"] }),
        ),
    ]);
    let own = object(own);
    for (name, schema) in own["properties"].as_object().into_iter().flatten() {
        shape["properties"][name] = schema.clone();
    }
    if let (Some(required), Some(more)) =
        (shape["required"].as_array_mut(), own["required"].as_array())
    {
        required.extend(more.iter().cloned());
    }
    shape
}

fn awaiting() -> Value {
    let kind = |kind: &str| ("kind", json!({ "const": kind }));
    let template = json!({ "type": "string", "description": "The template of the dialog on top." });
    json!({ "Awaiting": {
        "description": "What the bot waits for.",
        "oneOf": [
            object([kind("slot"), ("template", template.clone()), ("slot", text())]),
            object([
                kind("confirm"),
                ("what", json!({ "enum": ["create", "update", "delete", "cancel", "resume", "suggestion", "switch_account"] })),
                ("template?", template),
            ]),
            object([kind("choice"), ("options", list("Choice"))]),
            object([
                kind("authorization"),
                ("integration", text()),
                ("url", text()),
                ("expires_at", time()),
            ]),
            object([kind("code"), ("integration", text())]),
            object([kind("call")]),
            object([kind("nothing")]),
        ],
    } })
}
