//! The OpenAPI document: each operation with its parameters, bodies, answers and refusals. The shapes that travel stand in
//! `shapes`; tests hold the document against the router and against real answers.

mod shapes;

use axum::Json;
use serde_json::{Value, json};

/// What is sent back where all went well.
#[derive(Clone, Copy)]
enum Sent {
    /// JSON of this shape.
    Shape(&'static str),
    /// Text of this media type.
    Text(&'static str),
    /// Nothing.
    Nothing,
}

/// One operation.
struct Operation {
    path: &'static str,
    method: &'static str,
    summary: &'static str,
    /// Names of `shapes::parameter`, beside those of the path.
    parameters: &'static [&'static str],
    body: Option<&'static str>,
    success: (&'static str, Sent),
    /// Statuses of refusals; 500 and the like aside.
    refusals: &'static [&'static str],
    /// Which keys it takes.
    keys: Keys,
}

#[derive(Clone, Copy)]
enum Keys {
    /// The server key, or the cookie of our own page.
    Opening,
    /// The server key, or the token of the conversation.
    Bearer,
    /// These, or the token in the address.
    Stream,
    /// The server key alone.
    Server,
    /// None.
    Open,
}

const OPERATIONS: [Operation; 13] = [
    Operation {
        path: "/v1/conversations",
        method: "post",
        summary: "Opens a conversation.",
        parameters: &[],
        body: Some("Opening"),
        success: ("201", Sent::Shape("Opened")),
        refusals: &["400", "401", "403", "413", "429", "503"],
        keys: Keys::Opening,
    },
    Operation {
        path: "/v1/conversations/{id}",
        method: "get",
        summary: "The state of a conversation: awaiting, slots, dialogs, signed_in.",
        parameters: &[],
        body: None,
        success: ("200", Sent::Shape("State")),
        refusals: &["401", "403", "404", "429", "503"],
        keys: Keys::Bearer,
    },
    Operation {
        path: "/v1/conversations/{id}",
        method: "delete",
        summary: "Forgets a conversation and its data; the user's grant stays.",
        parameters: &[],
        body: None,
        success: ("204", Sent::Nothing),
        refusals: &["401", "403", "404", "429", "503"],
        keys: Keys::Bearer,
    },
    Operation {
        path: "/v1/conversations/{id}/turns",
        method: "post",
        summary: "One turn: a text, or the value of a choice. Sent twice with one id, it runs once.",
        parameters: &[],
        body: Some("Turn"),
        success: ("200", Sent::Shape("Answer")),
        refusals: &["400", "401", "403", "404", "413", "429", "503"],
        keys: Keys::Bearer,
    },
    Operation {
        path: "/v1/conversations/{id}/messages",
        method: "get",
        summary: "Messages after an id; waits for more up to `wait` seconds.",
        parameters: &["after", "wait"],
        body: None,
        success: ("200", Sent::Shape("Messages")),
        refusals: &["400", "401", "403", "404", "429", "503"],
        keys: Keys::Bearer,
    },
    Operation {
        path: "/v1/conversations/{id}/events",
        method: "get",
        summary: "Messages and states as server-sent events: `message` with its id and a Message as data, `state` with a Pushed.",
        parameters: &["after", "token", "Last-Event-ID"],
        body: None,
        success: ("200", Sent::Text("text/event-stream")),
        refusals: &["400", "401", "403", "404", "429", "503"],
        keys: Keys::Stream,
    },
    Operation {
        path: "/v1/conversations/{id}/ws",
        method: "get",
        summary: "The same as a WebSocket: a frame out is a Frame, a frame in the body of a turn.",
        parameters: &["after", "token"],
        body: None,
        success: ("101", Sent::Shape("Frame")),
        refusals: &["400", "401", "403", "404", "426", "429", "503"],
        keys: Keys::Stream,
    },
    Operation {
        path: "/v1/conversations/{id}/transcript",
        method: "get",
        summary: "What was said, as a transcript file that `turnwise test` can run.",
        parameters: &[],
        body: None,
        success: ("200", Sent::Text("text/plain; charset=utf-8")),
        refusals: &["401", "403", "404", "429", "503"],
        keys: Keys::Bearer,
    },
    Operation {
        path: "/v1/users/{id}",
        method: "delete",
        summary: "Forgets a user: conversations and grants, which are revoked.",
        parameters: &[],
        body: None,
        success: ("204", Sent::Nothing),
        refusals: &["401", "503"],
        keys: Keys::Server,
    },
    Operation {
        path: "/v1/bot",
        method: "get",
        summary: "The bot's name, greeting, examples and locale.",
        parameters: &[],
        body: None,
        success: ("200", Sent::Shape("Bot")),
        refusals: &[],
        keys: Keys::Open,
    },
    Operation {
        path: "/healthz",
        method: "get",
        summary: "Alive.",
        parameters: &[],
        body: None,
        success: ("200", Sent::Text("text/plain; charset=utf-8")),
        refusals: &[],
        keys: Keys::Open,
    },
    Operation {
        path: "/readyz",
        method: "get",
        summary: "Store and templates are ready.",
        parameters: &[],
        body: None,
        success: ("200", Sent::Text("text/plain; charset=utf-8")),
        refusals: &["503"],
        keys: Keys::Open,
    },
    Operation {
        path: "/metrics",
        method: "get",
        summary: "Prometheus text; needs no key where the server was started with --open-metrics.",
        parameters: &[],
        body: None,
        success: ("200", Sent::Text("text/plain; charset=utf-8")),
        refusals: &["401"],
        keys: Keys::Server,
    },
];

/// `GET /v1/openapi.json`.
pub async fn document() -> Json<Value> {
    let mut paths = serde_json::Map::new();
    for operation in &OPERATIONS {
        let entry = paths.entry(operation.path).or_insert_with(|| json!({}));
        entry[operation.method] = described(operation);
    }
    Json(json!({
        "openapi": "3.1.0",
        "info": { "title": "Turnwise", "version": env!("CARGO_PKG_VERSION"), "description": "Conversations for front ends." },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "The server key, or a conversation's token." },
                "server_key": { "type": "http", "scheme": "bearer", "description": "The server key." },
                "token": { "type": "apiKey", "in": "query", "name": "token", "description": "A conversation's token, never the key: a browser can't send headers there." },
                "page": { "type": "apiKey", "in": "cookie", "name": "turnwise", "description": "Our own page's cookie (`__Host-turnwise` over https)." },
            },
            "schemas": shapes::all(),
        },
    }))
}

fn described(operation: &Operation) -> Value {
    let (status, sent) = operation.success;
    let mut success = json!({ "description": "Done." });
    match sent {
        Sent::Shape(name) => {
            success["content"] = json!({ "application/json": { "schema": shapes::of(name) } });
        }
        Sent::Text(kind) => {
            success["content"] = json!({ kind: { "schema": { "type": "string" } } });
        }
        Sent::Nothing => {}
    }
    let mut responses = serde_json::Map::new();
    responses.insert(status.to_owned(), success);
    for refusal in operation.refusals {
        let mut answer = json!({
            "description": meaning(refusal),
            "content": { "application/json": { "schema": shapes::of("Error") } },
        });
        if *refusal == "429" {
            answer["headers"] = json!({ "Retry-After": { "description": "Seconds until the next.", "schema": { "type": "integer", "minimum": 1 } } });
        }
        responses.insert((*refusal).to_owned(), answer);
    }
    let mut described = json!({ "summary": operation.summary, "responses": responses });
    let mut parameters = Vec::new();
    if operation.path.contains("{id}") {
        parameters.push(
            json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }),
        );
    }
    parameters.extend(
        operation
            .parameters
            .iter()
            .map(|name| shapes::parameter(name)),
    );
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = operation.body {
        described["requestBody"] = json!({
            "required": body == "Turn",
            "content": { "application/json": { "schema": shapes::of(body) } },
        });
    }
    described["security"] = match operation.keys {
        Keys::Opening => json!([{ "server_key": [] }, { "page": [] }]),
        Keys::Bearer => json!([{ "bearer": [] }]),
        Keys::Stream => json!([{ "bearer": [] }, { "token": [] }]),
        Keys::Server => json!([{ "server_key": [] }]),
        Keys::Open => json!([]),
    };
    described
}

fn meaning(status: &str) -> &'static str {
    match status {
        "400" => "Broken JSON, too long a text, or a field that can't be.",
        "401" => "No key or a wrong one, or the token has ended.",
        "403" => "The token of another conversation, or what only the server key may do.",
        "404" => "There is no such conversation.",
        "413" => "The body is over 256 KiB.",
        "426" => "Not a WebSocket's request.",
        "429" => "Too many requests.",
        _ => "The store is away.",
    }
}
