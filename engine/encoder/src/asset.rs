//! The file of a model, read from its start to its end: numbers little-endian, matrices of four bits with a scale for every
//! 32. What the numbers are for is told by the order in which they are asked.

use crate::{PIECES, WIDTH};

/// Bytes that are no model of this layout: what was wrong.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("this is not an encoder of the known layout: {0}")]
pub struct Malformed(&'static str);

const MAGIC: &[u8] = b"TWENC\0\x01\0";
/// Weights that share a scale.
const RUN: usize = 32;

/// A file that is being read.
#[derive(Debug)]
pub(crate) struct Asset<'a> {
    rest: &'a [u8],
    /// Tokens, parted by lines; the n-th has the id n.
    pub(crate) vocabulary: &'a str,
    /// How many tokens there are.
    pub(crate) words: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    /// Width inside a layer's second half.
    pub(crate) inner: usize,
}

impl<'a> Asset<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Asset<'a>, Malformed> {
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or(Malformed("its first bytes differ"))?;
        let (head, rest) = rest
            .split_at_checked(32)
            .ok_or(Malformed("it ends in its head"))?;
        let mut numbers = [0_usize; 8];
        for (number, bytes) in numbers.iter_mut().zip(head.chunks_exact(4)) {
            let bytes = bytes
                .try_into()
                .map_err(|_| Malformed("it ends in its head"))?;
            *number = u32::from_le_bytes(bytes) as usize;
        }
        let [words, width, layers, heads, inner, positions, run, length] = numbers;
        if (width, positions, run) != (WIDTH, PIECES, RUN) || heads == 0 || width % heads != 0 {
            return Err(Malformed("its measures differ"));
        }
        let (vocabulary, rest) = rest
            .split_at_checked(length)
            .ok_or(Malformed("it ends in its vocabulary"))?;
        let vocabulary =
            str::from_utf8(vocabulary).map_err(|_| Malformed("its vocabulary is no UTF-8"))?;
        Ok(Asset {
            rest,
            vocabulary,
            words,
            layers,
            heads,
            inner,
        })
    }

    pub(crate) fn floats(&mut self, count: usize) -> Result<Vec<f32>, Malformed> {
        let bytes = self.take(count * 4)?;
        let of = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        Ok(bytes.chunks_exact(4).map(of).collect())
    }

    /// A matrix of four bits; it stays where it is.
    pub(crate) fn nibbles(&mut self, count: usize) -> Result<Nibbles<'a>, Malformed> {
        let scales = self.take(count / RUN * 2)?;
        let weights = self.take(count / 2)?;
        Ok(Nibbles { scales, weights })
    }

    /// That nothing is left.
    pub(crate) fn ends(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Malformed("it goes on behind its end"))
        }
    }

    fn take(&mut self, bytes: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self
            .rest
            .split_at_checked(bytes)
            .ok_or(Malformed("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Weights of four bits: (nibble - 8) times the scale of its run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nibbles<'a> {
    scales: &'a [u8],
    weights: &'a [u8],
}

impl Nibbles<'_> {
    /// Writes as many weights as fit, from the `start`-th on, which begins a run.
    pub(crate) fn expand(&self, start: usize, to: &mut [f32]) {
        let scales = self.scales[start / RUN * 2..].chunks_exact(2);
        let weights = self.weights[start / 2..].chunks_exact(RUN / 2);
        for ((to, scale), weights) in to.chunks_exact_mut(RUN).zip(scales).zip(weights) {
            let scale = half(u16::from_le_bytes([scale[0], scale[1]]));
            for (to, byte) in to.chunks_exact_mut(2).zip(weights) {
                to[0] = (f32::from(byte & 15) - 8.0) * scale;
                to[1] = (f32::from(byte >> 4) - 8.0) * scale;
            }
        }
    }
}

/// An IEEE 754 half float; infinities do not occur in a model.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 31;
    let fraction = u32::from(bits & 1023);
    if exponent == 0 {
        let small = fraction as f32 * f32::from_bits(103 << 23);
        return f32::from_bits(small.to_bits() | sign);
    }
    f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_what_ieee_754_says() {
        let table = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x0001, 5.960_464_5e-8),
            (0x8000, -0.0),
        ];
        for (bits, value) in table {
            assert_eq!(half(bits).to_bits(), f32::to_bits(value), "{bits:x}");
        }
    }

    #[test]
    fn bytes_that_are_no_model_are_refused() {
        assert_eq!(
            Asset::open(b"PNG").err(),
            Some(Malformed("its first bytes differ"))
        );
        assert_eq!(
            Asset::open(b"TWENC\0\x01\0abc").err(),
            Some(Malformed("it ends in its head"))
        );
        let mut zeros = MAGIC.to_vec();
        zeros.extend([0; 32]);
        assert_eq!(
            Asset::open(&zeros).err(),
            Some(Malformed("its measures differ"))
        );
    }
}
