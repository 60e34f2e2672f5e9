//! The model as it lies in the binary, and its layers expanded for arithmetic in bytes. The layout is told in
//! `engine/encoder/model/README.md`; what the numbers are used for is forward.rs's.

use crate::kernel::Matrix;

/// Numbers of a piece.
pub(crate) const WIDTH: usize = 384;
/// Heads of attention.
pub(crate) const HEADS: usize = 12;
/// Layers.
pub(crate) const LAYERS: usize = 6;
/// Numbers between the two halves of a layer's second part.
const INNER: usize = 1536;
const POSITIONS: usize = 64;
/// Weights that share a scale.
const GROUP: usize = 32;
const HEAD: usize = 40;

static ASSET: &[u8] = include_bytes!("../model/encoder.bin");

/// Gain and bias of a layer norm.
#[derive(Debug)]
pub(crate) struct Norm {
    pub(crate) gain: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// One layer.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) query: Matrix,
    pub(crate) key: Matrix,
    pub(crate) value: Matrix,
    pub(crate) output: Matrix,
    pub(crate) attended: Norm,
    pub(crate) inner: Matrix,
    pub(crate) outer: Matrix,
    pub(crate) finished: Norm,
}

/// All that is multiplied with.
#[derive(Debug)]
pub(crate) struct Model {
    scales: &'static [u8],
    nibbles: &'static [u8],
    positions: Vec<f32>,
    pub(crate) start: Norm,
    pub(crate) layers: Vec<Layer>,
}

/// The tokens of the vocabulary, one a line.
pub(crate) fn vocabulary() -> &'static str {
    let text = &ASSET[HEAD..HEAD + number(7)];
    std::str::from_utf8(text).expect("the vocabulary of the asset is UTF-8, as a test sees")
}

impl Model {
    /// Reads the asset, expanding the layers.
    pub(crate) fn read() -> Model {
        let tokens = number(0);
        let mut rest = Rest(&ASSET[HEAD + number(7)..]);
        let scales = rest.take(tokens * WIDTH / GROUP * 2);
        let nibbles = rest.take(tokens * WIDTH / 2);
        let positions = rest.floats(POSITIONS * WIDTH);
        let start = rest.norm();
        let layers = (0..LAYERS)
            .map(|_| Layer {
                query: rest.matrix(WIDTH, WIDTH),
                key: rest.matrix(WIDTH, WIDTH),
                value: rest.matrix(WIDTH, WIDTH),
                output: rest.matrix(WIDTH, WIDTH),
                attended: rest.norm(),
                inner: rest.matrix(INNER, WIDTH),
                outer: rest.matrix(WIDTH, INNER),
                finished: rest.norm(),
            })
            .collect();
        Model {
            scales,
            nibbles,
            positions,
            start,
            layers,
        }
    }

    /// The embedding of a token at a position, added up.
    pub(crate) fn embedding(&self, token: u16, position: usize, out: &mut [f32]) {
        let groups = WIDTH / GROUP;
        let token = usize::from(token);
        let scales = &self.scales[token * groups * 2..(token + 1) * groups * 2];
        let nibbles = &self.nibbles[token * WIDTH / 2..(token + 1) * WIDTH / 2];
        expand(scales, nibbles, out);
        let position = &self.positions[position * WIDTH..(position + 1) * WIDTH];
        out.iter_mut().zip(position).for_each(|(x, p)| *x += p);
    }
}

/// The n-th number of the head.
fn number(n: usize) -> usize {
    let at = 8 + 4 * n;
    let bytes = [ASSET[at], ASSET[at + 1], ASSET[at + 2], ASSET[at + 3]];
    u32::from_le_bytes(bytes) as usize
}

/// What of the asset is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn floats(&mut self, count: usize) -> Vec<f32> {
        let (numbers, _) = self.take(4 * count).as_chunks::<4>();
        numbers.iter().map(|b| f32::from_le_bytes(*b)).collect()
    }

    fn norm(&mut self) -> Norm {
        Norm {
            gain: self.floats(WIDTH),
            bias: self.floats(WIDTH),
        }
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> Matrix {
        let scales = self.take(rows * columns / GROUP * 2);
        let nibbles = self.take(rows * columns / 2);
        let bias = self.floats(rows);
        Matrix::of(rows, columns, bias, |n, row| {
            let groups = columns / GROUP;
            expand(
                &scales[n * groups * 2..(n + 1) * groups * 2],
                &nibbles[n * columns / 2..(n + 1) * columns / 2],
                row,
            );
        })
    }
}

/// Writes weights of 4 bits out as floats.
fn expand(scales: &[u8], nibbles: &[u8], out: &mut [f32]) {
    let (scales, _) = scales.as_chunks::<2>();
    let (groups, _) = nibbles.as_chunks::<{ GROUP / 2 }>();
    let (out, _) = out.as_chunks_mut::<GROUP>();
    for ((scale, group), out) in scales.iter().zip(groups).zip(out) {
        let scale = half(u16::from_le_bytes(*scale));
        for (n, byte) in group.iter().enumerate() {
            out[2 * n] = (f32::from(byte & 15) - 8.0) * scale;
            out[2 * n + 1] = (f32::from(byte >> 4) - 8.0) * scale;
        }
    }
}

/// An IEEE half float; the asset has no infinities.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10 & 31);
    let mantissa = u32::from(bits & 1023);
    if exponent == 0 {
        let small = mantissa as f32 / 16_777_216.0;
        return if sign == 0 { small } else { -small };
    }
    f32::from_bits(sign | (exponent + 112) << 23 | mantissa << 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_asset_is_of_the_shape_that_is_compiled_in() {
        assert_eq!(&ASSET[..8], b"TWENC\0\x01\0");
        let head: Vec<usize> = (0..8).map(number).collect();
        assert_eq!(head[1..7], [WIDTH, LAYERS, HEADS, INNER, POSITIONS, GROUP]);
        let tokens: Vec<&str> = vocabulary().split('\n').collect();
        assert_eq!(tokens.len(), head[0]);
        assert_eq!(tokens[..4], ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]);
        let square = |n: usize| n * WIDTH / GROUP * 2 + n * WIDTH / 2;
        let layer = 4 * (square(WIDTH) + 4 * WIDTH)
            + square(INNER)
            + 4 * INNER
            + square(INNER)
            + 4 * WIDTH
            + 16 * WIDTH;
        let all =
            HEAD + head[7] + square(head[0]) + 4 * POSITIONS * WIDTH + 8 * WIDTH + LAYERS * layer;
        assert_eq!(ASSET.len(), all);
    }

    #[test]
    fn half_floats_are_read() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65504.0),
            (0, 0.0),
        ] {
            assert_eq!(half(bits), value);
        }
    }
}
