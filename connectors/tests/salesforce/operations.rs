//! Each operation once, and what must hold when calls fail or repeat.
//! How the user came to be signed in is left to `sign_in`.

use serde_json::json;
use turnwise_connectors::Performed;
use turnwise_engine::effect::{FailureKind, Outcome};

use super::support::{World, call, lead};

#[tokio::test]
async fn a_create_repeated_with_its_key_makes_one_lead() {
    let world = World::signed_in(json!({})).await;
    let first = world.done("create", lead("Okafor", "Larkspur Tools")).await;
    let again = world.done("create", lead("Okafor", "Larkspur Tools")).await;
    assert_eq!(first["id"], again["id"]);
    assert_eq!(first["name"], "Okafor");
    assert_eq!(first["fields"]["Company"], "Larkspur Tools");
    let id = first["id"].as_str().unwrap();
    let url = first["url"].as_str().unwrap();
    assert!(
        url.ends_with(&format!("/lightning/r/Lead/{id}/view")),
        "{url}"
    );
    let all = world.done("find", json!({ "object": "Lead" })).await;
    assert_eq!(all["total"], 1);
}

#[tokio::test]
async fn an_update_tells_what_was_there_before_and_sends_only_what_differs() {
    let world = World::signed_in(json!({})).await;
    let made = world.done("create", lead("Okafor", "Larkspur Tools")).await;
    let fields = json!({ "Company": "Larkspur Tools", "Rating": "Hot" });
    let changed = world
        .done("update", json!({ "record": made, "fields": fields }))
        .await;
    assert_eq!(changed["before"], json!({ "Rating": null }));
    assert_eq!(changed["fields"]["Rating"], "Hot");
}

#[tokio::test]
async fn finds_by_words_and_by_conditions() {
    let world = World::signed_in(json!({})).await;
    for (last, company) in [
        ("Okafor", "Larkspur Tools"),
        ("Okafor", "Tern Bakery"),
        ("O'Dell", "50% Off"),
    ] {
        world.done("create", lead(last, company)).await;
    }
    for (input, total) in [
        (json!({ "object": "lead", "query": "okafor" }), 2),
        (json!({ "object": "Lead", "query": "okafor tern" }), 1),
        (json!({ "object": "Lead", "query": "O'Dell 50%" }), 1),
        (json!({ "object": "Lead", "query": "5_% " }), 0),
        (json!({ "object": "Lead", "page": 1 }), 3),
        (
            json!({ "object": "Lead", "where": { "Company": "tern" } }),
            1,
        ),
        (
            json!({ "object": "Lead", "where": { "Company": { "not": "Tern Bakery" } } }),
            2,
        ),
        (json!({ "object": "Lead", "where": { "Email": null } }), 3),
        (
            json!({ "object": "Lead", "where": { "LastName": ["Okafor", "O'Dell"] } }),
            3,
        ),
        (
            json!({ "object": "Lead", "where": { "CreatedDate": { "from": "2000-01-01" } } }),
            3,
        ),
        (
            json!({ "object": "Lead", "order": "Company desc", "offset": 2 }),
            3,
        ),
    ] {
        let found = world.done("find", input.clone()).await;
        assert_eq!(found["total"], total, "{input}");
    }
}

#[tokio::test]
async fn a_look_up_lists_all_that_are_meant_and_the_exact_name_first() {
    let world = World::signed_in(json!({})).await;
    for (last, company) in [("Okafor", "Larkspur Tools"), ("Okafor-Lind", "Tern Bakery")] {
        world.done("create", lead(last, company)).await;
    }
    let two = world
        .done("lookup", json!({ "object": "Lead", "text": "okafor" }))
        .await;
    assert_eq!(two["total"], 2);
    assert_eq!(two["rows"][0]["name"], "Okafor");
    let one = json!({ "object": "Lead", "text": "the Okafor one at Tern" });
    let one = world.done("lookup", one).await;
    assert_eq!(one["rows"][0]["name"], "Okafor-Lind");
    let id = one["rows"][0]["id"].clone();
    let same = world
        .done("lookup", json!({ "object": "Lead", "text": id }))
        .await;
    assert_eq!(same["rows"][0]["id"], id);
}

#[tokio::test]
async fn a_delete_gives_the_record_as_it_was_and_may_be_repeated() {
    let world = World::signed_in(json!({})).await;
    let made = world.done("create", lead("Okafor", "Larkspur Tools")).await;
    let was = world.done("delete", json!({ "record": made })).await;
    assert_eq!(was["fields"]["Company"], "Larkspur Tools");
    world.done("delete", json!({ "record": made })).await;
    let all = world.done("find", json!({ "object": "Lead" })).await;
    assert_eq!(all["total"], 0);
}

#[tokio::test]
async fn a_delete_that_is_refused_for_a_field_names_none() {
    let world = World::signed_in(json!({})).await;
    let made = world.done("create", lead("Okafor", "Larkspur Tools")).await;
    for code in [
        "STRING_TOO_LONG",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    ] {
        world.fault(code).await;
        let failure = world
            .failed(&call("delete", json!({ "record": made })))
            .await;
        assert_eq!(failure.code, code);
        assert_eq!(failure.fields, Vec::<String>::new(), "{code}");
        assert!(!failure.message.is_empty(), "{code}");
    }
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let world = World::signed_in(json!({})).await;
    let input = json!({ "object": "Lead", "fields": { "LastName": "Okafor" } });
    let Performed::Called(Outcome::Failed(failure)) = world.perform(&call("create", input)).await
    else {
        panic!("it was created");
    };
    assert_eq!(failure.kind, FailureKind::Missing);
    assert_eq!(failure.fields, ["Company"]);
}

#[tokio::test]
async fn a_session_that_ended_is_refreshed_once_for_fifty_calls() {
    let world = std::sync::Arc::new(World::signed_in(json!({})).await);
    let before = world.token_calls();
    world.control("expire", json!({ "what": "access" })).await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let world = world.clone();
        running.spawn(async move { world.done("find", json!({ "object": "Lead" })).await });
    }
    let results = running.join_all().await;
    assert_eq!(results.len(), 50);
    assert_eq!(world.token_calls() - before, 1);
}

#[tokio::test]
async fn a_grant_that_was_revoked_needs_a_new_sign_in() {
    let world = World::signed_in(json!({})).await;
    world.control("expire", json!({ "what": "all" })).await;
    let performed = world
        .perform(&call("find", json!({ "object": "Lead" })))
        .await;
    assert!(matches!(
        performed,
        Performed::NeedsSignIn { lost: true, .. }
    ));
    let performed = world
        .perform(&call("find", json!({ "object": "Lead" })))
        .await;
    assert!(matches!(
        performed,
        Performed::NeedsSignIn { lost: false, .. }
    ));
}
