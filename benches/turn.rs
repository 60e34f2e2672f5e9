//! One turn in process: the state is read from JSON, the message understood, the dialog advanced, the state saved as JSON.

use divan::Bencher;
use turnwise_engine::conversation::Conversation;
use turnwise_engine::event::{Event, EventKind};
use turnwise_engine::turn;

use crate::bot::SALES_ASSISTANT;
use crate::dialog::{Dialog, came_back, event, message};

/// The six turns of a first lead, as the load generator plays them.
const FIRST_LEAD: [&str; 6] = [
    "create a lead",
    "Doe",
    "Acme",
    "jane@acme.com",
    "415 555 0100",
    "yes",
];

/// Turns by what happens in them: a name, what was said before, what is said in the measured turn.
const TURNS: [(&str, &[&str], &str); 9] = [
    ("a request alone", &[], "create a lead"),
    (
        "a request with four values",
        &[],
        "I just met Ida Blum from Fernhill, ida at fernhill dot com",
    ),
    ("an answer, a name", &["create a lead"], "Doe"),
    (
        "an answer, an e-mail address",
        &["create a lead", "Doe", "Acme"],
        "jane@acme.com",
    ),
    (
        "an answer with two more values",
        &["create a lead"],
        "Doe, from Acme, her phone is 415 555 0100",
    ),
    (
        "a correction at the confirmation",
        &[
            "create a lead",
            "Doe",
            "Acme",
            "jane@acme.com",
            "415 555 0100",
        ],
        "yes but the company is Acme Dairy",
    ),
    (
        "a digression",
        &["create a lead", "Doe"],
        "show me the lead Ida Blum",
    ),
    (
        "a change of an existing lead",
        &[],
        "change Ida Blum's phone to 206 555 0199",
    ),
    (
        "what no template means",
        &[],
        "what will the weather be in Lisbon on Sunday",
    ),
];

fn names() -> impl Iterator<Item = &'static str> {
    TURNS.iter().map(|(name, _, _)| *name)
}

#[divan::bench(args = names())]
fn of(bencher: Bencher<'_, '_>, name: &str) {
    let (_, before, said) = TURNS.iter().find(|(n, _, _)| *n == name).unwrap();
    let dialog = Dialog::after(before);
    measure(bencher, &[(&dialog.conversation, message(said))]);
}

/// The outcome of a call, told: nothing is understood here.
#[divan::bench]
fn a_call_that_came_back(bencher: Bencher<'_, '_>) {
    let dialog = Dialog::calling(&FIRST_LEAD);
    let call = dialog.call.unwrap();
    measure(bencher, &[(&dialog.conversation, came_back(&call))]);
}

/// All six turns of a first lead and the outcome of its call: a sixth of this is the mean that is compared.
#[divan::bench]
fn all_six_of_a_first_lead(bencher: Bencher<'_, '_>) {
    let parts: Vec<(Dialog, EventKind)> = (0..FIRST_LEAD.len())
        .map(|n| (Dialog::after(&FIRST_LEAD[..n]), message(FIRST_LEAD[n])))
        .collect();
    let last = Dialog::calling(&FIRST_LEAD);
    let came = came_back(last.call.as_ref().unwrap());
    let mut turns: Vec<(&Conversation, EventKind)> = parts
        .iter()
        .map(|(dialog, kind)| (&dialog.conversation, kind.clone()))
        .collect();
    turns.push((&last.conversation, came));
    measure(bencher, &turns);
}

fn measure(bencher: Bencher<'_, '_>, turns: &[(&Conversation, EventKind)]) {
    let turns: Vec<(String, Event)> = turns
        .iter()
        .map(|(conversation, kind)| {
            let saved = serde_json::to_string(conversation).unwrap();
            (saved, event(kind.clone()))
        })
        .collect();
    bencher.with_inputs(|| turns.clone()).bench_values(|turns| {
        for (saved, event) in turns {
            let conversation: Conversation = serde_json::from_str(&saved).unwrap();
            let turn = turn(&SALES_ASSISTANT, conversation, event);
            divan::black_box(serde_json::to_string(&turn.conversation).unwrap());
            divan::black_box(turn.replies);
        }
    });
}
