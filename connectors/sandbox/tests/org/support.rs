//! A sandbox with a fixed clock and fixed ids, and a client for it.
//! What is asked and expected is left to the tests.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use turnwise_sandbox::{Options, Org};

pub(crate) const CALLBACK: &str = "http://127.0.0.1:8080/auth/callback";
/// A verifier and its S256 challenge, from RFC 7636.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Status and error code of a refused data call.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (
            self.status,
            self.json()[0]["errorCode"]
                .as_str()
                .unwrap_or("?")
                .to_owned(),
        )
    }
}

/// An org and who talks to it.
pub(crate) struct Sandbox {
    app: Router,
    pub(crate) token: String,
}

/// Fixed times and ids, control on, nothing in it.
pub(crate) fn options() -> Options {
    Options {
        now: Some("2026-11-24T10:00:00Z".parse().unwrap()),
        id_seed: Some(1),
        control: true,
        seed: Some(json!({})),
        ..Options::default()
    }
}

impl Sandbox {
    pub(crate) fn start(options: Options) -> Sandbox {
        Sandbox {
            app: Org::new(options).unwrap().router(),
            token: String::new(),
        }
    }

    /// An empty org whose first user is signed in.
    pub(crate) async fn signed_in() -> Sandbox {
        let mut sandbox = Sandbox::start(options());
        sandbox.sign_in().await;
        sandbox
    }

    /// The same with these records.
    pub(crate) async fn with(seed: Value) -> Sandbox {
        let mut sandbox = Sandbox::start(Options {
            seed: Some(seed),
            ..options()
        });
        sandbox.sign_in().await;
        sandbox
    }

    async fn sign_in(&mut self) {
        let granted = self
            .token_call(&[("grant_type", "client_credentials")])
            .await;
        granted.json()["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.token);
    }

    /// Sends a request as it is; `None` when the connection was dropped without an answer.
    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &(impl AsRef<[u8]> + ?Sized),
    ) -> Option<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1:8081");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.as_ref().to_vec())).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.ok()?;
        Some(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        })
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &(impl AsRef<[u8]> + ?Sized),
    ) -> Answer {
        self.try_send(method, path, headers, body)
            .await
            .expect("an answer")
    }

    /// A data call; the path begins behind the version, `null` is no body.
    pub(crate) async fn data(&self, method: &str, path: &str, body: Value) -> Answer {
        self.data_with(method, path, &[], body).await
    }

    pub(crate) async fn data_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str())];
        let body = if body.is_null() {
            String::new()
        } else {
            all.push(("content-type", "application/json"));
            body.to_string()
        };
        all.extend(headers);
        self.send(method, &format!("/services/data/v62.0/{path}"), &all, &body)
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.data("GET", path, Value::Null).await
    }

    /// A record made over the API; its id.
    pub(crate) async fn create(&self, object: &str, body: Value) -> String {
        let made = self.data("POST", &format!("sobjects/{object}"), body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn query(&self, soql: &str) -> Answer {
        self.get(&format!("query?q={}", encode(soql))).await
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Answer {
        let json = [("content-type", "application/json")];
        self.send(
            "POST",
            &format!("/sandbox/{path}"),
            &json,
            &body.to_string(),
        )
        .await
    }

    pub(crate) async fn calls(&self, after: u64) -> Vec<Value> {
        let calls = self
            .send("GET", &format!("/sandbox/calls?after={after}"), &[], "")
            .await;
        calls.json()["calls"].as_array().unwrap().clone()
    }

    pub(crate) async fn token_call(&self, form: &[(&str, &str)]) -> Answer {
        let client = [
            ("client_id", "turnwise-demo"),
            ("client_secret", "turnwise-demo-secret"),
        ];
        self.form("/services/oauth2/token", &[form, &client[..]].concat())
            .await
    }

    pub(crate) async fn form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send("POST", path, &[], &encode_form(form)).await
    }

    /// Walks the pages of a sign-in as a person would, and gives the callback's query.
    pub(crate) async fn walk(
        &self,
        query: &[(&str, &str)],
        username: &str,
        decision: &str,
    ) -> Vec<(String, String)> {
        let page = self.send("GET", &authorize(query), &[], "").await;
        assert_eq!(page.status, 200, "{}", page.text);
        let request = hidden(&page.text);
        let entered = self
            .form(
                "/services/oauth2/authorize",
                &[
                    ("request", &request),
                    ("username", username),
                    ("password", "demo"),
                ],
            )
            .await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        let cookie = entered
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let page = self
            .send(
                "GET",
                entered.header("location"),
                &[("cookie", &cookie)],
                "",
            )
            .await;
        let request = hidden(&page.text);
        let decided = self
            .send(
                "POST",
                "/services/oauth2/approve",
                &[("cookie", &cookie)],
                &encode_form(&[("request", &request), ("decision", decision)]),
            )
            .await;
        callback(&decided)
    }

    /// Signs a user in through the pages and trades the code; the token response.
    pub(crate) async fn grant(&self, username: &str) -> Value {
        let back = self.walk(&usual(), username, "allow").await;
        let (_, code) = back.iter().find(|(name, _)| name == "code").unwrap();
        let granted = self
            .token_call(&[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ])
            .await;
        assert_eq!(granted.status, 200, "{}", granted.text);
        granted.json()
    }
}

/// The authorize parameters of our own client.
pub(crate) fn usual() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", "turnwise-demo"),
        ("redirect_uri", CALLBACK),
        ("scope", "api refresh_token"),
        ("state", "st4te"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// The usual parameters with one changed, or left out when the value is empty.
pub(crate) fn but(name: &str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    usual()
        .into_iter()
        .map(|(n, v)| if n == name { (n, value) } else { (n, v) })
        .filter(|(_, v)| !v.is_empty())
        .collect()
}

pub(crate) fn authorize(query: &[(&str, &str)]) -> String {
    format!("/services/oauth2/authorize?{}", encode_form(query))
}

/// The query of a redirect to the callback.
pub(crate) fn callback(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 302, "{}", answer.text);
    let (to, query) = answer.header("location").split_once('?').unwrap();
    assert_eq!(to, CALLBACK);
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

pub(crate) fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

pub(crate) fn encode_form(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}

/// The hidden field that the forms carry from page to page.
pub(crate) fn hidden(page: &str) -> String {
    let (_, rest) = page
        .split_once("name=\"request\" value=\"")
        .expect("a form");
    rest.split('"').next().unwrap().to_owned()
}
