//! The four cells over HTTP: an operator sets one up in the console, users chat, and the conversation as a transcript is
//! the one in `tests/data/cells`, which plays again without server and org. `TURNWISE_ACCEPT=1` writes the files. The
//! bot's own templates say on a call whose grant it wants.

use std::sync::Arc;

use serde_json::{Value, json};
use turnwise::bot;
use turnwise::store::Place;
use turnwise_engine::template::Templates;
use turnwise_engine::template::source::Source;
use turnwise_sandbox::Options;

use super::console::{Desk, text_of};
use super::replay::is_kept;
use super::world::{Chat, World};

const NOW: &str = "2026-11-24T10:00:00Z";

/// A template whose one call wants this grant.
fn view(id: &str, auth: &str, examples: &str) -> Source {
    let text = format!(
        "template: {id}\ntitle: The {auth} view\nsummary: Counts leads.\npurpose: count the leads\n\
         integration: salesforce\nobject: Lead\nexamples: [{examples}]\n\
         steps:\n  - call: salesforce.find\n    auth: {auth}\n    as: found\n  - say: \"The {auth} view has {{{{ found.total }}}} leads.\"\n"
    );
    Source {
        name: format!("templates/{id}.yaml"),
        text,
    }
}

fn cells_bot() -> Arc<Templates> {
    let mut sources = bot::demo();
    sources.bot = Some(Source {
        name: "bot.yaml".into(),
        text: "name: Cells\ngreeting: Hello.\nlocale: en-US\ntimezone: America/New_York\n".into(),
    });
    sources.files = vec![
        view(
            "usual_view",
            "integration",
            "open the usual view, usual view please",
        ),
        view(
            "own_view",
            "user",
            "open my own view, just my personal view",
        ),
        view(
            "team_view",
            "shared",
            "open the team view, view of the whole team",
        ),
    ];
    bot::loaded(&sources).unwrap()
}

/// An operator's desk where salesforce stands in this cell; Custom: with a profile that was just made.
async fn cell(by: &str, app: &str) -> Desk {
    let options = Options {
        now: Some(NOW.parse().unwrap()),
        id_seed: Some(1),
        ..Options::default()
    };
    let now = Some(NOW.parse().unwrap());
    let world = World::of(Place::Memory, cells_bot(), options, now).await;
    let desk = Desk::at(world).await;
    let here = "/console/integrations/salesforce/cell";
    let chosen = desk.post(here, &[("by", by), ("app", app)]).await;
    if app == "custom" {
        let new = "/console/profiles/new?for=salesforce";
        assert_eq!(chosen.header("location"), new, "{}", chosen.text);
        let fields = [
            ("new", "yes"),
            ("for", "salesforce"),
            ("id", "our_app"),
            ("title", "Our app"),
            ("mechanism", "authorization_code"),
            ("login_host", desk.world.org.as_str()),
            ("client_id", "turnwise-demo"),
            ("secret_client_secret", "turnwise-demo-secret"),
            ("scopes", "api refresh_token"),
        ];
        let saved = desk.post("/console/profiles/save", &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.text);
    }
    desk.step("enable", &[]).await;
    desk
}

/// A chat of our own page, in a browser of its own.
struct User<'a> {
    world: &'a World,
    cookie: String,
    chat: Chat,
}

impl User<'_> {
    async fn of(world: &World) -> User<'_> {
        let cookie = world.visit().await;
        let chat = world.open_in(&cookie).await;
        User {
            world,
            cookie,
            chat,
        }
    }

    async fn says(&self, text: &str) -> Value {
        self.world.say(&self.chat, json!({ "text": text })).await
    }

    /// Says it, follows the link that comes, as this account, and hears what the call then brings.
    async fn signs_in(&self, text: &str, account: &str, brings: &str) {
        let asked = self.says(text).await;
        assert_eq!(asked["awaiting"]["kind"], "authorization", "{asked}");
        let link = asked["awaiting"]["url"].as_str().unwrap();
        let link = link.strip_prefix(&self.world.base).unwrap();
        let mut after = self.world.last(&self.chat).await;
        let sent = self.world.proceed(link, &self.cookie).await;
        let callback = self
            .world
            .at_the_org_as(account, sent.header("location"), "allow")
            .await;
        self.world.come_back(&callback, &self.cookie).await;
        loop {
            for message in self.world.pushed(&self.chat, after).await {
                after = message["id"].as_i64().unwrap();
                if message["text"].as_str().unwrap().contains(brings) {
                    return;
                }
            }
        }
    }

    /// The conversation is the one of this file, and plays again by itself.
    async fn leaves(&self, name: &str) {
        let file = format!("cells/{name}");
        is_kept(self.world, &self.chat, &cells_bot(), &file).await;
    }
}

/// Users authorize: each by a link, once; a call that wants the shared grant says that there is none.
async fn by_users(app: &str) {
    let desk = cell("users", app).await;
    let user = User::of(&desk.world).await;
    user.signs_in(
        "open the usual view",
        "rep@example.com",
        "The integration view has 25 leads.",
    )
    .await;
    let own = user.says("open my own view").await;
    assert!(
        text_of(&own).contains("The user view has 25 leads."),
        "{own}"
    );
    let shared = user.says("open the team view").await;
    assert_eq!(shared["awaiting"]["kind"], "nothing", "{shared}");
    assert!(!text_of(&shared).contains("25 leads"), "{shared}");
    let other = User::of(&desk.world).await;
    let asked = other.says("open the usual view").await;
    assert_eq!(asked["awaiting"]["kind"], "authorization", "{asked}");
    user.leaves(&format!("{app}_users.txt")).await;
}

/// The operator authorizes: nobody needs a link, but for a call that wants the user's own grant.
async fn by_operator(app: &str) {
    let desk = cell("operator", app).await;
    let user = User::of(&desk.world).await;
    let early = user.says("open the usual view").await;
    assert!(text_of(&early).contains("administrator"), "{early}");
    let page = desk.authorize().await;
    assert!(page.contains("Connected as rep@example.com"), "{page}");
    for (text, view) in [
        ("open the usual view", "integration"),
        ("open the team view", "shared"),
    ] {
        let shown = user.says(text).await;
        let told = format!("The {view} view has 25 leads.");
        assert!(text_of(&shown).contains(&told), "{shown}");
    }
    user.signs_in(
        "open my own view",
        "assistant@example.com",
        "The user view has 25 leads.",
    )
    .await;
    let users = desk.get("/console/users").await.text;
    for name in [
        "Shared by everybody",
        "rep@example.com",
        "assistant@example.com",
    ] {
        assert!(users.contains(name), "{name}: {users}");
    }
    user.leaves(&format!("{app}_operator.txt")).await;
}

#[tokio::test]
async fn b6_a_users_own_grant_serves_where_the_operator_has_none() {
    let desk = cell("operator", "system").await;
    let user = User::of(&desk.world).await;
    user.signs_in(
        "open my own view",
        "rep@example.com",
        "The user view has 25 leads.",
    )
    .await;
    let usual = user.says("open the usual view").await;
    assert!(text_of(&usual).contains("administrator"), "{usual}");
}

#[tokio::test]
async fn an_org_that_does_not_describe_itself_is_away_and_not_set_up_wrongly() {
    let desk = cell("operator", "system").await;
    let page = desk.authorize().await;
    assert!(page.contains("Connected as rep@example.com"), "{page}");
    let user = User::of(&desk.world).await;
    let fault = json!({ "on": "data", "answer": "503", "times": 20 });
    desk.world.control("fault", fault).await;
    let away = user.says("open the usual view").await;
    assert!(!text_of(&away).contains("administrator"), "{away}");
    assert_eq!(
        away["awaiting"]["kind"], "choice",
        "it can be tried again: {away}"
    );
}

#[tokio::test]
async fn users_sign_in_by_the_system_app() {
    by_users("system").await;
}

#[tokio::test]
async fn users_sign_in_by_a_custom_app() {
    by_users("custom").await;
}

#[tokio::test]
async fn b6_system_and_operator_a_call_of_the_user_asks_for_the_users_own_grant() {
    by_operator("system").await;
}

#[tokio::test]
async fn b6_custom_and_operator_a_call_of_the_user_asks_for_the_users_own_grant() {
    by_operator("custom").await;
}
