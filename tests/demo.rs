//! The demo as a front end meets it: a lead from the first words to the org, with the sign-in on the way.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::server::page::hidden;

struct Demo {
    child: Child,
    chat: String,
    org: String,
    key: String,
    browser: reqwest::Client,
}

impl Demo {
    fn start() -> Demo {
        let mut child = Command::new(env!("CARGO_BIN_EXE_turnwise"))
            .args(["demo", "--port", "0", "--sandbox-port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .env_remove("RUST_LOG")
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut word = |n: usize| {
            lines
                .next()
                .unwrap()
                .unwrap()
                .split_whitespace()
                .nth(n)
                .unwrap()
                .to_owned()
        };
        let (chat, org, key) = (word(1), word(2), word(4));
        // What the demo says after its addresses is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let browser = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Demo {
            child,
            chat,
            org,
            key,
            browser,
        }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self
            .browser
            .post(format!("{}{path}", self.chat))
            .bearer_auth(&self.key)
            .json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let request = self
            .browser
            .get(format!("{}{path}", self.chat))
            .bearer_auth(&self.key);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Follows a sign-in link as a person would: Continue, log-in, Allow, and back.
    async fn sign_in(&self, url: &str) -> (u16, String) {
        let page = self.browser.get(url).send().await.unwrap();
        assert_eq!(page.status(), 200);
        let to_org = self.browser.post(url).send().await.unwrap();
        let authorize = location(&to_org);
        assert!(authorize.starts_with(&self.org), "{authorize}");
        let form = self
            .browser
            .get(authorize)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let request = &hidden(&form);
        let fields = [
            ("request", request.as_str()),
            ("username", "rep@example.com"),
            ("password", "demo"),
        ];
        let address = format!("{}/services/oauth2/authorize", self.org);
        let entered = self
            .browser
            .post(&address)
            .form(&fields)
            .send()
            .await
            .unwrap();
        let cookie = entered.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let consent = format!("{}{}", self.org, location(&entered));
        let consent = self
            .browser
            .get(consent)
            .header("cookie", &cookie)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let request = &hidden(&consent);
        let fields = [("request", request.as_str()), ("decision", "allow")];
        let approve = format!("{}/services/oauth2/approve", self.org);
        let allowed = self
            .browser
            .post(approve)
            .header("cookie", cookie)
            .form(&fields)
            .send()
            .await
            .unwrap();
        let back = self.browser.get(location(&allowed)).send().await.unwrap();
        let status = back.status().as_u16();
        let done = location(&back);
        let page = self
            .browser
            .get(format!("{}{done}", self.chat))
            .send()
            .await
            .unwrap();
        (status, page.text().await.unwrap())
    }

    async fn calls(&self) -> Vec<Value> {
        let calls = self
            .browser
            .get(format!("{}/sandbox/calls?after=0", self.org))
            .send()
            .await
            .unwrap();
        calls.json::<Value>().await.unwrap()["calls"]
            .as_array()
            .unwrap()
            .clone()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        let _ = self.child.wait();
    }
}

/// Method, path, key, body; the status and code it is answered with.
type Wrong<'a> = (&'a str, &'a str, Option<&'a str>, &'a str, u16, &'a str);

fn location(response: &reqwest::Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_lead_from_the_first_words_to_the_org_with_the_sign_in_on_the_way() {
    let demo = Demo::start();
    let opened = demo
        .post(
            "/v1/conversations",
            json!({ "user": { "id": "ida" }, "sign_in": "vouched" }),
        )
        .await;
    let turns = format!("/v1/conversations/{}/turns", opened["id"].as_str().unwrap());
    demo.post(
        &turns,
        json!({ "text": "I just met Ida Blum from Fernhill" }),
    )
    .await;
    demo.post(&turns, json!({ "text": "ida at fernhill dot com" }))
        .await;
    let asked = demo
        .post(&turns, json!({ "text": "skip", "id": "m3" }))
        .await;
    assert_eq!(asked["awaiting"]["kind"], "authorization", "{asked}");
    let again = demo
        .post(&turns, json!({ "text": "skip", "id": "m3" }))
        .await;
    assert_eq!(
        again["messages"], asked["messages"],
        "a message sent twice runs once"
    );
    let (status, page) = demo
        .sign_in(asked["awaiting"]["url"].as_str().unwrap())
        .await;
    assert_eq!(status, 303, "the code leaves the address bar");
    assert!(page.contains("Connected as rep@example.com"), "{page}");
    let state = format!("/v1/conversations/{}", opened["id"].as_str().unwrap());
    let link = asked["messages"].as_array().unwrap().last().unwrap()["id"].clone();
    let pushed = demo
        .get(&format!("{state}/messages?after={link}&wait=10"))
        .await;
    assert!(
        pushed
            .to_string()
            .contains("Connected as rep@example.com (Example Org)."),
        "{pushed}"
    );
    let awaiting = loop {
        let now = demo.get(&state).await;
        if now["awaiting"]["kind"] != "authorization" && now["awaiting"]["kind"] != "call" {
            break now["awaiting"].clone();
        }
    };
    assert_eq!(
        awaiting,
        json!({ "kind": "confirm", "what": "create", "template": "create_lead" })
    );
    let done = demo
        .post(&turns, json!({ "value": "yes", "text": "Yes" }))
        .await;
    assert!(done.to_string().contains("is a lead now"), "{done}");
    let calls = demo.calls().await;
    let created: Vec<&Value> = calls.iter().filter(|call| call["op"] == "create").collect();
    assert_eq!(created.len(), 1, "{calls:?}");
    let fields = created[0]["fields"].as_object().unwrap();
    let of = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    assert_eq!(
        [of("FirstName"), of("LastName"), of("Company"), of("Email")],
        ["Ida", "Blum", "Fernhill", "ida@fernhill.com"]
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_in_one_shape() {
    let demo = Demo::start();
    let opened = demo.post("/v1/conversations", json!({})).await;
    let (id, token) = (
        opened["id"].as_str().unwrap(),
        opened["token"].as_str().unwrap(),
    );
    let other = demo.post("/v1/conversations", json!({})).await;
    let other = other["token"].as_str().unwrap();
    let turns = format!("/v1/conversations/{id}/turns");
    let big = format!("{{\"text\":\"{}\"}}", "a".repeat(1_000_000));
    let long = format!("{{\"text\":\"{}\"}}", "a".repeat(32_001));
    let table: [Wrong<'_>; 9] = [
        ("POST", &turns, Some(token), "{broken", 400, "broken_json"),
        ("POST", &turns, Some(token), "{}", 400, "wrong_field"),
        ("POST", &turns, Some(token), &long, 400, "text_too_long"),
        ("POST", &turns, Some(token), &big, 413, "too_large"),
        ("POST", &turns, None, "{}", 401, "unauthorized"),
        ("POST", &turns, Some("wrong"), "{}", 401, "unauthorized"),
        ("POST", &turns, Some(other), "{}", 403, "other_conversation"),
        (
            "GET",
            "/v1/conversations/nothing",
            Some(&demo.key),
            "",
            404,
            "conversation_not_found",
        ),
        ("GET", "/v1/nothing", None, "", 404, "not_found"),
    ];
    for (method, path, key, body, status, code) in table {
        let mut request = demo
            .browser
            .request(method.parse().unwrap(), format!("{}{path}", demo.chat))
            .body(body.to_owned());
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["code"], code, "{answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }
    let alive = demo
        .browser
        .get(format!("{}/healthz", demo.chat))
        .send()
        .await
        .unwrap();
    assert_eq!(alive.text().await.unwrap(), "ok");
}
