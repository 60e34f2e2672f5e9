//! A sandbox on a loopback port that counts its token calls, connectors that use it, and a browser that fills its forms.
//! What is asked and expected is left to the tests.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use turnwise_connectors::auth::{
    Authorizer, Begun, Binding, By, CallbackEnd, Clock, Config, MemoryGrants, Proceeded, Profile,
    Setup, Vault, Who, hash,
};
use turnwise_connectors::http::Services;
use turnwise_connectors::salesforce::Client;
use turnwise_connectors::{Connectors, Performed};
use turnwise_engine::effect::{Auth, Call, CallId, Does, Failure, Outcome};
use turnwise_engine::facts::OrgFacts;
use turnwise_sandbox::{Options, Org};

/// The value of the chat page's cookie.
pub(crate) const COOKIE: &str = "jar-a";

/// A clock that stands until it is moved.
pub(crate) struct Standing(Mutex<Timestamp>);

/// A clock that stands at the machine's time.
pub(crate) fn standing() -> Standing {
    Standing(Mutex::new(Timestamp::now()))
}

impl Standing {
    pub(crate) fn forward(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += by;
    }
}

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct World {
    pub(crate) connectors: Arc<Connectors<MemoryGrants>>,
    pub(crate) clock: Arc<Standing>,
    pub(crate) facts: OrgFacts,
    base: String,
    tokens: Arc<AtomicUsize>,
    browser: reqwest::Client,
}

impl World {
    /// An org that holds these records, and nobody signed in.
    pub(crate) async fn with(seed: Value) -> World {
        let org = Org::new(Options {
            control: true,
            seed: Some(seed),
            ..Options::default()
        })
        .unwrap();
        let tokens = Arc::new(AtomicUsize::new(0));
        let counted = tokens.clone();
        let count = move |request: axum::extract::Request| {
            if request.uri().path() == "/services/oauth2/token" {
                counted.fetch_add(1, Ordering::SeqCst);
            }
            async move { request }
        };
        let app = org.router().layer(axum::middleware::map_request(count));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await.unwrap();
        });
        let profile = Profile::of_vendor("system", base.parse().unwrap());
        let profile = Profile {
            client_id: "turnwise-demo".into(),
            ..profile.with_secret("client_secret", "turnwise-demo-secret")
        };
        let clock = Arc::new(standing());
        let (store, vault) = (MemoryGrants::default(), Vault::random());
        let auth = Authorizer::new(store, vault, config(profile), clock.clone()).unwrap();
        let salesforce = Client::new("62.0").unwrap();
        World {
            connectors: Arc::new(Connectors {
                auth,
                salesforce,
                services: Services::none().unwrap(),
            }),
            clock,
            facts: OrgFacts::default(),
            base,
            tokens,
            browser: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    /// The same with Ann signed in and the org described.
    pub(crate) async fn signed_in(seed: Value) -> World {
        let mut world = World::with(seed).await;
        let query = world.walk("rep@example.com", "allow").await;
        world.callback(&query, Some(COOKIE)).await;
        world.describe().await;
        world
    }

    pub(crate) fn token_calls(&self) -> usize {
        self.tokens.load(Ordering::SeqCst)
    }

    pub(crate) async fn begin(&self, binding: Binding) -> String {
        self.begun(&ann(), binding).await
    }

    /// A link of another user in the same browser.
    pub(crate) async fn begin_of(&self, user: &str) -> String {
        let user = user.to_owned();
        let who = Who { user, ..ann() };
        self.begun(&who, Binding::Browser(hash(COOKIE))).await
    }

    async fn begun(&self, who: &Who, binding: Binding) -> String {
        let auth = &self.connectors.auth;
        let begun = auth.begin(who, "crm", binding).await.unwrap();
        let Begun::Link { attempt, .. } = begun else {
            panic!("no link");
        };
        auth.link(who, &attempt).await.unwrap().unwrap()
    }

    /// Makes a link bound to the chat's browser, follows it and fills the forms; the callback's query.
    pub(crate) async fn walk(&self, username: &str, decision: &str) -> Vec<(String, String)> {
        let handle = self.begin(Binding::Browser(hash(COOKIE))).await;
        self.follow(&handle, username, decision).await
    }

    pub(crate) async fn follow(
        &self,
        handle: &str,
        username: &str,
        decision: &str,
    ) -> Vec<(String, String)> {
        let auth = &self.connectors.auth;
        let given = Default::default();
        let proceeded = auth.proceed(handle, Some(COOKIE), &given).await.unwrap();
        let Ok(Proceeded::To(url)) = proceeded else {
            panic!("no page to go to")
        };
        let page = self.browser.get(url).send().await.unwrap();
        let request = hidden(&page.text().await.unwrap());
        let form = [
            ("request", request.as_str()),
            ("username", username),
            ("password", "demo"),
        ];
        let authorize = format!("{}/services/oauth2/authorize", self.base);
        let entered = self
            .browser
            .post(authorize)
            .form(&form)
            .send()
            .await
            .unwrap();
        let cookie = header(&entered, "set-cookie");
        let cookie = cookie.split(';').next().unwrap();
        let next = format!("{}{}", self.base, header(&entered, "location"));
        let page = self.browser.get(next).header("cookie", cookie).send().await;
        let request = hidden(&page.unwrap().text().await.unwrap());
        let form = [("request", request.as_str()), ("decision", decision)];
        let approve = format!("{}/services/oauth2/approve", self.base);
        let decided = self.browser.post(approve).header("cookie", cookie);
        let decided = decided.form(&form).send().await.unwrap();
        let back: url::Url = header(&decided, "location").parse().unwrap();
        back.query_pairs().into_owned().collect()
    }

    pub(crate) async fn callback(
        &self,
        query: &[(String, String)],
        cookie: Option<&str>,
    ) -> CallbackEnd {
        self.connectors.auth.callback(query, cookie).await.unwrap()
    }

    pub(crate) async fn control(&self, path: &str, body: Value) {
        let url = format!("{}/sandbox/{path}", self.base);
        let answer = self.browser.post(url).json(&body).send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
    }

    pub(crate) async fn perform(&self, call: &Call) -> Performed {
        let performed = self.connectors.perform(&ann(), call, &self.facts).await;
        performed.unwrap()
    }

    /// What the org knows of itself now.
    pub(crate) async fn describe(&mut self) {
        let objects = ["Lead", "Opportunity"];
        let facts = self
            .connectors
            .facts(&ann(), "crm", Auth::Integration, &objects)
            .await;
        self.facts = facts.unwrap().unwrap().expect("a grant");
    }

    /// An org whose leads have no field for our key, with Ann signed in.
    pub(crate) async fn without_key(seed: Value) -> World {
        let mut world = World::signed_in(seed).await;
        world.control("org", json!({ "external_id": false })).await;
        world.describe().await;
        world
    }

    /// The next data call answers this.
    pub(crate) async fn fault(&self, answer: &str) {
        let fault = json!({ "on": "data", "answer": answer });
        self.control("fault", fault).await;
    }

    /// How many calls of this kind have arrived.
    pub(crate) async fn arrived(&self, op: &str) -> usize {
        let url = format!("{}/sandbox/calls", self.base);
        let calls = self.browser.get(url).send().await.unwrap();
        let calls: Value = serde_json::from_slice(&calls.bytes().await.unwrap()).unwrap();
        let calls = calls["calls"].as_array().unwrap().iter();
        calls.filter(|call| call["op"] == op).count()
    }

    /// Why a call that must not succeed has failed.
    pub(crate) async fn failed(&self, call: &Call) -> Failure {
        match self.perform(call).await {
            Performed::Called(Outcome::Failed(failure)) => failure,
            other => panic!("{}: {other:?}", call.operation),
        }
    }

    /// The result of a call that has to succeed.
    pub(crate) async fn done(&self, operation: &str, input: Value) -> Value {
        match self.perform(&call(operation, input)).await {
            Performed::Called(Outcome::Done(value)) => value,
            other => panic!("{operation}: {other:?}"),
        }
    }
}

/// One integration, `crm`, whose users authorize with this profile.
pub(crate) fn config(profile: Profile) -> Config {
    Config {
        redirect_uri: "http://127.0.0.1:8080/auth/callback".into(),
        setups: vec![Setup {
            integration: "crm".into(),
            title: "CRM".into(),
            by: By::Users,
            profile: profile.id.clone(),
            enabled: true,
            declared: true,
            orgs: Default::default(),
            shared_writes: true,
        }],
        profiles: vec![profile],
    }
}

pub(crate) fn ann() -> Who {
    Who {
        channel: "web".into(),
        user: "ann".into(),
        conversation: "c1".into(),
        display_name: "Ann".into(),
    }
}

pub(crate) fn call(operation: &str, input: Value) -> Call {
    let does = match operation {
        "create" => Does::Create,
        "update" => Does::Update,
        "delete" => Does::Delete,
        _ => Does::Read,
    };
    Call {
        id: CallId("1:1".into()),
        integration: "crm".into(),
        operation: operation.into(),
        does,
        auth: Auth::User,
        key: format!("c1:1:{input}"),
        doubt: None,
        input,
    }
}

pub(crate) fn lead(last: &str, company: &str) -> Value {
    json!({ "object": "Lead", "fields": { "LastName": last, "Company": company } })
}

fn header(answer: &reqwest::Response, name: &str) -> String {
    let value = answer.headers().get(name).expect(name);
    value.to_str().unwrap().to_owned()
}

fn hidden(page: &str) -> String {
    let (_, rest) = page
        .split_once("name=\"request\" value=\"")
        .expect("a form");
    rest.split('"').next().unwrap().to_owned()
}
