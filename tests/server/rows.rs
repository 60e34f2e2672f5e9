//! What the user is told, outcome by outcome (docs/threat-model.md, rule F): each sign-in is walked over HTTP, the
//! conversation as a transcript is the one in `tests/data/sign_in`, which plays again without server and org, and what was
//! said before is kept.

use std::sync::Arc;

use serde_json::{Value, json};
use turnwise::store::Place;
use turnwise_connectors::auth::Note;
use turnwise_engine::event::{EventKind, SignInEnd};
use turnwise_engine::template::Templates;
use turnwise_sandbox::Options;

use super::page;
use super::replay::{is_kept, script};
use super::world::{Chat, World, sales_assistant};

const NOW: &str = "2026-11-24T10:00:00Z";
const LEAD: &str = "new lead Jane Doe from Acme, jane@acme.com, +1 415 555 0100";

/// A lead that was told, and a link that is out since saving it needs the org.
struct Row {
    world: World,
    chat: Chat,
    link: String,
    slots: Value,
}

impl Row {
    /// `sign_in`: how it is shown that browser and chat are one person.
    async fn begun(sign_in: &str) -> Row {
        Row::of(sign_in, sales_assistant()).await
    }

    /// Of a bot that takes accounts of this org only.
    async fn only(sign_in: &str, org: &str, name: &str) -> Row {
        let mut templates = Templates::clone(&sales_assistant());
        let salesforce = templates.integrations.get_mut("salesforce").unwrap();
        salesforce.orgs = [(org.to_owned(), name.to_owned())].into();
        Row::of(sign_in, Arc::new(templates)).await
    }

    async fn of(sign_in: &str, templates: Arc<Templates>) -> Row {
        let options = Options {
            now: Some(NOW.parse().unwrap()),
            id_seed: Some(1),
            ..Options::default()
        };
        let now = Some(NOW.parse().unwrap());
        let world = World::of(Place::Memory, templates, options, now).await;
        let chat = world.open(json!({ "sign_in": sign_in })).await;
        let asked = world.say(&chat, json!({ "text": LEAD })).await;
        let link = asked["awaiting"]["url"].as_str();
        let link = link.unwrap_or_else(|| panic!("no link: {asked}"));
        Row {
            link: link.strip_prefix(&world.base).unwrap().to_owned(),
            slots: asked["slots"].clone(),
            world,
            chat,
        }
    }

    async fn says(&self, text: &str) -> Value {
        self.world.say(&self.chat, json!({ "text": text })).await
    }

    /// The whole sign-in as this account; the page at its end.
    async fn walks(&self, account: &str, decision: &str) -> String {
        let sent = self.world.proceed(&self.link, "").await;
        let callback = self
            .world
            .at_the_org_as(account, sent.header("location"), decision)
            .await;
        self.world.come_back(&callback, "").await.1.text
    }

    /// The provider's answer to Continue, as the browser brings it.
    async fn comes_back_with(&self, answer: &str) -> String {
        let sent = self.world.proceed(&self.link, "").await;
        let url: url::Url = sent.header("location").parse().unwrap();
        let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
        let callback = format!("/auth/callback?state={state}&{answer}");
        self.world.come_back(&callback, "").await.1.text
    }

    /// The link of this turn is the one to walk.
    fn takes(&mut self, turn: &Value) {
        let link = turn["awaiting"]["url"].as_str();
        let link = link.unwrap_or_else(|| panic!("no link: {turn}"));
        link.strip_prefix(&self.world.base)
            .unwrap()
            .clone_into(&mut self.link);
    }

    /// What only time brings about.
    async fn ends(&self, end: SignInEnd) {
        let note = Note {
            channel: "api".into(),
            user: self.chat.user.clone(),
            conversation: self.chat.id.clone(),
            event: EventKind::SignInEnded {
                integration: "salesforce".into(),
                end,
                wrong: None,
            },
        };
        self.world.served.runtime.told(note).await;
    }

    /// Waits until the bot has said this by itself.
    async fn hears(&self, part: &str) {
        let mut after = 0;
        loop {
            for message in self.world.pushed(&self.chat, after).await {
                after = message["id"].as_i64().unwrap();
                if message["text"].as_str().unwrap().contains(part) {
                    return;
                }
            }
        }
    }

    /// What was said is kept, and the conversation is the one of this file, which plays again by itself.
    async fn leaves(&self, name: &str) {
        let state = self.world.get(&self.chat, "").await;
        assert_eq!(state["slots"], self.slots, "{name}");
        self.is(name).await;
    }

    async fn is(&self, name: &str) {
        let file = format!("sign_in/{name}.txt");
        is_kept(&self.world, &self.chat, &sales_assistant(), &file).await;
    }

    /// The same with the link by which the user switches to this account, and the question that follows.
    async fn switched_to(mut self, account: &str) -> Row {
        let asked = self.says("switch account").await;
        self.takes(&asked);
        self.walks(account, "allow").await;
        self.hears("Shall I switch to it?").await;
        self
    }

    /// Signed in, and at the card.
    async fn connected() -> Row {
        let row = Row::begun("vouched").await;
        row.walks("rep@example.com", "allow").await;
        row.hears("Create this lead?").await;
        row
    }
}

#[tokio::test]
async fn f_while_the_link_is_out_questions_are_answered_and_it_is_not_sent_again() {
    let row = Row::begun("vouched").await;
    for text in ["why do you need that?", "help", "ok"] {
        let turn = row.says(text).await;
        let links = turn["messages"].as_array().unwrap().iter();
        assert_eq!(
            links.filter(|m| m["kind"] == "sign_in").count(),
            0,
            "{turn}"
        );
        assert_eq!(turn["awaiting"]["kind"], "authorization", "{turn}");
    }
    row.leaves("waiting").await;
}

#[tokio::test]
async fn f_after_the_sign_in_it_goes_on_by_itself() {
    let row = Row::begun("vouched").await;
    let page = row.walks("rep@example.com", "allow").await;
    assert!(page.contains("Connected as rep@example.com"), "{page}");
    row.hears("Create this lead?").await;
    row.leaves("connected").await;
}

#[tokio::test]
async fn f_declined_is_told_with_a_way_on() {
    let row = Row::begun("vouched").await;
    let page = row.walks("rep@example.com", "deny").await;
    assert!(page.contains("Nothing was connected"), "{page}");
    row.hears("You declined").await;
    row.leaves("declined").await;
}

#[tokio::test]
async fn f_a_link_whose_time_has_passed_is_told_once() {
    for (end, name) in [
        (SignInEnd::Expired, "expired"),
        (SignInEnd::Abandoned, "abandoned"),
    ] {
        let row = Row::begun("vouched").await;
        row.ends(end).await;
        row.hears("The link has expired").await;
        row.leaves(name).await;
    }
}

#[tokio::test]
async fn f_a_link_that_was_used_says_so_and_the_chat_nothing() {
    let row = Row::connected().await;
    let again = row.world.send("GET", &row.link, &[], "").await;
    assert!(
        again.text.contains("This link has already been used"),
        "{}",
        again.text
    );
    row.leaves("used").await;
}

#[tokio::test]
async fn f_another_browser_is_a_neutral_note() {
    let row = Row::begun("vouched").await;
    row.ends(SignInEnd::WrongBrowser).await;
    row.hears("another browser").await;
    let state = row.world.get(&row.chat, "").await;
    assert_eq!(state["awaiting"]["kind"], "authorization", "the link stays");
    row.leaves("other_browser").await;
}

#[tokio::test]
async fn f_a_wrong_code_is_told_with_the_tries_that_are_left_and_no_code_is_kept() {
    let row = Row::begun("code").await;
    let page = row.walks("rep@example.com", "allow").await;
    let code = page::code(&page);
    row.hears("Type the code").await;
    let data: Vec<String> = row.world.outgoing();
    let data = data.iter().filter(|path| path.contains("/data/"));
    assert!(
        data.clone().all(|path| path.ends_with("/query")) && data.count() <= 1,
        "before the code is typed nothing is called, but what the page says of the account is read"
    );
    let wrong = if code.starts_with('1') {
        "200000"
    } else {
        "100000"
    };
    let turn = row.says(wrong).await;
    assert!(
        turn["messages"].to_string().contains("4 tries left"),
        "{turn}"
    );
    row.says(&code).await;
    row.hears("Create this lead?").await;
    row.leaves("code").await;
    let script = script(&row.world, &row.chat).await;
    assert!(
        !script.contains(&code) && !script.contains(wrong),
        "{script}"
    );
}

#[tokio::test]
async fn f_another_account_than_before_is_a_question() {
    let row = Row::connected().await;
    let row = row.switched_to("assistant@example.com").await;
    let turn = row.says("yes").await;
    let told = turn["messages"].to_string();
    assert!(
        told.contains("Connected as assistant@example.com"),
        "{turn}"
    );
    assert_eq!(turn["awaiting"]["what"], "create", "it goes on: {turn}");
    row.leaves("other_account").await;
}

#[tokio::test]
async fn f_the_account_stays_where_the_question_is_answered_with_no() {
    let row = Row::connected().await;
    let row = row.switched_to("assistant@example.com").await;
    let turn = row.says("no").await;
    assert_eq!(turn["awaiting"]["what"], "create", "it goes on: {turn}");
    let who = row.says("who am I connected as?").await;
    assert!(
        who["messages"].to_string().contains("rep@example.com"),
        "{who}"
    );
    assert_eq!(
        row.world.oauth_calls("revoke"),
        1,
        "the other's tokens are given back"
    );
    row.leaves("account_stays").await;
}

#[tokio::test]
async fn f_after_a_grant_has_ended_another_account_is_a_question_and_a_no_brings_a_new_link() {
    let mut row = Row::begun("vouched").await;
    row.walks("rep@example.com", "allow").await;
    row.hears("Create this lead?").await;
    row.world.control("expire", json!({ "what": "all" })).await;
    let turn = row.says("yes").await;
    row.takes(&turn);
    row.walks("assistant@example.com", "allow").await;
    row.hears("You were connected as rep@example.com, and this is assistant@example.com.")
        .await;
    let turn = row.says("no").await;
    assert_eq!(turn["awaiting"]["kind"], "authorization", "{turn}");
    row.leaves("lost_then_other_account").await;
    row.takes(&turn);
    row.walks("rep@example.com", "allow").await;
    row.hears("is a lead now").await;
    let state = row.world.get(&row.chat, "").await;
    assert_eq!(state["awaiting"]["kind"], "nothing", "{state}");
    assert_eq!(state["dialogs"], json!([]), "the lead is made: {state}");
}

#[tokio::test]
async fn f_an_org_that_may_not_be_used_is_told() {
    let row = Row::only("vouched", "00D000000000002EAA", "Initech").await;
    let page = row.walks("rep@example.com", "allow").await;
    for part in [
        "rep@example.com (Example Org) can&#x27;t be used here",
        "an account of Initech",
        "Go back to the chat",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    row.hears("I need an account of Initech").await;
    let state = row.world.get(&row.chat, "").await;
    assert_eq!(
        state["awaiting"]["options"],
        json!([
            { "title": "Use another account", "value": "new_link" },
            { "title": "Cancel", "value": "cancel" },
        ])
    );
    let turn = row
        .world
        .say(&row.chat, json!({ "value": "new_link" }))
        .await;
    let link = turn["awaiting"]["url"].as_str().unwrap();
    let link = link.strip_prefix(&row.world.base).unwrap();
    let sent = row.world.proceed(link, "").await;
    assert!(
        sent.header("location").ends_with("&prompt=login"),
        "the org asks who signs in: {}",
        sent.header("location")
    );
    row.leaves("other_org").await;
}

#[tokio::test]
async fn f_whose_account_may_not_be_used_is_kept_from_a_chat_that_is_not_shown_to_be_that_persons()
{
    let row = Row::only("code", "00D000000000002", "").await;
    let page = row.walks("rep@example.com", "allow").await;
    assert!(page.contains("rep@example.com"), "{page}");
    row.hears("That account can't be used here. I need an account of 00D000000000002EAA.")
        .await;
    row.leaves("other_org_unproven").await;
}

#[tokio::test]
async fn f_another_account_is_asked_for_with_a_link_that_asks_who_signs_in() {
    let row = Row::begun("vouched").await;
    let first = row.world.proceed(&row.link, "").await;
    assert!(!first.header("location").contains("prompt="));
    row.walks("rep@example.com", "allow").await;
    row.hears("Create this lead?").await;
    let asked = row.says("switch account").await;
    let link = asked["awaiting"]["url"].as_str().unwrap();
    let link = link.strip_prefix(&row.world.base).unwrap();
    let sent = row.world.proceed(link, "").await;
    assert!(sent.header("location").ends_with("&prompt=login"));
}

#[tokio::test]
async fn f_what_an_administrator_has_to_allow_is_told_with_a_text_to_forward() {
    let row = Row::begun("vouched").await;
    let page = row.comes_back_with("error=OAUTH_APP_BLOCKED").await;
    assert!(
        page.contains("Your administrator has to allow this app"),
        "{page}"
    );
    row.hears("You could forward this").await;
    row.leaves("blocked").await;
}

#[tokio::test]
async fn f_a_provider_that_does_not_answer_is_told_and_can_be_tried_again() {
    let row = Row::begun("vouched").await;
    let fault = json!({ "on": "token", "answer": "503", "times": 2 });
    row.world.control("fault", fault).await;
    let page = row.walks("rep@example.com", "allow").await;
    assert!(page.contains("Nothing was connected"), "{page}");
    row.hears("didn't answer, so nothing was connected").await;
    row.leaves("provider_down").await;
}

#[tokio::test]
async fn f_a_grant_that_ends_later_is_told_with_a_new_link_and_resumes() {
    let row = Row::connected().await;
    row.world.control("expire", json!({ "what": "all" })).await;
    let turn = row.says("yes").await;
    assert!(
        turn["messages"]
            .to_string()
            .contains("connection has ended"),
        "{turn}"
    );
    assert_eq!(turn["awaiting"]["kind"], "authorization", "{turn}");
    row.leaves("lost").await;
}
