//! An operator chooses another provider while links and grants of the first are about: what one gave never reaches the other.

use turnwise_connectors::auth::{Access, Binding, Problem, Profile, Switched};
use turnwise_engine::effect::Auth;

use super::provider::{Bot, Provider, Says, problem};
use super::support::ann;

/// A bot at `one`, with a profile `other` that leads to `two`.
async fn between(one: &Provider, two: &Provider) -> Bot {
    let bot = one.bot();
    let other = Profile {
        id: "other".into(),
        ..two.profile()
    };
    bot.auth.save_profile(&other, "olga").await.unwrap();
    for provider in [one, two] {
        provider.says("token", [Says::Json(200, provider.tokens("a"))]);
    }
    bot
}

async fn choose(bot: &Bot, profile: &str) {
    let switched = Switched {
        profile: Some(profile.into()),
        ..Switched::default()
    };
    let chosen = bot.auth.switch("crm", &switched, "olga", "profile").await;
    chosen.unwrap();
}

#[tokio::test]
async fn c4_what_one_provider_gave_never_reaches_another_that_is_chosen_later() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let bot = between(&one, &two).await;
    bot.signs_in(&ann()).await;
    let Access::Open(opened) = bot.auth.access(&ann(), "crm", Auth::User).await.unwrap() else {
        panic!("signed in")
    };
    choose(&bot, "other").await;
    let access = bot.auth.access(&ann(), "crm", Auth::User).await.unwrap();
    assert!(matches!(access, Access::NeedsSignIn), "{access:?}");
    bot.auth.renewed(&opened).await.unwrap();
    assert!(two.asked("").is_empty(), "no token of the first went there");
    choose(&bot, "system").await;
    assert!(bot.is_signed_in(&ann()).await, "it was only set aside");
    choose(&bot, "other").await;
    bot.auth.sign_out(&ann(), "crm").await.unwrap();
    assert_eq!(one.asked("revoke").len(), 1, "given back where it is from");
    assert!(two.asked("").is_empty());
}

#[tokio::test]
async fn c4_a_link_of_one_provider_ends_when_another_is_chosen() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let bot = between(&one, &two).await;
    let handle = bot.link(&ann(), Binding::Vouched).await;
    let authorize = bot.authorize(&handle).await;
    choose(&bot, "other").await;
    let end = bot.comes_back(&authorize).await;
    assert_eq!(problem(&end), Some(Problem::Newer));
    let opened = bot.auth.open(&handle, None).await.unwrap();
    assert_eq!(opened, Err(Problem::Newer));
    let standing = bot.auth.standing(&ann(), "crm").await.unwrap();
    assert_eq!(standing, None, "whoever asks again gets a new one");
    assert!(one.asked("token").is_empty() && two.asked("token").is_empty());
}

#[tokio::test]
async fn c4_tokens_that_wait_for_a_code_are_given_back_when_another_is_chosen() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let bot = between(&one, &two).await;
    let handle = bot.link(&ann(), Binding::Code).await;
    let authorize = bot.authorize(&handle).await;
    let end = bot.comes_back(&authorize).await;
    let turnwise_connectors::auth::Page::Connected { code, .. } = end.page else {
        panic!("no code")
    };
    choose(&bot, "other").await;
    let told = bot.auth.try_code(&ann(), &code.unwrap()).await.unwrap();
    assert!(told.is_none(), "{told:?}");
    assert!(!bot.is_signed_in(&ann()).await);
    assert!(!one.asked("revoke").is_empty() && two.asked("").is_empty());
}
