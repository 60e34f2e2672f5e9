//! All paths through the tags of one sentence at once: how probable each tag is of each word, and each step between them.
//! What the scores are made of is the chain's.
//!
//! A further word comes only behind a word of the same slot, so the tags stand in two parts: outside and the first words, to
//! which a step leads from everywhere, then the further words, to which two do.

use super::plan::{is_inside, slot_of, tag_of, tags};

/// Numbers that are added at once.
pub(super) const LANES: usize = 8;
/// Tags less probable than this are left out of the sums while learning; most are, once something is learnt.
pub(super) const NEGLIGIBLE: f32 = 1e-8;
/// Keeps a sum of products from being 0.
const SMALLEST: f32 = 1e-20;
/// The score of a lane that is no tag.
const NONE: f32 = -1e30;

/// Where the tags of so many slots stand: the first words slot by slot, outside, and from `outer` on the further words; both
/// parts are as long, and rounded up to whole lanes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) slots: usize,
    pub(super) outer: usize,
    pub(super) all: usize,
}

impl Order {
    pub(super) fn of(slots: usize) -> Order {
        let outer = (slots + 1).div_ceil(LANES) * LANES;
        Order {
            slots,
            outer,
            all: 2 * outer,
        }
    }

    /// The place of a tag.
    pub(super) fn place(&self, tag: usize) -> usize {
        match slot_of(tag) {
            None => self.slots,
            Some(slot) if is_inside(tag) => self.outer + slot,
            Some(slot) => slot,
        }
    }

    /// Scores of tags, put in their places.
    pub(super) fn spread(&self, scores: &[f32], to: &mut Vec<f32>) {
        let start = to.len();
        to.resize(start + self.all, NONE);
        for (tag, score) in scores.iter().enumerate() {
            to[start + self.place(tag)] = *score;
        }
    }
}

/// A number for each step from tag to tag, and for each tag that a text may begin with.
#[derive(Debug)]
pub(super) struct Steps {
    order: Order,
    /// Into outside and first words, for each place a row.
    outer: Vec<f32>,
    /// From first words into further ones of their slot, and on from these.
    begun: Vec<f32>,
    going: Vec<f32>,
    first: Vec<f32>,
}

impl Steps {
    /// Nothing, to add to.
    pub(super) fn none(order: Order) -> Steps {
        Steps {
            order,
            outer: vec![0.0; order.all * order.outer],
            begun: vec![0.0; order.outer],
            going: vec![0.0; order.outer],
            first: vec![0.0; order.outer],
        }
    }

    /// Those of a function of the tags; no tag before it is the text's beginning.
    pub(super) fn of(order: Order, step: impl Fn(Option<usize>, usize) -> f32) -> Steps {
        let mut steps = Steps::none(order);
        steps.each(|number, from, to| *number = step(from, to));
        steps
    }

    /// Gives every step there can be.
    pub(super) fn each(&mut self, mut give: impl FnMut(&mut f32, Option<usize>, usize)) {
        let order = self.order;
        let into = |to: &usize| !is_inside(*to);
        for to in (0..tags(order.slots)).filter(into) {
            give(&mut self.first[order.place(to)], None, to);
            for from in 0..tags(order.slots) {
                let at = order.place(from) * order.outer + order.place(to);
                give(&mut self.outer[at], Some(from), to);
            }
        }
        for slot in 0..order.slots {
            let (begin, inside) = (tag_of(slot, false), tag_of(slot, true));
            give(&mut self.begun[slot], Some(begin), inside);
            give(&mut self.going[slot], Some(inside), inside);
        }
    }

    fn row(&self, from: usize) -> &[f32] {
        &self.outer[from * self.order.outer..(from + 1) * self.order.outer]
    }
}

/// Forward and backward probabilities of one sentence, each token's scaled to a sum of 1.
#[derive(Debug)]
pub(super) struct Grid {
    order: Order,
    /// Tags that are less probable than this are left out.
    least: f32,
    forward: Vec<f32>,
    backward: Vec<f32>,
    /// Of each token but the first: its own part times what comes after, over its scale.
    ahead: Vec<f32>,
    own: Vec<f32>,
    scale: Vec<f32>,
    /// The logarithm of the sum over all paths.
    pub(super) total: f64,
}

impl Grid {
    /// For sentences over the tags of so many slots.
    pub(super) fn new(order: Order, least: f32) -> Grid {
        Grid {
            order,
            least,
            forward: Vec::new(),
            backward: Vec::new(),
            ahead: Vec::new(),
            own: Vec::new(),
            scale: Vec::new(),
            total: 0.0,
        }
    }

    /// Fills it from the scores of a sentence's tags in their places, token by token, and the exponentials of steps.
    pub(super) fn fill(&mut self, scores: &[f32], steps: &Steps) {
        let Order { all, outer, .. } = self.order;
        let count = scores.len() / all;
        for (numbers, start) in [
            (&mut self.forward, 0.0),
            (&mut self.backward, 0.0),
            (&mut self.ahead, 0.0),
            (&mut self.own, 0.0),
        ] {
            numbers.clear();
            numbers.resize(scores.len(), start);
        }
        self.scale.clear();
        self.total = 0.0;
        for n in 0..count {
            let (before, now) = self.forward.split_at_mut(n * all);
            let now = &mut now[..all];
            match n.checked_sub(1) {
                None => now[..outer].copy_from_slice(&steps.first),
                Some(n) => {
                    let before = &before[n * all..];
                    let (into, inside) = now.split_at_mut(outer);
                    for (from, p) in before.iter().enumerate() {
                        if *p > self.least {
                            add(into, steps.row(from), *p);
                        }
                    }
                    let (begins, goes) = before.split_at(outer);
                    each(inside, begins, &steps.begun, |_, p, step| p * step);
                    each(inside, goes, &steps.going, |sum, p, step| sum + p * step);
                }
            }
            let scores = &scores[n * all..(n + 1) * all];
            let own = &mut self.own[n * all..(n + 1) * all];
            let most = largest(scores);
            for (own, score) in own.iter_mut().zip(scores) {
                *own = exp(score - most);
            }
            now.iter_mut()
                .zip(own.iter())
                .for_each(|(now, own)| *now *= own);
            let sum = total(now) + SMALLEST;
            now.iter_mut().for_each(|now| *now /= sum);
            self.scale.push(sum);
            self.total += f64::from(sum).ln() + f64::from(most);
        }
        if let Some(last) = count.checked_sub(1) {
            self.backward[last * all..].fill(1.0);
        }
        for n in (1..count).rev() {
            let (before, now) = self.backward.split_at_mut(n * all);
            let before = &mut before[(n - 1) * all..];
            let ahead = &mut self.ahead[n * all..(n + 1) * all];
            let own = &self.own[n * all..(n + 1) * all];
            let scale = self.scale[n];
            for ((ahead, own), backward) in ahead.iter_mut().zip(own).zip(now.iter()) {
                *ahead = own * backward / scale;
            }
            let (into, inside) = ahead.split_at(outer);
            let reached = &self.forward[(n - 1) * all..n * all];
            for (from, (before, p)) in before.iter_mut().zip(reached).enumerate() {
                if *p > self.least {
                    *before = dot(steps.row(from), into);
                }
            }
            let (begins, goes) = before.split_at_mut(outer);
            each(begins, &steps.begun, inside, |sum, step, ahead| {
                sum + step * ahead
            });
            each(goes, &steps.going, inside, |sum, step, ahead| {
                sum + step * ahead
            });
        }
    }

    /// The probability of a token's tag.
    pub(super) fn at(&self, token: usize, tag: usize) -> f32 {
        let n = token * self.order.all + self.order.place(tag);
        self.forward[n] * self.backward[n]
    }

    /// Writes the probabilities of a token's tags, in their places, times a number.
    pub(super) fn all_at(&self, token: usize, by: f32, to: &mut [f32]) {
        let part = token * self.order.all..(token + 1) * self.order.all;
        let both = self.forward[part.clone()].iter().zip(&self.backward[part]);
        for (to, (forward, backward)) in to.iter_mut().zip(both) {
            *to = forward * backward * by;
        }
    }

    /// Adds what is expected of the first tags and, without the steps' own part, of the pairs.
    pub(super) fn expect(&self, by: f32, to: &mut Steps) {
        let Order { all, outer, .. } = self.order;
        if let (Some(forward), Some(backward)) =
            (self.forward.get(..outer), self.backward.get(..outer))
        {
            for ((to, forward), backward) in to.first.iter_mut().zip(forward).zip(backward) {
                *to += by * forward * backward;
            }
        }
        for at in (all..self.forward.len()).step_by(all) {
            let before = &self.forward[at - all..at];
            let (into, inside) = self.ahead[at..at + all].split_at(outer);
            for (from, p) in before.iter().enumerate() {
                if *p > self.least {
                    let row = &mut to.outer[from * outer..(from + 1) * outer];
                    add(row, into, p * by);
                }
            }
            let (begins, goes) = before.split_at(outer);
            each(&mut to.begun, begins, inside, |sum, p, ahead| {
                sum + p * by * ahead
            });
            each(&mut to.going, goes, inside, |sum, p, ahead| {
                sum + p * by * ahead
            });
        }
    }
}

/// e to the x by additions and multiplications alone: the same bits on every machine, and simple enough for the compiler to do
/// several at once. As good as nothing below -87; relative error below 1e-6.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Added, it leaves the whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 87.0 { 87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the rest is exact.
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let mut p = 1.987_569_1e-4_f32;
    p = p * r + 1.398_2e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let y = p * r * r + r + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    f32::from_bits(y.to_bits().wrapping_add(exponent << 23))
}

/// Adds a row times a number.
#[inline(always)]
pub(super) fn add(to: &mut [f32], what: &[f32], by: f32) {
    for (to, what) in to.iter_mut().zip(what) {
        *to += by * what;
    }
}

/// Makes each number of it, and of two others in the same place, a new one.
#[inline(always)]
fn each(to: &mut [f32], a: &[f32], b: &[f32], of: impl Fn(f32, f32, f32) -> f32) {
    for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
        *to = of(*to, *a, *b);
    }
}

#[inline(always)]
fn largest(x: &[f32]) -> f32 {
    let mut most = [f32::MIN; LANES];
    for part in x.as_chunks::<LANES>().0 {
        for (most, x) in most.iter_mut().zip(part) {
            *most = if *x > *most { *x } else { *most };
        }
    }
    most.into_iter().fold(f32::MIN, f32::max)
}

/// In lanes, so that the order of the sum is the same however it is compiled.
#[inline(always)]
fn total(x: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for part in x.as_chunks::<LANES>().0 {
        for n in 0..LANES {
            sums[n] += part[n];
        }
    }
    sums.iter().sum()
}

/// In lanes as well.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a, b) = (a.as_chunks::<LANES>().0, b.as_chunks::<LANES>().0);
    for (x, y) in a.iter().zip(b) {
        for n in 0..LANES {
            sums[n] += x[n] * y[n];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All paths of three tokens over two slots, one by one.
    #[test]
    fn probabilities_are_those_of_all_paths_counted_one_by_one() {
        let order = Order::of(2);
        let count = tags(2);
        let possible =
            |from: Option<usize>, to: usize| super::super::plan::kind(from, to).is_some();
        let step = |from: Option<usize>, to: usize| {
            let from = from.unwrap_or(7);
            0.1 * ((from * 5 + to * 3) % 11) as f32
        };
        let score = |token: usize, tag: usize| 0.3 * ((token * 7 + tag * 4) % 9) as f32;
        let steps = Steps::of(order, |from, to| exp(step(from, to)));
        let mut scores = Vec::new();
        for token in 0..3 {
            let own: Vec<f32> = (0..count).map(|tag| score(token, tag)).collect();
            order.spread(&own, &mut scores);
        }
        let mut grid = Grid::new(order, 0.0);
        grid.fill(&scores, &steps);
        let mut total = 0.0_f64;
        let mut of = vec![0.0_f64; 3 * count];
        for path in 0..count.pow(3) {
            let path = [path % count, path / count % count, path / count / count];
            let mut sum = 0.0;
            let mut before = None;
            let mut can = true;
            for (token, tag) in path.iter().enumerate() {
                can &= possible(before, *tag);
                sum += f64::from(score(token, *tag) + step(before, *tag));
                before = Some(*tag);
            }
            if can {
                total += sum.exp();
                for (token, tag) in path.iter().enumerate() {
                    of[token * count + tag] += sum.exp();
                }
            }
        }
        assert!(
            (grid.total - total.ln()).abs() < 1e-4,
            "{} {}",
            grid.total,
            total.ln()
        );
        for (n, sum) in of.iter().enumerate() {
            let (token, tag) = (n / count, n % count);
            let p = f64::from(grid.at(token, tag));
            assert!(
                (p - sum / total).abs() < 1e-4,
                "token {token}, tag {tag}: {p}"
            );
        }
        assert!(grid.at(0, super::super::plan::OUT) > 0.0);
    }

    #[test]
    fn exponentials_are_those_of_the_textbook() {
        for n in -800..=800 {
            let x = n as f32 / 10.0;
            let (mine, true_one) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((mine / true_one - 1.0).abs() < 1e-6, "{x}: {mine}");
        }
    }
}
