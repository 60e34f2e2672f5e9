//! The shipped templates in the shipped bot: they pass the check, and every transcript of the bot plays as it is written.

use std::path::Path;
use std::sync::Arc;

use turnwise::bot;
use turnwise_engine::transcript;

pub(crate) fn sales_assistant() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sales-assistant")
}

#[test]
fn the_shipped_bot_has_nothing_to_complain_about() {
    let sources = bot::read(&[sales_assistant()]).unwrap();
    let (templates, diagnostics) = bot::load(&sources);
    assert!(
        templates.is_some(),
        "{}",
        bot::drawn(&diagnostics, &sources)
    );
    assert_eq!(diagnostics, Vec::new());
    assert_eq!(templates.unwrap().current.len(), 7);
}

#[test]
fn every_transcript_plays_as_it_is_written() {
    let templates = bot::loaded(&bot::read(&[sales_assistant()]).unwrap()).unwrap();
    let facts = bot::facts(&sales_assistant()).unwrap();
    let mut played = 0;
    for entry in std::fs::read_dir(sales_assistant().join("transcripts")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "txt") {
            continue;
        }
        let script = std::fs::read_to_string(&path).unwrap();
        let now = transcript::play(&templates, &facts, &script).unwrap();
        let difference = transcript::difference(&script, &now);
        assert!(
            difference.is_empty(),
            "{}:\n{}",
            path.display(),
            difference.join("\n")
        );
        played += 1;
    }
    assert!(played >= 90, "only {played} transcripts were found");
}

#[test]
fn every_problem_of_a_bot_is_told_at_once_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("bot.yaml"),
        "name: Test\nintegrations: { salesforce: {} }\n",
    )
    .unwrap();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    let template = "\
template: note_it
title: Note it
integration: salesforce
object: Lead
examples: [note it, 'note {nmae}']
slots:
  name: { typ: text }
  mail: { type: emial }
steps:
  - collect: [name, mial]
  - say: 'Hello {{ nmae }}'
  - call: salesforce.create
  - dance: yes
";
    std::fs::write(folder.path().join("templates/note_it.yaml"), template).unwrap();
    let (templates, diagnostics) = bot::load(&bot::read(&[folder.path().to_owned()]).unwrap());
    assert!(templates.is_none());
    let told: Vec<String> = diagnostics
        .iter()
        .map(|d| {
            format!(
                "{} {}:{} {} {}",
                d.code, d.line, d.column, d.message, d.help
            )
        })
        .collect();
    let expected = [
        "TW502 5:21 `nmae` in an example is no slot. Did you mean `name`?",
        "TW002 7:11 `typ` is not a key of a slot. Did you mean `type`?",
        "TW201 8:17 There is no slot type `emial`. Did you mean `email`?",
        "TW302 10:21 `mial` is not a slot of this template. Did you mean `mail`?",
        "TW402 11:20 There is no name `nmae` here. Did you mean `name`?",
        "TW303 12:5 This writes to Salesforce without asking first. Put a `confirm` above it.",
    ];
    for line in expected {
        assert!(
            told.iter().any(|t| t == line),
            "{line}\nis not among\n{}",
            told.join("\n")
        );
    }
    assert!(
        told.last()
            .unwrap()
            .starts_with("TW301 13:5 `dance` is not a step."),
        "{told:?}"
    );
}

#[test]
fn two_templates_that_are_nearly_as_likely_are_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "bot.yaml",
        "name: Bills\ngreeting: Hello.\nunderstanding: { ask_within: 0.9 }\n",
    );
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    for (id, title, last) in [
        ("pay", "Pay a bill", "pay"),
        ("print", "Print a bill", "print"),
    ] {
        let text = format!(
            "template: {id}_bill\ntitle: {title}\nexamples: [{last} the bill, {last} a bill, {last} my bill]\n\
             slots:\n  whose: {{ type: text, ask: Whose? }}\nsteps:\n  - collect: whose\n  - say: '{title} of {{{{ whose }}}}.'\n"
        );
        write(&format!("templates/{id}.yaml"), &text);
    }
    let templates = bot::loaded(&bot::read(&[folder.path().to_owned()]).unwrap()).unwrap();
    let script = "\
bot: Hello.
user: the bill please
bot: Which one do you mean?
buttons: [Print a bill] [Pay a bill]
user: print
bot: Whose?
user: Ida's
bot: Print a bill of Ida's.
";
    let played = transcript::play(&templates, &Arc::default(), script).unwrap();
    assert_eq!(played, script);
}
