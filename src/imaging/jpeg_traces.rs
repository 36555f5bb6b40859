//! Detects earlier JPEG compressions from the pixels.
//!
//! A JPEG stores each DCT coefficient of each 8 × 8 px block as a multiple of a step. In the decoded pixels the histogram
//! of that coefficient is a comb. It remains one, with blurred teeth, after a finer second compression, cropping (which
//! moves the grid of blocks), and saving in a lossless format (Fan, de Queiroz, "Identification of bitmap compression
//! history: JPEG detection and quantizer estimation", IEEE TIP 2003; Bianchi, Piva, "Detection of nonaligned double JPEG
//! compression based on integer periodicity maps", IEEE TIFS 2012). The combs of the standard tables of all qualities are
//! matched with the histograms of all 64 grids. The histogram of a picture that was never compressed is smooth, which is
//! evidence against every comb; enlarging, shrinking and strong noise blur the teeth until nothing is detected.

mod combs;
mod histograms;

use rayon::prelude::*;

use super::jpeg_quality::standard_table;
use crate::pixels::Raster;
use combs::{Comb, Evidence};
use histograms::{FREQUENCIES, Histograms, SIDE, transposed};

/// Range of qualities that are detected. Coarser ones do not occur; the steps of finer ones are hidden by the rounding of
/// pixels.
const FINEST: u8 = 92;
const COARSEST: u8 = 4;
const QUALITIES: usize = (FINEST - COARSEST + 1) as usize;
/// Number of grids, and of possible steps of a table (step 0 is unused).
const GRIDS: usize = SIDE * SIDE;
const STEPS: usize = 256;

/// Minimum number of patches for a detection.
const MIN_PATCHES: usize = 30;
/// Minimum gain of a detected compression. All gains are logarithms of likelihood ratios.
const MIN_GAIN: f32 = 100.0;
/// Minimum mean gain per value.
const MIN_MEAN: f32 = 0.05;
/// Minimum mean gain, and share of gaining frequencies, if a finer compression with the same grid fits better: some
/// multiples of its steps are also multiples of coarser ones.
const MIN_MEAN_BELOW: f32 = 0.3;
const MIN_SHARE_BELOW: f32 = 0.9;
/// Minimum gain relative to any other grid except the neighbours, which share most px of each block.
const MIN_LEAD: f32 = 3.0;
/// Minimum number of values of a frequency that is evaluated; minimum number of gaining frequencies, and their minimum
/// share of those evaluated.
const MIN_VALUES: f32 = 15.0;
const MIN_FREQUENCIES: usize = 4;
const MIN_SHARE: f32 = 0.5;
/// Qualities that differ by at most this have tables so similar that they are detected together.
const SIMILAR: usize = 3;

/// A compression detected in the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JpegTrace {
    /// Its quality, 1–100 on the scale of the Independent JPEG Group's tables, as in
    /// [`JpegHistory::table`](super::JpegHistory::table).
    pub quality: u8,
    /// Column and row of its first whole block, 0–7; (0, 0) for the compression of the file itself.
    pub grid: (usize, usize),
}

/// Detects the coarsest compression in the luminance; none if there is no clear evidence, or it was finer than about
/// quality 92. It may be that of the file itself.
pub fn jpeg_trace(pixels: &Raster) -> Option<JpegTrace> {
    let histograms = Histograms::new(pixels);
    if histograms.patches < MIN_PATCHES {
        return None;
    }
    let scores = scores(&histograms);
    (0..QUALITIES).find_map(|quality| {
        let grid = (0..GRIDS).max_by(|a, b| scores[*a][quality].gain.total_cmp(&scores[*b][quality].gain))?;
        let trace = JpegTrace { quality: COARSEST + quality as u8, grid: (grid / SIDE, grid % SIDE) };
        is_clear(&scores, grid, quality).then_some(trace)
    })
}

/// How well the histograms of a grid fit the tables of a quality.
#[derive(Debug, Clone, Copy, Default)]
struct TraceScore {
    /// Sum over all frequencies, and its number of values.
    gain: f32,
    values: f32,
    /// Frequencies with enough values, and those of them that gain.
    evaluated: usize,
    gaining: usize,
}

impl TraceScore {
    fn mean(&self) -> f32 {
        self.gain / self.values.max(1.0)
    }

    /// The score of a table, with a step for each frequency.
    fn new(evidence: &[[Evidence; STEPS]], steps: &[u16; FREQUENCIES]) -> Self {
        let each = evidence.iter().zip(steps).map(|(evidence, step)| evidence[usize::from(*step)]);
        each.fold(Self::default(), |mut score, evidence| {
            score.gain += evidence.gain;
            score.values += evidence.values;
            let is_evaluated = evidence.values >= MIN_VALUES;
            score.evaluated += usize::from(is_evaluated);
            score.gaining += usize::from(is_evaluated && evidence.gain > MIN_MEAN * evidence.values);
            score
        })
    }
}

/// The scores of all qualities on all grids: `grids × qualities`. If a photo was rotated by 90° after its compression, its
/// table is transposed; the better orientation counts.
fn scores(histograms: &Histograms) -> Vec<[TraceScore; QUALITIES]> {
    let tables: Vec<[[u16; FREQUENCIES]; 2]> = (COARSEST..=FINEST).map(both_orientations).collect();
    let used =
        |frequency: usize, step: usize| tables.iter().flatten().any(|table| usize::from(table[frequency]) == step);
    let used: Vec<Vec<usize>> =
        (0..FREQUENCIES).map(|frequency| (1..STEPS).filter(|step| used(frequency, *step)).collect()).collect();
    let comb = |step: usize| used.iter().any(|steps| steps.contains(&step)).then(|| Comb::new(step as u16));
    let combs: Vec<Option<Comb>> = (0..STEPS).into_par_iter().map(comb).collect();
    let of_grid = |grid: usize| {
        let mut evidence = vec![[Evidence::default(); STEPS]; FREQUENCIES];
        for (frequency, of_steps) in evidence.iter_mut().enumerate() {
            let filled = histograms.filled(grid, frequency);
            for step in &used[frequency] {
                of_steps[*step] = combs[*step].as_ref().map(|comb| comb.evidence(&filled)).unwrap_or_default();
            }
        }
        std::array::from_fn(|quality| {
            let [upright, transposed] = tables[quality].map(|steps| TraceScore::new(&evidence, &steps));
            if transposed.gain > upright.gain { transposed } else { upright }
        })
    };
    (0..GRIDS).into_par_iter().map(of_grid).collect()
}

/// The steps of a quality, upright and transposed.
fn both_orientations(quality: u8) -> [[u16; FREQUENCIES]; 2] {
    let table = standard_table(quality);
    [
        std::array::from_fn(|frequency| table[frequency + 1]),
        std::array::from_fn(|frequency| table[transposed(frequency) + 1]),
    ]
}

/// Whether the best grid of a quality is clear evidence of that compression.
fn is_clear(scores: &[[TraceScore; QUALITIES]], grid: usize, quality: usize) -> bool {
    let score = scores[grid][quality];
    let near = |a: usize, b: usize| matches!((a + SIDE - b) % SIDE, 0 | 1 | 7);
    let neighbours = |other: usize| near(grid / SIDE, other / SIDE) && near(grid % SIDE, other % SIDE);
    let others = (0..GRIDS).filter(|other| !neighbours(*other));
    let next = others.map(|other| scores[other][quality].gain).fold(0.0, f32::max);
    let similar = &scores[grid][quality.saturating_sub(SIMILAR)..QUALITIES.min(quality + SIMILAR + 1)];
    let is_best = similar.iter().all(|other| other.gain <= score.gain);
    let is_below = scores[grid][quality..].iter().any(|finer| finer.mean() > score.mean());
    let (mean, share) = if is_below { (MIN_MEAN_BELOW, MIN_SHARE_BELOW) } else { (MIN_MEAN, MIN_SHARE) };
    score.gain >= MIN_GAIN
        && is_best
        && score.mean() >= mean
        && score.gain >= MIN_LEAD * next
        && score.gaining >= MIN_FREQUENCIES
        && score.gaining as f32 >= share * score.evaluated as f32
}
