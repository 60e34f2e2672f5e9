//! The kernels of x86-64. The only `unsafe` of the workspace stands here: calls of functions whose instructions were asked for
//! just before, and loads and stores of whole arrays.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16,
    _mm256_hadd_epi32, _mm256_madd_epi16, _mm256_permute4x64_epi64, _mm256_set1_epi64x,
    _mm256_setzero_si256, _mm256_storeu_si256, _mm512_dpbusd_epi32, _mm512_loadu_si512,
    _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::{INPUTS, Matrix, OUTPUTS};
use crate::forward;
use crate::model::Model;

pub(super) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
}

pub(super) fn has_vnni() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vnni")
}

/// Runs texts through the layers on AVX2.
pub(super) fn forward_avx2(model: &Model, texts: &[&[u16]], layers: usize) -> Vec<f32> {
    assert!(
        has_avx2(),
        "the kernel was chosen because the machine has it"
    );
    #[target_feature(enable = "avx2")]
    fn run(model: &Model, texts: &[&[u16]], layers: usize) -> Vec<f32> {
        forward::forward(model, texts, layers, |rows, matrix, out| {
            products_avx2(rows, matrix, out);
        })
    }
    // SAFETY: the machine has AVX2, asserted above.
    unsafe { run(model, texts, layers) }
}

/// Runs texts through the layers on AVX-512 with VNNI.
pub(super) fn forward_vnni(model: &Model, texts: &[&[u16]], layers: usize) -> Vec<f32> {
    assert!(
        has_vnni(),
        "the kernel was chosen because the machine has it"
    );
    #[target_feature(enable = "avx2,avx512f,avx512vnni")]
    fn run(model: &Model, texts: &[&[u16]], layers: usize) -> Vec<f32> {
        forward::forward(model, texts, layers, |rows, matrix, out| {
            products_vnni(rows, matrix, out);
        })
    }
    // SAFETY: the machine has AVX2, AVX-512F and AVX-512 VNNI, asserted above.
    unsafe { run(model, texts, layers) }
}

#[target_feature(enable = "avx2")]
fn products_avx2(rows: &[i16], matrix: &Matrix, out: &mut [i32]) {
    let (fours, _) = rows.as_chunks::<INPUTS>();
    let packed: Vec<i64> = fours
        .iter()
        .map(|[a, b, c, d]| {
            let [a, b, c, d] = [a, b, c, d].map(|x| u64::from(x.cast_unsigned()));
            (a | b << 16 | c << 32 | d << 48).cast_signed()
        })
        .collect();
    let groups = matrix.inputs / INPUTS;
    for (b, block) in matrix.blocks.chunks_exact(groups).enumerate() {
        let rows = packed.chunks(groups * 4);
        let outs = out.chunks_mut(matrix.outputs * 4);
        for (rows, out) in rows.zip(outs) {
            let at = b * OUTPUTS;
            match rows.len() / groups {
                4 => tile_avx2::<4>(rows, block, out, matrix.outputs, at),
                3 => tile_avx2::<3>(rows, block, out, matrix.outputs, at),
                2 => tile_avx2::<2>(rows, block, out, matrix.outputs, at),
                _ => tile_avx2::<1>(rows, block, out, matrix.outputs, at),
            }
        }
    }
}

/// R rows with one block of outputs.
#[target_feature(enable = "avx2")]
fn tile_avx2<const R: usize>(
    rows: &[i64],
    block: &[[i8; OUTPUTS * INPUTS]],
    out: &mut [i32],
    outputs: usize,
    at: usize,
) {
    let groups = block.len();
    let rows: [&[i64]; R] = std::array::from_fn(|r| &rows[r * groups..(r + 1) * groups]);
    for half in 0..2 {
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for (g, weights) in block.iter().enumerate() {
            let (parts, _) = weights.as_chunks::<16>();
            let first = _mm256_cvtepi8_epi16(load128(&parts[2 * half]));
            let second = _mm256_cvtepi8_epi16(load128(&parts[2 * half + 1]));
            for r in 0..R {
                let x = _mm256_set1_epi64x(rows[r][g]);
                sums[r][0] = _mm256_add_epi32(sums[r][0], _mm256_madd_epi16(x, first));
                sums[r][1] = _mm256_add_epi32(sums[r][1], _mm256_madd_epi16(x, second));
            }
        }
        for (r, [first, second]) in sums.into_iter().enumerate() {
            // Each output has two sums side by side; adding them leaves the outputs as 0 1 4 5 2 3 6 7.
            let added = _mm256_hadd_epi32(first, second);
            let ordered = _mm256_permute4x64_epi64::<0b11_01_10_00>(added);
            let to = r * outputs + at + half * 8;
            out[to..to + 8].copy_from_slice(&stored256(ordered));
        }
    }
}

#[target_feature(enable = "avx2,avx512f,avx512vnni")]
fn products_vnni(rows: &[i16], matrix: &Matrix, out: &mut [i32]) {
    /// Rows at once: with two blocks of outputs they fill half of the registers.
    const MOST: usize = 6;
    // The instruction wants one side without sign: inputs are moved up by 128.
    let (fours, _) = rows.as_chunks::<INPUTS>();
    let packed: Vec<i32> = fours
        .iter()
        .map(|four| i32::from_le_bytes(four.map(|x| (x + 128) as u8)))
        .collect();
    let groups = matrix.inputs / INPUTS;
    let count = packed.len() / groups;
    let parts = count.div_ceil(MOST).max(1);
    let each = count.div_ceil(parts).max(1);
    for (b, blocks) in matrix.blocks.chunks_exact(2 * groups).enumerate() {
        let rows = packed.chunks(groups * each);
        let outs = out.chunks_mut(matrix.outputs * each);
        for (rows, out) in rows.zip(outs) {
            let at = b * 2 * OUTPUTS;
            match rows.len() / groups {
                6 => tile_vnni::<6>(rows, blocks, out, matrix, at),
                5 => tile_vnni::<5>(rows, blocks, out, matrix, at),
                4 => tile_vnni::<4>(rows, blocks, out, matrix, at),
                3 => tile_vnni::<3>(rows, blocks, out, matrix, at),
                2 => tile_vnni::<2>(rows, blocks, out, matrix, at),
                _ => tile_vnni::<1>(rows, blocks, out, matrix, at),
            }
        }
    }
}

/// R rows with two blocks of outputs.
#[target_feature(enable = "avx2,avx512f,avx512vnni")]
fn tile_vnni<const R: usize>(
    rows: &[i32],
    blocks: &[[i8; OUTPUTS * INPUTS]],
    out: &mut [i32],
    matrix: &Matrix,
    at: usize,
) {
    let groups = blocks.len() / 2;
    let rows: [&[i32]; R] = std::array::from_fn(|r| &rows[r * groups..(r + 1) * groups]);
    let (first, second) = blocks.split_at(groups);
    let mut sums = [[_mm512_setzero_si512(); 2]; R];
    for (g, (first, second)) in first.iter().zip(second).enumerate() {
        let (first, second) = (load512(first), load512(second));
        for r in 0..R {
            let x = _mm512_set1_epi32(rows[r][g]);
            sums[r][0] = _mm512_dpbusd_epi32(sums[r][0], x, first);
            sums[r][1] = _mm512_dpbusd_epi32(sums[r][1], x, second);
        }
    }
    let moved = &matrix.moved[at..at + 2 * OUTPUTS];
    for (r, sums) in sums.into_iter().enumerate() {
        let to = r * matrix.outputs + at;
        let out = &mut out[to..to + 2 * OUTPUTS];
        for (half, sum) in sums.into_iter().enumerate() {
            let part = half * OUTPUTS..(half + 1) * OUTPUTS;
            let moved = &moved[part.clone()];
            for ((out, sum), moved) in out[part].iter_mut().zip(stored512(sum)).zip(moved) {
                *out = sum - moved;
            }
        }
    }
}

#[target_feature(enable = "avx2")]
fn load128(from: &[i8; 16]) -> __m128i {
    // SAFETY: the array is 16 bytes, which is what is read; the load needs no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
fn stored256(from: __m256i) -> [i32; 8] {
    let mut to = [0; 8];
    // SAFETY: the array is 32 bytes, which is what is written; the store needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), from) }
    to
}

#[target_feature(enable = "avx2,avx512f")]
fn load512(from: &[i8; 64]) -> __m512i {
    // SAFETY: the array is 64 bytes, which is what is read; the load needs no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx2,avx512f")]
fn stored512(from: __m512i) -> [i32; 16] {
    let mut to = [0; 16];
    // SAFETY: the array is 64 bytes, which is what is written; the store needs no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), from) }
    to
}
