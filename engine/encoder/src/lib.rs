//! A sentence encoder: a text goes in, 384 numbers of length 1 come out, and texts that mean the same have a high dot
//! product. Integers are exact and floats are summed in a fixed order, so every machine gives the same numbers.
//!
//! The model is all-MiniLM-L6-v2 cut down (`model/README.md`): six layers of a BERT, 384 wide, English only.

use std::sync::LazyLock;

mod asset;
mod layer;
mod number;
mod pieces;
mod product;
mod vocabulary;

pub use asset::Malformed;
use asset::{Asset, Nibbles};
use layer::{Layer, Norm};
pub use product::Speed;
use vocabulary::Vocabulary;

/// How many numbers a text becomes.
pub const WIDTH: usize = 384;
/// Pieces of a text that are looked at, [CLS] and [SEP] among them; a pasted page costs no more than these.
pub const PIECES: usize = 64;

static MODEL: &[u8] = include_bytes!("../model/encoder.bin");
static EMBEDDED: LazyLock<Encoder> = LazyLock::new(|| {
    Encoder::read(MODEL).expect("the model inside the binary is whole: a test reads it")
});
static WORDS: LazyLock<Vocabulary<'static>> = LazyLock::new(|| {
    let asset = Asset::open(MODEL).expect("the model inside the binary is whole: a test reads it");
    Vocabulary::of(asset.vocabulary)
});

/// A model, ready to encode. Its layers take 10.6 MB of memory; the vectors of words stay where they were read from.
#[derive(Debug)]
pub struct Encoder {
    vectors: Nibbles<'static>,
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    heads: usize,
    speed: Speed,
}

impl Encoder {
    /// The model inside the binary, read when it is first asked for (some 40 ms).
    pub fn embedded() -> &'static Encoder {
        &EMBEDDED
    }

    /// Reads a model of the layout in `model/README.md`.
    ///
    /// # Errors
    /// [`Malformed`] where the bytes are not such a model.
    pub fn read(bytes: &'static [u8]) -> Result<Encoder, Malformed> {
        let mut asset = Asset::open(bytes)?;
        let vectors = asset.nibbles(asset.words * WIDTH)?;
        let positions = asset.floats(PIECES * WIDTH)?;
        let norm = Norm::read(&mut asset)?;
        let layers = (0..asset.layers)
            .map(|_| Layer::read(&mut asset))
            .collect::<Result<_, _>>()?;
        asset.ends()?;
        Ok(Encoder {
            vectors,
            positions,
            norm,
            layers,
            heads: asset.heads,
            speed: Speed::best(),
        })
    }

    /// The same model with another way of multiplying; the numbers stay the same.
    #[must_use]
    pub fn with(mut self, speed: Speed) -> Encoder {
        self.speed = speed;
        self
    }

    /// The meaning of a text: [`WIDTH`] numbers of length 1. A pure function of the text.
    pub fn encode(&self, text: &str) -> Vec<f32> {
        let ids = pieces(text);
        let state = self.state(&ids, self.layers.len());
        let mut mean = vec![0.0_f32; WIDTH];
        for row in state.chunks_exact(WIDTH) {
            for (to, x) in mean.iter_mut().zip(row) {
                *to += x;
            }
        }
        number::scale_to_one(&mut mean);
        mean
    }

    /// What the first layers make of each piece: as many rows of [`WIDTH`] as there are ids.
    fn state(&self, ids: &[u32], layers: usize) -> Vec<f32> {
        let mut state = vec![0.0_f32; ids.len() * WIDTH];
        let rows = state.chunks_exact_mut(WIDTH);
        for ((row, id), position) in rows.zip(ids).zip(self.positions.chunks_exact(WIDTH)) {
            self.vectors.expand(*id as usize * WIDTH, row);
            for (x, p) in row.iter_mut().zip(position) {
                *x += p;
            }
        }
        self.norm.apply(&mut state);
        for layer in &self.layers[..layers.min(self.layers.len())] {
            layer.apply(&mut state, self.heads, self.speed);
        }
        state
    }
}

/// The ids of a text's pieces, [CLS] first and [SEP] last; at most [`PIECES`].
pub fn pieces(text: &str) -> Vec<u32> {
    pieces::ids(text, &WORDS)
}

/// Whether a whole word (lower case, without accents) is one piece of the vocabulary, and which: the lower the id, the
/// more frequent it was where the model comes from. Needs none of the layers.
pub fn word(word: &str) -> Option<u32> {
    WORDS.id(word.as_bytes(), false)
}
