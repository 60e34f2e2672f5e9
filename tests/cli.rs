//! The commands of designers as they call them: what is printed, what is written, and the exit code, in folders outside the
//! repository.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use turnwise::cli::schema;

/// Runs the program in a folder; gives its stdout, stderr and exit code.
fn run(folder: &Path, args: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_turnwise"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TURNWISE_")) {
        command.env_remove(name);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
        status.code().unwrap(),
    )
}

/// As [`run`], for what has to go well.
fn fine(folder: &Path, args: &[&str]) -> String {
    let (out, err, code) = run(folder, args);
    assert_eq!((code, err.as_str()), (0, ""), "{args:?}: {out}");
    out
}

fn with_bot() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fine(folder.path(), &["new", "my-bot"]);
    folder
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap()
}

fn change(folder: &Path, file: &str, old: &str, new: &str) {
    let text = read(folder, file);
    assert!(text.contains(old), "{file} has no {old}");
    std::fs::write(folder.join(file), text.replace(old, new)).unwrap();
}

#[test]
fn the_schemas_in_docs_are_those_of_the_code() {
    for (file, bot) in [("template.schema.json", false), ("bot.schema.json", true)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs")
            .join(file);
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        let flag = if bot { " --bot" } else { "" };
        assert!(
            written == schema::text(bot),
            "docs/{file} is stale; `turnwise schema{flag} --out docs/{file}` writes it anew"
        );
    }
}

#[test]
fn a_schema_is_printed_or_written() {
    let folder = tempfile::tempdir().unwrap();
    let printed = fine(folder.path(), &["schema"]);
    assert_eq!(fine(folder.path(), &["schema", "--out", "t.json"]), "");
    assert_eq!(read(folder.path(), "t.json"), printed);
    let bot = fine(folder.path(), &["schema", "--bot"]);
    assert!(bot.contains("\"Turnwise bot\""));
    let (_, err, code) = run(folder.path(), &["schema", "--out", "no/such/t.json"]);
    assert_eq!(code, 2);
    assert!(err.contains("no/such/t.json can't be written"), "{err}");
}

#[test]
fn a_new_bot_passes_check_and_test() {
    let folder = with_bot();
    let bot = folder.path().join("my-bot");
    assert!(read(&bot, "bot.yaml").contains("name: \"My bot\""));
    assert_eq!(fine(&bot, &["check"]), "0 errors, 0 warnings\n");
    let tested = fine(&bot, &["test"]);
    assert!(tested.ends_with("1 transcript, 0 wrong\n"), "{tested}");
    assert!(!tested.contains("  not "), "{tested}");
}

#[test]
fn a_new_bot_is_not_written_over_another() {
    let folder = with_bot();
    let (out, err, code) = run(folder.path(), &["new", "my-bot"]);
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("my-bot is not an empty folder"), "{err}");
}

#[test]
fn a_bot_may_be_called_anything() {
    for name in ["null", "yes", "a 'b' \"c\": d", "übung", "7"] {
        let folder = tempfile::tempdir().unwrap();
        fine(folder.path(), &["new", name]);
        fine(folder.path(), &["check", name]);
    }
}

#[test]
fn the_library_is_listed_and_read_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(fine(folder.path(), &["templates", "list"]));
    let shown = fine(
        folder.path(),
        &["templates", "show", "salesforce/update_lead"],
    );
    assert_eq!(
        shown,
        fine(folder.path(), &["templates", "show", "update_lead"])
    );
    assert!(shown.starts_with("template: update_lead\n"));
    assert_eq!(
        fine(folder.path(), &["templates", "show", "repair"]),
        turnwise_engine::REPAIR
    );
    let (_, err, code) = run(folder.path(), &["templates", "show", "update_laed"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("Did you mean `salesforce/update_lead`?"),
        "{err}"
    );
    let (_, _, code) = run(folder.path(), &["templates", "list", "nowhere"]);
    assert_eq!(code, 2);
}

#[test]
fn what_a_bot_makes_of_the_library_is_told() {
    let folder = with_bot();
    let bot = folder.path().join("my-bot");
    change(
        &bot,
        "bot.yaml",
        "locale:",
        "templates: [salesforce/get_*]\nlocale:",
    );
    fine(&bot, &["templates", "add", "salesforce/update_lead"]);
    fine(&bot, &["templates", "add", "delete_lead"]);
    fine(
        &bot,
        &["templates", "add", "salesforce/search_leads", "--extend"],
    );
    fine(&bot, &["templates", "add", "salesforce/lead_fields"]);
    change(
        &bot,
        "templates/delete_lead.yaml",
        "title: Delete Lead",
        "title: Remove Lead",
    );
    std::fs::write(
        bot.join("templates/own.yaml"),
        "template: create_lead\ntitle: Create Lead\nexamples: [our own way to a lead]\nsteps: [{ say: Hello. }]\n",
    )
    .unwrap();
    insta::assert_snapshot!(fine(&bot, &["templates", "list"]));
    let json: serde_json::Value =
        serde_json::from_str(&fine(&bot, &["templates", "list", "--format", "json"])).unwrap();
    let states: Vec<&str> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["installed"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        [
            "own",
            "not_installed",
            "copied",
            "as_it_is",
            "as_it_is",
            "extended",
            "copied",
            "copied"
        ]
    );
    assert_eq!(
        fine(&bot, &["templates", "show", "delete_lead", "--diff"]),
        "  template: delete_lead\n- title: Delete Lead\n+ title: Remove Lead\n"
    );
    let (out, _, code) = run(&bot, &["check"]);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn a_template_is_not_added_twice() {
    let folder = with_bot();
    fine(folder.path(), &["templates", "add", "get_lead", "my-bot"]);
    for again in [
        &["templates", "add", "get_lead", "my-bot"][..],
        &[
            "templates",
            "add",
            "salesforce/get_lead",
            "my-bot",
            "--extend",
        ],
    ] {
        let (_, err, code) = run(folder.path(), again);
        assert_eq!(code, 2);
        assert!(err.contains("get_lead is in this bot already"), "{err}");
    }
    let (_, err, code) = run(
        folder.path(),
        &["templates", "add", "get_all_leads", "my-bot", "--merge"],
    );
    assert_eq!(code, 2);
    assert!(
        err.contains("has no copy of salesforce/get_all_leads"),
        "{err}"
    );
}

/// Makes the copy look like one of an older library: `old` stands where the library has `new` by now.
fn aged(bot: &Path, old: &str, new: &str) {
    let kept = ".library/salesforce/delete_lead.yaml";
    let copy = "templates/delete_lead.yaml";
    let digest = |text: String| {
        turnwise_engine::template::source::Source {
            name: String::new(),
            text,
        }
        .digest()
    };
    let before = digest(read(bot, kept));
    change(bot, kept, new, old);
    change(bot, copy, new, old);
    change(bot, copy, &before, &digest(read(bot, kept)));
}

#[test]
fn what_the_library_changed_comes_into_a_copy() {
    let folder = with_bot();
    let bot = folder.path().join("my-bot");
    let copy = "templates/delete_lead.yaml";
    fine(&bot, &["templates", "add", "delete_lead"]);
    aged(&bot, "purpose: drop the lead", "purpose: delete the lead");
    change(&bot, copy, "title: Delete Lead", "title: Remove Lead");
    let checked = fine(&bot, &["check"]);
    assert!(
        checked.contains("note[TW106]: The library has salesforce/delete_lead 1.0.0"),
        "{checked}"
    );
    let merged = fine(&bot, &["templates", "add", "delete_lead", "--merge"]);
    assert!(merged.contains("has what the library changed"), "{merged}");
    let text = read(&bot, copy);
    assert!(text.contains("title: Remove Lead") && text.contains("purpose: delete the lead"));
    assert_eq!(fine(&bot, &["check"]), "0 errors, 0 warnings\n");
    let again = fine(&bot, &["templates", "add", "delete_lead", "--merge"]);
    assert!(again.contains("has all that the library has"), "{again}");
}

#[test]
fn where_both_changed_the_same_lines_a_person_decides() {
    let folder = with_bot();
    let bot = folder.path().join("my-bot");
    fine(&bot, &["templates", "add", "delete_lead"]);
    aged(&bot, "title: Drop Lead", "title: Delete Lead");
    change(
        &bot,
        "templates/delete_lead.yaml",
        "title: Drop Lead",
        "title: Remove Lead",
    );
    let (out, _, code) = run(&bot, &["templates", "add", "delete_lead", "--merge"]);
    assert_eq!(code, 1);
    assert!(out.contains("in 1 place: look for <<<<<<<"), "{out}");
    let text = read(&bot, "templates/delete_lead.yaml");
    assert!(
        text.contains(
            "<<<<<<< yours\ntitle: Remove Lead\n=======\ntitle: Delete Lead\n>>>>>>> library\n"
        ),
        "{text}"
    );
}

#[test]
fn a_copy_whose_first_text_is_gone_is_not_merged() {
    let folder = with_bot();
    let bot = folder.path().join("my-bot");
    fine(&bot, &["templates", "add", "delete_lead"]);
    aged(&bot, "title: Drop Lead", "title: Delete Lead");
    std::fs::remove_dir_all(bot.join(".library")).unwrap();
    let (_, err, code) = run(&bot, &["templates", "add", "delete_lead", "--merge"]);
    assert_eq!(code, 2);
    assert!(err.contains("is not the text that"), "{err}");
}

#[test]
fn a_dialog_is_drawn() {
    let folder = with_bot();
    std::fs::write(folder.path().join("my-bot/templates/all.yaml"), EVERYTHING).unwrap();
    let drawn = fine(folder.path(), &["graph", "everything", "my-bot"]);
    // What happens by default when a call fails is not what this is about.
    let own = drawn.lines().filter(|line| {
        !(line.contains("_choose[")
            || line.contains("_choose ")
            || line.contains("s_call_save -.->|"))
    });
    insta::assert_snapshot!(own.collect::<Vec<_>>().join("\n"));
    assert!(
        drawn.contains("s_call_save -.->|\"no grant\"| s_sign_in"),
        "{drawn}"
    );
    let dot = fine(
        folder.path(),
        &["graph", "everything", "my-bot", "--format", "dot"],
    );
    assert!(
        dot.contains("\"call.save\" -> \"failed\" [label=\"CANNOT_UPDATE_CONVERTED_LEAD\"]"),
        "{dot}"
    );
    let svg = fine(
        folder.path(),
        &["graph", "everything", "my-bot", "--format", "svg"],
    );
    assert!(
        svg.starts_with("<svg ") && svg.contains(">ask.company</text>"),
        "{svg}"
    );
    let (_, err, code) = run(folder.path(), &["graph", "evrything", "my-bot"]);
    assert_eq!(code, 2);
    assert!(err.contains("it has everything, book_room"), "{err}");
}

/// Every verb that leads somewhere.
const EVERYTHING: &str = "\
template: everything
title: Every \"verb\"
integration: salesforce
object: Lead
examples: [do everything, all of it, the whole way, each step, every verb, go all the way, run it all, take it all]
slots:
  lead: { type: record }
  company: { type: organization, field: Company }
  size: { type: number, optional: true, field: NumberOfEmployees, validate: [{ if: value > 1000, ask: So many? }] }
steps:
  - collect: [lead, company, size]
  - sign_in: salesforce
  - if: size and size > 100
    then:
      - choose: How large is it?
        id: large
        options:
          Very: { set: { size: 5000 } }
          Not so very: { ask_again: size }
          To the room: { if: company, then: { run: book_room, optional: true } }
  - confirm: Save it?
    no: { end: cancelled, say: As you like. }
  - call: salesforce.update
    id: save
    record: lead
    on_error:
      CANNOT_UPDATE_CONVERTED_LEAD: { end: failed, say: Too late. }
      unavailable: { retry: {} }
  - id: done
    say: It is saved.
  - run: book_room
";

#[test]
fn what_no_transcript_reached_is_told() {
    let folder = with_bot();
    change(
        &folder.path().join("my-bot"),
        "transcripts/book_room.txt",
        "for 20 people",
        "for 2 people",
    );
    let accepted = fine(folder.path(), &["test", "my-bot", "--accept"]);
    insta::assert_snapshot!(accepted);
}

#[test]
fn a_bot_with_errors_fails_its_tests() {
    let folder = with_bot();
    change(
        folder.path(),
        "my-bot/templates/book_room.yaml",
        "collect: seating",
        "collect: seats",
    );
    let (out, err, code) = run(folder.path(), &["test", "my-bot"]);
    assert_eq!((out.as_str(), code), ("", 1));
    assert!(err.contains("error[TW302]"), "{err}");
    let (_, _, code) = run(folder.path(), &["graph", "book_room", "my-bot"]);
    assert_eq!(code, 1);
    let (_, _, code) = run(folder.path(), &["test", "nowhere"]);
    assert_eq!(code, 2);
}

#[test]
fn a_difference_is_shown_reported_and_taken() {
    let folder = with_bot();
    let bot = folder.path().join("my-bot");
    change(
        &bot,
        "templates/book_room.yaml",
        "What time does it start?",
        "From when on?",
    );
    std::fs::write(
        bot.join("transcripts/broken.txt"),
        "user: hello\nshout: hello\n",
    )
    .unwrap();
    let (out, _, code) = run(&bot, &["test", "--junit", "report.xml"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(out);
    insta::assert_snapshot!(read(&bot, "report.xml").replace('\\', "/"));
    let (json, _, code) = run(&bot, &["test", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(code, 1);
    assert_eq!(json["transcripts"][0]["outcome"], "differs");
    assert_eq!(json["transcripts"][1]["line"], 2);
    std::fs::remove_file(bot.join("transcripts/broken.txt")).unwrap();
    assert!(fine(&bot, &["test", "--accept"]).starts_with("book_room: taken as it is now\n"));
    let again = fine(&bot, &["test"]);
    assert!(again.ends_with("1 transcript, 0 wrong\n"), "{again}");
}
