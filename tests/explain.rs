//! `turnwise understand --explain`: what spoke for a template, what was taken for a value and by whom, and why the rest was
//! left.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

const BOOK: &str = "\
template: book_table
title: Book a table
examples:
  - book a table at {place} for {guests}
  - reserve a table for {guests}
  - table for {guests} please
slots:
  place: { type: text, samples: [Blue Door, Old Mill, Harbour Inn, Fig Tree, The Larder] }
  guests: { type: number }
  until: { type: date, optional: true }
steps:
  - collect: [place, guests]
  - say: Booked.
";
const CANCEL: &str = "\
template: cancel_table
title: Cancel a table
examples:
  - cancel my table at {place}
  - I can't come to {place}
  - drop the reservation at {place}
slots:
  place: { type: text, samples: [Blue Door, Old Mill, Harbour Inn, Fig Tree, The Larder] }
steps:
  - say: Cancelled.
";

fn why(text: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let templates = folder.path().join("templates");
    fs::create_dir(&templates).unwrap();
    fs::write(folder.path().join("bot.yaml"), "name: Tables\n").unwrap();
    fs::write(templates.join("book_table.yaml"), BOOK).unwrap();
    fs::write(templates.join("cancel_table.yaml"), CANCEL).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_turnwise"))
        .args(["understand", "--explain"])
        .arg(folder.path())
        .env("TURNWISE_CACHE", folder.path().join("cache"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let line = serde_json::json!({ "text": text }).to_string();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap().stdout;
    let answer: Value = serde_json::from_slice(&out).unwrap();
    answer["why"].clone()
}

#[test]
fn tells_what_spoke_for_the_likeliest_template_and_the_next() {
    let why = why("book a table at Old Mill for 4 people");
    let [best, next] = why["templates"].as_array().unwrap().as_slice() else {
        panic!("{why}");
    };
    assert_eq!(best["template"], "book_table");
    assert_eq!(best["example"], "book a table at {place} for {guests}");
    assert_eq!(next["template"], "cancel_table");
    let spoke = |of: &Value| of["spoke"][0][1].as_f64().unwrap();
    assert!(spoke(best) > 0.0 && spoke(next) < 0.0, "{why}");
}

#[test]
fn tells_who_took_which_piece_and_why_another_was_left() {
    let why = why("book a table at Old Mill for 4 or 5");
    let values = why["values"].as_array().unwrap();
    let of = |slot: &str, text: &str, by: &str| {
        let found = values
            .iter()
            .find(|v| v["slot"] == slot && v["text"] == text && v["by"] == by);
        found.unwrap_or_else(|| panic!("no {slot} {text} by {by}: {why}"))
    };
    assert_eq!(of("place", "Old Mill", "examples")["taken"], true);
    assert_eq!(of("guests", "5", "number")["taken"], true);
    let left = of("guests", "4", "number");
    assert_eq!(left["taken"], false);
    assert_eq!(left["why"], "`guests` has “5” already");
}
