//! Commands that are called wrongly, with files that are wrong, on a machine where something is missing: one clear sentence
//! on stderr and exit code 2, or on stdout and exit code 1 where the thing asked about is wrong. Nothing hangs, nothing leaks.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the program in a folder with this on stdin; gives its stdout, stderr and exit code.
fn run(folder: &Path, args: &[&str], set: &[(&str, &str)], stdin: &[u8]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_turnwise"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TURNWISE_")) {
        command.env_remove(name);
    }
    let mut child = command
        .args(args)
        .envs(set.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever has refused already does not read it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap(),
    )
}

/// A folder with a small bot, one that needs a sign-in, and files of all sorts.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let note = b"template: note_it\ntitle: Note it\nexamples: [note it]\nsteps:\n  - say: Noted.\n";
    write("bot/bot.yaml", b"name: Notes\n");
    write("bot/templates/note_it.yaml", note);
    write(
        "signed/bot.yaml",
        b"name: Leads\nintegrations: { salesforce: {} }\n",
    );
    write("latin/bot.yaml", b"name: Caf\xe9\n");
    write("torn/bot.yaml", b"name: Torn\n");
    write("torn/templates/torn.yaml", b"template: torn\nsteps: [\n");
    write("told/bot.yaml", b"name: Told\n");
    write("told/templates/note_it.yaml", note);
    write(
        "told/transcripts/odd.txt",
        b"user: note it\nbot: Noted.\nshout: hello\n",
    );
    fs::create_dir(folder.path().join("empty")).unwrap();
    write("hollow.yaml", b"");
    write("list.yaml", b"- a\n- b\n");
    write("nul.yaml", b"template: a\0b\n");
    write("deep.yaml", "[".repeat(100_000).as_bytes());
    write(
        "long.yaml",
        format!("examples:\n{}", "  - one more\n".repeat(60_000)).as_bytes(),
    );
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..9 {
        let all = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{all}]\n"));
    }
    write("bomb.yaml", bomb.as_bytes());
    write("text.db", &b"this is no database. ".repeat(400));
    folder
}

/// A command line, what is set in the environment, and a part of what is said.
type Case<'a> = (Vec<String>, &'a [(&'a str, &'a str)], String);

#[test]
fn a_call_that_is_wrong_is_refused_in_a_sentence() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let free = ["--port", "0"];
    let serve = |bot: &'static str, more: &[&'static str]| -> Vec<String> {
        let all = ["serve", bot].into_iter().chain(free);
        all.chain(more.iter().copied()).map(str::to_owned).collect()
    };
    let words = |line: &str| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
    let none: &[(&str, &str)] = &[];
    let short = "0123456789abcdef";
    let too_short: &[(&str, &str)] = &[("TURNWISE_VAULT_KEY", short)];
    let mut cases: Vec<Case> = vec![
        (words("fly"), none, "unrecognized subcommand 'fly'".into()),
        (words("check nowhere"), none, "nowhere can't be read".into()),
        (
            words("check empty"),
            none,
            "empty is no bot: it has no bot.yaml".into(),
        ),
        (words("test nowhere"), none, "nowhere can't be read".into()),
        (words("understand empty"), none, "empty is no bot".into()),
        (
            words("graph nothing bot"),
            none,
            "no template `nothing`".into(),
        ),
        (
            words("schema --out no/such/file.json"),
            none,
            "no/such/file.json".into(),
        ),
        (serve("nowhere", &[]), none, "nowhere can't be read".into()),
        (
            serve("signed", &[]),
            none,
            "set TURNWISE_VAULT_KEY to 64 hex digits".into(),
        ),
        (
            serve("signed", &[]),
            &[("TURNWISE_VAULT_KEY", "")],
            "set TURNWISE_VAULT_KEY".into(),
        ),
        (
            serve("bot", &[]),
            too_short,
            "not 64 hexadecimal digits".into(),
        ),
        (
            serve("bot", &["--store", "memory:"]),
            &[("TURNWISE_SALESFORCE_URL", "http://crm.example.com")],
            "must be https, or http on loopback".into(),
        ),
        (
            serve("bot", &["--store", "memory:"]),
            &[("TURNWISE_SALESFORCE_URL", "somewhere")],
            "`somewhere` is no address".into(),
        ),
        (
            serve("bot", &["--store", "paper:"]),
            none,
            "`paper:` is no store".into(),
        ),
        (
            serve("bot", &["--store", "sqlite://no/such/x.db"]),
            none,
            "no/such/x.db can't be opened".into(),
        ),
        (
            serve("bot", &["--store", "sqlite://empty"]),
            none,
            "empty".into(),
        ),
        (
            serve("bot", &["--store", "sqlite://text.db"]),
            none,
            "text.db is no store of Turnwise".into(),
        ),
        (
            serve("bot", &["--public-url", "http://bot.example.com"]),
            none,
            "must be https".into(),
        ),
        (
            serve("bot", &["--now", "yesterday"]),
            none,
            "invalid value 'yesterday'".into(),
        ),
        (
            words("serve bot --port 70000"),
            none,
            "invalid value '70000'".into(),
        ),
    ];
    for command in [
        "serve bot --store memory: --port",
        "sandbox --port",
        "chat signed --port",
    ] {
        let sentence = format!("port {port} is in use; give another with --port");
        cases.push((words(&format!("{command} {port}")), none, sentence));
    }
    for (args, set, sentence) in cases {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (out, err, code) = run(folder.path(), &args, set, b"");
        assert_eq!((out.as_str(), code), ("", 2), "{args:?}: {err}");
        assert!(err.contains(&sentence), "{args:?}: {err}");
        for leak in ["panicked", short, "RUST_BACKTRACE"] {
            assert!(!err.contains(leak), "{args:?}: {err}");
        }
    }
}

#[test]
fn a_file_that_is_wrong_is_told_with_its_place() {
    let folder = folder();
    let cases = [
        ("check torn", "torn.yaml:2:8"),
        ("check latin", "bot.yaml:1:10"),
        ("check hollow.yaml", "hollow.yaml:1"),
        ("check list.yaml", "this is a list"),
        ("check nul.yaml", "nul.yaml:1:12"),
        ("check deep.yaml", "nested more than 60 deep"),
        ("check long.yaml", "up to 50000 parts"),
        (
            "check bomb.yaml",
            "what an alias stands for counts each time",
        ),
        ("test told", "line 3: `shout` is no entry of a transcript"),
    ];
    for (line, told) in cases {
        let args: Vec<&str> = line.split(' ').collect();
        let (out, err, code) = run(folder.path(), &args, &[], b"");
        assert_eq!((err.as_str(), code), ("", 1), "{line}: {out}");
        assert!(out.contains(told), "{line}: {out}");
    }
}

#[test]
fn a_bot_with_errors_is_what_is_wrong_whatever_is_asked_of_it() {
    let folder = folder();
    for line in [
        "chat torn --port 0",
        "serve torn --port 0",
        "understand torn",
        "graph torn torn",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let (out, err, code) = run(folder.path(), &args, &[], b"");
        assert_eq!((out.as_str(), code), ("", 1), "{line}: {err}");
        assert!(err.contains("torn.yaml:2:8"), "{line}: {err}");
    }
}

#[test]
fn a_folder_that_is_named_like_a_template_is_none() {
    let folder = folder();
    fs::create_dir(folder.path().join("bot/templates/old.yaml")).unwrap();
    let (out, err, code) = run(folder.path(), &["check", "bot"], &[], b"");
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
}

#[test]
fn a_line_that_is_wrong_is_answered_in_its_place() {
    let folder = folder();
    let mut lines =
        b"{\"id\":\"first\",\"text\":\"note it\"}\n{broken\n\xff\xfe\n[]\n{\"text\":7}\n\n"
            .to_vec();
    lines.extend(
        br#"{"id":"who","text":"x","awaiting":{"template":"nothing","slot":"x"}}
{"id":"what","text":"x","awaiting":{"template":"note_it","slot":"nothing"}}
{"id":"when","text":"x","now":"soon"}
{"id":"last","text":"x","now":"2026-11-24T14:23:24-05:00"}"#,
    );
    let (out, err, code) = run(folder.path(), &["understand", "bot"], &[], &lines);
    assert_eq!((err.as_str(), code), ("", 1), "{out}");
    let answers: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 9, "{out}");
    assert_eq!(answers[0]["template"], "note_it");
    for wrong in &answers[1..5] {
        assert!(
            wrong["error"].as_str().unwrap().starts_with("not a line"),
            "{wrong}"
        );
    }
    for (answer, id, told) in [
        (
            &answers[5],
            "who",
            "no template `nothing`; there is note_it",
        ),
        (
            &answers[6],
            "what",
            "`note_it` has no slot `nothing`; it has ",
        ),
        (&answers[7], "when", "`now` is RFC 3339"),
    ] {
        assert_eq!(answer["id"], id);
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(error.contains(told), "{answer}");
    }
    assert_eq!(answers[8]["id"], "last");
    assert!(answers[8]["acts"].is_array(), "{}", answers[8]);
}
