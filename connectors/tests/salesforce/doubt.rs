//! Writes that got no answer, and records that somebody else has changed: nothing is written twice, nothing is overwritten
//! unseen. What the answers of an org mean otherwise is left to `answers`.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use turnwise_engine::effect::{Call, FailureKind};

use super::support::{World, call, lead};

fn jane() -> serde_json::Value {
    let mut jane = lead("Okafor", "Larkspur Tools");
    jane["fields"]["Email"] = json!("okafor@larkspur.example");
    jane
}

#[tokio::test]
async fn a_create_whose_answer_got_lost_is_found_in_an_org_without_a_key() {
    let world = World::without_key(json!({})).await;
    world.fault("drop_after_commit").await;
    let made = world.done("create", jane()).await;
    assert_eq!(made["fields"]["Email"], "okafor@larkspur.example");
    assert_eq!(world.arrived("create").await, 1);
}

#[tokio::test]
async fn a_create_that_never_ran_stays_unknown_and_is_only_looked_for() {
    let world = World::without_key(json!({})).await;
    world.fault("drop_before_commit").await;
    let create = call("create", jane());
    let failure = world.failed(&create).await;
    assert_eq!(failure.kind, FailureKind::Unknown);
    let again = Call {
        doubt: failure.doubt,
        ..create
    };
    assert!(again.doubt.is_some());
    assert_eq!(world.failed(&again).await.doubt, failure.doubt);
    assert_eq!(world.arrived("create").await, 1);
}

#[tokio::test]
async fn after_a_restart_a_create_is_looked_for_and_not_made() {
    let world = World::without_key(json!({})).await;
    let create = call("create", jane());
    let in_doubt = Call {
        doubt: Some(Timestamp::now() - SignedDuration::from_secs(30)),
        ..create.clone()
    };
    let failure = world.failed(&in_doubt).await;
    assert_eq!(failure.kind, FailureKind::Unknown);
    assert_eq!(world.arrived("create").await, 0);
    let made = world.done("create", jane()).await;
    let found = world.perform(&in_doubt).await;
    let turnwise_connectors::Performed::Called(outcome) = found else {
        panic!("not called");
    };
    let turnwise_engine::effect::Outcome::Done(found) = outcome else {
        panic!("not found");
    };
    assert_eq!(found["id"], made["id"]);
    assert_eq!(world.arrived("create").await, 1);
}

#[tokio::test]
async fn a_record_alike_that_was_there_before_is_not_taken_for_the_lost_one() {
    let twin = json!({ "records": [{
        "type": "Lead", "LastName": "Okafor", "Company": "Larkspur Tools",
        "Email": "okafor@larkspur.example", "CreatedDate": "2020-01-01T00:00:00.000+0000",
    }]});
    let world = World::without_key(twin).await;
    world.fault("drop_before_commit").await;
    let failure = world.failed(&call("create", jane())).await;
    assert_eq!(failure.kind, FailureKind::Unknown);
}

#[tokio::test]
async fn a_session_that_ends_while_a_create_is_in_doubt_makes_no_second_one() {
    let world = World::without_key(json!({})).await;
    world.fault("drop_after_commit").await;
    world.fault("INVALID_SESSION_ID").await;
    let made = world.done("create", jane()).await;
    assert_eq!(made["name"], "Okafor");
    assert_eq!(world.arrived("create").await, 1);
}

#[tokio::test]
async fn a_key_that_is_there_already_means_that_the_create_was_done() {
    let world = World::signed_in(json!({})).await;
    let made = world.done("create", jane()).await;
    world.fault("DUPLICATE_VALUE").await;
    let again = world.done("create", jane()).await;
    assert_eq!(again["id"], made["id"]);
}

#[tokio::test]
async fn a_value_that_another_record_has_is_a_duplicate_of_it() {
    let world = World::signed_in(json!({})).await;
    world.fault("DUPLICATE_VALUE").await;
    let failure = world.failed(&call("create", jane())).await;
    assert_eq!(failure.kind, FailureKind::Duplicate);
}

#[tokio::test]
async fn an_update_of_what_somebody_else_has_changed_tells_what_and_by_whom() {
    let world = World::signed_in(json!({})).await;
    let seen = world.done("create", jane()).await;
    let theirs = json!({ "record": seen, "fields": { "Rating": "Cold", "Title": "Buyer" } });
    world.done("update", theirs).await;
    let mine = json!({ "record": seen, "fields": { "Rating": "Hot" } });
    let failure = world.failed(&call("update", mine)).await;
    assert_eq!(failure.kind, FailureKind::Changed);
    assert_eq!(failure.fields, ["Rating"]);
    let now = &failure.records[0];
    assert_eq!(now["fields"]["Rating"], "Cold");
    assert_eq!(now["before"], json!({ "Rating": null }));
    assert!(now["by"].as_str().is_some_and(|by| !by.is_empty()), "{now}");
    // Once it has been seen, it may be changed; and what nobody else touched is no matter at all.
    let changed = json!({ "record": now, "fields": { "Rating": "Hot" } });
    world.done("update", changed).await;
    let other = json!({ "record": seen, "fields": { "City": "Bergen" } });
    world.done("update", other).await;
}

#[tokio::test]
async fn an_update_whose_answer_got_lost_is_done_and_tells_its_change() {
    let world = World::signed_in(json!({})).await;
    let seen = world.done("create", jane()).await;
    for fault in [
        "drop_after_commit",
        "drop_before_commit",
        "UNABLE_TO_LOCK_ROW",
    ] {
        let fields = json!({ "Title": format!("Buyer {fault}") });
        let seen = world.done("get", json!({ "record": seen })).await;
        world.fault(fault).await;
        let update = json!({ "record": seen, "fields": fields });
        let changed = world.done("update", update).await;
        assert_eq!(changed["fields"]["Title"], fields["Title"], "{fault}");
        assert_eq!(
            changed["before"],
            json!({ "Title": seen["fields"]["Title"] }),
            "{fault}"
        );
    }
}
