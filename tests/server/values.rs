//! What a front end sends as a value, and what it is offered to send: read as text where nothing is asked, never mistaken for
//! a number of a row. And how a create ends where the org is not what it was.

use serde_json::{Value, json};

use super::world::{Chat, World};

/// A user who is signed in.
async fn signed_in(world: &World) -> Chat {
    let chat = world.open(json!({ "sign_in": "vouched" })).await;
    world.sign_in(&chat, "").await;
    chat
}

fn text_of(turn: &Value) -> String {
    let messages = turn["messages"].as_array().unwrap().iter();
    let texts = messages.map(|message| message["text"].as_str().unwrap());
    texts.collect::<Vec<_>>().join("\n")
}

/// A lead up to its confirmation, and the yes.
async fn create(world: &World, chat: &Chat, name: &str, email: &str) -> Value {
    let text = format!("create a lead for {name} of Fjord Foods, {email}, phone +1 415 555 0123");
    let asked = world.say(chat, json!({ "text": text })).await;
    assert_eq!(asked["awaiting"]["what"], "create", "{asked}");
    world.say(chat, json!({ "value": "yes" })).await
}

#[tokio::test]
async fn a_value_where_nothing_is_asked_is_read_as_text() {
    let world = World::start().await;
    let chat = world.open(json!({})).await;
    let helped = world.say(&chat, json!({ "value": "help" })).await;
    assert!(text_of(&helped).contains("You can say"), "{helped}");
    let asked = world.say(&chat, json!({ "value": "create a lead" })).await;
    assert_eq!(asked["awaiting"]["slot"], "last_name", "{asked}");
    world.say(&chat, json!({ "value": "Quist" })).await;
    world.say(&chat, json!({ "value": "Fjord Foods" })).await;
    let doubted = world.say(&chat, json!({ "value": "nowhere" })).await;
    assert!(text_of(&doubted).contains("“nowhere”"), "{doubted}");
}

#[tokio::test]
async fn the_value_of_a_record_on_offer_is_its_id_and_a_number_is_its_row() {
    let world = World::start().await;
    let leads = json!({ "leads": [
        { "first_name": "Ida", "last_name": "Quist", "company": "Fjord Foods" },
        { "first_name": "Ida", "last_name": "Blum", "company": "Fernhill" },
        { "first_name": "Ida", "last_name": "Rask", "company": "Moorland" },
    ] });
    world.control("reset", leads).await;
    let chat = signed_in(&world).await;
    let offered = async || {
        let asked = world.say(&chat, json!({ "text": "delete lead Ida" })).await;
        assert_eq!(asked["awaiting"]["kind"], "choice", "{asked}");
        asked["awaiting"]["options"].as_array().unwrap().clone()
    };
    let options = offered().await;
    for option in &options {
        let id = option["value"].as_str().unwrap();
        assert!(id.starts_with("00Q") && id.len() == 18, "{option}");
    }
    for (turn, row) in [
        (json!({ "text": "2" }), 1),
        (json!({ "value": 2 }), 1),
        (json!({ "value": options[2]["value"] }), 2),
        (json!({ "text": options[0]["value"] }), 0),
        (json!({ "text": options[0]["title"] }), 0),
    ] {
        let taken = world.say(&chat, turn.clone()).await;
        assert_eq!(
            taken["slots"]["lead"]["id"], options[row]["value"],
            "{turn}: {taken}"
        );
        world.say(&chat, json!({ "value": "cancel" })).await;
        assert_eq!(offered().await, options);
    }
}

#[tokio::test]
async fn a_duplicate_that_nobody_can_read_is_told_without_a_name_and_can_be_changed() {
    let world = World::start().await;
    let chat = signed_in(&world).await;
    let fault = json!({ "on": "data", "answer": "DUPLICATE_VALUE", "times": 1 });
    let text =
        "create a lead for Ida Quist of Fjord Foods, ida@fjord.example, phone +1 415 555 0123";
    world.say(&chat, json!({ "text": text })).await;
    world.control("fault", fault).await;
    let told = world.say(&chat, json!({ "value": "yes" })).await;
    assert!(
        text_of(&told).contains("already has one like it. "),
        "{told}"
    );
    let options = told["awaiting"]["options"].as_array().unwrap();
    let titles: Vec<&str> = options
        .iter()
        .map(|o| o["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["Change something", "Leave it"]);
    let again = world
        .say(&chat, json!({ "value": "Change something" }))
        .await;
    assert_eq!(again["awaiting"]["what"], "create", "{again}");
}

#[tokio::test]
async fn a_lead_is_created_though_the_org_lost_the_field_that_makes_it_once() {
    let world = World::start().await;
    let chat = signed_in(&world).await;
    let first = create(&world, &chat, "Ida Quist", "ida@fjord.example").await;
    assert!(text_of(&first).contains("is a lead now"), "{first}");
    world.control("org", json!({ "external_id": false })).await;
    let second = create(&world, &chat, "Tom Rask", "tom@fjord.example").await;
    assert!(text_of(&second).contains("is a lead now"), "{second}");
}

#[tokio::test]
async fn the_page_names_the_channel_and_the_fifth_wrong_code_is_told_as_the_last() {
    let world = World::start().await;
    let chat = world
        .open(json!({ "user": { "id": "ida", "name": "Ida" } }))
        .await;
    let link = world.ask_for_a_link(&chat).await;
    let page = world.send("GET", &link, &[], "").await;
    assert!(page.text.contains("the app you chat in"), "{}", page.text);
    let after = world.last(&chat).await;
    let callback = world.walk(&link, "", "allow").await;
    world.come_back(&callback, "").await;
    world.pushed(&chat, after).await;
    let mut said = Value::Null;
    for code in 0..5 {
        let turn = json!({ "value": format!("00000{code}") });
        said = world.say(&chat, turn).await;
    }
    assert!(text_of(&said).contains("That was the last try"), "{said}");
    assert_eq!(said["awaiting"]["kind"], "choice", "{said}");
}
