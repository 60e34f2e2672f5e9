//! What the tagger sees of each word and sign: itself, its form, its neighbours, what was recognised there, what is asked.
//! How much each counts is learnt in the chain.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::super::text::{is_function_word, prepare, spans};
use super::Lesson;
use super::chain::Sentence;

/// The known features and words.
#[derive(Debug, Default)]
pub(super) struct Features {
    numbers: HashMap<String, u32>,
    known: HashSet<String>,
    /// In how many different values a word stands.
    values: HashMap<String, usize>,
}

/// Words and signs of a text that are looked at.
const LONGEST: usize = 64;
/// Tokens of the lessons at which a feature must stand to count.
const COMMON: usize = 2;

/// Words and signs, as bytes of the text. A possessive 's stands apart, so that a name before it is a token.
pub(super) fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for word in spans(text) {
        signs(text, at..word.start, &mut out);
        at = word.end;
        let possessive = ["'s", "\u{2019}s"].iter().find(|end| {
            text[word.clone()].len() > end.len() && text[word.clone()].ends_with(**end)
        });
        match possessive {
            Some(end) => {
                let cut = word.end - end.len();
                out.push(word.start..cut);
                out.push(cut..word.end);
            }
            None => out.push(word),
        }
        if out.len() >= LONGEST {
            break;
        }
    }
    if out.len() < LONGEST {
        signs(text, at..text.len(), &mut out);
    }
    out.truncate(LONGEST);
    out
}

fn signs(text: &str, span: Range<usize>, out: &mut Vec<Range<usize>>) {
    for (n, c) in text[span.clone()].char_indices() {
        if !c.is_whitespace() {
            out.push(span.start + n..span.start + n + c.len_utf8());
        }
    }
}

impl Features {
    /// Knows the words of these lessons, no features yet.
    pub(super) fn of(lessons: &[Lesson]) -> Features {
        let mut features = Features::default();
        let mut counted: HashSet<(&str, &str)> = HashSet::new();
        for lesson in lessons {
            for (slot, span) in &lesson.places {
                let value = &lesson.text[span.clone()];
                if counted.insert((slot, value)) {
                    for token in tokens(value) {
                        *features.values.entry(normal(&value[token])).or_insert(0) += 1;
                    }
                }
            }
            for token in tokens(&lesson.text) {
                features.known.insert(normal(&lesson.text[token]));
            }
        }
        features
    }

    pub(super) fn count(&self) -> usize {
        self.numbers.len()
    }

    /// The features of a lesson's tokens, new ones remembered. Where `known` says no, a word counts as one never seen, so
    /// that the tagger also learns what strange words mean.
    pub(super) fn learn(
        &mut self,
        text: &str,
        tokens: &[Range<usize>],
        seen: &[Vec<(String, bool)>],
        awaited: Option<&str>,
        known: &[bool],
    ) -> Vec<Vec<u32>> {
        let views = self.views(text, tokens, |n| known[n]);
        let numbers = &mut self.numbers;
        let mut rows = vec![Vec::new(); tokens.len()];
        each(&views, seen, awaited, |at, name| {
            let next = numbers.len() as u32;
            let number = match numbers.get(name) {
                Some(number) => *number,
                None => {
                    numbers.insert(name.to_owned(), next);
                    next
                }
            };
            rows[at].push(number);
        });
        rows
    }

    /// Whether a word stands in one value only.
    pub(super) fn is_rare(&self, word: &str) -> bool {
        self.values.get(&normal(word)) == Some(&1)
    }

    /// Forgets the features that stood at fewer than [`COMMON`] tokens: they double the time of learning and teach little.
    pub(super) fn keep_common(&mut self, sentences: &mut [Sentence]) {
        let mut count = vec![0_usize; self.numbers.len()];
        for feature in sentences.iter().flat_map(|s| s.rows.iter().flatten()) {
            count[*feature as usize] += 1;
        }
        let mut kept = 0_u32;
        let place: Vec<Option<u32>> = count
            .iter()
            .map(|count| {
                (*count >= COMMON).then(|| {
                    kept += 1;
                    kept - 1
                })
            })
            .collect();
        self.numbers
            .retain(|_, number| match place[*number as usize] {
                Some(to) => {
                    *number = to;
                    true
                }
                None => false,
            });
        for row in sentences.iter_mut().flat_map(|s| &mut s.rows) {
            row.retain_mut(|number| match place[*number as usize] {
                Some(to) => {
                    *number = to;
                    true
                }
                None => false,
            });
        }
    }

    /// The known features of a text's tokens.
    pub(super) fn rows(
        &self,
        text: &str,
        tokens: &[Range<usize>],
        seen: &[Vec<(String, bool)>],
        awaited: Option<&str>,
    ) -> Vec<Vec<u32>> {
        let views = self.views(text, tokens, |_| true);
        let mut rows = vec![Vec::new(); tokens.len()];
        each(&views, seen, awaited, |at, name| {
            if let Some(number) = self.numbers.get(name) {
                rows[at].push(*number);
            }
        });
        rows
    }

    fn views(
        &self,
        text: &str,
        tokens: &[Range<usize>],
        known: impl Fn(usize) -> bool,
    ) -> Vec<View> {
        tokens
            .iter()
            .enumerate()
            .map(|(n, token)| {
                let typed = &text[token.clone()];
                let word = normal(typed);
                let is_known = known(n) && self.known.contains(&word);
                View {
                    shape: shape(typed),
                    said: if is_known {
                        word.clone()
                    } else if is_function_word(&word) {
                        "?f".to_owned()
                    } else {
                        "?".to_owned()
                    },
                    is_known,
                    word,
                }
            })
            .collect()
    }
}

/// A token as features see it.
struct View {
    word: String,
    /// The word where it is known, else a stand-in.
    said: String,
    shape: String,
    is_known: bool,
}

/// Gives every feature of every token.
fn each(
    views: &[View],
    seen: &[Vec<(String, bool)>],
    awaited: Option<&str>,
    mut give: impl FnMut(usize, &str),
) {
    use std::fmt::Write;
    let said = |at: i64| match usize::try_from(at).ok().and_then(|at| views.get(at)) {
        Some(view) => view.said.as_str(),
        None => "_",
    };
    let mut name = String::with_capacity(48);
    macro_rules! feature {
        ($at:expr, $($part:tt)*) => {{
            name.clear();
            // Writing to a string can't fail.
            let _ = write!(name, $($part)*);
            give($at, &name);
        }};
    }
    let length = views.len().min(4);
    for (n, view) in views.iter().enumerate() {
        let at = n as i64;
        feature!(n, "1");
        for d in -2..=2_i64 {
            feature!(n, "w{d}={}", said(at + d));
            let other = usize::try_from(at + d).ok().filter(|o| *o < views.len());
            if let Some(other) = other {
                feature!(n, "s{d}={}", views[other].shape);
                for (slot, inside) in &seen[other] {
                    feature!(n, "r{d}={slot}{}", if *inside { 'I' } else { 'B' });
                }
            }
        }
        feature!(n, "p-={} {}", said(at - 1), view.said);
        feature!(n, "p+={} {}", view.said, said(at + 1));
        for size in [2, 3] {
            if let Some((end, _)) = view.word.char_indices().nth(size) {
                feature!(n, "a{size}={}", &view.word[..end]);
            }
            if let Some((start, _)) = view.word.char_indices().rev().nth(size - 1)
                && start > 0
            {
                feature!(n, "z{size}={}", &view.word[start..]);
            }
        }
        let left = views[..n]
            .iter()
            .rev()
            .find(|v| v.is_known)
            .map_or("_", |v| v.said.as_str());
        let right = views[n + 1..]
            .iter()
            .find(|v| v.is_known)
            .map_or("_", |v| v.said.as_str());
        feature!(n, "l={left}");
        feature!(n, "n={right}");
        feature!(n, "b={left} {right}");
        if let Some(awaited) = awaited {
            feature!(n, "?={awaited}");
            feature!(n, "?s={awaited} {}", view.shape);
            feature!(n, "?w={awaited} {}", view.said);
            feature!(n, "?n={awaited} {length}");
            for (slot, inside) in &seen[n] {
                feature!(n, "?r={awaited} {slot}{}", if *inside { 'I' } else { 'B' });
            }
        }
    }
}

/// Prepared, every digit a 0.
fn normal(typed: &str) -> String {
    let word = prepare(typed);
    if word.contains(char::is_numeric) {
        word.chars()
            .map(|c| if c.is_numeric() { '0' } else { c })
            .collect()
    } else {
        word
    }
}

/// `X` all capitals, `Xx` one at the start, `x` none, `0` digits by their number, a sign itself.
fn shape(typed: &str) -> String {
    let mut letters = typed.chars();
    let first = letters.next().unwrap_or(' ');
    if !first.is_alphanumeric() {
        return typed.to_owned();
    }
    if typed.chars().all(char::is_numeric) {
        return "0".repeat(typed.chars().count().min(5));
    }
    if !first.is_uppercase() {
        return if typed.contains(char::is_numeric) {
            "x0"
        } else {
            "x"
        }
        .to_owned();
    }
    let rest_upper = letters.clone().any(char::is_alphabetic) && letters.all(|c| !c.is_lowercase());
    if rest_upper { "X" } else { "Xx" }.to_owned()
}
