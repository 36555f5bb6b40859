//! Grain for filled pixels, like that around them: the photo's measured noise, and how much neighbouring px have in common.

use crate::{
    pixels::{Planes, Raster, Rect, Size},
    restore::{Bitmap, NoiseLevels},
};

/// Side of the patches in which the grain is measured, in px.
const SIDE: usize = 16;
/// Largest number of patches.
const MAX_PATCHES: usize = 4000;
/// Patches are smooth if their variance is at most this many times that of the quarter with the least.
const SMOOTH: f32 = 1.5;
/// Brightness within which noise is not clipped, 0–1.
const UNCLIPPED: std::ops::Range<f32> = 0.03..0.97;
/// Largest correlation that the filter below has.
const MAX_CORRELATION: f32 = 0.7;

/// Grain at every px of a photo, which depends on the position of the px and the brightness only.
#[derive(Debug, Clone)]
pub struct Grain {
    levels: NoiseLevels,
    /// Weight of the px beside, above and below, and of the px itself: of white noise, along each axis.
    weights: [f32; 2],
}

impl Grain {
    /// Grain of these levels, with this correlation of neighbouring px (0 to [`MAX_CORRELATION`]).
    pub fn new(levels: NoiseLevels, correlation: f32) -> Self {
        let correlation = correlation.clamp(0.0, MAX_CORRELATION);
        // The weights a, 1, a have the correlation 2a / (1 + 2a²).
        let beside = match correlation > 0.0 {
            true => (1.0 - (1.0 - 2.0 * correlation * correlation).sqrt()) / (2.0 * correlation),
            false => 0.0,
        };
        let norm = (1.0 + 2.0 * beside * beside).sqrt();
        Self { levels, weights: [beside / norm, 1.0 / norm] }
    }

    /// What to add to the `channels` (1 or 3) of a px of this brightness (0–1).
    pub fn at(&self, (x, y): (usize, usize), brightness: f32, channels: usize) -> [f32; 3] {
        let level = self.levels.at(brightness);
        let [common, own @ ..] = self.white((x, y));
        if channels == 1 {
            return [common * level.sigma() / 255.0; 3];
        }
        let mean = own.iter().sum::<f32>() / 3.0;
        // Independent values minus their mean have two thirds of their variance.
        let colour = level.colour * 1.5_f32.sqrt();
        own.map(|own| (common * level.brightness + (own - mean) * colour) / 255.0)
    }

    /// How much of the grain of a px is lost when its channels change by this, 0–1: none if it stays, all from the σ of its
    /// brightness (0–1) on.
    pub fn share_lost(&self, changes: impl Iterator<Item = f32>, brightness: f32) -> f32 {
        let largest = changes.fold(0.0, |largest: f32, change| largest.max(change.abs()));
        let sigma = self.levels.at(brightness).sigma() / 255.0;
        if largest < sigma { largest / sigma } else { 1.0 }
    }

    /// Four independent values of variance 1, correlated with those of the px around.
    fn white(&self, (x, y): (usize, usize)) -> [f32; 4] {
        let [beside, centre] = self.weights;
        let taps = if beside > 0.0 { &[(-1_i64, beside), (0, centre), (1, beside)][..] } else { &[(0, centre)] };
        let mut sums = [0.0; 4];
        for (down, row) in taps {
            for (across, column) in taps {
                let values = random(x as i64 + across, y as i64 + down);
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += row * column * value);
            }
        }
        sums
    }
}

/// Four independent values of mean 0 and variance 1 for a position.
fn random(x: i64, y: i64) -> [f32; 4] {
    // SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    let mixed = |state: u64| {
        let mut z = state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let place = mixed((y as u64) << 32 ^ (x as u64 & 0xffff_ffff));
    let words = [mixed(place ^ 1), mixed(place ^ 2)];
    // The sum of two uniform values, of variance 1/12 each.
    let sum = |word: u64| {
        let half = |shift: u32| ((word >> shift) & 0xffff) as f32 / 65_535.0 - 0.5;
        (half(0) + half(16)) * 6.0_f32.sqrt()
    };
    [sum(words[0]), sum(words[0] >> 32), sum(words[1]), sum(words[1] >> 32)]
}

/// The correlation of neighbouring px in smooth, unmarked parts of a photo, 0 to [`MAX_CORRELATION`].
pub fn correlation(pixels: &Raster, marks: &Bitmap) -> f32 {
    let Size { width, height } = pixels.size();
    if width < SIDE || height < SIDE {
        return 0.0;
    }
    let mut step = SIDE;
    while (width / step) * (height / step) > MAX_PATCHES {
        step += SIDE;
    }
    let places = (0..=height - SIDE).step_by(step).flat_map(|y| (0..=width - SIDE).step_by(step).map(move |x| (x, y)));
    let patches = places.map(|(x, y)| Rect::new(x, y, SIDE, SIDE)).filter(|rect| !marks.intersects(*rect));
    let mut measured: Vec<[f32; 2]> = patches.filter_map(|rect| covariances(&pixels.colours_in(rect))).collect();
    measured.sort_by(|one, other| one[0].total_cmp(&other[0]));
    let limit = measured.get(measured.len() / 4).map_or(0.0, |patch| SMOOTH * patch[0]);
    measured.retain(|patch| patch[0] <= limit);
    let sum = |at: usize| measured.iter().map(|patch| patch[at]).sum::<f32>();
    (sum(1) / sum(0).max(f32::MIN_POSITIVE)).clamp(0.0, MAX_CORRELATION)
}

/// Variance of the brightness in a patch, and its covariance between neighbouring px; none if it is clipped or constant.
fn covariances(patch: &Planes) -> Option<[f32; 2]> {
    const CENTRE: f32 = (SIDE - 1) as f32 / 2.0;
    const AREA: usize = SIDE * SIDE;
    let channels = patch.channels();
    let mean_of = |at: usize| (0..channels).map(|channel| patch.plane(channel)[at]).sum::<f32>() / channels as f32;
    let mut values: Vec<f32> = (0..AREA).map(mean_of).collect();
    let mean = values.iter().sum::<f32>() / AREA as f32;
    let place = |at: usize| ((at % SIDE) as f32 - CENTRE, (at / SIDE) as f32 - CENTRE);
    // Of the positions along an axis, over the patch.
    let spread: f32 = (0..AREA).map(|at| place(at).0.powi(2)).sum();
    let slope = |along: fn((f32, f32)) -> f32| {
        values.iter().enumerate().map(|(at, value)| along(place(at)) * value).sum::<f32>() / spread
    };
    let slopes = (slope(|place| place.0), slope(|place| place.1));
    for (at, value) in values.iter_mut().enumerate() {
        let (x, y) = place(at);
        *value -= mean + slopes.0 * x + slopes.1 * y;
    }
    let variance = values.iter().map(|value| value * value).sum::<f32>() / AREA as f32;
    let products = |step: usize, is_inside: fn(usize) -> bool| {
        let places = (0..AREA - step).filter(|at| is_inside(*at));
        places.map(|at| values[at] * values[at + step]).sum::<f32>()
    };
    let pairs = (SIDE - 1) * SIDE;
    let covariance = (products(1, |at| at % SIDE + 1 < SIDE) + products(SIDE, |_| true)) / (2 * pairs) as f32;
    (UNCLIPPED.contains(&mean) && variance > 1e-8).then_some([variance, covariance])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pixels::Depth, restore::NoiseLevel};

    fn grain(correlation: f32, level: (f32, f32)) -> (Planes, Raster) {
        let (brightness, colour) = level;
        let grain = Grain::new(NoiseLevels::constant(NoiseLevel { brightness, colour }), correlation);
        let size = Size::new(200, 160);
        let mut planes = Planes::filled(3, size, 0.5);
        for at in 0..size.area() {
            let values = grain.at((at % size.width, at / size.width), 0.5, 3);
            (0..3).for_each(|channel| planes.plane_mut(channel)[at] += values[channel]);
        }
        let raster = Raster::from_planes(&planes, None, Depth::Float);
        (planes, raster)
    }

    #[test]
    fn it_has_the_levels_and_the_correlation() {
        for (correlation, level) in [(0.0, (8.0, 3.0)), (0.35, (2.0, 6.0)), (0.6, (5.0, 0.0))] {
            let (planes, raster) = grain(correlation, level);
            let size = planes.size();
            let (mut bright, mut colour) = (0.0, 0.0);
            for at in 0..size.area() {
                let values = [0, 1, 2].map(|channel| 255.0 * (planes.plane(channel)[at] - 0.5));
                let mean = values.iter().sum::<f32>() / 3.0;
                bright += mean * mean / size.area() as f32;
                colour += values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / 3.0 / size.area() as f32;
            }
            assert!((bright.sqrt() - level.0).abs() < 0.03 * level.0, "{} of {level:?}", bright.sqrt());
            assert!((colour.sqrt() - level.1).abs() < 0.03 * level.1 + 1e-3, "{} of {level:?}", colour.sqrt());
            let measured = super::correlation(&raster, &Bitmap::new(size));
            assert!((measured - correlation).abs() < 0.05, "{measured} of {correlation}");
        }
    }
}
