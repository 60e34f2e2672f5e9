//! Features that stand in the same places of all lessons would be given the same weights, so they are learnt as one that counts
//! as much as they do together. Afterwards each has its own again: in texts to come they need not stand together.

use crate::fixed::FixedMap;

/// Which features are learnt as which.
#[derive(Debug)]
pub(super) struct Alike {
    /// For each feature the one it is learnt as.
    pub(super) of: Vec<u32>,
    /// What each one that is learnt counts: a penalty on squares takes one weight times √n for n equal ones.
    pub(super) scales: Vec<f32>,
    /// Whether a feature is the one of several that stays in the lessons.
    stays: Vec<bool>,
}

impl Alike {
    /// Of so many features, each with the places where it stands, in one order for all; a place also tells how much of it stands
    /// there.
    pub(super) fn of(features: usize, standing: impl Iterator<Item = (u32, u64)>) -> Alike {
        let mut places = vec![0_u128; features];
        for (feature, place) in standing {
            let so_far = &mut places[feature as usize];
            *so_far = mixed(*so_far, place);
        }
        let mut known: FixedMap<u128, u32> = FixedMap::default();
        let mut counts: Vec<u32> = Vec::new();
        let mut of = Vec::with_capacity(features);
        let mut stays = Vec::with_capacity(features);
        for places in places {
            let next = counts.len() as u32;
            let one = *known.entry(places).or_insert(next);
            stays.push(one == next);
            if one == next {
                counts.push(0);
            }
            counts[one as usize] += 1;
            of.push(one);
        }
        let scales = counts.iter().map(|count| (*count as f32).sqrt());
        Alike {
            scales: scales.collect(),
            of,
            stays,
        }
    }

    /// Of so many features, each of which is learnt by itself.
    pub(super) fn none(features: usize) -> Alike {
        Alike {
            of: (0..features as u32).collect(),
            scales: vec![1.0; features],
            stays: vec![true; features],
        }
    }

    /// The number that a feature has in the lessons; `None` where another stands for it.
    pub(super) fn stays(&self, feature: u32) -> Option<u32> {
        let stays = self.stays[feature as usize];
        stays.then(|| self.of[feature as usize])
    }
}

/// A digest of numbers, and one more.
fn mixed(so_far: u128, number: u64) -> u128 {
    const MIX: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let sum = (so_far ^ (u128::from(number) + 1)).wrapping_mul(MIX);
    sum ^ (sum >> 59)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_stand_in_the_same_places_as_often_are_one() {
        let rows: [&[u32]; 4] = [&[0, 1, 2], &[3, 0], &[2, 1, 4, 4], &[3]];
        let places = rows.iter().zip(0..);
        let standing = places.flat_map(|(row, place)| row.iter().map(move |f| (*f, place)));
        let alike = Alike::of(5, standing);
        assert_eq!(alike.of, [0, 1, 1, 2, 3]);
        assert_eq!(alike.scales, [1.0, 2.0_f32.sqrt(), 1.0, 1.0]);
        let left = (0..5).map(|feature| alike.stays(feature));
        let left: Vec<Option<u32>> = left.collect();
        assert_eq!(left, [Some(0), Some(1), None, Some(2), Some(3)]);
    }
}
