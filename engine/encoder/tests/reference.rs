//! The encoder against embeddings that another implementation made, against itself on other instructions, and on texts that
//! nobody types.

#![allow(clippy::unwrap_used, reason = "the reference file is of this shape")]

use proptest::prelude::*;
use turnwise_encoder::{Encoder, WIDTH, encoder, ids, known};

struct Reference {
    text: String,
    ids: Vec<u16>,
    vector: Vec<f32>,
}

fn references() -> Vec<Reference> {
    include_str!("reference.jsonl")
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let numbers = |key: &str| line[key].as_array().unwrap().clone();
            Reference {
                text: line["text"].as_str().unwrap().to_owned(),
                ids: numbers("ids")
                    .iter()
                    .map(|id| id.as_u64().unwrap() as u16)
                    .collect(),
                vector: numbers("vec")
                    .iter()
                    .map(|x| x.as_f64().unwrap() as f32)
                    .collect(),
            }
        })
        .collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn pieces_are_those_of_the_reference() {
    for reference in references() {
        assert_eq!(ids(&reference.text), reference.ids, "{}", reference.text);
    }
}

#[test]
fn embeddings_agree_with_the_reference() {
    for reference in references() {
        let cosine = dot(&encoder().embed(&reference.text), &reference.vector);
        assert!(cosine >= 0.99, "{}: {cosine}", reference.text);
    }
}

/// Short and long, alone and among others, in signs and scripts that the vocabulary lacks.
const TEXTS: &[&str] = &[
    "",
    "?",
    "pick up my dry cleaning",
    "Could you move the tasting with Óscar to the 9th, around half past four?",
    "cancel it",
    "как дела",
    "🚲🚲 bike repair 🚲🚲",
    "the ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger the \
     ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger \
     the ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger the ledger the end",
];

#[test]
fn every_kernel_gives_the_same_bits_alone_and_together() {
    let plain: Vec<Vec<f32>> = {
        let plain = Encoder::plain();
        TEXTS.iter().map(|text| plain.embed(text)).collect()
    };
    for (name, encoder) in Encoder::all() {
        let together = encoder.embed_all(TEXTS);
        for ((text, plain), together) in TEXTS.iter().zip(&plain).zip(&together) {
            let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(plain), bits(together), "{name}: {text}");
            assert_eq!(bits(plain), bits(&encoder.embed(text)), "{name}: {text}");
            assert!((dot(plain, plain) - 1.0).abs() < 1e-5);
        }
    }
}

#[test]
fn bits_are_those_of_the_first_release() {
    // A change here makes every cache of embeddings stale: raise `ARITHMETIC` with it.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for text in TEXTS {
        for x in encoder().embed(text) {
            hash = (hash ^ u64::from(x.to_bits())).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    assert_eq!(format!("{hash:016x}"), "b0a0534feae73978");
}

#[test]
fn texts_that_mean_the_same_are_near() {
    let near = |a: &str, b: &str| dot(&encoder().embed(a), &encoder().embed(b));
    for (text, same, other) in [
        (
            "book a table for two",
            "reserve dinner for a couple",
            "book a flight to oslo",
        ),
        (
            "my parcel never arrived",
            "the package is missing",
            "the concert was lovely",
        ),
        (
            "turn the heating down",
            "it is too warm in here",
            "turn the page",
        ),
    ] {
        assert!(near(text, same) > near(text, other), "{text}");
    }
}

#[test]
fn words_have_vectors_where_they_stand() {
    let text = "Ring Zoë's bakery!";
    let words = encoder().words(text);
    let said: Vec<&str> = words.iter().map(|(span, _)| &text[span.clone()]).collect();
    assert_eq!(said, ["Ring", "Zoë", "'", "s", "bakery", "!"]);
    assert!(words.iter().all(|(_, vector)| vector.len() == WIDTH));
    assert!(encoder().words("").is_empty());
}

#[test]
fn the_vocabulary_knows_words_of_the_language() {
    assert!(known("bakery").is_some() && known("appointment").is_some());
    assert!(known("bakrey").is_none() && known("").is_none());
    assert!(known("the") < known("bakery"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_a_finite_embedding_and_words_in_order(text in "\\PC{0,80}|[a-z \\p{M}\\p{P}]{0,200}") {
        let vector = encoder().embed(&text);
        prop_assert_eq!(vector.len(), WIDTH);
        prop_assert!(vector.iter().all(|x| x.is_finite()));
        prop_assert!(ids(&text).len() <= 64);
        let words = encoder().words(&text);
        for pair in words.windows(2) {
            prop_assert!(pair[0].0.start < pair[1].0.end);
        }
        for (span, _) in words {
            prop_assert!(text.get(span).is_some());
        }
    }
}
