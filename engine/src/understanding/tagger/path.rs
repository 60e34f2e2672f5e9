//! The likeliest tags of a text, of all the ways to tag it: the best path through the scores, on which no slot has two values.
//! What the scores are is the chain's.

use super::plan::{OUT, is_inside};

/// Places of which one is chosen for a slot's value; a text that repeats itself more often has the value in the first ones.
const PLACES: usize = 6;

/// The likeliest path on which every slot has one value at most: of two values for one slot the path has to give one up, and
/// what stands there may be another slot's.
pub(super) fn once(scores: &[f32], steps: &[f32], first: &[f32]) -> Vec<usize> {
    let tags = first.len();
    let mut scores = scores.to_vec();
    let mut path = best(&scores, steps, first);
    // Each round settles one slot for good.
    for _ in 0..tags / 2 {
        let Some((begin, places)) = twice(&path) else {
            break;
        };
        let ways = places.iter().take(PLACES).map(|kept| {
            let mut scores = scores.clone();
            for (n, row) in scores.chunks_exact_mut(tags).enumerate() {
                if n != *kept {
                    row[begin] = f32::NEG_INFINITY;
                }
            }
            let path = best(&scores, steps, first);
            (path_score(&path, &scores, steps, first), scores, path)
        });
        let surest = ways.reduce(|one, way| if way.0 > one.0 { way } else { one });
        let Some((_, of_path, next)) = surest else {
            break;
        };
        (scores, path) = (of_path, next);
    }
    path
}

/// The first tag that begins a value at more than one token, and these tokens.
fn twice(path: &[usize]) -> Option<(usize, Vec<usize>)> {
    let begins = |tag: usize| tag != OUT && !is_inside(tag);
    let places = |tag: usize| -> Vec<usize> {
        let all = path.iter().enumerate().filter(|(_, t)| **t == tag);
        all.map(|(n, _)| n).collect()
    };
    path.iter()
        .filter(|tag| begins(**tag))
        .map(|tag| (*tag, places(*tag)))
        .find(|(_, places)| places.len() > 1)
}

/// The score of a path.
fn path_score(path: &[usize], scores: &[f32], steps: &[f32], first: &[f32]) -> f32 {
    let tags = first.len();
    let mut before = None;
    let mut sum = 0.0;
    for (row, tag) in scores.chunks_exact(tags).zip(path) {
        sum += row[*tag] + before.map_or(first[*tag], |from: usize| steps[from * tags + tag]);
        before = Some(*tag);
    }
    sum
}

/// The likeliest path through the scores of tags, token by token.
pub(super) fn best(scores: &[f32], steps: &[f32], first: &[f32]) -> Vec<usize> {
    let tags = first.len();
    let mut rows = scores.chunks_exact(tags);
    let start = rows.next().unwrap_or_default();
    let mut reach: Vec<f32> = first.iter().zip(start).map(|(a, b)| a + b).collect();
    let mut from: Vec<Vec<usize>> = Vec::new();
    for row in rows {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps cost nothing, but a further word follows a word of its own slot only.
    fn steps(tags: usize) -> (Vec<f32>, Vec<f32>) {
        let may = |from: Option<usize>, to: usize| match super::super::plan::kind(from, to) {
            Some(_) => 0.0,
            None => f32::NEG_INFINITY,
        };
        let steps = (0..tags * tags).map(|n| may(Some(n / tags), n % tags));
        (steps.collect(), (0..tags).map(|to| may(None, to)).collect())
    }

    #[test]
    fn of_two_values_for_one_slot_the_weaker_becomes_another_slots_or_none() {
        // Outside, the first slot's first and further word, the second's.
        let (steps, first) = steps(5);
        let table: [(&[[f32; 5]], &[usize]); 3] = [
            // Both look like the first slot; the weaker is nearly as likely the second's.
            (
                &[
                    [0., 2., 0., 1.5, 0.],
                    [1., 0., 0., 0., 0.],
                    [0., 3., 0., 1., 0.],
                ],
                &[3, 0, 1],
            ),
            // No other slot would have it.
            (
                &[
                    [0., 2., 0., -4., 0.],
                    [1., 0., 0., 0., 0.],
                    [0., 3., 0., -4., 0.],
                ],
                &[0, 0, 1],
            ),
            // Nothing is there twice.
            (
                &[
                    [0., 2., 0., 1., 0.],
                    [0., 0., 2., 0., 0.],
                    [0., 0., 0., 3., 0.],
                ],
                &[1, 2, 3],
            ),
        ];
        for (rows, expected) in table {
            let scores = rows.concat();
            assert_eq!(once(&scores, &steps, &first), expected);
        }
    }
}
