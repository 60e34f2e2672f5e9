//! Examples as patterns: where the words of an example stand in a text, its slots' values stand between them. Cheap and
//! exact, for the sentences that people say nearly as the designer wrote them.

use std::ops::Range;
use std::sync::OnceLock;

use regex::{Captures, Regex, RegexBuilder};

use crate::template::{Example, ExamplePart, Template};

/// The patterns of one template, the most wordy first.
#[derive(Debug, Default)]
pub struct Patterns {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// The form as written, compiled when a text first holds its words: most texts never do.
    written: String,
    form: OnceLock<Option<Regex>>,
    /// Words of ASCII letters, in small ones, that every text of the form holds.
    needs: Vec<String>,
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
        self.first(text).map_or(0, |(pattern, _)| pattern.words)
    }

    /// What the words of the first pattern imply that fits all of a text.
    pub fn means(&self, text: &str) -> &[(String, String)] {
        self.first(text)
            .map_or(&[], |(pattern, _)| pattern.means.as_slice())
    }

    /// The slots' places in a text, by the first pattern that fits all of it.
    pub fn fit(&self, text: &str) -> Vec<(String, Range<usize>)> {
        let Some((pattern, found)) = self.first(text) else {
            return Vec::new();
        };
        let places = pattern.slots.iter().enumerate().filter_map(|(n, slot)| {
            let group = found.get(n + 1)?;
            Some((slot.clone(), group.range()))
        });
        places.collect()
    }

    /// The first pattern that fits all of a text, and how.
    fn first<'t>(&self, text: &'t str) -> Option<(&Pattern, Captures<'t>)> {
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || ".!?".contains(c));
        let small = small(text);
        let possible = |pattern: &&Pattern| pattern.needs.iter().all(|w| small.contains(w));
        let mut possible = self.patterns.iter().filter(possible);
        possible.find_map(|pattern| Some((pattern, pattern.form()?.captures(text)?)))
    }
}

impl Pattern {
    fn form(&self) -> Option<&Regex> {
        let made = || {
            let mut form = RegexBuilder::new(&self.written);
            let form = form.case_insensitive(true).dot_matches_new_line(true);
            form.size_limit(1 << 20).build().ok()
        };
        self.form.get_or_init(made).as_ref()
    }
}

/// In small letters, the two signs too that count as other writings of ASCII ones.
fn small(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.to_lowercase().replace('\u{17f}', "s")
}

/// An example as a pattern, with its rank: by words, then by places. A pattern without words would fit everything.
fn pattern(example: &Example) -> Option<(usize, Pattern)> {
    let mut form = String::from(r"^\W*(?:please |pls |can you |could you |hey |hi )?");
    let mut slots = Vec::new();
    let mut needs = Vec::new();
    let mut words = 0;
    for part in &example.parts {
        match part {
            ExamplePart::Text(text) => {
                words += text
                    .split(|c: char| !c.is_alphanumeric())
                    .filter(|w| !w.is_empty())
                    .count();
                let pieces = text.split_whitespace().filter(|piece| piece.is_ascii());
                needs.extend(pieces.map(str::to_ascii_lowercase));
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
    Some((
        words * 8 + slots.len(),
        Pattern {
            written: form,
            form: OnceLock::new(),
            needs,
            slots,
            words,
            means: example.means.clone(),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::ExamplePart::{Slot, Text};

    fn patterns(parts: &[ExamplePart]) -> Patterns {
        let example = Example {
            parts: parts.to_vec(),
            means: Vec::new(),
            line: 1,
        };
        Patterns {
            patterns: pattern(&example).into_iter().map(|(_, p)| p).collect(),
        }
    }

    #[test]
    fn the_words_of_an_example_may_be_written_in_any_way_that_is_the_same() {
        let keep = patterns(&[Text("Keep the Book ".into()), Slot("book".into())]);
        let cafe = patterns(&[Text("book Café ".into()), Slot("day".into())]);
        for (patterns, text, value) in [
            (&keep, "keep the book Tidal Maps", Some("Tidal Maps")),
            (
                &keep,
                "Please KEEP  the\nBOOK Tidal Maps, thanks!",
                Some("Tidal Maps"),
            ),
            // The signs of Kelvin and a long s.
            (&keep, "\u{212a}eep the boo\u{212a} Maps", Some("Maps")),
            (&keep, "keep a book Tidal Maps", None),
            (&keep, "keep the book", None),
            (&cafe, "BOOK CAFÉ tomorrow", Some("tomorrow")),
            (&cafe, "book cafe tomorrow", None),
        ] {
            let places = patterns.fit(text);
            let found = places.first().map(|(_, place)| &text[place.clone()]);
            assert_eq!(found, value, "{text}");
        }
        let lens = patterns(&[Text("lens of ".into()), Slot("size".into())]);
        assert_eq!(lens.words_in("len\u{17f} of 5"), 2);
    }
}
