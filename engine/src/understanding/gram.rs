//! A text as numbers: words and pairs of words, and runs of letters inside words, weighted by how rare they are in the
//! examples. What is learnt from the numbers is the classifier's.

use std::hash::Hasher;

use super::kept::Keep;
use super::text;
use crate::fixed::{FixedMap, FixedSet};

/// A sparse vector: feature and value, by feature.
pub type Vector = Vec<(u32, f32)>;

/// The grams of a set of texts.
#[derive(Debug)]
pub struct Grams {
    known: FixedMap<u64, u32, Same>,
    rarity: Vec<f32>,
    /// All names one after the other, and where each ends.
    names: String,
    ends: Vec<u32>,
    /// Features below are words, from here on letters.
    split: u32,
    /// Words that are no part of a name; empty where any word may count.
    said: FixedSet<String>,
}

/// The shares of the blocks in a vector's squared length.
#[derive(Debug, Clone, Copy)]
pub struct Shares {
    /// Words and pairs of words.
    pub words: f32,
    /// Runs of letters.
    pub letters: f32,
}

/// Where no encoder takes a part.
const ALONE: Shares = Shares {
    words: 0.33,
    letters: 0.67,
};
/// How long vectors are, squared: at 1 the classifier's steps would be too few.
pub(super) const LENGTH: f32 = 10.0;

impl Grams {
    /// Learns the grams of prepared texts. An encoder's numbers would be features from [`Grams::count`] on.
    pub fn learn<T: AsRef<str>>(texts: &[T], said: FixedSet<String>) -> Grams {
        let mut grams = Grams {
            said,
            known: FixedMap::default(),
            rarity: Vec::new(),
            names: String::new(),
            ends: Vec::new(),
            split: 0,
        };
        let said = std::mem::take(&mut grams.said);
        let mut holders: Vec<u32> = Vec::new();
        let mut last: Vec<usize> = Vec::new();
        for block in [Block::Words, Block::Letters] {
            for (n, text) in texts.iter().enumerate() {
                each(block, text.as_ref(), &said, &mut |hash, name| {
                    let next = holders.len() as u32;
                    let feature = *grams.known.entry(hash).or_insert(next) as usize;
                    if feature == holders.len() {
                        holders.push(0);
                        last.push(usize::MAX);
                        grams.names.push_str(&name());
                        grams.ends.push(grams.names.len() as u32);
                    }
                    if last[feature] != n {
                        last[feature] = n;
                        holders[feature] += 1;
                    }
                });
            }
            if block == Block::Words {
                grams.split = holders.len() as u32;
            }
        }
        grams.said = said;
        let total = texts.len() as f64;
        grams.rarity = holders
            .into_iter()
            .map(|held| (((1.0 + total) / (1.0 + f64::from(held))).ln() + 1.0) as f32)
            .collect();
        grams
    }

    /// How many grams are known.
    pub fn count(&self) -> usize {
        self.rarity.len()
    }

    /// The gram of a feature, for people.
    pub fn name(&self, feature: u32) -> &str {
        let feature = feature as usize;
        let start = feature
            .checked_sub(1)
            .map_or(Some(&0), |n| self.ends.get(n));
        let place = start.zip(self.ends.get(feature));
        let name = place.and_then(|(start, end)| self.names.get(*start as usize..*end as usize));
        name.unwrap_or_default()
    }

    /// A prepared text's vector; empty where it holds nothing known.
    pub fn vector(&self, text: &str) -> Vector {
        self.vector_with(text, ALONE)
    }

    /// The same with other shares.
    pub fn vector_with(&self, text: &str, shares: Shares) -> Vector {
        let mut found: Vec<u32> = Vec::with_capacity(256);
        for block in [Block::Words, Block::Letters] {
            each(block, text, &self.said, &mut |hash, _| {
                if let Some(feature) = self.known.get(&hash) {
                    found.push(*feature);
                }
            });
        }
        found.sort_unstable();
        let mut vector: Vector = Vec::with_capacity(found.len());
        for run in found.chunk_by(|a, b| a == b) {
            let times = match run.len() {
                1 => 1.0,
                count => 1.0 + (count as f64).ln() as f32,
            };
            vector.push((run[0], times * self.rarity[run[0] as usize]));
        }
        let split = vector.partition_point(|(feature, _)| *feature < self.split);
        let (words, letters) = vector.split_at_mut(split);
        scale(words, shares.words);
        scale(letters, shares.letters);
        vector
    }
}

impl Keep for Grams {
    fn put(&self, out: &mut Vec<u8>) {
        self.known.put(out);
        self.rarity.put(out);
        self.names.put(out);
        self.ends.put(out);
        self.split.put(out);
        self.said.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let grams = Grams {
            known: Keep::take(bytes)?,
            rarity: Keep::take(bytes)?,
            names: Keep::take(bytes)?,
            ends: Keep::take(bytes)?,
            split: Keep::take(bytes)?,
            said: Keep::take(bytes)?,
        };
        let count = grams.rarity.len();
        let all_known = grams.known.values().all(|n| (*n as usize) < count);
        all_known.then_some(grams)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Words,
    Letters,
}

/// Makes a block's squared length its share.
fn scale(block: &mut [(u32, f32)], share: f32) {
    let length = block.iter().map(|(_, x)| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        let by = (LENGTH * share).sqrt() / length;
        block.iter_mut().for_each(|(_, x)| *x *= by);
    }
}

/// Stands for words of a name.
const NAME: &str = "◊";

/// Gives every gram of a block in order: its hash, and its name where asked for.
fn each(
    block: Block,
    text: &str,
    said: &FixedSet<String>,
    give: &mut impl FnMut(u64, &dyn Fn() -> String),
) {
    let is_said = |word: &str| said.is_empty() || said.contains(word);
    match block {
        Block::Words => {
            let mut before: Option<&str> = None;
            for word in text::words(text) {
                let word = if is_said(word) { word } else { NAME };
                if word == NAME && before == Some(NAME) {
                    continue;
                }
                give(mixed(over(START, word.chars())), &|| word.to_owned());
                if let Some(before) = before {
                    let pair = over(
                        over(START, before.chars()),
                        std::iter::once(' ').chain(word.chars()),
                    );
                    give(mixed(pair), &|| format!("{before} {word}"));
                }
                before = Some(word);
            }
        }
        Block::Letters => {
            let mut letters: Vec<char> = Vec::with_capacity(24);
            for word in text::words(text).filter(|word| is_said(word)) {
                letters.clear();
                letters.push('_');
                letters.extend(word.chars());
                letters.push('_');
                runs(&letters, give);
            }
        }
    }
}

/// Runs of 2 to 5 letters; a shorter word gives itself once for each length.
fn runs(letters: &[char], give: &mut impl FnMut(u64, &dyn Fn() -> String)) {
    for from in 0..letters.len() {
        let mut hash = OTHER;
        for (n, letter) in letters[from..].iter().take(5).enumerate() {
            hash = step(hash, *letter);
            if n >= 1 {
                let run = &letters[from..=from + n];
                give(mixed(hash), &|| run.iter().collect());
            }
        }
    }
    let hash = mixed(over(OTHER, letters.iter().copied()));
    for _ in letters.len() + 1..=5 {
        give(hash, &|| letters.iter().collect());
    }
}

// FNV-1a by letters, one start for each block.
const START: u64 = 0xcbf2_9ce4_8422_2325;
const OTHER: u64 = 0x8422_2325_cbf2_9ce4;

fn step(hash: u64, letter: char) -> u64 {
    (hash ^ u64::from(u32::from(letter))).wrapping_mul(0x0000_0100_0000_01b3)
}

fn over(hash: u64, letters: impl Iterator<Item = char>) -> u64 {
    letters.fold(hash, step)
}

fn mixed(hash: u64) -> u64 {
    (hash ^ (hash >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Keys are hashes already.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_gives_its_runs_of_letters_and_a_short_one_itself_for_each_length() {
        let mut names: Vec<String> = Vec::new();
        each(
            Block::Letters,
            "an",
            &FixedSet::default(),
            &mut |_, name| names.push(name()),
        );
        assert_eq!(names.join(" "), "_a _an _an_ an an_ n_ _an_");
        let mut names: Vec<String> = Vec::new();
        each(
            Block::Words,
            "add a lead",
            &FixedSet::default(),
            &mut |_, name| names.push(name()),
        );
        assert_eq!(names.join(","), "add,a,add a,lead,a lead");
    }

    #[test]
    fn a_vector_is_as_long_as_its_shares_say_and_knows_only_known_grams() {
        let grams = Grams::learn(&["add a pear", "drop a plum"], FixedSet::default());
        let vector = grams.vector("add a pear");
        let length: f32 = vector.iter().map(|(_, x)| x * x).sum();
        assert!((length - 10.0).abs() < 1e-3, "{length}");
        assert!(grams.vector("zzz 999").is_empty());
        assert!(vector.is_sorted_by_key(|(feature, _)| *feature));
        assert_eq!(grams.name(vector[0].0), "add");
    }
}
