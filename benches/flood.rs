//! What a flood of made-up callbacks costs a server (`cargo bench -- flood`): the memory of its process while they come over
//! HTTP, from one address and from as many as there are callbacks, and the calls that it makes to the provider meanwhile.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Callbacks after which the memory is read.
const READ_AFTER: [usize; 5] = [1_000, 10_000, 20_000, 50_000, 100_000];
const CONNECTIONS: usize = 8;

const BOT: &str = "name: Flooded\nintegrations: { salesforce: {} }\n";
const TEMPLATE: &str = "template: leads\ntitle: Leads\nsummary: Counts leads.\npurpose: count leads\n\
    integration: salesforce\nobject: Lead\nexamples: [count the leads]\n\
    steps:\n  - call: salesforce.find\n    as: found\n  - say: \"{{ found.total }}\"\n";

/// Prints the figures, where they were asked for by name.
pub(crate) fn tell() {
    if !std::env::args().any(|argument| argument == "flood") {
        return;
    }
    for (name, everywhere) in [("from one address", false), ("each from its own", true)] {
        let folder = tempfile::tempdir().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let mut server = Server::start(folder.path(), &calls);
        let mut out = std::io::stdout();
        writeln!(out, "callbacks {name}:").unwrap();
        let mut sent = 0;
        for until in READ_AFTER {
            let [passed, refused] = flood(&server.address, sent..until, everywhere);
            sent = until;
            writeln!(
                out,
                "  after {until}: {} KiB; of these {passed} sent to the page of unknown links, {refused} refused (429); {} calls to the provider",
                server.resident(),
                calls.load(Ordering::SeqCst),
            )
            .unwrap();
        }
        server.process.kill().unwrap();
        server.process.wait().unwrap();
    }
}

struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// A server on a store in a file, whose provider counts who connects.
    fn start(folder: &std::path::Path, calls: &Arc<AtomicUsize>) -> Server {
        let provider = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("http://{}", provider.local_addr().unwrap());
        let calls = calls.clone();
        thread::spawn(move || {
            while provider.accept().is_ok() {
                calls.fetch_add(1, Ordering::SeqCst);
            }
        });
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        std::fs::create_dir(folder.join("templates")).unwrap();
        std::fs::write(folder.join("bot.yaml"), BOT).unwrap();
        std::fs::write(folder.join("templates/leads.yaml"), TEMPLATE).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_turnwise"))
            .arg("serve")
            .arg(folder)
            .args(["--port", &port.to_string()])
            .args(["--store", &format!("sqlite://{}/bot.db", folder.display())])
            .env(
                "TURNWISE_VAULT_KEY",
                turnwise_connectors::auth::Vault::new_key(),
            )
            .env("TURNWISE_SERVER_KEY", "the key of the flood")
            .env("TURNWISE_SALESFORCE_URL", host)
            .env("TURNWISE_TRUSTED_PROXY", "127.0.0.1")
            .env("TURNWISE_CACHE", folder.join("cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = format!("127.0.0.1:{port}");
        // It listens a moment after it has started.
        while TcpStream::connect(&address).is_err() {
            thread::yield_now();
        }
        Server { process, address }
    }

    /// Resident memory in KiB (Linux).
    fn resident(&self) -> usize {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let mut words = line.unwrap().split_whitespace();
        words.nth(1).unwrap().parse().unwrap()
    }
}

/// Sends these callbacks, each with a state that nobody made: how many were answered with the page, and how many refused.
fn flood(address: &str, which: std::ops::Range<usize>, everywhere: bool) -> [usize; 2] {
    let (passed, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for first in 0..CONNECTIONS {
            let (which, passed, refused) = (which.clone(), &passed, &refused);
            scope.spawn(move || {
                let stream = TcpStream::connect(address).unwrap();
                let mut answers = BufReader::new(stream.try_clone().unwrap());
                for n in which.skip(first).step_by(CONNECTIONS) {
                    let [_, b, c, d] = u32::try_from(n).unwrap().to_be_bytes();
                    let from = match everywhere {
                        true => format!("10.{b}.{c}.{d}"),
                        false => "10.0.0.1".to_owned(),
                    };
                    let state = turnwise_connectors::auth::Vault::new_key();
                    let request = format!(
                        "GET /auth/callback?state={state}&code={n} HTTP/1.1\r\nhost: {address}\r\nx-forwarded-for: {from}\r\n\r\n"
                    );
                    (&stream).write_all(request.as_bytes()).unwrap();
                    match answer(&mut answers) {
                        303 => passed.fetch_add(1, Ordering::SeqCst),
                        429 => refused.fetch_add(1, Ordering::SeqCst),
                        other => panic!("status {other}"),
                    };
                }
            });
        }
    });
    [passed.into_inner(), refused.into_inner()]
}

/// The status of the next answer, read to its end.
fn answer(answers: &mut impl BufRead) -> u16 {
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut length = 0;
    loop {
        line.clear();
        answers.read_line(&mut line).unwrap();
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    answers.read_exact(&mut vec![0; length]).unwrap();
    status
}
