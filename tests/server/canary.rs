//! Rule E1: whatever is secret in a sign-in stands nowhere but where it has to. The whole flow runs with logs at TRACE; then
//! logs, store, transcripts, metrics and answers are searched for each secret, in clear and encoded.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;
use turnwise::store::Place;
use turnwise_sandbox::Options;

use super::console::Desk;
use super::page;
use super::replay::script;
use super::world::{KEY, World, sales_assistant};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// A secret, and whether it may stand in an answer to this path.
struct Secret {
    value: String,
    may: fn(&str) -> bool,
}

fn secret(value: &str, may: fn(&str) -> bool) -> Secret {
    Secret {
        value: value.to_owned(),
        may,
    }
}

/// Everything that is logged on this thread from now on, at TRACE.
fn logged() -> (Log, tracing::subscriber::DefaultGuard) {
    // Whoever meets a line of the log first decides for all threads whether it is wanted: with this one it always is.
    // Crates that write to `log` are heard, too.
    let _ = tracing_subscriber::registry().try_init();
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn e1_no_secret_stands_where_it_need_not() {
    let (log, _guard) = logged();
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("bot.db"));
    let world = World::on(place, sales_assistant()).await;
    let mut secrets = vec![
        secret("turnwise-demo-secret", |_| false),
        secret(KEY, |_| false),
    ];
    let mut transcripts = Vec::new();

    // In the browser of the chat, then a refresh, then signing out.
    let cookie = world.visit().await;
    let value = cookie.split('=').nth(1).unwrap();
    secrets.push(secret(value, |path| path == "/"));
    let chat = world.open_in(&cookie).await;
    secrets.push(secret(&chat.token, |path| path == "/v1/conversations"));
    let link = world.ask_for_a_link(&chat).await;
    hide(&mut secrets, &world, &link, &cookie).await;
    let asked = world.last(&chat).await;
    let callback = world.walk(&link, &cookie, "allow").await;
    world.come_back(&callback, &cookie).await;
    world.pushed(&chat, asked).await;
    world.control("expire", json!({ "what": "access" })).await;
    world
        .say(&chat, json!({ "text": "show me all leads" }))
        .await;
    transcripts.push(script(&world, &chat).await);
    world.say(&chat, json!({ "text": "sign out" })).await;

    // With a code: a wrong one, then the right one.
    let coded = world.open(json!({})).await;
    let link = world.ask_for_a_link(&coded).await;
    hide(&mut secrets, &world, &link, "").await;
    let callback = world.walk(&link, "", "allow").await;
    let (_, page) = world.come_back(&callback, "").await;
    let code = page::code(&page.text);
    secrets.push(secret(&code, |path| path.starts_with("/auth/done/")));
    let wrong = if code == "123987" { "123988" } else { "123987" };
    world.say(&coded, json!({ "text": wrong })).await;
    world.say(&coded, json!({ "text": code })).await;
    transcripts.push(script(&world, &coded).await);

    // Declined, and an org that fails.
    for (decision, fault) in [
        ("deny", None),
        ("allow", Some("503")),
        ("allow", Some("invalid_grant")),
    ] {
        let chat = world.open(json!({ "sign_in": "vouched" })).await;
        let link = world.ask_for_a_link(&chat).await;
        hide(&mut secrets, &world, &link, "").await;
        let callback = world.walk(&link, "", decision).await;
        if let Some(answer) = fault {
            let fault = json!({ "on": "token", "answer": answer, "times": 2 });
            world.control("fault", fault).await;
        }
        let asked = world.last(&chat).await;
        world.come_back(&callback, "").await;
        world.pushed(&chat, asked).await;
        transcripts.push(script(&world, &chat).await);
    }
    let found = world.secrets.lock().unwrap().len();
    assert!(found >= 8, "tokens, codes and verifiers were seen");
    nowhere(&world, secrets, &log, folder.path(), transcripts).await;
}

#[tokio::test]
async fn d3_a_template_that_prints_all_its_names_prints_no_secret() {
    let text = "template: all\ntitle: All\nsummary: Prints all.\npurpose: print all\nintegration: salesforce\n\
        object: Lead\nexamples: [print everything there is, show all the names]\n\
        steps:\n  - call: salesforce.find\n    as: found\n\
        \x20 - say: \"All: {{ user }} {{ user.account }} {{ bot }} {{ template }} {{ filled }} {{ now }} {{ locale }} {{ found }} {{ found.total }} leads\"\n";
    let mut sources = turnwise::bot::demo();
    sources.files = vec![turnwise_engine::template::source::Source {
        name: "templates/all.yaml".into(),
        text: text.into(),
    }];
    let world = World::on(Place::Memory, turnwise::bot::loaded(&sources).unwrap()).await;
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    let turn = json!({ "text": "print everything there is" });
    let asked = world.say(&chat, turn.clone()).await;
    let url = asked["awaiting"]["url"].as_str().unwrap();
    let link = url.strip_prefix(&world.base).unwrap();
    let before = world.last(&chat).await;
    let callback = world.walk(link, "", "allow").await;
    world.come_back(&callback, "").await;
    world.pushed(&chat, before).await;
    let said = world.say(&chat, turn).await.to_string();
    assert!(
        said.contains("rep@example.com") && said.contains("25 leads"),
        "{said}"
    );
    let secrets = world.secrets.lock().unwrap();
    assert!(
        secrets.len() >= 3,
        "tokens, a code and a verifier were seen"
    );
    let handle = link.rsplit('/').next().unwrap();
    for secret in secrets
        .iter()
        .map(String::as_str)
        .chain([handle, KEY, &chat.token])
    {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}

#[tokio::test]
async fn e1_no_secret_of_an_operator_stands_where_it_need_not() {
    let (log, _guard) = logged();
    let folder = tempfile::tempdir().unwrap();
    let (private, public) = super::mistakes::key();
    let options = Options {
        jwt_certificate: Some(public),
        ..Options::default()
    };
    let place = Place::File(folder.path().join("bot.db"));
    let desk = Desk::at(World::of(place, sales_assistant(), options, None).await).await;
    let session = desk.session().to_owned();
    let mut secrets = vec![
        secret(super::console::PASSWORD, |_| false),
        secret(&session, |path| path == "/console/log-in"),
        secret(private.lines().nth(1).unwrap(), |_| false),
    ];
    let org = desk.world.org.clone();
    let data = format!("{org}/services/data");
    for (id, mechanism, name, value) in [
        ("robot", "jwt_bearer", "private_key", private.as_str()),
        (
            "mistyped",
            "authorization_code",
            "client_secret",
            "canary-of-a-wrong-secret",
        ),
        (
            "itself",
            "client_credentials",
            "client_secret",
            "canary-of-another-secret",
        ),
        (
            "brought",
            "refresh_token",
            "refresh_token",
            "canary-of-a-refresh-token",
        ),
        ("keyed", "api_key", "key", "canary-of-an-api-key"),
        ("basic", "basic", "password", "canary-of-a-password"),
    ] {
        secrets.push(secret(value, |_| false));
        desk.post(
            "/console/integrations/salesforce/cell",
            &[("by", "operator"), ("app", "custom")],
        )
        .await;
        let field = format!("secret_{name}");
        let fields = [
            ("new", "yes"),
            ("for", "salesforce"),
            ("id", id),
            ("mechanism", mechanism),
            ("login_host", org.as_str()),
            ("client_id", "turnwise-demo"),
            ("username", "rep@example.com"),
            (
                "place",
                if mechanism == "api_key" {
                    "query"
                } else {
                    "authorization"
                },
            ),
            ("place_name", "key"),
            ("check_url", data.as_str()),
            (&field, value),
        ];
        let saved = desk.post("/console/profiles/save", &fields).await;
        assert_eq!(saved.status, 303, "{id}: {}", saved.text);
        desk.step("authorize", &[]).await;
        desk.post(&format!("/console/profiles/{id}/test"), &[])
            .await;
        super::console::leads(&desk.world).await;
        desk.get(&format!("/console/profiles/{id}")).await;
    }
    for page in ["", "/integrations", "/profiles", "/users", "/audit"] {
        desk.get(&format!("/console{page}")).await;
    }
    nowhere(&desk.world, secrets, &log, folder.path(), Vec::new()).await;
}

/// None of these secrets, nor of those that went to the org and back, stands in the log, the store's files, the metrics, a
/// transcript, or an answer where it need not.
async fn nowhere(
    world: &World,
    mut secrets: Vec<Secret>,
    log: &Log,
    folder: &Path,
    transcripts: Vec<String>,
) {
    let metrics = world.by(KEY, "GET", "/metrics", &Value::Null).await.text;
    let found = world.secrets.lock().unwrap().clone();
    secrets.extend(found.iter().map(|value| secret(value, |_| false)));
    let mut places: Vec<(String, Vec<u8>)> = vec![
        ("the log".into(), log.0.lock().unwrap().clone()),
        ("metrics".into(), metrics.into_bytes()),
    ];
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        places.push((path.display().to_string(), std::fs::read(&path).unwrap()));
    }
    places.extend(
        transcripts
            .into_iter()
            .map(|text| ("a transcript".into(), text.into_bytes())),
    );
    let log = String::from_utf8_lossy(&places[0].1).into_owned();
    assert!(log.len() > 10_000, "the log is at TRACE");
    assert!(log.contains("reqwest"), "the HTTP crates' lines are in it");
    for one in &secrets {
        for (place, bytes) in &places {
            let hit = stands_in(&one.value, bytes);
            assert!(
                hit.is_none(),
                "{} stands in {place}: {}",
                one.value,
                hit.unwrap()
            );
        }
        for (path, told) in world.answers.lock().unwrap().iter() {
            if !(one.may)(path) {
                let hit = stands_in(&one.value, told.as_bytes());
                assert!(
                    hit.is_none(),
                    "{} stands in the answer to {path}: {}",
                    one.value,
                    hit.unwrap()
                );
            }
        }
    }
}

/// A link's handle belongs into its conversation, its state into the redirect to the org.
async fn hide(secrets: &mut Vec<Secret>, world: &World, link: &str, cookie: &str) {
    let handle = link.rsplit('/').next().unwrap();
    secrets.push(secret(handle, |path| {
        path.starts_with("/v1/conversations/")
    }));
    let sent = world.proceed(link, cookie).await;
    let url: url::Url = sent.header("location").parse().unwrap();
    let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
    secrets.push(secret(&state, |path| path.starts_with("/auth/start/")));
}

/// The surroundings of a secret in these bytes: in clear, percent-, JSON- or base64-encoded.
fn stands_in(secret: &str, bytes: &[u8]) -> Option<String> {
    let mut forms = vec![secret.to_owned()];
    forms.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    forms.push(
        serde_json::to_string(secret)
            .unwrap()
            .trim_matches('"')
            .to_owned(),
    );
    if secret.len() >= 12 {
        // Base64 at each of the three places where it can begin, without the letters that its neighbours share.
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            for shift in 0..3 {
                let padded = [&vec![0; shift], secret.as_bytes()].concat();
                let encoded = engine.encode(padded);
                let begin = [0, 2, 3][shift];
                forms.push(encoded[begin..encoded.len() - 2].to_owned());
            }
        }
    }
    let digits = secret.len() == 6;
    forms.iter().find_map(|form| {
        let form = form.as_bytes();
        let mut found = bytes
            .windows(form.len())
            .enumerate()
            .filter(|(_, w)| *w == form);
        let at = found.find(|(at, _)| {
            let before = at.checked_sub(1).and_then(|at| bytes.get(at));
            let after = bytes.get(at + form.len());
            // Six digits within a longer number are no code.
            !digits
                || ![before, after]
                    .iter()
                    .any(|b| b.is_some_and(u8::is_ascii_digit))
        })?;
        let around = at.0.saturating_sub(80)..(at.0 + form.len() + 40).min(bytes.len());
        Some(String::from_utf8_lossy(&bytes[around]).into_owned())
    })
}
