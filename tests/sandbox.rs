//! `turnwise sandbox` as other programs meet it: it starts, answers, refuses with a sentence, and ends when told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

fn turnwise(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_turnwise"));
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts the sandbox on a port that the system picks, and reads the address it prints.
fn started(args: &[&str]) -> (Child, String) {
    let mut all = vec!["sandbox", "--port", "0"];
    all.extend(args);
    let mut child = turnwise(&all).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .split("http://")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    assert!(line.starts_with("Sandbox org, not Salesforce:"), "{line}");
    (child, address)
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn end(mut child: Child) -> i32 {
    Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    child.wait().unwrap().code().unwrap_or(-1)
}

#[test]
fn starts_answers_without_a_token_and_ends_with_0_when_told() {
    let (child, address) = started(&[]);
    let answer = get(&address, "/services/data");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"version\":"), "{answer}");
    assert_eq!(end(child), 0);
}

#[test]
fn control_is_there_only_when_asked_for() {
    let (child, address) = started(&["--control"]);
    assert!(get(&address, "/sandbox/calls").starts_with("HTTP/1.1 200"));
    assert_eq!(end(child), 0);
    let (child, address) = started(&[]);
    assert!(!get(&address, "/sandbox/calls").starts_with("HTTP/1.1 200"));
    assert_eq!(end(child), 0);
}

#[test]
fn says_in_one_sentence_what_is_wrong_and_ends_with_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let cases: &[(&[&str], &str)] = &[
        (
            &["sandbox", "--port", &port],
            "is in use; give another with --port",
        ),
        (
            &["sandbox", "--port", "0", "--seed", "/nowhere/leads.json"],
            "/nowhere/leads.json can't be read",
        ),
        (
            &["sandbox", "--now", "yesterday"],
            "invalid value 'yesterday'",
        ),
        (&["fly"], "unrecognized subcommand 'fly'"),
    ];
    for (args, sentence) in cases {
        let output = turnwise(args).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(sentence), "{args:?}: {said}");
    }
}

#[test]
fn every_command_helps_with_an_example() {
    for command in ["sandbox", "completions"] {
        let output = turnwise(&[command, "--help"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("Example: turnwise"),
            "{command}"
        );
    }
}
