//! The console as an operator's browser meets it, without a script: log-in, forms with their token, the set-up of the four
//! cells, and that nobody else gets anywhere.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use turnwise::bot;
use turnwise::server::console::password;
use turnwise::store::Place;
use turnwise_connectors::auth::{GrantStore as _, OPERATOR, SHARED, Written};
use turnwise_engine::template::Templates;
use turnwise_engine::template::source::Source;

use super::world::{Answer, World};

pub(super) const PASSWORD: &str = "a password of the tests";

/// The pages of the console that are only read.
const PAGES: [&str; 9] = [
    "/console",
    "/console/integrations",
    "/console/integrations/salesforce",
    "/console/profiles",
    "/console/profiles/new",
    "/console/profiles/system",
    "/console/users",
    "/console/audit",
    "/console/password",
];

/// An operator who is logged in.
pub(super) struct Desk {
    pub(super) world: World,
    /// The browser's cookies.
    jar: String,
    csrf: String,
}

impl Desk {
    async fn open() -> Desk {
        Desk::at(World::start().await).await
    }

    pub(super) async fn at(world: World) -> Desk {
        let auth = &world.served.runtime.connectors.auth;
        password::set(auth, PASSWORD).await.unwrap();
        let chat = world.visit().await;
        let body = format!("password={}", PASSWORD.replace(' ', "+"));
        let entered = world.send("POST", "/console/log-in", &[], &body).await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        let cookie = entered.header("set-cookie").to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
        let jar = format!("{chat}; {}", cookie.split(';').next().unwrap());
        let mut desk = Desk {
            world,
            jar,
            csrf: String::new(),
        };
        let page = desk.get("/console").await;
        let token = page.text.split("name=\"csrf\" value=\"").nth(1).unwrap();
        desk.csrf = token.split('"').next().unwrap().to_owned();
        desk
    }

    /// The value of the console's cookie.
    pub(super) fn session(&self) -> &str {
        self.jar.rsplit('=').next().unwrap()
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        let headers = [("cookie", self.jar.as_str())];
        self.world.send("GET", path, &headers, "").await
    }

    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &self.csrf).extend_pairs(fields);
        let headers = [("cookie", self.jar.as_str())];
        self.world
            .send("POST", path, &headers, &form.finish())
            .await
    }

    /// Does a step of the integration and gives the page that shows it.
    pub(super) async fn step(&self, step: &str, fields: &[(&str, &str)]) -> String {
        let here = "/console/integrations/salesforce";
        let done = self.post(&format!("{here}/{step}"), fields).await;
        assert_eq!(done.status, 303, "{step}: {}", done.text);
        self.get(here).await.text
    }

    /// Presses Authorize and walks through the org's pages as the rep.
    pub(super) async fn authorize(&self) -> String {
        let here = "/console/integrations/salesforce/authorize";
        let sent = self.post(here, &[]).await;
        assert_eq!(sent.status, 303, "{}", sent.text);
        let link = sent.header("location").to_owned();
        let page = self.get(&link).await;
        assert!(page.text.contains("everybody who chats"), "{}", page.text);
        let callback = self.world.walk(&link, &self.jar, "allow").await;
        let (_, page) = self.world.come_back(&callback, &self.jar).await;
        page.text
    }
}

/// The demo's bot, with this bot.yaml.
fn bot_with(text: &str) -> Arc<Templates> {
    let mut sources = bot::demo();
    sources.bot = Some(Source {
        name: "bot.yaml".into(),
        text: text.into(),
    });
    bot::loaded(&sources).unwrap()
}

/// Asks for the leads in a new conversation, and gives the turn once nothing is under way.
pub(super) async fn leads(world: &World) -> Value {
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    world
        .say(&chat, json!({ "text": "show me all leads" }))
        .await
}

pub(super) fn text_of(turn: &Value) -> String {
    turn["messages"].to_string()
}

#[tokio::test]
async fn nobody_sees_the_console_without_logging_in() {
    let world = World::start().await;
    for path in PAGES {
        let answer = world.send("GET", path, &[], "").await;
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.header("location"), "/console/log-in", "{path}");
    }
    for path in [
        "/console/integrations/salesforce/disable",
        "/console/profiles/save",
        "/console/users/revoke",
    ] {
        let answer = world.send("POST", path, &[], "").await;
        assert_eq!(answer.header("location"), "/console/log-in", "{path}");
    }
    let made_up = [("cookie", "turnwise-console=made-up-made-up-made-up-made-up")];
    let answer = world.send("GET", "/console", &made_up, "").await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn every_page_renders_with_a_strict_policy_and_no_script() {
    let desk = Desk::open().await;
    for path in PAGES {
        let page = desk.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert!(page.text.contains("<h1>"), "{path}: {}", page.text);
        assert!(!page.text.contains("<script"), "{path}");
        assert!(!page.text.contains("style="), "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        // With `no-referrer` a browser would send `Origin: null` with each form.
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
    }
}

#[tokio::test]
async fn every_mechanism_has_its_form_and_keeps_its_secret() {
    let desk = Desk::open().await;
    for (mechanism, secret) in [
        ("authorization_code", "client_secret"),
        ("client_credentials", "client_secret"),
        ("refresh_token", "refresh_token"),
        ("api_key", "key"),
        ("basic", "password"),
    ] {
        let form = desk
            .get(&format!("/console/profiles/new?mechanism={mechanism}"))
            .await;
        let field = format!("secret_{secret}");
        assert!(form.text.contains(&field), "{mechanism}: {}", form.text);
        let saved = desk
            .post(
                "/console/profiles/save",
                &[
                    ("new", "yes"),
                    ("id", mechanism),
                    ("mechanism", mechanism),
                    ("title", "My <app>"),
                    ("login_host", "https://test.salesforce.com"),
                    ("client_id", "the-client"),
                    (&field, "the-hidden-secret"),
                ],
            )
            .await;
        assert_eq!(saved.status, 303, "{mechanism}: {}", saved.text);
        let page = desk.get(saved.header("location")).await;
        assert!(page.text.contains("My &lt;app&gt;"), "{}", page.text);
        assert!(!page.text.contains("the-hidden-secret"), "{mechanism}");
        assert!(page.text.contains("There is one."), "{mechanism}");
    }
    let twice = [("new", "yes"), ("id", "basic"), ("mechanism", "basic")];
    let refused = desk.post("/console/profiles/save", &twice).await;
    assert_eq!(refused.status, 422);
    let wrong = [
        ("new", "yes"),
        ("id", "Not An Id"),
        ("mechanism", "authorization_code"),
        ("login_host", "http://login.example.com"),
    ];
    let refused = desk.post("/console/profiles/save", &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("An address that begins with"),
        "{}",
        refused.text
    );
    let gone = desk.post("/console/profiles/basic/delete", &[]).await;
    assert_eq!(gone.header("location"), "/console/profiles");
    let of_bot = desk.post("/console/profiles/system/delete", &[]).await;
    assert_eq!(of_bot.status, 409);
}

#[tokio::test]
async fn a_form_of_another_site_or_another_session_does_nothing() {
    let desk = Desk::open().await;
    let path = "/console/integrations/salesforce/disable";
    let jar = desk.jar.as_str();
    let token = format!("csrf={}", desk.csrf);
    for (headers, body) in [
        (vec![("cookie", jar)], ""),
        (vec![("cookie", jar)], "csrf=made-up"),
        (
            vec![("cookie", jar), ("origin", "https://evil.example")],
            token.as_str(),
        ),
        (
            vec![("cookie", jar), ("sec-fetch-site", "cross-site")],
            token.as_str(),
        ),
    ] {
        let answer = desk.world.send("POST", path, &headers, body).await;
        assert_eq!(answer.status, 403, "{headers:?} {body}");
    }
    let page = desk.get("/console/integrations/salesforce").await;
    assert!(page.text.contains("It is switched on."), "{}", page.text);
}

#[tokio::test]
async fn wrong_passwords_are_few_and_leave_a_line() {
    let desk = Desk::open().await;
    let mut refused = 0;
    let last = loop {
        let answer = desk
            .world
            .send("POST", "/console/log-in", &[], "password=wrong")
            .await;
        if answer.status != 401 {
            break answer;
        }
        refused += 1;
        assert!(refused < 50);
    };
    assert_eq!(last.status, 429, "{}", last.text);
    let trail = desk.get("/console/audit?deed=operator_refused").await;
    assert!(trail.text.contains("operator refused"), "{}", trail.text);
}

#[tokio::test]
async fn logging_out_and_another_password_end_the_session() {
    let desk = Desk::open().await;
    let short = [("old", PASSWORD), ("new", "short")];
    assert_eq!(desk.post("/console/password", &short).await.status, 422);
    let wrong = [("old", "wrong"), ("new", "another password")];
    assert_eq!(desk.post("/console/password", &wrong).await.status, 422);
    let right = [("old", PASSWORD), ("new", "another password")];
    assert_eq!(desk.post("/console/password", &right).await.status, 303);
    assert_eq!(desk.get("/console").await.status, 303, "logged out");
    let desk = Desk::open().await;
    desk.post("/console/log-out", &[]).await;
    assert_eq!(desk.get("/console").await.status, 303);
}

#[tokio::test]
async fn system_and_users_is_what_the_demo_has() {
    let desk = Desk::open().await;
    let page = desk.get("/console/integrations/salesforce").await.text;
    assert!(
        page.contains("Enabled") && page.contains("System app"),
        "{page}"
    );
    let callback = format!("{}/auth/callback", desk.world.base);
    assert!(page.contains(&callback.replace('/', "&#x2f;")), "{page}");
    let asked = leads(&desk.world).await;
    assert_eq!(asked["awaiting"]["kind"], "authorization", "{asked}");
}

#[tokio::test]
async fn system_and_pre_authorized_needs_the_operator_once_and_no_user() {
    let desk = Desk::open().await;
    let page = desk
        .step("cell", &[("by", "operator"), ("app", "system")])
        .await;
    assert!(page.contains("Needs authorization"), "{page}");
    let early = leads(&desk.world).await;
    assert!(
        text_of(&early).contains("administrator has to sign in once"),
        "{early}"
    );
    assert_eq!(early["awaiting"]["kind"], "nothing");
    let page = desk.authorize().await;
    assert!(page.contains("Connected as rep@example.com"), "{page}");
    assert!(page.contains("Back to the console"), "{page}");
    let page = desk.get("/console/integrations/salesforce").await.text;
    assert!(
        page.contains("rep@example.com") && page.contains("Enabled"),
        "{page}"
    );
    let shown = leads(&desk.world).await;
    assert!(text_of(&shown).contains("\"table\""), "{shown}");
    let users = desk.get("/console/users").await.text;
    assert!(users.contains("Shared by everybody"), "{users}");
    let page = desk.step("disable", &[]).await;
    assert!(page.contains("Disabled"), "{page}");
    let off = leads(&desk.world).await;
    assert!(text_of(&off).contains("switched off"), "{off}");
    desk.step("enable", &[]).await;
    let page = desk.step("sign-out", &[]).await;
    assert!(page.contains("Needs authorization"), "{page}");
    assert_eq!(desk.world.oauth_calls("revoke"), 1);
    let trail = desk.get("/console/audit").await.text;
    for line in [
        "set up",
        "link sent",
        "connected",
        "signed out",
        "operator in",
        "<td>the operator</td>",
        "<td>the shared account</td>",
    ] {
        assert!(trail.contains(line), "{line}: {trail}");
    }
}

#[tokio::test]
async fn a_shared_grant_that_nobody_uses_is_an_alarm_before_it_is_given_back() {
    let desk = Desk::open().await;
    desk.step("cell", &[("by", "operator"), ("app", "system")])
        .await;
    desk.authorize().await;
    let quiet = desk.get("/console").await.text;
    assert!(quiet.contains("Everything is set up"), "{quiet}");
    let store = desk.world.served.runtime.connectors.auth.store();
    let long_ago = Timestamp::now() - SignedDuration::from_hours(24 * 26 + 1);
    store
        .touch_grant([OPERATOR, SHARED, "salesforce"], long_ago)
        .await
        .unwrap();
    let alarm = desk.get("/console").await.text;
    assert!(alarm.contains("What needs you"), "{alarm}");
    let page = desk.get("/console/integrations/salesforce").await.text;
    assert!(page.contains("It is signed out in 3 days"), "{page}");
    leads(&desk.world).await;
    let quiet = desk.get("/console").await.text;
    assert!(
        quiet.contains("Everything is set up"),
        "it was used: {quiet}"
    );
}

#[tokio::test]
async fn a_shared_grant_that_nobody_uses_is_a_metric_before_it_is_given_back() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _heard = metrics::set_default_local_recorder(&recorder);
    let world = World::start().await;
    let runtime = &world.served.runtime;
    let store = runtime.connectors.auth.store();
    let owner = [OPERATOR, SHARED, "salesforce"];
    let now = Written::Connected(Timestamp::now());
    let put = store.put_grant(owner, vec![1], 0, now);
    assert!(put.await.unwrap());
    for (days, gauge) in [(26, 1), (1, 0)] {
        let used = Timestamp::now() - SignedDuration::from_hours(24 * days);
        store.touch_grant(owner, used).await.unwrap();
        runtime.tell_states().await;
        let line = format!("turnwise_shared_grant_left{{integration=\"salesforce\"}} {gauge}");
        let metrics = metrics.render();
        assert!(metrics.contains(&line), "{line}: {metrics}");
    }
}

#[tokio::test]
async fn custom_profiles_work_for_users_and_for_the_operator() {
    let desk = Desk::open().await;
    let chosen = desk
        .post(
            "/console/integrations/salesforce/cell",
            &[("by", "users"), ("app", "custom")],
        )
        .await;
    let new = chosen.header("location").to_owned();
    assert_eq!(new, "/console/profiles/new?for=salesforce");
    let saved = desk
        .post(
            "/console/profiles/save",
            &[
                ("new", "yes"),
                ("for", "salesforce"),
                ("id", "our_app"),
                ("title", "Our app"),
                ("mechanism", "authorization_code"),
                ("login_host", &desk.world.org),
                ("client_id", "turnwise-demo"),
                ("secret_client_secret", "turnwise-demo-secret"),
                ("scopes", "api refresh_token"),
            ],
        )
        .await;
    assert_eq!(
        saved.header("location"),
        "/console/integrations/salesforce",
        "{}",
        saved.text
    );
    let page = desk.get("/console/integrations/salesforce").await.text;
    assert!(
        page.contains("Our app") && page.contains("Enabled"),
        "{page}"
    );
    let chat = desk.world.open(json!({ "sign_in": "vouched" })).await;
    desk.world.sign_in(&chat, "").await;
    let used = desk.post("/console/profiles/our_app/delete", &[]).await;
    assert_eq!(used.status, 409, "{}", used.text);
    desk.step("cell", &[("by", "operator"), ("app", "custom")])
        .await;
    let page = desk.authorize().await;
    assert!(page.contains("Connected as rep@example.com"), "{page}");
    let shown = leads(&desk.world).await;
    assert!(text_of(&shown).contains("\"table\""), "{shown}");
}

#[tokio::test]
async fn an_operator_gives_a_users_grant_back() {
    let desk = Desk::open().await;
    let chat = desk
        .world
        .open(json!({ "user": { "id": "ida" }, "sign_in": "vouched" }))
        .await;
    desk.world.sign_in(&chat, "").await;
    let users = desk.get("/console/users?text=ida").await.text;
    assert!(
        users.contains("ida") && users.contains("rep@example.com"),
        "{users}"
    );
    let fields = [
        ("channel", "api"),
        ("user", "ida"),
        ("integration", "salesforce"),
    ];
    desk.post("/console/users/revoke", &fields).await;
    let users = desk.get("/console/users?text=ida").await.text;
    assert!(!users.contains("rep@example.com"), "{users}");
    assert_eq!(desk.world.oauth_calls("revoke"), 1);
    let state = desk.world.get(&chat, "").await;
    assert_eq!(state["signed_in"]["salesforce"], false);
}

#[tokio::test]
async fn the_library_is_shown_and_taken_into_the_bots_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bot.yaml"), "name: Shelf\n").unwrap();
    let mut world = World::on(Place::Memory, bot_with("name: Shelf\n")).await;
    world.served.folder = Some(folder.path().into());
    world.app = turnwise::server::app(world.served.clone());
    let desk = Desk::at(world).await;
    let list = desk.get("/console/templates").await.text;
    assert!(
        list.contains("Create Lead") && list.contains("Not in this bot"),
        "{list}"
    );
    let page = desk.get("/console/templates/create_lead").await.text;
    for part in [
        "LastName",
        "How it sounds",
        "diagram.svg",
        "Add to this bot",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let drawn = desk.get("/console/templates/create_lead/diagram.svg").await;
    assert!(drawn.text.contains("<svg"), "{}", drawn.text);
    let added = desk.post("/console/templates/create_lead/add", &[]).await;
    assert_eq!(added.status, 303, "{}", added.text);
    assert!(folder.path().join("templates/create_lead.yaml").exists());
    let page = desk.get("/console/templates/create_lead").await.text;
    assert!(page.contains("the same as the library"), "{page}");
}
