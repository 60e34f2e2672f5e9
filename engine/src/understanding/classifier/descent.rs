//! The descent that the classifier learns by: accelerated steps of one length, a block of classes at a time. Each class's sums
//! run over the same numbers in the same order whatever the blocks, so they do not show in what is learnt.

use super::super::alike::Alike;
use super::super::gram::Vector;
use super::{Classifier, LANES, soften};

/// Steps of the descent; the recipe's numbers hold for exactly these.
const STEPS: usize = 60;
/// Rounds of power iteration.
const ROUNDS: usize = 12;
/// Weight of the L2 penalty on the mean loss.
const PENALTY: f32 = 1e-4;
/// Where a row is this little wrong about all classes of a block, they learn nothing from it.
const NEGLIGIBLE: f32 = 1e-6;

/// Sparse rows one after the other.
pub(super) struct Rows {
    ends: Vec<usize>,
    cells: Vec<(u32, f32)>,
}

impl Rows {
    /// Of these, with the features that are learnt as one as one.
    pub(super) fn of(rows: &[Vector], alike: &Alike) -> Rows {
        let mut ends = Vec::with_capacity(rows.len());
        let mut cells = Vec::new();
        for row in rows {
            cells.extend(row.iter().filter_map(|(feature, x)| {
                let one = alike.stays(*feature)?;
                Some((one, x * alike.scales[one as usize]))
            }));
            ends.push(cells.len());
        }
        Rows { ends, cells }
    }

    fn count(&self) -> usize {
        self.ends.len()
    }

    fn iter(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.cells[*start..*end])
    }
}

/// What there is to learn.
pub(super) struct Lesson<'a> {
    pub(super) rows: Rows,
    pub(super) class: &'a [usize],
    /// What each row counts.
    pub(super) shares: Vec<f32>,
    pub(super) classes: usize,
    pub(super) features: usize,
}

/// The weights of one block of classes.
struct Block {
    weights: Vec<f32>,
    bias: Vec<f32>,
    /// Ahead of the weights, where the slope is taken.
    ahead: Vec<f32>,
    ahead_bias: Vec<f32>,
    slope: Vec<f32>,
    slope_bias: Vec<f32>,
}

impl Lesson<'_> {
    /// Learns `B` classes at a time.
    pub(super) fn learn<const B: usize>(&self) -> Classifier {
        let zeros = || vec![0.0_f32; self.features * B];
        let count = self.classes.div_ceil(B);
        let block = |_| Block {
            weights: zeros(),
            bias: vec![0.0; B],
            ahead: zeros(),
            ahead_bias: vec![0.0; B],
            slope: zeros(),
            slope_bias: vec![0.0; B],
        };
        let mut blocks: Vec<Block> = (0..count).map(block).collect();
        let width = count * B;
        let mut wrong = vec![0.0_f32; self.rows.count() * width];
        let total = self.rows.count() as f32;
        let heaviest = self.shares.iter().copied().fold(0.0, f32::max);
        let largest = largest(&self.rows, self.features);
        let step = 1.0 / (0.5 * largest / total * heaviest + PENALTY);
        let mut momentum = 1.0_f32;
        for _ in 0..STEPS {
            for (n, block) in blocks.iter().enumerate() {
                block.scores::<B>(&self.rows, &mut wrong[n * B..], width);
            }
            for (row, class) in wrong.chunks_exact_mut(width).zip(self.class) {
                soften(row, self.classes);
                row[*class] -= 1.0;
            }
            let mut along = 0.0;
            for (n, block) in blocks.iter_mut().enumerate() {
                block.learn_from::<B>(&self.rows, &self.shares, &wrong[n * B..], width);
                along += block.descend(step);
            }
            if along > 0.0 {
                momentum = 1.0;
            }
            let next = 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt());
            let push = if along > 0.0 {
                0.0
            } else {
                (momentum - 1.0) / next
            };
            momentum = next;
            for block in &mut blocks {
                block.advance(push);
            }
        }
        self.side_by_side::<B>(&blocks)
    }

    /// The blocks put together, each feature's classes side by side.
    fn side_by_side<const B: usize>(&self, blocks: &[Block]) -> Classifier {
        let width = self.classes.div_ceil(LANES) * LANES;
        let mut weights = vec![0.0; self.features * width];
        let mut bias = vec![0.0; width];
        for (n, block) in blocks.iter().enumerate() {
            let columns = n * B..((n + 1) * B).min(width);
            let rows = weights.chunks_exact_mut(width);
            for (row, own) in rows.zip(block.weights.chunks_exact(B)) {
                row[columns.clone()].copy_from_slice(&own[..columns.len()]);
            }
            bias[columns.clone()].copy_from_slice(&block.bias[..columns.len()]);
        }
        Classifier {
            classes: self.classes,
            width,
            weights,
            bias,
        }
    }
}

impl Block {
    /// Writes the scores of the block's classes, row by row.
    fn scores<const B: usize>(&self, rows: &Rows, out: &mut [f32], width: usize) {
        for (row, out) in rows.iter().zip(out.chunks_mut(width)) {
            let mut sums = [0.0_f32; B];
            sums.copy_from_slice(&self.ahead_bias);
            for (feature, x) in row {
                let at = *feature as usize * B;
                if let Some(weights) = self.ahead[at..].first_chunk::<B>() {
                    for n in 0..B {
                        sums[n] += x * weights[n];
                    }
                }
            }
            out[..B].copy_from_slice(&sums);
        }
    }

    /// Gathers the slope from how wrong each row is about the block's classes.
    fn learn_from<const B: usize>(
        &mut self,
        rows: &Rows,
        shares: &[f32],
        wrong: &[f32],
        width: usize,
    ) {
        self.slope.fill(0.0);
        self.slope_bias.fill(0.0);
        let total = rows.count() as f32;
        for ((row, wrong), share) in rows.iter().zip(wrong.chunks(width)).zip(shares) {
            if wrong[..B].iter().all(|w| w.abs() < NEGLIGIBLE) {
                continue;
            }
            let mut by = [0.0_f32; B];
            for (by, wrong) in by.iter_mut().zip(wrong) {
                *by = wrong * (share / total);
            }
            for (slope, by) in self.slope_bias.iter_mut().zip(&by) {
                *slope += by;
            }
            for (feature, x) in row {
                let at = *feature as usize * B;
                if let Some(slope) = self.slope[at..].first_chunk_mut::<B>() {
                    for n in 0..B {
                        slope[n] += x * by[n];
                    }
                }
            }
        }
    }

    /// Puts the point a step downhill in place of the slope; gives slope . movement.
    fn descend(&mut self, step: f32) -> f32 {
        descend(&mut self.slope, &self.ahead, &self.weights, step, PENALTY)
            + descend(
                &mut self.slope_bias,
                &self.ahead_bias,
                &self.bias,
                step,
                0.0,
            )
    }

    /// Makes that point the learnt one and looks ahead of it.
    fn advance(&mut self, push: f32) {
        advance(&mut self.ahead, &mut self.weights, &self.slope, push);
        advance(&mut self.ahead_bias, &mut self.bias, &self.slope_bias, push);
    }
}

/// The largest eigenvalue of X X' + 1 (the 1 is the bias), by power iteration from the constant vector.
fn largest(rows: &Rows, features: usize) -> f32 {
    let start = 1.0 / (rows.count() as f32).sqrt();
    let mut at = vec![start; rows.count()];
    let mut folded = vec![0.0_f32; features];
    let mut length = 1.0_f32;
    for _ in 0..ROUNDS {
        folded.fill(0.0);
        for (row, a) in rows.iter().zip(&at) {
            for (feature, x) in row {
                folded[*feature as usize] += x * a;
            }
        }
        let sum: f32 = at.iter().sum();
        for (row, a) in rows.iter().zip(at.iter_mut()) {
            *a = sum;
            for (feature, x) in row {
                *a += x * folded[*feature as usize];
            }
        }
        length = at.iter().map(|a| a * a).sum::<f32>().sqrt();
        at.iter_mut().for_each(|a| *a /= length);
    }
    length
}

/// Puts the point a step downhill of `ahead` in place of the slope; gives slope . movement from `old`.
fn descend(slope: &mut [f32], ahead: &[f32], old: &[f32], step: f32, penalty: f32) -> f32 {
    let mut along = [0.0_f32; LANES];
    let lanes = slope
        .chunks_exact_mut(LANES)
        .zip(ahead.chunks_exact(LANES))
        .zip(old.chunks_exact(LANES));
    for ((slope, ahead), old) in lanes {
        for n in 0..LANES {
            let g = slope[n] + penalty * ahead[n];
            let new = ahead[n] - step * g;
            along[n] += g * (new - old[n]);
            slope[n] = new;
        }
    }
    along.iter().sum()
}

/// Makes `new` the learnt point and looks ahead of it.
fn advance(ahead: &mut [f32], old: &mut [f32], new: &[f32], push: f32) {
    for ((ahead, old), new) in ahead.iter_mut().zip(old).zip(new) {
        *ahead = new + push * (new - *old);
        *old = *new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows whose features are each learnt by themselves.
    fn of(rows: &[Vector], features: u32) -> Rows {
        let alone = Alike::of(features as usize, (0..features).map(|f| (f, u64::from(f))));
        Rows::of(rows, &alone)
    }

    #[test]
    fn the_largest_eigenvalue_counts_the_bias() {
        // Two equal rows of length 1: X X' + 1 is all 2, its largest eigenvalue 4.
        let rows = of(&[vec![(0, 1.0)], vec![(0, 1.0)]], 1);
        assert!((largest(&rows, 1) - 4.0).abs() < 1e-4);
    }

    #[test]
    fn blocks_do_not_show_in_what_is_learnt() {
        let classes = 20;
        let rows: Vec<Vector> = (0..60_u32)
            .map(|n| vec![(n % 20, 2.0), (20 + n % 7, 1.0)])
            .collect();
        let class: Vec<usize> = (0..60).map(|n| n % 20).collect();
        let lesson = Lesson {
            rows: of(&rows, 27),
            class: &class,
            shares: vec![1.0; 60],
            classes,
            features: 27,
        };
        let (narrow, wide) = (lesson.learn::<8>(), lesson.learn::<32>());
        for row in &rows {
            let (a, b) = (narrow.probabilities(row), wide.probabilities(row));
            let near = a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(near, "{a:?} {b:?}");
        }
    }
}
