//! Rules A to C of the sign-in, against a provider that answers as it likes: what a link is, and what comes back.
//! Tokens at rest and in use are left to `tokens`.

use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest, Sha256};
use turnwise_connectors::auth::{
    Authorizer, Begun, Binding, Bounds, CallbackEnd, GrantStore as _, MemoryGrants, Page, Problem,
    Vault, Who,
};
use turnwise_engine::event::{EventKind, SignInEnd};

use super::provider::{Provider, Says, parameter, problem};
use super::support::{ann, config};

fn user(n: usize) -> Who {
    Who {
        user: format!("user-{n}"),
        ..ann()
    }
}

fn s256(verifier: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[tokio::test]
async fn a1_a_thousand_links_have_a_thousand_s256_challenges() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    let mut challenges = std::collections::BTreeSet::new();
    for n in 0..1_000 {
        let handle = bot.link(&user(n), Binding::Vouched).await;
        let url = bot.authorize(&handle).await;
        assert_eq!(parameter(&url, "response_type"), "code");
        assert_eq!(parameter(&url, "code_challenge_method"), "S256");
        let challenge = parameter(&url, "code_challenge");
        assert_eq!(challenge.len(), 43);
        challenges.insert(challenge);
    }
    assert_eq!(challenges.len(), 1_000);
}

#[tokio::test]
async fn a1_the_verifier_that_is_sent_is_the_one_of_the_challenge() {
    let provider = Provider::start().await;
    provider.says("token", [Says::Json(200, provider.tokens("a"))]);
    let bot = provider.bot();
    let handle = bot.link(&ann(), Binding::Vouched).await;
    let url = bot.authorize(&handle).await;
    bot.comes_back(&url).await;
    let sent = &provider.asked("token")[0].form;
    assert_eq!(
        s256(&sent["code_verifier"]),
        parameter(&url, "code_challenge")
    );
    assert_eq!(sent["redirect_uri"], parameter(&url, "redirect_uri"));
}

#[tokio::test]
async fn a2_a_state_says_nothing_and_one_changed_character_makes_it_unknown() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    let handle = bot.link(&ann(), Binding::Vouched).await;
    let url = bot.authorize(&handle).await;
    let state = parameter(&url, "state");
    use base64::Engine as _;
    let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&state);
    let decoded = decoded.unwrap();
    assert_eq!(decoded.len(), 32, "nothing but 256 random bits");
    for known in ["ann", "web", "c1", "Ann"] {
        assert!(!decoded.windows(known.len()).any(|w| w == known.as_bytes()));
    }
    let other = if state.starts_with('A') { "B" } else { "A" };
    let changed = format!("{other}{}", &state[1..]);
    let query = [
        ("state".to_owned(), changed),
        ("code".to_owned(), "c".to_owned()),
    ];
    let end = bot.auth.callback(&query, None).await.unwrap();
    assert_eq!(problem(&end), Some(Problem::Unknown));
    assert!(provider.asked("").is_empty(), "no request leaves us");
}

#[tokio::test]
async fn a5_five_links_in_ten_minutes_and_then_no_more_until_the_time_is_over() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    for _ in 0..5 {
        bot.link(&ann(), Binding::Vouched).await;
    }
    let sixth = bot.auth.begin(&ann(), "crm", Binding::Vouched).await;
    assert!(matches!(sixth.unwrap(), Begun::TooMany { minutes } if minutes <= 11));
    let made = bot.store.attempts_of("web", "ann").await.unwrap();
    assert_eq!(made.len(), 5, "no new attempt");
    assert_eq!(bot.trail().last().unwrap(), "refused: too_many_links");
    bot.clock.forward(SignedDuration::from_mins(10));
    bot.link(&ann(), Binding::Vouched).await;
}

#[tokio::test]
async fn a6_tokens_without_the_permission_are_given_back_and_told() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    for scope in ["id", "id refresh_token", "apis api_v2", ""] {
        let mut few = provider.tokens("few");
        few["scope"] = scope.into();
        provider.says("token", [Says::Json(200, few)]);
        let end = bot.signs_in(&ann()).await;
        assert_eq!(problem(&end), Some(Problem::NoPermission), "{scope}");
        let told = end.note.unwrap().event;
        assert!(
            matches!(
                told,
                EventKind::SignInEnded {
                    end: SignInEnd::NoPermission,
                    ..
                }
            ),
            "{told:?}"
        );
        assert!(!bot.is_signed_in(&ann()).await);
        let back = provider.asked("revoke");
        assert_eq!(back.last().unwrap().form["token"], "refresh-few");
    }
}

#[tokio::test]
async fn b2_a_code_ends_after_five_minutes_and_its_tokens_are_given_back() {
    let provider = Provider::start().await;
    provider.says("token", [Says::Json(200, provider.tokens("late"))]);
    let bot = provider.bot();
    let handle = bot.link(&ann(), Binding::Code).await;
    let url = bot.authorize(&handle).await;
    let end = bot.comes_back(&url).await;
    let Page::Connected {
        code: Some(code), ..
    } = end.page
    else {
        panic!("no code")
    };
    assert!(!bot.is_signed_in(&ann()).await, "nothing works before it");
    bot.clock.forward(SignedDuration::from_secs(301));
    let note = bot.auth.try_code(&ann(), &code).await.unwrap().unwrap();
    assert!(
        matches!(
            note.event,
            EventKind::SignInEnded {
                end: SignInEnd::Expired,
                ..
            }
        ),
        "{note:?}"
    );
    assert_eq!(provider.asked("revoke")[0].form["token"], "refresh-late");
    assert!(!bot.is_signed_in(&ann()).await);
}

#[tokio::test]
async fn b2_five_wrong_codes_give_the_tokens_back() {
    let provider = Provider::start().await;
    provider.says("token", [Says::Json(200, provider.tokens("guessed"))]);
    let bot = provider.bot();
    let handle = bot.link(&ann(), Binding::Code).await;
    let url = bot.authorize(&handle).await;
    let end = bot.comes_back(&url).await;
    let Page::Connected {
        code: Some(code), ..
    } = end.page
    else {
        panic!("no code")
    };
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        bot.auth.try_code(&ann(), wrong).await.unwrap();
    }
    assert_eq!(provider.asked("revoke")[0].form["token"], "refresh-guessed");
    let late = bot.auth.try_code(&ann(), &code).await.unwrap();
    assert!(late.is_none() && !bot.is_signed_in(&ann()).await);
}

#[tokio::test]
async fn b4_an_org_that_is_not_on_the_list_is_refused_and_its_tokens_given_back() {
    let provider = Provider::start().await;
    provider.says("token", [Says::Json(200, provider.tokens("foreign"))]);
    let mut config = config(provider.profile());
    config.setups[0].orgs = [("00D000000000002EAA".into(), String::new())].into();
    let bot = provider.bot_of(config, Vault::random(), MemoryGrants::default());
    let end = bot.signs_in(&ann()).await;
    assert_eq!(
        expected(&end),
        ["00D000000000002EAA"],
        "no sign-in has told its name"
    );
    assert_eq!(provider.asked("revoke")[0].form["token"], "refresh-foreign");
    assert!(!bot.is_signed_in(&ann()).await);
}

fn expected(end: &CallbackEnd) -> &[String] {
    match &end.page {
        Page::WrongAccount { expected, .. } => expected,
        _ => panic!("the account was taken"),
    }
}

#[tokio::test]
async fn b4_what_is_expected_is_named_as_a_sign_in_named_it_with_the_account_of_then() {
    let provider = Provider::start().await;
    let acme = json!({ "records": [{ "Name": "Acme" }] });
    provider.says("query", [Says::Json(200, acme)]);
    let mut elsewhere = provider.tokens("b");
    elsewhere["id"] = format!("{}/id/00D000000000002EAA/1", provider.base).into();
    let answers = [provider.tokens("a"), elsewhere];
    provider.says("token", answers.map(|tokens| Says::Json(200, tokens)));
    let mut config = config(provider.profile());
    config.setups[0].orgs = [("00D000000000001EAA".into(), String::new())].into();
    let bot = provider.bot_of(config, Vault::random(), MemoryGrants::default());
    bot.signs_in(&ann()).await;
    let end = bot.signs_in(&ann()).await;
    assert_eq!(expected(&end), ["Acme"]);
    let event = end.note.unwrap().event;
    let EventKind::SignInEnded { wrong, .. } = &event else {
        panic!("{event:?}")
    };
    let before = wrong.as_ref().unwrap().before.as_ref().unwrap();
    assert_eq!(before.name, "005000000000001AAA");
    assert!(bot.is_signed_in(&ann()).await, "the old grant stays");
    let next = bot.link(&ann(), Binding::Vouched).await;
    let next = bot.authorize(&next).await;
    assert_eq!(parameter(&next, "prompt"), "login");
}

#[tokio::test]
async fn b4_a_grant_of_an_org_that_is_taken_off_the_list_is_not_used_any_more() {
    let provider = Provider::start().await;
    provider.says("token", [Says::Json(200, provider.tokens("a"))]);
    let listed = |id: &str| {
        let mut config = config(provider.profile());
        config.setups[0].orgs = [(id.into(), String::new())].into();
        config
    };
    let here = "00D000000000001EAA";
    let bot = provider.bot_of(listed(here), Vault::random(), MemoryGrants::default());
    bot.signs_in(&ann()).await;
    assert!(bot.is_signed_in(&ann()).await);
    bot.auth.configure(listed("00D000000000002EAA"));
    assert!(!bot.is_signed_in(&ann()).await);
}

#[tokio::test]
async fn b4_the_account_that_a_grant_was_of_is_remembered_when_the_provider_ends_it() {
    let provider = Provider::start().await;
    let other = |name: &str| {
        let mut tokens = provider.tokens(name);
        let id = format!("{}/id/00D000000000001EAA/005000000000002AAA", provider.base);
        tokens["id"] = id.into();
        Says::Json(200, tokens)
    };
    provider.says("token", [Says::Json(200, provider.tokens("a"))]);
    let bot = provider.bot();
    bot.signs_in(&ann()).await;
    let old = bot.auth.session("web", "ann", "crm").await.unwrap();
    let dead = json!({ "error": "invalid_grant" });
    provider.says("token", [Says::Json(400, dead), other("b")]);
    let old = old.unwrap().access;
    bot.auth.refresh(&ann(), "crm", &old).await.unwrap();
    assert!(!bot.is_signed_in(&ann()).await);
    assert!(bot.auth.granted().await.unwrap().is_empty());
    let end = bot.signs_in(&ann()).await;
    let event = end.note.unwrap().event;
    assert!(
        matches!(event, EventKind::AccountDiffers { .. }),
        "{event:?}"
    );
    assert!(!bot.is_signed_in(&ann()).await, "not before the user's yes");
    let switched = bot.auth.switch_account(&ann(), "crm", true).await.unwrap();
    assert!(switched.is_some() && bot.is_signed_in(&ann()).await);
    assert!(
        provider.asked("revoke").is_empty(),
        "there is nothing to give back"
    );
    bot.auth.sign_out(&ann(), "crm").await.unwrap();
    provider.says("token", [Says::Json(200, provider.tokens("c"))]);
    bot.signs_in(&ann()).await;
    assert!(
        bot.is_signed_in(&ann()).await,
        "whoever signed out is asked nothing"
    );
}

#[tokio::test]
async fn c4_an_answer_in_another_issuers_name_is_refused_without_a_request() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let bot = one.bot();
    let handle = bot.link(&ann(), Binding::Vouched).await;
    let url = bot.authorize(&handle).await;
    let query = [
        ("state".to_owned(), parameter(&url, "state")),
        ("code".to_owned(), "c".to_owned()),
        ("iss".to_owned(), two.base.clone()),
    ];
    let end = bot.auth.callback(&query, None).await.unwrap();
    assert_eq!(problem(&end), Some(Problem::Unknown));
    assert!(one.asked("").is_empty() && two.asked("").is_empty());
}

#[tokio::test]
async fn c6_an_org_that_lies_elsewhere_is_refused_and_nothing_is_kept() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    for elsewhere in [
        "http://169.254.169.254",
        "https://evil.example",
        "https://login.salesforce.com.evil.example",
        "file:///etc/passwd",
        "",
    ] {
        let mut tokens = provider.tokens("astray");
        tokens["instance_url"] = elsewhere.into();
        provider.says("token", [Says::Json(200, tokens)]);
        let end = bot.signs_in(&ann()).await;
        assert_eq!(problem(&end), Some(Problem::NoPermission), "{elsewhere}");
        assert!(!bot.is_signed_in(&ann()).await, "{elsewhere}");
    }
}

#[tokio::test]
async fn c6_a_token_address_that_sends_us_elsewhere_is_not_followed() {
    let (provider, other) = (Provider::start().await, Provider::start().await);
    let to = format!("{}/services/oauth2/token", other.base);
    provider.says("token", [Says::Elsewhere(to)]);
    let bot = provider.bot();
    let end = bot.signs_in(&ann()).await;
    assert_eq!(problem(&end), Some(Problem::Unavailable));
    assert!(other.asked("").is_empty());
}

#[tokio::test]
async fn g_a_token_server_that_answers_like_no_other_is_told_and_keeps_nothing() {
    let provider = Provider::start().await;
    for says in [
        Says::Drips,
        Says::Silence,
        Says::Huge,
        Says::Html(200),
        Says::Html(500),
        Says::Html(302),
        Says::Json(200, json!([])),
        Says::Json(503, json!({ "error": "invalid_grant" })),
    ] {
        provider.says("token", [says]);
        let bot = provider.bot();
        let end = bot.signs_in(&ann()).await;
        assert!(matches!(
            problem(&end),
            Some(Problem::Unavailable | Problem::NoPermission)
        ));
        assert!(end.note.is_some(), "the chat is told");
        assert!(!bot.is_signed_in(&ann()).await);
    }
}

#[tokio::test]
async fn g_attempts_are_bounded_and_the_oldest_go() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    let bounds = Bounds {
        of_channel: 3,
        of_all: 4,
        ..Bounds::default()
    };
    let clock = bot.clock.clone();
    let auth = Authorizer::new(
        bot.store.clone(),
        Vault::random(),
        config(provider.profile()),
        clock,
    );
    let auth = auth.unwrap().bounded(bounds);
    let mut handles = Vec::new();
    for (n, channel) in ["web", "web", "web", "web", "sms", "sms"]
        .iter()
        .enumerate()
    {
        let who = Who {
            channel: (*channel).to_owned(),
            ..user(n)
        };
        let begun = auth.begin(&who, "crm", Binding::Vouched).await.unwrap();
        let Begun::Link { attempt, .. } = begun else {
            panic!("no link")
        };
        handles.push(auth.link(&who, &attempt).await.unwrap().unwrap());
    }
    let mut open = Vec::new();
    for handle in &handles {
        open.push(auth.open(handle, None).await.unwrap().is_ok());
    }
    assert_eq!(open, [false, false, true, true, true, true]);
}
