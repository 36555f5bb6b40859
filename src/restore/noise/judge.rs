//! From what was read of a photo's noise to what is told to the denoiser: texture kept apart, white noise told exactly.

use std::collections::HashSet;

use super::{
    NoiseEstimate,
    fit::{Cell, fit, over_all, usable},
    signs::Signs,
};
use crate::pixels::{Raster, Samples};

/// Noise is read as at most so many times what it is when it is taken for white, and a little more: the rest is texture,
/// whose values follow from their neighbours'.
const GRAIN: f32 = 3.5;
/// That little more, as σ: JPEG hides noise from the look for white noise.
const HIDDEN: f32 = 1.2;
/// Cells that are as even as this are a pattern, unless this share of what was read is white.
const PATTERN_FROM: f32 = 0.93;
const PATTERN_WHITE: f32 = 0.2;
/// What is as little like noise as the first ([`Signs::noise`]) does not count, what is as the second counts whole.
const LIKE_NOISE: std::ops::Range<f32> = 0.74..1.0;
/// Told no more than this σ, the denoiser leaves 40 dB of any photo without noise…
const HARMLESS: f32 = 3.65;
/// …and it is told more only where this is more like noise: by 0.01, this much.
const CERTAIN: f32 = 1.5;
/// Noise with a grain is told this much stronger than it is, as a share of it, and less the stronger it is, by this σ: the
/// network removes most of it then, as it was taught to expect up to twice as much.
const GRAIN_MARGIN: f32 = 2.1;
const FAINT: f32 = 9.0;
/// Of the noise that the cells of one brightness are read to have, this quantile counts.
const QUANTILE: f32 = 0.25;
/// Half of the cells of noise are read with a spread of at most the first; text and drawings from the second on.
const SURE: f32 = -0.75;
const UNSURE: f32 = -0.4;
/// Noise is white where its white part is such a share of what was read…
const WHITE_SHARES: std::ops::Range<f32> = 0.5..1.5;
/// …of at least this σ…
const WHITE_FROM: f32 = 2.5;
/// …read with a spread of at most that…
const WHITE_SPREAD: f32 = -0.4;
/// …and its colours are about as strong as those of white noise. Texture makes them look weaker beside the brightness.
const WHITE_COLOURS: std::ops::Range<f32> = 0.3..1.15;
/// Grey pictures have none at all, and there the white part must be more of what was read.
const GREY: f32 = 0.1;
const WHITE_SHARE_OF_GREY: f32 = 0.75;
/// A picture of fewer colours is drawn, dithered or printed. Noise alone makes thousands of them.
const FEW_COLOURS: usize = 512;
/// And a grey one of fewer values.
const FEW_GREYS: usize = 16;
/// Px read for that.
const COLOURS_LOOKED_AT: usize = 1 << 16;

/// The noise of a photo of these pixels, of which a network said these blocks of cells, and which has noise of σ `white`
/// (0–255) where that is taken for white. `is_coded`: it was compressed as JPEG, more than a little.
pub fn judge(pixels: &Raster, blocks: &[Vec<Cell>], white: f32, is_coded: bool) -> NoiseEstimate {
    let cells = blocks.concat();
    let usable = usable(&cells);
    let levels = fit(&usable, QUANTILE);
    let read = over_all(&cells, &levels);
    if read.sigma() <= 0.0 || has_few_colours(pixels) {
        return NoiseEstimate::none();
    }
    let signs = Signs::of(blocks, &usable, &levels, is_coded);
    let of_white = NoiseEstimate::white(white);
    let (share, colours) = (white / read.sigma(), read.colour / of_white.levels().at(0.0).colour);
    let is_white = WHITE_SHARES.contains(&share)
        && if read.colour < GREY { share > WHITE_SHARE_OF_GREY } else { WHITE_COLOURS.contains(&colours) };
    if is_white && white >= WHITE_FROM && signs.spread <= WHITE_SPREAD {
        return of_white;
    }
    if signs.evenness > PATTERN_FROM && white < PATTERN_WHITE * read.sigma() {
        return NoiseEstimate::none();
    }
    let like_noise = signs.noise();
    let trust = share_of(LIKE_NOISE.start, LIKE_NOISE.end, like_noise).min(share_of(UNSURE, SURE, signs.spread));
    if trust <= 0.0 {
        return NoiseEstimate::none();
    }
    let sigma = strength((trust * read.sigma()).min(GRAIN * white + HIDDEN), white);
    let margin = 1.0 + GRAIN_MARGIN * (-sigma / FAINT).exp();
    let most_told = HARMLESS + 100.0 * CERTAIN * (like_noise - LIKE_NOISE.end).max(0.0);
    let sigma = sigma.min(most_told / margin);
    NoiseEstimate::of(pixels, levels.times(sigma / read.sigma())).told_with(margin)
}

/// σ as it is, of σ as it was read and the σ of its white part: white noise is read as it is, but with a grain it looks
/// like texture, and the network is careful, most of all where there is little.
fn strength(read: f32, white: f32) -> f32 {
    let grain = 1.0 - share_of(0.45, 0.85, white / read);
    read * (1.0 + grain * (0.3 + 1.4 * (-read / 4.0).exp()))
}

/// How far `at` is on the way, 0–1.
fn share_of(from: f32, to: f32, at: f32) -> f32 {
    ((at - from) / (to - from)).clamp(0.0, 1.0)
}

fn has_few_colours(pixels: &Raster) -> bool {
    let (channels, colours) = (pixels.channels(), pixels.colour_channels());
    let few = if colours == 1 { FEW_GREYS } else { FEW_COLOURS };
    let count = pixels.size().area();
    // Odd, and so not in step with patterns.
    let step = (count / COLOURS_LOOKED_AT) | 1;
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
    // A tiny picture has few px.
    seen.len() * 4 < count.div_ceil(step)
}

#[cfg(test)]
mod tests {
    use super::{super::Level, *};
    use crate::pixels::{Depth, Planes, Size};

    fn pixels(value: impl Fn(usize) -> f32) -> Raster {
        let size = Size::new(64, 64);
        let planes = Planes::new(3, size, (0..3 * size.area()).map(value).collect());
        Raster::of(&planes, None, Depth::Eight)
    }

    fn judged(brightness: f32, colour: f32, white: f32) -> NoiseEstimate {
        judged_with(-1.2, (brightness, colour), white)
    }

    fn judged_with(spread: f32, (brightness, colour): (f32, f32), white: f32) -> NoiseEstimate {
        // Thousands of colours.
        let photo = pixels(|at| ((at as u32).wrapping_mul(2_654_435_761) >> 24) as f32 / 255.0);
        judge(&photo, &[vec![cell(brightness, colour, spread); 40]], white, false)
    }

    fn cell(brightness: f32, colour: f32, spread: f32) -> Cell {
        Cell { brightness: 0.5, level: Level { brightness, colour }, spread, cut: 0.0, kurtosis: None }
    }

    #[test]
    fn white_noise_is_told_as_it_was_measured() {
        assert_eq!(judged(5.0, 6.5, 8.0), NoiseEstimate::white(8.0));
        // Texture adds to the brightness, not to the colours.
        assert_eq!(judged(7.0, 3.0, 5.0), NoiseEstimate::white(5.0));
    }

    #[test]
    fn noise_with_a_grain_is_told_stronger_than_it_was_read() {
        let noise = judged(1.7, 1.2, 0.6);
        assert!((3.0..6.0).contains(&noise.sigma()), "{}", noise.sigma());
        let noise = judged(10.0, 12.0, 5.0);
        assert!((17.0..26.0).contains(&noise.sigma()), "{}", noise.sigma());
    }

    #[test]
    fn what_may_be_texture_is_told_no_more_than_is_harmless() {
        // A fifth of the cells have less, so that it is less like noise.
        let photo = pixels(|at| ((at as u32).wrapping_mul(2_654_435_761) >> 24) as f32 / 255.0);
        let cells = (0..40).map(|at| if at % 5 == 0 { cell(2.0, 1.0, -1.2) } else { cell(5.0, 2.5, -1.2) }).collect();
        let noise = judge(&photo, &[cells], 1.5, false);
        assert!((noise.sigma() * noise.margin - HARMLESS).abs() < 0.1, "{} × {}", noise.sigma(), noise.margin);
    }

    #[test]
    fn texture_and_patterns_are_no_noise() {
        // Values that follow from their neighbours', what the network is unsure of, and two colours alone.
        assert!(judged(20.0, 8.0, 0.1).sigma() < 5.0);
        assert!(judged_with(-0.3, (5.0, 1.5), 1.5).sigma() < 4.0);
        // Edges alone, which are taken for white noise.
        assert!(judged_with(-0.3, (4.0, 2.0), 16.0).sigma() < 4.0);
        let checks = pixels(|at| ((at + at / 64) % 2) as f32);
        assert_eq!(judge(&checks, &[vec![cell(30.0, 30.0, -1.0); 40]], 30.0, false), NoiseEstimate::none());
    }
}
