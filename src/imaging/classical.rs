//! Classical methods from the `image` crate, for comparison with the networks.

use image::{ImageBuffer, Luma, imageops};

use super::metrics;
use crate::pixels::{Planes, Size};

/// Radii of the blurs tried, in px.
const RADII: [f32; 7] = [0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8];

/// `damaged` (values about 0–1) blurred by the Gaussian of [`RADII`] with the highest PSNR to `clean`.
pub fn blurred(damaged: &Planes, clean: &Planes) -> Planes {
    let blurs = RADII.map(|radius| each_plane(damaged, damaged.size(), |plane| imageops::blur(plane, radius)));
    let best = blurs.into_iter().max_by(|a, b| metrics::psnr(a, clean).total_cmp(&metrics::psnr(b, clean)));
    best.unwrap_or_else(|| damaged.clone())
}

/// `small` (values 0–1) enlarged to `size` by a Lanczos window of 3.
pub fn lanczos(small: &Planes, size: Size) -> Planes {
    let (width, height) = (size.width as u32, size.height as u32);
    each_plane(small, size, |plane| imageops::resize(plane, width, height, imageops::FilterType::Lanczos3))
}

/// `damaged` (values 0–1) whose marked pixels (column and row) are averages of unmarked ones around them, from coarse to fine.
pub fn filled(damaged: &Planes, is_marked: &dyn Fn(usize, usize) -> bool) -> Planes {
    let Size { width, height } = damaged.size();
    let marked: Vec<bool> = (0..width * height).map(|at| is_marked(at % width, at / width)).collect();
    let mut filled = damaged.clone();
    if width.max(height) < 2 || !marked.contains(&true) {
        return filled;
    }
    let half = Size::new(width.div_ceil(2), height.div_ceil(2));
    let places = |x: usize, y: usize| {
        let rows = 2 * y..(2 * y + 2).min(height);
        rows.flat_map(move |y| (2 * x..(2 * x + 2).min(width)).map(move |x| y * width + x)).filter(|at| !marked[*at])
    };
    let mut small = Planes::filled(damaged.channels(), half, 0.0);
    for (channel, at) in (0..damaged.channels()).flat_map(|channel| (0..half.area()).map(move |at| (channel, at))) {
        let known: Vec<f32> = places(at % half.width, at / half.width).map(|at| damaged.plane(channel)[at]).collect();
        small.plane_mut(channel)[at] = known.iter().sum::<f32>() / known.len().max(1) as f32;
    }
    let coarse = self::filled(&small, &|x, y| places(x, y).next().is_none());
    let double = half.times(2);
    let coarse = each_plane(&coarse, double, |plane| {
        imageops::resize(plane, double.width as u32, double.height as u32, imageops::FilterType::Triangle)
    });
    for (channel, y) in (0..damaged.channels()).flat_map(|channel| (0..height).map(move |y| (channel, y))) {
        for x in (0..width).filter(|x| marked[y * width + x]) {
            filled.row_mut(channel, y)[x] = coarse.row(channel, y)[x];
        }
    }
    filled
}

type GreyImage = ImageBuffer<Luma<f32>, Vec<f32>>;

fn each_plane(planes: &Planes, size: Size, work: impl Fn(&GreyImage) -> GreyImage) -> Planes {
    let Size { width, height } = planes.size();
    let done = (0..planes.channels()).flat_map(|channel| {
        let values = planes.plane(channel);
        let plane = GreyImage::from_fn(width as u32, height as u32, |x, y| {
            Luma([values[y as usize * width + x as usize].clamp(0.0, 1.0)])
        });
        work(&plane).into_raw()
    });
    Planes::new(planes.channels(), size, done.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_is_filled_with_itself() {
        let size = Size::new(61, 47);
        let slope = (0..size.area()).map(|at| 0.2 + 0.005 * (at % size.width) as f32).collect();
        let clean = Planes::new(1, size, slope);
        let is_marked = |x: usize, y: usize| x.abs_diff(30) < 6 && y > 5;
        let mut damaged = clean.clone();
        for y in 6..size.height {
            damaged.row_mut(0, y)[25..36].fill(1.0);
        }
        let filled = filled(&damaged, &is_marked);
        let off = |planes: &Planes| metrics::psnr_where(&clean, planes, &is_marked);
        assert!(off(&filled) > 35.0 && off(&damaged) < 10.0, "{} {}", off(&filled), off(&damaged));
        assert_eq!(metrics::psnr_where(&clean, &filled, &|x, y| !is_marked(x, y)), f64::INFINITY);
    }

    #[test]
    fn blurring_reduces_noise_and_lanczos_preserves_a_gradient() {
        let size = Size::new(64, 48);
        let slope = |x: usize, y: usize| 0.2 + 0.006 * x as f32 + 0.003 * y as f32;
        let picture = |size: Size, at: &dyn Fn(usize, usize) -> f32| {
            Planes::new(1, size, (0..size.area()).map(|i| at(i % size.width, i / size.width)).collect())
        };
        let clean = picture(size, &slope);
        let noisy = picture(size, &|x, y| slope(x, y) + if (x * 7 + y * 13) % 5 < 2 { 0.1 } else { -0.06 });
        let gain = metrics::psnr(&blurred(&noisy, &clean), &clean) - metrics::psnr(&noisy, &clean);
        assert!(gain > 6.0, "{gain} dB");
        let large = lanczos(&clean, size.times(2));
        assert_eq!(large.size(), size.times(2));
        let middle = large.plane(0)[48 * 128 + 64];
        assert!((middle - slope(32, 24)).abs() < 0.01, "{middle}");
    }
}
