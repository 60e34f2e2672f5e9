//! "Who am I connected as?", "switch account", "sign out", "forget me": understood in every state of a conversation, and
//! nothing that was said is lost but by forgetting.

use serde_json::{Value, json};

use super::world::{Chat, World};

/// The states, and what is said to come there in a conversation that is signed in.
const STATES: [(&str, &[&str]); 4] = [
    ("nothing", &[]),
    ("slot", &["create a lead"]),
    (
        "confirm",
        &["new lead Jane Doe from Acme, jane@acme.com", "skip"],
    ),
    ("choice", &["delete a lead", "smith"]),
];

async fn come_to(world: &World, said: &[&str]) -> (Chat, Value) {
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    world.sign_in(&chat, "").await;
    let mut state = world.get(&chat, "").await;
    for text in said {
        state = world.say(&chat, json!({ "text": text })).await;
    }
    (chat, state)
}

fn texts(turn: &Value) -> String {
    let all = turn["messages"].as_array().unwrap().iter();
    let texts: Vec<&str> = all.filter_map(|message| message["text"].as_str()).collect();
    texts.join("\n")
}

#[tokio::test]
async fn who_am_i_is_answered_in_every_state_and_changes_none() {
    let world = World::start().await;
    for (kind, said) in STATES {
        let (chat, before) = come_to(&world, said).await;
        let turn = world
            .say(&chat, json!({ "text": "who am I connected as?" }))
            .await;
        let told = texts(&turn);
        assert!(told.contains("rep@example.com"), "{kind}: {told}");
        let (was, is) = (&before["awaiting"]["kind"], &turn["awaiting"]["kind"]);
        assert_eq!(was, is, "{kind}: {told}");
    }
}

#[tokio::test]
async fn d8_signing_out_is_understood_in_every_state_and_keeps_what_was_said() {
    let world = World::start().await;
    for (kind, said) in STATES {
        let (chat, before) = come_to(&world, said).await;
        let revoked = world.oauth_calls("revoke");
        let turn = world.say(&chat, json!({ "text": "sign out" })).await;
        let told = texts(&turn);
        assert!(told.contains("signed out"), "{kind}: {told}");
        let state = world.get(&chat, "").await;
        assert_eq!(state["signed_in"]["salesforce"], false, "{kind}");
        assert_eq!(world.oauth_calls("revoke"), revoked + 1, "{kind}");
        if kind == "slot" || kind == "confirm" {
            assert_eq!(state["slots"], before["slots"], "{kind}");
        }
    }
}

#[tokio::test]
async fn d8_where_the_org_is_away_the_user_is_signed_out_and_told_that_it_did_not_confirm() {
    let world = World::start().await;
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    world.sign_in(&chat, "").await;
    world.cut_the_org_off().await;
    let turn = world.say(&chat, json!({ "text": "sign out" })).await;
    let told = texts(&turn);
    assert!(
        told.contains("Salesforce did not confirm that it ended the connection"),
        "{told}"
    );
    let state = world.get(&chat, "").await;
    assert_eq!(state["signed_in"]["salesforce"], false, "{state}");
    let turn = world
        .say(&chat, json!({ "text": "show me all leads" }))
        .await;
    assert_eq!(turn["awaiting"]["kind"], "authorization", "{turn}");
}

#[tokio::test]
async fn switching_accounts_brings_a_link_in_every_state() {
    let world = World::start().await;
    for (kind, said) in STATES {
        let (chat, before) = come_to(&world, said).await;
        let turn = world.say(&chat, json!({ "text": "switch account" })).await;
        assert_eq!(turn["awaiting"]["kind"], "authorization", "{kind}: {turn}");
        if kind == "slot" || kind == "confirm" {
            assert_eq!(turn["slots"], before["slots"], "{kind}");
        }
    }
}

#[tokio::test]
async fn d8_forgetting_gives_the_grant_back_in_every_state() {
    let world = World::start().await;
    for (kind, said) in STATES {
        let (chat, _) = come_to(&world, said).await;
        let revoked = world.oauth_calls("revoke");
        let path = format!("{}/turns", chat.path);
        let turn = json!({ "text": "forget me" });
        world.by(&chat.token, "POST", &path, &turn).await;
        let gone = world
            .by(super::world::KEY, "GET", &chat.path, &Value::Null)
            .await;
        assert_eq!(gone.status, 404, "{kind}: {}", gone.text);
        assert_eq!(world.oauth_calls("revoke"), revoked + 1, "{kind}");
    }
}

#[tokio::test]
async fn signing_out_while_a_link_is_open_ends_the_link() {
    let world = World::start().await;
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    let link = world.ask_for_a_link(&chat).await;
    let turn = world.say(&chat, json!({ "text": "sign out" })).await;
    assert!(texts(&turn).contains("signed out"), "{turn}");
    let page = world.send("GET", &link, &[], "").await;
    assert_eq!(page.status, 410, "{}", page.text);
}
