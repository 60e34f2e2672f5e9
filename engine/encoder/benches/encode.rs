//! What a text costs, by its pieces and by the way of multiplying. Run with `cargo bench -p turnwise-encoder`.

use divan::{Bencher, black_box};
use turnwise_encoder::{Encoder, Speed};

const TEXTS: [&str; 3] = [
    "new lead",
    "please put Ida Blum from Fernhill into the list",
    "I met somebody at the fair yesterday who would like to hear from us about the large plan before the end of the month",
];

fn main() {
    divan::main();
}

#[divan::bench(args = TEXTS)]
fn as_fast_as_it_gets(bencher: Bencher<'_, '_>, text: &str) {
    let encoder = Encoder::embedded();
    bencher.bench(|| encoder.encode(black_box(text)));
}

#[divan::bench(args = [TEXTS[1]])]
fn in_plain_code(bencher: Bencher<'_, '_>, text: &str) {
    static MODEL: &[u8] = include_bytes!("../model/encoder.bin");
    let encoder = Encoder::read(MODEL)
        .expect("the model is whole")
        .with(Speed::PLAIN);
    bencher.bench(|| encoder.encode(black_box(text)));
}

#[divan::bench]
fn reading_the_model() -> Encoder {
    static MODEL: &[u8] = include_bytes!("../model/encoder.bin");
    Encoder::read(black_box(MODEL)).expect("the model is whole")
}
