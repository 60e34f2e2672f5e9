//! Buttons send their text as if it were typed: one that nothing in the bot understands leads nowhere.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Checked;
use super::steps::every;
use crate::conversation::{Awaiting, Conversation, User};
use crate::event::Message;
use crate::facts::Facts;
use crate::template::Templates;
use crate::template::reader::Problems;
use crate::template::source::Node;
use crate::understanding::act::Act;
use crate::understanding::message::{Moment, understand};

/// Buttons of the steps after which the dialog asks nothing more: what stands before a question is its answer.
pub(super) fn check(checked: &Checked<'_>, problems: &mut Problems) {
    let all = every(checked.node);
    let asks = |step: &&Node| {
        let verbs = ["collect", "confirm", "choose", "run", "ask_again"];
        verbs.iter().any(|verb| step.get(verb).is_some())
    };
    let last = all.iter().rposition(asks).map_or(0, |last| last + 1);
    for step in &all[last..] {
        for button in step.get("buttons").map(Node::items).unwrap_or_default() {
            let text = button.text();
            if !text.contains("{{") && !understood(checked.templates, &text) {
                let message = format!("Nothing in this bot understands the button “{text}”.");
                let help = "Give a template an example that says so.".to_owned();
                problems.warn("TW506", button.at, message, help);
            }
        }
    }
}

/// Whether the text means something to a bot that waits for nothing.
fn understood(templates: &Templates, text: &str) -> bool {
    let user = User {
        id: "check".into(),
        name: String::new(),
    };
    let bot = &templates.bot;
    let conversation = Conversation::new("check", user, &bot.locale.tag, &bot.timezone);
    let facts = Facts::default();
    let moment = Moment {
        templates,
        conversation: &conversation,
        awaiting: &Awaiting::Nothing,
        // What a button means does not hang on the day.
        now: Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC),
        facts: &facts,
        locale: &bot.locale,
    };
    let message = Message {
        text: text.to_owned(),
        value: None,
    };
    let acts = understand(&moment, &message).acts;
    acts.iter()
        .any(|act| !matches!(act, Act::None | Act::Invalid { .. }))
}
