//! Examples as patterns: where the words of an example stand in a text, its slots' values stand between them. Cheap and
//! exact, for the sentences that people say nearly as the designer wrote them.

use std::ops::Range;

use crate::template::{Example, ExamplePart, SlotKind, Template};

use super::words::Words;

/// The patterns of one template, the most wordy first.
#[derive(Debug, Default)]
pub struct Patterns {
    patterns: Vec<Pattern>,
    /// What may stand before and behind a sentence that is worded like an example, in lower case.
    heads: Vec<String>,
    tails: Vec<String>,
}

#[derive(Debug)]
struct Pattern {
    parts: Vec<Part>,
    words: usize,
    /// What the words of the example imply: slot and value as the designer wrote it.
    means: Vec<(String, String)>,
}

#[derive(Debug)]
enum Part {
    /// Words and signs, lower case.
    Words(Vec<String>),
    Slot(String),
}

/// A word of a text, or one sign: bytes of the text, and the word in lower case.
struct Token {
    span: Range<usize>,
    said: String,
}

/// Signs that end a clause: people use any of them, or none.
const ENDS: [&str; 5] = [",", ";", "!", ".", "-"];
/// Ways of dividing a text by one pattern that are tried.
const TRIES: usize = 500;
/// A text of more words is worded like no example.
const LONGEST: usize = 64;

impl Patterns {
    /// Makes the patterns of a template's examples that hold slots.
    pub(super) fn learn(template: &Template, words: &Words) -> Patterns {
        let examples = template.examples.iter();
        let mut made: Vec<(usize, Pattern)> = examples
            .filter_map(|example| pattern(example, template))
            .collect();
        made.sort_by_key(|(words, _)| std::cmp::Reverse(*words));
        let lower = |all: &[String]| all.iter().map(|w| w.trim().to_lowercase()).collect();
        Patterns {
            patterns: made.into_iter().map(|(_, pattern)| pattern).collect(),
            heads: lower(&words.phrasing.pattern_heads),
            tails: lower(&words.phrasing.pattern_tails),
        }
    }

    /// How many words the first pattern has that fits all of a text.
    pub fn words_in(&self, text: &str) -> usize {
        self.first(text, |_| Some(()))
            .map_or(0, |(pattern, ())| pattern.words)
    }

    /// What the words of the first pattern imply that fits all of a text.
    pub fn means(&self, text: &str) -> &[(String, String)] {
        self.first(text, |_| Some(()))
            .map_or(&[], |(pattern, ())| &pattern.means)
    }

    /// The slots' places in a text, by the first pattern that fits all of it and whose values may stand in its slots, and how
    /// many words the pattern has.
    pub(super) fn fit(
        &self,
        text: &str,
        may_be: &dyn Fn(&str, &str) -> bool,
    ) -> (Vec<(String, Range<usize>)>, usize) {
        let fits = |places: &[(&str, Range<usize>)]| {
            let fit = places
                .iter()
                .all(|(slot, span)| may_be(slot, &text[span.clone()]));
            let own = || {
                places
                    .iter()
                    .map(|(slot, span)| ((*slot).to_owned(), span.clone()))
            };
            fit.then(|| own().collect())
        };
        self.first(text, fits)
            .map_or((Vec::new(), 0), |(pattern, places)| (places, pattern.words))
    }

    /// The first pattern that fits all of a text, and what `take` makes of its slots' places.
    fn first<T>(
        &self,
        text: &str,
        take: impl Fn(&[(&str, Range<usize>)]) -> Option<T>,
    ) -> Option<(&Pattern, T)> {
        let tokens = tokens(text);
        let mut all = tokens.as_slice();
        while let Some((last, rest)) = all.split_last()
            && matches!(last.said.as_str(), "." | "!" | "?")
        {
            all = rest;
        }
        if all.is_empty() || all.len() > LONGEST {
            return None;
        }
        let starts = opened(all, &self.heads);
        let ends = closed(all, &self.tails);
        let mut places = Vec::new();
        self.patterns.iter().find_map(|pattern| {
            for end in &ends {
                for start in &starts {
                    places.clear();
                    if *start < *end
                        && matches(&pattern.parts, &all[*start..*end], &mut places, &mut {
                            TRIES
                        })
                        && let Some(taken) = take(&places)
                    {
                        return Some((pattern, taken));
                    }
                }
            }
            None
        })
    }
}

/// Where a text may begin, politeness before it aside.
fn opened(all: &[Token], heads: &[String]) -> Vec<usize> {
    let first = all
        .iter()
        .position(|token| is_word(&token.said))
        .unwrap_or(0);
    let mut starts = vec![first];
    let fits = |head: &String| {
        let mut count = 0;
        for word in head.split(' ') {
            if all.get(first + count)?.said != word {
                return None;
            }
            count += 1;
        }
        Some(first + count)
    };
    starts.extend(heads.iter().filter_map(fits).max());
    starts
}

/// Where it may end, politeness behind it aside; as it stands comes last.
fn closed(all: &[Token], tails: &[String]) -> Vec<usize> {
    let fits = |tail: &String| {
        let mut end = all.len();
        for word in tail.rsplit(' ') {
            end = end.checked_sub(1)?;
            if all[end].said != word {
                return None;
            }
        }
        if end > 0 && all[end - 1].said == "," {
            end -= 1;
        }
        (end > 0).then_some(end)
    };
    let mut ends: Vec<usize> = tails.iter().filter_map(fits).min().into_iter().collect();
    ends.push(all.len());
    ends
}

/// Whether parts fill tokens exactly; a slot takes as few words as it can, at least one. `tries` is what may still be tried:
/// a list of many places could be divided in more ways than a turn has time for.
fn matches<'p>(
    parts: &'p [Part],
    tokens: &[Token],
    places: &mut Vec<(&'p str, Range<usize>)>,
    tries: &mut usize,
) -> bool {
    match parts.split_first() {
        None => tokens.is_empty(),
        Some((Part::Words(words), rest)) => match stands(words, tokens) {
            Some(count) => matches(rest, &tokens[count..], places, tries),
            None => false,
        },
        Some((Part::Slot(slot), rest)) => {
            let kept = places.len();
            for count in 1..=tokens.len() {
                // The words that come next tell early where they can't stand.
                if let Some(Part::Words(words)) = rest.first()
                    && stands(words, &tokens[count..]).is_none()
                {
                    continue;
                }
                if rest.is_empty() && count < tokens.len() {
                    continue;
                }
                *tries = tries.saturating_sub(1);
                if *tries == 0 {
                    return false;
                }
                places.push((slot, tokens[0].span.start..tokens[count - 1].span.end));
                if matches(rest, &tokens[count..], places, tries) {
                    return true;
                }
                places.truncate(kept);
            }
            false
        }
    }
}

/// How many tokens words take that stand at the beginning. A sign that ends a clause may be another one, or be missing.
fn stands(words: &[String], tokens: &[Token]) -> Option<usize> {
    let mut at = 0;
    for word in words {
        let said = tokens.get(at).map(|token| token.said.as_str());
        if said == Some(word) {
            at += 1;
        } else if word == "," {
            at += usize::from(said.is_some_and(|said| ENDS.contains(&said)));
        } else {
            return None;
        }
    }
    Some(at)
}

fn is_word(token: &str) -> bool {
    token.chars().any(char::is_alphanumeric)
}

/// Words by white space, the signs at their ends apart. "Ida's" is two, so that a name may stand before the sign.
fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let start = text.as_ptr() as usize;
    for word in text.split_whitespace() {
        let at = word.as_ptr() as usize - start;
        let sign = |c: char| ",;:!?()\"“”".contains(c);
        let inner = word.trim_start_matches(sign);
        let from = word.len() - inner.len();
        let core = inner.trim_end_matches(|c: char| sign(c) || c == '.');
        // A full stop that ends no sentence belongs to its word: "Inc.", "B.V.".
        let core = if inner[core.len()..].starts_with('.') && core.contains('.') {
            &inner[..=core.len()]
        } else {
            core
        };
        let owner = ["'s", "’s"].iter().find_map(|end| core.strip_suffix(end));
        let mut push = |span: Range<usize>| {
            if !span.is_empty() {
                let said = text[span.clone()].to_lowercase().replace('’', "'");
                out.push(Token { span, said });
            }
        };
        for (n, c) in word[..from].char_indices() {
            push(at + n..at + n + c.len_utf8());
        }
        let begin = at + from;
        match owner.filter(|owner| !owner.is_empty()) {
            Some(owner) => {
                push(begin..begin + owner.len());
                push(begin + owner.len()..begin + core.len());
            }
            None => push(begin..begin + core.len()),
        }
        let behind = begin + core.len();
        for (n, c) in text[behind..at + word.len()].char_indices() {
            push(behind + n..behind + n + c.len_utf8());
        }
    }
    out
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
fn pattern(example: &Example, template: &Template) -> Option<(usize, Pattern)> {
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
    let mut parts = Vec::new();
    let mut words = 0;
    let mut slots = 0;
    for part in &example.parts {
        match part {
            ExamplePart::Text(text) => {
                words += text
                    .split(|c: char| !c.is_alphanumeric())
                    .filter(|w| !w.is_empty())
                    .count();
                let said: Vec<String> = tokens(text).into_iter().map(|token| token.said).collect();
                if !said.is_empty() {
                    parts.push(Part::Words(said));
                }
            }
            ExamplePart::Slot(slot) => {
                slots += 1;
                parts.push(Part::Slot(slot.clone()));
            }
        }
    }
    if words == 0 || (slots == 0 && example.means.is_empty()) {
        return None;
    }
    let pattern = Pattern {
        parts,
        words: if is_list { 0 } else { words },
        means: example.means.clone(),
    };
    Some((words * 8 + slots, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;
    use crate::understanding::invented::library;

    #[test]
    fn a_sentence_worded_like_an_example_is_divided_like_it() {
        let words = Words::of(&Locale::of("en"));
        let patterns = Patterns::learn(&library()["reserve_book"], words);
        let table = [
            ("Reserve Salt and Iron", "book=Salt and Iron"),
            (
                "please put Salt and Iron on hold for me!",
                "book=Salt and Iron",
            ),
            (
                "keep “Salt” for me at Riverside, thanks",
                "book=“Salt” branch=Riverside",
            ),
            (
                "can i borrow Salt, Iron from tomorrow",
                "book=Salt, Iron day=tomorrow",
            ),
            ("where is Salt and Iron", ""),
            ("reserve", ""),
            ("", ""),
        ];
        for (text, expected) in table {
            let (places, _) = patterns.fit(text, &|_, _| true);
            let told: Vec<String> = places
                .iter()
                .map(|(slot, span)| format!("{slot}={}", &text[span.clone()]))
                .collect();
            assert_eq!(told.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_long_text_of_one_word_is_soon_done_with() {
        let words = Words::of(&Locale::of("en"));
        let patterns = Patterns::learn(&library()["reserve_book"], words);
        assert_eq!(patterns.words_in(&"for ".repeat(5_000)), 0);
    }
}
