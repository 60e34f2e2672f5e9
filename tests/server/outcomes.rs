//! How sign-ins end (docs/threat-model.md, rule F): each end has its own text and its own word for programs, and what was
//! said before is kept. And many turns at once after a token expired.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use turnwise::store::Place;
use turnwise_connectors::auth::{Note, Renewed, Who};
use turnwise_engine::event::{EventKind, SignInEnd};

use super::world::{World, sales_assistant};

/// Every end without a grant, and the word that front ends are told; none where the link stays open.
const ENDS: [(SignInEnd, Option<&str>); 8] = [
    (SignInEnd::Refused, Some("refused")),
    (SignInEnd::Expired, Some("expired")),
    (SignInEnd::Abandoned, Some("abandoned")),
    (SignInEnd::WrongAccount, Some("wrong_account")),
    (SignInEnd::Unavailable, Some("unavailable")),
    (SignInEnd::Blocked, Some("blocked")),
    (SignInEnd::NoPermission, Some("blocked")),
    (SignInEnd::WrongBrowser, None),
];

/// A lead that is asked for until its look-up needs the org.
async fn parked(world: &World) -> (super::world::Chat, Value) {
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    let said = [
        "new lead Jane Doe from Acme, jane@acme.com, +1 415 555 0100",
        "yes",
    ];
    let mut turn = Value::Null;
    for text in said {
        turn = world.say(&chat, json!({ "text": text })).await;
        if turn["awaiting"]["kind"] == "slot" {
            turn = world.say(&chat, json!({ "text": "skip" })).await;
        }
        if turn["awaiting"]["kind"] == "authorization" {
            break;
        }
    }
    assert_eq!(turn["awaiting"]["kind"], "authorization", "{turn}");
    (chat, turn["slots"].clone())
}

#[tokio::test]
async fn f_each_end_has_its_text_and_its_word_and_slots_stay() {
    let world = World::start().await;
    let mut texts = BTreeSet::new();
    for (end, word) in ENDS {
        let (chat, before) = parked(&world).await;
        let asked = world.last(&chat).await;
        let note = Note {
            channel: "api".into(),
            user: chat.user.clone(),
            conversation: chat.id.clone(),
            event: EventKind::SignInEnded {
                integration: "salesforce".into(),
                end,
                wrong: None,
            },
        };
        world.served.runtime.told(note).await;
        let told = world.pushed(&chat, asked).await;
        assert_eq!(told[0]["outcome"].as_str(), word, "{end:?}: {told:?}");
        let text = told[0]["text"].as_str().unwrap().to_owned();
        assert!(!text.contains('!') && !text.contains("error"), "{text}");
        // A link that nobody used and one that was opened too late are told alike.
        if end != SignInEnd::Abandoned {
            assert!(texts.insert(text.clone()), "{end:?} says the same: {text}");
        }
        let state = world.get(&chat, "").await;
        assert_eq!(state["slots"], before, "{end:?}");
        let kind = state["awaiting"]["kind"].as_str().unwrap();
        let expected = if word.is_some() {
            "choice"
        } else {
            "authorization"
        };
        assert_eq!(kind, expected, "{end:?}");
        let dialogs = state["dialogs"].as_array().unwrap();
        assert_eq!(dialogs.len(), 1, "{end:?}");
    }
}

#[tokio::test]
async fn f_an_administrators_block_comes_with_a_text_to_forward() {
    let world = World::start().await;
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    let link = world.ask_for_a_link(&chat).await;
    let asked = world.last(&chat).await;
    let sent = world.proceed(&link, "").await;
    let url: url::Url = sent.header("location").parse().unwrap();
    let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
    let callback = format!("/auth/callback?state={state}&error=OAUTH_APP_BLOCKED");
    let (_, page) = world.come_back(&callback, "").await;
    assert!(
        page.text
            .contains("Your administrator has to allow this app"),
        "{}",
        page.text
    );
    for part in [
        "Details for your administrator",
        "OAUTH_APP_BLOCKED",
        "Connected Apps OAuth Usage",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let told = world.pushed(&chat, asked).await;
    assert_eq!(told[0]["outcome"], "blocked");
    assert!(
        told[0]["text"].as_str().unwrap().contains("forward"),
        "{told:?}"
    );
}

#[tokio::test]
async fn d4_two_processes_on_one_file_make_one_refresh_where_a_second_would_end_the_grant() {
    let folder = tempfile::tempdir().unwrap();
    let place = || Place::File(folder.path().join("bot.db"));
    let world = World::on(place(), sales_assistant()).await;
    let opening = json!({ "user": { "id": "ida" }, "sign_in": "vouched" });
    let chat = world.open(opening).await;
    world.sign_in(&chat, "").await;
    let other = world.beside(place());
    let ours = &world.served.runtime.connectors.auth;
    let who = Who {
        channel: "api".into(),
        user: "ida".into(),
        conversation: chat.id.clone(),
        display_name: String::new(),
    };
    for _ in 0..3 {
        let old = other.session("api", "ida", "salesforce").await.unwrap();
        let failed = old.unwrap().access;
        world.control("expire", json!({ "what": "access" })).await;
        let slow = json!({ "on": "token", "answer": "delay:200", "times": 1 });
        world.control("fault", slow).await;
        let before = world.oauth_calls("token");
        let refreshes = (0..20).map(|n| {
            let auth = if n % 2 == 0 { &other } else { ours };
            auth.refresh(&who, "salesforce", &failed)
        });
        for renewed in join_all(refreshes).await {
            assert!(matches!(renewed, Ok(Renewed::Session(_))), "{renewed:?}");
        }
        assert_eq!(world.oauth_calls("token"), before + 1);
        let leads = json!({ "text": "show me all leads" });
        let turn = world.say(&chat, leads).await;
        assert!(
            turn["messages"].to_string().contains("\"table\""),
            "the grant is alive: {turn}"
        );
    }
}

#[tokio::test]
async fn d4_fifty_turns_at_once_after_the_token_expired_make_one_refresh() {
    let world = World::start().await;
    let opening = json!({ "user": { "id": "ida" }, "sign_in": "vouched" });
    let first = world.open(opening.clone()).await;
    world.sign_in(&first, "").await;
    let mut chats = Vec::new();
    for _ in 0..50 {
        chats.push(world.open(opening.clone()).await);
    }
    world.control("expire", json!({ "what": "access" })).await;
    let before = world.oauth_calls("token");
    let turns = chats
        .iter()
        .map(|chat| world.say(chat, json!({ "text": "show me all leads" })));
    for turn in join_all(turns).await {
        assert!(turn["messages"].to_string().contains("\"table\""), "{turn}");
    }
    assert_eq!(world.oauth_calls("token"), before + 1);
    let state = world.get(&first, "").await;
    assert_eq!(state["signed_in"]["salesforce"], true, "the grant is alive");
}
