//! The four cells and the six mechanisms: whose grant a call runs with, and what each profile comes to.
//! What the console and the terminal do with them is left to the binary's tests.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use serde_json::json;
use turnwise_connectors::auth::{
    Access, Binding, By, Checked, Config, Field, GrantStore as _, Mechanism, MemoryGrants,
    OPERATOR, Opened, Page, Place, Proceeded, Profile, ProfileError, SHARED, State, Switched,
    Vault, Who,
};
use turnwise_engine::effect::Auth;

use super::provider::{Bot, Provider, Says};
use super::support::{ann, config};

fn operator() -> Who {
    Who {
        channel: OPERATOR.into(),
        user: SHARED.into(),
        conversation: String::new(),
        display_name: "Olga".into(),
    }
}

fn bot(provider: &Provider, by: By, profile: Profile) -> Bot {
    let mut config = config(profile);
    config.setups[0].by = by;
    provider.bot_of(config, Vault::random(), MemoryGrants::default())
}

async fn access(bot: &Bot, auth: Auth) -> Access {
    bot.auth.access(&ann(), "crm", auth).await.unwrap()
}

async fn opened(bot: &Bot, auth: Auth) -> Opened {
    match access(bot, auth).await {
        Access::Open(opened) => *opened,
        other => panic!("{other:?}"),
    }
}

/// A new key, as PEM.
fn a_private_key() -> String {
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use base64::Engine as _;
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let body = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

async fn state(bot: &Bot) -> State {
    bot.auth.state("crm").await.unwrap()
}

#[tokio::test]
async fn b6_a_users_own_grant_never_gives_way_to_the_shared_one() {
    let provider = Provider::start().await;
    provider.says("token", [Says::Json(200, provider.tokens("shared"))]);
    let bot = bot(&provider, By::Operator, provider.profile());
    bot.signs_in(&operator()).await;
    let shared = opened(&bot, Auth::Integration).await;
    assert!(shared.shared);
    assert_eq!(shared.session.access.expose_secret(), "access-shared");
    assert!(matches!(
        access(&bot, Auth::User).await,
        Access::NeedsSignIn
    ));
    provider.says("token", [Says::Json(200, provider.tokens("own"))]);
    bot.signs_in(&ann()).await;
    let own = opened(&bot, Auth::User).await;
    assert_eq!(own.session.access.expose_secret(), "access-own");
    let shared = opened(&bot, Auth::Shared).await;
    assert_eq!(shared.session.access.expose_secret(), "access-shared");
    // The user takes the consent back at the provider: the next renewal is refused for good.
    let dead = json!({ "error": "invalid_grant" });
    provider.says("token", [Says::Json(400, dead)]);
    bot.auth.renewed(&own).await.unwrap();
    assert!(matches!(
        access(&bot, Auth::User).await,
        Access::NeedsSignIn
    ));
    assert!(matches!(access(&bot, Auth::Shared).await, Access::Open(_)));
    provider.says("token", [Says::Json(200, provider.tokens("again"))]);
    bot.signs_in(&ann()).await;
    assert!(matches!(access(&bot, Auth::User).await, Access::Open(_)));
    bot.auth.sign_out(&ann(), "crm").await.unwrap();
    assert!(matches!(
        access(&bot, Auth::User).await,
        Access::NeedsSignIn
    ));
    assert!(matches!(access(&bot, Auth::Shared).await, Access::Open(_)));
}

#[tokio::test]
async fn b6_where_users_authorize_nobody_acts_through_a_shared_grant() {
    let provider = Provider::start().await;
    provider.says("token", [Says::Json(200, provider.tokens("shared"))]);
    let bot = bot(&provider, By::Users, provider.profile());
    bot.signs_in(&operator()).await;
    assert!(matches!(
        access(&bot, Auth::Integration).await,
        Access::NeedsSignIn
    ));
}

#[tokio::test]
async fn b6_a_shared_grant_can_be_kept_from_writing() {
    let provider = Provider::start().await;
    provider.says("token", [Says::Json(200, provider.tokens("shared"))]);
    let mut reads = config(provider.profile());
    reads.setups[0].by = By::Operator;
    reads.setups[0].shared_writes = false;
    let bot = provider.bot_of(reads, Vault::random(), MemoryGrants::default());
    bot.signs_in(&operator()).await;
    assert!(!opened(&bot, Auth::Shared).await.writes);
}

#[tokio::test]
async fn an_integration_goes_through_its_states() {
    let provider = Provider::start().await;
    let bot = bot(&provider, By::Operator, provider.profile());
    assert_eq!(state(&bot).await, State::NeedsAuthorization);
    provider.says("token", [Says::Json(200, provider.tokens("a"))]);
    bot.signs_in(&operator()).await;
    assert_eq!(state(&bot).await, State::Enabled);
    provider.says("token", [Says::Html(503)]);
    let shared = opened(&bot, Auth::Shared).await;
    bot.auth.renewed(&shared).await.unwrap();
    assert_eq!(state(&bot).await, State::ProviderDown);
    let dead = json!({ "error": "invalid_grant" });
    provider.says("token", [Says::Json(400, dead)]);
    bot.auth.renewed(&shared).await.unwrap();
    assert_eq!(state(&bot).await, State::Expired);
    let off = Switched {
        enabled: Some(false),
        ..Switched::default()
    };
    bot.auth
        .switch("crm", &off, "olga", "disabled")
        .await
        .unwrap();
    assert_eq!(state(&bot).await, State::Disabled);
    let on = Switched {
        enabled: Some(true),
        ..off
    };
    bot.auth
        .switch("crm", &on, "olga", "enabled")
        .await
        .unwrap();
    provider.says("token", [Says::Json(200, provider.tokens("b"))]);
    bot.signs_in(&operator()).await;
    assert_eq!(state(&bot).await, State::Enabled);
    let mut profile = provider.profile();
    profile.client_id = String::new();
    bot.auth.configure(config(profile));
    assert_eq!(state(&bot).await, State::NotConfigured);
}

#[tokio::test]
async fn mechanisms_that_need_nobody_come_to_a_token_by_themselves() {
    let key = a_private_key();
    let by_itself = |mechanism, provider: &Provider| Profile {
        mechanism,
        username: "rep@example.com".into(),
        ..provider
            .profile()
            .with_secret("private_key", key.as_str())
            .with_secret("refresh_token", "brought-along")
    };
    for (mechanism, grant_type) in [
        (Mechanism::ClientCredentials, "client_credentials"),
        (
            Mechanism::JwtBearer,
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ),
        (Mechanism::RefreshToken, "refresh_token"),
    ] {
        let provider = Provider::start().await;
        let mut tokens = provider.tokens("minted");
        tokens.as_object_mut().unwrap().remove("refresh_token");
        // Client credentials need a secret, and with a secret the answer is signed.
        let mut profile = by_itself(mechanism, &provider);
        if mechanism == Mechanism::ClientCredentials {
            profile.provider = "other".into();
            profile = profile.with_secret("client_secret", "the-secret");
        }
        provider.says("token", [Says::Json(200, tokens)]);
        let bot = bot(&provider, By::Operator, profile);
        let made = opened(&bot, Auth::Integration).await;
        assert_eq!(made.session.access.expose_secret(), "access-minted");
        let asked = provider.asked("token");
        assert_eq!(asked[0].form["grant_type"], grant_type);
        opened(&bot, Auth::Integration).await;
        assert_eq!(provider.asked("token").len(), 1, "and it is kept");
        bot.auth.renewed(&made).await.unwrap();
        assert_eq!(provider.asked("token").len(), 2, "and made anew");
        if mechanism == Mechanism::JwtBearer {
            let assertion = &asked[0].form["assertion"];
            assert_eq!(assertion.split('.').count(), 3);
            assert!(!assertion.contains("PRIVATE"));
        }
    }
}

fn brought_along(provider: &Provider) -> Profile {
    let mut profile = provider.profile().with_secret("refresh_token", "brought");
    profile.mechanism = Mechanism::RefreshToken;
    profile
}

#[tokio::test]
async fn d4_a_refresh_token_that_a_profile_brings_along_is_traded_once_by_two_processes() {
    let provider = Provider::start().await;
    let tokens = Says::Json(200, provider.tokens("first"));
    let used_up = Says::Json(400, json!({ "error": "invalid_grant" }));
    provider.says("token", [tokens, used_up]);
    let (vault, store) = (Vault::random(), MemoryGrants::default());
    let process = || {
        let mut config = config(brought_along(&provider));
        config.setups[0].by = By::Operator;
        provider.bot_of(config, vault.clone(), store.clone())
    };
    let (one, two) = (process(), process());
    let (first, second) = tokio::join!(
        opened(&one, Auth::Integration),
        opened(&two, Auth::Integration)
    );
    for made in [first, second] {
        assert_eq!(made.session.access.expose_secret(), "access-first");
    }
    assert_eq!(provider.asked("token").len(), 1);
}

#[tokio::test]
async fn testing_a_profile_does_not_use_up_a_refresh_token_that_rotates() {
    let provider = Provider::start().await;
    provider.says("token", [Says::Json(200, provider.tokens("first"))]);
    provider.says("me", [Says::Json(200, json!({ "name": "Rep" }))]);
    let mut profile = brought_along(&provider);
    profile.check_url = format!("{}/me", provider.base);
    let bot = bot(&provider, By::Operator, profile.clone());
    for _ in 0..2 {
        let tried = bot.auth.check(&profile).await.unwrap();
        assert!(matches!(tried, Checked::NotTried(why) if why.contains("Authorize")));
    }
    assert!(
        provider.asked("token").is_empty(),
        "the token is as good as before"
    );
    bot.auth.authorize_by_itself("crm").await.unwrap().unwrap();
    for _ in 0..2 {
        let tried = bot.auth.check(&profile).await.unwrap();
        assert!(matches!(tried, Checked::Answer { status: 200, .. }));
    }
    assert_eq!(provider.asked("token").len(), 1);
}

#[tokio::test]
async fn a_key_and_a_password_go_where_the_profile_says() {
    let provider = Provider::start().await;
    let mut key = provider.profile().with_secret("key", "the-key");
    key.provider = "other".into();
    key.mechanism = Mechanism::ApiKey;
    key.place = Place::Header("X-Api-Key".into());
    let shop = bot(&provider, By::Operator, key.clone());
    let made = opened(&shop, Auth::Integration).await.credential;
    assert_eq!(made.headers[0].0, "X-Api-Key");
    assert_eq!(made.headers[0].1.expose_secret(), "the-key");
    key.place = Place::Query("key".into());
    let shop = bot(&provider, By::Operator, key);
    let made = opened(&shop, Auth::Integration).await.credential;
    assert!(made.headers.is_empty() && made.query[0].0 == "key");
    let mut basic = provider.profile().with_secret("password", "secret");
    basic.provider = "other".into();
    basic.mechanism = Mechanism::Basic;
    basic.username = "ida".into();
    let shop = bot(&provider, By::Operator, basic);
    let made = opened(&shop, Auth::Integration).await.credential;
    assert_eq!(made.headers[0].1.expose_secret(), "Basic aWRhOnNlY3JldA==");
    assert!(provider.asked("").is_empty(), "nobody was asked");
}

#[tokio::test]
async fn a_user_gives_a_key_on_the_start_page() {
    let provider = Provider::start().await;
    let mut profile = provider.profile();
    profile.provider = "other".into();
    profile.mechanism = Mechanism::ApiKey;
    profile.check_url = format!("{}/me", provider.base);
    profile.fields = vec![Field {
        title: "Your key".into(),
        key: "key".into(),
        hint: String::new(),
        secret: true,
        optional: false,
    }];
    let bot = bot(&provider, By::Users, profile);
    assert_eq!(state(&bot).await, State::Enabled);
    let handle = bot.link(&ann(), Binding::Vouched).await;
    let page = bot.auth.open(&handle, None).await.unwrap().unwrap();
    assert_eq!(page.fields[0].title, "Your key");
    let none = BTreeMap::new();
    let lacks = bot.auth.proceed(&handle, None, &none).await.unwrap();
    assert!(matches!(lacks, Ok(Proceeded::Lacks(field)) if field == "Your key"));
    let given = BTreeMap::from([("key".to_owned(), "my-own-key".to_owned())]);
    let ended = bot.auth.proceed(&handle, None, &given).await.unwrap();
    let Ok(Proceeded::Ended(end)) = ended else {
        panic!("no end")
    };
    assert!(matches!(end.page, Page::Connected { .. }));
    let own = opened(&bot, Auth::Integration).await;
    assert_eq!(own.session.access.expose_secret(), "my-own-key");
    assert!(provider.asked("/me")[0].bearer, "it was tried first");
}

#[tokio::test]
async fn what_the_user_gives_stands_in_the_address_of_the_page() {
    let provider = Provider::start().await;
    let mut profile = provider.profile();
    profile.addresses.authorize = "https://{domain}.my.salesforce.com/authorize".into();
    profile.fields = vec![Field {
        title: "Your domain".into(),
        key: "domain".into(),
        hint: String::new(),
        secret: false,
        optional: false,
    }];
    let bot = bot(&provider, By::Users, profile);
    let handle = bot.link(&ann(), Binding::Vouched).await;
    for (domain, goes) in [("evil.example/", false), ("a@b", false), ("acme", true)] {
        let given = BTreeMap::from([("domain".to_owned(), domain.to_owned())]);
        match bot.auth.proceed(&handle, None, &given).await.unwrap() {
            Ok(Proceeded::To(url)) => {
                assert!(goes, "{domain}");
                assert_eq!(url.host_str(), Some("acme.my.salesforce.com"));
            }
            Ok(Proceeded::Lacks(_)) => assert!(!goes, "{domain}"),
            _ => panic!("{domain}"),
        }
    }
}

#[tokio::test]
async fn a_profile_is_kept_sealed_and_not_deleted_while_it_is_used() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    let mut own = provider.profile().with_secret("client_secret", "hush-hush");
    own.id = "own".into();
    bot.auth.save_profile(&own, "olga").await.unwrap();
    for (_, sealed) in bot.store.all_kept("profile").await.unwrap() {
        assert!(!String::from_utf8_lossy(&sealed).contains("hush-hush"));
    }
    let choose = Switched {
        profile: Some("own".into()),
        ..Switched::default()
    };
    bot.auth
        .switch("crm", &choose, "olga", "profile own")
        .await
        .unwrap();
    let refused = bot.auth.delete_profile("own", "olga").await;
    assert_eq!(refused, Err(ProfileError::InUse("CRM".into())));
    let back = Switched::default();
    bot.auth
        .switch("crm", &back, "olga", "profile system")
        .await
        .unwrap();
    bot.auth.delete_profile("own", "olga").await.unwrap();
    let of_bot = bot.auth.delete_profile("system", "olga").await;
    assert_eq!(of_bot, Err(ProfileError::OfEnvironment));
    let trail = bot.trail();
    assert_eq!(trail[0], "profile_saved: own");
    assert_eq!(trail.last().unwrap(), "profile_deleted: own");
}

#[tokio::test]
async fn trying_a_profile_shows_the_answer_without_its_secrets() {
    let provider = Provider::start().await;
    let echo = json!({ "you": "sent", "key": "the-api-key" });
    provider.says("/check", [Says::Json(200, echo)]);
    let mut profile = provider.profile().with_secret("key", "the-api-key");
    profile.provider = "other".into();
    profile.mechanism = Mechanism::ApiKey;
    let bot = bot(&provider, By::Operator, profile.clone());
    let none = bot.auth.check(&profile).await.unwrap();
    assert!(matches!(none, Checked::NotTried(_)));
    profile.check_url = format!("{}/check", provider.base);
    let Checked::Answer { status, body, .. } = bot.auth.check(&profile).await.unwrap() else {
        panic!("no answer")
    };
    assert_eq!(status, 200);
    assert!(
        body.contains("sent") && !body.contains("the-api-key"),
        "{body}"
    );
    profile.place = Place::Body("api_key".into());
    let echo = json!({ "got": "the-api-key" });
    provider.says("/check", [Says::Json(200, echo)]);
    let Checked::Answer { body, .. } = bot.auth.check(&profile).await.unwrap() else {
        panic!("no answer")
    };
    assert!(!body.contains("the-api-key"), "{body}");
    let asked = provider.asked("/check");
    let sent = &asked.last().unwrap().form["api_key"];
    assert_eq!(sent, "the-api-key", "a key of the body is posted");
    profile.check_url = "http://evil.example/".into();
    let clear = bot.auth.check(&profile).await.unwrap();
    assert!(matches!(clear, Checked::NotTried(_)), "not in clear");
}

#[tokio::test]
async fn d2_resealing_moves_every_row_to_the_new_key() {
    const K1: &str = "8f1c0d5e7a92b3464d0be2f1906c5d7738a1e4fb02c96d5083f7a1bc2e64d905";
    const K2: &str = "13a7c5e90f2b4d68e1735c9a0b8f6d24c3e5a7190d4f2b6c8e0a1735f9bd6c42";
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    provider.says("token", [Says::Json(200, provider.tokens("a"))]);
    let with = |keys: &str| {
        let vault = Vault::from_hex(keys).unwrap();
        let config: Config = config(provider.profile());
        provider.bot_of(config, vault, store.clone())
    };
    let old = with(K1);
    old.signs_in(&ann()).await;
    let mut own = provider.profile();
    own.id = "own".into();
    old.auth.save_profile(&own, "olga").await.unwrap();
    let both = with(&format!("{K2},{K1}"));
    assert_eq!(both.auth.reseal().await.unwrap(), (2, 0));
    assert_eq!(both.auth.reseal().await.unwrap(), (0, 0));
    let new = with(K2);
    assert!(new.is_signed_in(&ann()).await);
    assert!(new.auth.profile("own").await.unwrap().is_some());
}
