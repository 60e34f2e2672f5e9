//! Multinomial logistic regression on sparse rows, learnt in a fixed number of steps in a fixed order: the same rows give the
//! same weights everywhere. What a row or a class stands for is the caller's.

use super::gram::Vector;
use super::kept::Keep;

/// Learnt weights.
#[derive(Debug)]
pub struct Classifier {
    classes: usize,
    /// Columns of a feature's row, the classes rounded up so that the sums run in whole lanes.
    width: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// Steps of the descent; the recipe's numbers hold for exactly these.
const STEPS: usize = 60;
/// Rounds of power iteration.
const ROUNDS: usize = 12;
/// Weight of the L2 penalty on the mean loss.
const PENALTY: f32 = 1e-4;
const LANES: usize = 8;

impl Classifier {
    /// Learns from rows and the class of each (below `classes`); features of rows are below `features`.
    pub fn learn(rows: &[Vector], class: &[usize], classes: usize, features: usize) -> Classifier {
        let width = classes.div_ceil(LANES) * LANES;
        let mut learnt = Classifier {
            classes,
            width,
            weights: vec![0.0; features * width],
            bias: vec![0.0; width],
        };
        if rows.is_empty() {
            return learnt;
        }
        let shares = row_weights(class, classes);
        let total = rows.len() as f32;
        let heaviest = shares.iter().copied().fold(0.0, f32::max);
        let step = 1.0 / (0.5 * largest(rows, features) / total * heaviest + PENALTY);
        let mut ahead = Classifier {
            classes,
            width,
            weights: learnt.weights.clone(),
            bias: learnt.bias.clone(),
        };
        let mut slope = vec![0.0_f32; features * width];
        let mut slope_bias = vec![0.0_f32; width];
        let mut wrong = vec![0.0_f32; width];
        let mut momentum = 1.0_f32;
        for _ in 0..STEPS {
            slope.fill(0.0);
            slope_bias.fill(0.0);
            for ((row, class), share) in rows.iter().zip(class).zip(&shares) {
                ahead.soft(row, &mut wrong);
                wrong[*class] -= 1.0;
                let by = share / total;
                wrong.iter_mut().for_each(|w| *w *= by);
                add(&mut slope_bias, &wrong, 1.0);
                for (feature, x) in row {
                    let at = *feature as usize * width;
                    add(&mut slope[at..at + width], &wrong, *x);
                }
            }
            let along = descend(&mut slope, &ahead.weights, &learnt.weights, step, PENALTY)
                + descend(&mut slope_bias, &ahead.bias, &learnt.bias, step, 0.0);
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
            advance(&mut ahead.weights, &mut learnt.weights, &slope, push);
            advance(&mut ahead.bias, &mut learnt.bias, &slope_bias, push);
        }
        learnt
    }

    /// The probability of each class for a row.
    pub fn probabilities(&self, row: &[(u32, f32)]) -> Vec<f32> {
        let mut out = vec![0.0; self.width];
        self.soft(row, &mut out);
        out.truncate(self.classes);
        out
    }

    /// How many classes it tells apart.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The weight of a feature for a class.
    pub fn weight(&self, feature: u32, class: usize) -> f32 {
        self.weights
            .get(feature as usize * self.width + class)
            .copied()
            .unwrap_or(0.0)
    }

    /// Writes the probabilities into `out`, which is `width` long; columns past the classes become 0.
    fn soft(&self, row: &[(u32, f32)], out: &mut [f32]) {
        out.copy_from_slice(&self.bias);
        for (feature, x) in row {
            let at = *feature as usize * self.width;
            if let Some(weights) = self.weights.get(at..at + self.width) {
                add(out, weights, *x);
            }
        }
        let (real, rest) = out.split_at_mut(self.classes);
        rest.fill(0.0);
        let most = real.iter().copied().fold(f32::MIN, f32::max);
        let mut sum = 0.0;
        for z in real.iter_mut() {
            // Through f64, so that platforms whose exponentials differ in the last bit still agree.
            *z = f64::from(*z - most).exp() as f32;
            sum += *z;
        }
        real.iter_mut().for_each(|z| *z /= sum);
    }
}

impl Keep for Classifier {
    fn put(&self, out: &mut Vec<u8>) {
        self.classes.put(out);
        self.weights.put(out);
        self.bias.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let classes = usize::take(bytes)?;
        let classifier = Classifier {
            classes,
            width: classes.div_ceil(LANES) * LANES,
            weights: Keep::take(bytes)?,
            bias: Keep::take(bytes)?,
        };
        (classifier.bias.len() == classifier.width).then_some(classifier)
    }
}

/// The root of how much rarer than average a row's class is, of mean 1.
fn row_weights(class: &[usize], classes: usize) -> Vec<f32> {
    let mut count = vec![0_u32; classes];
    class.iter().for_each(|c| count[*c] += 1);
    let total = class.len() as f32;
    let mut shares: Vec<f32> = class
        .iter()
        .map(|c| (total / (classes as f32 * count[*c] as f32)).sqrt())
        .collect();
    let mean = shares.iter().sum::<f32>() / total;
    shares.iter_mut().for_each(|s| *s /= mean);
    shares
}

/// The largest eigenvalue of X X' + 1 (the 1 is the bias), by power iteration from the constant vector.
fn largest(rows: &[Vector], features: usize) -> f32 {
    let start = 1.0 / (rows.len() as f32).sqrt();
    let mut at = vec![start; rows.len()];
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

fn add(to: &mut [f32], what: &[f32], by: f32) {
    for (to, what) in to.chunks_exact_mut(LANES).zip(what.chunks_exact(LANES)) {
        for n in 0..LANES {
            to[n] += by * what[n];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_can_be_told_apart_are_and_the_same_way_each_time() {
        let rows: Vec<Vector> = vec![
            vec![(0, 2.0), (2, 1.0)],
            vec![(0, 2.0), (3, 1.0)],
            vec![(1, 2.0), (2, 1.0)],
            vec![(1, 2.0), (3, 1.0)],
        ];
        let learn = || Classifier::learn(&rows, &[0, 0, 1, 1], 2, 4);
        let first = learn();
        let of = first.probabilities(&[(0, 2.0)]);
        assert!(of[0] > 0.9, "{of:?}");
        assert!((of[0] + of[1] - 1.0).abs() < 1e-5);
        assert_eq!(first.weights, learn().weights);
    }

    #[test]
    fn the_largest_eigenvalue_counts_the_bias() {
        // Two equal rows of length 1: X X' + 1 is all 2, its largest eigenvalue 4.
        let rows: Vec<Vector> = vec![vec![(0, 1.0)], vec![(0, 1.0)]];
        assert!((largest(&rows, 1) - 4.0).abs() < 1e-4);
    }

    #[test]
    fn a_class_with_few_rows_weighs_more_a_row() {
        let shares = row_weights(&[0, 0, 0, 0, 1], 2);
        assert!((shares[4] / shares[0] - 2.0).abs() < 1e-5);
        assert!((shares.iter().sum::<f32>() - 5.0).abs() < 1e-4);
    }
}
