//! `turnwise chat` as whoever types sees it: through pipes, where the same conversation is held as in a terminal.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const TEMPLATE: &str = "\
template: note_it
title: Note it
examples: [note it, write a note, 'note that {subject}']
slots:
  subject: { type: text, ask: What is it about? }
  size: { type: choice, choices: [Small, Large], ask: How large is it? }
steps:
  - collect: [subject, size]
  - say: \"**Noted:** {{ subject }}, {{ size | lower }}.\"
";

fn notes() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bot = "name: Notes\ngreeting: Hello. I take notes.\n";
    std::fs::write(folder.path().join("bot.yaml"), bot).unwrap();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    std::fs::write(folder.path().join("templates/note_it.yaml"), TEMPLATE).unwrap();
    folder
}

pub(crate) fn turnwise(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_turnwise"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TURNWISE_")) {
        command.env_remove(name);
    }
    command
        .args(args)
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// What is on the screen after these lines were typed, and the exit code.
fn typed(bot: &Path, flags: &[&str], lines: &str) -> (String, Option<i32>) {
    let mut child = turnwise(&["chat", bot.to_str().unwrap(), "--port", "0"])
        .args(flags)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    (shown, output.status.code())
}

#[test]
fn a_piped_conversation_reads_as_one() {
    let bot = notes();
    let (shown, code) = typed(
        bot.path(),
        &["--now", "2026-11-24T10:00:00Z"],
        "note it\n\nthe roof\n2\n",
    );
    insta::assert_snapshot!(shown);
    assert_eq!(code, Some(0));
}

#[test]
fn quit_ends_it() {
    let bot = notes();
    let (shown, code) = typed(bot.path(), &[], "/quit\nnote it\n");
    assert_eq!(shown, "Hello. I take notes.\n");
    assert_eq!(code, Some(0));
}

#[test]
fn a_trace_follows_each_turn() {
    let bot = notes();
    let (shown, _) = typed(bot.path(), &["--trace"], "note it\nthe roof\n");
    let (_, turn) = shown.split_once("› the roof\n").unwrap();
    let (said, thought) = turn.split_once("  · ").unwrap();
    assert_eq!(said, "How large is it?\n  1 Small\n  2 Large\n");
    for part in [
        "acts [",
        "· dialog note_it subject=\"the roof\"",
        "· awaits slot size",
    ] {
        assert!(thought.contains(part), "{thought}");
    }
}

#[test]
fn a_bot_chats_where_no_org_is_set_up() {
    let (shown, code) = typed(
        Path::new("examples/sales-assistant"),
        &[],
        "I just met Ida Blum from Fernhill\nida at fernhill dot com\ncancel\n",
    );
    insta::assert_snapshot!(shown);
    assert_eq!(code, Some(0));
}

#[test]
fn a_bot_with_errors_is_refused() {
    let bot = notes();
    let broken = TEMPLATE.replace("subject, size]", "subject, sise]");
    std::fs::write(bot.path().join("templates/note_it.yaml"), broken).unwrap();
    let (shown, code) = typed(bot.path(), &[], "note it\n");
    assert_eq!((shown.as_str(), code), ("", Some(1)));
}

/// A chat that goes on, and the sandbox org behind it.
pub(crate) struct Chat {
    sandbox: Child,
    /// Where the org is.
    pub(crate) org: String,
    pub(crate) chat: Child,
    keys: ChildStdin,
    screen: BufReader<ChildStdout>,
    browser: reqwest::Client,
}

impl Chat {
    fn start() -> Chat {
        Chat::of("examples/sales-assistant", &[], "")
    }

    /// A chat with this bot; `key` opens its store.
    pub(crate) fn of(bot: &str, flags: &[&str], key: &str) -> Chat {
        let mut sandbox = turnwise(&["sandbox", "--port", "0", "--auto-approve"])
            .spawn()
            .unwrap();
        let mut said = BufReader::new(sandbox.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let org = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .unwrap()
            .to_owned();
        let mut chat = turnwise(&["chat", bot, "--port", "0"]);
        if !key.is_empty() {
            chat.env("TURNWISE_VAULT_KEY", key);
        }
        let mut chat = chat
            .args(flags)
            .env("TURNWISE_SALESFORCE_URL", &org)
            .spawn()
            .unwrap();
        // The sandbox says nothing more that matters, but may not wait for a reader.
        std::thread::spawn(move || said.lines().for_each(drop));
        Chat {
            sandbox,
            org,
            keys: chat.stdin.take().unwrap(),
            screen: BufReader::new(chat.stdout.take().unwrap()),
            chat,
            browser: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    pub(crate) fn type_line(&mut self, line: &str) {
        writeln!(self.keys, "{line}").unwrap();
    }

    /// The next line on the screen that holds this.
    pub(crate) fn line_with(&mut self, part: &str) -> String {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            let read = self.screen.read_line(&mut line).unwrap();
            assert!(read > 0, "`{part}` never came: {seen}");
            if line.contains(part) {
                return line.trim_end().to_owned();
            }
            seen.push_str(&line);
        }
    }

    /// Signs in through the link; the org lets everybody in at once. Gives the code that the last page shows.
    pub(crate) async fn sign_in(&self, link: &str) -> String {
        let go_on = self.browser.post(link).send().await.unwrap();
        let mut at = location(&go_on);
        let back = loop {
            let answer = self.browser.get(&at).send().await.unwrap();
            match answer.headers().get("location") {
                Some(_) => {
                    at = reqwest::Url::parse(&at)
                        .unwrap()
                        .join(&location(&answer))
                        .unwrap()
                        .into()
                }
                None => break answer.text().await.unwrap(),
            }
        };
        let code = regex::Regex::new(r"\b\d{6}\b").unwrap();
        code.find(&back).expect(&back).as_str().to_owned()
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        for child in [&mut self.chat, &mut self.sandbox] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn location(response: &reqwest::Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_sign_in_is_bound_by_the_code_typed_back_and_the_request_goes_on() {
    let mut chat = Chat::start();
    chat.type_line("how many leads do I have");
    let link = chat.line_with("/auth/start/");
    assert!(link.starts_with("http://127.0.0.1:"), "{link}");
    let code = chat.sign_in(&link).await;
    // Nothing was typed meanwhile: what the callback says appears by itself.
    chat.line_with("Type the code that the page shows you");
    chat.type_line(&code);
    assert_eq!(chat.line_with("› "), "› ••••••");
    chat.line_with("Connected as rep@example.com");
    chat.line_with("of 25");
    chat.type_line("/quit");
    assert_eq!(chat.chat.wait().unwrap().code(), Some(0));
}

#[test]
fn log_lines_that_no_terminal_shows_carry_no_colours() {
    let bot = notes();
    let mut child = turnwise(&["chat", bot.path().to_str().unwrap(), "--port", "0"])
        .env("RUST_LOG", "trace")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    let logged = String::from_utf8(output.stderr).unwrap();
    assert!(logged.contains("TRACE"), "nothing was logged: {logged}");
    assert!(!logged.contains('\u{1b}'), "{logged}");
}
