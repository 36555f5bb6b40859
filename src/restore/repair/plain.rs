//! Where a photo is plain: of one colour, up to noise. Damage that is plain shows nothing of the picture below it.

use std::ops::Range;

use crate::{
    pixels::{Planes, Size, each_row},
    restore::{Bitmap, image_source::ImageSource, pyramid::halved},
};

/// How far around a px of the photo of half the size it is compared with others, in px.
const AROUND: usize = 4;
/// Standard deviation of what is plain without noise, 0–1.
const ROUNDING: f32 = 0.5 / 255.0;
/// Variance of plain px at most, by that of the noise there.
const UNEVEN: f32 = 2.0;
/// Variance of noise at most, by that in the quietest parts of the photo.
const LOUDEST: f32 = 2.0;
/// Share of the photo that is its quietest parts. They are sampled: one px in so many of each row, of one row in so many.
const QUIET: f64 = 0.02;
const SAMPLED: usize = 4;
/// Values at which noise is not clipped, 0–1.
const UNCLIPPED: Range<f32> = 0.03..0.97;

/// Statistics of the px around one.
#[derive(Debug, Clone, Copy)]
struct Around {
    variance: f32,
    /// The variance of noise without correlation that neighbours differ by as much as these.
    noise: f32,
}

/// The px of a photo that are plain. A few others that they enclose are, too.
pub fn plain(photo: &dyn ImageSource) -> Bitmap {
    let half = mean(&halved(photo, None));
    let (size, around) = (half.size(), statistics(&half));
    let sampled = (0..size.height)
        .step_by(SAMPLED)
        .flat_map(|y| (0..size.width).step_by(SAMPLED).map(move |x| y * size.width + x));
    let unclipped = sampled.filter(|at| UNCLIPPED.contains(&half.data()[*at]));
    let mut noise: Vec<f32> = unclipped.map(|at| around[at].noise).collect();
    let quiet = (noise.len() as f64 * QUIET) as usize;
    let loudest = match noise.is_empty() {
        true => 0.0,
        false => LOUDEST * *noise.select_nth_unstable_by(quiet, f32::total_cmp).1,
    };
    let is_plain = |Around { variance, noise }: Around| variance <= UNEVEN * noise.min(loudest) + ROUNDING * ROUNDING;
    let plain = Bitmap::of(size, |y, x| is_plain(around[y * size.width + x]));
    let plain = plain.grown(2 * AROUND).shrunk(AROUND);
    Bitmap::of(photo.size(), |y, x| plain.contains(x / 2, y / 2))
}

/// The mean of a picture's channels, within 0–1.
fn mean(picture: &Planes) -> Planes {
    let channels = picture.channels();
    let mut mean = Planes::filled(1, picture.size(), 0.0);
    each_row(mean.data_mut(), picture.width(), |y, row| {
        for channel in 0..channels {
            row.iter_mut().zip(picture.row(channel, y)).for_each(|(mean, value)| *mean += value / channels as f32);
        }
        row.iter_mut().for_each(|mean| *mean = if mean.is_nan() { 0.0 } else { mean.clamp(0.0, 1.0) });
    });
    mean
}

/// Those of each px of a picture of one channel, row by row.
fn statistics(picture: &Planes) -> Vec<Around> {
    let Size { width, height } = picture.size();
    let mut around = vec![Around { variance: 0.0, noise: 0.0 }; picture.size().area()];
    each_row(&mut around, width, |y, row| {
        // Of each column: the sums of values, of squares, and of squared differences to the right and below.
        let mut columns = vec![[0.0; 3]; width];
        let rows = near(y, height);
        for y in rows.clone() {
            let (values, below) = (picture.row(0, y), picture.row(0, (y + 1).min(height - 1)));
            for (x, sums) in columns.iter_mut().enumerate() {
                let value = values[x];
                let (right, down) = (values[(x + 1).min(width - 1)] - value, below[x] - value);
                let terms = [value, value * value, right * right + down * down];
                sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
            }
        }
        for (x, around) in row.iter_mut().enumerate() {
            let near = &columns[near(x, width)];
            let px = (rows.len() * near.len()) as f32;
            let [mean, square, difference] = [0, 1, 2].map(|at| near.iter().map(|sums| sums[at]).sum::<f32>() / px);
            *around = Around { variance: (square - mean * mean).max(0.0), noise: difference / 4.0 };
        }
    });
    around
}

fn near(at: usize, length: usize) -> Range<usize> {
    at.saturating_sub(AROUND)..(at + AROUND + 1).min(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::image_source::BufferedPart;

    const SIZE: Size = Size::new(240, 160);
    /// Rows of stripes that are checked.
    const STRIPES: usize = 100;

    /// Stripes, in the right half under a cover of this opacity, and below them a wall and a frame, with noise of this σ (0–255).
    fn photo(opacity: f32, sigma: f32) -> BufferedPart {
        let mut random = 1_u64;
        let mut noise = || {
            let sum: f32 = (0..12)
                .map(|_| {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (random >> 40) as f32 / (1 << 24) as f32
                })
                .sum();
            sum - 6.0
        };
        let value = |at: usize| {
            let x = at % SIZE.width;
            let below = if (x / 6).is_multiple_of(2) && at / SIZE.width < STRIPES + 16 { 0.3 } else { 0.6 };
            let opacity = if x >= SIZE.width / 2 { opacity } else { 0.0 };
            let value = below + opacity * (0.9 - below) + sigma / 255.0 * noise();
            // A black frame.
            if at / SIZE.width + 10 >= SIZE.height { 0.0 } else { (value * 255.0).round() / 255.0 }
        };
        let planes = Planes::new(1, SIZE, (0..SIZE.area()).map(value).collect());
        let mut part = BufferedPart::blank(1, SIZE.rect(), SIZE);
        part.put(&planes, SIZE.rect());
        part
    }

    #[test]
    fn what_is_covered_is_plain_unless_something_shows_through() {
        let shares = |photo: &BufferedPart| {
            let plain = plain(photo);
            let share = |columns: Range<usize>| {
                let px = |y: usize| plain.runs(y, columns.clone()).map(|run| run.len()).sum::<usize>();
                (0..STRIPES).map(px).sum::<usize>() as f32 / (columns.len() * STRIPES) as f32
            };
            [0..SIZE.width / 2 - 16, SIZE.width / 2 + 16..SIZE.width].map(share)
        };
        for sigma in [0.0, 2.0, 5.0] {
            let [seen, covered] = shares(&photo(1.0, sigma));
            assert!(seen == 0.0 && covered > 0.99, "{sigma}: {seen} {covered}");
            let [seen, covered] = shares(&photo(0.8, sigma));
            assert!(seen == 0.0 && covered == 0.0, "{sigma}: {seen} {covered}");
        }
    }

    #[test]
    fn small_pictures_are_possible() {
        for size in [Size::new(1, 1), Size::new(3, 2), Size::new(0, 5)] {
            let mut part = BufferedPart::blank(3, size.rect(), size);
            part.put(&Planes::filled(3, size, 0.5), size.rect());
            assert_eq!(plain(&part).count(), size.area());
        }
    }
}
