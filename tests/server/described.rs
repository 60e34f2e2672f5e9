//! The OpenAPI document held against what the server really answers: a whole conversation, with links, cards, tables, choices
//! and refusals, in which nothing is missing and nothing is sent that is not described.

use serde_json::{Value, json};

use super::world::{Answer, KEY, World};

/// Whether a value is what a schema says; properties that the schema does not name are faults.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = document.pointer(name.trim_start_matches('#')).unwrap();
        return fits(document, schema, value);
    }
    if let Some(all) = schema["oneOf"].as_array() {
        let faults: Vec<String> = all
            .iter()
            .filter_map(|one| fits(document, one, value).err())
            .collect();
        return if faults.len() + 1 == all.len() {
            Ok(())
        } else {
            Err(format!("one of: {}", faults.join("; ")))
        };
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{value} is not {}", schema["const"]));
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        return Err(format!("{value} is none of {values:?}"));
    }
    let is = |kind: &str| match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        kind => panic!("the test knows no type {kind}"),
    };
    match &schema["type"] {
        Value::String(kind) if !is(kind) => return Err(format!("{value} is no {kind}")),
        Value::Array(kinds) if !kinds.iter().any(|kind| is(kind.as_str().unwrap())) => {
            return Err(format!("{value} is none of {kinds:?}"));
        }
        _ => {}
    }
    for item in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], item)?;
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            return Err(format!("{name} is missing in {value}"));
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        let known = schema["properties"].get(name);
        let more = &schema["additionalProperties"];
        match known {
            Some(schema) => fits(document, schema, value).map_err(|e| format!("{name}: {e}"))?,
            None if more.is_object() => fits(document, more, value)?,
            None if more == true => {}
            None => return Err(format!("`{name}` is not described: {value}")),
        }
    }
    Ok(())
}

struct Described {
    document: Value,
}

impl Described {
    async fn of(world: &World) -> Described {
        let document = world.send("GET", "/v1/openapi.json", &[], "").await.json();
        Described { document }
    }

    /// An answer is one of those that the operation lists.
    fn holds(&self, method: &str, path: &str, answer: &Answer) {
        let operation = &self.document["paths"][path][method];
        let response = &operation["responses"][answer.status.to_string()];
        assert!(
            response.is_object(),
            "{method} {path} may not answer {}",
            answer.status
        );
        let Some(content) = response["content"].as_object() else {
            assert_eq!(answer.text, "", "{method} {path}");
            return;
        };
        let (kind, content) = content.iter().next().unwrap();
        assert_eq!(answer.header("content-type"), kind, "{method} {path}");
        if kind == "application/json" {
            let fit = fits(&self.document, &content["schema"], &answer.json());
            assert_eq!(fit, Ok(()), "{method} {path}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn every_answer_of_a_conversation_is_as_the_document_says() {
    let world = World::start().await;
    let described = Described::of(&world).await;
    let opening = json!({ "user": { "id": "ida", "name": "Ida" }, "sign_in": "vouched" });
    let opened = world.by(KEY, "POST", "/v1/conversations", &opening).await;
    described.holds("post", "/v1/conversations", &opened);
    let chat = super::world::Chat::of(&opened.json());
    let turns = format!("{}/turns", chat.path);
    let cookie = world.visit().await;
    let mut kinds = std::collections::BTreeSet::new();
    for (text, links) in [
        ("hello", false),
        ("create a lead", false),
        ("Ida Quist", false),
        ("Fjord Foods", false),
        ("ida@fjord.example", false),
        ("skip", true),
        ("cancel", false),
        ("yes", false),
        ("show me all leads", true),
        (
            "create a lead for Ida Quist of Fjord Foods, ida@fjord.example, skip phone",
            false,
        ),
        ("skip", false),
        ("yes", false),
        ("undo", false),
        ("no", false),
        ("delete lead Ida Quist", false),
        ("no", false),
    ] {
        let answer = world
            .by(&chat.token, "POST", &turns, &json!({ "text": text }))
            .await;
        described.holds("post", "/v1/conversations/{id}/turns", &answer);
        let answer = answer.json();
        for message in answer["messages"].as_array().unwrap() {
            kinds.insert(message["kind"].as_str().unwrap().to_owned());
        }
        kinds.insert(format!(
            "awaiting {}",
            answer["awaiting"]["kind"].as_str().unwrap()
        ));
        let state = world.by(&chat.token, "GET", &chat.path, &Value::Null).await;
        described.holds("get", "/v1/conversations/{id}", &state);
        if links && answer["awaiting"]["kind"] == "authorization" {
            let url = answer["awaiting"]["url"].as_str().unwrap();
            let link = url.strip_prefix(&world.base).unwrap();
            let after = world.last(&chat).await;
            let callback = world.walk(link, &cookie, "allow").await;
            world.come_back(&callback, &cookie).await;
            world.pushed(&chat, after).await;
        }
    }
    for kind in ["text", "choices", "card", "table", "sign_in"] {
        assert!(kinds.contains(kind), "no message of kind {kind}: {kinds:?}");
    }
    for kind in ["slot", "confirm", "authorization", "nothing"] {
        let kind = format!("awaiting {kind}");
        assert!(kinds.contains(&kind), "never {kind}: {kinds:?}");
    }
    let rest = |rest: &str| format!("{}{rest}", chat.path);
    for (method, path, key, body) in [
        ("get", "/v1/conversations/{id}/messages", KEY, Value::Null),
        (
            "get",
            "/v1/conversations/{id}/messages",
            "none",
            Value::Null,
        ),
        ("get", "/v1/conversations/{id}/transcript", KEY, Value::Null),
        ("get", "/v1/conversations/{id}/ws", KEY, Value::Null),
        ("post", "/v1/conversations/{id}/turns", KEY, json!({})),
        ("post", "/v1/conversations/{id}/turns", KEY, json!([])),
        ("get", "/v1/bot", "none", Value::Null),
        ("get", "/healthz", "none", Value::Null),
        ("get", "/readyz", "none", Value::Null),
        ("get", "/metrics", "none", Value::Null),
        ("get", "/metrics", KEY, Value::Null),
        ("delete", "/v1/users/{id}", "none", Value::Null),
        ("delete", "/v1/conversations/{id}", KEY, Value::Null),
        ("get", "/v1/conversations/{id}", KEY, Value::Null),
        ("delete", "/v1/users/{id}", KEY, Value::Null),
    ] {
        let concrete = path
            .replace("/v1/conversations/{id}", &rest(""))
            .replace("{id}", "ida");
        let answer = world
            .by(key, &method.to_uppercase(), &concrete, &body)
            .await;
        described.holds(method, path, &answer);
    }
}

#[tokio::test]
async fn what_a_stream_and_a_poll_take_is_named() {
    let world = World::start().await;
    let document = Described::of(&world).await.document;
    let names = |path: &str| -> Vec<String> {
        let operation = &document["paths"][format!("/v1/conversations/{{id}}{path}")]["get"];
        let parameters = operation["parameters"].as_array().unwrap().iter();
        parameters
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("/messages"), ["id", "after", "wait"]);
    assert_eq!(names("/events"), ["id", "after", "token", "Last-Event-ID"]);
    assert_eq!(names("/ws"), ["id", "after", "token"]);
}
