//! Examples as patterns: where the words of an example stand in a text, its slots' values stand between them. Cheap and
//! exact, for the sentences that people say nearly as the designer wrote them.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::template::{Example, ExamplePart, Template};

/// The patterns of one template, the most wordy first.
#[derive(Debug, Default)]
pub struct Patterns {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    form: Regex,
    slots: Vec<String>,
    words: usize,
    /// What the words of the example imply: slot and value as the designer wrote it.
    means: Vec<(String, String)>,
}

impl Patterns {
    /// Makes the patterns of a template's examples that hold slots.
    pub fn learn(template: &Template) -> Patterns {
        let mut made: Vec<(usize, Pattern)> =
            template.examples.iter().filter_map(pattern).collect();
        made.sort_by_key(|(words, _)| std::cmp::Reverse(*words));
        Patterns {
            patterns: made.into_iter().map(|(_, pattern)| pattern).collect(),
        }
    }

    /// How many words the first pattern has that fits all of a text.
    pub fn words_in(&self, text: &str) -> usize {
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || ".!?".contains(c));
        self.patterns
            .iter()
            .find(|pattern| pattern.form.is_match(text))
            .map_or(0, |pattern| pattern.words)
    }

    /// What the words of the first pattern imply that fits all of a text.
    pub fn means(&self, text: &str) -> &[(String, String)] {
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || ".!?".contains(c));
        self.patterns
            .iter()
            .find(|pattern| pattern.form.is_match(text))
            .map_or(&[], |pattern| &pattern.means)
    }

    /// The slots' places in a text, by the first pattern that fits all of it.
    pub fn fit(&self, text: &str) -> Vec<(String, Range<usize>)> {
        let end = text
            .trim_end_matches(|c: char| c.is_whitespace() || ".!?".contains(c))
            .len();
        self.patterns
            .iter()
            .find_map(|pattern| {
                let found = pattern.form.captures(&text[..end])?;
                let places = pattern.slots.iter().enumerate().filter_map(|(n, slot)| {
                    let group = found.get(n + 1)?;
                    Some((slot.clone(), group.range()))
                });
                Some(places.collect())
            })
            .unwrap_or_default()
    }
}

/// An example as a pattern, with its rank: by words, then by places. A pattern without words would fit everything.
fn pattern(example: &Example) -> Option<(usize, Pattern)> {
    let mut form = String::from(r"^\W*(?:please |pls |can you |could you |hey |hi )?");
    let mut slots = Vec::new();
    let mut words = 0;
    for part in &example.parts {
        match part {
            ExamplePart::Text(text) => {
                words += text
                    .split(|c: char| !c.is_alphanumeric())
                    .filter(|w| !w.is_empty())
                    .count();
                let pieces: Vec<String> = text.split(' ').map(regex::escape).collect();
                form.push_str(&pieces.join(r"\s+"));
            }
            ExamplePart::Slot(slot) => {
                form.push_str(r"(\S(?:.*?\S)?)");
                slots.push(slot.clone());
            }
        }
    }
    form.push_str(r"(?:,? (?:please|pls|thanks|thx|real quick|quickly|right now))?$");
    if words == 0 || (slots.is_empty() && example.means.is_empty()) {
        return None;
    }
    let form = RegexBuilder::new(&form)
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .size_limit(1 << 20)
        .build()
        .ok()?;
    Some((
        words * 8 + slots.len(),
        Pattern {
            form,
            slots,
            words,
            means: example.means.clone(),
        },
    ))
}
