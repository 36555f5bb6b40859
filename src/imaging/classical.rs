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
