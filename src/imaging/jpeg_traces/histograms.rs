//! Histograms of DCT coefficients, for each of the 64 possible grids of 8 × 8 px blocks.

use std::{
    collections::HashSet,
    f32::consts::PI,
    hash::{DefaultHasher, Hash, Hasher},
};

use rayon::prelude::*;

use crate::pixels::Raster;

/// Side of a block, in px.
pub(super) const SIDE: usize = 8;
/// Number of frequencies used: those after DC in zigzag order, up to a sum of 5 half waves across and down. Higher ones
/// are mostly quantised to zero.
pub(super) const FREQUENCIES: usize = 20;
/// Number of half-wave counts in one direction, 0 included.
const WAVES: usize = 6;
/// Width of a bin of a histogram, on the 0–255 scale of the pixels.
pub(super) const BIN: f32 = 0.5;
/// Number of bins. Larger magnitudes (400 to 1,024) are ignored.
pub(super) const BINS: usize = 800;

/// Side of a patch, in px: one block of each grid.
const PATCH: usize = 2 * SIDE - 1;
/// More patches hardly change the result, only the time.
const MAX_PATCHES: usize = 3_000;
/// Maximum number of candidates for that many usable patches.
const MAX_CANDIDATES: usize = 8 * MAX_PATCHES;
/// Patches read at once.
const BATCH: usize = 1_024;
/// A patch with a smaller difference between its darkest and its brightest px, on the 0–255 scale, is flat: it contains
/// only rounding errors.
const MIN_CONTRAST: f32 = 4.0;

/// Luminance (BT.601) on the 0–255 scale, row by row.
type Patch = [f32; PATCH * PATCH];

/// How often each magnitude of each coefficient occurs, for each grid.
pub(super) struct Histograms {
    /// `grids × frequencies × bins`.
    counts: Vec<u32>,
    /// Number of patches, which is the number of blocks on each grid.
    pub(super) patches: usize,
}

impl Histograms {
    /// From patches distributed over the whole picture.
    pub(super) fn new(pixels: &Raster) -> Self {
        let patches = sample(pixels);
        let basis = basis();
        let counts = (0..SIDE).into_par_iter().flat_map_iter(|across| counts_at(across, &patches, &basis)).collect();
        Self { counts, patches: patches.len() }
    }

    /// The non-empty bins of one coefficient, and their counts. `grid` is 8 × the column + the row of the first block;
    /// `frequency` is 0–19, in zigzag order.
    pub(super) fn filled(&self, grid: usize, frequency: usize) -> Vec<(usize, f32)> {
        let start = (grid * FREQUENCIES + frequency) * BINS;
        let counts = self.counts[start..start + BINS].iter().enumerate();
        counts.filter(|(_, count)| **count > 0).map(|(bin, count)| (bin, *count as f32)).collect()
    }
}

/// Half waves down and across of a frequency in zigzag order (ITU-T T.81, figure 5).
fn waves(frequency: usize) -> (usize, usize) {
    let place = frequency + 1;
    let sum = (1..).find(|sum| (sum + 1) * (sum + 2) / 2 > place).unwrap_or(0);
    let along = place - sum * (sum + 1) / 2;
    if sum % 2 == 1 { (along, sum - along) } else { (sum - along, along) }
}

/// The transposed frequency, in zigzag order.
pub(super) fn transposed(frequency: usize) -> usize {
    let (down, across) = waves(frequency);
    (0..FREQUENCIES).find(|other| waves(*other) == (across, down)).unwrap_or(frequency)
}

/// The first cosines of the orthonormal DCT of 8 values: `half waves × px`.
fn basis() -> [[f32; SIDE]; WAVES] {
    std::array::from_fn(|wave| {
        let scale = if wave == 0 { 0.125_f32 } else { 0.25 }.sqrt();
        std::array::from_fn(|at| scale * ((2 * at + 1) as f32 * wave as f32 * PI / 16.0).cos())
    })
}

/// `rows × frequencies × bins` of the grids with this column.
fn counts_at(across: usize, patches: &[Patch], basis: &[[f32; SIDE]; WAVES]) -> Vec<u32> {
    let waves: [(usize, usize); FREQUENCIES] = std::array::from_fn(waves);
    let mut counts = vec![0; SIDE * FREQUENCIES * BINS];
    for patch in patches {
        // Transformed across only: `half waves × rows`.
        let mut lines = [[0.0; PATCH]; WAVES];
        for (y, row) in patch.chunks_exact(PATCH).enumerate() {
            let row = &row[across..across + SIDE];
            for (line, cosines) in lines.iter_mut().zip(basis) {
                line[y] = dot(row, cosines);
            }
        }
        for down in 0..SIDE {
            for (frequency, (vertical, horizontal)) in waves.iter().enumerate() {
                let value = dot(&lines[*horizontal][down..down + SIDE], &basis[*vertical]);
                let bin = (value.abs() / BIN + 0.5) as usize;
                if bin < BINS {
                    counts[(down * FREQUENCIES + frequency) * BINS + bin] += 1;
                }
            }
        }
    }
    counts
}

fn dot(values: &[f32], cosines: &[f32; SIDE]) -> f32 {
    values.iter().zip(cosines).map(|(a, b)| a * b).sum()
}

/// Usable patches: not flat, without black or white px in any channel (where the coding error is clipped), and each only
/// once, because graphics contain repetitions.
fn sample(pixels: &Raster) -> Vec<Patch> {
    let places = |side: usize| if side < PATCH { 0 } else { (side - PATCH) / SIDE + 1 };
    let (columns, rows) = (places(pixels.size().width), places(pixels.size().height));
    let total = columns * rows;
    let stride = coprime_stride(total);
    let candidates: Vec<usize> = (0..total.min(MAX_CANDIDATES)).map(|index| index * stride % total).collect();
    let (mut patches, mut seen) = (Vec::new(), HashSet::new());
    for batch in candidates.chunks(BATCH) {
        let place = |at: usize| (at % columns * SIDE, at / columns * SIDE);
        let found: Vec<Patch> = batch.par_iter().filter_map(|at| patch_at(pixels, place(*at))).collect();
        patches.extend(found.into_iter().filter(|patch| seen.insert(fingerprint(patch))));
        if patches.len() >= MAX_PATCHES {
            patches.truncate(MAX_PATCHES);
            break;
        }
    }
    patches
}

/// A stride near the golden section that visits each of `total` positions once, so that any number of steps is evenly
/// distributed.
fn coprime_stride(total: usize) -> usize {
    let shares_a_factor = |a: usize, b: usize| {
        let (mut a, mut b) = (a, b);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a != 1
    };
    let mut stride = (total as f64 * 0.618) as usize + 1;
    while total > 1 && shares_a_factor(stride, total) {
        stride += 1;
    }
    stride
}

fn patch_at(pixels: &Raster, (left, top): (usize, usize)) -> Option<Patch> {
    let mut patch = [0.0; PATCH * PATCH];
    let colours = pixels.colour_channels();
    for (at, luminance) in patch.iter_mut().enumerate() {
        let value = |channel: usize| pixels.value(channel, left + at % PATCH, top + at / PATCH);
        let values = [value(0), value(1 % colours), value(2 % colours)];
        if !values.iter().all(|value| *value > 0.0 && *value < 1.0) {
            return None;
        }
        *luminance = 255.0 * (0.299 * values[0] + 0.587 * values[1] + 0.114 * values[2]);
    }
    let (low, high) = patch.iter().fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
    (high - low >= MIN_CONTRAST).then_some(patch)
}

fn fingerprint(patch: &Patch) -> u64 {
    let mut hasher = DefaultHasher::new();
    patch.iter().for_each(|value| value.to_bits().hash(&mut hasher));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::{Depth, Planes, Size};

    #[test]
    fn frequencies_are_in_zigzag_order() {
        let first: Vec<_> = (0..9).map(waves).collect();
        assert_eq!(first, [(0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0)]);
        assert_eq!(waves(FREQUENCIES - 1), (5, 0));
        for frequency in 0..FREQUENCIES {
            assert_eq!(transposed(transposed(frequency)), frequency);
            let (down, across) = waves(frequency);
            assert!(down < WAVES && across < WAVES);
        }
    }

    #[test]
    fn every_position_is_visited_once() {
        for total in [1, 2, 3, 8, 60, 97, 1_000] {
            let mut places: Vec<usize> = (0..total).map(|index| index * coprime_stride(total) % total).collect();
            places.sort_unstable();
            assert!(places.into_iter().eq(0..total), "{total}");
        }
    }

    /// A wave of 1 across and 2 down in a block gives that coefficient alone.
    #[test]
    fn a_wave_is_found_on_its_grid() {
        let size = Size::new(240, 160);
        let (grid, wave) = ((3, 6), (2, 1));
        let basis = basis();
        let value = |at: usize| {
            let (x, y) = (at % size.width + SIDE - grid.0, at / size.width + SIDE - grid.1);
            let height = 100.0 + (x / SIDE + y / SIDE % 7) as f32;
            (128.0 + height * basis[wave.0][y % SIDE] * basis[wave.1][x % SIDE]) / 255.0
        };
        let planes = Planes::new(1, size, (0..size.area()).map(value).collect());
        let histograms = Histograms::new(&Raster::from_planes(&planes, None, Depth::Float));
        for frequency in 0..FREQUENCIES {
            let zero = histograms.filled(grid.0 * SIDE + grid.1, frequency).iter().all(|(bin, _)| *bin == 0);
            assert_eq!(zero, waves(frequency) != wave, "{frequency}");
        }
    }

    #[test]
    fn flat_clipped_and_repeated_patches_are_ignored() {
        let patches = |value: &dyn Fn(usize, usize) -> f32| {
            let size = Size::new(160, 120);
            let data = (0..size.area()).map(|at| value(at % size.width, at / size.width)).collect();
            sample(&Raster::from_planes(&Planes::new(1, size, data), None, Depth::Float)).len()
        };
        assert_eq!(patches(&|_, _| 0.5), 0);
        assert_eq!(patches(&|x, _| if x % 15 == 0 { 1.0 } else { 0.5 }), 0);
        assert_eq!(patches(&|x, _| if x % 15 == 0 { f32::NAN } else { 0.5 }), 0);
        assert_eq!(patches(&|x, y| if (x + y) % 8 < 4 { 0.4 } else { 0.6 }), 1);
        assert_eq!(patches(&|x, y| 0.2 + (x * 120 + y) as f32 / 40_000.0 + (x % 2) as f32 / 20.0), 19 * 14);
    }
}
