//! `turnwise integrations` and `turnwise keys` as an operator's terminal meets them, against the sandbox org.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use turnwise_sandbox::{Options, Org};

use crate::server::page::hidden;

const KEY: &str = "8f1c0d5e7a92b3464d0be2f1906c5d7738a1e4fb02c96d5083f7a1bc2e64d905";
const NEW: &str = "13a7c5e90f2b4d68e1735c9a0b8f6d24c3e5a7190d4f2b6c8e0a1735f9bd6c42";

struct Desk {
    folder: tempfile::TempDir,
    org: String,
    port: u16,
}

impl Desk {
    async fn open() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let bot = "name: Desk\nintegrations: { salesforce: { authorize: users } }\n";
        std::fs::write(folder.path().join("bot.yaml"), bot).unwrap();
        let org = Org::new(Options::default()).unwrap().router();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let service = org.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        // A port that is free now, for the pages that the terminal serves.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        Desk {
            folder,
            org: address,
            port,
        }
    }

    fn command(&self, args: &[&str], keys: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_turnwise"));
        let bot: &Path = self.folder.path();
        command
            .args(args)
            .current_dir(bot)
            .env("TURNWISE_VAULT_KEY", keys)
            .env("TURNWISE_SALESFORCE_URL", &self.org)
            .env(
                "TURNWISE_PUBLIC_URL",
                format!("http://127.0.0.1:{}", self.port),
            )
            .env(
                "TURNWISE_STORE",
                format!("sqlite://{}", bot.join("bot.db").display()),
            )
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args, KEY).output().unwrap()
    }

    /// The one integration, as `list` says.
    fn listed(&self) -> Value {
        let out = self.run(&["integrations", "list", "--format", "json"]);
        assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
        let all: Value = serde_json::from_slice(&out.stdout).unwrap();
        all[0].clone()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_sets_an_integration_up_from_the_terminal() {
    let desk = Desk::open().await;
    assert_eq!(desk.listed()["state"], "enabled");
    let off = desk.run(&["integrations", "disable", "salesforce"]);
    assert_eq!(off.status.code(), Some(0), "{}", text(&off.stderr));
    assert!(
        text(&off.stdout).contains("turnwise integrations enable"),
        "{}",
        text(&off.stdout)
    );
    assert_eq!(desk.listed()["state"], "disabled");
    desk.run(&["integrations", "enable", "salesforce"]);
    desk.run(&["integrations", "set", "salesforce", "--by", "operator"]);
    assert_eq!(desk.listed()["state"], "needs_authorization");

    let mut child = desk
        .command(&["integrations", "authorize", "salesforce"], KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let link = lines.map_while(Result::ok).find_map(|line| {
        line.trim()
            .starts_with("http")
            .then(|| line.trim().to_owned())
    });
    sign_in(&link.unwrap(), &desk.org).await;
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    assert!(
        text(&out.stdout).contains("connected as rep@example.com"),
        "{}",
        text(&out.stdout)
    );
    let listed = desk.listed();
    assert_eq!(listed["state"], "enabled");
    assert_eq!(listed["account"], "rep@example.com");

    let unknown = desk.run(&["integrations", "enable", "nothing"]);
    assert_eq!(unknown.status.code(), Some(2));
    let out = desk.run(&["integrations", "sign-out", "salesforce"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert_eq!(desk.listed()["state"], "needs_authorization");
    let out = desk.run(&["integrations", "sign-out", "salesforce"]);
    assert!(text(&out.stdout).contains("nothing to give back"));
    let out = desk.run(&["integrations", "list", "."]);
    let next = "an operator authorizes with system\n                 next: turnwise integrations authorize salesforce .";
    assert!(text(&out.stdout).contains(next), "{}", text(&out.stdout));

    let saved = desk
        .command(
            &[
                "integrations",
                "save-profile",
                "own",
                "--mechanism",
                "client_credentials",
                "--client-id",
                "turnwise-demo",
                "--secret",
                "client_secret=THE_SECRET",
                ".",
            ],
            KEY,
        )
        .env("THE_SECRET", "turnwise-demo-secret")
        .output()
        .unwrap();
    assert_eq!(saved.status.code(), Some(0), "{}", text(&saved.stderr));
    desk.run(&["integrations", "set", "salesforce", "--profile", "own"]);
    let refused = desk.run(&["integrations", "delete-profile", "own"]);
    assert_eq!(refused.status.code(), Some(2), "it is in use");
    let unknown = desk.run(&["integrations", "delete-profile", "owned"]);
    assert_eq!(unknown.status.code(), Some(2), "there is none");
    assert!(text(&unknown.stderr).contains("turnwise integrations profiles"));
    let itself = desk.run(&["integrations", "authorize", "salesforce"]);
    assert_eq!(
        itself.status.code(),
        Some(0),
        "{}{}",
        text(&itself.stdout),
        text(&itself.stderr)
    );
    assert_eq!(desk.listed()["state"], "enabled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_of_the_bot_signs_in_at_the_host_that_the_environment_names_and_nowhere_else() {
    let desk = Desk::open().await;
    let bot = "name: Desk\n\
        integrations: { salesforce: { authorize: operator, profile: own } }\n\
        profiles: { own: { mechanism: client_credentials, client_id: turnwise-demo, \
        client_secret: { env: THE_SECRET }, login_host: { env: THE_HOST } } }\n";
    std::fs::write(desk.folder.path().join("bot.yaml"), bot).unwrap();
    let authorize = |host: &str| {
        let args = ["integrations", "authorize", "salesforce"];
        let mut command = desk.command(&args, KEY);
        command
            .env("TURNWISE_SALESFORCE_URL", "http://127.0.0.1:9")
            .env("THE_SECRET", "turnwise-demo-secret")
            .env("THE_HOST", host);
        command.output().unwrap()
    };
    let nowhere = authorize("no address");
    assert_ne!(nowhere.status.code(), Some(0));
    let told = text(&nowhere.stdout) + &text(&nowhere.stderr);
    assert!(told.contains("login host"), "{told}");
    let there = authorize(&desk.org);
    assert_eq!(there.status.code(), Some(0), "{}", text(&there.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_that_can_not_be_is_refused_with_what_to_write() {
    let desk = Desk::open().await;
    let org = desk.org.clone();
    let save = |more: &[&str]| {
        let args = [&["integrations", "save-profile"], more].concat();
        let mut command = desk.command(&args, KEY);
        let out = command.env("SF_SECRET", "turnwise-demo-secret").output();
        let out = out.unwrap();
        (out.status.code(), text(&out.stdout), text(&out.stderr))
    };
    let whole = [
        "own",
        "--mechanism",
        "authorization_code",
        "--login-host",
        &org,
        "--client-id",
        "turnwise-demo",
        "--secret",
        "client_secret=SF_SECRET",
    ];
    let (code, said, wrong) = save(&whole);
    assert_eq!(
        (code, &*said),
        (Some(0), "Profile own is saved.\n"),
        "{wrong}"
    );
    let evil = "https://evil.example";
    for (more, told) in [
        (
            &["Our App", "--mechanism", "basic"][..],
            "small letters, digits and _",
        ),
        (
            &["own", "--mechanism", "magic"],
            "client_credentials, jwt_bearer",
        ),
        (
            &["own", "--login-host", "http://evil.example"],
            "must be https",
        ),
        (
            &["own", "--login-host", "https://a:b@evil.example"],
            "without a user name",
        ),
        (
            &["own", "--login-host", evil],
            "--secret client_secret=VARIABLE",
        ),
        (
            &["own", "--token-url", "https://evil.example/token"],
            "goes nowhere unseen",
        ),
        (
            &["own", "--secret", "key=SF_SECRET"],
            "it has client_secret",
        ),
        (
            &["own", "--secret", "client_secret=NOT_THERE"],
            "`NOT_THERE` is not set",
        ),
        (
            &["own", "--field", "{\"key\":\"My Domain\",\"title\":\"x\"}"],
            "`My Domain` is no key",
        ),
        (
            &["system", "--client-id", "x"],
            "TURNWISE_SALESFORCE_CLIENT_ID",
        ),
    ] {
        let (code, _, wrong) = save(more);
        assert_eq!(code, Some(2), "{more:?}: {wrong}");
        assert!(wrong.contains(told), "{more:?}: {wrong}");
    }
    let out = desk.run(&["integrations", "profiles", "--format", "json"]);
    let all: Value = serde_json::from_slice(&out.stdout).unwrap();
    let own = all
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == "own");
    assert_eq!(own.unwrap()["login_host"], format!("{org}/"));
    let moved = [
        "own",
        "--login-host",
        evil,
        "--secret",
        "client_secret=SF_SECRET",
    ];
    assert_eq!(save(&moved).0, Some(0), "whoever knows the secret may");
    let to_a_key = ["own", "--mechanism", "api_key", "--check-url", evil];
    let (code, said, _) = save(&to_a_key);
    assert_eq!(code, Some(0));
    assert!(said.contains("It still lacks key"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_go_wrong_is_told_at_enable_and_when_a_profile_is_tried() {
    let desk = Desk::open().await;
    let run = |args: &[&str]| {
        let mut command = desk.command(args, KEY);
        let out = command.env("SF_SECRET", "not-the-secret").output().unwrap();
        (out.status.code(), text(&out.stdout), text(&out.stderr))
    };
    let save = [
        "integrations",
        "save-profile",
        "own",
        "--mechanism",
        "authorization_code",
        "--login-host",
        &desk.org,
        "--client-id",
        "turnwise-demo",
        "--secret",
        "client_secret=SF_SECRET",
    ];
    assert_eq!(run(&save).0, Some(0));
    run(&["integrations", "set", "salesforce", "--profile", "own"]);
    let (_, said, _) = run(&["integrations", "enable", "salesforce"]);
    let secret = "does not take the client's secret";
    assert!(said.contains(secret), "{said}");
    let trouble = desk.listed()["trouble"]["word"].clone();
    assert_eq!(trouble, "wrong_secret");
    let (code, said, _) = run(&["integrations", "test-profile", "own"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(secret) && !said.contains("not-the-secret"),
        "{said}"
    );
    let (code, said, wrong) = run(&["integrations", "test-profile", "system"]);
    assert_eq!(code, Some(0), "{said}{wrong}");
    let (code, _, wrong) = run(&["integrations", "test-profile", "nobody"]);
    assert_eq!(code, Some(2), "{wrong}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d2_keys_are_made_checked_and_changed_from_the_terminal() {
    let desk = Desk::open().await;
    let made = text(&desk.run(&["keys", "new"]).stdout);
    assert_eq!(made.trim().len(), 64);
    let fine = desk.run(&["keys", "check"]);
    assert_eq!(fine.status.code(), Some(0));
    for bad in ["changeme", &"0".repeat(64), ""] {
        let out = desk.command(&["keys", "check"], bad).output().unwrap();
        assert_eq!(out.status.code(), Some(1), "{bad}");
    }
    desk.run(&["integrations", "disable", "salesforce"]);
    let both = format!("{NEW},{KEY}");
    let moved = desk.command(&["keys", "rotate"], &both).output().unwrap();
    assert_eq!(text(&moved.stdout).trim(), "1 row moved to the first key.");
    let list = ["integrations", "list", "--format", "json"];
    let out = desk.command(&list, NEW).output().unwrap();
    let all: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(all[0]["state"], "disabled", "the old key may go");
    let password = desk.run(&["keys", "password"]);
    assert_eq!(text(&password.stdout).trim().len(), 24);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_a_server_does_not_start_without_a_real_key() {
    let desk = Desk::open().await;
    for bad in ["changeme", &"0".repeat(64), "8f1c0d5e"] {
        let out = desk
            .command(&["serve", "--port", "0"], bad)
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(2), "{bad}");
        assert!(
            text(&out.stderr).contains("TURNWISE_VAULT_KEY"),
            "{}",
            text(&out.stderr)
        );
    }
    let mut none = desk.command(&["serve", "--port", "0"], "");
    let out = none.env_remove("TURNWISE_VAULT_KEY").output().unwrap();
    assert_eq!(out.status.code(), Some(2));
}

/// Continue, log-in, Allow, and back.
async fn sign_in(link: &str, org: &str) {
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let header = |answer: &reqwest::Response, name: &str| {
        answer.headers()[name].to_str().unwrap().to_owned()
    };
    let sent = browser.post(link).send().await.unwrap();
    let form = browser.get(header(&sent, "location")).send().await.unwrap();
    let request = hidden(&form.text().await.unwrap());
    let fields = [
        ("request", request.as_str()),
        ("username", "rep@example.com"),
        ("password", "demo"),
    ];
    let authorize = format!("{org}/services/oauth2/authorize");
    let entered = browser.post(authorize).form(&fields).send().await.unwrap();
    let cookie = header(&entered, "set-cookie");
    let cookie = cookie.split(';').next().unwrap();
    let consent = format!("{org}{}", header(&entered, "location"));
    let consent = browser
        .get(consent)
        .header("cookie", cookie)
        .send()
        .await
        .unwrap();
    let request = hidden(&consent.text().await.unwrap());
    let fields = [("request", request.as_str()), ("decision", "allow")];
    let approve = browser.post(format!("{org}/services/oauth2/approve"));
    let decided = approve
        .header("cookie", cookie)
        .form(&fields)
        .send()
        .await
        .unwrap();
    let done = browser
        .get(header(&decided, "location"))
        .send()
        .await
        .unwrap();
    assert_eq!(done.status(), 303);
}
