//! What an embedding costs, by pieces and instructions: `cargo bench -p turnwise-encoder`.

use std::sync::LazyLock;

use divan::{Bencher, black_box};
use turnwise_encoder::{Encoder, ids};

static ALL: LazyLock<Vec<(&'static str, Encoder)>> = LazyLock::new(Encoder::all);

/// Texts of 5, 10, 20 and 64 pieces.
const TEXTS: &[&str] = &[
    "water the plants",
    "could you water the plants on monday",
    "could you water the plants on monday and on thursday while we are away in the mountains please",
    "water water water water water water water water water water water water water water water water water water water water \
     water water water water water water water water water water water water water water water water water water water water \
     water water water water water water water water water water water water water water water water water water water water \
     water water",
];

fn main() {
    divan::main();
}

fn run(bencher: Bencher<'_, '_>, name: &str, n: usize) {
    let Some((_, encoder)) = ALL.iter().find(|(kernel, _)| *kernel == name) else {
        return;
    };
    bencher.bench(|| encoder.embed(black_box(TEXTS[n])));
}

#[divan::bench(args = [0, 1, 2, 3])]
fn avx512vnni(bencher: Bencher<'_, '_>, n: usize) {
    run(bencher, "avx512vnni", n);
}

#[divan::bench(args = [0, 1, 2, 3])]
fn avx2(bencher: Bencher<'_, '_>, n: usize) {
    run(bencher, "avx2", n);
}

#[divan::bench(args = [0, 1, 2])]
fn plain(bencher: Bencher<'_, '_>, n: usize) {
    run(bencher, "plain", n);
}

#[divan::bench(args = [0, 1, 2, 3])]
fn pieces(n: usize) -> Vec<u16> {
    ids(black_box(TEXTS[n]))
}

#[divan::bench(sample_count = 10)]
fn expanding_the_model() -> Encoder {
    Encoder::plain()
}
