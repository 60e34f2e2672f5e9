//! Messages as a person reads them in a terminal.

use insta::assert_snapshot;
use serde_json::json;
use turnwise_engine::conversation::Awaiting;
use turnwise_engine::event::EventKind;

use super::{Screen, numbered};
use crate::runtime::trace::Traced;

const PLAIN: Screen = Screen {
    width: 60,
    colour: false,
};

#[test]
fn a_card_is_aligned_pairs_with_numbered_buttons_below() {
    let card = json!({
        "kind": "card",
        "text": "Save this note?\nTopic: Roof\nWhat it says: It leaks",
        "title": "Save this note?",
        "fields": [
            { "label": "Topic", "value": "Roof" },
            { "label": "What it says", "value": "It leaks above the second window from the left, where the old gutter ends" },
            { "label": "Place", "value": "Attic", "was": "Cellar" },
            { "label": "Owner", "value": "", "was": "Noor" },
        ],
        "choices": [
            { "title": "Yes", "value": "yes" },
            { "title": "Change something", "value": "change" },
            { "title": "Cancel", "value": "cancel" },
        ],
    });
    assert_snapshot!(PLAIN.message(&card));
    assert_eq!(
        numbered(&card)[1],
        ("Change something".into(), json!("change"))
    );
}

#[test]
fn a_table_is_aligned_numbered_and_cut_to_the_width() {
    let table = json!({
        "kind": "table",
        "text": "Your notes:\n6. Roof · Attic · open\n7. 屋根 · Cellar",
        "columns": ["Topic", "Place", "State"],
        "rows": [
            ["Roof above the second window from the left", "Attic under the old gutter", "open"],
            ["屋根", "Cellar", ""],
        ],
        "first": 6,
        "total": 25,
        "choices": [{ "title": "More", "value": "more" }],
    });
    assert_snapshot!(PLAIN.message(&table));
    assert_eq!(numbered(&table), [], "the numbers are the rows'");
}

#[test]
fn choices_stand_below_each_other_by_number() {
    let choices = json!({
        "kind": "choices",
        "text": "Which one?",
        "choices": [
            { "title": "Roof, Attic", "value": "n1" },
            { "title": "Roof, Shed", "value": "n2" },
        ],
    });
    assert_snapshot!(PLAIN.message(&choices));
}

#[test]
fn a_sign_in_link_stands_on_a_line_of_its_own() {
    let link = json!({
        "kind": "sign_in",
        "text": "To save the note I need your account. The link works for 10 minutes; *cancel* stops it.",
        "url": "http://127.0.0.1:8080/auth/start/abc",
        "integration": "notes",
    });
    assert_snapshot!(PLAIN.message(&link));
}

#[test]
fn no_byte_of_a_message_steers_the_terminal() {
    let screen = Screen {
        width: 60,
        colour: true,
    };
    let sly = "\u{1b}]0;mine\u{7}\u{1b}[2J\u{202e}Roof\r\u{9b}1m";
    let table = json!({ "kind": "table", "text": "", "columns": [sly], "rows": [[sly]], "first": 1, "total": 1 });
    let card = json!({ "kind": "card", "text": sly, "title": sly, "fields": [{ "label": sly, "value": sly, "was": sly }], "url": sly });
    let link = json!({ "kind": "sign_in", "text": sly, "url": sly });
    for message in [table, card, link] {
        let shown = screen.message(&message);
        let ours = ["\x1b[0m", "\x1b[1m", "\x1b[2m"];
        let rest = ours
            .iter()
            .fold(shown, |text, style| text.replace(style, ""));
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!rest.contains(steers), "{rest:?}");
    }
    assert!(!screen.of_user(sly).contains('\u{1b}'));
}

#[test]
fn a_trace_shows_acts_slots_and_what_is_awaited() {
    let traced = Traced {
        conversation: "c".into(),
        turn: 2,
        lines: vec!["acts [{\"act\":\"start\"}]".into(), "start note_it".into()],
        dialogs: json!([{ "template": "note_it", "slots": { "topic": "Roof", "size": 3 } }]),
        awaiting: Awaiting::Slot {
            slot: "body".into(),
        },
        event: EventKind::Opened,
        replies: Vec::new(),
        effects: Vec::new(),
    };
    assert_snapshot!(PLAIN.trace(&traced));
}
