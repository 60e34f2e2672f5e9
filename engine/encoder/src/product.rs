//! Products of rows and a matrix in whole numbers: rows and weights are brought to eight bits with a scale each, multiplied
//! exactly, and scaled back. Exact sums are the same in any order, so SIMD and plain code agree to the bit.

use crate::asset::{Asset, Malformed};

/// Which code multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed(Way);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Speed {
    /// Code that runs everywhere.
    pub const PLAIN: Speed = Speed(Way::Plain);

    /// The fastest that this machine has, found out when the encoder is read.
    pub fn best() -> Speed {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Speed(Way::Avx2);
        }
        Speed::PLAIN
    }
}

/// A matrix of eight bits, one scale and one bias for each output.
#[derive(Debug)]
pub(crate) struct Matrix {
    inputs: usize,
    weights: Vec<i8>,
    scales: Vec<f32>,
    bias: Vec<f32>,
}

/// The largest whole number of eight bits that is used.
const LARGEST: f32 = 127.0;
/// A row of zeros has this largest number, so that nothing is divided by 0.
const LEAST: f32 = 1e-9;
/// Inputs that are multiplied at a time: every matrix has a multiple of them.
const STEP: usize = 16;

impl Matrix {
    pub(crate) fn read(
        asset: &mut Asset<'_>,
        outputs: usize,
        inputs: usize,
    ) -> Result<Matrix, Malformed> {
        let nibbles = asset.nibbles(outputs * inputs)?;
        let mut row = vec![0.0_f32; inputs];
        let mut weights = Vec::with_capacity(outputs * inputs);
        let mut scales = Vec::with_capacity(outputs);
        for output in 0..outputs {
            nibbles.expand(output * inputs, &mut row);
            let scale = largest(&row) / LARGEST;
            scales.push(scale);
            weights.extend(row.iter().map(|w| (w / scale).round_ties_even() as i8));
        }
        Ok(Matrix {
            inputs,
            weights,
            scales,
            bias: asset.floats(outputs)?,
        })
    }

    /// The outputs for each row of inputs.
    pub(crate) fn times(&self, rows: &[f32], speed: Speed) -> Vec<f32> {
        let mut whole: Vec<i16> = Vec::with_capacity(rows.len());
        let mut scales: Vec<f32> = Vec::with_capacity(rows.len() / self.inputs);
        for row in rows.chunks_exact(self.inputs) {
            let scale = largest(row).max(LEAST) / LARGEST;
            let by = 1.0 / scale;
            scales.push(scale);
            whole.extend(row.iter().map(|x| rounded(x * by)));
        }
        let outputs = self.scales.len();
        let mut sums = vec![0_i32; scales.len() * outputs];
        match speed.0 {
            Way::Plain => plain(&whole, &self.weights, &mut sums, self.inputs, outputs),
            #[cfg(target_arch = "x86_64")]
            Way::Avx2 => avx2::multiply(&whole, &self.weights, &mut sums, self.inputs, outputs),
        }
        let mut out = Vec::with_capacity(sums.len());
        for (sums, row) in sums.chunks_exact(outputs).zip(&scales) {
            let columns = sums.iter().zip(&self.scales).zip(&self.bias);
            out.extend(columns.map(|((sum, scale), bias)| *sum as f32 * row * scale + bias));
        }
        out
    }
}

/// The nearest whole number, halves to even, of one below 2^22: adding 1.5 * 2^23 leaves it in the last bits.
fn rounded(x: f32) -> i16 {
    const SHIFT: f32 = 12_582_912.0;
    ((x + SHIFT).to_bits() as i32).wrapping_sub(SHIFT.to_bits() as i32) as i16
}

fn largest(row: &[f32]) -> f32 {
    row.iter().fold(0.0, |most, x| x.abs().max(most))
}

fn plain(rows: &[i16], weights: &[i8], sums: &mut [i32], inputs: usize, outputs: usize) {
    let mut wide = vec![0_i16; inputs];
    for (output, weights) in weights.chunks_exact(inputs).enumerate() {
        for (to, weight) in wide.iter_mut().zip(weights) {
            *to = i16::from(*weight);
        }
        for (row, sums) in rows
            .chunks_exact(inputs)
            .zip(sums.chunks_exact_mut(outputs))
        {
            let mut lanes = [0_i32; STEP];
            for (row, weights) in row.chunks_exact(STEP).zip(wide.chunks_exact(STEP)) {
                for n in 0..STEP {
                    lanes[n] += i32::from(row[n]) * i32::from(weights[n]);
                }
            }
            sums[output] = lanes.iter().sum();
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    //! The same products, sixteen at a time. Loads go through checked slices; the only unsafe thing is to call code for a
    //! processor that has AVX2.

    use std::arch::x86_64::{
        __m128i, __m256i, _mm_add_epi32, _mm_cvtsi128_si32, _mm_loadu_si128, _mm_shuffle_epi32,
        _mm256_add_epi32, _mm256_castsi256_si128, _mm256_cvtepi8_epi16, _mm256_extracti128_si256,
        _mm256_loadu_si256, _mm256_madd_epi16, _mm256_setzero_si256,
    };

    use super::STEP;

    /// Rows and outputs that are worked on together, so that what was loaded is used again.
    const ROWS: usize = 4;
    const OUTPUTS: usize = 2;

    pub(super) fn multiply(
        rows: &[i16],
        weights: &[i8],
        sums: &mut [i32],
        inputs: usize,
        outputs: usize,
    ) {
        assert!(inputs.is_multiple_of(STEP) && outputs.is_multiple_of(OUTPUTS));
        #[allow(
            unsafe_code,
            reason = "`Speed::best` gives this way only where the processor has AVX2"
        )]
        // SAFETY: the processor has AVX2: `Speed::best` asked it before it gave `Way::Avx2`, which nothing else makes.
        unsafe {
            by_blocks(rows, weights, sums, inputs, outputs);
        }
    }

    #[target_feature(enable = "avx2")]
    fn by_blocks(rows: &[i16], weights: &[i8], sums: &mut [i32], inputs: usize, outputs: usize) {
        for (block, weights) in weights.chunks_exact(inputs * OUTPUTS).enumerate() {
            let (one, two) = weights.split_at(inputs);
            let blocks = rows
                .chunks(inputs * ROWS)
                .zip(sums.chunks_mut(outputs * ROWS));
            for (rows, sums) in blocks {
                let mut lanes = [[_mm256_setzero_si256(); ROWS]; OUTPUTS];
                for at in (0..inputs).step_by(STEP) {
                    let one = wide(&one[at..at + STEP]);
                    let two = wide(&two[at..at + STEP]);
                    let [first, second] = &mut lanes;
                    let lanes = first.iter_mut().zip(second.iter_mut());
                    for (row, (first, second)) in rows.chunks_exact(inputs).zip(lanes) {
                        let x = load(&row[at..at + STEP]);
                        *first = _mm256_add_epi32(*first, _mm256_madd_epi16(x, one));
                        *second = _mm256_add_epi32(*second, _mm256_madd_epi16(x, two));
                    }
                }
                for (row, sums) in sums.chunks_exact_mut(outputs).enumerate() {
                    sums[block * OUTPUTS] = total(lanes[0][row]);
                    sums[block * OUTPUTS + 1] = total(lanes[1][row]);
                }
            }
        }
    }

    #[target_feature(enable = "avx2")]
    fn load(of: &[i16]) -> __m256i {
        assert!(of.len() == STEP);
        #[allow(unsafe_code, reason = "a load of memory that the slice covers")]
        // SAFETY: the slice holds sixteen numbers of two bytes, as many as are loaded; the load needs no alignment.
        unsafe {
            _mm256_loadu_si256(of.as_ptr().cast::<__m256i>())
        }
    }

    #[target_feature(enable = "avx2")]
    fn wide(of: &[i8]) -> __m256i {
        assert!(of.len() == STEP);
        #[allow(unsafe_code, reason = "a load of memory that the slice covers")]
        // SAFETY: the slice holds sixteen numbers of one byte, as many as are loaded; the load needs no alignment.
        let narrow = unsafe { _mm_loadu_si128(of.as_ptr().cast::<__m128i>()) };
        _mm256_cvtepi8_epi16(narrow)
    }

    #[target_feature(enable = "avx2")]
    fn total(of: __m256i) -> i32 {
        let four = _mm_add_epi32(
            _mm256_castsi256_si128(of),
            _mm256_extracti128_si256::<1>(of),
        );
        let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0x4e>(four));
        _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<0xb1>(two)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_gives_the_same_sums() {
        let (inputs, outputs) = (48, 4);
        let rows: Vec<i16> = (0..inputs * 7)
            .map(|n| ((n * 37) % 255) as i16 - 127)
            .collect();
        let weights: Vec<i8> = (0..inputs * outputs)
            .map(|n| ((n * 91) % 255) as i8)
            .collect();
        let mut expected = vec![0; 7 * outputs];
        plain(&rows, &weights, &mut expected, inputs, outputs);
        let first: i32 = (0..inputs)
            .map(|n| i32::from(rows[n]) * i32::from(weights[n]))
            .sum();
        assert_eq!(expected[0], first);
        #[cfg(target_arch = "x86_64")]
        if Speed::best() != Speed::PLAIN {
            let mut sums = vec![0; 7 * outputs];
            avx2::multiply(&rows, &weights, &mut sums, inputs, outputs);
            assert_eq!(sums, expected);
        }
    }

    #[test]
    fn halves_are_rounded_to_even() {
        let table = [
            (0.5, 0),
            (1.5, 2),
            (-0.5, 0),
            (-1.5, -2),
            (126.6, 127),
            (-127.0, -127),
        ];
        for (x, whole) in table {
            assert_eq!(rounded(x), whole, "{x}");
        }
    }
}
