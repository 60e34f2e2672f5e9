//! Multinomial logistic regression on sparse rows, learnt in a fixed number of steps in a fixed order: the same rows give the
//! same weights everywhere. What a row or a class stands for is the caller's.

use super::alike::Alike;
use super::gram::Vector;
use super::kept::Keep;
use descent::{Lesson, Rows};

mod descent;

/// Learnt weights.
#[derive(Debug)]
pub struct Classifier {
    classes: usize,
    /// Columns of a feature's row, the classes rounded up so that the sums run in whole lanes.
    width: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

const LANES: usize = 8;

impl Classifier {
    /// Learns from rows and the class of each (below `classes`); features of rows are below `features`.
    pub fn learn(rows: &[Vector], class: &[usize], classes: usize, features: usize) -> Classifier {
        let width = classes.div_ceil(LANES) * LANES;
        if rows.is_empty() {
            return Classifier {
                classes,
                width,
                weights: vec![0.0; features * width],
                bias: vec![0.0; width],
            };
        }
        let alike = Alike::of(features, standing(rows));
        let lesson = Lesson {
            rows: Rows::of(rows, &alike),
            class,
            shares: row_weights(class, classes),
            classes,
            features: alike.scales.len(),
        };
        // So many classes at once as leave the sums in the machine's registers.
        let learnt = match classes {
            0..=8 => lesson.learn::<8>(),
            9..=16 => lesson.learn::<16>(),
            _ => lesson.learn::<32>(),
        };
        learnt.apart(&alike)
    }

    /// With the features that were learnt as one apart again.
    fn apart(self, alike: &Alike) -> Classifier {
        let mut weights = Vec::with_capacity(alike.of.len() * self.width);
        for one in &alike.of {
            let at = *one as usize * self.width;
            let own = &self.weights[at..at + self.width];
            let scale = alike.scales[*one as usize];
            weights.extend(own.iter().map(|weight| weight / scale));
        }
        Classifier { weights, ..self }
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
        soften(out, self.classes);
    }
}

/// Each feature of each row, with the row and how much of it stands there.
fn standing(rows: &[Vector]) -> impl Iterator<Item = (u32, u64)> {
    let rows = rows.iter().zip(0_u64..);
    rows.flat_map(|(row, n)| {
        row.iter()
            .map(move |(feature, x)| (*feature, (n << 32) | u64::from(x.to_bits())))
    })
}

/// Makes scores probabilities; columns past the classes become 0.
fn soften(out: &mut [f32], classes: usize) {
    let (real, rest) = out.split_at_mut(classes);
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
    fn a_class_with_few_rows_weighs_more_a_row() {
        let shares = row_weights(&[0, 0, 0, 0, 1], 2);
        assert!((shares[4] / shares[0] - 2.0).abs() < 1e-5);
        assert!((shares.iter().sum::<f32>() - 5.0).abs() < 1e-4);
    }
}
