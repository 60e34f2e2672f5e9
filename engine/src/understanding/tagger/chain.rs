//! A linear chain of tags with shared weights: learning them, and the best tags of a text. A tag is outside (0), or the first
//! or a further word of a slot's value; which words there are is told by numbers of features.

use super::super::kept::Keep;
use super::descent;

/// One sentence to learn from.
pub(super) struct Sentence {
    /// Features of each token.
    pub(super) rows: Vec<Vec<u32>>,
    /// The vectors of the tokens, one after the other; none where the chain has no vectors.
    pub(super) sense: Vec<f32>,
    /// What each tag of each token starts with.
    pub(super) start: Vec<Vec<f32>>,
    /// The right tags.
    pub(super) gold: Vec<usize>,
    /// What it counts.
    pub(super) weight: f32,
}

/// Learnt weights.
#[derive(Debug)]
pub(super) struct Chain {
    plan: Plan,
    weights: Vec<f32>,
}

/// The tag of a word outside all values.
pub(super) const OUT: usize = 0;

/// How many tags so many slots have.
pub(super) fn tags(slots: usize) -> usize {
    1 + 2 * slots
}

/// The tag of a slot's first or a further word.
pub(super) fn tag_of(slot: usize, inside: bool) -> usize {
    1 + 2 * slot + usize::from(inside)
}

/// The slot of a tag.
pub(super) fn slot_of(tag: usize) -> Option<usize> {
    (tag != OUT).then(|| (tag - 1) / 2)
}

/// Whether a tag goes on with a value.
pub(super) fn is_inside(tag: usize) -> bool {
    tag != OUT && tag.is_multiple_of(2)
}

/// Weight of the L2 penalty.
const PENALTY: f32 = 0.1;
/// Rounds of learning.
const ROUNDS: usize = 30;
/// Steps from one tag to the next, by kind.
const STEPS: usize = 12;
pub(super) const LANES: usize = 8;

impl Chain {
    /// Learns from sentences whose tokens have so many features and, beside them, numbers.
    pub(super) fn learn(
        slots: usize,
        features: usize,
        numbers: usize,
        sentences: &[Sentence],
    ) -> Chain {
        let plan = Plan::new(slots, features, numbers);
        let mut weights = vec![0.0; plan.size()];
        if !sentences.is_empty() {
            descent::minimise(&mut weights, ROUNDS, |weights, slope| {
                plan.loss(weights, sentences, slope)
            });
        }
        Chain { plan, weights }
    }

    /// Whether it is one over so many slots and features.
    pub(super) fn fits(&self, slots: usize, features: usize, numbers: usize) -> bool {
        let plan = &self.plan;
        (plan.slots, plan.features, plan.numbers) == (slots, features, numbers)
    }

    /// The best tags, and each one's probability, with only these slots open.
    pub(super) fn decode(
        &self,
        rows: &[Vec<u32>],
        sense: &[f32],
        start: &[Vec<f32>],
        open: &[usize],
    ) -> (Vec<usize>, Vec<f32>) {
        let mut tags = vec![OUT];
        for slot in open {
            tags.extend([tag_of(*slot, false), tag_of(*slot, true)]);
        }
        let mut columns = vec![0.0; self.plan.width];
        let scores: Vec<Vec<f32>> = rows
            .iter()
            .enumerate()
            .zip(start)
            .map(|((n, row), start)| {
                let sense = self.plan.sense_of(sense, n);
                self.plan.columns(&self.weights, row, sense, &mut columns);
                tags.iter()
                    .map(|tag| self.plan.score(&columns, *tag) + start[*tag])
                    .collect()
            })
            .collect();
        let count = tags.len();
        let step = |from: Option<usize>, to: usize| {
            self.plan
                .step(&self.weights, from.map(|f| tags[f]), tags[to])
        };
        let steps: Vec<f32> = (0..count * count)
            .map(|n| step(Some(n / count), n % count))
            .collect();
        let first: Vec<f32> = (0..count).map(|to| step(None, to)).collect();
        let best = best_path(&scores, &steps, &first);
        let grid = Grid::new(&scores, &exponential(&steps), &exponential(&first));
        let sure = best
            .iter()
            .enumerate()
            .map(|(n, tag)| grid.at(n, *tag))
            .collect();
        (best.into_iter().map(|n| tags[n]).collect(), sure)
    }
}

impl Keep for Chain {
    fn put(&self, out: &mut Vec<u8>) {
        self.plan.slots.put(out);
        self.plan.features.put(out);
        self.plan.numbers.put(out);
        self.weights.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (slots, features) = Keep::take(bytes)?;
        let numbers = Keep::take(bytes)?;
        let weights: Vec<f32> = Keep::take(bytes)?;
        // Numbers larger than any bot's may not be multiplied.
        let most = weights.len();
        if [slots, features, numbers].into_iter().any(|n| n > most) {
            return None;
        }
        let plan = Plan::new(slots, features, numbers);
        (plan.size() == most).then_some(Chain { plan, weights })
    }
}

/// Where the weights of what stand.
#[derive(Debug)]
struct Plan {
    slots: usize,
    tags: usize,
    /// Columns of a feature: outside, any first, any further, each slot, each tag; rounded up to whole lanes.
    width: usize,
    /// Features that a token has or has not.
    features: usize,
    /// Numbers of a token's vector; their columns stand behind those of the features.
    numbers: usize,
}

impl Plan {
    fn new(slots: usize, features: usize, numbers: usize) -> Plan {
        Plan {
            slots,
            tags: tags(slots),
            width: (3 + 3 * slots).div_ceil(LANES) * LANES,
            features,
            numbers,
        }
    }

    fn size(&self) -> usize {
        self.behind() + (self.tags + 1) * self.tags + STEPS
    }

    /// Where the weights of the steps begin.
    fn behind(&self) -> usize {
        (self.features + self.numbers) * self.width
    }

    /// The vector of a token; empty where there are none.
    fn sense_of<'s>(&self, sense: &'s [f32], token: usize) -> &'s [f32] {
        let at = token * self.numbers;
        sense.get(at..at + self.numbers).unwrap_or_default()
    }

    /// The columns whose sum is a tag's score.
    fn columns_of(&self, tag: usize) -> [usize; 3] {
        match slot_of(tag) {
            None => [0, self.width, self.width],
            Some(slot) => [
                1 + usize::from(is_inside(tag)),
                3 + slot,
                3 + self.slots + tag - 1,
            ],
        }
    }

    fn columns(&self, weights: &[f32], row: &[u32], sense: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        for feature in row {
            let at = *feature as usize * self.width;
            add(out, &weights[at..at + self.width], 1.0);
        }
        let vectors = weights[self.features * self.width..].chunks_exact(self.width);
        for (x, weights) in sense.iter().zip(vectors) {
            add(out, weights, *x);
        }
    }

    fn score(&self, columns: &[f32], tag: usize) -> f32 {
        self.columns_of(tag)
            .iter()
            .filter_map(|column| columns.get(*column))
            .sum()
    }

    /// The weight of a pair of tags, and of its kind; `None` is the text's beginning.
    fn pair(&self, from: Option<usize>, to: usize) -> usize {
        self.behind() + from.unwrap_or(self.tags) * self.tags + to
    }

    fn kind(&self, from: Option<usize>, to: usize) -> Option<usize> {
        let same = from.and_then(slot_of) == slot_of(to);
        let kind = match (from, to) {
            (None, OUT) => 0,
            (None, to) if !is_inside(to) => 1,
            (None, _) => return None,
            (Some(OUT), OUT) => 2,
            (Some(OUT), to) if !is_inside(to) => 3,
            (Some(OUT), _) => return None,
            (Some(from), to) => {
                let base = if is_inside(from) { 8 } else { 4 };
                match (to, same) {
                    (OUT, _) => base,
                    (to, true) if is_inside(to) => base + 1,
                    (to, false) if is_inside(to) => return None,
                    (_, true) => base + 2,
                    (_, false) => base + 3,
                }
            }
        };
        Some(self.behind() + (self.tags + 1) * self.tags + kind)
    }

    /// The score of going from one tag to another; minus infinity where it can't be.
    fn step(&self, weights: &[f32], from: Option<usize>, to: usize) -> f32 {
        match self.kind(from, to) {
            Some(kind) => weights[self.pair(from, to)] + weights[kind],
            None => f32::NEG_INFINITY,
        }
    }

    /// The loss over all sentences, and its slope.
    fn loss(&self, weights: &[f32], sentences: &[Sentence], slope: &mut [f32]) -> f64 {
        slope.fill(0.0);
        let tags = self.tags;
        let steps: Vec<f32> = (0..tags * tags)
            .map(|n| self.step(weights, Some(n / tags), n % tags))
            .collect();
        let first: Vec<f32> = (0..tags).map(|to| self.step(weights, None, to)).collect();
        let (steps_e, first_e) = (exponential(&steps), exponential(&first));
        let mut pairs = vec![0.0_f32; tags * tags];
        let mut begins = vec![0.0_f32; tags];
        let mut columns = vec![0.0_f32; self.width];
        let mut loss = 0.0_f64;
        for sentence in sentences {
            let by = sentence.weight;
            let scores: Vec<Vec<f32>> = sentence
                .rows
                .iter()
                .enumerate()
                .zip(&sentence.start)
                .map(|((n, row), start)| {
                    let sense = self.sense_of(&sentence.sense, n);
                    self.columns(weights, row, sense, &mut columns);
                    (0..tags)
                        .map(|tag| self.score(&columns, tag) + start[tag])
                        .collect()
                })
                .collect();
            let grid = Grid::new(&scores, &steps_e, &first_e);
            let mut right = 0.0_f32;
            let mut before = None;
            for (n, gold) in sentence.gold.iter().enumerate() {
                right += scores[n][*gold];
                right += before.map_or(first[*gold], |b: usize| steps[b * tags + gold]);
                let (pair, kind) = (self.pair(before, *gold), self.kind(before, *gold));
                slope[pair] -= by;
                if let Some(kind) = kind {
                    slope[kind] -= by;
                }
                before = Some(*gold);
                columns.fill(0.0);
                for tag in 0..tags {
                    let wrong = grid.at(n, tag) - f32::from(u8::from(tag == *gold));
                    for column in self.columns_of(tag) {
                        if let Some(column) = columns.get_mut(column) {
                            *column += wrong * by;
                        }
                    }
                }
                for feature in &sentence.rows[n] {
                    let at = *feature as usize * self.width;
                    add(&mut slope[at..at + self.width], &columns, 1.0);
                }
                let vectors = slope[self.features * self.width..].chunks_exact_mut(self.width);
                let sense = self.sense_of(&sentence.sense, n);
                for (x, slope) in sense.iter().zip(vectors) {
                    add(slope, &columns, *x);
                }
            }
            grid.expect(by, &mut begins, &mut pairs);
            loss += f64::from(by) * (grid.total - f64::from(right));
        }
        for (to, begin) in begins.iter().enumerate() {
            self.credit(slope, None, to, *begin);
            for from in 0..tags {
                let n = from * tags + to;
                self.credit(slope, Some(from), to, pairs[n] * steps_e[n]);
            }
        }
        let mut square = 0.0_f64;
        for (slope, weight) in slope.iter_mut().zip(weights) {
            *slope += PENALTY * weight;
            square += f64::from(*weight) * f64::from(*weight);
        }
        loss + 0.5 * f64::from(PENALTY) * square
    }

    fn credit(&self, slope: &mut [f32], from: Option<usize>, to: usize, expected: f32) {
        if let Some(kind) = self.kind(from, to) {
            slope[self.pair(from, to)] += expected;
            slope[kind] += expected;
        }
    }
}

/// Forward and backward probabilities of one sentence, each token's scaled to a sum of 1.
struct Grid {
    tags: usize,
    forward: Vec<f32>,
    backward: Vec<f32>,
    /// Of each token but the first: its own part times what comes after, over its scale.
    ahead: Vec<f32>,
    /// The logarithm of the sum over all paths.
    total: f64,
}

impl Grid {
    /// From scores, and the exponentials of steps.
    fn new(scores: &[Vec<f32>], steps: &[f32], first: &[f32]) -> Grid {
        let (count, tags) = (scores.len(), first.len());
        let mut grid = Grid {
            tags,
            forward: vec![0.0; count * tags],
            backward: vec![1.0; count * tags],
            ahead: vec![0.0; count * tags],
            total: 0.0,
        };
        let mut own = vec![0.0_f32; count * tags];
        let mut scale = vec![0.0_f32; count];
        let mut row = vec![0.0_f32; tags];
        for n in 0..count {
            let most = scores[n].iter().copied().fold(f32::MIN, f32::max);
            if n == 0 {
                row.copy_from_slice(first);
            } else {
                row.fill(0.0);
                let before = &grid.forward[(n - 1) * tags..n * tags];
                for (from, p) in before.iter().enumerate() {
                    if *p > NEGLIGIBLE {
                        add_all(&mut row, &steps[from * tags..(from + 1) * tags], *p);
                    }
                }
            }
            let at = n * tags;
            let mut sum = SMALLEST;
            for (tag, reached) in row.iter_mut().enumerate() {
                own[at + tag] = f64::from(scores[n][tag] - most).exp() as f32;
                *reached *= own[at + tag];
                sum += *reached;
            }
            for (tag, reached) in row.iter().enumerate() {
                grid.forward[at + tag] = reached / sum;
            }
            scale[n] = sum;
            grid.total += f64::from(sum).ln() + f64::from(most);
        }
        for n in (1..count).rev() {
            let at = n * tags;
            for tag in 0..tags {
                grid.ahead[at + tag] = own[at + tag] * grid.backward[at + tag] / scale[n];
            }
            let ahead = &grid.ahead[at..at + tags];
            for from in 0..tags {
                grid.backward[at - tags + from] =
                    dot_all(&steps[from * tags..(from + 1) * tags], ahead);
            }
        }
        grid
    }

    /// The probability of a token's tag.
    fn at(&self, token: usize, tag: usize) -> f32 {
        let n = token * self.tags + tag;
        self.forward[n] * self.backward[n]
    }

    /// Adds what is expected of the first tags and, without the steps' own part, of the pairs.
    fn expect(&self, by: f32, begins: &mut [f32], pairs: &mut [f32]) {
        let tags = self.tags;
        for (tag, begin) in begins.iter_mut().enumerate() {
            *begin += by * self.at(0, tag);
        }
        for at in (tags..self.forward.len()).step_by(tags) {
            let ahead = &self.ahead[at..at + tags];
            for from in 0..tags {
                let p = self.forward[at - tags + from];
                if p > NEGLIGIBLE {
                    add_all(&mut pairs[from * tags..(from + 1) * tags], ahead, p * by);
                }
            }
        }
    }
}

/// Tags less probable than this are left out of the sums; most are, once something is learnt.
const NEGLIGIBLE: f32 = 1e-8;
/// Keeps a sum of products from being 0.
const SMALLEST: f32 = 1e-20;

fn best_path(scores: &[Vec<f32>], steps: &[f32], first: &[f32]) -> Vec<usize> {
    let tags = first.len();
    let mut reach: Vec<f32> = first.iter().zip(&scores[0]).map(|(a, b)| a + b).collect();
    let mut from: Vec<Vec<usize>> = Vec::with_capacity(scores.len());
    for row in &scores[1..] {
        let mut next = Vec::with_capacity(tags);
        let mut came = Vec::with_capacity(tags);
        for to in 0..tags {
            let mut best = (OUT, f32::NEG_INFINITY);
            for (tag, reached) in reach.iter().enumerate() {
                let score = reached + steps[tag * tags + to];
                if score > best.1 {
                    best = (tag, score);
                }
            }
            came.push(best.0);
            next.push(best.1 + row[to]);
        }
        from.push(came);
        reach = next;
    }
    let mut at = (0..tags).fold(
        0,
        |best, tag| if reach[tag] > reach[best] { tag } else { best },
    );
    let mut path = vec![at];
    for came in from.iter().rev() {
        at = came[at];
        path.push(at);
    }
    path.reverse();
    path
}

fn exponential(scores: &[f32]) -> Vec<f32> {
    scores.iter().map(|s| f64::from(*s).exp() as f32).collect()
}

fn add(to: &mut [f32], what: &[f32], by: f32) {
    for (to, what) in to.chunks_exact_mut(LANES).zip(what.chunks_exact(LANES)) {
        for n in 0..LANES {
            to[n] += by * what[n];
        }
    }
}

fn add_all(to: &mut [f32], what: &[f32], by: f32) {
    for (to, what) in to.iter_mut().zip(what) {
        *to += by * what;
    }
}

/// In lanes, so that the order of the sum is the same however it is compiled.
fn dot_all(a: &[f32], b: &[f32]) -> f32 {
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
