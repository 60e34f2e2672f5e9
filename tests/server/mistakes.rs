//! What an operator can get wrong, as the console tells it: a sentence that says what to change and where. And JWT bearer,
//! whose form is filled in here with a key of the test's own.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use turnwise::store::Place;
use turnwise_sandbox::Options;

use super::console::{Desk, leads, text_of};
use super::world::{World, sales_assistant};

const HERE: &str = "/console/integrations/salesforce";

async fn desk(options: Options) -> Desk {
    let world = World::of(Place::Memory, sales_assistant(), options, None).await;
    Desk::at(world).await
}

/// Custom, authorized by `by`, with a profile of the org's app in which `but` stands instead; the page that follows.
async fn set_up(desk: &Desk, by: &str, mechanism: &str, but: &[(&str, &str)]) -> String {
    desk.post(&format!("{HERE}/cell"), &[("by", by), ("app", "custom")])
        .await;
    let org = desk.world.org.clone();
    let right = [
        ("new", "yes"),
        ("for", "salesforce"),
        ("id", "our_app"),
        ("title", "Our app"),
        ("mechanism", mechanism),
        ("login_host", org.as_str()),
        ("client_id", "turnwise-demo"),
        ("secret_client_secret", "turnwise-demo-secret"),
        ("scopes", "api refresh_token"),
    ];
    let fields = right.map(|(name, value)| {
        let other = but.iter().find(|(wrong, _)| *wrong == name);
        (name, other.map_or(value, |(_, value)| *value))
    });
    let more = but
        .iter()
        .filter(|(name, _)| right.iter().all(|(known, _)| known != name));
    let fields: Vec<_> = fields.iter().chain(more).copied().collect();
    let saved = desk.post("/console/profiles/save", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    desk.get(HERE).await.text
}

/// All of it is told on the page: the sentence, and not only the provider's words.
fn tells(page: &str, parts: &[&str]) {
    let page = page.replace("&#x2f;", "/").replace("&#x27;", "'");
    assert!(page.contains("role=\"alert\""), "{page}");
    for part in parts {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// A key, and its public half, both in PEM.
pub(super) fn key() -> (String, String) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
    let pem = |kind: &str, der: &[u8]| {
        let body = STANDARD.encode(der);
        format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n")
    };
    (
        pem("PRIVATE KEY", private.as_ref()),
        pem("PUBLIC KEY", public.as_ref()),
    )
}

#[tokio::test]
async fn a_mistake_is_told_before_anybody_is_sent_to_the_sign_in_page() {
    for (but, parts) in [
        (
            ("secret_client_secret", "not-the-secret"),
            [
                "does not take the client's secret",
                "the client secret of the profile “Our app”",
            ],
        ),
        (
            ("client_id", "an-app-that-is-not-active-yet"),
            [
                "does not know this client id",
                "A new app works everywhere after about ten minutes",
            ],
        ),
        (
            ("scopes", "api refresh_token eclair_api"),
            [
                "lacks one of the scopes of the profile",
                "“api refresh_token eclair_api” to the app's OAuth scopes",
            ],
        ),
        (
            ("login_host", "http://127.0.0.1:9"),
            [
                "Nobody answers at 127.0.0.1:9",
                "the login host of the profile “Our app”",
            ],
        ),
    ] {
        for by in ["operator", "users"] {
            let desk = desk(Options::default()).await;
            set_up(&desk, by, "authorization_code", &[but]).await;
            let step = if by == "operator" {
                "authorize"
            } else {
                "enable"
            };
            let page = desk.step(step, &[]).await;
            tells(&page, &parts);
            assert!(!page.contains("not-the-secret"), "{page}");
            let tried = desk.post("/console/profiles/our_app/test", &[]).await;
            tells(&tried.text, &parts);
            let overview = desk.get("/console").await.text;
            assert!(overview.contains("What needs you"), "{overview}");
        }
    }
}

#[tokio::test]
async fn a_secret_is_replaced_in_the_form_and_the_mistake_is_forgotten() {
    let desk = desk(Options::default()).await;
    let wrong = [("secret_client_secret", "not-the-secret")];
    set_up(&desk, "operator", "authorization_code", &wrong).await;
    tells(&desk.step("authorize", &[]).await, &["client's secret"]);
    let right = [
        ("id", "our_app"),
        ("mechanism", "authorization_code"),
        ("login_host", desk.world.org.as_str()),
        ("client_id", "turnwise-demo"),
        ("secret_client_secret", "turnwise-demo-secret"),
        ("scopes", "api refresh_token"),
    ];
    desk.post("/console/profiles/save", &right).await;
    let page = desk.get(HERE).await.text;
    assert!(!page.contains("role=\"alert\""), "{page}");
    let page = desk.authorize().await;
    assert!(page.contains("Connected as rep@example.com"), "{page}");
}

#[tokio::test]
async fn a_host_that_is_no_provider_is_told_from_one_that_is_away() {
    let desk = desk(Options::default()).await;
    let ourselves = desk.world.base.clone();
    set_up(
        &desk,
        "operator",
        "authorization_code",
        &[("login_host", &ourselves)],
    )
    .await;
    let page = desk.step("authorize", &[]).await;
    tells(
        &page,
        &[
            "is no OAuth 2.0 server",
            "the login host of the profile “Our app”",
        ],
    );
}

#[tokio::test]
async fn a_callback_that_is_not_registered_is_told_with_the_address_to_register() {
    let other = Options {
        callbacks: vec!["https://elsewhere.example/auth/callback".into()],
        ..Options::default()
    };
    let desk = desk(other).await;
    set_up(&desk, "operator", "authorization_code", &[]).await;
    let page = desk.step("authorize", &[]).await;
    let ours = format!(
        "Add {}/auth/callback to the app's callback URLs",
        desk.world.base
    );
    tells(&page, &["The callback address is not registered", &ours]);
    let sent = desk
        .post(&format!("{HERE}/authorize"), &[("anyway", "yes")])
        .await;
    assert!(
        sent.header("location").starts_with("/auth/start/"),
        "the look may be wrong, so it stops nobody: {}",
        sent.text
    );
}

#[tokio::test]
async fn what_shows_at_the_sign_in_only_is_told_on_its_page_and_in_the_console() {
    let desk = desk(Options::default()).await;
    set_up(
        &desk,
        "operator",
        "authorization_code",
        &[("scopes", "id refresh_token")],
    )
    .await;
    let page = desk.authorize().await;
    let parts = [
        "without the scope api",
        "Manage user data via APIs (api)",
        "the scopes of the profile “Our app”",
    ];
    for part in parts {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("/console/integrations/salesforce"), "{page}");
    tells(&desk.get(HERE).await.text, &parts);
    let saved = [
        ("id", "our_app"),
        ("title", "Our app"),
        ("mechanism", "authorization_code"),
        ("login_host", desk.world.org.as_str()),
        ("client_id", "turnwise-demo"),
        ("scopes", "api refresh_token"),
    ];
    desk.post("/console/profiles/save", &saved).await;
    let page = desk.get(HERE).await.text;
    assert!(
        !page.contains("role=\"alert\""),
        "what was changed is not held against it: {page}"
    );
    let page = desk.authorize().await;
    assert!(page.contains("Connected as rep@example.com"), "{page}");
    assert!(!desk.get(HERE).await.text.contains("role=\"alert\""));
}

#[tokio::test]
async fn a_user_hears_nothing_of_it_and_the_console_does() {
    let desk = desk(Options::default()).await;
    set_up(
        &desk,
        "users",
        "authorization_code",
        &[("secret_client_secret", "not-the-secret")],
    )
    .await;
    let chat = desk.world.open(json!({ "sign_in": "vouched" })).await;
    let link = desk.world.ask_for_a_link(&chat).await;
    let callback = desk.world.walk(&link, "", "allow").await;
    let (_, page) = desk.world.come_back(&callback, "").await;
    assert!(
        page.text.contains("The sign-in could not be finished"),
        "{}",
        page.text
    );
    assert!(
        !page.text.contains("secret") && !page.text.contains("console"),
        "{}",
        page.text
    );
    tells(
        &desk.get(HERE).await.text,
        &["does not take the client's secret"],
    );
}

#[tokio::test]
async fn jwt_bearer_from_the_form_to_a_turn() {
    let (private, public) = key();
    let desk = desk(Options {
        jwt_certificate: Some(public),
        ..Options::default()
    })
    .await;
    let form = desk
        .get("/console/profiles/new?mechanism=jwt_bearer&for=salesforce")
        .await;
    for field in ["secret_private_key", "username", "client_id"] {
        assert!(form.text.contains(field), "{field}: {}", form.text);
    }
    let no_key = [
        ("new", "yes"),
        ("id", "robot"),
        ("mechanism", "jwt_bearer"),
        ("login_host", desk.world.org.as_str()),
        ("client_id", "turnwise-demo"),
        ("username", "rep@example.com"),
        ("secret_private_key", "no key at all"),
    ];
    let refused = desk.post("/console/profiles/save", &no_key).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("no RSA key in PEM") && !refused.text.contains("no key at all"));
    let with = [
        ("username", "rep@example.com"),
        ("secret_private_key", private.as_str()),
    ];
    set_up(&desk, "operator", "jwt_bearer", &with).await;
    let inside = private.lines().nth(1).unwrap();
    let shown = desk.get("/console/profiles/our_app").await.text;
    assert!(
        shown.contains("There is one.") && !shown.contains(inside),
        "the key is never shown again"
    );
    let tried = desk.post("/console/profiles/our_app/test", &[]).await.text;
    assert!(tried.contains("Signed in as rep@example.com"), "{tried}");
    let page = desk.step("authorize", &[]).await;
    assert!(
        page.contains("Connected as") && page.contains("Enabled"),
        "{page}"
    );
    let shown = leads(&desk.world).await;
    assert!(text_of(&shown).contains("\"table\""), "{shown}");
    let told = desk.world.answers.lock().unwrap();
    assert!(
        told.iter().all(|(_, answer)| !answer.contains(inside)),
        "the key is in no answer"
    );
}

#[tokio::test]
async fn what_is_wrong_with_jwt_bearer_is_told() {
    let ((private, public), (other, _)) = (key(), key());
    let hour = SignedDuration::from_hours(1);
    let now = Timestamp::now();
    let host = "http://127.0.0.1:9";
    for (clock, but, parts) in [
        (
            None,
            ("secret_private_key", other.as_str()),
            [
                "does not take the signed statement",
                "the private key of the profile “Our app”",
            ],
        ),
        (
            None,
            ("username", "nobody@example.com"),
            [
                "does not take the signed statement",
                "the user name of the profile “Our app”",
            ],
        ),
        (
            None,
            ("client_id", "another-app"),
            [
                "does not know this client id",
                "the client id of the profile “Our app”",
            ],
        ),
        (
            None,
            ("login_host", host),
            [
                "Nobody answers at 127.0.0.1:9",
                "the login host of the profile “Our app”",
            ],
        ),
        (
            Some(now + hour),
            ("title", "Our app"),
            [
                "clock is 60 minutes behind",
                "Set the clock of this server right",
            ],
        ),
        (
            Some(now - hour),
            ("title", "Our app"),
            [
                "clock is 60 minutes ahead of",
                "Set the clock of this server right",
            ],
        ),
    ] {
        let desk = desk(Options {
            jwt_certificate: Some(public.clone()),
            now: clock,
            ..Options::default()
        })
        .await;
        let right = [
            ("username", "rep@example.com"),
            ("secret_private_key", private.as_str()),
        ];
        let right = right.into_iter().filter(|(name, _)| *name != but.0);
        let but: Vec<_> = right.chain([but]).collect();
        set_up(&desk, "operator", "jwt_bearer", &but).await;
        tells(&desk.step("authorize", &[]).await, &parts);
        tells(
            &desk.post("/console/profiles/our_app/test", &[]).await.text,
            &parts,
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_said_at_its_part() {
    let desk = Desk::at(World::start().await).await;
    for (mechanism, field, at, part) in [
        (
            "authorization_code",
            ("login_host", "http://evil.example"),
            "Login host",
            "login_host",
        ),
        (
            "authorization_code",
            ("token", "http://evil.example/token"),
            "Addresses",
            "authorize",
        ),
        ("jwt_bearer", ("id", "Our App"), "Short name", "id"),
        (
            "jwt_bearer",
            ("secret_private_key", "no key"),
            "Secrets",
            "secret_private_key",
        ),
        (
            "api_key",
            ("check_url", "ftp://evil.example"),
            "Check address",
            "check_url",
        ),
        (
            "authorization_code",
            ("field0_key", "My Domain"),
            "Fields of the end user",
            "field0_title",
        ),
    ] {
        let mut fields = vec![
            ("new", "yes"),
            ("id", "own"),
            ("mechanism", mechanism),
            ("login_host", desk.world.org.as_str()),
            ("client_id", "the-client"),
        ];
        fields.retain(|(name, _)| *name != field.0);
        fields.push(field);
        let answer = desk.post("/console/profiles/save", &fields).await;
        assert_eq!(answer.status, 422, "{field:?}: {}", answer.text);
        let link = format!("<a href=\"#{part}\">{at}</a>: ");
        assert!(answer.text.contains(&link), "{link}: {}", answer.text);
        assert!(answer.text.contains(&format!("id=\"{part}\"")), "{part}");
        assert!(answer.text.contains("aria-invalid=\"true\""), "{field:?}");
        let folded = ["Addresses", "Check address", "Fields of the end user"];
        if folded.contains(&at) {
            assert!(answer.text.contains("<details open>"), "{field:?}");
        }
    }
}
