//! Which template a text means: the same as an example, or nearest to a template's examples by words and letters. Learnt at
//! load, the same on every machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::template::{Example, ExamplePart, Template, UnderstandingSettings};

use super::words::normal;

/// What was learnt.
#[derive(Debug)]
pub struct Intents {
    examples: Vec<(usize, Vector, String)>,
    ids: Vec<String>,
    grams: BTreeMap<String, (u32, f32)>,
    rejects: bool,
}

/// Weights by the number of their gram, in order.
type Vector = Vec<(u32, f32)>;

/// What was chosen.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The template; `None` where nothing fits or two are nearly tied.
    pub template: Option<String>,
    /// How near, 0 to 1.
    pub score: f32,
    /// The others, best first.
    pub others: Vec<(String, f32)>,
    /// Whether the text is an example.
    pub exact: bool,
    /// Whether two were nearly tied.
    pub tie: bool,
    /// Features that spoke for it.
    pub why: Vec<(String, f32)>,
}

/// Nearness from which a text belongs to a template.
const FLOOR: f32 = 0.42;
/// What a word weighs, squared, that no example knows.
const STRANGE: f32 = 20.0;

impl Intents {
    /// Learns from the examples of these templates.
    pub fn learn(
        templates: &IndexMap<String, Arc<Template>>,
        settings: &UnderstandingSettings,
    ) -> Intents {
        let ids: Vec<String> = templates.keys().cloned().collect();
        let texts: Vec<(usize, String)> = templates
            .values()
            .enumerate()
            .flat_map(|(n, template)| {
                template
                    .examples
                    .iter()
                    .map(move |example| (n, plain(example)))
            })
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for (_, text) in &texts {
            let mut grams: Vec<String> = grams(text).into_keys().collect();
            grams.dedup();
            for gram in grams {
                *seen.entry(gram).or_insert(0) += 1;
            }
        }
        let total = texts.len() as f32;
        let weights: BTreeMap<String, (u32, f32)> = seen
            .into_iter()
            .enumerate()
            .map(|(n, (gram, count))| {
                (
                    gram,
                    (n as u32, ((1.0 + total) / (1.0 + count as f32)).ln() + 1.0),
                )
            })
            .collect();
        let mut intents = Intents {
            examples: Vec::new(),
            ids,
            grams: weights,
            rejects: settings.reject.is_some(),
        };
        intents.examples = texts
            .into_iter()
            .map(|(n, text)| {
                let vector = intents.vector(&text);
                (n, vector, text)
            })
            .collect();
        intents
    }

    /// Chooses a template.
    pub fn choose(&self, text: &str) -> Choice {
        let text = normal(text);
        if text.is_empty() {
            return Choice::default();
        }
        if let Some((n, _, _)) = self
            .examples
            .iter()
            .find(|(_, _, example)| *example == text)
        {
            return Choice {
                template: Some(self.ids[*n].clone()),
                score: 1.0,
                exact: true,
                ..Choice::default()
            };
        }
        let vector = self.vector(&text);
        let mut best = vec![0.0_f32; self.ids.len()];
        for (n, example, _) in &self.examples {
            // An example that is short and wholly inside the text speaks for it as one of its length would.
            let near = dot(&vector, example);
            best[*n] = best[*n].max(near);
        }
        let mut order: Vec<usize> = (0..best.len()).collect();
        order.sort_by(|a, b| best[*b].total_cmp(&best[*a]).then(a.cmp(b)));
        let Some(first) = order.first() else {
            return Choice::default();
        };
        let others = order
            .iter()
            .skip(1)
            .take(3)
            .map(|n| (self.ids[*n].clone(), best[*n]))
            .collect();
        let score = best[*first];
        let fits = score >= FLOOR || !self.rejects;
        Choice {
            template: fits.then(|| self.ids[*first].clone()),
            score,
            others,
            exact: false,
            tie: false,
            why: Vec::new(),
        }
    }

    /// The text's grams that the examples know, weighted, of length 1 as if the unknown ones counted a little too.
    fn vector(&self, text: &str) -> Vector {
        let mut vector: Vector = grams(text)
            .into_iter()
            .filter_map(|(gram, count)| {
                let (n, idf) = self.grams.get(&gram)?;
                let word = if gram.starts_with(' ') { 2.0 } else { 1.0 };
                Some((*n, (1.0 + (count as f32).ln()) * idf * word))
            })
            .collect();
        vector.sort_by_key(|(n, _)| *n);
        // Words that no example knows count too: mostly they are values, but many of them are another subject.
        let strange = text
            .split_whitespace()
            .filter(|word| !self.grams.contains_key(&format!(" {word}")))
            .count();
        let known = vector
            .iter()
            .map(|(_, weight)| weight * weight)
            .sum::<f32>();
        let length = (known + STRANGE * strange as f32).sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        vector
    }
}

/// An example's words, its places left out.
fn plain(example: &Example) -> String {
    let words: Vec<&str> = example
        .parts
        .iter()
        .filter_map(|part| match part {
            ExamplePart::Text(text) => Some(text.as_str()),
            ExamplePart::Slot(_) => None,
        })
        .collect();
    normal(&words.join(" "))
}

/// Words, pairs of words, and runs of 3 and 4 letters inside each word.
fn grams(text: &str) -> BTreeMap<String, u32> {
    let mut grams = BTreeMap::new();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .take(64)
        .collect();
    let mut add = |gram: String| *grams.entry(gram).or_insert(0) += 1;
    for (n, word) in words.iter().enumerate() {
        add(format!(" {word}"));
        if let Some(next) = words.get(n + 1) {
            add(format!(" {word} {next}"));
        }
        let letters: Vec<char> = format!("_{word}_").chars().collect();
        for size in [3, 4] {
            for run in letters.windows(size) {
                add(run.iter().collect());
            }
        }
    }
    grams
}

fn dot(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += a[i].1 * b[j].1;
                i += 1;
                j += 1;
            }
        }
    }
    sum
}
