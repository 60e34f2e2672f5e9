//! First turns as sales people type them, and what the sales assistant makes of them. The rows are ours; what is understood
//! otherwise than meant stands in the snapshot, so that every change of it is seen and read.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The moment at which the rows were written, a Tuesday: their days are relative to it.
const NOW: &str = "2026-11-24T10:00:00Z";

#[test]
fn first_turns_are_understood_as_they_are_meant() {
    let rows: Vec<Vec<&str>> = include_str!("data/first_turns.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let texts = rows.iter().map(|row| row[0]);
    let mut otherwise = Vec::new();
    for (row, read) in rows.iter().zip(understood(texts)) {
        let meant = format!("{} {}", row[1], row[2]);
        if meant.trim() != read {
            otherwise.push(format!(
                "{}\n  meant {}\n  read  {read}",
                row[0],
                meant.trim()
            ));
        }
    }
    let right = rows.len() - otherwise.len();
    insta::assert_snapshot!(format!(
        "{right} of {} are understood as they are meant; the others:\n\n{}",
        rows.len(),
        otherwise.join("\n")
    ));
}

#[test]
fn the_value_of_a_record_is_the_text_that_names_it() {
    let read = understood(["delete the lead Ida Quist"].into_iter());
    assert_eq!(read, ["delete_lead lead=Ida Quist"]);
}

#[test]
fn nothing_is_taken_off_a_free_value() {
    let table = [
        (
            "what is the weather in new haven this weekend",
            "forecast place=new haven; when=this weekend",
        ),
        (
            "will it rain in the old port",
            "forecast place=the old port",
        ),
        ("set an alarm for one pm", "alarm when=one pm"),
        ("wake me in an hour", "alarm when=in an hour"),
    ];
    let read = understood_by("tests/data/weather", table.iter().map(|(text, _)| *text));
    for ((text, meant), read) in table.into_iter().zip(read) {
        assert_eq!(read, meant, "{text}");
    }
}

fn understood<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    understood_by("examples/sales-assistant", texts)
}

/// The template and the values of each text: "create_lead company=Fernhill; last_name=Blum".
fn understood_by<'t>(bot: &str, texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let lines: Vec<String> = texts
        .map(|text| json!({ "id": 1, "text": text, "now": NOW }).to_string())
        .collect();
    let mut child = Command::new(env!("CARGO_BIN_EXE_turnwise"))
        .args(["understand", bot])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.join("\n").as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    lines.map(|line: Value| read(&line)).collect()
}

fn read(line: &Value) -> String {
    let acts = line["acts"].as_array().unwrap().iter();
    let mut values: Vec<String> = acts
        .filter(|act| act["act"] == "inform")
        .map(|act| format!("{}={}", act["slot"].as_str().unwrap(), shown(&act["value"])))
        .collect();
    values.sort();
    let template = line["template"].as_str().unwrap_or("-");
    format!("{template} {}", values.join("; "))
        .trim()
        .to_owned()
}

/// A value as a row writes it: the words that name a record, an amount with its currency.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => format!(
            "{} {}",
            map["value"],
            map["currency"].as_str().unwrap_or_default()
        ),
        other => other.to_string(),
    }
}
