//! L-BFGS: finds weights of a small loss from its slope alone, in a fixed number of rounds and a fixed order of sums. What the
//! loss is about is the caller's.

/// Pairs of movement and change of slope that are remembered.
const MEMORY: usize = 6;
/// Halvings of a step before giving up.
const HALVINGS: usize = 12;
/// Part of the promised fall that a step must bring.
const ENOUGH: f64 = 1e-4;

/// Minimises from where `at` is. `loss` gives the value and writes the slope.
pub(super) fn minimise(at: &mut [f32], rounds: usize, loss: impl Fn(&[f32], &mut [f32]) -> f64) {
    let size = at.len();
    let mut slope = vec![0.0_f32; size];
    let mut value = loss(at, &mut slope);
    let mut memory: Vec<(Vec<f32>, Vec<f32>, f64)> = Vec::new();
    let mut tried = vec![0.0_f32; size];
    let mut slope_there = vec![0.0_f32; size];
    let mut way = vec![0.0_f32; size];
    // The pair that is written next: the room of the one that was forgotten.
    let mut room = None;
    for _ in 0..rounds {
        direction(&slope, &memory, &mut way);
        let mut falls = dot(&way, &slope);
        if falls >= 0.0 {
            memory.clear();
            direction(&slope, &memory, &mut way);
            falls = dot(&way, &slope);
        }
        if falls > -1e-9 {
            return;
        }
        let mut step = if memory.is_empty() {
            (1.0 / dot(&slope, &slope).sqrt()).min(1.0)
        } else {
            1.0
        };
        let mut better = None;
        for _ in 0..HALVINGS {
            for ((tried, at), way) in tried.iter_mut().zip(at.iter()).zip(&way) {
                *tried = at + step as f32 * way;
            }
            let there = loss(&tried, &mut slope_there);
            if there <= value + ENOUGH * step * falls {
                better = Some(there);
                break;
            }
            step *= 0.5;
        }
        let Some(there) = better else {
            return;
        };
        let pair = || (vec![0.0_f32; size], vec![0.0_f32; size]);
        let (mut moved, mut turned) = room.take().unwrap_or_else(pair);
        subtract(&tried, at, &mut moved);
        subtract(&slope_there, &slope, &mut turned);
        let curve = dot(&moved, &turned);
        if curve > 1e-10 {
            memory.push((moved, turned, 1.0 / curve));
            if memory.len() > MEMORY {
                let (moved, turned, _) = memory.remove(0);
                room = Some((moved, turned));
            }
        } else {
            room = Some((moved, turned));
        }
        at.copy_from_slice(&tried);
        std::mem::swap(&mut slope, &mut slope_there);
        value = there;
    }
}

/// Downhill, bent by what is remembered.
fn direction(slope: &[f32], memory: &[(Vec<f32>, Vec<f32>, f64)], way: &mut [f32]) {
    for (way, slope) in way.iter_mut().zip(slope) {
        *way = -slope;
    }
    let mut kept = Vec::with_capacity(memory.len());
    for (moved, turned, over) in memory.iter().rev() {
        let a = over * dot(moved, way);
        add(way, turned, -a);
        kept.push(a);
    }
    if let Some((_, turned, over)) = memory.last() {
        let by = (1.0 / (over * dot(turned, turned))) as f32;
        way.iter_mut().for_each(|w| *w *= by);
    }
    for ((moved, turned, over), a) in memory.iter().zip(kept.iter().rev()) {
        let b = over * dot(turned, way);
        add(way, moved, a - b);
    }
}

fn subtract(from: &[f32], what: &[f32], to: &mut [f32]) {
    for ((to, from), what) in to.iter_mut().zip(from).zip(what) {
        *to = from - what;
    }
}

fn add(to: &mut [f32], what: &[f32], by: f64) {
    for (to, what) in to.iter_mut().zip(what) {
        *to += by as f32 * what;
    }
}

/// Blocks in f32 lanes, the blocks together in f64.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut total = 0.0_f64;
    for (a, b) in a.chunks(1024).zip(b.chunks(1024)) {
        let mut lanes = [0.0_f32; 8];
        let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
        let rest: f32 = a8
            .remainder()
            .iter()
            .zip(b8.remainder())
            .map(|(x, y)| x * y)
            .sum();
        for (x, y) in a8.zip(b8) {
            for n in 0..8 {
                lanes[n] += x[n] * y[n];
            }
        }
        total += f64::from(lanes.iter().sum::<f32>() + rest);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_bottom_of_a_long_bowl() {
        let mut at = vec![5.0, -3.0, 1.0];
        let sharp = [1.0_f32, 10.0, 100.0];
        minimise(&mut at, 30, |at, slope| {
            let mut value = 0.0;
            for n in 0..3 {
                let off = at[n] - n as f32;
                slope[n] = 2.0 * sharp[n] * off;
                value += f64::from(sharp[n] * off * off);
            }
            value
        });
        for (n, x) in at.iter().enumerate() {
            assert!((x - n as f32).abs() < 1e-2, "{at:?}");
        }
    }
}
