//! How a language counts: what joins the parts of a number in words, its halves, its signs of per cent, what stands between
//! a number and what it counts. The words stand in the language's file; numbers are read elsewhere.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::words::Words;

/// The part of a language's file that is about counting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counting {
    /// What makes one of a scale and is no number itself: "a" of "a hundred".
    pub(super) articles: Vec<String>,
    /// Articles that are the number one too, where they are all that is said: "un", "eine".
    pub(super) ones: Vec<String>,
    /// "And" inside a number.
    pub(super) and: Vec<String>,
    /// Whether it stands between tens and ones: "vinte e dois".
    pub(super) and_joins_tens: bool,
    /// What stands between ones and tens of one word: "und" of "zweiundzwanzig". Such numbers are written together.
    pub(super) glue: Option<String>,
    /// Scales that are numbers without one before them: "mil".
    pub(super) bare_scales: Vec<String>,
    /// The decimal sign as it is spoken.
    pub(super) points: Vec<String>,
    /// What makes a number one below zero.
    pub(super) minus: Vec<String>,
    /// "Half a", before a scale.
    pub(super) halves: Vec<String>,
    /// "And a half", behind a number.
    pub(super) and_a_half: Vec<String>,
    /// Signs and words of per cent.
    pub(super) percents: Vec<String>,
    /// What may stand between a number and its currency: "of ".
    pub(super) amount_joints: Vec<String>,
    /// What a number counts where it stands right behind it: "of us", "people".
    #[serde(default)]
    counted: Vec<String>,
    /// The end of words that say more than one of a thing; empty where a language has no such end.
    #[serde(default)]
    plural: String,
    /// What stands before the extension of a phone number, as patterns.
    extensions: Vec<String>,
    /// How many words the longest number of the table has.
    #[serde(skip)]
    pub(super) longest: usize,
    #[serde(skip)]
    phone_numbers: OnceLock<Regex>,
}

impl Words {
    /// Whether what stands behind a number is counted by it: "4 kids", "three of us".
    pub(super) fn is_counted(&self, behind: &str) -> bool {
        let Some(behind) = behind.strip_prefix(' ') else {
            return false;
        };
        let is_end = |rest: &str| !rest.starts_with(char::is_alphanumeric);
        let starts = |thing: &String| {
            let head = behind.get(..thing.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(thing))
                && is_end(&behind[thing.len()..])
        };
        let end = behind.find(|c: char| !c.is_alphabetic());
        let next = behind[..end.unwrap_or(behind.len())].to_lowercase();
        let several = !self.counting.plural.is_empty()
            && next.ends_with(&self.counting.plural)
            && !self.is_function_word(&next)
            && !self.is_polite(&next)
            && !self.not_names.contains(&next);
        several || self.counting.counted.iter().any(starts)
    }

    /// Numbers that follow from the tables: with and without accents, ones and tens of one word.
    pub(super) fn count(&mut self) {
        if let Some(glue) = self.counting.glue.clone() {
            let tens = self.numbers.iter().filter(|(_, n)| **n >= 20.0);
            let tens: Vec<(String, f64)> = tens.map(|(word, n)| (word.clone(), *n)).collect();
            let ones = self
                .numbers
                .iter()
                .filter(|(_, n)| (1.0..10.0).contains(*n));
            let mut ones: Vec<(String, f64)> = ones.map(|(word, n)| (word.clone(), *n)).collect();
            ones.extend(self.counting.ones.first().map(|one| (one.clone(), 1.0)));
            for (one, n) in &ones {
                for (ten, m) in &tens {
                    self.numbers.insert(format!("{one}{glue}{ten}"), n + m);
                }
            }
        }
        spell(&mut self.numbers);
        spell(&mut self.scales);
        spell(&mut self.digits);
        spell(&mut self.ordinals);
        spell(&mut self.currencies);
        let lengths = self.numbers.keys().map(|key| key.split(' ').count());
        self.counting.longest = lengths.max().unwrap_or(1);
        let counting = &mut self.counting;
        for list in [
            &mut counting.ones,
            &mut counting.bare_scales,
            &mut counting.points,
            &mut counting.halves,
            &mut counting.and_a_half,
            &mut counting.percents,
        ] {
            let more: Vec<String> = list.iter().flat_map(|word| spellings(word)).collect();
            list.extend(more);
        }
    }

    /// Phone numbers in figures; the first group is an extension.
    pub(super) fn phone_numbers(&self) -> &Regex {
        self.counting.phone_numbers.get_or_init(|| {
            let extensions = accented(&self.counting.extensions.join("|"));
            let form = format!(
                r"(?i)(?:\+ ?|\b|\()(?:\(\+?\d{{1,3}}\) ?)?\(?\d[\d \u{{a0}}().\-–/]{{4,22}}\d(?:,?\s*(?:{extensions})\s*(\d{{1,6}}))?\b"
            );
            Regex::new(&form).expect("the extensions of a data file are patterns")
        })
    }

    /// Where the sign or word of per cent behind a number ends.
    pub(super) fn percent_after(&self, text: &str, end: usize) -> Option<usize> {
        let tail = text[end..].trim_start_matches([' ', '\u{a0}', '\u{202f}']);
        let from = text.len() - tail.len();
        self.counting.percents.iter().find_map(|sign| {
            tail.get(..sign.len())
                .filter(|head| head.eq_ignore_ascii_case(sign))
                .map(|_| from + sign.len())
        })
    }
}

/// The keys of a table in the other ways that people type them.
pub(super) fn spell<T: Clone>(table: &mut BTreeMap<String, T>) {
    let more: Vec<(String, T)> = table
        .iter()
        .flat_map(|(word, value)| spellings(word).map(|other| (other, value.clone())))
        .collect();
    for (word, value) in more {
        table.entry(word).or_insert(value);
    }
}

/// A word as people type it whose keyboard lacks its letters: "três" as "tres", "fünf" as "fuenf". None for most words.
pub(super) fn spellings(word: &str) -> impl Iterator<Item = String> {
    let bare = (!word.is_ascii()).then(|| {
        let bare: String = word.nfd().filter(|c| !is_mark(*c)).collect();
        bare.replace('ß', "ss")
    });
    let german = word.contains(['ä', 'ö', 'ü', 'ß']).then(|| {
        [('ä', "ae"), ('ö', "oe"), ('ü', "ue"), ('ß', "ss")]
            .iter()
            .fold(word.to_owned(), |word, (from, to)| word.replace(*from, to))
    });
    let word = word.to_owned();
    bare.into_iter()
        .chain(german)
        .filter(move |other| *other != word)
}

/// A pattern of a language's file that also meets its words without accents, and with accents that are letters of their own.
pub(super) fn accented(pattern: &str) -> String {
    if pattern.is_ascii() {
        return pattern.to_owned();
    }
    let mut out = String::with_capacity(pattern.len() * 2);
    for c in pattern.chars() {
        let parts: Vec<char> = std::iter::once(c).nfd().collect();
        match (c, parts.as_slice()) {
            ('ß', _) => out.push_str("(?:ß|ss)"),
            ('ä' | 'ö' | 'ü', [letter, mark, ..]) => {
                out.push_str(&format!("(?:{c}|{letter}e|{letter}{mark}?)"));
            }
            (_, [letter, mark, ..]) => out.push_str(&format!("(?:{c}|{letter}{mark}?)")),
            _ => out.push(c),
        }
    }
    out
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_met_without_their_accents() {
        let all = |word: &str| spellings(word).collect::<Vec<_>>();
        assert_eq!(all("fünf"), ["funf", "fuenf"]);
        assert_eq!(all("três"), ["tres"]);
        assert_eq!(all("dreißig"), ["dreissig", "dreissig"]);
        assert!(all("two").is_empty());
        let form = regex::Regex::new(&format!("^{}$", accented("février"))).unwrap();
        for text in ["février", "fevrier", "fe\u{301}vrier"] {
            assert!(form.is_match(text), "{text}");
        }
    }
}
