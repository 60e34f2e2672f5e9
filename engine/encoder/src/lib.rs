//! A small English sentence encoder: a text goes in, 384 numbers of length 1 come out, and texts that mean the same have a high
//! dot product. What is learnt from the numbers, and where they are kept, is the caller's.
//!
//! An embedding is a pure function of its text, the same to the last bit on every machine: integers are exact in any order,
//! sums of floats run in a fixed order, and no function of the system's mathematics library takes part.
//!
//! The model (`engine/encoder/model/README.md`) is inside the binary. Its layers are expanded when the first text is encoded (10.6 MB); its
//! embeddings are read where they lie.

mod curve;
mod forward;
mod kernel;
mod model;
mod pieces;

use std::ops::Range;
use std::sync::LazyLock;

use kernel::Kernel;
use model::Model;
use pieces::{Piece, Vocabulary};

/// Numbers of an embedding.
pub const WIDTH: usize = model::WIDTH;
/// SHA-256 of the model, in hex: what a cache of embeddings is keyed by.
pub const MODEL: &str = "9cf744c166459c8aa8a85166c6f84da2a56cdce3dcec229ae58ec4158f44279e";

/// Changes whenever the arithmetic does: the other half of a cache's key.
pub const ARITHMETIC: u32 = 1;

/// The layer whose vectors say most about the part a word plays (measured on slots: the last is 3 to 8 points worse).
const WORD_LAYER: usize = 4;
/// Pieces that go through the layers at once: enough to use each weight often, few enough to stay in the cache.
const TOGETHER: usize = 96;

/// One encoder, ready to run.
#[derive(Debug)]
pub struct Encoder {
    model: Model,
    kernel: Kernel,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::of(model::vocabulary()));
static ENCODER: LazyLock<Encoder> = LazyLock::new(|| Encoder::with(Kernel::best()));

/// The encoder of this process. The first call expands the model, some tens of milliseconds; later ones cost nothing.
pub fn encoder() -> &'static Encoder {
    &ENCODER
}

/// Whether a prepared word (lower case, no accents) stands whole in the vocabulary, and how frequent it is: lower is more
/// frequent. Needs the vocabulary only, not the layers.
pub fn known(word: &str) -> Option<u16> {
    VOCABULARY.id(word)
}

/// The ids of a text's pieces, with the signs of start and end: at most 64.
pub fn ids(text: &str) -> Vec<u16> {
    VOCABULARY
        .pieces(text)
        .iter()
        .map(|piece| piece.id)
        .collect()
}

impl Encoder {
    fn with(kernel: Kernel) -> Encoder {
        Encoder {
            model: Model::read(),
            kernel,
        }
    }

    /// An encoder without SIMD, to hold the others against. It expands the model for itself.
    pub fn plain() -> Encoder {
        Encoder::with(Kernel::Plain)
    }

    /// The encoders that this machine can run, by name, the fastest first.
    pub fn all() -> Vec<(&'static str, Encoder)> {
        Kernel::all()
            .into_iter()
            .map(|kernel| (kernel.name(), Encoder::with(kernel)))
            .collect()
    }

    /// The instructions it runs on: `avx512vnni`, `avx2` or `plain`.
    pub fn runs_on(&self) -> &'static str {
        self.kernel.name()
    }

    /// The embedding of a text: [`WIDTH`] numbers, of length 1.
    pub fn embed(&self, text: &str) -> Vec<f32> {
        let ids = ids(text);
        self.sentences(&[&ids]).pop().unwrap_or_default()
    }

    /// The embeddings of texts, in order: the same numbers as one by one, a little faster.
    pub fn embed_all<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Vec<f32>> {
        let ids: Vec<Vec<u16>> = texts.iter().map(|text| ids(text.as_ref())).collect();
        let mut out = Vec::with_capacity(ids.len());
        let mut batch: Vec<&[u16]> = Vec::new();
        let mut pieces = 0;
        for text in &ids {
            if pieces + text.len() > TOGETHER && !batch.is_empty() {
                out.append(&mut self.sentences(&batch));
                batch.clear();
                pieces = 0;
            }
            pieces += text.len();
            batch.push(text);
        }
        out.append(&mut self.sentences(&batch));
        out
    }

    /// The words and signs of a text where they stand (bytes), each with its vector: the mean over its pieces after the
    /// fourth layer. Words past the 62nd piece have none.
    pub fn words(&self, text: &str) -> Vec<(Range<usize>, Vec<f32>)> {
        let pieces = VOCABULARY.pieces(text);
        let ids: Vec<u16> = pieces.iter().map(|piece| piece.id).collect();
        let hidden = self.kernel.forward(&self.model, &[&ids], WORD_LAYER);
        words_of(&pieces, &hidden)
    }

    fn sentences(&self, texts: &[&[u16]]) -> Vec<Vec<f32>> {
        let hidden = self.kernel.forward(&self.model, texts, model::LAYERS);
        let mut rows = hidden.chunks_exact(WIDTH);
        texts
            .iter()
            .map(|ids| forward::pooled(rows.by_ref().take(ids.len())))
            .collect()
    }
}

/// The mean of each word's pieces.
fn words_of(pieces: &[Piece], hidden: &[f32]) -> Vec<(Range<usize>, Vec<f32>)> {
    let mut out: Vec<(Range<usize>, Vec<f32>)> = Vec::new();
    let rows = pieces.iter().zip(hidden.chunks_exact(WIDTH));
    let mut count = 0.0_f32;
    for (piece, row) in rows.filter(|(piece, _)| !piece.word.is_empty()) {
        match out.last_mut() {
            Some((word, sum)) if *word == piece.word => {
                sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                count += 1.0;
            }
            last => {
                if let Some((_, sum)) = last {
                    sum.iter_mut().for_each(|sum| *sum /= count);
                }
                out.push((piece.word.clone(), row.to_vec()));
                count = 1.0;
            }
        }
    }
    if let Some((_, sum)) = out.last_mut() {
        sum.iter_mut().for_each(|sum| *sum /= count);
    }
    out
}
