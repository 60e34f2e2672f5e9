//! Start-up: a bot's files read, checked and learnt from, until its first turn could be played.

use divan::Bencher;

use crate::bot::{generated, sales_assistant};

/// The seven templates of the library.
#[divan::bench(sample_size = 1)]
fn with_the_seven_templates(bencher: Bencher<'_, '_>) {
    let sources = sales_assistant();
    bencher.bench(|| turnwise::bot::loaded(&sources).unwrap());
}

/// Generated templates with five examples and three slots each.
#[divan::bench(args = [50, 500], sample_size = 1, sample_count = 5)]
fn with_generated_templates(bencher: Bencher<'_, '_>, n: usize) {
    let sources = generated(n);
    bencher.bench(|| turnwise::bot::loaded(&sources).unwrap());
}
