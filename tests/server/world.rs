//! The sales assistant on a store in memory beside a sandbox org, both on loopback sockets, and a browser that signs in.
//! Every call that the server makes to the org is counted; what is asked and expected is left to the tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;
use turnwise::bot;
use turnwise::cli::serve::{Settings, served};
use turnwise::server::{Served, app};
use turnwise::store::Place;
use turnwise::store::grants::Grants;
use turnwise_connectors::auth::{Authorizer, Vault};
use turnwise_engine::template::Templates;
use turnwise_sandbox::{Options, Org};

use super::page::hidden;

pub(crate) const KEY: &str = "the key of the tests";

/// Both servers.
pub(crate) struct World {
    pub(crate) app: Router,
    pub(crate) served: Served,
    /// Where the server is, as its users know it.
    pub(crate) base: String,
    pub(crate) org: String,
    arrived: Arc<Mutex<Vec<String>>>,
    /// What was secret in the calls to the org's token address, both ways.
    pub(crate) secrets: Arc<Mutex<Vec<String>>>,
    /// Every answer of the server: the path asked, headers and body.
    pub(crate) answers: Mutex<Vec<(String, String)>>,
    pub(crate) http: reqwest::Client,
    cut: tokio::sync::watch::Sender<bool>,
    vault: Vault,
    _ending: tokio::sync::watch::Sender<bool>,
}

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
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let answer = self.json();
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
        let code = answer["error"]["code"].as_str().unwrap();
        (self.status, code.to_owned())
    }
}

/// A conversation.
#[derive(Debug, Clone)]
pub(crate) struct Chat {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) user: String,
    pub(crate) path: String,
}

impl World {
    pub(crate) async fn start() -> World {
        World::on(Place::Memory, sales_assistant()).await
    }

    /// With another store, or another bot.
    pub(crate) async fn on(place: Place, templates: Arc<Templates>) -> World {
        World::of(place, templates, Options::default(), None).await
    }

    /// An org of these options, and dialogs whose clock stands at `now`.
    pub(crate) async fn start_with(options: Options, now: Option<Timestamp>) -> World {
        World::of(Place::Memory, sales_assistant(), options, now).await
    }

    /// Another store, another bot, an org of these options, a clock that stands.
    pub(crate) async fn of(
        place: Place,
        templates: Arc<Templates>,
        options: Options,
        now: Option<Timestamp>,
    ) -> World {
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let secrets = Arc::new(Mutex::new(Vec::new()));
        let seen = (arrived.clone(), secrets.clone());
        let org = Org::new(Options {
            control: true,
            ..options
        });
        let router = org.unwrap().router();
        let router = router.layer(axum::middleware::from_fn_with_state(seen, watched));
        let (listener, org) = loopback().await;
        let (cut, mut over) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            let over = async move {
                let _ = over.wait_for(|over| *over).await;
            };
            axum::serve(listener, service)
                .with_graceful_shutdown(over)
                .await
        });
        let (listener, base) = loopback().await;
        let vault = Vault::random();
        let settings = settings(templates, place, &base, &org, &vault);
        let (served, ending) = served(Settings { now, ..settings }).await.unwrap();
        let app = app(served.clone());
        let service = app
            .clone()
            .into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        World {
            app,
            served,
            base,
            org,
            arrived,
            secrets,
            answers: Mutex::default(),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .user_agent("browser")
                .build()
                .unwrap(),
            cut,
            vault,
            _ending: ending,
        }
    }

    /// Behind an address of the open net, as a proxy with a certificate puts it.
    pub(crate) async fn over_https() -> World {
        let mut world = World::start().await;
        world.base = "https://chat.example.com".into();
        let settings = settings(
            sales_assistant(),
            Place::Memory,
            &world.base,
            &world.org,
            &world.vault,
        );
        let (served, ending) = served(settings).await.unwrap();
        world.app = app(served.clone());
        (world.served, world._ending) = (served, ending);
        world
    }

    /// Another process on the same store file.
    pub(crate) fn beside(&self, place: Place) -> Authorizer<Grants> {
        let templates = self.served.runtime.templates();
        let settings = settings(templates, place, &self.base, &self.org, &self.vault);
        turnwise::cli::integrations::beside(&settings).unwrap()
    }

    /// Paths of the calls that the server made to the org so far.
    pub(crate) fn outgoing(&self) -> Vec<String> {
        self.arrived.lock().unwrap().clone()
    }

    /// How many of them went to this path of the org's OAuth.
    pub(crate) fn oauth_calls(&self, name: &str) -> usize {
        let path = format!("/services/oauth2/{name}");
        self.outgoing()
            .iter()
            .filter(|called| **called == path)
            .count()
    }

    /// One request without a socket.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let told = format!("{:?} {}", head.headers, String::from_utf8_lossy(&bytes));
        self.answers.lock().unwrap().push((path.to_owned(), told));
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn by(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {key}");
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send(method, path, &[("authorization", &bearer)], &body)
            .await
    }

    /// A conversation that a front end opened with the server key.
    pub(crate) async fn open(&self, body: Value) -> Chat {
        let opened = self.by(KEY, "POST", "/v1/conversations", &body).await;
        assert_eq!(opened.status, 201, "{}", opened.text);
        Chat::of(&opened.json())
    }

    /// A new browser that came to our page: the value of its `Cookie` header.
    pub(crate) async fn visit(&self) -> String {
        let page = self
            .send(
                "GET",
                "/",
                &[("host", &self.base.replace("http://", ""))],
                "",
            )
            .await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }

    /// A conversation that our own page opened in this browser.
    pub(crate) async fn open_in(&self, cookie: &str) -> Chat {
        let opened = self
            .send("POST", "/v1/conversations", &[("cookie", cookie)], "{}")
            .await;
        assert_eq!(opened.status, 201, "{}", opened.text);
        Chat::of(&opened.json())
    }

    pub(crate) async fn say(&self, chat: &Chat, turn: Value) -> Value {
        let path = format!("{}/turns", chat.path);
        let answer = self.by(&chat.token, "POST", &path, &turn).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    pub(crate) async fn get(&self, chat: &Chat, rest: &str) -> Value {
        let path = format!("{}{rest}", chat.path);
        let answer = self.by(&chat.token, "GET", &path, &Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Asks for something that needs the org; the path of the link that comes.
    pub(crate) async fn ask_for_a_link(&self, chat: &Chat) -> String {
        let asked = self.say(chat, json!({ "text": "show me all leads" })).await;
        assert_eq!(asked["awaiting"]["kind"], "authorization", "{asked}");
        let url = asked["awaiting"]["url"].as_str().unwrap();
        url.strip_prefix(&self.base).unwrap().to_owned()
    }

    /// Asks for a new link; its path.
    pub(crate) async fn ask_again(&self, chat: &Chat) -> String {
        let asked = self.say(chat, json!({ "text": "new link" })).await;
        let url = asked["awaiting"]["url"].as_str();
        let url = url.unwrap_or_else(|| panic!("no link: {asked}"));
        url.strip_prefix(&self.base).unwrap().to_owned()
    }

    /// Continue on the page of a link: where the browser is sent.
    pub(crate) async fn proceed(&self, link: &str, cookie: &str) -> Answer {
        self.send("POST", link, &[("cookie", cookie)], "").await
    }

    /// The org's own pages, from the authorize address to the redirect back: the path of the callback.
    pub(crate) async fn at_the_org(&self, authorize: &str, decision: &str) -> String {
        self.at_the_org_as("rep@example.com", authorize, decision)
            .await
    }

    /// The same, as one of the org's log-ins.
    pub(crate) async fn at_the_org_as(
        &self,
        account: &str,
        authorize: &str,
        decision: &str,
    ) -> String {
        let form = self.http.get(authorize).send().await.unwrap();
        let request = hidden(&form.text().await.unwrap());
        let address = format!("{}/services/oauth2/authorize", self.org);
        let fields = [
            ("request", request.as_str()),
            ("username", account),
            ("password", "demo"),
        ];
        let entered = self.http.post(&address).form(&fields).send().await.unwrap();
        let header = |answer: &reqwest::Response, name: &str| {
            answer.headers()[name].to_str().unwrap().to_owned()
        };
        let cookie = header(&entered, "set-cookie");
        let cookie = cookie.split(';').next().unwrap();
        let consent = format!("{}{}", self.org, header(&entered, "location"));
        let consent = self.http.get(consent).header("cookie", cookie);
        let request = hidden(&consent.send().await.unwrap().text().await.unwrap());
        let fields = [("request", request.as_str()), ("decision", decision)];
        let approve = format!("{}/services/oauth2/approve", self.org);
        let decided = self.http.post(approve).header("cookie", cookie);
        let decided = decided.form(&fields).send().await.unwrap();
        let back = header(&decided, "location");
        back.strip_prefix(&self.base).unwrap().to_owned()
    }

    /// The whole sign-in in one browser, up to the callback's path.
    pub(crate) async fn walk(&self, link: &str, cookie: &str, decision: &str) -> String {
        let sent = self.proceed(link, cookie).await;
        assert_eq!(sent.status, 303, "{}", sent.text);
        self.at_the_org(sent.header("location"), decision).await
    }

    /// The callback, and the page that the browser shows in the end.
    pub(crate) async fn come_back(&self, callback: &str, cookie: &str) -> (Answer, Answer) {
        let first = self.send("GET", callback, &[("cookie", cookie)], "").await;
        let clean = first.header("location").to_owned();
        assert_eq!(
            first.status, 303,
            "the code leaves the address bar: {}",
            first.text
        );
        let page = self.send("GET", &clean, &[("cookie", cookie)], "").await;
        (first, page)
    }

    /// Waits for the bot to say something past this message.
    pub(crate) async fn pushed(&self, chat: &Chat, after: i64) -> Vec<Value> {
        let rest = format!("/messages?after={after}&wait=30");
        let heard = self.get(chat, &rest).await;
        heard["messages"].as_array().unwrap().clone()
    }

    /// The id of the last message.
    pub(crate) async fn last(&self, chat: &Chat) -> i64 {
        let all = self.get(chat, "/messages").await;
        let last = all["messages"].as_array().unwrap().last().unwrap()["id"].as_i64();
        last.unwrap()
    }

    /// The org is away from now on: nobody listens at its port.
    pub(crate) async fn cut_the_org_off(&self) {
        self.cut.send_replace(true);
        let address = self.org.replace("http://", "");
        while tokio::net::TcpStream::connect(&address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// Signs the user of a conversation in, and waits until its table of leads has come.
    pub(crate) async fn sign_in(&self, chat: &Chat, cookie: &str) {
        let link = self.ask_for_a_link(chat).await;
        let mut after = self.last(chat).await;
        let callback = self.walk(&link, cookie, "allow").await;
        self.come_back(&callback, cookie).await;
        loop {
            for message in self.pushed(chat, after).await {
                after = message["id"].as_i64().unwrap();
                if message["kind"] == "table" {
                    return;
                }
            }
        }
    }

    /// Tells the org how to behave: the address behind `/sandbox/` and its body.
    pub(crate) async fn control(&self, what: &str, body: Value) {
        let request = self.http.post(format!("{}/sandbox/{what}", self.org));
        let answer = request.json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{what}");
    }
}

impl Chat {
    pub(crate) fn of(opened: &Value) -> Chat {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let id = text(&opened["id"]);
        Chat {
            path: format!("/v1/conversations/{id}"),
            id,
            token: text(&opened["token"]),
            user: text(&opened["user"]["id"]),
        }
    }
}

type Seen = (Arc<Mutex<Vec<String>>>, Arc<Mutex<Vec<String>>>);

/// Counts what arrives at the org, and keeps what was secret in it.
async fn watched(
    axum::extract::State((arrived, secrets)): axum::extract::State<Seen>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    // The browser's own steps carry its name; everything else comes from the server.
    let agent = request.headers().get("user-agent");
    let path = request.uri().path().to_owned();
    if agent.is_none_or(|name| name != "browser") {
        arrived.lock().unwrap().push(path.clone());
    }
    if path != "/services/oauth2/token" {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    for (name, value) in url::form_urlencoded::parse(&bytes) {
        if matches!(
            &*name,
            "code" | "code_verifier" | "refresh_token" | "client_secret" | "assertion"
        ) {
            secrets.lock().unwrap().push(value.into_owned());
        }
    }
    let answer = next.run(Request::from_parts(head, bytes.into())).await;
    let (head, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let told: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    for name in ["access_token", "refresh_token"] {
        let token = told[name].as_str().map(str::to_owned);
        secrets.lock().unwrap().extend(token);
    }
    axum::response::Response::from_parts(head, bytes.into())
}

/// The bot of the demo, read once.
pub(crate) fn sales_assistant() -> Arc<Templates> {
    static LOADED: OnceLock<Arc<Templates>> = OnceLock::new();
    LOADED
        .get_or_init(|| bot::loaded(&bot::demo()).unwrap())
        .clone()
}

fn settings(
    templates: Arc<Templates>,
    place: Place,
    base: &str,
    org: &str,
    vault: &Vault,
) -> Settings {
    Settings {
        templates,
        place,
        public_url: base.to_owned(),
        key: Some(KEY.into()),
        vault: vault.clone(),
        login_host: org.parse().unwrap(),
        client: (
            "turnwise-demo".into(),
            Some("turnwise-demo-secret".to_owned().into()),
        ),
        now: None,
        open_metrics: false,
    }
}

async fn loopback() -> (tokio::net::TcpListener, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}
