//! Metrics for the similarity of two pictures.

use crate::pixels::{Planes, Size};

/// Peak signal-to-noise ratio in dB for a peak of 1, over all values; infinite for equal pictures.
///
/// # Panics
/// If they differ in size or number of planes.
pub fn psnr(a: &Planes, b: &Planes) -> f64 {
    assert_alike(a, b);
    let squares = a.data().iter().zip(b.data()).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    let mean = squares.sum::<f64>() / a.data().len().max(1) as f64;
    -10.0 * mean.log10()
}

/// [`psnr`] of the pixels (column and row) for which `is_measured` is true.
///
/// # Panics
/// If they differ in size or number of planes.
pub fn psnr_where(a: &Planes, b: &Planes, is_measured: &dyn Fn(usize, usize) -> bool) -> f64 {
    assert_alike(a, b);
    let (mut sum, mut count) = (0.0, 0);
    for (y, x) in (0..a.height()).flat_map(|y| (0..a.width()).map(move |x| (y, x))).filter(|(y, x)| is_measured(*x, *y))
    {
        for channel in 0..a.channels() {
            sum += (f64::from(a.row(channel, y)[x]) - f64::from(b.row(channel, y)[x])).powi(2);
            count += 1;
        }
    }
    -10.0 * (sum / f64::from(count.max(1))).log10()
}

/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli, 2004) for values in 0–1: a Gaussian
/// window of 11 × 11 px with σ 1.5, K₁ 0.01, K₂ 0.03, the mean over all positions of the window inside the picture, and
/// over the planes. 1 for equal pictures. For a side shorter than 11 px the window is shortened.
///
/// # Panics
/// If they differ in size or number of planes, or have no pixel.
pub fn ssim(a: &Planes, b: &Planes) -> f64 {
    assert_alike(a, b);
    assert!(!a.data().is_empty(), "pictures without a pixel");
    let sum: f64 = (0..a.channels()).map(|channel| ssim_of_plane(a.plane(channel), b.plane(channel), a.size())).sum();
    sum / a.channels() as f64
}

fn assert_alike(a: &Planes, b: &Planes) {
    assert_eq!((a.channels(), a.size()), (b.channels(), b.size()), "pictures of different shape");
}

fn ssim_of_plane(a: &[f32], b: &[f32], size: Size) -> f64 {
    const C1: f64 = 0.01 * 0.01;
    const C2: f64 = 0.03 * 0.03;
    let blurred = |value: &dyn Fn(f64, f64) -> f64| {
        let values = a.iter().zip(b).map(|(&a, &b)| value(f64::from(a), f64::from(b)));
        blur(&values.collect::<Vec<_>>(), size)
    };
    let (mean_a, mean_b) = (blurred(&|a, _| a), blurred(&|_, b| b));
    let (aa, bb, ab) = (blurred(&|a, _| a * a), blurred(&|_, b| b * b), blurred(&|a, b| a * b));
    let sum: f64 = (0..mean_a.len())
        .map(|at| {
            let (ma, mb) = (mean_a[at], mean_b[at]);
            let (var_a, var_b, cov) = (aa[at] - ma * ma, bb[at] - mb * mb, ab[at] - ma * mb);
            (2.0 * ma * mb + C1) * (2.0 * cov + C2) / ((ma * ma + mb * mb + C1) * (var_a + var_b + C2))
        })
        .sum();
    sum / mean_a.len() as f64
}

/// The window's weighted mean at every position inside the picture.
fn blur(values: &[f64], size: Size) -> Vec<f64> {
    let (across, down) = (window(size.width), window(size.height));
    let mut rows = Vec::with_capacity(values.len());
    for row in values.chunks(size.width) {
        rows.extend(row.windows(across.len()).map(|part| dot(part, &across)));
    }
    let width = size.width + 1 - across.len();
    let mut means = Vec::with_capacity(rows.len());
    for y in 0..=size.height - down.len() {
        for x in 0..width {
            means.push(down.iter().enumerate().map(|(dy, weight)| weight * rows[(y + dy) * width + x]).sum());
        }
    }
    means
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn window(side: usize) -> Vec<f64> {
    let length = side.min(11);
    let middle = (length - 1) as f64 / 2.0;
    let raw: Vec<f64> = (0..length).map(|at| (-((at as f64 - middle) / 1.5).powi(2) / 2.0).exp()).collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Planes, Planes) {
        let size = Size::new(24, 20);
        let a: Vec<f64> = (0..size.area()).map(|i| ((i * 37 + i * i * 11) % 101) as f64 / 100.0).collect();
        let b = a.iter().enumerate().map(|(i, a)| (a * 0.8 + 0.1 * (i as f64).sin() + 0.05).clamp(0.0, 1.0) as f32);
        let b = Planes::new(1, size, b.collect());
        (Planes::new(1, size, a.iter().map(|&a| a as f32).collect()), b)
    }

    /// scikit-image 0.26: `structural_similarity(a, b, gaussian_weights=True, sigma=1.5,
    /// use_sample_covariance=False, data_range=1.0)` on the same two pictures.
    #[test]
    fn ssim_is_that_of_scikit_image() {
        let (a, b) = pair();
        assert!((ssim(&a, &b) - 0.947_574_776).abs() < 1e-6, "{}", ssim(&a, &b));
    }

    /// NumPy: `10 * log10(1 / mean((a - b) ** 2))`.
    #[test]
    fn psnr_is_that_of_numpy() {
        let (a, b) = pair();
        assert!((psnr(&a, &b) - 20.363_994_95).abs() < 1e-5, "{}", psnr(&a, &b));
    }

    #[test]
    fn equal_pictures() {
        let (a, _) = pair();
        assert_eq!(psnr(&a, &a), f64::INFINITY);
        assert!((ssim(&a, &a) - 1.0).abs() < 1e-12);
        let tiny = Planes::filled(3, Size::new(1, 2), 0.4);
        assert!((ssim(&tiny, &tiny) - 1.0).abs() < 1e-12);
    }
}
