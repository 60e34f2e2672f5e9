//! Fifty conversations that each want a lead, while the server is killed with -9 at random moments and started again: each
//! conversation ends, and each lead is in the org exactly once, or in doubt and said so. The moments are seeded; `TURNWISE_KILL_SEED` tries others.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use turnwise_sandbox::{Options, Org};

const KEY: &str = "the key of the kill test";
const CONVERSATIONS: usize = 50;
/// As many where it is about what happens, not about how much at once.
const FEW: usize = 15;
/// After so many kills the server is left alone, so that the test ends.
const KILLS: usize = 12;
/// More steps than this and a conversation goes round in circles.
const STEPS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_loses_no_conversation_and_doubles_no_lead() {
    let org = sandbox(true).await;
    let told = talk_and_kill(&org, CONVERSATIONS, 3).await;
    assert!(told.values().all(|told| *told == 1), "told once: {told:?}");
    assert_eq!(leads(&org).await, told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_an_org_without_our_field_a_lead_in_doubt_is_looked_for_and_never_made_twice() {
    let org = sandbox(false).await;
    let told = talk_and_kill(&org, FEW, 1).await;
    let leads = leads(&org).await;
    for (name, told) in &told {
        let there = leads.get(name).copied().unwrap_or(0);
        // Whoever was told of the lead has it; whoever was told that nobody knows has none, or one.
        assert!(
            there <= 1 && *told <= there,
            "{name}: told {told}, there {there}"
        );
    }
    assert!(
        told.values().sum::<usize>() > 0,
        "nobody came to an end: {told:?}"
    );
}

/// One server at a time: two share the machine too badly to get anywhere between their kills.
pub(crate) static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Conversations on a server that is killed again and again: how often each was told that its lead is there.
async fn talk_and_kill(org: &str, count: usize, at_least: usize) -> BTreeMap<String, usize> {
    let _alone = ALONE.lock().await;
    let seed = std::env::var("TURNWISE_KILL_SEED").map_or(7, |seed| seed.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(folder.path(), org);
    let ended = Arc::new(AtomicUsize::new(0));
    let answered = Arc::new(AtomicUsize::new(0));
    let mut talks = JoinSet::new();
    for n in 0..count {
        let talk = Talk::new(n, server.base.clone(), answered.clone());
        let ended = ended.clone();
        talks.spawn(async move {
            let said = talk.until_the_lead_is_there().await;
            ended.fetch_add(1, Ordering::SeqCst);
            (n, said)
        });
    }
    let kills = kill_again_and_again(&server, seed, (&answered, &ended), count).await;
    assert!(kills >= at_least, "only {kills} kills before all was over");
    let mut told = BTreeMap::new();
    while let Some(talk) = talks.join_next().await {
        let (n, said) = talk.unwrap();
        let ids: Vec<i64> = said.iter().map(|m| m["id"].as_i64().unwrap()).collect();
        let all = i64::try_from(ids.len()).unwrap();
        assert_eq!(
            ids,
            (1..=all).collect::<Vec<_>>(),
            "no message is lost or doubled"
        );
        let of_it = said.iter().filter(|message| is_done(message)).count();
        told.insert(last_name(n), of_it);
    }
    told
}

/// Kills and starts until all conversations have ended; the number of kills.
async fn kill_again_and_again(
    server: &Server,
    seed: u64,
    (answered, ended): (&AtomicUsize, &AtomicUsize),
    count: usize,
) -> usize {
    let mut random = seed;
    let mut kills = 0;
    server.start().await;
    while ended.load(Ordering::SeqCst) < count {
        if kills == KILLS {
            return kills;
        }
        // A step of Knuth's generator; its upper bits are random enough for a moment.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = usize::try_from(random >> 33).unwrap();
        // So many answers from now, whatever machine this is: on a slow one too each life gets something done.
        let due = answered.load(Ordering::SeqCst) + count / 2 + random % (count * 4);
        while answered.load(Ordering::SeqCst) < due && ended.load(Ordering::SeqCst) < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros((random % 20_000) as u64)).await;
        server.kill();
        kills += 1;
        server.start().await;
    }
    kills
}

/// A lead nobody else has.
pub(crate) fn last_name(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    format!("Quill{}{}", letter(n / 26), letter(n))
}

pub(crate) fn is_done(message: &Value) -> bool {
    let text = message["text"].as_str().unwrap();
    message["from"] == "bot" && text.contains("is a lead now")
}

/// The real binary on a SQLite file, always at the same address.
pub(crate) struct Server {
    pub(crate) base: String,
    port: String,
    store: String,
    org: String,
    child: Mutex<Option<Child>>,
}

impl Server {
    pub(crate) fn new(folder: &Path, org: &str) -> Server {
        let port = free_port().to_string();
        Server {
            base: format!("http://127.0.0.1:{port}"),
            port,
            store: format!("sqlite://{}", folder.join("turnwise.db").display()),
            org: org.to_owned(),
            child: Mutex::default(),
        }
    }

    pub(crate) async fn start(&self) {
        let bot = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sales-assistant");
        let mut child = Command::new(env!("CARGO_BIN_EXE_turnwise"))
            .arg("serve")
            .arg(bot)
            .args(["--port", &self.port, "--store", &self.store])
            .env("TURNWISE_SERVER_KEY", KEY)
            .env(
                "TURNWISE_VAULT_KEY",
                "5be1c07a94d2f83610ac7e95d348b2f16907ce5a8d13f4b0726e9ac158d03b7f",
            )
            .env("TURNWISE_SALESFORCE_URL", &self.org)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = tokio::task::spawn_blocking(move || lines.next());
        let first = first.await.unwrap();
        assert!(first.is_some(), "the server ended by itself");
        *self.child.lock().unwrap() = Some(child);
    }

    pub(crate) fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that is free now and that the system gives to nobody who asks for any: it lies below the range that it takes
/// those from, so it stays free while the server is down.
fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    // Neither the same first one in two runs at once nor in two tests of one run.
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let mine = std::iter::repeat_with(|| TAKEN.fetch_add(1, Ordering::SeqCst));
    let mut ports = mine.take(2_000).map(|n| first + n);
    ports.find(is_free).unwrap()
}

/// One user with a front end that repeats what was not answered.
pub(crate) struct Talk {
    n: usize,
    base: String,
    http: reqwest::Client,
    /// Answers that all talks got so far.
    answered: Arc<AtomicUsize>,
}

impl Talk {
    pub(crate) fn new(n: usize, base: String, answered: Arc<AtomicUsize>) -> Talk {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Talk {
            n,
            base,
            http,
            answered,
        }
    }

    /// The whole conversation; all that was said in it.
    pub(crate) async fn until_the_lead_is_there(self) -> Vec<Value> {
        let user = json!({ "user": { "id": format!("user-{}", self.n) }, "sign_in": "vouched" });
        let opened = self.surely("POST", "/v1/conversations", &user).await;
        let path = format!("/v1/conversations/{}", opened["id"].as_str().unwrap());
        let last = last_name(self.n);
        let mut next = json!({
            "text": format!("create a lead for Kim {last} from Northpier, kim.{last}@northpier.example")
        });
        let mut last_awaited = Value::Null;
        for step in 0..STEPS {
            next["id"] = format!("m{step}").into();
            let answer = self.surely("POST", &format!("{path}/turns"), &next).await;
            let awaiting = self.settled(&path, answer["awaiting"].clone()).await;
            last_awaited.clone_from(&awaiting);
            next = match awaiting["kind"].as_str().unwrap() {
                "slot" => json!({ "text": "skip" }),
                "confirm" => json!({ "value": "yes" }),
                // Try again, or a new link.
                "choice" => json!({ "value": awaiting["options"][0]["value"] }),
                "authorization" => json!({ "text": "new link" }),
                "nothing" => {
                    let said = self
                        .surely("GET", &format!("{path}/messages"), &Value::Null)
                        .await;
                    return said["messages"].as_array().unwrap().clone();
                }
                other => panic!("{other}: {awaiting}"),
            };
        }
        panic!("conversation {} comes to no end: {last_awaited}", self.n);
    }

    /// What is awaited when no call is out any more and the link, if one came, was followed.
    async fn settled(&self, path: &str, mut awaiting: Value) -> Value {
        let mut followed = false;
        for _ in 0..STEPS {
            match awaiting["kind"].as_str().unwrap() {
                "call" => {}
                "authorization" if !followed => {
                    followed = self.follow(&awaiting).await;
                    if !followed {
                        return awaiting;
                    }
                }
                // The sign-in went well, so the conversation goes on by itself.
                "authorization" => {}
                _ => return awaiting,
            }
            self.surely(
                "GET",
                &format!("{path}/messages?after=9999&wait=1"),
                &Value::Null,
            )
            .await;
            awaiting = self.surely("GET", path, &Value::Null).await["awaiting"].clone();
        }
        panic!(
            "conversation {} at {} waits for ever: {awaiting}",
            self.n, self.base
        );
    }

    /// Follows a link as a browser does; whether it came to its end.
    async fn follow(&self, awaiting: &Value) -> bool {
        let link = awaiting["url"].as_str().unwrap();
        if link.is_empty() {
            return false;
        }
        // The steps of a person: where one fails, the page is loaded again; a link that is used up needs a new one.
        let Some(authorize) = self.redirect("POST", link).await else {
            return false;
        };
        let Some(callback) = self.redirect("GET", &authorize).await else {
            return false;
        };
        let Some(clean) = self.redirect("GET", &callback).await else {
            return false;
        };
        let page = format!("{}{clean}", self.base);
        let page = self.http.get(page).send().await;
        // Whoever sees that nothing was connected asks for another link.
        match page {
            Ok(page) => page
                .text()
                .await
                .is_ok_and(|text| text.contains("Connected as")),
            Err(_) => false,
        }
    }

    /// Where an address leads; `None` where it does not lead on.
    async fn redirect(&self, method: &str, address: &str) -> Option<String> {
        loop {
            let request = self.http.request(method.parse().unwrap(), address);
            if let Ok(answer) = request.send().await
                && answer.status() != 503
            {
                let location = answer.headers().get("location")?;
                return Some(location.to_str().unwrap().to_owned());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends a request until it is answered.
    async fn surely(&self, method: &str, path: &str, body: &Value) -> Value {
        loop {
            let address = format!("{}{path}", self.base);
            let mut request = self
                .http
                .request(method.parse().unwrap(), address)
                .bearer_auth(KEY);
            if !body.is_null() {
                request = request.json(body);
            }
            if let Ok(answer) = request.send().await
                && answer.status() != 503
                && let Ok(answer) = answer.json::<Value>().await
            {
                assert!(answer["error"].is_null(), "{method} {path}: {answer}");
                self.answered.fetch_add(1, Ordering::SeqCst);
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// An empty org in this process, which outlives the server; `external_id`: whether it has the field that makes a create
/// happen once.
pub(crate) async fn sandbox(external_id: bool) -> String {
    let org = org().router();
    serve(org, external_id).await
}

/// The org itself.
pub(crate) fn org() -> Org {
    Org::new(Options {
        control: true,
        auto_approve: true,
        seed: Some(json!({})),
        ..Options::default()
    })
    .unwrap()
}

/// Its address once it is reached through this router.
pub(crate) async fn serve(router: axum::Router, external_id: bool) -> String {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let org = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, service).await });
    let settings = reqwest::Client::new()
        .post(format!("{org}/sandbox/org"))
        .json(&json!({ "external_id": external_id }));
    assert!(settings.send().await.unwrap().status().is_success());
    org
}

/// How often each last name is in the org.
pub(crate) async fn leads(org: &str) -> BTreeMap<String, usize> {
    let http = reqwest::Client::new();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "turnwise-demo"),
        ("client_secret", "turnwise-demo-secret"),
    ];
    let token = http
        .post(format!("{org}/services/oauth2/token"))
        .form(&form);
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    let token = token["access_token"].as_str().unwrap();
    let query = format!("{org}/services/data/v62.0/query?q=SELECT+LastName+FROM+Lead");
    let found = http.get(query).bearer_auth(token).send().await.unwrap();
    let found: Value = found.json().await.unwrap();
    assert_eq!(found["done"], true);
    let mut count = BTreeMap::new();
    for record in found["records"].as_array().unwrap() {
        let name = record["LastName"].as_str().unwrap().to_owned();
        *count.entry(name).or_insert(0) += 1;
    }
    count
}
