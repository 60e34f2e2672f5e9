//! Links that meet each other: asked for in many conversations at once, and codes that are carried from one to another. One
//! link's own life is left to `sign_in`.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::world::{Chat, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a1_a_code_of_another_attempt_is_refused_and_told() {
    let world = World::start().await;
    let mut callbacks = Vec::new();
    let mut chats = Vec::new();
    for id in ["ida", "eve"] {
        let chat = world.open(of(id)).await;
        let link = world.ask_for_a_link(&chat).await;
        callbacks.push(world.walk(&link, "", "allow").await);
        chats.push(chat);
    }
    let (ida, eve) = (query(&callbacks[0]), query(&callbacks[1]));
    let asked = world.last(&chats[0]).await;
    let mixed = format!("/auth/callback?state={}&code={}", ida.0, eve.1);
    let (_, page) = world.come_back(&mixed, "").await;
    assert_eq!(page.status, 502, "{}", page.text);
    assert_eq!(world.oauth_calls("token"), 1, "the verifier did not fit");
    let told = world.pushed(&chats[0], asked).await;
    assert_eq!(told[0]["outcome"], "unavailable", "{told:?}");
    let said = told[0]["text"].as_str().unwrap();
    assert!(said.contains("nothing was connected"), "{said}");
    for chat in &chats {
        let state = world.get(chat, "").await;
        assert_eq!(state["signed_in"]["salesforce"], false);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a5_of_links_asked_for_at_once_five_are_made_and_the_newest_alone_works() {
    let world = World::start().await;
    let mut chats = Vec::new();
    for _ in 0..12 {
        chats.push(world.open(of("ida")).await);
    }
    let ask = |chat: &Chat| {
        let turn = json!({ "text": "show me all leads" });
        let (world, chat) = (&world, chat.clone());
        async move { world.say(&chat, turn).await }
    };
    let said: Vec<Value> = join_all(chats.iter().map(ask)).await;
    let refused = said.iter().filter(|said| {
        let text = said["messages"].to_string();
        text.contains("can't send another link")
    });
    assert_eq!(refused.count(), 7, "{said:?}");
    let mut work = 0;
    for said in &said {
        for url in links(said) {
            let path = url.strip_prefix(&world.base).unwrap().to_owned();
            let page = world.send("GET", &path, &[], "").await;
            if page.status == 200 {
                work += 1;
            } else {
                assert!(page.text.contains("newer link"), "{}", page.text);
            }
        }
    }
    assert_eq!(work, 1);
}

/// A conversation of this user, whose front end vouches.
fn of(id: &str) -> Value {
    json!({ "user": { "id": id, "name": id }, "sign_in": "vouched" })
}

/// State and code of a callback, as they stand in its address.
fn query(callback: &str) -> (String, String) {
    let (_, query) = callback.split_once('?').unwrap();
    let part = |name: &str| {
        let mut all = query.split('&').filter_map(|part| part.split_once('='));
        all.find(|(known, _)| *known == name).unwrap().1.to_owned()
    };
    (part("state"), part("code"))
}

fn links(said: &Value) -> Vec<String> {
    let messages = said["messages"].as_array().unwrap().iter();
    let urls = messages.filter_map(|message| message["url"].as_str());
    urls.filter(|url| !url.is_empty())
        .map(str::to_owned)
        .collect()
}
