//! Examples as patterns: where the words of an example stand in a text, its slots' values stand between them. Cheap and
//! exact, for the sentences that people say nearly as the designer wrote them.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::template::{Example, ExamplePart, SlotKind, Template};

use super::words::Words;

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
    pub(super) fn learn(template: &Template, words: &Words) -> Patterns {
        let mut made: Vec<(usize, Pattern)> = {
            let examples = template.examples.iter();
            examples
                .filter_map(|example| pattern(example, template, words))
                .collect()
        };
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

    /// The slots' places in a text, by the first pattern that fits all of it and whose values may stand in its slots, and how
    /// many words the pattern has.
    pub(super) fn fit(
        &self,
        text: &str,
        may_be: &dyn Fn(&str, &str) -> bool,
    ) -> (Vec<(String, Range<usize>)>, usize) {
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
                let places: Vec<(String, Range<usize>)> = places.collect();
                let fits = places
                    .iter()
                    .all(|(slot, span)| may_be(slot, &text[span.clone()]));
                fits.then_some((places, pattern.words))
            })
            .unwrap_or_default()
    }
}

/// Whether nothing but space parts two values, so that a pattern can't tell where one ends; a first and a last name may.
fn runs_on(parts: &[ExamplePart], template: &Template) -> bool {
    let [
        ExamplePart::Slot(one),
        ExamplePart::Text(between),
        ExamplePart::Slot(other),
    ] = parts
    else {
        return false;
    };
    let kind = |id: &String| template.slots.get(id).map(|slot| &slot.kind);
    let name = matches!(
        (kind(one), kind(other)),
        (Some(SlotKind::FirstName), Some(SlotKind::LastName))
    );
    between.trim().is_empty() && !name
}

/// An example as a pattern, with its rank: by words, then by places. A pattern without words would fit everything.
fn pattern(example: &Example, template: &Template, language: &Words) -> Option<(usize, Pattern)> {
    let any = |words: &[String]| {
        let words: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
        words.join("|")
    };
    let heads = any(&language.phrasing.pattern_heads);
    let mut form = format!(r"^\W*(?:{heads})?");
    let mut slots = Vec::new();
    let mut words = 0;
    if example
        .parts
        .windows(3)
        .any(|three| runs_on(three, template))
    {
        return None;
    }
    // A list is worded like nothing: which of its parts is which, the commas don't tell.
    let is_list = example.parts.windows(3).any(|three| {
        matches!(three, [ExamplePart::Slot(_), ExamplePart::Text(sign), ExamplePart::Slot(_)]
            if sign.contains([',', ';', '/', '-']) && !sign.contains(char::is_alphanumeric))
    });
    for part in &example.parts {
        match part {
            ExamplePart::Text(text) => {
                words += text
                    .split(|c: char| !c.is_alphanumeric())
                    .filter(|w| !w.is_empty())
                    .count();
                let pieces: Vec<String> = text.split(' ').map(regex::escape).collect();
                // People end a clause with any sign, or with none.
                let pieces = pieces.join(r"\s+").replace(r",\s+", r"\s*[,;.!-]?\s+");
                form.push_str(&pieces);
            }
            ExamplePart::Slot(slot) => {
                form.push_str(r"(\S(?:.*?\S)?)");
                slots.push(slot.clone());
            }
        }
    }
    let tails = any(&language.phrasing.pattern_tails);
    form.push_str(&format!(r"(?:,? (?:{tails}))?$"));
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
            words: if is_list { 0 } else { words },
            means: example.means.clone(),
        },
    ))
}
