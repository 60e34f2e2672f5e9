//! One link while it is open, whatever is said: named again where something else needs it, usable until its time is up, and
//! ended by whoever gives up. What the link does is the sign-in's.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::world::World;

#[tokio::test]
async fn what_is_asked_while_a_link_is_open_waits_for_the_same_link() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    for text in ["show me Ida Blum", "help", "hello", "who am I", "hmpf"] {
        let answer = world.say(&chat, json!({ "text": text })).await;
        let url = answer["awaiting"]["url"].as_str().unwrap_or_default();
        assert!(url.ends_with(&link), "{text}: {answer}");
    }
    let named = world.get(&chat, "/messages").await;
    let named = named["messages"].as_array().unwrap().iter();
    let urls = named.filter_map(|message| message["url"].as_str());
    assert_eq!(urls.filter(|url| url.ends_with(&link)).count(), 2);
    let newer = world.ask_again(&chat).await;
    assert_ne!(newer, link);
    let old = world.send("GET", &link, &[("cookie", &cookie)], "").await;
    assert_ne!(old.status, 200, "a newer link was sent");
}

#[tokio::test]
async fn a_link_whose_page_was_left_or_loaded_again_still_works() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    let link = world.ask_for_a_link(&chat).await;
    let asked = world.last(&chat).await;
    let twice = join_all((0..5).map(|_| world.proceed(&link, &cookie))).await;
    for sent in &twice {
        assert_eq!(sent.status, 303, "a double click: {}", sent.text);
    }
    let page = world.send("GET", &link, &[("cookie", &cookie)], "").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let callback = world.walk(&link, &cookie, "allow").await;
    world.come_back(&callback, &cookie).await;
    let told = world.pushed(&chat, asked).await;
    assert_eq!(told[0]["outcome"], "granted", "{told:?}");
}

#[tokio::test]
async fn a_cancel_ends_the_link() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    for words in ["cancel", "start over", "never mind, cancel it"] {
        let link = world.ask_for_a_link(&chat).await;
        let answer = world.say(&chat, json!({ "text": words })).await;
        assert_eq!(answer["awaiting"]["kind"], "nothing", "{answer}");
        let page = world.send("GET", &link, &[("cookie", &cookie)], "").await;
        assert_ne!(page.status, 200, "{words}");
    }
}

#[tokio::test]
async fn another_conversation_of_the_user_knows_as_whom_they_are_connected() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let first = world.open_in(&cookie).await;
    world.sign_in(&first, &cookie).await;
    let second = world.open_in(&cookie).await;
    let who = json!({ "text": "who am I connected as?" });
    let answer = world.say(&second, who).await;
    assert!(said(&answer).contains("rep@example.com"), "{answer}");
}

#[tokio::test]
async fn forget_me_forgets_the_other_conversations_of_the_user_too() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let (first, second) = (world.open_in(&cookie).await, world.open_in(&cookie).await);
    let stranger = world.open_in(&world.visit().await).await;
    world.sign_in(&first, &cookie).await;
    let answer = world.say(&second, json!({ "text": "forget me" })).await;
    assert!(said(&answer).contains("forget"), "{answer}");
    for chat in [&first, &second] {
        let gone = world.by(&chat.token, "GET", &chat.path, &Value::Null).await;
        assert_ne!(gone.status, 200, "{}", gone.text);
    }
    world.get(&stranger, "").await;
    assert_eq!(world.oauth_calls("revoke"), 1);
}

fn said(answer: &Value) -> String {
    let messages = answer["messages"].as_array().unwrap().iter();
    let texts: Vec<&str> = messages
        .filter_map(|message| message["text"].as_str())
        .collect();
    texts.join("\n")
}
