//! The kernel of 64-bit ARM, whose 128-bit instructions every such machine has: nothing need be asked at start. The only
//! `unsafe` here are loads and stores of whole arrays.
#![allow(unsafe_code)]

use std::arch::aarch64::{
    int8x16_t, int32x4_t, vdupq_n_s32, vget_low_s8, vld1q_s8, vmull_high_s8, vmull_s8, vpadalq_s16,
    vpaddq_s16, vreinterpretq_s8_s32, vst1q_s32,
};

use super::{INPUTS, Matrix, OUTPUTS};

/// Rows at once: their sums of a block of outputs fill half of the registers.
const MOST: usize = 4;
/// Outputs whose sums stand in one register.
const SUMS: usize = 4;

/// Products of rows with a matrix.
pub(super) fn products(rows: &[i16], matrix: &Matrix, out: &mut [i32]) {
    // Inputs are of a byte's size: four stand in one number, to be laid beside the weights of four outputs.
    let (fours, _) = rows.as_chunks::<INPUTS>();
    let packed: Vec<i32> = fours
        .iter()
        .map(|four| i32::from_le_bytes(four.map(|x| x as u8)))
        .collect();
    let groups = matrix.inputs / INPUTS;
    for (b, block) in matrix.blocks.chunks_exact(groups).enumerate() {
        let rows = packed.chunks(groups * MOST);
        let outs = out.chunks_mut(matrix.outputs * MOST);
        for (rows, out) in rows.zip(outs) {
            let at = b * OUTPUTS;
            match rows.len() / groups {
                4 => tile::<4>(rows, block, out, matrix.outputs, at),
                3 => tile::<3>(rows, block, out, matrix.outputs, at),
                2 => tile::<2>(rows, block, out, matrix.outputs, at),
                _ => tile::<1>(rows, block, out, matrix.outputs, at),
            }
        }
    }
}

/// R rows with one block of outputs.
fn tile<const R: usize>(
    rows: &[i32],
    block: &[[i8; OUTPUTS * INPUTS]],
    out: &mut [i32],
    outputs: usize,
    at: usize,
) {
    let groups = block.len();
    let rows: [&[i32]; R] = std::array::from_fn(|r| &rows[r * groups..(r + 1) * groups]);
    let mut sums = [[splat(0); OUTPUTS / SUMS]; R];
    for (g, weights) in block.iter().enumerate() {
        let (parts, _) = weights.as_chunks::<16>();
        for (n, part) in parts.iter().enumerate() {
            let weights = load(part);
            for r in 0..R {
                sums[r][n] = added(sums[r][n], splat(rows[r][g]), weights);
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        for (n, sum) in sums.into_iter().enumerate() {
            let to = r * outputs + at + n * SUMS;
            out[to..to + SUMS].copy_from_slice(&stored(sum));
        }
    }
}

/// Adds to four outputs' sums the products of four inputs with their weights. Two products of bytes from -127 to 127 are at
/// most 32,258 together, so that they fit into 16 bits.
#[inline(always)]
fn added(sums: int32x4_t, inputs: int32x4_t, weights: int8x16_t) -> int32x4_t {
    let inputs = vreinterpretq_s8_s32(inputs);
    let low = vmull_s8(vget_low_s8(inputs), vget_low_s8(weights));
    let high = vmull_high_s8(inputs, weights);
    vpadalq_s16(sums, vpaddq_s16(low, high))
}

#[inline(always)]
fn splat(x: i32) -> int32x4_t {
    vdupq_n_s32(x)
}

#[inline(always)]
fn load(from: &[i8; 16]) -> int8x16_t {
    // SAFETY: the array is 16 bytes, which is what is read; the load needs no alignment beyond a byte's.
    unsafe { vld1q_s8(from.as_ptr()) }
}

#[inline(always)]
fn stored(from: int32x4_t) -> [i32; SUMS] {
    let mut to = [0; SUMS];
    // SAFETY: the array is 16 bytes, which is what is written, and aligned as its numbers are.
    unsafe { vst1q_s32(to.as_mut_ptr(), from) }
    to
}
