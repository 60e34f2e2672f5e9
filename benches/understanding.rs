//! Understanding alone: a message becomes acts, nothing is advanced or saved.

use divan::Bencher;
use turnwise_engine::facts::Facts;
use turnwise_engine::locale::Locale;
use turnwise_engine::understanding::message::{Moment, understand};

use crate::bot::SALES_ASSISTANT;
use crate::dialog::{Dialog, event, message};
use turnwise_engine::event::EventKind;

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

fn measure(bencher: Bencher<'_, '_>, dialog: &Dialog, said: &str) {
    let conversation = &dialog.conversation;
    let EventKind::Message(message) = message(said) else {
        return;
    };
    let facts = Facts::default();
    let locale = Locale::of(&conversation.locale);
    let zone = jiff::tz::TimeZone::get(&conversation.timezone).unwrap();
    let moment = Moment {
        templates: &SALES_ASSISTANT,
        conversation,
        awaiting: &conversation.awaiting,
        now: event(EventKind::Opened).at.to_zoned_datetime(zone),
        facts: &facts,
        locale: &locale,
    };
    bencher.bench_local(|| understand(&moment, &message));
}
