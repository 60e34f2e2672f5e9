//! A conversation over HTTP as a transcript, held against the file that it is kept in: what is there plays again without server
//! and org. `TURNWISE_ACCEPT=1` writes the files.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use turnwise_engine::template::Templates;
use turnwise_engine::transcript::{difference, play};

use super::world::{Chat, KEY, World};

/// The transcript, as whoever has the server key gets it.
pub(crate) async fn script(world: &World, chat: &Chat) -> String {
    let path = format!("{}/transcript", chat.path);
    let answer = world.by(KEY, "GET", &path, &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

/// The conversation is the one of this file below `tests/data`, and plays again by itself.
pub(crate) async fn is_kept(world: &World, chat: &Chat, templates: &Arc<Templates>, name: &str) {
    let script = script(world, chat).await;
    let script = script.replace(&world.org, "https://example.my.salesforce.com");
    let played = play(templates, &Arc::default(), &script).unwrap();
    let differs = difference(&script, &played);
    assert!(differs.is_empty(), "{name}:\n{}", differs.join("\n"));
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let file = data.join(name);
    if std::env::var_os("TURNWISE_ACCEPT").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &script).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = difference(&kept, &script);
    assert!(differs.is_empty(), "{name}:\n{}", differs.join("\n"));
}
