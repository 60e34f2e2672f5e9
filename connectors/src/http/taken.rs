//! The parts of a service's answer that a template asked for, and the reason that a refusal gives for people.
//! What is done with them is left to the engine.

use serde_json::Value;

/// The value at a path such as `order.items[0].eta`; null where there is none.
pub(super) fn take(body: &Value, path: &str) -> Value {
    let mut here = body;
    for part in path.split(['.', '[']) {
        let part = part.trim_end_matches(']');
        here = match part.parse::<usize>() {
            Ok(index) if here.is_array() => &here[index],
            _ if part.is_empty() => here,
            _ => &here[part],
        };
    }
    here.clone()
}

/// The sentence of a refusal that was written for people: `detail` of a problem (RFC 9457), or its `title`.
pub(super) fn reason(body: &Value) -> &str {
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    text("detail").or_else(|| text("title")).unwrap_or("")
}

/// A map of texts; what is null is left out.
pub(super) fn texts(map: &Value) -> Vec<(String, String)> {
    let all = map.as_object().into_iter().flatten();
    all.filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let text = value.as_str().map(str::to_owned);
            (name.clone(), text.unwrap_or_else(|| value.to_string()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn takes_what_a_path_names() {
        let body = json!({ "order": { "items": [{ "eta": "Friday" }], "7": "seven" } });
        for (path, wanted) in [
            ("order.items[0].eta", json!("Friday")),
            ("order.items[3].eta", Value::Null),
            ("order.7", json!("seven")),
            ("order.nothing.at.all", Value::Null),
            ("", body.clone()),
        ] {
            assert_eq!(take(&body, path), wanted, "{path}");
        }
        assert_eq!(take(&json!([{ "a": 1 }]), "[0].a"), 1);
    }

    #[test]
    fn a_reason_is_what_was_written_for_people() {
        for (body, wanted) in [
            (
                json!({ "title": "Gone", "detail": "It was sent." }),
                "It was sent.",
            ),
            (json!({ "title": "Gone" }), "Gone"),
            (json!({ "error": "E_7" }), ""),
            (json!("no"), ""),
        ] {
            assert_eq!(reason(&body), wanted);
        }
    }
}
