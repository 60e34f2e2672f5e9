//! An authorization server that answers as a test tells it to: well, wrongly, slowly or never. It keeps what it was asked.
//! The sandbox, which answers as the real one would, is left to `support`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Uri, header};
use axum::response::Response;
use serde_json::{Value, json};
use turnwise_connectors::auth::{
    Authorizer, Begun, Binding, Bounds, CallbackEnd, Clock, Config, MemoryGrants, Page, Proceeded,
    Profile, Vault, Who,
};

use super::support::{Standing, config, standing};

/// One answer.
#[derive(Clone)]
pub(crate) enum Says {
    /// Status and JSON.
    Json(u16, Value),
    /// Status and a page.
    Html(u16),
    /// A redirect to this address.
    Elsewhere(String),
    /// Bytes without end, more than anybody should read.
    Huge,
    /// A byte now and then, for ever.
    Drips,
    /// Status and JSON, once it is told to.
    When(Arc<tokio::sync::Notify>, u16, Value),
    /// Nothing at all.
    Silence,
}

/// One request as it arrived: path, form, whether it held a bearer token.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) bearer: bool,
}

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<BTreeMap<String, VecDeque<Says>>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// The server.
pub(crate) struct Provider {
    script: Script,
    pub(crate) base: String,
}

impl Provider {
    pub(crate) async fn start() -> Provider {
        let script = Script::default();
        let app = Router::new().fallback(answer).with_state(script.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Provider { script, base }
    }

    /// The next answers at a path that ends so; the last one is given for ever.
    pub(crate) fn says(&self, path: &str, answers: impl IntoIterator<Item = Says>) {
        let mut all = self.script.answers.lock().unwrap();
        all.insert(path.to_owned(), answers.into_iter().collect());
    }

    /// What was asked at paths that end so.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        let all = self.script.asked.lock().unwrap();
        all.iter()
            .filter(|asked| asked.path.ends_with(path))
            .cloned()
            .collect()
    }

    /// Tokens as a good answer has them; each access token has this name.
    pub(crate) fn tokens(&self, name: &str) -> Value {
        json!({
            "access_token": format!("access-{name}"),
            "refresh_token": format!("refresh-{name}"),
            "scope": "refresh_token api",
            "instance_url": self.base,
            "id": format!("{}/id/00D000000000001EAA/005000000000001AAA", self.base),
            "token_type": "Bearer",
            "issued_at": "1627237872637",
        })
    }

    pub(crate) fn profile(&self) -> Profile {
        let profile = Profile::of_vendor("system", self.base.parse().unwrap());
        Profile {
            client_id: "client".into(),
            ..profile
        }
    }

    pub(crate) fn bot(&self) -> Bot {
        self.bot_of(
            config(self.profile()),
            Vault::random(),
            MemoryGrants::default(),
        )
    }

    pub(crate) fn bot_of(&self, config: Config, vault: Vault, store: MemoryGrants) -> Bot {
        let clock = Arc::new(standing());
        let auth = Authorizer::new(store.clone(), vault, config, clock.clone());
        let bounds = Bounds {
            token_time: Duration::from_millis(500),
            ..Bounds::default()
        };
        let auth = auth.unwrap().bounded(bounds);
        Bot { auth, clock, store }
    }
}

/// Our side.
pub(crate) struct Bot {
    pub(crate) auth: Authorizer<MemoryGrants>,
    pub(crate) clock: Arc<Standing>,
    pub(crate) store: MemoryGrants,
}

impl Bot {
    /// A link's handle.
    pub(crate) async fn link(&self, who: &Who, binding: Binding) -> String {
        let begun = self.auth.begin(who, "crm", binding).await.unwrap();
        let Begun::Link { attempt, .. } = begun else {
            panic!("no link")
        };
        self.auth.link(who, &attempt).await.unwrap().unwrap()
    }

    /// The authorize address behind a link.
    pub(crate) async fn authorize(&self, handle: &str) -> url::Url {
        self.authorize_in(handle, None).await
    }

    pub(crate) async fn authorize_in(&self, handle: &str, jar: Option<&str>) -> url::Url {
        let given = BTreeMap::new();
        match self.auth.proceed(handle, jar, &given).await.unwrap() {
            Ok(Proceeded::To(url)) => url,
            Ok(_) => panic!("no page to go to"),
            Err(problem) => panic!("{problem:?}"),
        }
    }

    /// The callback of somebody who allowed everything.
    pub(crate) async fn comes_back(&self, authorize: &url::Url) -> CallbackEnd {
        let query = [
            ("state".to_owned(), parameter(authorize, "state")),
            ("code".to_owned(), "the-code".to_owned()),
        ];
        self.auth.callback(&query, None).await.unwrap()
    }

    /// The whole sign-in of a user whose front end vouches.
    pub(crate) async fn signs_in(&self, who: &Who) -> CallbackEnd {
        let handle = self.link(who, Binding::Vouched).await;
        let authorize = self.authorize(&handle).await;
        self.comes_back(&authorize).await
    }

    pub(crate) async fn is_signed_in(&self, who: &Who) -> bool {
        let found = self.auth.session(&who.channel, &who.user, "crm").await;
        found.unwrap().is_some()
    }

    /// Words of the trail: what happened, and why where there is a reason.
    pub(crate) fn trail(&self) -> Vec<String> {
        let words = self.store.trail().into_iter().map(|entry| {
            let why = if entry.why.is_empty() {
                String::new()
            } else {
                format!(": {}", entry.why)
            };
            format!("{}{why}", entry.deed.word())
        });
        words.collect()
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }
}

pub(crate) fn problem(end: &CallbackEnd) -> Option<turnwise_connectors::auth::Problem> {
    match end.page {
        Page::Problem(problem) => Some(problem),
        Page::Connected { .. } | Page::WrongAccount { .. } => None,
    }
}

pub(crate) fn parameter(address: &url::Url, name: &str) -> String {
    let mut all = address.query_pairs();
    let found = all.find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned()).unwrap()
}

async fn answer(
    State(script): State<Script>,
    method: Method,
    uri: Uri,
    headers: header::HeaderMap,
    body: Bytes,
) -> Response {
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    script.asked.lock().unwrap().push(Asked {
        path: uri.path().to_owned(),
        form,
        bearer: headers.contains_key(header::AUTHORIZATION),
    });
    let says = {
        let mut all = script.answers.lock().unwrap();
        let queue = all
            .iter_mut()
            .find(|(path, _)| uri.path().ends_with(path.as_str()));
        match queue {
            Some((_, queue)) if queue.len() > 1 => queue.pop_front().unwrap(),
            Some((_, queue)) => queue[0].clone(),
            None if method == Method::POST => Says::Json(200, json!({})),
            None => Says::Json(200, json!({ "records": [] })),
        }
    };
    let says = match says {
        Says::When(goes, status, body) => {
            goes.notified().await;
            Says::Json(status, body)
        }
        says => says,
    };
    let builder = Response::builder();
    match says {
        Says::Json(status, body) => builder
            .status(status)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string())),
        Says::Html(status) => builder
            .status(status)
            .body(Body::from("<html>maintenance</html>")),
        Says::Elsewhere(to) => builder
            .status(302)
            .header(header::LOCATION, to)
            .body(Body::empty()),
        Says::Huge => builder.body(Body::from(vec![b' '; 1_000_000])),
        Says::Drips => {
            let drops = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
            });
            builder.body(Body::from_stream(drops))
        }
        Says::Silence | Says::When(..) => std::future::pending().await,
    }
    .unwrap()
}
