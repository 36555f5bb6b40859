//! How well a histogram of DCT coefficients fits a comb: the multiples of a quantisation step.

use std::f32::consts::TAU;

use super::histograms::{BIN, BINS};

/// Standard deviations of the teeth, as shares of the step: the blur by later rounding or a second compression.
const BLURS: [f32; 4] = [0.05, 0.1, 0.16, 0.24];
/// Standard deviation from rounding pixels to integers and magnitudes to bins.
const ROUNDING: f32 = 0.35;
/// Share of values that are uniformly distributed (outliers).
const OUTLIERS: f32 = 0.1;
/// Magnitudes up to this share of the step belong to the tooth at 0, which every picture has.
const ZERO_TOOTH: f32 = 0.3;

/// Logarithms of likelihood ratios for each bin and blur: the magnitude under the comb, compared with a uniform
/// distribution between two teeth.
pub(super) struct Comb(Vec<[f32; BLURS.len()]>);

/// How well a histogram fits a comb.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Evidence {
    /// The logarithm of the likelihood ratio of all values, with the blur that fits best.
    pub(super) gain: f32,
    /// Number of values, without those near 0.
    pub(super) values: f32,
}

impl Comb {
    /// The comb of a quantisation step, 1–255.
    pub(super) fn new(step: u16) -> Self {
        let step = f32::from(step);
        let blurs = BLURS.map(|blur| blur.hypot(ROUNDING / step));
        // The mean of a tooth over a whole step: the integral of a Gaussian.
        let means = blurs.map(|blur| blur * TAU.sqrt());
        let weights = |bin: usize| {
            let place = bin as f32 * BIN / step;
            if place <= ZERO_TOOTH {
                return [0.0; BLURS.len()];
            }
            let off = place - place.round();
            std::array::from_fn(|at| (OUTLIERS + (1.0 - OUTLIERS) * tooth(off, blurs[at]) / means[at]).ln())
        };
        Self((0..BINS).map(weights).collect())
    }

    /// The evidence of a histogram, given as its non-empty bins and their counts.
    pub(super) fn evidence(&self, filled: &[(usize, f32)]) -> Evidence {
        let (mut gains, mut values) = ([0.0; BLURS.len()], 0.0);
        for (bin, count) in filled {
            let weights = self.0[*bin];
            gains.iter_mut().zip(weights).for_each(|(gain, weight)| *gain += count * weight);
            values += if weights[0] == 0.0 { 0.0 } else { *count };
        }
        Evidence { gain: gains.into_iter().fold(f32::MIN, f32::max), values }
    }
}

/// A tooth and its neighbours, at a distance of at most half a step.
fn tooth(off: f32, blur: f32) -> f32 {
    let near = |other: f32| (-((off - other) / blur).powi(2) / 2.0).exp();
    near(-1.0) + near(0.0) + near(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A histogram with as many values near each multiple of `step` as `falling` leaves of those before it.
    fn histogram(step: f32, spread: usize, falling: f32) -> Vec<(usize, f32)> {
        let mut counts = vec![0.0; BINS];
        let mut count = 1_000.0;
        for multiple in 0..10 {
            let middle = (multiple as f32 * step / BIN).round() as usize;
            (middle.saturating_sub(spread)..=middle + spread).for_each(|bin| counts[bin] += count);
            count *= falling;
        }
        counts.into_iter().enumerate().filter(|(_, count)| *count > 0.0).collect()
    }

    #[test]
    fn a_comb_fits_its_own_step_best() {
        for step in [6_u16, 11, 18, 30] {
            for spread in [0, 2] {
                let filled = histogram(f32::from(step), spread, 0.5);
                let gain = |step: u16| Comb::new(step).evidence(&filled).gain;
                for other in (3..=80).filter(|other| *other != step) {
                    assert!(gain(step) > gain(other), "{step} ± {spread}: {} < {} of {other}", gain(step), gain(other));
                }
            }
        }
    }

    #[test]
    fn smooth_histograms_are_evidence_against_all_combs() {
        for width in [4.0, 15.0, 60.0] {
            let laplace: Vec<_> = (0..BINS).map(|bin| (bin, 1e4 * (-(bin as f32) * BIN / width).exp())).collect();
            let gauss: Vec<_> =
                (0..BINS).map(|bin| (bin, 1e4 * (-(bin as f32 * BIN / width).powi(2) / 2.0).exp())).collect();
            for step in 3..=200 {
                for filled in [&laplace, &gauss] {
                    let evidence = Comb::new(step).evidence(filled);
                    assert!(evidence.gain <= 0.0, "{width}, {step}: {evidence:?}");
                }
            }
        }
    }

    #[test]
    fn values_near_zero_are_no_evidence() {
        assert_eq!(Comb::new(16).evidence(&[(0, 5_000.0), (9, 300.0)]), Evidence::default());
    }
}
