//! The store under pressure: a full disk, many at once, a second server, a restart. What is asked for here is that nothing
//! is lost, doubled or told wrongly.

use serde_json::json;

use super::conversations::{Left, Row};
use super::{Place, Store};

fn row(id: &str) -> Row {
    Row {
        id: id.into(),
        channel: "api".into(),
        user: "ida".into(),
        name: String::new(),
        binding: "\"code\"".into(),
        token: vec![1, 2, 3],
        token_ends: 10,
        version: 0,
        state: "{}".into(),
    }
}

fn said(id: &str, version: i64, text: &str) -> Left {
    Left {
        conversation: id.into(),
        version,
        state: "{}".into(),
        turn: 1,
        messages: vec![json!({ "id": 0, "from": "bot", "text": text })],
        ..Left::default()
    }
}

#[tokio::test]
async fn a_turn_stands_only_if_nobody_else_turned_meanwhile() {
    let store = Store::open(&Place::Memory).unwrap();
    store.open_conversation(row("c")).await.unwrap();
    assert!(store.commit(said("c", 0, "first")).await.unwrap().is_some());
    assert!(store.commit(said("c", 0, "late")).await.unwrap().is_none());
    let messages = store.messages("c", 0).unwrap();
    assert_eq!(
        messages,
        [json!({ "id": 1, "from": "bot", "text": "first" })]
    );
}

#[tokio::test]
async fn an_effect_is_out_until_it_comes_back() {
    let store = Store::open(&Place::Memory).unwrap();
    store.open_conversation(row("c")).await.unwrap();
    let mut left = said("c", 0, "looking");
    left.asked = vec![("1:1".into(), "{}".into()), ("1:2".into(), "{}".into())];
    store.commit(left).await.unwrap();
    let mut left = said("c", 1, "found");
    left.came_back = Some("1:1".into());
    store.commit(left).await.unwrap();
    let out = store.effects_out().unwrap();
    assert_eq!(out, [("c".to_owned(), "1:2".to_owned(), "{}".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_read_and_write_a_store_in_memory_at_once() {
    let store = std::sync::Arc::new(Store::open(&Place::Memory).unwrap());
    let each = (0..50).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let id = format!("c{n}");
            store.open_conversation(row(&id)).await?;
            for version in 0..10 {
                store.commit(said(&id, version, "more")).await?;
                store.conversation(&id)?;
                store.messages(&id, 0)?;
            }
            store.messages(&id, 0).map(|messages| messages.len())
        })
    });
    for done in futures_util::future::join_all(each).await {
        assert_eq!(done.unwrap().unwrap(), 10);
    }
}

#[tokio::test]
async fn a_store_on_disk_is_whole_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("bot.db"));
    let store = Store::open(&place).unwrap();
    store.open_conversation(row("c")).await.unwrap();
    let mut left = said("c", 0, "kept");
    left.message = Some("m1".into());
    left.answer = "{\"awaiting\":1}".into();
    store.commit(left).await.unwrap();
    let second = Store::open(&place).err().unwrap().to_string();
    assert!(second.contains("another turnwise serves"), "{second}");
    drop(store);
    let store = Store::open(&place).unwrap();
    assert_eq!(store.conversation("c").unwrap().unwrap().version, 1);
    assert_eq!(store.messages("c", 0).unwrap()[0]["text"], "kept");
    let known = store.conversation_for("c", "m1").unwrap().unwrap().1;
    assert_eq!(known, Some((1, "{\"awaiting\":1}".to_owned())));
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_of_the_turn_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Place::File(folder.path().join("bot.db"))).unwrap();
    store.open_conversation(row("c")).await.unwrap();
    let pages = |most: i64| {
        store.write(move |t| t.query_row(&format!("PRAGMA max_page_count={most}"), [], |_| Ok(())))
    };
    pages(1).await.unwrap();
    let large = "long ".repeat(100_000);
    let away = store.commit(said("c", 0, &large)).await.err().unwrap();
    assert!(away.to_string().contains("full"), "{away}");
    assert_eq!(store.conversation("c").unwrap().unwrap().version, 0);
    pages(1_000_000).await.unwrap();
    assert!(store.commit(said("c", 0, &large)).await.unwrap().is_some());
    assert_eq!(store.messages("c", 0).unwrap().len(), 1);
}

#[tokio::test]
async fn a_job_that_fails_leaves_nothing_behind_and_takes_no_other_with_it() {
    let store = Store::open(&Place::Memory).unwrap();
    for n in 0..20 {
        store
            .open_conversation(row(&format!("c{n}")))
            .await
            .unwrap();
    }
    // Many are expected, so that one commit waits for all of these.
    let expected: Vec<_> = (0..50).map(|_| store.expects()).collect();
    let turns = (0..20).map(|n| store.commit(said(&format!("c{n}"), 0, "kept")));
    let fails = store.write(|t| {
        t.execute("UPDATE conversations SET version=7", [])?;
        t.execute("INSERT INTO nowhere VALUES (1)", [])
    });
    let (turned, failed) = tokio::join!(futures_util::future::join_all(turns), fails);
    drop(expected);
    assert!(failed.err().unwrap().to_string().contains("nowhere"));
    for (n, messages) in turned.into_iter().enumerate() {
        let id = format!("c{n}");
        let kept = messages.unwrap().unwrap();
        assert_eq!(kept, [json!({ "id": 1, "from": "bot", "text": "kept" })]);
        assert_eq!(store.messages(&id, 0).unwrap(), kept);
        assert_eq!(store.conversation(&id).unwrap().unwrap().version, 1);
    }
}
