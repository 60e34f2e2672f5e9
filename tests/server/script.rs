//! A conversation as a file: what happened over HTTP, beside a real org, plays again in `turnwise test` without either.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::replay::script;
use super::world::{KEY, World};

/// Runs `turnwise test` on the sales assistant with this transcript alone.
fn test(script: &str) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    let bot = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sales-assistant/bot.yaml");
    std::fs::copy(bot, folder.path().join("bot.yaml")).unwrap();
    std::fs::create_dir(folder.path().join("transcripts")).unwrap();
    std::fs::write(folder.path().join("transcripts/taken.txt"), script).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_turnwise"))
        .arg("test")
        .arg(folder.path())
        .output()
        .unwrap();
    let told = [ran.stdout, ran.stderr].map(|text| String::from_utf8(text).unwrap());
    (told.concat(), ran.status.success())
}

#[tokio::test]
async fn a_conversation_plays_again_in_turnwise_test() {
    let world = World::start().await;
    let cookie = world.visit().await;
    let chat = world.open_in(&cookie).await;
    // A refused sign-in and a granted one, a list, lines and spaces as typed, values, help, a write.
    let link = world.ask_for_a_link(&chat).await;
    let mut after = world.last(&chat).await;
    let callback = world.walk(&link, &cookie, "deny").await;
    world.come_back(&callback, &cookie).await;
    world.pushed(&chat, after).await;
    let link = world.ask_again(&chat).await;
    after = world.last(&chat).await;
    let callback = world.walk(&link, &cookie, "allow").await;
    world.come_back(&callback, &cookie).await;
    let mut shown = false;
    while !shown {
        for message in world.pushed(&chat, after).await {
            after = message["id"].as_i64().unwrap();
            shown |= message["kind"] == "table";
        }
    }
    let mut last = Value::Null;
    for turn in [
        json!({ "text": "  create a lead for Kim Quill\r\nfrom Northpier" }),
        json!({ "value": "kim@northpier.example" }),
        json!({ "text": "what can you do" }),
        json!({ "text": "skip" }),
        json!({ "value": "yes" }),
        json!({ "text": "thanks" }),
    ] {
        // With the server key, which has no limit.
        let path = format!("{}/turns", chat.path);
        let answer = world.by(KEY, "POST", &path, &turn).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        last = answer.json();
    }
    assert_eq!(last["awaiting"]["kind"], "nothing", "{last}");
    let script = script(&world, &chat).await;
    assert!(script.contains("\ncall: salesforce.create {"), "{script}");
    assert!(script.contains("\nsign-in ended: refused\n"), "{script}");
    assert!(script.contains("\nsigned in: rep@example.com"), "{script}");
    assert!(script.contains("\nvalue: \"yes\"\n"), "{script}");
    let (told, same) = test(&script);
    assert!(same, "{told}\n{script}");
}
