//! What was learnt and kept answers as what is learnt anew, and costs no learning.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::super::entity;
use super::super::invented::{library, settings};
use super::super::meaning::{Meanings, Memory};
use super::*;

/// Vectors of letters, and a memory that counts.
#[derive(Debug, Default)]
struct Counting {
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    vectors: Mutex<usize>,
    writes: Mutex<usize>,
}

impl Meanings for Counting {
    fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        *self.vectors.lock().unwrap() += texts.len();
        let one = |text: &&str| {
            let mut vector = [0.01_f32; 32];
            text.bytes()
                .for_each(|b| vector[usize::from(b % 32)] += 1.0);
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter().map(|x| x / length).collect()
        };
        texts.iter().map(one).collect()
    }

    fn memory(&self) -> Option<&dyn Memory> {
        Some(self)
    }
}

impl Memory for Counting {
    fn recall(&self, key: &str) -> Option<Vec<u8>> {
        self.kept.lock().unwrap().get(key).cloned()
    }

    fn keep(&self, key: &str, bytes: &[u8]) {
        *self.writes.lock().unwrap() += 1;
        self.kept
            .lock()
            .unwrap()
            .insert(key.to_owned(), bytes.to_vec());
    }
}

impl Counting {
    fn counted(&self) -> (usize, usize) {
        (*self.vectors.lock().unwrap(), *self.writes.lock().unwrap())
    }
}

fn loaded(source: &Arc<Counting>, reject: f32) -> Learned {
    let locale = Locale::of("en-US");
    Learned::from(
        &library(),
        &settings(Some(reject)),
        &locale,
        Some(source.clone()),
    )
}

/// All that a text comes to.
fn told(learned: &Learned, text: &str) -> String {
    let library = library();
    let locale = Locale::of("en-US");
    let now = "2026-01-01T12:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let now = now.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let reader = Reader::new(&now, &locale);
    let found = entity::find_each(library["reserve_book"].slots.values(), text, &reader);
    let choice = learned.intents.as_ref().unwrap().choose(text);
    format!(
        "{choice:?} {:?} {}",
        learned.values(text, &found, None),
        learned.mended(text)
    )
}

const TEXTS: [&str; 5] = [
    "keep something about rope for me",
    "reserve The Glass Harbourmaster from tomorrow",
    "cnacel my crad",
    "a book",
    "tell me another joke",
];

#[test]
fn what_was_kept_answers_as_what_was_learnt_to_the_last_bit() {
    let source = Arc::new(Counting::default());
    let first = loaded(&source, 0.9);
    first.close();
    first.warm();
    let again = loaded(&source, 0.9);
    again.close();
    for text in TEXTS {
        assert_eq!(told(&first, text), told(&again, text), "{text}");
    }
}

#[test]
fn a_second_load_learns_nothing_and_writes_nothing() {
    let source = Arc::new(Counting::default());
    loaded(&source, 0.9).warm();
    let (vectors, writes) = source.counted();
    let again = loaded(&source, 0.9);
    again.close();
    again.warm();
    assert_eq!((vectors, writes), source.counted());
}

#[test]
fn what_is_learnt_late_is_learnt_once_whether_it_was_kept_before_or_not() {
    let source = Arc::new(Counting::default());
    loaded(&source, 0.9).close();
    assert_eq!(source.counted(), (0, 1));
    let second = loaded(&source, 0.9);
    second.warm();
    let (vectors, writes) = source.counted();
    // What the words mean is kept apart from the rest.
    assert!(vectors > 10 && writes == 3);
    loaded(&source, 0.9).warm();
    assert_eq!((vectors, writes), source.counted());
}

#[test]
fn what_a_load_asks_is_kept_and_what_users_ask_is_not() {
    let source = Arc::new(Counting::default());
    let first = loaded(&source, 0.9);
    let text = "keep something about rope for me";
    let answer = told(&first, text);
    first.close();
    told(&first, "a book");
    first.keep();
    let again = loaded(&source, 0.9);
    let (vectors, _) = source.counted();
    assert_eq!(told(&again, text), answer);
    assert_eq!(source.counted().0, vectors);
    again.close();
    told(&again, "a book");
    assert_eq!(source.counted().0, vectors + 1);
}

#[test]
fn another_bot_and_broken_bytes_are_learnt_anew() {
    let source = Arc::new(Counting::default());
    loaded(&source, 0.9).close();
    loaded(&source, 0.8).close();
    assert_eq!(source.kept.lock().unwrap().len(), 2);
    for bytes in source.kept.lock().unwrap().values_mut() {
        bytes.truncate(bytes.len() / 2);
    }
    let anew = loaded(&source, 0.9);
    let other = Arc::new(Counting::default());
    for text in TEXTS {
        assert_eq!(told(&anew, text), told(&loaded(&other, 0.9), text));
    }
}
