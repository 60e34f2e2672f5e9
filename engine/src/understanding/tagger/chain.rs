//! A linear chain of tags with shared weights: learning them, and the best tags of a text. A tag is outside (0), or the first
//! or a further word of a slot's value; which words there are is told by numbers of features.
//!
//! A sentence is learnt from as texts are read: with the slots of its template open and no others. So a feature has weights
//! for the slots of the templates that it stands in, not for all of the bot's, and a bot of many templates is many small ones
//! that share what they have in common.

use std::collections::BTreeSet;

use super::super::kept::Keep;
use crate::derived::Latest;

use super::descent;
use super::grid::{Grid, Order, Steps, exp};
use super::path;
use super::plan::{KINDS, OUT, Plan, Sentence, kind, sense_of, tag_of, tags};

/// Learnt weights.
#[derive(Debug)]
pub(super) struct Chain {
    layout: Layout,
    weights: Vec<f32>,
    /// What steps between the tags of the slots weigh that were open last.
    last: Latest<Weighed>,
}

/// What steps between the tags of open slots weigh.
#[derive(Debug)]
struct Weighed {
    open: Vec<usize>,
    /// From each tag to each.
    steps: Vec<f32>,
    /// Into the first.
    first: Vec<f32>,
    exponentials: Steps,
}

/// How many values a slot may have in a text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values {
    OneEach,
    /// Who reads them chooses.
    Any,
}

/// Weight of the L2 penalty.
const PENALTY: f32 = 0.1;
/// Rounds of learning.
const ROUNDS: usize = 30;

impl Chain {
    /// Learns from sentences whose groups have these slots each, in ascending order, and whose tokens have so many features
    /// and, beside them, numbers. `from` is what was learnt from the same features without numbers: learning begins there.
    pub(super) fn learn(
        slots: usize,
        (features, numbers): (usize, usize),
        groups: &[Vec<usize>],
        sentences: Vec<Sentence>,
        from: Option<&Chain>,
    ) -> Chain {
        let known = from.map(|from| &from.layout);
        let (layout, groups) = Layout::new(slots, (features, numbers), groups, sentences, known);
        let mut weights = vec![0.0; layout.size()];
        if let Some(from) = from {
            from.lay_into(&layout, &mut weights);
        }
        let begun = weights.clone();
        if !groups.is_empty() {
            descent::minimise(&mut weights, ROUNDS, |weights, slope| {
                slope.fill(0.0);
                let losses = groups.iter().map(|group| group.loss(weights, slope));
                let loss: f64 = losses.sum();
                let mut square = 0.0_f64;
                for (slope, weight) in slope.iter_mut().zip(weights) {
                    *slope += PENALTY * weight;
                    square += f64::from(*weight) * f64::from(*weight);
                }
                loss + 0.5 * f64::from(PENALTY) * square
            });
        }
        if from.is_some() {
            // Half of each: what two say together is wrong less often than what either says.
            let both = weights.iter_mut().zip(&begun);
            both.for_each(|(learnt, begun)| *learnt = 0.5 * (*learnt + begun));
        }
        Chain {
            layout,
            weights,
            last: Latest::default(),
        }
    }

    /// Writes the weights where a layout has them that knows the same features and numbers besides.
    fn lay_into(&self, layout: &Layout, weights: &mut [f32]) {
        let behind = self.layout.behind();
        weights[..behind].copy_from_slice(&self.weights[..behind]);
        weights[layout.behind()..].copy_from_slice(&self.weights[behind..]);
    }

    /// Whether it is one over so many slots and features.
    pub(super) fn fits(&self, slots: usize, (features, numbers): (usize, usize)) -> bool {
        let layout = &self.layout;
        layout.slots == slots
            && layout.numbers == numbers
            && layout.features() == features + numbers
    }

    /// The best tags and each one's probability, with only these slots open, in ascending order: the first of them has the
    /// tags 1 and 2, and so on. `start` is by these tags.
    pub(super) fn decode(
        &self,
        rows: &[Vec<u32>],
        sense: &[f32],
        start: &[Vec<f32>],
        open: &[usize],
        values: Values,
    ) -> (Vec<usize>, Vec<f32>) {
        let plan = Plan::new(open.len(), (0, 0));
        let numbers = self.layout.numbers;
        let behind = self.layout.features() - numbers;
        let order = Order::of(open.len());
        let mut columns = vec![0.0; plan.width];
        let mut scores = Vec::with_capacity(rows.len() * plan.tags);
        let mut placed = Vec::with_capacity(rows.len() * order.all);
        for (n, (row, start)) in rows.iter().zip(start).enumerate() {
            columns.fill(0.0);
            for feature in row {
                let found = self.layout.columns(&plan, *feature as usize, open);
                for (column, at) in found {
                    columns[column] += self.weights[at];
                }
            }
            for (k, x) in sense_of(sense, n, numbers).iter().enumerate() {
                for (column, at) in self.layout.columns(&plan, behind + k, open) {
                    columns[column] += x * self.weights[at];
                }
            }
            let from = scores.len();
            let starts = start.iter().enumerate();
            scores.extend(starts.map(|(tag, start)| plan.score(&columns, tag) + start));
            order.spread(&scores[from..], &mut placed);
        }
        let fits = |last: &Weighed| last.open == open;
        let weighed = self.last.get(fits, || self.weighed(&plan, order, open));
        let (steps, first) = (&weighed.steps, &weighed.first);
        let best = match values {
            Values::OneEach => path::once(&scores, steps, first),
            Values::Any => path::best(&scores, steps, first),
        };
        let mut grid = Grid::new(order, 0.0);
        grid.fill(&placed, &weighed.exponentials);
        let sure = best.iter().enumerate();
        let sure = sure.map(|(n, tag)| grid.at(n, *tag)).collect();
        (best, sure)
    }

    fn weighed(&self, plan: &Plan, order: Order, open: &[usize]) -> Weighed {
        let step = |from: Option<usize>, to: usize| match kind(from, to) {
            Some(kind) => {
                let pair = self.layout.pair(open, from, to);
                pair.map_or(0.0, |at| self.weights[at]) + self.weights[self.layout.kind(kind)]
            }
            None => f32::NEG_INFINITY,
        };
        let steps: Vec<f32> = (0..plan.tags * plan.tags)
            .map(|n| step(Some(n / plan.tags), n % plan.tags))
            .collect();
        let first: Vec<f32> = (0..plan.tags).map(|to| step(None, to)).collect();
        let known = |from: Option<usize>, to: usize| match from {
            Some(from) => exp(steps[from * plan.tags + to]),
            None => exp(first[to]),
        };
        let exponentials = Steps::of(order, known);
        Weighed {
            open: open.to_vec(),
            steps,
            first,
            exponentials,
        }
    }
}

impl Keep for Chain {
    fn put(&self, out: &mut Vec<u8>) {
        self.layout.slots.put(out);
        self.layout.numbers.put(out);
        self.layout.bases.put(out);
        self.layout.owners.put(out);
        self.layout.steps.put(out);
        self.weights.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let layout = Layout {
            slots: Keep::take(bytes)?,
            numbers: Keep::take(bytes)?,
            bases: Keep::take(bytes)?,
            owners: Keep::take(bytes)?,
            steps: Keep::take(bytes)?,
        };
        let weights: Vec<f32> = Keep::take(bytes)?;
        let fits = layout.is_sound() && layout.size() == weights.len();
        fits.then_some(Chain {
            layout,
            weights,
            last: Latest::default(),
        })
    }
}

/// Which weight stands where: of each feature one for outside, any first and any further word, then three for each slot that it
/// was seen with (the slot, its first, its further word); then pairs of tags, kinds of pairs, and one that is always 0.
#[derive(Debug)]
struct Layout {
    slots: usize,
    /// Numbers of a token's vector: the last of the features, which every token has more or less of.
    numbers: usize,
    /// Where each feature's weights begin, and where the last one's end.
    bases: Vec<u32>,
    /// Each feature's slots, in ascending order, one feature after the other.
    owners: Vec<u32>,
    /// Pairs of tags that some template has, in order; the beginning of a text counts as the tag after the last.
    steps: Vec<(u32, u32)>,
}

/// The sentences of templates with the same slots.
struct Group {
    plan: Plan,
    /// Of each weight of the plan its place in the layout.
    places: Vec<u32>,
    sentences: Vec<Sentence>,
}

impl Layout {
    /// The layout for all groups, and the groups with their sentences' features renumbered. Weights that are `known` stand in
    /// the order in which they stand there.
    fn new(
        slots: usize,
        (features, numbers): (usize, usize),
        groups: &[Vec<usize>],
        sentences: Vec<Sentence>,
        known: Option<&Layout>,
    ) -> (Layout, Vec<Group>) {
        let mut parts: Vec<Vec<Sentence>> = groups.iter().map(|_| Vec::new()).collect();
        for sentence in sentences {
            parts[sentence.group].push(sentence);
        }
        let all = features + numbers;
        let behind = features as u32..all as u32;
        let mut seen: Vec<Vec<u32>> = parts.iter_mut().map(|part| renumber(part)).collect();
        seen.iter_mut().for_each(|seen| seen.extend(behind.clone()));
        let mut with: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); all];
        let mut steps: BTreeSet<(u32, u32)> = BTreeSet::new();
        if let Some(known) = known {
            for (feature, with) in with.iter_mut().enumerate().take(features) {
                with.extend(known.owners_of(feature));
            }
            steps.extend(&known.steps);
        }
        let beginning = tags(slots);
        for (open, seen) in groups.iter().zip(&seen) {
            for feature in seen {
                with[*feature as usize].extend(open.iter().map(|slot| *slot as u32));
            }
            let count = tags(open.len());
            for (from, to) in pairs(count).filter(|(from, to)| kind(*from, *to).is_some()) {
                let from = from.map_or(beginning, |from| whole(open, from));
                steps.insert((from as u32, whole(open, to) as u32));
            }
        }
        let mut bases = vec![0];
        let mut end = 0_u32;
        bases.extend(with.iter().map(|owners| {
            end += 3 + 3 * owners.len() as u32;
            end
        }));
        let layout = Layout {
            slots,
            numbers,
            bases,
            owners: with.into_iter().flatten().collect(),
            steps: steps.into_iter().collect(),
        };
        let groups = groups
            .iter()
            .zip(seen)
            .zip(parts)
            .filter(|(_, sentences)| !sentences.is_empty())
            .map(|((open, seen), sentences)| layout.group(open, &seen, sentences))
            .collect();
        (layout, groups)
    }

    /// The slots that a feature was seen with.
    fn owners_of(&self, feature: usize) -> &[u32] {
        let base = self.bases[feature] as usize;
        let end = self.bases[feature + 1] as usize;
        &self.owners[base / 3 - feature..end / 3 - feature - 1]
    }

    fn group(&self, open: &[usize], seen: &[u32], mut sentences: Vec<Sentence>) -> Group {
        let plan = Plan::new(open.len(), (seen.len() - self.numbers, self.numbers));
        sentences
            .iter_mut()
            .for_each(|sentence| plan.spread(sentence));
        let mut places = vec![self.size() as u32 - 1; plan.size()];
        for (n, feature) in seen.iter().enumerate() {
            for (column, at) in self.columns(&plan, *feature as usize, open) {
                places[n * plan.width + column] = at as u32;
            }
        }
        for (from, to) in pairs(plan.tags) {
            if let Some(at) = self.pair(open, from, to) {
                places[plan.pair(from, to)] = at as u32;
            }
        }
        for n in 0..KINDS {
            places[plan.kind(n)] = self.kind(n) as u32;
        }
        Group {
            plan,
            places,
            sentences,
        }
    }

    fn features(&self) -> usize {
        self.bases.len().saturating_sub(1)
    }

    fn size(&self) -> usize {
        self.kind(KINDS) + 1
    }

    /// The columns of a plan over the open slots that a feature has weights for, and the places of these.
    fn columns(
        &self,
        plan: &Plan,
        feature: usize,
        open: &[usize],
    ) -> impl Iterator<Item = (usize, usize)> {
        let base = self.bases[feature] as usize;
        let mut owners = self.owners_of(feature).iter().enumerate().peekable();
        let slots = plan.slots;
        let owned = open.iter().enumerate().filter_map(move |(n, slot)| {
            while owners.next_if(|(_, o)| (**o as usize) < *slot).is_some() {}
            let (k, _) = owners.next_if(|(_, o)| **o as usize == *slot)?;
            let at = base + 3 + 3 * k;
            let column = 3 + slots + 2 * n;
            Some([(3 + n, at), (column, at + 1), (column + 1, at + 2)])
        });
        (0..3).map(move |n| (n, base + n)).chain(owned.flatten())
    }

    /// The place of a pair's weight, by the tags of open slots; `None` where no template has both.
    fn pair(&self, open: &[usize], from: Option<usize>, to: usize) -> Option<usize> {
        let from = from.map_or(tags(self.slots), |from| whole(open, from));
        let pair = (from as u32, whole(open, to) as u32);
        let n = self.steps.binary_search(&pair).ok()?;
        Some(*self.bases.last()? as usize + n)
    }

    fn kind(&self, kind: usize) -> usize {
        self.behind() + self.steps.len() + kind
    }

    /// Where the weights of the steps begin.
    fn behind(&self) -> usize {
        self.bases.last().map_or(0, |end| *end as usize)
    }

    /// Whether all numbers fit one another.
    fn is_sound(&self) -> bool {
        let mut widths = self.bases.windows(2).map(|w| w[1].checked_sub(w[0]));
        let threes = |width: Option<u32>| width.is_some_and(|w| w >= 3 && w.is_multiple_of(3));
        let cells = self.features() + self.owners.len();
        self.bases.first() == Some(&0)
            && self.numbers <= self.features()
            && widths.all(threes)
            && self
                .bases
                .last()
                .is_some_and(|end| *end as usize == 3 * cells)
    }
}

impl Group {
    /// The loss of the group's sentences; its slope is added.
    fn loss(&self, weights: &[f32], slope: &mut [f32]) -> f64 {
        let own: Vec<f32> = self.places.iter().map(|at| weights[*at as usize]).collect();
        let mut own_slope = vec![0.0; own.len()];
        let loss = self.plan.loss(&own, self.sentences.iter(), &mut own_slope);
        for (at, more) in self.places.iter().zip(own_slope) {
            slope[*at as usize] += more;
        }
        loss
    }
}

/// All steps between so many tags, and into the first.
fn pairs(tags: usize) -> impl Iterator<Item = (Option<usize>, usize)> {
    let from = (0..tags).map(Some).chain([None]);
    from.flat_map(move |from| (0..tags).map(move |to| (from, to)))
}

/// The tag among all slots' of one among the open ones'.
fn whole(open: &[usize], tag: usize) -> usize {
    match tag {
        OUT => OUT,
        tag => tag_of(open[(tag - 1) / 2], tag.is_multiple_of(2)),
    }
}

/// Numbers the features of these sentences anew, and gives what they were, in ascending order.
fn renumber(sentences: &mut [Sentence]) -> Vec<u32> {
    let rows = |s: &Sentence| s.rows.iter().flatten().copied().collect::<Vec<u32>>();
    let mut seen: Vec<u32> = sentences.iter().flat_map(rows).collect();
    seen.sort_unstable();
    seen.dedup();
    for feature in sentences
        .iter_mut()
        .flat_map(|s| s.rows.iter_mut().flatten())
    {
        let n = seen.partition_point(|known| known < feature);
        *feature = n as u32;
    }
    seen
}
