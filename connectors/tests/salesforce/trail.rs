//! Rule E2: the audit trail of a good day and of an attack, line by line: what, why, when, whose, and as whom.
//! How operators see it is the binary's.

use jiff::SignedDuration;
use serde_json::json;
use turnwise_connectors::auth::{Binding, MemoryGrants, Page, Problem, Vault, hash};

use super::provider::{Bot, Provider, Says, parameter, problem};
use super::support::{ann, config};

const ORG: &str = "00D000000000001EAA";
const FIRST: &str = "005000000000001AAA";
const SECOND: &str = "005000000000002AAA";

/// Tokens of this user of the org.
fn tokens(provider: &Provider, name: &str, user: &str) -> Says {
    let mut tokens = provider.tokens(name);
    tokens["id"] = format!("{}/id/{ORG}/{user}", provider.base).into();
    Says::Json(200, tokens)
}

/// Each line as what, why and the account's user id; what every line has to say is looked at on the way.
fn lines(bot: &Bot) -> Vec<[String; 3]> {
    let trail = bot.store.trail();
    let mut before = trail[0].at;
    for entry in &trail {
        assert!(entry.at >= before && entry.at <= bot.now(), "{entry:?}");
        before = entry.at;
        let whose = [&entry.channel, &entry.user, &entry.conversation];
        assert_eq!(whose, ["web", "ann", "c1"], "{entry:?}");
        assert_eq!(entry.integration, "crm");
        assert_eq!(entry.org_id.is_empty(), entry.user_id.is_empty());
        assert!(entry.org_id.is_empty() || entry.org_id == ORG, "{entry:?}");
    }
    let all = format!("{trail:?}");
    for secret in ["access-", "refresh-", "the-code"] {
        assert!(!all.contains(secret), "{secret}");
    }
    let line = |entry: &turnwise_connectors::auth::Entry| {
        let deed = entry.deed.word().to_owned();
        [deed, entry.why.clone(), entry.user_id.clone()]
    };
    trail.iter().map(line).collect()
}

async fn refreshes(bot: &Bot) {
    let session = bot.auth.session("web", "ann", "crm").await.unwrap();
    let old = session.unwrap().access;
    bot.auth.refresh(&ann(), "crm", &old).await.unwrap();
}

#[tokio::test]
async fn e2_the_trail_of_a_good_day_is_exact() {
    let provider = Provider::start().await;
    let bot = provider.bot();
    provider.says("token", [tokens(&provider, "a", FIRST)]);
    bot.signs_in(&ann()).await;
    bot.clock.forward(SignedDuration::from_mins(15));
    provider.says("token", [Says::Html(503)]);
    refreshes(&bot).await;
    provider.says("token", [tokens(&provider, "b", FIRST)]);
    refreshes(&bot).await;
    provider.says("token", [tokens(&provider, "c", SECOND)]);
    for accept in [false, true] {
        bot.signs_in(&ann()).await;
        let answered = bot.auth.switch_account(&ann(), "crm", accept).await;
        assert_eq!(answered.unwrap().is_some(), accept);
    }
    let dead = json!({ "error": "invalid_grant" });
    provider.says("token", [Says::Json(400, dead)]);
    refreshes(&bot).await;
    bot.clock.forward(SignedDuration::from_mins(15));
    provider.says("token", [tokens(&provider, "d", SECOND)]);
    bot.signs_in(&ann()).await;
    bot.auth.sign_out(&ann(), "crm").await.unwrap();
    let expected = [
        ["link_sent", "", ""],
        ["link_opened", "", ""],
        ["connected", "", FIRST],
        ["refresh_refused", "unavailable", FIRST],
        ["refreshed", "", FIRST],
        ["link_sent", "", ""],
        ["link_opened", "", ""],
        ["refused", "account_kept", SECOND],
        ["link_sent", "", ""],
        ["link_opened", "", ""],
        ["account_switched", "", SECOND],
        ["refresh_refused", "grant_ended", SECOND],
        ["link_sent", "", ""],
        ["link_opened", "", ""],
        ["connected", "", SECOND],
        ["signed_out", "revoked", SECOND],
    ];
    assert_eq!(lines(&bot), expected);
}

#[tokio::test]
async fn e2_the_trail_of_an_attack_is_exact() {
    let provider = Provider::start().await;
    provider.says("token", [tokens(&provider, "a", FIRST)]);
    let bot = provider.bot();
    let jar = Binding::Browser(hash("jar-a"));
    let handle = bot.link(&ann(), jar).await;
    let opened = bot.auth.open(&handle, Some("jar-b")).await.unwrap();
    assert_eq!(opened, Err(Problem::WrongBrowser));
    let url = bot.authorize_in(&handle, Some("jar-a")).await;
    let said = |more: &[(&str, &str)]| {
        let mut query = vec![("state".to_owned(), parameter(&url, "state"))];
        let more = more.iter();
        query.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        query
    };
    let code = said(&[("code", "the-code")]);
    bot.auth.callback(&code, Some("jar-b")).await.unwrap();
    let mixed = said(&[("code", "the-code"), ("iss", "https://evil.example")]);
    bot.auth.callback(&mixed, Some("jar-a")).await.unwrap();
    let denied = said(&[("error", "access_denied")]);
    bot.auth.callback(&denied, Some("jar-a")).await.unwrap();
    let again = bot.auth.callback(&code, Some("jar-a")).await.unwrap();
    assert_eq!(problem(&again), Some(Problem::Used));
    // A code that is guessed.
    let coded = bot.link(&ann(), Binding::Code).await;
    let authorize = bot.authorize(&coded).await;
    let end = bot.comes_back(&authorize).await;
    let Page::Connected { code, .. } = end.page else {
        panic!("no code")
    };
    let wrong = match code.as_deref() {
        Some("000000") => "000001",
        _ => "000000",
    };
    for _ in 0..5 {
        bot.auth.try_code(&ann(), wrong).await.unwrap();
    }
    // A link that a newer one replaced, more links than there may be, and one that nobody uses.
    let old = bot.link(&ann(), jar).await;
    bot.link(&ann(), jar).await;
    let replaced = bot.auth.open(&old, Some("jar-a")).await.unwrap();
    assert_eq!(replaced, Err(Problem::Newer));
    bot.link(&ann(), jar).await;
    bot.auth.begin(&ann(), "crm", jar).await.unwrap();
    bot.clock.forward(SignedDuration::from_secs(601));
    bot.auth.sweep(bot.now()).await.unwrap();
    let expected = [
        ["link_sent", ""],
        ["refused", "wrong_browser"],
        ["link_opened", ""],
        ["refused", "wrong_browser"],
        ["refused", "wrong_issuer"],
        ["refused", "declined"],
        ["refused", "used"],
        ["link_sent", ""],
        ["link_opened", ""],
        ["refused", "wrong_code"],
        ["refused", "wrong_code"],
        ["refused", "wrong_code"],
        ["refused", "wrong_code"],
        ["refused", "wrong_code"],
        ["link_sent", ""],
        ["link_sent", ""],
        ["refused", "newer_link"],
        ["link_sent", ""],
        ["refused", "too_many_links"],
        ["refused", "abandoned"],
    ];
    let seen = lines(&bot).into_iter().map(|[deed, why, _]| [deed, why]);
    assert_eq!(seen.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn e2_an_account_that_is_refused_is_named() {
    let provider = Provider::start().await;
    let mut listed = config(provider.profile());
    listed.setups[0].orgs = [("00D000000000002EAA".into(), String::new())].into();
    let bot = provider.bot_of(listed, Vault::random(), MemoryGrants::default());
    provider.says("token", [tokens(&provider, "a", FIRST)]);
    bot.signs_in(&ann()).await;
    let last = lines(&bot).pop().unwrap();
    assert_eq!(last, ["refused", "wrong_account", FIRST]);
    assert!(!bot.is_signed_in(&ann()).await);
}
