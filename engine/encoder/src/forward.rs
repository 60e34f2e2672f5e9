//! The layers: attention, then two products with a curve between, each with its layer norm. Products of bytes come from the
//! kernel; everything here is inlined into it, so that it is compiled for the kernel's instructions. Sums of floats run in
//! eight lanes that are added in one order, which no compiler may change.

use crate::curve::{exp, gelu};
use crate::kernel::{Matrix, largest, whole};
use crate::model::{HEADS, Model, Norm, WIDTH};

/// Numbers of a head.
const HEAD: usize = WIDTH / HEADS;
const LANES: usize = 8;
const EPSILON: f32 = 1e-12;

/// Runs texts (ids of their pieces, 64 at most) through the first layers: a row of numbers for each piece, text after text.
#[inline(always)]
pub(crate) fn forward(
    model: &Model,
    texts: &[&[u16]],
    layers: usize,
    products: impl Fn(&[i16], &Matrix, &mut [i32]),
) -> Vec<f32> {
    let count: usize = texts.iter().map(|text| text.len()).sum();
    let mut x = vec![0.0_f32; count * WIDTH];
    let places = texts.iter().flat_map(|text| text.iter().enumerate());
    for ((position, id), row) in places.zip(x.chunks_exact_mut(WIDTH)) {
        model.embedding(*id, position, row);
    }
    normalise(&mut x, &model.start);
    let mut bench = Bench::default();
    let [mut q, mut k, mut v, mut mixed, mut inner] = [const { Vec::new() }; 5];
    for layer in &model.layers[..layers] {
        bench.quantise(&x, WIDTH);
        bench.multiply(&layer.query, &products, &mut q);
        bench.multiply(&layer.key, &products, &mut k);
        bench.multiply(&layer.value, &products, &mut v);
        mixed.clear();
        mixed.resize(x.len(), 0.0);
        let mut from = 0;
        for text in texts {
            let part = from * WIDTH..(from + text.len()) * WIDTH;
            attend(
                &q[part.clone()],
                &k[part.clone()],
                &v[part.clone()],
                &mut mixed[part],
            );
            from += text.len();
        }
        bench.quantise(&mixed, WIDTH);
        bench.multiply(&layer.output, &products, &mut q);
        add(&mut x, &q);
        normalise(&mut x, &layer.attended);
        bench.quantise(&x, WIDTH);
        bench.multiply(&layer.inner, &products, &mut inner);
        inner.iter_mut().for_each(|x| *x = gelu(*x));
        bench.quantise(&inner, layer.inner.outputs);
        bench.multiply(&layer.outer, &products, &mut q);
        add(&mut x, &q);
        normalise(&mut x, &layer.finished);
    }
    x
}

/// The mean of rows, made of length 1.
pub(crate) fn pooled<'a>(rows: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let mut sum = vec![0.0_f32; WIDTH];
    for row in rows {
        add(&mut sum, row);
    }
    let length = total(&sum, |x| x * x).sqrt();
    sum.iter_mut().for_each(|x| *x /= length);
    sum
}

/// Room for one product, used again and again.
#[derive(Default)]
struct Bench {
    whole: Vec<i16>,
    scales: Vec<f32>,
    sums: Vec<i32>,
}

impl Bench {
    /// Makes whole numbers of rows, 127 the largest of each.
    #[inline(always)]
    fn quantise(&mut self, x: &[f32], width: usize) {
        self.whole.clear();
        self.whole.resize(x.len(), 0);
        self.scales.clear();
        for (row, to) in x
            .chunks_exact(width)
            .zip(self.whole.chunks_exact_mut(width))
        {
            let scale = largest(row).max(1e-9) / 127.0;
            let by = 1.0 / scale;
            for (to, x) in to.iter_mut().zip(row) {
                *to = whole(x * by) as i16;
            }
            self.scales.push(scale);
        }
    }

    /// Multiplies the rows with a matrix, scales back and adds the bias.
    #[inline(always)]
    fn multiply(
        &mut self,
        matrix: &Matrix,
        products: &impl Fn(&[i16], &Matrix, &mut [i32]),
        out: &mut Vec<f32>,
    ) {
        let size = self.scales.len() * matrix.outputs;
        self.sums.clear();
        self.sums.resize(size, 0);
        products(&self.whole, matrix, &mut self.sums);
        out.clear();
        out.resize(size, 0.0);
        let rows = out
            .chunks_exact_mut(matrix.outputs)
            .zip(self.sums.chunks_exact(matrix.outputs))
            .zip(&self.scales);
        for ((out, sums), scale) in rows {
            let columns = out
                .iter_mut()
                .zip(sums)
                .zip(&matrix.scales)
                .zip(&matrix.bias);
            for (((out, sum), weight), bias) in columns {
                *out = *sum as f32 * scale * weight + bias;
            }
        }
    }
}

/// Mixes the values of one text's pieces, head by head, by how well queries and keys agree.
#[inline(always)]
fn attend(q: &[f32], k: &[f32], v: &[f32], out: &mut [f32]) {
    let (q, _) = q.as_chunks::<HEAD>();
    let (k, _) = k.as_chunks::<HEAD>();
    let (v, _) = v.as_chunks::<HEAD>();
    let (out, _) = out.as_chunks_mut::<HEAD>();
    let count = q.len() / HEADS;
    let scale = 1.0 / (HEAD as f32).sqrt();
    let mut shares = [0.0_f32; 64];
    for head in 0..HEADS {
        for i in 0..count {
            let query = &q[i * HEADS + head];
            let shares = &mut shares[..count];
            let mut most = f32::MIN;
            for (j, share) in shares.iter_mut().enumerate() {
                *share = dot(query, &k[j * HEADS + head]) * scale;
                most = if *share > most { *share } else { most };
            }
            let mut sum = 0.0;
            for share in shares.iter_mut() {
                *share = exp(*share - most);
                sum += *share;
            }
            let mut mix = [0.0_f32; HEAD];
            for (j, share) in shares.iter().enumerate() {
                let share = share / sum;
                for (mix, x) in mix.iter_mut().zip(&v[j * HEADS + head]) {
                    *mix += share * x;
                }
            }
            out[i * HEADS + head] = mix;
        }
    }
}

/// Layer norm of rows.
#[inline(always)]
fn normalise(x: &mut [f32], norm: &Norm) {
    for row in x.chunks_exact_mut(WIDTH) {
        let mean = total(row, |x| x) / WIDTH as f32;
        let variance = total(row, |x| (x - mean) * (x - mean)) / WIDTH as f32;
        let by = 1.0 / (variance + EPSILON).sqrt();
        for ((x, gain), bias) in row.iter_mut().zip(&norm.gain).zip(&norm.bias) {
            *x = (*x - mean) * by * gain + bias;
        }
    }
}

#[inline(always)]
fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

#[inline(always)]
fn dot(a: &[f32; HEAD], b: &[f32; HEAD]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for at in 0..HEAD / LANES {
        for n in 0..LANES {
            lanes[n] += a[at * LANES + n] * b[at * LANES + n];
        }
    }
    added(lanes)
}

/// The sum of something of each number.
#[inline(always)]
fn total(x: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (whole, _) = x.as_chunks::<LANES>();
    for part in whole {
        for n in 0..LANES {
            lanes[n] += of(part[n]);
        }
    }
    added(lanes)
}

#[inline(always)]
fn added(x: [f32; LANES]) -> f32 {
    ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]))
}
