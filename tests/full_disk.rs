//! A server whose disk is full: it says so, answers what it can, and loses nothing that it had answered. The disk is a limit
//! on the size of files, which the system sets for the process; how the store itself takes it is the store's test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

const KEY: &str = "the key of the full disk";
/// What the store's files may grow to, in blocks of 512 or 1,024 bytes, as the shell has it.
const BLOCKS: &str = "512";
/// More turns than that disk takes.
const TURNS: usize = 2_000;

struct Server {
    child: Child,
    at: String,
    http: reqwest::Client,
}

impl Server {
    /// A bot of one template on a store in this folder; `limited`: on a disk that is soon full.
    fn start(folder: &Path, limited: bool) -> Server {
        // Without the signal a write past the limit fails as on a full disk.
        let limit = format!("trap '' XFSZ; ulimit -f {BLOCKS}; exec \"$0\" \"$@\"");
        let program = env!("CARGO_BIN_EXE_turnwise");
        let mut command = if limited {
            let mut shell = Command::new("sh");
            shell.args(["-c", &limit, program]);
            shell
        } else {
            Command::new(program)
        };
        let store = format!("sqlite://{}", folder.join("bot.db").display());
        let mut child = command
            .arg("serve")
            .arg(folder)
            .args(["--port", "0", "--store", &store])
            .env("TURNWISE_SERVER_KEY", KEY)
            .env("RUST_LOG", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let at = line.split_whitespace().last().unwrap().to_owned();
        Server {
            child,
            at,
            http: reqwest::Client::new(),
        }
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let address = format!("{}{path}", self.at);
        let mut request = self.http.request(method.parse().unwrap(), address);
        request = request.bearer_auth(KEY);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json().await.unwrap_or_default(),
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_loses_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("bot.yaml", "name: Notes\ngreeting: Hello.\n");
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    write(
        "templates/note_it.yaml",
        "template: note_it\ntitle: Note it\nexamples: [note it]\nslots: { subject: { type: text, ask: What? } }\nsteps:\n  - collect: [subject]\n  - say: Noted.\n",
    );
    let server = Server::start(folder.path(), true);
    let (status, opened) = server.ask("POST", "/v1/conversations", &json!({})).await;
    assert_eq!(status, 201, "{opened}");
    let path = format!("/v1/conversations/{}", opened["id"].as_str().unwrap());
    let turns = format!("{path}/turns");
    let long = "a long note ".repeat(400);
    let mut answered = 0;
    let mut refused = None;
    for n in 0..TURNS {
        let said = if n % 2 == 0 { "note it" } else { long.as_str() };
        let turn = json!({ "text": said, "id": n.to_string() });
        let (status, answer) = server.ask("POST", &turns, &turn).await;
        if status == 503 {
            refused = Some((turn, answer));
            break;
        }
        assert_eq!(status, 200, "{answer}");
        answered += 1;
    }
    let (turn, answer) = refused.expect("the disk is full before so many turns");
    assert_eq!(answer["error"]["code"], "store_away", "{answer}");
    assert!(!answer.to_string().contains("bot.db"), "{answer}");
    // What was read is read still, and the server lives.
    let (status, _) = server.ask("GET", &path, &Value::Null).await;
    assert_eq!(status, 200);
    drop(server);
    let server = Server::start(folder.path(), false);
    let (status, answer) = server.ask("POST", &turns, &turn).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer["turn"],
        answered + 2,
        "the one that was refused had not run: {answer}"
    );
    let (_, first) = server
        .ask("GET", &format!("{path}/messages"), &Value::Null)
        .await;
    let ids = first["messages"].as_array().unwrap().iter();
    let ids: Vec<i64> = ids.map(|message| message["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (1..=ids.len() as i64).collect::<Vec<_>>());
    assert_eq!(ids.len(), (1 + 2 * (answered + 1)).min(1_000));
}
