//! What happens to a sign-in while its code is traded: a newer link, a sign-out. And what a key that changes leaves alone.
//! Links that end by themselves are left to `links`.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::Notify;
use turnwise_connectors::auth::{
    Binding, Bounds, CallbackEnd, GrantStore as _, MemoryGrants, Problem, Vault,
};

use super::provider::{Bot, Provider, Says, problem};
use super::support::{ann, config};

/// What the token address answers, late.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Tokens,
    TokensOfAnotherOrg,
    Outage,
}

/// Ann's sign-in, in the middle of which she signs out.
async fn signed_out_meanwhile(
    provider: &Provider,
    binding: Binding,
    answer: Answer,
) -> (Arc<Bot>, CallbackEnd) {
    let mut listed = config(provider.profile());
    if matches!(answer, Answer::TokensOfAnotherOrg) {
        listed.setups[0].orgs = [("00D000000000002EAA".into(), String::new())].into();
    }
    let mut bot = provider.bot_of(listed, Vault::random(), MemoryGrants::default());
    bot.auth = bot.auth.bounded(Bounds {
        token_time: Duration::from_secs(60),
        ..Bounds::default()
    });
    let bot = Arc::new(bot);
    let goes = Arc::new(Notify::new());
    let (status, body) = match answer {
        Answer::Outage => (503, json!({})),
        _ => (200, provider.tokens("late")),
    };
    provider.says("token", [Says::When(goes.clone(), status, body)]);
    let handle = bot.link(&ann(), binding).await;
    let url = bot.authorize(&handle).await;
    let trading = bot.clone();
    let trade = tokio::spawn(async move { trading.comes_back(&url).await });
    while provider.asked("token").is_empty() {
        tokio::task::yield_now().await;
    }
    bot.auth.sign_out(&ann(), "crm").await.unwrap();
    goes.notify_one();
    let end = trade.await.unwrap();
    (bot, end)
}

#[tokio::test]
async fn a5_tokens_of_a_link_that_was_voided_meanwhile_are_given_back() {
    for (binding, answer) in [
        (Binding::Vouched, Answer::Tokens),
        (Binding::Code, Answer::Tokens),
        (Binding::Vouched, Answer::TokensOfAnotherOrg),
        (Binding::Vouched, Answer::Outage),
    ] {
        let provider = Provider::start().await;
        let (bot, end) = signed_out_meanwhile(&provider, binding, answer).await;
        assert!(end.note.is_none(), "the chat waits for nothing: {answer:?}");
        assert!(!bot.is_signed_in(&ann()).await);
        let back = provider.asked("revoke");
        match answer {
            Answer::Outage => assert!(back.is_empty()),
            _ => {
                let tokens: Vec<&str> = back.iter().map(|asked| &*asked.form["token"]).collect();
                assert_eq!(tokens, ["refresh-late"], "{binding:?} {answer:?}");
            }
        }
        if matches!(answer, Answer::Tokens) {
            assert_eq!(problem(&end), Some(Problem::Newer));
            assert_eq!(bot.trail().last().unwrap(), "refused: newer_link");
        }
    }
}

#[tokio::test]
async fn c6_an_identity_that_is_not_signed_with_the_secret_is_refused() {
    let provider = Provider::start().await;
    let secret = "the-client-secret";
    let profile = provider.profile().with_secret("client_secret", secret);
    let bot = provider.bot_of(config(profile), Vault::random(), MemoryGrants::default());
    let signed = |tokens: &Value, with: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(with.as_bytes()).unwrap();
        mac.update(tokens["id"].as_str().unwrap().as_bytes());
        mac.update(tokens["issued_at"].as_str().unwrap().as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    };
    let honest = provider.tokens("a");
    let mut of_another = honest.clone();
    of_another["signature"] = signed(&honest, "another secret").into();
    let mut moved = honest.clone();
    moved["signature"] = signed(&honest, secret).into();
    moved["id"] = format!("{}/id/00D000000000001EAA/005000000000009AAA", provider.base).into();
    for tokens in [honest.clone(), of_another, moved] {
        provider.says("token", [Says::Json(200, tokens)]);
        let end = bot.signs_in(&ann()).await;
        assert_eq!(problem(&end), Some(Problem::NoPermission));
        assert!(!bot.is_signed_in(&ann()).await);
    }
    assert_eq!(provider.asked("revoke").len(), 3, "none of them stays good");
    let mut good = honest.clone();
    good["signature"] = signed(&honest, secret).into();
    provider.says("token", [Says::Json(200, good)]);
    bot.signs_in(&ann()).await;
    assert!(bot.is_signed_in(&ann()).await);
}

#[tokio::test]
async fn c4_an_issuer_that_is_named_twice_is_none() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    let handle = bot.link(&ann(), Binding::Vouched).await;
    let url = bot.authorize(&handle).await;
    let state = super::provider::parameter(&url, "state");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let query = [
        pair("state", &state),
        pair("code", "c"),
        pair("iss", &provider.base),
        pair("iss", "https://evil.example"),
    ];
    let end = bot.auth.callback(&query, None).await.unwrap();
    assert_eq!(problem(&end), Some(Problem::Unknown));
    assert!(provider.asked("").is_empty());
}

#[tokio::test]
async fn d2_a_new_key_says_nothing_of_when_a_grant_was_used() {
    const K1: &str = "8f1c0d5e7a92b3464d0be2f1906c5d7738a1e4fb02c96d5083f7a1bc2e64d905";
    const K2: &str = "13a7c5e90f2b4d68e1735c9a0b8f6d24c3e5a7190d4f2b6c8e0a1735f9bd6c42";
    let (provider, store) = (Provider::start().await, MemoryGrants::default());
    provider.says("token", [Says::Json(200, provider.tokens("a"))]);
    let with = |keys: &str| {
        let vault = Vault::from_hex(keys).unwrap();
        provider.bot_of(config(provider.profile()), vault, store.clone())
    };
    let old = with(K1);
    old.signs_in(&ann()).await;
    let before = store.grants().await.unwrap()[0].row.clone();
    let new = with(&format!("{K2},{K1}"));
    new.clock.forward(SignedDuration::from_hours(24 * 29));
    new.auth.reseal().await.unwrap();
    let after = store.grants().await.unwrap()[0].row.clone();
    assert_ne!(after.sealed, before.sealed);
    assert_eq!((after.since, after.used), (before.since, before.used));
    new.clock.forward(SignedDuration::from_hours(24 * 2));
    assert_eq!(new.auth.drop_idle(new.now()).await.unwrap(), 1, "rule D9");
}

#[tokio::test]
async fn another_account_is_connected_since_it_came() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    let mut other = provider.tokens("b");
    other["id"] = format!("{}/id/00D000000000001EAA/005000000000002AAA", provider.base).into();
    let answers = [provider.tokens("a"), provider.tokens("a"), other];
    provider.says("token", answers.map(|tokens| Says::Json(200, tokens)));
    let mut since = Vec::new();
    for _ in 0..3 {
        bot.signs_in(&ann()).await;
        bot.auth.switch_account(&ann(), "crm", true).await.unwrap();
        since.push(bot.auth.granted().await.unwrap()[0].since);
        bot.clock.forward(SignedDuration::from_hours(1));
    }
    assert_eq!(since[0], since[1], "the same account signed in again");
    assert_eq!(since[2].duration_since(since[0]).as_hours(), 2);
}
