//! Exponential and error function by additions and multiplications alone: the same bits on every machine, and simple enough for
//! the compiler to do eight at a time. They are as exact as 4-bit weights need, not more.

/// e to the x, for x up to 0; below -87 it is as good as nothing. Relative error below 1e-6.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the rest is exact.
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let mut p = 1.987_569_1e-4_f32;
    p = p * r + 1.398_2e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let y = p * r * r + r + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    f32::from_bits(y.to_bits().wrapping_add(exponent << 23))
}

/// 0.5 x (1 + erf(x / sqrt 2)); absolute error below 1e-6.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    // Abramowitz and Stegun 7.1.26.
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let mut p = 1.061_405_4_f32;
    p = p * t - 1.453_152;
    p = p * t + 1.421_413_8;
    p = p * t - 0.284_496_74;
    p = p * t + 0.254_829_6;
    let tail = 0.5 * p * t * exp(-z * z);
    let share = if x < 0.0 { tail } else { 1.0 - tail };
    x * share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_those_of_the_textbook() {
        for n in 0..=8700 {
            let x = -(n as f32) / 100.0;
            let (mine, true_one) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((mine / true_one - 1.0).abs() < 1e-6, "{x}: {mine}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e9) < 1e-37);
    }

    #[test]
    fn gelu_keeps_what_is_large_and_drops_what_is_far_below_zero() {
        for (x, y) in [
            (0.0, 0.0),
            (1.0, 0.841_344_7),
            (-1.0, -0.158_655_3),
            (2.0, 1.954_499_7),
            (-2.0, -0.045_500_3),
            (0.5, 0.345_731_2),
            (6.0, 6.0),
            (-9.0, 0.0),
        ] {
            assert!((gelu(x) - y).abs() < 2e-6, "{x}: {}", gelu(x));
        }
    }
}
