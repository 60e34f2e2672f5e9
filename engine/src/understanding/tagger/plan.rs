//! The sentences of templates with the same slots, over the tags of these slots only: what a score is the sum of, and how a
//! change of each weight changes the loss. Which weights the groups share is the chain's.

use super::grid::{Grid, add, exponential};

/// One sentence to learn from.
pub(super) struct Sentence {
    /// The group whose slots are open.
    pub(super) group: usize,
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
}

/// Columns are rounded up to so many.
pub(super) const LANES: usize = 8;

impl Plan {
    pub(super) fn new(slots: usize, (features, numbers): (usize, usize)) -> Plan {
        Plan {
            slots,
            tags: tags(slots),
            width: (3 + 3 * slots).div_ceil(LANES) * LANES,
            features,
            numbers,
        }
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

    /// The score of going from one tag to another; minus infinity where it can't be.
    fn step(&self, weights: &[f32], from: Option<usize>, to: usize) -> f32 {
        kind(from, to).map_or(f32::NEG_INFINITY, |kind| {
            weights[self.pair(from, to)] + weights[self.kind(kind)]
        })
    }

    /// The loss over sentences, and its slope added to `slope`.
    pub(super) fn loss<'s>(
        &self,
        weights: &[f32],
        sentences: impl Iterator<Item = &'s Sentence>,
        slope: &mut [f32],
    ) -> f64 {
        let tags = self.tags;
        let steps: Vec<f32> = (0..tags * tags)
            .map(|n| self.step(weights, Some(n / tags), n % tags))
            .collect();
        let first: Vec<f32> = (0..tags).map(|to| self.step(weights, None, to)).collect();
        let (steps_e, first_e) = (exponential(&steps), exponential(&first));
        let mut pairs = vec![0.0_f32; tags * tags];
        let mut begins = vec![0.0_f32; tags];
        let mut columns = vec![0.0_f32; self.width];
        let mut scores: Vec<f32> = Vec::new();
        let mut grid = Grid::new(tags);
        let mut loss = 0.0_f64;
        for sentence in sentences {
            let by = sentence.weight;
            scores.clear();
            for (n, (row, start)) in sentence.rows.iter().zip(&sentence.start).enumerate() {
                columns.fill(0.0);
                for feature in row {
                    let at = *feature as usize * self.width;
                    add(&mut columns, &weights[at..at + self.width], 1.0);
                }
                let vectors = weights[self.features * self.width..].chunks_exact(self.width);
                for (x, weights) in sense_of(&sentence.sense, n, self.numbers)
                    .iter()
                    .zip(vectors)
                {
                    add(&mut columns, weights, *x);
                }
                let starts = start.iter().enumerate();
                scores.extend(starts.map(|(tag, start)| self.score(&columns, tag) + start));
            }
            grid.fill(&scores, &steps_e, &first_e);
            let mut right = 0.0_f32;
            let mut before = None;
            for (n, gold) in sentence.gold.iter().enumerate() {
                right += scores[n * tags + gold];
                right += before.map_or(first[*gold], |b: usize| steps[b * tags + gold]);
                self.credit(slope, before, *gold, -by);
                before = Some(*gold);
                columns.fill(0.0);
                for tag in 0..tags {
                    let wrong = (grid.at(n, tag) - f32::from(u8::from(tag == *gold))) * by;
                    for column in self.columns_of(tag) {
                        if let Some(column) = columns.get_mut(column) {
                            *column += wrong;
                        }
                    }
                }
                for feature in &sentence.rows[n] {
                    let at = *feature as usize * self.width;
                    add(&mut slope[at..at + self.width], &columns, 1.0);
                }
                let vectors = slope[self.features * self.width..].chunks_exact_mut(self.width);
                for (x, slope) in sense_of(&sentence.sense, n, self.numbers)
                    .iter()
                    .zip(vectors)
                {
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
        loss
    }

    fn credit(&self, slope: &mut [f32], from: Option<usize>, to: usize, expected: f32) {
        if let Some(kind) = kind(from, to) {
            slope[self.pair(from, to)] += expected;
            slope[self.kind(kind)] += expected;
        }
    }
}
