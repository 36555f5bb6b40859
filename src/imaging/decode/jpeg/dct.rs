//! Inverse DCT: the algorithm of Loeffler, Ligtenberg and Moschytz ("Practical fast 1-D DCT algorithms with 11
//! multiplications", ICASSP 1989) in integers, rounded at the same steps as libjpeg's, so that the samples are identical.

use std::num::Wrapping;

/// Fractional bits of the constants.
const POINT: usize = 13;
/// Fractional bits of the columns' results.
const KEPT: usize = 2;

type Number = Wrapping<i32>;

/// `value` × 2^13, rounded.
const fn fixed(value: f64) -> Number {
    Wrapping((value * (1 << POINT) as f64 + 0.5) as i32)
}

/// Dequantises and transforms one block: coefficients and steps are row by row.
#[inline(always)]
pub fn samples(coefficients: &[i16; 64], steps: &[u16; 64]) -> [[u8; 8]; 8] {
    let scaled = |at: usize| Wrapping(i32::from(coefficients[at])) * Wrapping(i32::from(steps[at]));
    if coefficients[1..] == [0; 63] {
        return [[sample((scaled(0) << KEPT) + Wrapping(1 << (KEPT + 2)), KEPT + 3); 8]; 8];
    }
    let column = |x: usize| {
        let column: [Number; 8] = std::array::from_fn(|y| scaled(y * 8 + x));
        match column[1..].iter().all(|value| value.0 == 0) {
            true => [column[0] << KEPT; 8],
            false => transformed(column).map(|value| (value + Wrapping(1 << (POINT - KEPT - 1))) >> (POINT - KEPT)),
        }
    };
    let columns: [_; 8] = std::array::from_fn(column);
    const SHIFT: usize = POINT + KEPT + 3;
    let row = |y: usize| transformed(columns.map(|column| column[y]));
    std::array::from_fn(|y| row(y).map(|value| sample(value + Wrapping(1 << (SHIFT - 1)), SHIFT)))
}

/// Rounds a value and adds the level shift of 128.
#[inline(always)]
fn sample(value: Number, shift: usize) -> u8 {
    ((value >> shift).0 + 128).clamp(0, 255) as u8
}

/// One-dimensional transform, scaled by √8 · 2^13.
#[inline(always)]
fn transformed(x: [Number; 8]) -> [Number; 8] {
    const SQRT2_C6: Number = fixed(0.541_196_100_146_197);
    const SQRT2_C2_MINUS_C6: Number = fixed(0.765_366_864_730_18);
    const SQRT2_C2_PLUS_C6: Number = fixed(1.847_759_065_022_573);
    const SQRT2_C3: Number = fixed(1.175_875_602_419_359);

    let turned = (x[2] + x[6]) * SQRT2_C6;
    let (low, high) = (turned + x[2] * SQRT2_C2_MINUS_C6, turned - x[6] * SQRT2_C2_PLUS_C6);
    let (sum, difference) = ((x[0] + x[4]) << POINT, (x[0] - x[4]) << POINT);
    let even = [sum + low, difference + high, difference - high, sum - low];

    let both = (x[7] + x[3] + x[5] + x[1]) * SQRT2_C3;
    let outer = (x[7] + x[1]) * -fixed(0.899_976_223_136_416);
    let inner = (x[5] + x[3]) * -fixed(2.562_915_447_741_506);
    let first = (x[7] + x[3]) * -fixed(1.961_570_560_806_461) + both;
    let second = (x[5] + x[1]) * -fixed(0.390_180_644_032_257) + both;
    let odd = [
        x[1] * fixed(1.501_321_110_164_02) + outer + second,
        x[3] * fixed(3.072_711_026_990_214) + inner + first,
        x[5] * fixed(2.053_119_869_256_6) + inner + second,
        x[7] * fixed(0.298_631_336_303_36) + outer + first,
    ];
    std::array::from_fn(|at| if at < 4 { even[at] + odd[at] } else { even[7 - at] - odd[7 - at] })
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    /// The definition (A.3.3).
    fn reference(coefficients: &[i16; 64], steps: &[u16; 64]) -> [[f64; 8]; 8] {
        let wave = |at: usize, wave: usize| {
            let scale = if wave == 0 { 0.5_f64.sqrt() } else { 1.0 };
            scale * ((2 * at + 1) as f64 * wave as f64 * PI / 16.0).cos() / 2.0
        };
        let value = |x: usize, y: usize| -> f64 {
            let part =
                |at: usize| f64::from(coefficients[at]) * f64::from(steps[at]) * wave(x, at % 8) * wave(y, at / 8);
            128.0 + (0..64).map(part).sum::<f64>()
        };
        std::array::from_fn(|y| std::array::from_fn(|x| value(x, y)))
    }

    #[test]
    fn it_equals_the_definition() {
        let mut random = 1_u32;
        let mut next = move |below: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % below
        };
        for filled in [1, 2, 5, 20, 64] {
            for _ in 0..50 {
                let mut coefficients = [0; 64];
                let steps = std::array::from_fn(|_| 1 + next(12) as u16);
                coefficients[0] = next(90) as i16 - 45;
                (1..filled).for_each(|_| coefficients[next(64) as usize] = next(9) as i16 - 4);
                let (ours, right) = (samples(&coefficients, &steps), reference(&coefficients, &steps));
                for (ours, right) in ours.as_flattened().iter().zip(right.as_flattened()) {
                    let right = right.clamp(0.0, 255.0);
                    assert!((f64::from(*ours) - right).abs() < 0.6, "{ours} for {right}");
                }
            }
        }
    }

    #[test]
    fn values_out_of_range_are_clamped() {
        for (value, sample) in [(i16::MAX, 255), (i16::MIN, 0)] {
            let mut coefficients = [0; 64];
            coefficients[0] = value;
            assert_eq!(samples(&coefficients, &[2; 64]), [[sample; 8]; 8]);
            coefficients[9] = value;
            samples(&coefficients, &[u16::MAX; 64]);
        }
    }
}
