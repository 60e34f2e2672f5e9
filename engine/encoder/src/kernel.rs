//! Products of whole numbers, the bulk of the work, by the widest instructions that the machine has. Whole numbers are exact in
//! any order, so every kernel gives the same; what is made of the products is forward.rs's, compiled once for each kernel.

use crate::forward;
use crate::model::Model;

#[cfg(target_arch = "x86_64")]
mod x86;

/// Outputs that stand together.
pub(crate) const OUTPUTS: usize = 16;
/// Inputs that stand together.
pub(crate) const INPUTS: usize = 4;

/// A matrix in bytes: blocks of 16 outputs, in each the inputs by fours, 16 outputs x 4 inputs side by side.
#[derive(Debug)]
pub(crate) struct Matrix {
    pub(crate) outputs: usize,
    pub(crate) inputs: usize,
    pub(crate) blocks: Vec<[i8; OUTPUTS * INPUTS]>,
    /// What a byte of an output's weights stands for.
    pub(crate) scales: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    /// 128 times the sum of an output's weights: what inputs that are moved up by 128 give too much.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(crate) moved: Vec<i32>,
}

impl Matrix {
    /// Makes a matrix of rows of floats: one scale a row, 127 the largest weight.
    pub(crate) fn of(
        outputs: usize,
        inputs: usize,
        bias: Vec<f32>,
        mut row: impl FnMut(usize, &mut [f32]),
    ) -> Matrix {
        let groups = inputs / INPUTS;
        let mut blocks = vec![[0_i8; OUTPUTS * INPUTS]; outputs / OUTPUTS * groups];
        let mut scales = Vec::with_capacity(outputs);
        let mut moved = Vec::with_capacity(outputs);
        let mut weights = vec![0.0; inputs];
        for n in 0..outputs {
            row(n, &mut weights);
            let scale = largest(&weights) / 127.0;
            scales.push(scale);
            let mut sum = 0_i32;
            let at = n % OUTPUTS * INPUTS;
            let block = &mut blocks[n / OUTPUTS * groups..][..groups];
            let (fours, _) = weights.as_chunks::<INPUTS>();
            for (group, weights) in block.iter_mut().zip(fours) {
                let whole = weights.map(|x| whole(x / scale));
                sum += whole.iter().sum::<i32>();
                group[at..at + INPUTS].copy_from_slice(&whole.map(|whole| whole as i8));
            }
            moved.push(128 * sum);
        }
        Matrix {
            outputs,
            inputs,
            blocks,
            scales,
            bias,
            moved,
        }
    }
}

/// The largest size of a number.
#[inline(always)]
pub(crate) fn largest(x: &[f32]) -> f32 {
    let mut most = [0.0_f32; 8];
    let (whole, _) = x.as_chunks::<8>();
    for part in whole {
        for (most, x) in most.iter_mut().zip(part) {
            let size = x.abs();
            *most = if size > *most { size } else { *most };
        }
    }
    most.into_iter().fold(0.0, f32::max)
}

/// The nearest whole number, ties to even, of one below a million.
#[inline(always)]
pub(crate) fn whole(x: f32) -> i32 {
    /// Added, it leaves the whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    (x + ROUND)
        .to_bits()
        .wrapping_sub(ROUND.to_bits())
        .cast_signed()
}

/// Instructions to multiply with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// What the compiler makes of loops.
    Plain,
    /// 256 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512 bits, four products and their sum in one.
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

impl Kernel {
    /// The fastest that this machine has.
    pub(crate) fn best() -> Kernel {
        Kernel::all()[0]
    }

    /// All that this machine has, the fastest first.
    pub(crate) fn all() -> Vec<Kernel> {
        #[cfg(target_arch = "x86_64")]
        {
            let mut all = Vec::new();
            if x86::has_vnni() {
                all.push(Kernel::Vnni);
            }
            if x86::has_avx2() {
                all.push(Kernel::Avx2);
            }
            all.push(Kernel::Plain);
            all
        }
        #[cfg(not(target_arch = "x86_64"))]
        vec![Kernel::Plain]
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kernel::Plain => "plain",
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kernel::Vnni => "avx512vnni",
        }
    }

    /// Runs texts (ids of their pieces) through the first layers: a row of numbers for each piece, text after text.
    pub(crate) fn forward(self, model: &Model, texts: &[&[u16]], layers: usize) -> Vec<f32> {
        match self {
            Kernel::Plain => forward::forward(model, texts, layers, products),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => x86::forward_avx2(model, texts, layers),
            #[cfg(target_arch = "x86_64")]
            Kernel::Vnni => x86::forward_vnni(model, texts, layers),
        }
    }
}

/// The products of rows of inputs with a matrix: for each row its outputs.
fn products(rows: &[i16], matrix: &Matrix, out: &mut [i32]) {
    let inputs = matrix.inputs;
    // A block's weights output by output: compilers know what to do with sums of products side by side.
    let mut apart = vec![0_i16; OUTPUTS * inputs];
    let blocks = matrix.blocks.chunks_exact(inputs / INPUTS);
    for (b, block) in blocks.enumerate() {
        for (g, group) in block.iter().enumerate() {
            let (fours, _) = group.as_chunks::<INPUTS>();
            for (o, four) in fours.iter().enumerate() {
                let at = o * inputs + g * INPUTS;
                apart[at..at + INPUTS].copy_from_slice(&four.map(i16::from));
            }
        }
        for (row, out) in rows
            .chunks_exact(inputs)
            .zip(out.chunks_exact_mut(matrix.outputs))
        {
            let out = &mut out[b * OUTPUTS..(b + 1) * OUTPUTS];
            for (out, weights) in out.iter_mut().zip(apart.chunks_exact(inputs)) {
                let products = row.iter().zip(weights);
                *out = products.map(|(x, w)| i32::from(*x) * i32::from(*w)).sum();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_schoolbook() {
        let weight = |o: usize, i: usize| ((o * 31 + i * 17) % 255) as f32 - 127.0;
        let (outputs, inputs) = (32, 64);
        // The largest weight of each row is 127, so that scales are 1.
        let row = |o: usize, row: &mut [f32]| {
            row.iter_mut()
                .enumerate()
                .for_each(|(i, x)| *x = weight(o, i));
            row[0] = 127.0;
        };
        let matrix = Matrix::of(outputs, inputs, vec![0.0; outputs], row);
        let rows: Vec<i16> = (0..7 * inputs)
            .map(|n| ((n * 29) % 255) as i16 - 127)
            .collect();
        let mut out = vec![0; 7 * outputs];
        products(&rows, &matrix, &mut out);
        let mut weights = vec![0.0; inputs];
        for r in 0..7 {
            for o in 0..outputs {
                row(o, &mut weights);
                let expected: i32 = (0..inputs)
                    .map(|i| i32::from(rows[r * inputs + i]) * weights[i] as i32)
                    .sum();
                assert_eq!(out[r * outputs + o], expected, "row {r}, output {o}");
            }
        }
    }
}
