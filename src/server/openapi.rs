//! The OpenAPI document of `/v1`. It stands as one JSON value beside the router; a test holds the two against each other.

use axum::Json;
use serde_json::{Value, json};

/// Paths under `/v1` with their methods and what they do.
pub const PATHS: [(&str, &str, &str); 10] = [
    ("/v1/conversations", "post", "Opens a conversation."),
    (
        "/v1/conversations/{id}",
        "get",
        "The state of a conversation: awaiting, slots, dialogs, signed_in.",
    ),
    (
        "/v1/conversations/{id}",
        "delete",
        "Forgets a conversation and its data; the user's grant stays.",
    ),
    (
        "/v1/conversations/{id}/turns",
        "post",
        "One turn: a text, or the value of a choice. Sent twice with one id, it runs once.",
    ),
    (
        "/v1/conversations/{id}/messages",
        "get",
        "Messages after an id; waits for more up to `wait` seconds.",
    ),
    (
        "/v1/conversations/{id}/events",
        "get",
        "Messages and states as server-sent events.",
    ),
    (
        "/v1/conversations/{id}/ws",
        "get",
        "The same as a WebSocket; a frame in is the body of a turn.",
    ),
    (
        "/v1/conversations/{id}/transcript",
        "get",
        "What was said, as text.",
    ),
    (
        "/v1/users/{id}",
        "delete",
        "Forgets a user: conversations and grants, which are revoked. Needs the server key.",
    ),
    ("/v1/bot", "get", "The bot's name, greeting and examples."),
];

/// `GET /v1/openapi.json`.
pub async fn document() -> Json<Value> {
    let mut paths = serde_json::Map::new();
    for (path, method, summary) in PATHS {
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        let success = match (path, method) {
            ("/v1/conversations", "post") => "201",
            (_, "delete") => "204",
            _ => "200",
        };
        let mut operation = json!({
            "summary": summary,
            "responses": {
                success: { "description": "Done." },
                "default": { "description": "What is wrong and what to do.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } },
            },
        });
        if path.contains("{id}") {
            operation["parameters"] = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }]);
        }
        let body = match (path, method) {
            ("/v1/conversations", "post") => Some("Opening"),
            (_, "post") => Some("Turn"),
            _ => None,
        };
        if let Some(body) = body {
            operation["requestBody"] = json!({ "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{body}") } } } });
        }
        entry[method] = operation;
    }
    Json(json!({
        "openapi": "3.1.0",
        "info": { "title": "Turnwise", "version": env!("CARGO_PKG_VERSION"), "description": "Conversations for front ends." },
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "description": "The server key, or a conversation's token." } },
            "schemas": {
                "Opening": { "type": "object", "properties": {
                    "user": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" }, "name": { "type": "string" } } },
                    "locale": { "type": "string" }, "timezone": { "type": "string" }, "sign_in": { "enum": ["code", "vouched"] } } },
                "Turn": { "type": "object", "properties": {
                    "text": { "type": "string", "maxLength": 32000 }, "value": {}, "id": { "type": "string", "maxLength": 200 } } },
                "Error": { "type": "object", "properties": { "error": { "type": "object", "properties": {
                    "code": { "type": "string" }, "message": { "type": "string" } } } } },
            },
        },
    }))
}
