//! Writes whose answer got lost on the way, in an org without a field for our key: what the user is told, and what is in the
//! org in the end. How a kill of the server itself ends is left to the kill test.

use serde_json::{Value, json};

use super::world::{Chat, World};

/// Ready to say yes to a lead, in an org that has no `External_Id__c`.
async fn at_the_confirmation(world: &World) -> Chat {
    world.control("org", json!({ "external_id": false })).await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    world.sign_in(&chat, &cookie).await;
    let wish = "create a lead for Kim Orrin from Northpier, kim@northpier.example, 206 555 0188";
    let asked = world.say(&chat, json!({ "text": wish })).await;
    assert_eq!(asked["awaiting"]["kind"], "confirm", "{asked}");
    chat
}

async fn fault(world: &World, answer: &str) {
    world
        .control("fault", json!({ "on": "data", "answer": answer }))
        .await;
}

/// Creates that arrived at the org.
async fn creates(world: &World) -> usize {
    let calls = world.http.get(format!("{}/sandbox/calls", world.org));
    let calls: Value = calls.send().await.unwrap().json().await.unwrap();
    let calls = calls["calls"].as_array().unwrap().iter();
    calls.filter(|call| call["op"] == "create").count()
}

fn last_text(turn: &Value) -> &str {
    let messages = turn["messages"].as_array().unwrap();
    messages.last().unwrap()["text"].as_str().unwrap()
}

#[tokio::test]
async fn a_lead_that_was_saved_is_found_and_told_of() {
    let world = World::start().await;
    let chat = at_the_confirmation(&world).await;
    fault(&world, "drop_after_commit").await;
    let done = world.say(&chat, json!({ "value": "yes" })).await;
    assert!(last_text(&done).contains("is a lead now"), "{done}");
    assert_eq!(done["awaiting"]["kind"], "nothing");
    assert_eq!(creates(&world).await, 1);
}

#[tokio::test]
async fn a_lead_that_is_not_found_is_asked_about_and_not_written_again() {
    let world = World::start().await;
    let chat = at_the_confirmation(&world).await;
    fault(&world, "drop_before_commit").await;
    let asked = world.say(&chat, json!({ "value": "yes" })).await;
    let options = asked["awaiting"]["options"].as_array().unwrap();
    assert_eq!(options[0]["title"], "Check again", "{asked}");
    let asked = world.say(&chat, json!({ "text": "check again" })).await;
    assert_eq!(asked["awaiting"]["kind"], "choice", "{asked}");
    let left = world.say(&chat, json!({ "text": "leave it" })).await;
    assert_eq!(left["awaiting"]["kind"], "nothing", "{left}");
    assert_eq!(creates(&world).await, 1);
}
