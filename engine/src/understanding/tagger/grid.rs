//! All paths through the tags of one sentence at once: how probable each tag is of each word, and each step between them.
//! What the scores are made of is the chain's.

/// Forward and backward probabilities of one sentence, each token's scaled to a sum of 1.
pub(super) struct Grid {
    tags: usize,
    forward: Vec<f32>,
    backward: Vec<f32>,
    /// Of each token but the first: its own part times what comes after, over its scale.
    ahead: Vec<f32>,
    own: Vec<f32>,
    scale: Vec<f32>,
    row: Vec<f32>,
    /// The logarithm of the sum over all paths.
    pub(super) total: f64,
}

const LANES: usize = 8;
/// Tags less probable than this are left out of the sums; most are, once something is learnt.
const NEGLIGIBLE: f32 = 1e-8;
/// Keeps a sum of products from being 0.
const SMALLEST: f32 = 1e-20;

impl Grid {
    /// For sentences over so many tags.
    pub(super) fn new(tags: usize) -> Grid {
        Grid {
            tags,
            forward: Vec::new(),
            backward: Vec::new(),
            ahead: Vec::new(),
            own: Vec::new(),
            scale: Vec::new(),
            row: vec![0.0; tags],
            total: 0.0,
        }
    }

    /// Fills it from the scores of a sentence's tags, token by token, and the exponentials of steps.
    pub(super) fn fill(&mut self, scores: &[f32], steps: &[f32], first: &[f32]) {
        let tags = self.tags;
        let count = scores.len() / tags;
        for (all, start) in [
            (&mut self.forward, 0.0),
            (&mut self.backward, 1.0),
            (&mut self.ahead, 0.0),
            (&mut self.own, 0.0),
        ] {
            all.clear();
            all.resize(scores.len(), start);
        }
        self.scale.clear();
        self.total = 0.0;
        for n in 0..count {
            let at = n * tags;
            let scores = &scores[at..at + tags];
            let most = scores.iter().copied().fold(f32::MIN, f32::max);
            if n == 0 {
                self.row.copy_from_slice(first);
            } else {
                self.row.fill(0.0);
                let before = &self.forward[at - tags..at];
                for (from, p) in before.iter().enumerate() {
                    if *p > NEGLIGIBLE {
                        add(&mut self.row, &steps[from * tags..(from + 1) * tags], *p);
                    }
                }
            }
            let mut sum = SMALLEST;
            let own = &mut self.own[at..at + tags];
            for ((reached, own), score) in self.row.iter_mut().zip(own).zip(scores) {
                *own = f64::from(score - most).exp() as f32;
                *reached *= *own;
                sum += *reached;
            }
            for (forward, reached) in self.forward[at..].iter_mut().zip(&self.row) {
                *forward = reached / sum;
            }
            self.scale.push(sum);
            self.total += f64::from(sum).ln() + f64::from(most);
        }
        for n in (1..count).rev() {
            let at = n * tags;
            for tag in at..at + tags {
                self.ahead[tag] = self.own[tag] * self.backward[tag] / self.scale[n];
            }
            let ahead = &self.ahead[at..at + tags];
            for from in 0..tags {
                self.backward[at - tags + from] =
                    dot(&steps[from * tags..(from + 1) * tags], ahead);
            }
        }
    }

    /// The probability of a token's tag.
    pub(super) fn at(&self, token: usize, tag: usize) -> f32 {
        let n = token * self.tags + tag;
        self.forward[n] * self.backward[n]
    }

    /// Adds what is expected of the first tags and, without the steps' own part, of the pairs.
    pub(super) fn expect(&self, by: f32, begins: &mut [f32], pairs: &mut [f32]) {
        let tags = self.tags;
        for (tag, begin) in begins.iter_mut().enumerate() {
            *begin += by * self.at(0, tag);
        }
        for at in (tags..self.forward.len()).step_by(tags) {
            let ahead = &self.ahead[at..at + tags];
            for from in 0..tags {
                let p = self.forward[at - tags + from];
                if p > NEGLIGIBLE {
                    add(&mut pairs[from * tags..(from + 1) * tags], ahead, p * by);
                }
            }
        }
    }
}

/// The exponentials of scores; through f64, so that platforms whose exponentials differ in the last bit still agree.
pub(super) fn exponential(scores: &[f32]) -> Vec<f32> {
    scores.iter().map(|s| f64::from(*s).exp() as f32).collect()
}

/// Adds a row times a number.
pub(super) fn add(to: &mut [f32], what: &[f32], by: f32) {
    for (to, what) in to.iter_mut().zip(what) {
        *to += by * what;
    }
}

/// In lanes, so that the order of the sum is the same however it is compiled.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a8, b8) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a8
        .remainder()
        .iter()
        .zip(b8.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a8.zip(b8) {
        for n in 0..LANES {
            sums[n] += x[n] * y[n];
        }
    }
    sums.iter().sum::<f32>() + rest
}
