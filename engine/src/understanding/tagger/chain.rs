//! A linear chain of tags with shared weights: learning them, and the best tags of a text. A tag is outside (0), or the first
//! or a further word of a slot's value; which words there are is told by numbers of features.
//!
//! A sentence is learnt from as texts are read: with the slots of its template open and no others. So a feature has weights
//! for the slots of the templates that it stands in, not for all of the bot's, and a bot of many templates is many small ones
//! that share what they have in common.

use super::super::alike::Alike;
use super::super::kept::Keep;
use crate::derived::Latest;

use super::descent;
use super::grid::{Grid, Order, Steps, add, exp};
use super::layout::Layout;
use super::path;
use super::plan::{Plan, Sentence, is_inside, kind, sense_of, slot_of};

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
        mut sentences: Vec<Sentence>,
        from: Option<&Chain>,
    ) -> Chain {
        // What begins with weights of their own goes on so.
        let alike = match from {
            Some(_) => Alike::none(features),
            None => learnt_as_one(features, &mut sentences),
        };
        let known = from.map(|from| &from.layout);
        let scales = &alike.scales;
        let (layout, groups) = Layout::new(slots, numbers, groups, sentences, scales, known);
        let mut weights = vec![0.0; layout.size()];
        if let Some(from) = from {
            from.lay_into(&layout, &mut weights);
        }
        let begun = from.map(|_| weights.clone());
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
        if let Some(begun) = begun {
            // Half of each: what two say together is wrong less often than what either says.
            let both = weights.iter_mut().zip(begun);
            both.for_each(|(learnt, begun)| *learnt = 0.5 * (*learnt + begun));
        }
        let (layout, weights) = layout.apart(&weights, &alike);
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
        let slots: Vec<u32> = open.iter().map(|slot| *slot as u32).collect();
        let mut sums = vec![0.0; 3 + 3 * open.len()];
        let mut scores = Vec::with_capacity(rows.len() * plan.tags);
        let mut placed = Vec::with_capacity(rows.len() * order.all);
        for (n, (row, start)) in rows.iter().zip(start).enumerate() {
            sums.fill(0.0);
            let features = row.iter().map(|feature| (*feature as usize, 1.0));
            let vector = sense_of(sense, n, numbers).iter().enumerate();
            for (feature, x) in features.chain(vector.map(|(k, x)| (behind + k, *x))) {
                self.add(feature, x, &slots, &mut sums);
            }
            let from = scores.len();
            let starts = start.iter().enumerate();
            scores.extend(starts.map(|(tag, start)| score(&sums, tag) + start));
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

    /// Adds a feature's weights for these slots, times a number, to sums that stand as the weights of one feature do.
    fn add(&self, feature: usize, x: f32, slots: &[u32], sums: &mut [f32]) {
        let (owners, weights) = self.layout.own(feature);
        let weights = &self.weights[weights];
        // Where it was seen in the templates of these slots alone, its weights stand in the same places.
        if owners == slots {
            add(sums, weights, x);
            return;
        }
        let (sums, of_slots) = sums.split_at_mut(3);
        let (weights, of_owners) = weights.split_at(3);
        add(sums, weights, x);
        let mut owners = owners.iter().zip(of_owners.chunks_exact(3)).peekable();
        for (slot, sums) in slots.iter().zip(of_slots.chunks_exact_mut(3)) {
            while owners.next_if(|(owner, _)| *owner < slot).is_some() {}
            if let Some((_, weights)) = owners.next_if(|(owner, _)| *owner == slot) {
                add(sums, weights, x);
            }
        }
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

/// A tag's score, of sums that stand as the weights of one feature do.
fn score(sums: &[f32], tag: usize) -> f32 {
    match slot_of(tag) {
        None => sums[0],
        Some(slot) => {
            let inside = usize::from(is_inside(tag));
            sums[1 + inside] + sums[3 + 3 * slot] + sums[4 + 3 * slot + inside]
        }
    }
}

/// The features that stand at the same tokens; the sentences have one of each such set left.
fn learnt_as_one(features: usize, sentences: &mut [Sentence]) -> Alike {
    let tokens = sentences
        .iter()
        .flat_map(|sentence| &sentence.rows)
        .zip(0..);
    let standing = tokens.flat_map(|(row, token)| row.iter().map(move |feature| (*feature, token)));
    let alike = Alike::of(features, standing);
    for row in sentences.iter_mut().flat_map(|sentence| &mut sentence.rows) {
        *row = row
            .iter()
            .filter_map(|feature| alike.stays(*feature))
            .collect();
    }
    alike
}
