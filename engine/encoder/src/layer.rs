//! One layer of the model: every piece looks at every other, then each is worked on by itself; both are added to what was
//! and normalised.

use crate::asset::{Asset, Malformed};
use crate::number::{self, dot, sum};
use crate::product::{Matrix, Speed};
use crate::{PIECES, WIDTH};

/// A layer's weights.
#[derive(Debug)]
pub(crate) struct Layer {
    query: Matrix,
    key: Matrix,
    value: Matrix,
    heard: Matrix,
    after_hearing: Norm,
    inner: Matrix,
    outer: Matrix,
    after_thinking: Norm,
}

impl Layer {
    pub(crate) fn read(asset: &mut Asset<'_>) -> Result<Layer, Malformed> {
        let inner = asset.inner;
        Ok(Layer {
            query: Matrix::read(asset, WIDTH, WIDTH)?,
            key: Matrix::read(asset, WIDTH, WIDTH)?,
            value: Matrix::read(asset, WIDTH, WIDTH)?,
            heard: Matrix::read(asset, WIDTH, WIDTH)?,
            after_hearing: Norm::read(asset)?,
            inner: Matrix::read(asset, inner, WIDTH)?,
            outer: Matrix::read(asset, WIDTH, inner)?,
            after_thinking: Norm::read(asset)?,
        })
    }

    /// Works on a state of rows of [`WIDTH`], at most [`PIECES`] of them.
    pub(crate) fn apply(&self, state: &mut [f32], heads: usize, speed: Speed) {
        let queries = self.query.times(state, speed);
        let keys = self.key.times(state, speed);
        let values = self.value.times(state, speed);
        let heard = attend(&queries, &keys, &values, heads);
        add(state, &self.heard.times(&heard, speed));
        self.after_hearing.apply(state);
        let mut inner = self.inner.times(state, speed);
        number::gelu(&mut inner);
        add(state, &self.outer.times(&inner, speed));
        self.after_thinking.apply(state);
    }
}

/// What each piece hears of the others, head by head.
fn attend(queries: &[f32], keys: &[f32], values: &[f32], heads: usize) -> Vec<f32> {
    let width = WIDTH / heads;
    let scale = 1.0 / (width as f32).sqrt();
    let mut heard = vec![0.0_f32; queries.len()];
    let mut shares = [0.0_f32; PIECES];
    let count = queries.len() / WIDTH;
    for head in (0..WIDTH).step_by(width) {
        let of = |all: &[f32], row: usize| {
            row * WIDTH + head..(row * WIDTH + head + width).min(all.len())
        };
        for row in 0..count {
            let query = &queries[of(queries, row)];
            let shares = &mut shares[..count];
            for (other, share) in shares.iter_mut().enumerate() {
                *share = dot(query, &keys[of(keys, other)]) * scale;
            }
            number::softmax(shares);
            let place = of(queries, row);
            let to = &mut heard[place];
            for (other, share) in shares.iter().enumerate() {
                for (to, x) in to.iter_mut().zip(&values[of(values, other)]) {
                    *to += share * x;
                }
            }
        }
    }
    heard
}

fn add(to: &mut [f32], what: &[f32]) {
    for (to, x) in to.iter_mut().zip(what) {
        *to += x;
    }
}

/// Layer normalisation: gain and shift of each number.
#[derive(Debug)]
pub(crate) struct Norm {
    gain: Vec<f32>,
    shift: Vec<f32>,
}

/// Keeps a row of equal numbers from dividing by 0.
const EPSILON: f32 = 1e-12;

impl Norm {
    pub(crate) fn read(asset: &mut Asset<'_>) -> Result<Norm, Malformed> {
        Ok(Norm {
            gain: asset.floats(WIDTH)?,
            shift: asset.floats(WIDTH)?,
        })
    }

    /// Makes each row's mean 0 and variance 1, then applies gain and shift.
    pub(crate) fn apply(&self, state: &mut [f32]) {
        let mut apart = [0.0_f32; WIDTH];
        for row in state.chunks_exact_mut(WIDTH) {
            let mean = sum(row) / WIDTH as f32;
            for (apart, x) in apart.iter_mut().zip(row.iter()) {
                *apart = x - mean;
            }
            let by = 1.0 / (dot(&apart, &apart) / WIDTH as f32 + EPSILON).sqrt();
            let weights = self.gain.iter().zip(&self.shift);
            for ((x, apart), (gain, shift)) in row.iter_mut().zip(&apart).zip(weights) {
                *x = apart * by * gain + shift;
            }
        }
    }
}
