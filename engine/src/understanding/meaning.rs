//! What texts mean, as vectors beside their grams: the classifier learns from both, where grams alone have not settled a
//! text. A vector is a pure function of its text, so the shell may spread the work and remember the results.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::classifier::Classifier;
use super::gram::{Grams, Shares, Vector};

/// Where vectors come from.
pub trait Meanings: Debug + Send + Sync {
    /// The vectors of these texts, in their order, each of length 1 and as wide as the others.
    fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>>;

    /// For each of these texts its words, in order, with the vector that a word has there; nothing where there are none.
    fn words(&self, texts: &[&str]) -> Vec<Vec<WordVector>> {
        vec![Vec::new(); texts.len()]
    }
}

/// A word's place (bytes of its text) and its vector.
pub type WordVector = (Range<usize>, Vec<f32>);

/// The encoder in this process, one text after the other.
#[cfg(feature = "encoder")]
#[derive(Debug, Clone, Copy, Default)]
pub struct InProcess;

#[cfg(feature = "encoder")]
impl Meanings for InProcess {
    fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        turnwise_encoder::encoder().embed_all(texts)
    }

    fn words(&self, texts: &[&str]) -> Vec<Vec<WordVector>> {
        let encoder = turnwise_encoder::encoder();
        texts.iter().map(|text| encoder.words(text)).collect()
    }
}

/// What vectors depend on beside their text: the model and its arithmetic. Vectors of another are of no use.
#[cfg(feature = "encoder")]
pub fn model() -> String {
    format!(
        "{}.{}",
        turnwise_encoder::MODEL,
        turnwise_encoder::ARITHMETIC
    )
}

/// The source that there is without a shell's own: the encoder, where it was built in.
pub fn built_in() -> Option<Arc<dyn Meanings>> {
    #[cfg(feature = "encoder")]
    return Some(Arc::new(InProcess));
    #[cfg(not(feature = "encoder"))]
    None
}

/// How common a word is in the encoder's vocabulary, the most common first; `None` where it is not known, or no encoder was
/// built in.
pub(super) fn rank(word: &str) -> Option<u16> {
    #[cfg(feature = "encoder")]
    return turnwise_encoder::known(word);
    #[cfg(not(feature = "encoder"))]
    {
        let _ = word;
        None
    }
}

/// Shares of the three blocks in a row's squared length (understanding.md, "Features").
const SHARES: Shares = Shares {
    words: 0.1,
    letters: 0.2,
};
const MEANING: f32 = 0.7;

/// The classifier over grams and vectors, learnt when it is first needed: most turns never do.
#[derive(Debug)]
pub(super) struct Meaning {
    source: Arc<dyn Meanings>,
    /// What it learns from: prepared texts and their classes.
    texts: Vec<String>,
    class: Vec<usize>,
    classes: usize,
    learnt: OnceLock<Learnt>,
}

#[derive(Debug)]
struct Learnt {
    mean: Vec<f32>,
    classifier: Classifier,
}

impl Meaning {
    pub(super) fn new(
        source: Arc<dyn Meanings>,
        texts: Vec<String>,
        class: Vec<usize>,
        classes: usize,
    ) -> Meaning {
        Meaning {
            source,
            texts,
            class,
            classes,
            learnt: OnceLock::new(),
        }
    }

    /// Learns now, rather than in the turn that first needs it.
    pub(super) fn warm(&self, grams: &Grams) {
        self.learnt(grams);
    }

    /// The probability of each class for a prepared text.
    pub(super) fn probabilities(&self, grams: &Grams, text: &str) -> Vec<f32> {
        let learnt = self.learnt(grams);
        let vector = self.source.vectors(&[text]).pop().unwrap_or_default();
        let row = row(grams, text, &vector, &learnt.mean);
        learnt.classifier.probabilities(&row)
    }

    fn learnt(&self, grams: &Grams) -> &Learnt {
        self.learnt.get_or_init(|| {
            let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
            let vectors = self.source.vectors(&texts);
            let width = vectors.first().map_or(0, Vec::len);
            let mut mean = vec![0.0_f32; width];
            for vector in &vectors {
                mean.iter_mut().zip(vector).for_each(|(to, x)| *to += x);
            }
            let count = vectors.len().max(1) as f32;
            mean.iter_mut().for_each(|x| *x /= count);
            let rows: Vec<Vector> = texts
                .iter()
                .zip(&vectors)
                .map(|(text, vector)| row(grams, text, vector, &mean))
                .collect();
            let features = grams.count() + width;
            let classifier = Classifier::learn(&rows, &self.class, self.classes, features);
            Learnt { mean, classifier }
        })
    }
}

/// A text's grams, then its vector less the mean.
fn row(grams: &Grams, text: &str, vector: &[f32], mean: &[f32]) -> Vector {
    let mut row = grams.vector_with(text, SHARES);
    let apart: Vec<f32> = vector.iter().zip(mean).map(|(x, mean)| x - mean).collect();
    let length = apart.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        let by = (super::gram::LENGTH * MEANING).sqrt() / length;
        let first = grams.count() as u32;
        let features = apart.iter().enumerate();
        row.extend(features.map(|(n, x)| (first + n as u32, x * by)));
    }
    row
}
