//! What texts mean, as vectors beside their grams: the classifier learns from both, where grams alone have not settled a
//! text. A vector is a pure function of its text, so the shell may spread the work and remember the results.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};

use super::classifier::Classifier;
use super::gram::{Grams, Shares, Vector};
use super::kept::Keep;
use crate::fixed::FixedMap;

/// Where vectors come from.
pub trait Meanings: Debug + Send + Sync {
    /// The vectors of these texts, in their order, each of length 1 and as wide as the others.
    fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>>;

    /// For each of these texts its words, in order, with the vector that a word has there; nothing where there are none.
    fn words(&self, texts: &[&str]) -> Vec<Vec<WordVector>> {
        vec![Vec::new(); texts.len()]
    }

    /// Where what is learnt may be kept; nowhere unless the shell has a place.
    fn memory(&self) -> Option<&dyn Memory> {
        None
    }
}

/// Keeps what was learnt from one load to the next. Bytes of a key are a pure function of it, so any that were kept under it
/// will do; a memory that loses or refuses some only costs time.
pub trait Memory {
    /// The bytes kept under a key, whole and unchanged, or `None`.
    fn recall(&self, key: &str) -> Option<Vec<u8>>;

    /// Keeps bytes under a key of 32 hex digits, in place of what is there.
    fn keep(&self, key: &str, bytes: &[u8]);
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

/// Shares of the three blocks in a row's squared length.
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
    asked: Mutex<Asked>,
    recent: Mutex<Recent>,
}

/// Answers to the latest texts, each in the place that its digest gives it: a turn asks about a text more than once.
#[derive(Debug, Default)]
struct Recent(Vec<Option<(Digest, Vec<f32>)>>);

/// Enough of a text's digest to tell it from all others.
type Digest = [u8; 16];

/// Places for answers.
const RECENT: usize = 256;

/// What the check of a load asked, kept so that the next load need not wake the encoder for it.
#[derive(Debug, Default)]
struct Asked {
    /// Probabilities by prepared text.
    answers: FixedMap<String, Vec<f32>>,
    /// Whether the load is over: what users ask is not remembered.
    closed: bool,
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
            asked: Mutex::default(),
            recent: Mutex::default(),
        }
    }

    /// What was kept, with the source of vectors that there is now.
    pub(super) fn take(source: Arc<dyn Meanings>, bytes: &mut &[u8]) -> Option<Meaning> {
        let texts: Vec<String> = Keep::take(bytes)?;
        let class: Vec<usize> = Keep::take(bytes)?;
        let classes = Keep::take(bytes)?;
        let answers: FixedMap<String, Vec<f32>> = Keep::take(bytes)?;
        let learnt: Option<(Vec<f32>, Classifier)> = Keep::take(bytes)?;
        let fits = class.len() == texts.len()
            && class.iter().all(|class| *class < classes)
            && answers.values().all(|of| of.len() == classes)
            && learnt.iter().all(|(_, of)| of.classes() == classes);
        if !fits {
            return None;
        }
        let learnt = learnt.map(|(mean, classifier)| Learnt { mean, classifier });
        let closed = false;
        Some(Meaning {
            source,
            texts,
            class,
            classes,
            learnt: learnt.map_or_else(OnceLock::new, OnceLock::from),
            asked: Mutex::new(Asked { answers, closed }),
            recent: Mutex::default(),
        })
    }

    /// Writes down what was learnt, or else what there is to learn from.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let learnt = self.learnt.get();
        match learnt {
            Some(_) => (Vec::<String>::new(), Vec::<usize>::new()).put(out),
            None => {
                self.texts.put(out);
                self.class.put(out);
            }
        }
        self.classes.put(out);
        self.asked().answers.put(out);
        learnt.is_some().put(out);
        if let Some(learnt) = learnt {
            learnt.mean.put(out);
            learnt.classifier.put(out);
        }
    }

    pub(super) fn classes(&self) -> usize {
        self.classes
    }

    /// How much there is to keep: more is better than what was kept before.
    pub(super) fn known(&self) -> (bool, usize) {
        (self.learnt.get().is_some(), self.asked().answers.len())
    }

    /// From now on nothing that is asked is remembered.
    pub(super) fn close(&self) {
        self.asked().closed = true;
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns now, rather than in the turn that first needs it.
    pub(super) fn warm(&self, grams: &Grams) {
        self.learnt(grams);
    }

    /// The probability of each class for a prepared text.
    pub(super) fn probabilities(&self, grams: &Grams, text: &str) -> Vec<f32> {
        if let Some(answer) = self.asked().answers.get(text) {
            return answer.clone();
        }
        let digest = digest(text);
        if let Some(answer) = self.recent().get(&digest) {
            return answer.clone();
        }
        let learnt = self.learnt(grams);
        let vector = self.source.vectors(&[text]).pop().unwrap_or_default();
        let row = row(grams, text, &vector, &learnt.mean);
        let answer = learnt.classifier.probabilities(&row);
        let mut asked = self.asked();
        if !asked.closed {
            asked.answers.insert(text.to_owned(), answer.clone());
        }
        drop(asked);
        self.recent().put(digest, answer.clone());
        answer
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Recent {
    fn get(&self, digest: &Digest) -> Option<&Vec<f32>> {
        let place = self.0.get(usize::from(digest[0]) % RECENT)?;
        let (of, answer) = place.as_ref()?;
        (of == digest).then_some(answer)
    }

    fn put(&mut self, digest: Digest, answer: Vec<f32>) {
        self.0.resize(RECENT, None);
        self.0[usize::from(digest[0]) % RECENT] = Some((digest, answer));
    }
}

fn digest(text: &str) -> Digest {
    let mut short = [0; 16];
    let whole = Sha256::digest(text.as_bytes());
    short.copy_from_slice(&whole[..16]);
    short
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
