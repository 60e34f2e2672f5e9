//! The sentences of templates with the same slots, over the tags of these slots only: what a score is the sum of, and how a
//! change of each weight changes the loss. Which weights the groups share is the chain's.

use super::grid::{Grid, LANES, NEGLIGIBLE, Order, Steps, add, exp};

/// One sentence to learn from.
pub(super) struct Sentence {
    /// The group whose slots are open.
    pub(super) group: usize,
    /// Features of each token.
    pub(super) rows: Vec<Vec<u32>>,
    /// The vectors of the tokens, one after the other; none where the chain has no vectors.
    pub(super) sense: Vec<f32>,
    /// What each tag of each token starts with; a plan wants them in their places ([`Plan::spread`]).
    pub(super) start: Vec<Vec<f32>>,
    /// The right tags.
    pub(super) gold: Vec<usize>,
    /// What it counts.
    pub(super) weight: f32,
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

/// Kinds of steps from one tag to the next.
pub(super) const KINDS: usize = 12;

/// The kind of a step, `None` where it can't be; no tag before it is the text's beginning.
pub(super) fn kind(from: Option<usize>, to: usize) -> Option<usize> {
    let same = from.and_then(slot_of) == slot_of(to);
    Some(match (from, to) {
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
    })
}

/// The vector of a token, of so many numbers; empty where there are none.
pub(super) fn sense_of(sense: &[f32], token: usize, numbers: usize) -> &[f32] {
    let at = token * numbers;
    sense.get(at..at + numbers).unwrap_or_default()
}

/// Where the weights of what stand.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) slots: usize,
    pub(super) tags: usize,
    /// Columns of a feature: outside, any first, any further, each slot, each tag; rounded up to whole lanes.
    pub(super) width: usize,
    /// Features that a token has or has not.
    features: usize,
    /// Numbers of a token's vector; their columns stand behind those of the features.
    numbers: usize,
    /// What each feature counts, where it is not 1.
    pub(super) scales: Vec<f32>,
}

/// Where a sentence is this little wrong about all tags of a token, nothing is learnt from it.
const RIGHT: f32 = 1e-6;

impl Plan {
    pub(super) fn new(slots: usize, (features, numbers): (usize, usize)) -> Plan {
        Plan {
            slots,
            tags: tags(slots),
            width: (3 + 3 * slots).div_ceil(LANES) * LANES,
            features,
            numbers,
            scales: Vec::new(),
        }
    }

    /// What each feature and number counts, in their order.
    fn all_scales(&self) -> impl Iterator<Item = f32> {
        self.scales.iter().copied().chain(std::iter::repeat(1.0))
    }

    pub(super) fn size(&self) -> usize {
        self.behind() + (self.tags + 1) * self.tags + KINDS
    }

    /// Where the weights of the steps begin.
    fn behind(&self) -> usize {
        (self.features + self.numbers) * self.width
    }

    /// The columns whose sum is a tag's score.
    pub(super) fn columns_of(&self, tag: usize) -> [usize; 3] {
        match slot_of(tag) {
            None => [0, self.width, self.width],
            Some(slot) => [
                1 + usize::from(is_inside(tag)),
                3 + slot,
                3 + self.slots + tag - 1,
            ],
        }
    }

    /// A tag's score, of the sums of its columns.
    pub(super) fn score(&self, columns: &[f32], tag: usize) -> f32 {
        match slot_of(tag) {
            None => columns[0],
            Some(_) => self.columns_of(tag).iter().map(|n| columns[*n]).sum(),
        }
    }

    /// The weight of a pair of tags, and of its kind; `None` is the text's beginning.
    pub(super) fn pair(&self, from: Option<usize>, to: usize) -> usize {
        self.behind() + from.unwrap_or(self.tags) * self.tags + to
    }

    pub(super) fn kind(&self, kind: usize) -> usize {
        self.behind() + (self.tags + 1) * self.tags + kind
    }

    fn order(&self) -> Order {
        Order::of(self.slots)
    }

    /// Puts what tags start with in the tags' places.
    pub(super) fn spread(&self, sentence: &mut Sentence) {
        for start in &mut sentence.start {
            let mut placed = Vec::new();
            self.order().spread(start, &mut placed);
            *start = placed;
        }
    }

    /// The columns of each feature and number put together for each tag, in the tags' places.
    fn together(&self, weights: &[f32]) -> Vec<f32> {
        let order = self.order();
        let mut out = vec![0.0; (self.features + self.numbers) * order.all];
        let rows = out.chunks_exact_mut(order.all);
        let rows = rows.zip(weights.chunks_exact(self.width));
        for ((out, columns), scale) in rows.zip(self.all_scales()) {
            for tag in 0..self.tags {
                out[order.place(tag)] = scale * self.score(columns, tag);
            }
        }
        out
    }

    /// Adds a slope for each tag, in the tags' places, to the slopes of the columns.
    fn apart(&self, together: &[f32], slope: &mut [f32]) {
        let order = self.order();
        let rows = together.chunks_exact(order.all);
        let rows = rows.zip(slope.chunks_exact_mut(self.width));
        for ((own, columns), scale) in rows.zip(self.all_scales()) {
            for tag in 0..self.tags {
                for column in self.columns_of(tag) {
                    if let Some(column) = columns.get_mut(column) {
                        *column += scale * own[order.place(tag)];
                    }
                }
            }
        }
    }

    /// The loss over sentences, what their tags start with in its place, and its slope added to `slope`.
    pub(super) fn loss<'s>(
        &self,
        weights: &[f32],
        sentences: impl Iterator<Item = &'s Sentence>,
        slope: &mut [f32],
    ) -> f64 {
        let order = self.order();
        let all = order.all;
        let step = |from: Option<usize>, to: usize| {
            kind(from, to).map_or(f32::NEG_INFINITY, |kind| {
                weights[self.pair(from, to)] + weights[self.kind(kind)]
            })
        };
        let steps = Steps::of(order, |from, to| exp(step(from, to)));
        let own = self.together(weights);
        let mut own_slope = vec![0.0_f32; own.len()];
        let mut expected = Steps::none(order);
        let mut scores: Vec<f32> = Vec::new();
        let mut wrong = vec![0.0_f32; all];
        let mut grid = Grid::new(order, NEGLIGIBLE);
        let mut loss = 0.0_f64;
        for sentence in sentences {
            let by = sentence.weight;
            scores.clear();
            for (n, (row, start)) in sentence.rows.iter().zip(&sentence.start).enumerate() {
                let at = scores.len();
                scores.extend_from_slice(start);
                let scores = &mut scores[at..];
                sum_up(scores, &own, row);
                let vectors = own[self.features * all..].chunks_exact(all);
                for (x, weights) in sense_of(&sentence.sense, n, self.numbers)
                    .iter()
                    .zip(vectors)
                {
                    add(scores, weights, *x);
                }
            }
            grid.fill(&scores, &steps);
            let mut right = 0.0_f32;
            let mut before = None;
            for (n, gold) in sentence.gold.iter().enumerate() {
                right += scores[n * all + order.place(*gold)] + step(before, *gold);
                self.credit(slope, before, *gold, -by);
                before = Some(*gold);
                grid.all_at(n, by, &mut wrong);
                wrong[order.place(*gold)] -= by;
                if wrong.iter().all(|wrong| wrong.abs() < RIGHT) {
                    continue;
                }
                for feature in &sentence.rows[n] {
                    let at = *feature as usize * all;
                    add(&mut own_slope[at..at + all], &wrong, 1.0);
                }
                let vectors = own_slope[self.features * all..].chunks_exact_mut(all);
                for (x, slope) in sense_of(&sentence.sense, n, self.numbers)
                    .iter()
                    .zip(vectors)
                {
                    add(slope, &wrong, *x);
                }
            }
            grid.expect(by, &mut expected);
            loss += f64::from(by) * (grid.total - f64::from(right));
        }
        self.apart(&own_slope, slope);
        expected.each(|expected, from, to| {
            let own = if from.is_some() {
                exp(step(from, to))
            } else {
                1.0
            };
            self.credit(slope, from, to, *expected * own);
        });
        loss
    }

    fn credit(&self, slope: &mut [f32], from: Option<usize>, to: usize, expected: f32) {
        if let Some(kind) = kind(from, to) {
            slope[self.pair(from, to)] += expected;
            slope[self.kind(kind)] += expected;
        }
    }
}

/// Adds the rows of features up, some lanes at a time, so that the sums stay in the machine's registers.
fn sum_up(to: &mut [f32], rows: &[f32], features: &[u32]) {
    const WIDE: usize = 2 * LANES;
    let all = to.len() / WIDE;
    let rows = rows.as_chunks::<WIDE>().0;
    for (at, to) in to.as_chunks_mut::<WIDE>().0.iter_mut().enumerate() {
        let mut sums = *to;
        for feature in features {
            let row = &rows[*feature as usize * all + at];
            for n in 0..WIDE {
                sums[n] += row[n];
            }
        }
        *to = sums;
    }
}
