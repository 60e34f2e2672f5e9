//! Understanding alone: a message becomes acts, nothing is advanced or saved.

use divan::Bencher;
use turnwise_engine::conversation::{Conversation, User};
use turnwise_engine::event::EventKind;
use turnwise_engine::facts::Facts;
use turnwise_engine::locale::Locale;
use turnwise_engine::template::Templates;
use turnwise_engine::understanding::message::{Moment, understand};

use crate::bot::{SALES_ASSISTANT, generated};
use crate::dialog::{Dialog, event, message};

/// Texts by what is asked when they are said.
const FIRST: [&str; 4] = [
    "create a lead",
    "I just met Ida Blum from Fernhill, ida at fernhill dot com",
    "change Ida Blum's phone to 206 555 0199",
    "what will the weather be in Lisbon on Sunday",
];
const ANSWERS: [&str; 3] = ["Doe", "her name is Ida Blum", "why do you ask"];

#[divan::bench(args = FIRST)]
fn a_first_turn(bencher: Bencher<'_, '_>, said: &str) {
    measure(bencher, &Dialog::after(&[]), said);
}

#[divan::bench(args = ANSWERS)]
fn an_answer(bencher: Bencher<'_, '_>, said: &str) {
    measure(bencher, &Dialog::after(&["create a lead"]), said);
}

/// Among so many generated templates: an example with a value in it, and a text that is only like one.
const AMONG: [(usize, &str); 4] = [
    (150, "book the plant visit of Omar Reyes"),
    (150, "would you book us the plant visit"),
    (1000, "book the plant visit of Omar Reyes"),
    (1000, "would you book us the plant visit"),
];

#[divan::bench(args = AMONG)]
fn among_many(bencher: Bencher<'_, '_>, (n, said): (usize, &str)) {
    let templates = turnwise::bot::loaded(&generated(n)).unwrap();
    let bot = &templates.bot;
    let user = User {
        id: "bench".into(),
        name: String::new(),
    };
    let conversation = Conversation::new("bench", user, &bot.locale.tag, &bot.timezone);
    understood(bencher, &templates, &conversation, said);
}

fn measure(bencher: Bencher<'_, '_>, dialog: &Dialog, said: &str) {
    understood(bencher, &SALES_ASSISTANT, &dialog.conversation, said);
}

fn understood(
    bencher: Bencher<'_, '_>,
    templates: &Templates,
    conversation: &Conversation,
    said: &str,
) {
    let EventKind::Message(message) = message(said) else {
        return;
    };
    let facts = Facts::default();
    let locale = Locale::of(&conversation.locale);
    let zone = jiff::tz::TimeZone::get(&conversation.timezone).unwrap();
    let moment = Moment {
        templates,
        conversation,
        awaiting: &conversation.awaiting,
        now: event(EventKind::Opened).at.to_zoned_datetime(zone),
        facts: &facts,
        locale: &locale,
    };
    bencher.bench_local(|| understand(&moment, &message));
}
