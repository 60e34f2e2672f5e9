//! Which weight of a chain stands where, and the sentences that are learnt from in these places. Templates with the same slots
//! are one group; a feature has weights for the slots of the groups that it stands in.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::alike::Alike;
use super::plan::{KINDS, OUT, Plan, Sentence, kind, tag_of, tags};

/// Which weight stands where: of each feature one for outside, any first and any further word, then three for each slot that it
/// was seen with (the slot, its first, its further word); then pairs of tags, kinds of pairs, and one that is always 0.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) slots: usize,
    /// Numbers of a token's vector: the last of the features, which every token has more or less of.
    pub(super) numbers: usize,
    /// Where each feature's weights begin, and where the last one's end.
    pub(super) bases: Vec<u32>,
    /// Each feature's slots, in ascending order, one feature after the other.
    pub(super) owners: Vec<u32>,
    /// Pairs of tags that some template has, in order; the beginning of a text counts as the tag after the last.
    pub(super) steps: Vec<(u32, u32)>,
}

/// The sentences of templates with the same slots.
pub(super) struct Group {
    plan: Plan,
    /// Of each weight of the plan its place in the layout.
    places: Vec<u32>,
    sentences: Vec<Sentence>,
}

impl Layout {
    /// The layout for all groups, and the groups with their sentences' features renumbered. Each feature counts its scale. Weights
    /// that are `known` stand in the order in which they stand there.
    pub(super) fn new(
        slots: usize,
        numbers: usize,
        groups: &[Vec<usize>],
        sentences: Vec<Sentence>,
        scales: &[f32],
        known: Option<&Layout>,
    ) -> (Layout, Vec<Group>) {
        let features = scales.len();
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
                with.extend(known.own(feature).0);
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
            .map(|((open, seen), sentences)| layout.group(open, &seen, sentences, scales))
            .collect();
        (layout, groups)
    }

    fn group(
        &self,
        open: &[usize],
        seen: &[u32],
        mut sentences: Vec<Sentence>,
        scales: &[f32],
    ) -> Group {
        let mut plan = Plan::new(open.len(), (seen.len() - self.numbers, self.numbers));
        let own = seen
            .iter()
            .filter_map(|feature| scales.get(*feature as usize));
        plan.scales = own.copied().collect();
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

    /// The layout and the weights of the features that were learnt as others, each one's own.
    pub(super) fn apart(&self, weights: &[f32], alike: &Alike) -> (Layout, Vec<f32>) {
        let learnt = self.features() - self.numbers;
        let of_features = alike
            .of
            .iter()
            .map(|one| (*one as usize, alike.scales[*one as usize]));
        let of_numbers = (learnt..self.features()).map(|number| (number, 1.0));
        let mut layout = Layout {
            slots: self.slots,
            numbers: self.numbers,
            bases: vec![0],
            owners: Vec::new(),
            steps: self.steps.clone(),
        };
        let mut own = Vec::new();
        for (one, scale) in of_features.chain(of_numbers) {
            let (owners, place) = self.own(one);
            own.extend(weights[place].iter().map(|weight| weight / scale));
            layout.bases.push(own.len() as u32);
            layout.owners.extend(owners);
        }
        own.extend(&weights[self.behind()..]);
        (layout, own)
    }

    pub(super) fn features(&self) -> usize {
        self.bases.len().saturating_sub(1)
    }

    pub(super) fn size(&self) -> usize {
        self.kind(KINDS) + 1
    }

    /// A feature's slots, and where its weights stand.
    pub(super) fn own(&self, feature: usize) -> (&[u32], Range<usize>) {
        let (base, end) = (
            self.bases[feature] as usize,
            self.bases[feature + 1] as usize,
        );
        let owners = &self.owners[base / 3 - feature..end / 3 - feature - 1];
        (owners, base..end)
    }

    /// The columns of a plan over the open slots that a feature has weights for, and the places of these.
    fn columns(
        &self,
        plan: &Plan,
        feature: usize,
        open: &[usize],
    ) -> impl Iterator<Item = (usize, usize)> {
        let (owners, weights) = self.own(feature);
        let base = weights.start;
        let mut owners = owners.iter().enumerate().peekable();
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
    pub(super) fn pair(&self, open: &[usize], from: Option<usize>, to: usize) -> Option<usize> {
        let from = from.map_or(tags(self.slots), |from| whole(open, from));
        let pair = (from as u32, whole(open, to) as u32);
        let n = self.steps.binary_search(&pair).ok()?;
        Some(*self.bases.last()? as usize + n)
    }

    pub(super) fn kind(&self, kind: usize) -> usize {
        self.behind() + self.steps.len() + kind
    }

    /// Where the weights of the steps begin.
    pub(super) fn behind(&self) -> usize {
        self.bases.last().map_or(0, |end| *end as usize)
    }

    /// Whether all numbers fit one another.
    pub(super) fn is_sound(&self) -> bool {
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
    pub(super) fn loss(&self, weights: &[f32], slope: &mut [f32]) -> f64 {
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
