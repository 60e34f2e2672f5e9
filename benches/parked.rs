//! How many bytes a parked conversation is: its state, which every turn reads and writes, and apart from it the messages,
//! which are only ever added to.

use std::io::Write;

use divan::Bencher;

use crate::dialog::Dialog;

/// Where a conversation is left.
const PARKED: [(&str, &[&str]); 4] = [
    ("opened", &[]),
    (
        "after three turns of a first lead",
        &["create a lead", "Doe", "Acme"],
    ),
    (
        "at the confirmation of a first lead",
        &[
            "create a lead",
            "Doe",
            "Acme",
            "jane@acme.com",
            "415 555 0100",
        ],
    ),
    (
        "a lead shown, in the middle of another",
        &["create a lead", "Doe", "show me the lead Ida Blum"],
    ),
];

/// Prints the sizes; they are the same on every machine.
pub(crate) fn tell() {
    let mut out = std::io::stdout().lock();
    for (place, said) in PARKED {
        let dialog = Dialog::after(said);
        let state = serde_json::to_string(&dialog.conversation).unwrap();
        let messages: usize = dialog
            .replies
            .iter()
            .map(|reply| serde_json::to_string(reply).unwrap().len())
            .sum();
        let told = writeln!(
            out,
            "parked, {place}: state {} bytes; {} messages, {messages} bytes",
            state.len(),
            dialog.replies.len(),
        );
        // A closed pipe ends only the telling.
        if told.is_err() {
            return;
        }
    }
}

/// Reading a parked state and saving it again.
#[divan::bench(args = PARKED.iter().map(|(place, _)| *place))]
fn read_and_saved(bencher: Bencher<'_, '_>, place: &str) {
    let (_, said) = PARKED.iter().find(|(name, _)| *name == place).unwrap();
    let state = serde_json::to_string(&Dialog::after(said).conversation).unwrap();
    bencher.bench(|| {
        let read: turnwise_engine::conversation::Conversation =
            serde_json::from_str(&state).unwrap();
        serde_json::to_string(&read).unwrap()
    });
}
