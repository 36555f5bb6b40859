//! Decides from the network's estimates how much of a photo's signal is noise: separates it from texture, and measures
//! white noise exactly.

use std::{collections::HashSet, ops::Range};

use super::{
    NoiseEstimate,
    features::NoiseFeatures,
    fit::{Cell, fit, mean_level, usable},
};
use crate::{
    imaging,
    pixels::{Raster, Samples},
};

/// Quantile of the cells of one brightness that is their noise.
const QUANTILE: f32 = 0.25;

/// Noise is white if its white σ divided by the estimated σ is within this range …
const WHITE_SHARES: Range<f32> = 0.5..1.5;
/// … and at least this σ …
const WHITE_MIN_SIGMA: f32 = 2.5;
/// … and its uncertainty at most this …
const WHITE_MAX_UNCERTAINTY: f32 = -0.4;
/// … and its colour σ about that of white noise, as a share of it. Texture adds to the brightness only.
const WHITE_COLOURS: Range<f32> = 0.3..1.15;
/// A picture with less colour noise (σ) than this is grey; its white share must exceed [`WHITE_MIN_SHARE_OF_GREY`].
const GREY_SIGMA: f32 = 0.1;
const WHITE_MIN_SHARE_OF_GREY: f32 = 0.75;

/// Independent noise of the channels: its σ in their differences, as a share of that in the channels, is in this range.
const WHITE_IN_COLOURS: Range<f32> = 0.85..1.05;
/// From this σ on, white noise is not measured in the differences.
const STRONG_SIGMA: f32 = 15.0;

/// Cells more even than this are a pattern, unless at least [`PATTERN_WHITE`] of the estimate is white.
const PATTERN_EVENNESS: f32 = 0.93;
const PATTERN_WHITE: f32 = 0.2;
/// A noise score ([`NoiseFeatures::score`]) at the start of this range means no noise, at the end all of the estimate.
const SCORES: Range<f32> = 0.74..1.0;
/// The same for the uncertainty, which is lower for noise.
const TRUSTED_UNCERTAINTY: f32 = -0.75;
const UNTRUSTED_UNCERTAINTY: f32 = -0.4;
/// Noise exceeds its white σ at most by this factor, and by [`HIDDEN_SIGMA`], because JPEG hides noise from that
/// measurement. The rest is texture, whose values are correlated.
const MAX_OVER_WHITE: f32 = 3.5;
const HIDDEN_SIGMA: f32 = 1.2;
/// With a level plane of at most this σ the denoiser preserves any photo without noise to 40 dB. More is used only by
/// [`SIGMA_PER_SCORE`] for every 0.01 of a score beyond the range.
const HARMLESS_SIGMA: f32 = 3.5;
const SIGMA_PER_SCORE: f32 = 1.5;
/// The level plane exceeds noise with grain by this share, which falls exponentially with σ: the network was trained
/// with level planes of up to twice the noise.
const GRAIN_MARGIN: f32 = 2.1;
/// Scale of that exponential, as σ.
const GRAIN_MARGIN_SIGMA: f32 = 9.0;

/// A picture of at most this many colours is a drawing, dithered or printed: noise alone produces thousands.
const FEW_COLOURS: usize = 512;
/// The same for the values of a grey picture.
const FEW_GREYS: usize = 16;
/// Number of px sampled to count them.
const SAMPLED_PIXELS: usize = 1 << 16;

/// The noise of a photo with these pixels. `blocks`: the network's estimates. `white`: σ measured by assuming white noise
/// (0–255 scale). `is_compressed`: whether it was compressed as JPEG, more than lightly.
pub fn assess(pixels: &Raster, blocks: &[Vec<Cell>], white: f32, is_compressed: bool) -> NoiseEstimate {
    let cells = blocks.concat();
    let usable = usable(&cells);
    let levels = fit(&usable, QUANTILE);
    let estimated = mean_level(&cells, &levels);
    if estimated.sigma() <= 0.0 || has_few_colours(pixels) {
        return NoiseEstimate::none();
    }
    let features = NoiseFeatures::new(blocks, &usable, &levels, is_compressed);
    let white_noise = NoiseEstimate::white(white);
    let (share, colours) = (white / estimated.sigma(), estimated.colour / white_noise.levels().at(0.0).colour);
    let is_white = WHITE_SHARES.contains(&share)
        && if estimated.colour < GREY_SIGMA {
            share > WHITE_MIN_SHARE_OF_GREY
        } else {
            WHITE_COLOURS.contains(&colours)
        };
    if is_white && white >= WHITE_MIN_SIGMA && features.uncertainty <= WHITE_MAX_UNCERTAINTY {
        return NoiseEstimate::white(without_texture(pixels, white));
    }
    if features.evenness > PATTERN_EVENNESS && white < PATTERN_WHITE * estimated.sigma() {
        return NoiseEstimate::none();
    }
    let score = features.score();
    let trust = ramp(SCORES.start, SCORES.end, score).min(ramp(
        UNTRUSTED_UNCERTAINTY,
        TRUSTED_UNCERTAINTY,
        features.uncertainty,
    ));
    if trust <= 0.0 {
        return NoiseEstimate::none();
    }
    let sigma = corrected_for_grain((trust * estimated.sigma()).min(MAX_OVER_WHITE * white + HIDDEN_SIGMA), white);
    let margin = 1.0 + GRAIN_MARGIN * (-sigma / GRAIN_MARGIN_SIGMA).exp();
    let max_level = HARMLESS_SIGMA + 100.0 * SIGMA_PER_SCORE * (score - SCORES.end).max(0.0);
    let sigma = sigma.min(max_level / margin);
    NoiseEstimate::from_levels(pixels, levels.times(sigma / estimated.sigma())).with_margin(margin)
}

/// σ of white noise, which is the same in the differences between the channels, where texture adds less to it. Beside strong
/// noise, texture adds little, and the differences have more values that are clipped.
fn without_texture(pixels: &Raster, white: f32) -> f32 {
    if white > STRONG_SIGMA {
        return white;
    }
    let in_colours = imaging::estimate_white_colour_noise(pixels);
    if WHITE_IN_COLOURS.contains(&(in_colours / white)) { in_colours } else { white }
}

/// The true σ, from the estimated one and the white one. The network underestimates noise with grain, which looks like
/// texture, most of all weak noise.
fn corrected_for_grain(estimated: f32, white: f32) -> f32 {
    let grain = 1.0 - ramp(0.45, 0.85, white / estimated);
    estimated * (1.0 + grain * (0.3 + 1.4 * (-estimated / 4.0).exp()))
}

/// Linear from 0 at `from` to 1 at `to`, clamped.
fn ramp(from: f32, to: f32, at: f32) -> f32 {
    ((at - from) / (to - from)).clamp(0.0, 1.0)
}

fn has_few_colours(pixels: &Raster) -> bool {
    let (channels, colours) = (pixels.channels(), pixels.colour_channels());
    let few = if colours == 1 { FEW_GREYS } else { FEW_COLOURS };
    let count = pixels.size().area();
    // Odd, so that it does not coincide with the period of a pattern.
    let step = (count / SAMPLED_PIXELS) | 1;
    let value = |at: usize| match pixels.samples() {
        Samples::Eight(data) => u64::from(data[at]),
        Samples::Sixteen(data) => u64::from(data[at]),
        Samples::Float(data) => u64::from(data[at].to_bits()),
    };
    let mut seen = HashSet::new();
    for px in (0..count).step_by(step) {
        seen.insert((0..colours).map(|channel| value(px * channels + channel)).collect::<Vec<_>>());
        if seen.len() > few {
            return false;
        }
    }
    // Not for pictures with hardly more px than colours.
    seen.len() * 4 < count.div_ceil(step)
}

#[cfg(test)]
mod tests {
    use super::{super::NoiseLevel, *};
    use crate::pixels::{Depth, Planes, Size};

    fn pixels(value: impl Fn(usize) -> f32) -> Raster {
        let size = Size::new(64, 64);
        let planes = Planes::new(3, size, (0..3 * size.area()).map(value).collect());
        Raster::from_planes(&planes, None, Depth::Eight)
    }

    fn assessed(brightness: f32, colour: f32, white: f32) -> NoiseEstimate {
        assessed_with(-1.2, (brightness, colour), white)
    }

    fn assessed_with(uncertainty: f32, (brightness, colour): (f32, f32), white: f32) -> NoiseEstimate {
        // Thousands of colours.
        let photo = pixels(|at| ((at as u32).wrapping_mul(2_654_435_761) >> 24) as f32 / 255.0);
        assess(&photo, &[vec![cell(brightness, colour, uncertainty); 40]], white, false)
    }

    fn cell(brightness: f32, colour: f32, uncertainty: f32) -> Cell {
        Cell { brightness: 0.5, level: NoiseLevel { brightness, colour }, uncertainty, clipped: 0.0, kurtosis: None }
    }

    #[test]
    fn white_noise_has_the_measured_sigma() {
        assert_eq!(assessed(5.0, 6.5, 8.0), NoiseEstimate::white(8.0));
        // Texture adds to the brightness, not to the colours.
        assert_eq!(assessed(7.0, 3.0, 5.0), NoiseEstimate::white(5.0));
    }

    #[test]
    fn noise_with_grain_is_stronger_than_the_networks_estimate() {
        let noise = assessed(1.7, 1.2, 0.6);
        assert!((3.0..6.0).contains(&noise.sigma()), "{}", noise.sigma());
        let noise = assessed(10.0, 12.0, 5.0);
        assert!((17.0..26.0).contains(&noise.sigma()), "{}", noise.sigma());
    }

    #[test]
    fn possible_texture_is_limited_to_a_harmless_sigma() {
        // A fifth of the cells have less noise, which lowers the score.
        let photo = pixels(|at| ((at as u32).wrapping_mul(2_654_435_761) >> 24) as f32 / 255.0);
        let cells = (0..40).map(|at| if at % 5 == 0 { cell(2.0, 1.0, -1.2) } else { cell(5.0, 2.5, -1.2) }).collect();
        let noise = assess(&photo, &[cells], 1.5, false);
        assert!((noise.sigma() * noise.margin - HARMLESS_SIGMA).abs() < 0.1, "{} × {}", noise.sigma(), noise.margin);
    }

    #[test]
    fn texture_and_patterns_are_not_noise() {
        // Values correlated with their neighbours', and values with a high uncertainty.
        assert!(assessed(20.0, 8.0, 0.1).sigma() < 5.0);
        assert!(assessed_with(-0.3, (5.0, 1.5), 1.5).sigma() < 4.0);
        // Edges only, which the classical measurement takes for white noise.
        assert!(assessed_with(-0.3, (4.0, 2.0), 16.0).sigma() < 4.0);
        // Two colours only.
        let checks = pixels(|at| ((at + at / 64) % 2) as f32);
        assert_eq!(assess(&checks, &[vec![cell(30.0, 30.0, -1.0); 40]], 30.0, false), NoiseEstimate::none());
    }
}
