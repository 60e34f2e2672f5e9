//! How a language tells the time: its halves of the day, its fractions of an hour, the forms in which people put a time. The
//! words and forms stand in the language's file and are compiled when they are first needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::counting::{accented, spell, spellings};
use super::words::Words;

/// The part of a language's file that is about times of day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clock {
    /// Names of hours beside the numbers up to twelve.
    hours: BTreeMap<String, u32>,
    /// Minutes past the hour; below zero, before it.
    fractions: BTreeMap<String, i32>,
    /// Times that have a name, in minutes after midnight.
    names: BTreeMap<String, u32>,
    /// What says that an hour is before noon, and after it.
    early: BTreeSet<String>,
    late: BTreeSet<String>,
    /// What says that an hour is at night, on either side of midnight.
    night: BTreeSet<String>,
    /// The half of the day behind an hour, as a pattern.
    half: String,
    forms: Vec<Row>,
    #[serde(skip)]
    compiled: OnceLock<Vec<(Regex, f32)>>,
}

/// A way to say a time: a pattern in which `{hour}`, `{half}`, `{fraction}` and `{name}` stand for those words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    form: String,
    sure: f32,
}

/// The part of the day that a word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Early,
    Late,
    Night,
}

impl Words {
    /// The forms of this language's times, each with how sure it is.
    pub(super) fn times(&self) -> &[(Regex, f32)] {
        self.clock.compiled.get_or_init(|| self.clock.compile(self))
    }

    pub(super) fn hour(&self, word: &str) -> Option<u32> {
        let word = key(word);
        let named = || self.clock.hours.get(&word).copied();
        let number = || self.numbers.get(&word).map(|n| *n as u32);
        word.parse().ok().or_else(named).or_else(number)
    }

    pub(super) fn minute(&self, word: &str) -> Option<u32> {
        let number = || {
            let words = key(word).replace('-', " ");
            let mut sum = words.split(' ').map(|part| self.numbers.get(part));
            sum.try_fold(0, |sum, part| Some(sum + *part? as u32))
        };
        word.parse().ok().or_else(number)
    }

    pub(super) fn fraction(&self, word: &str) -> Option<i32> {
        self.clock.fractions.get(&key(word)).copied()
    }

    /// Minutes after midnight.
    pub(super) fn named_time(&self, word: &str) -> Option<u32> {
        self.clock.names.get(&key(word)).copied()
    }

    pub(super) fn part_of_day(&self, word: &str) -> Option<Part> {
        let word = key(word);
        let is = |words: &BTreeSet<String>| words.contains(&word);
        if is(&self.clock.early) {
            Some(Part::Early)
        } else if is(&self.clock.night) {
            Some(Part::Night)
        } else {
            is(&self.clock.late).then_some(Part::Late)
        }
    }
}

impl Clock {
    /// Its tables with the words in the other ways that people type them.
    pub(super) fn spell(&mut self) {
        spell(&mut self.hours);
        spell(&mut self.fractions);
        spell(&mut self.names);
        for words in [&mut self.early, &mut self.late, &mut self.night] {
            let more: Vec<String> = words.iter().flat_map(|word| spellings(word)).collect();
            words.extend(more);
        }
    }

    fn compile(&self, words: &Words) -> Vec<(Regex, f32)> {
        let small = words.numbers.iter().filter(|(word, n)| {
            (1.0..=12.0).contains(*n) && n.fract() == 0.0 && !word.contains(' ')
        });
        let mut hours: Vec<&str> = small.map(|(word, _)| word.as_str()).collect();
        hours.extend(self.hours.keys().map(String::as_str));
        let hour = format!(r"(?P<h>\d{{1,2}}|{})", any(hours));
        let fraction = any(self.fractions.keys().map(String::as_str).collect());
        let name = any(self.names.keys().map(String::as_str).collect());
        let compiled = |row: &Row| {
            let form = accented(&row.form)
                .replace("{half}", &accented(&self.half))
                .replace("{hour}", &hour)
                .replace("{fraction}", &format!("(?P<fraction>{fraction})"))
                .replace("{name}", &format!("(?P<name>{name})"));
            let form = Regex::new(&format!(r"(?i)\b(?:{form})\b{{end-half}}"));
            (
                form.expect("the forms of a data file are patterns"),
                row.sure,
            )
        };
        self.forms.iter().map(compiled).collect()
    }
}

/// One of these words as a pattern, the longest first.
fn any(mut words: Vec<&str>) -> String {
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let words: Vec<String> = words.into_iter().map(regex::escape).collect();
    words.join("|")
}

fn key(word: &str) -> String {
    let lower = word.to_lowercase();
    match lower.is_ascii() {
        true => lower,
        false => lower.nfc().collect(),
    }
}
