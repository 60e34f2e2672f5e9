//! What the tagger sees of each word and sign: itself, its form, its neighbours, what was recognised there, what is asked.
//! How much each counts is learnt in the chain.

use std::ops::Range;

use super::super::gram::Same;
use super::super::kept::Keep;
use super::super::text::{is_function_word, prepare, spans};
use super::Lesson;
use super::plan::Sentence;
use crate::fixed::{FixedMap, FixedSet};

/// The known features and words.
#[derive(Debug, Default)]
pub(super) struct Features {
    /// By the digest of what is seen.
    numbers: FixedMap<u64, u32, Same>,
    known: FixedSet<String>,
    /// In how many different values a word stands; only while learning.
    values: FixedMap<String, usize>,
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
        let mut counted: FixedSet<(&str, &str)> = FixedSet::default();
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
            rows[at].push(*numbers.entry(name).or_insert(next));
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
        self.numbers.shrink_to_fit();
        self.values = FixedMap::default();
    }

    /// The known features of a text's tokens. Where `known` says no, a word counts as one never seen.
    pub(super) fn rows(
        &self,
        text: &str,
        tokens: &[Range<usize>],
        seen: &[Vec<(String, bool)>],
        awaited: Option<&str>,
        known: impl Fn(usize) -> bool,
    ) -> Vec<Vec<u32>> {
        let views = self.views(text, tokens, known);
        let mut rows = vec![Vec::new(); tokens.len()];
        each(&views, seen, awaited, |at, name| {
            if let Some(number) = self.numbers.get(&name) {
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

impl Keep for Features {
    fn put(&self, out: &mut Vec<u8>) {
        self.numbers.put(out);
        self.known.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let features = Features {
            numbers: Keep::take(bytes)?,
            known: Keep::take(bytes)?,
            values: FixedMap::default(),
        };
        let count = features.numbers.len() as u32;
        let all_known = features.numbers.values().all(|number| *number < count);
        all_known.then_some(features)
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

/// Gives every feature of every token, as the digest of its parts.
fn each(
    views: &[View],
    seen: &[Vec<(String, bool)>],
    awaited: Option<&str>,
    mut give: impl FnMut(usize, u64),
) {
    const LENGTHS: [&str; 5] = ["0", "1", "2", "3", "4"];
    let other = |n: usize, away: usize| (n + away).checked_sub(2).and_then(|at| views.get(at));
    fn said(view: Option<&View>) -> &str {
        view.map_or("_", |view| view.said.as_str())
    }
    let side = |inside: &bool| if *inside { "I" } else { "B" };
    let length = LENGTHS[views.len().min(4)];
    for (n, view) in views.iter().enumerate() {
        let mut give = |parts: &[&str]| give(n, digest(parts));
        give(&["1"]);
        for (away, place) in ["-2", "-1", "0", "1", "2"].into_iter().enumerate() {
            let there = other(n, away);
            give(&["w", place, "=", said(there)]);
            if let Some(there) = there {
                give(&["s", place, "=", &there.shape]);
                for (slot, inside) in &seen[n + away - 2] {
                    give(&["r", place, "=", slot, side(inside)]);
                }
            }
        }
        give(&["p-=", said(other(n, 1)), " ", &view.said]);
        give(&["p+=", &view.said, " ", said(other(n, 3))]);
        for (size, head, tail) in [(2, "a2=", "z2="), (3, "a3=", "z3=")] {
            if let Some((end, _)) = view.word.char_indices().nth(size) {
                give(&[head, &view.word[..end]]);
            }
            if let Some((start, _)) = view.word.char_indices().rev().nth(size - 1)
                && start > 0
            {
                give(&[tail, &view.word[start..]]);
            }
        }
        let left = views[..n].iter().rev().find(|v| v.is_known);
        let left = left.map_or("_", |v| v.said.as_str());
        let right = views[n + 1..].iter().find(|v| v.is_known);
        let right = right.map_or("_", |v| v.said.as_str());
        give(&["l=", left]);
        give(&["n=", right]);
        give(&["b=", left, " ", right]);
        if let Some(awaited) = awaited {
            give(&["?=", awaited]);
            give(&["?s=", awaited, " ", &view.shape]);
            give(&["?w=", awaited, " ", &view.said]);
            give(&["?n=", awaited, " ", length]);
            for (slot, inside) in &seen[n] {
                give(&["?r=", awaited, " ", slot, side(inside)]);
            }
        }
    }
}

/// FNV-1a over the parts one after the other, mixed for the table's sake.
fn digest(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash ^ (hash >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
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
