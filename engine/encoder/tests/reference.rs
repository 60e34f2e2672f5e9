//! The encoder against vectors of a reference reader in another language: pieces equal, meanings nearly so, and the same bits
//! whichever way is multiplied. `reference.jsonl` has text, ids and the vector rounded to four decimals.

use serde::Deserialize;
use turnwise_encoder::{Encoder, Speed, pieces, word};

#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<u32>,
    vec: Vec<f32>,
}

static MODEL: &[u8] = include_bytes!("../model/encoder.bin");

fn rows() -> Vec<Row> {
    let rows = include_str!("reference.jsonl").lines();
    rows.map(|line| serde_json::from_str(line).expect("a row of the reference"))
        .collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_are_cut_into_the_pieces_of_the_reference() {
    for row in rows() {
        assert_eq!(pieces(&row.text), row.ids, "{}", row.text);
    }
}

#[test]
fn meanings_are_those_of_the_reference() {
    for row in rows() {
        let vector = Encoder::embedded().encode(&row.text);
        let near = dot(&vector, &row.vec);
        assert!(near > 0.99, "{}: {near}", row.text);
        assert!((dot(&vector, &vector) - 1.0).abs() < 1e-4);
    }
}

#[test]
fn plain_code_gives_the_same_bits() {
    let plain = Encoder::read(MODEL).unwrap().with(Speed::PLAIN);
    for row in rows().iter().take(6) {
        let bits = |vector: Vec<f32>| vector.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let (one, other) = (
            Encoder::embedded().encode(&row.text),
            plain.encode(&row.text),
        );
        assert_eq!(bits(one), bits(other), "{}", row.text);
    }
}

#[test]
fn texts_that_mean_the_same_are_near_each_other() {
    let encode = |text: &str| Encoder::embedded().encode(text);
    let lead = encode("create a new lead");
    let near = dot(&lead, &encode("please add another prospect"));
    let far = dot(&lead, &encode("what will the weather be like"));
    assert!(near > far + 0.2, "{near} {far}");
}

#[test]
fn whole_words_are_known_without_the_layers() {
    assert!(word("prospect").is_some());
    assert!(word("prospekt").is_none());
    assert!(word("the") < word("prospect"));
}
