//! Sums and functions that give the same bits on every machine: fixed lanes, no fused multiply-add, exponential and error
//! function from tables or plain Rust.

use std::sync::LazyLock;

/// Lanes in which floats are summed.
const LANES: usize = 8;

/// The sum of products, in fixed lanes.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for n in 0..LANES {
            lanes[n] += a[n] * b[n];
        }
    }
    lanes.iter().sum()
}

/// The sum, in fixed lanes.
pub(crate) fn sum(of: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for of in of.chunks_exact(LANES) {
        for n in 0..LANES {
            lanes[n] += of[n];
        }
    }
    lanes.iter().sum()
}

/// Makes the length 1.
pub(crate) fn scale_to_one(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
}

/// Shares that sum to 1, larger where the number is larger.
pub(crate) fn softmax(of: &mut [f32]) {
    let most = of.iter().copied().fold(f32::MIN, f32::max);
    let mut total = 0.0;
    for x in of.iter_mut() {
        *x = libm::expf(*x - most);
        total += *x;
    }
    of.iter_mut().for_each(|x| *x /= total);
}

/// Half the reach of the table; beyond it the function is 0 or the number itself.
const REACH: f32 = 8.0;
/// Steps of the table in 1.
const STEPS: f32 = 256.0;

/// x (1 + erf(x / sqrt 2)) / 2 at the points of a grid.
static GELU: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let steps = (2.0 * REACH * STEPS) as i32;
    (0..=steps)
        .map(|n| {
            let x = f64::from(n) / f64::from(STEPS) - f64::from(REACH);
            (0.5 * x * (1.0 + libm::erf(x / std::f64::consts::SQRT_2))) as f32
        })
        .collect()
});

/// The activation of a layer's second half, between the points of the grid by a straight line.
pub(crate) fn gelu(all: &mut [f32]) {
    let table = GELU.as_slice();
    for x in all {
        *x = if *x >= REACH {
            *x
        } else if *x <= -REACH {
            0.0
        } else {
            let at = (*x + REACH) * STEPS;
            let below = at as usize;
            let (low, high) = (table[below], table[below + 1]);
            low + (high - low) * (at - below as f32)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_activation_is_near_the_function() {
        for (x, expected) in [
            (0.0, 0.0),
            (1.0, 0.841_345),
            (-1.0, -0.158_655),
            (3.1, 3.096_999),
            (-9.0, 0.0),
            (9.0, 9.0),
        ] {
            let mut of = [x];
            gelu(&mut of);
            assert!((of[0] - expected).abs() < 1e-4, "{x}: {}", of[0]);
        }
    }

    #[test]
    fn shares_sum_to_one() {
        let mut of = [1.0, 2.0, 3.0];
        softmax(&mut of);
        assert!((of.iter().sum::<f32>() - 1.0).abs() < 1e-6 && of[2] > of[1]);
    }
}
