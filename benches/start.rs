//! Start-up: a bot's files read, checked and learnt from, until its first turn could be played; the first time, and with what
//! was learnt then. From the start of the process to its first answer is measured with the binary itself.

use std::path::Path;
use std::process::{Command, Stdio};

use divan::Bencher;
use turnwise::meanings::Remembered;
use turnwise_engine::template::source::Sources;

use crate::bot::{generated, sales_assistant};

/// The seven templates of the library, then generated ones with ten examples and four slots each.
const TEMPLATES: [usize; 4] = [7, 150, 500, 1000];

#[divan::bench(args = TEMPLATES, sample_size = 1, sample_count = 3)]
fn cold(bencher: Bencher<'_, '_>, n: usize) {
    let sources = sources(n);
    bencher
        .with_inputs(|| tempfile::tempdir().unwrap())
        .bench_refs(|folder| load(&sources, folder.path()));
}

#[divan::bench(args = TEMPLATES, sample_size = 1, sample_count = 10)]
fn cached(bencher: Bencher<'_, '_>, n: usize) {
    let sources = sources(n);
    let folder = tempfile::tempdir().unwrap();
    load(&sources, folder.path());
    bencher.bench(|| load(&sources, folder.path()));
}

/// The process itself, with what an earlier one learnt: started, a bot loaded, one text understood, ended.
#[divan::bench(sample_size = 1, sample_count = 10)]
fn exec_to_first_answer(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    answer_once(folder.path());
    bencher.bench(|| answer_once(folder.path()));
}

fn sources(n: usize) -> Sources {
    match n {
        7 => sales_assistant(),
        n => generated(n),
    }
}

fn load(sources: &Sources, folder: &Path) {
    turnwise::bot::loaded_by(sources, Remembered::of(folder)).unwrap();
}

fn answer_once(folder: &Path) {
    let bot = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sales-assistant");
    let mut process = Command::new(env!("CARGO_BIN_EXE_turnwise"))
        .arg("understand")
        .arg(bot)
        .env("TURNWISE_CACHE", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = process.stdin.take().unwrap();
    std::io::Write::write_all(&mut line, b"{\"text\":\"create a lead\"}\n").unwrap();
    drop(line);
    let out = process.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("create_lead"));
}
