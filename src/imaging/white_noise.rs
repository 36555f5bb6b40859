//! Classical estimation of white noise.

use std::f32::consts::FRAC_1_SQRT_2;

use rayon::prelude::*;

use crate::pixels::Raster;

/// Side of a patch, in px, and its number of values.
const SIDE: usize = 8;
const DIM: usize = SIDE * SIDE;
/// Maximum numbers of patches that are compared, and of flat ones that are measured: more hardly change the estimate.
const MAX_PATCHES: usize = 60_000;
const MAX_FLAT: usize = 20_000;
/// Minimum number of patches for a covariance of 64 dimensions.
const MIN_PATCHES: usize = 3 * DIM;
/// At least one in this many patches counts as flat, in any photo.
const FLATTEST: usize = 60;
/// A patch of noise of variance 1 alone has a gradient energy below these with probability 1 − 10⁻⁶ and 0.98: quantiles
/// of the gamma distribution of shape 60 / 2 and scale 2 · 48 / 60, where 60 is the rank and 48 the trace of DᵀD, D being
/// both central differences over the patch.
const FLAT_ENERGY: f32 = 101.677;
const FLATTER_ENERGY: f32 = 67.664;
/// Excluding faint texture reduces σ at most to this share.
const MIN_WITHOUT_TEXTURE: f32 = 0.96;

/// The standard deviation σ of the photo's noise, on the 0–255 scale, assuming that it is white (uncorrelated): the root
/// mean square over its channels. 0 if the photo is too small (under about 22 px a side) or too clipped.
///
/// Patches without texture are selected by gradient energy (Liu, Tanaka, Okutomi, "Single-image
/// noise level estimation for blind denoising", IEEE TIP 2013), and σ is computed from the eigenvalues of their
/// covariance (Chen, Zhu, Heng, "An efficient statistical method for image noise level estimation", ICCV 2015),
/// alternately until it converges. Patches near black and white, where the noise is clipped, are excluded.
///
/// The noise of camera files is correlated over some px (demosaicing, noise reduction, JPEG), and is underestimated
/// several times.
pub fn estimate_white_noise(pixels: &Raster) -> f32 {
    sigma_of_all(pixels, (0..pixels.colour_channels()).map(Signal::Channel).collect())
}

/// The same from the differences between neighbouring channels, which have less texture than the channels; 0 for a grey
/// photo. It is σ only if the channels' noise is independent.
pub fn estimate_white_colour_noise(pixels: &Raster) -> f32 {
    sigma_of_all(
        pixels,
        (1..pixels.colour_channels()).map(|channel| Signal::Difference([channel - 1, channel])).collect(),
    )
}

/// The root mean square of σ over the signals that it can be measured in; 0 if there are none.
fn sigma_of_all(pixels: &Raster, signals: Vec<Signal>) -> f32 {
    let sigmas: Vec<f32> = signals.into_par_iter().filter_map(|signal| sigma_of(pixels, signal)).collect();
    let squares = sigmas.iter().fold(0.0, |sum, sigma| sum + sigma * sigma);
    (squares / sigmas.len().max(1) as f32).sqrt()
}

/// What noise is measured in.
#[derive(Debug, Clone, Copy)]
enum Signal {
    /// A channel.
    Channel(usize),
    /// The difference of two channels divided by √2, in which independent noise has the same σ.
    Difference([usize; 2]),
}

impl Signal {
    fn channels(&self) -> &[usize] {
        match self {
            Self::Channel(channel) => std::slice::from_ref(channel),
            Self::Difference(channels) => channels,
        }
    }

    /// The values of the patch at a position, on the 0–255 scale.
    fn values(self, pixels: &Raster, at: (usize, usize)) -> [f32; DIM] {
        match self {
            Self::Channel(channel) => values_at(pixels, channel, at),
            Self::Difference(channels) => {
                let [one, other] = channels.map(|channel| values_at(pixels, channel, at));
                std::array::from_fn(|at| (one[at] - other[at]) * FRAC_1_SQRT_2)
            }
        }
    }
}

/// A part of one signal, on the 0–255 scale.
struct Patch {
    x: usize,
    y: usize,
    /// The lowest and the highest mean of the channels.
    means: [f32; 2],
    /// Sum of the squared central differences, across and down.
    energy: f32,
    /// Number of black or white values, in the channel with most of them.
    clipped: usize,
}

impl Patch {
    /// Patches on a regular grid.
    fn sample(pixels: &Raster, signal: Signal) -> Vec<Patch> {
        let size = pixels.size();
        if size.width < SIDE || size.height < SIDE {
            return Vec::new();
        }
        let places = |side: usize, stride: usize| (side - SIDE) / stride + 1;
        // Odd, so that the grid does not coincide with the blocks of a JPEG.
        let mut stride = 1;
        while places(size.width, stride) * places(size.height, stride) > MAX_PATCHES {
            stride += 2;
        }
        let mut patches = Vec::new();
        for y in (0..=size.height - SIDE).step_by(stride) {
            for x in (0..=size.width - SIDE).step_by(stride) {
                patches.push(Patch::at(pixels, signal, (x, y)));
            }
        }
        patches
    }

    fn at(pixels: &Raster, signal: Signal, (x, y): (usize, usize)) -> Patch {
        let values = signal.values(pixels, (x, y));
        let square = |a: usize, b: usize| ((values[b] - values[a]) / 2.0).powi(2);
        let across = (0..DIM).filter(|at| at % SIDE < SIDE - 2).map(|at| square(at, at + 2));
        let down = (0..DIM - 2 * SIDE).map(|at| square(at, at + 2 * SIDE));
        let mut patch = Patch { x, y, means: [255.0, 0.0], energy: across.chain(down).sum(), clipped: 0 };
        for &channel in signal.channels() {
            let values = values_at(pixels, channel, (x, y));
            let (mean, [lowest, highest]) = (values.iter().sum::<f32>() / DIM as f32, patch.means);
            patch.means = [lowest.min(mean), highest.max(mean)];
            patch.clipped = patch.clipped.max(values.iter().filter(|&&value| value <= 0.0 || value >= 255.0).count());
        }
        patch
    }

    /// Whether the means are at least `margin` times σ away from black and white.
    fn is_clear(&self, sigma: f32, margin: f32) -> bool {
        let [lowest, highest] = self.means;
        self.clipped * 10 < DIM && lowest > margin * sigma && highest < 255.0 - margin * sigma
    }
}

fn values_at(pixels: &Raster, channel: usize, (x, y): (usize, usize)) -> [f32; DIM] {
    std::array::from_fn(|at| pixels.value(channel, x + at % SIDE, y + at / SIDE) * 255.0)
}

/// σ of one signal; none if too few of its patches are usable.
fn sigma_of(pixels: &Raster, signal: Signal) -> Option<f32> {
    const ROUNDS: usize = 10;
    let mut patches = Patch::sample(pixels, signal);
    // A stable sort, so that the estimate is reproducible.
    patches.sort_by(|a, b| a.energy.total_cmp(&b.energy));
    let sigma_of = |patches: &[&Patch]| {
        let measured = patches.iter().step_by(patches.len().div_ceil(MAX_FLAT));
        let values: Vec<_> = measured.map(|patch| signal.values(pixels, (patch.x, patch.y))).collect();
        sigma_from(&eigenvalues(covariance(&values)))
    };
    let unclipped: Vec<&Patch> = patches.iter().filter(|patch| patch.clipped == 0).collect();
    let usable = match unclipped.len() >= MIN_PATCHES {
        true => unclipped,
        false => patches.iter().filter(|patch| patch.is_clear(0.0, 0.0)).collect(),
    };
    if usable.len() < MIN_PATCHES {
        return None;
    }
    let least = (patches.len() / FLATTEST).max(MIN_PATCHES);
    let sigma_of_flat = |sigma: f32, energy: f32| {
        let clear = |margin: f32| patches.iter().filter(move |patch| patch.is_clear(sigma, margin));
        let margin = [3.0, 2.0, 1.0].into_iter().find(|&margin| clear(margin).count() >= MIN_PATCHES).unwrap_or(1.0);
        let clear: Vec<&Patch> = clear(margin).collect();
        let flat = clear.partition_point(|patch| patch.energy < energy * sigma * sigma);
        (clear.len() >= MIN_PATCHES).then(|| sigma_of(&clear[..flat.max(least.min(clear.len()))]))
    };
    let mut sigma = sigma_of(&usable);
    for _ in 0..ROUNDS {
        let Some(next) = sigma_of_flat(sigma, FLAT_ENERGY) else { break };
        let settled = (next - sigma).abs() < 0.01 * sigma;
        sigma = next;
        if settled {
            break;
        }
    }
    // Faint texture is excluded once, with a limit: repeated, it would leave fewer and fewer flat patches.
    Some(sigma_of_flat(sigma, FLATTER_ENERGY).map_or(sigma, |strict| strict.max(MIN_WITHOUT_TEXTURE * sigma)))
}

/// σ from eigenvalues in ascending order: those of the noise are distributed symmetrically around its variance, those of
/// the picture are larger. The largest are dropped until the mean is not larger than the median.
fn sigma_from(eigenvalues: &[f64]) -> f32 {
    let noise = (1..=eigenvalues.len()).rev().find_map(|count| {
        let kept = &eigenvalues[..count];
        let mean = kept.iter().sum::<f64>() / count as f64;
        let median = (kept[(count - 1) / 2] + kept[count / 2]) / 2.0;
        (mean <= median).then_some(mean)
    });
    noise.unwrap_or(0.0).max(0.0).sqrt() as f32
}

type Matrix = Vec<[f64; DIM]>;

fn covariance(patches: &[[f32; DIM]]) -> Matrix {
    // Sums of a block stay small enough for f32, which is several times faster.
    const BLOCK: usize = 128;
    let count = patches.len() as f64;
    let mut mean = [0.0_f64; DIM];
    for patch in patches {
        for (sum, &value) in mean.iter_mut().zip(patch) {
            *sum += f64::from(value) / count;
        }
    }
    let mut covariance: Matrix = vec![[0.0; DIM]; DIM];
    for block in patches.chunks(BLOCK) {
        let mut sums = vec![[0.0_f32; DIM]; DIM];
        for patch in block {
            let centered: [f32; DIM] = std::array::from_fn(|at| patch[at] - mean[at] as f32);
            // The other half is symmetric.
            for (at, (row, &a)) in sums.iter_mut().zip(&centered).enumerate() {
                for (sum, &b) in row[..=at].iter_mut().zip(&centered) {
                    *sum += a * b;
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (column, &sum) in sums[..=row].iter().enumerate() {
                covariance[row][column] += f64::from(sum) / count;
                covariance[column][row] = covariance[row][column];
            }
        }
    }
    covariance
}

/// The eigenvalues of a symmetric matrix in ascending order, by Jacobi rotations.
fn eigenvalues(mut matrix: Matrix) -> Vec<f64> {
    const SWEEPS: usize = 30;
    let trace: f64 = (0..DIM).map(|at| matrix[at][at]).sum();
    for _ in 0..SWEEPS {
        let off: f64 = (0..DIM).flat_map(|row| matrix[row][..row].iter()).map(|value| value * value).sum();
        // Then the eigenvalues are accurate to about a millionth of their mean.
        if off.sqrt() <= 1e-8 * trace {
            break;
        }
        for p in 0..DIM - 1 {
            for q in p + 1..DIM {
                rotate(&mut matrix, p, q);
            }
        }
    }
    let mut values: Vec<f64> = (0..DIM).map(|at| matrix[at][at]).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Rotates in the plane of the axes `p` < `q` so that the entry between them becomes 0.
fn rotate(matrix: &mut Matrix, p: usize, q: usize) {
    let between = matrix[p][q];
    if between == 0.0 {
        return;
    }
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * between);
    let tan = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cos = 1.0 / tan.hypot(1.0);
    let sin = tan * cos;
    let (above, below) = matrix.split_at_mut(q);
    for (a, b) in above[p].iter_mut().zip(below[0].iter_mut()) {
        (*a, *b) = (cos * *a - sin * *b, sin * *a + cos * *b);
    }
    for row in matrix.iter_mut() {
        (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second difference matrix has the eigenvalues 2 − 2 cos(kπ / 65).
    #[test]
    fn eigenvalues_of_a_known_matrix() {
        let entry = |row: usize, column: usize| match row.abs_diff(column) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let matrix = (0..DIM).map(|row| std::array::from_fn(|column| entry(row, column))).collect();
        for (at, value) in eigenvalues(matrix).into_iter().enumerate() {
            let expected = 2.0 - 2.0 * ((at + 1) as f64 * std::f64::consts::PI / 65.0).cos();
            assert!((value - expected).abs() < 1e-6, "{at}: {value}, not {expected}");
        }
    }

    #[test]
    fn the_largest_eigenvalues_belong_to_the_picture() {
        let mut values: Vec<f64> = (0..60).map(|at| 99.0 + f64::from(at) / 30.0).collect();
        values.extend([500.0, 2_000.0, 9_000.0, 1e6]);
        assert!((sigma_from(&values) - 10.0).abs() < 0.05);
        assert_eq!(sigma_from(&[0.0; DIM]), 0.0);
    }

    #[test]
    fn photos_that_are_too_small_or_clipped_have_no_estimate() {
        for ((width, height), value) in [((1, 1), 0.5), ((7, 300), 0.5), ((90, 90), 1.0)] {
            let size = crate::pixels::Size::new(width, height);
            let pixels = crate::pixels::Planes::filled(3, size, value);
            let pixels = Raster::from_planes(&pixels, None, crate::pixels::Depth::Eight);
            assert_eq!(estimate_white_noise(&pixels), 0.0, "{size:?}");
            assert_eq!(estimate_white_colour_noise(&pixels), 0.0, "{size:?}");
        }
    }
}
