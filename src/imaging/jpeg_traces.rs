//! Detects earlier JPEG compressions from the pixels.
//!
//! A JPEG holds each DCT coefficient of each 8 × 8 px block as a multiple of a step. In the decoded pixels the
//! histogram of that coefficient is a comb, and stays one, with blurred teeth, through a finer second compression,
//! cropping (which moves the grid of blocks), and being saved in a format without loss (Fan, de Queiroz,
//! "Identification of bitmap compression history: JPEG detection and quantizer estimation", IEEE TIP 2003; Bianchi,
//! Piva, "Detection of nonaligned double JPEG compression based on integer periodicity maps", IEEE TIFS 2012). Here the combs of the
//! standard tables of each quality are held against the histograms of all 64 grids. Between two teeth of a comb the
//! histogram of a picture that was never compressed is smooth, which speaks against every comb; enlarging, shrinking
//! and strong noise blur the teeth until nothing is found.

mod combs;
mod histograms;

use rayon::prelude::*;

use super::jpeg_quality::standard_table;
use crate::pixels::Raster;
use combs::{Comb, Evidence};
use histograms::{FREQUENCIES, Histograms, SIDE, turned};

/// Qualities looked for. Coarser ones do not occur; the steps of finer ones are so small that rounding pixels to whole
/// values hides them.
const FINEST: u8 = 92;
const COARSEST: u8 = 4;
const QUALITIES: usize = (FINEST - COARSEST + 1) as usize;
/// Number of grids, and of steps that a table can hold (0 is none of them).
const GRIDS: usize = SIDE * SIDE;
const STEPS: usize = 256;

/// Fewer blocks than this say nothing.
const MIN_PATCHES: usize = 30;
/// What a compression is believed from. All gains are logarithms of likelihood ratios.
const MIN_GAIN: f32 = 100.0;
/// The mean gain of a value.
const MIN_MEAN: f32 = 0.05;
/// The mean gain where a finer compression with the same grid fits better, and the share of the frequencies that must
/// gain: a part of the multiples of its steps can be those of coarser ones.
const MIN_MEAN_BELOW: f32 = 0.3;
const MIN_SHARE_BELOW: f32 = 0.9;
/// How many times the gain on any other grid but the neighbours, which share most px of each block.
const MIN_LEAD: f32 = 3.0;
/// A frequency counts from this many values on; so many frequencies, and this share of all that count, must gain.
const MIN_VALUES: f32 = 15.0;
const MIN_FREQUENCIES: usize = 4;
const MIN_SHARE: f32 = 0.5;
/// Tables of qualities that differ less are so alike that one is found with the other.
const ALIKE: usize = 3;

/// A compression that can be seen in the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JpegTrace {
    /// The quality of it, 1–100 on the scale of the Independent JPEG Group's tables, as in
    /// [`JpegHistory::table`](super::JpegHistory::table).
    pub quality: u8,
    /// Column and row in which its first whole block begins, 0–7. (0, 0) for the compression of the file itself.
    pub grid: (usize, usize),
}

/// The coarsest compression that can be seen in the luminance of these pixels; none where there is no clear sign of
/// any, and where it was finer than quality 92 or so. It may be that of the file itself.
pub fn jpeg_trace(pixels: &Raster) -> Option<JpegTrace> {
    let histograms = Histograms::of(pixels);
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
struct QualityScore {
    /// The sum over all frequencies, and the number of values it is from.
    gain: f32,
    values: f32,
    /// Frequencies with enough values to count, and those of them that gain.
    heard: usize,
    gaining: usize,
}

impl QualityScore {
    fn mean(&self) -> f32 {
        self.gain / self.values.max(1.0)
    }

    /// With the tables of a quality, a step for each frequency.
    fn of(evidence: &[[Evidence; STEPS]], steps: &[u16; FREQUENCIES]) -> Self {
        let each = evidence.iter().zip(steps).map(|(evidence, step)| evidence[usize::from(*step)]);
        each.fold(Self::default(), |mut score, evidence| {
            score.gain += evidence.gain;
            score.values += evidence.values;
            let heard = evidence.values >= MIN_VALUES;
            score.heard += usize::from(heard);
            score.gaining += usize::from(heard && evidence.gain > MIN_MEAN * evidence.values);
            score
        })
    }
}

/// The scores of all qualities on all grids: `grids × qualities`. Where a photo was turned on its side after it was
/// compressed its tables have across and down swapped; the better of the two counts.
fn scores(histograms: &Histograms) -> Vec<[QualityScore; QUALITIES]> {
    let tables: Vec<[[u16; FREQUENCIES]; 2]> = (COARSEST..=FINEST).map(both_ways).collect();
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
            let [upright, turned] = tables[quality].map(|steps| QualityScore::of(&evidence, &steps));
            if turned.gain > upright.gain { turned } else { upright }
        })
    };
    (0..GRIDS).into_par_iter().map(of_grid).collect()
}

/// The steps of a quality, upright and with across and down swapped.
fn both_ways(quality: u8) -> [[u16; FREQUENCIES]; 2] {
    let table = standard_table(quality);
    [
        std::array::from_fn(|frequency| table[frequency + 1]),
        std::array::from_fn(|frequency| table[turned(frequency) + 1]),
    ]
}

/// Whether the best grid of a quality shows that the picture was compressed so.
fn is_clear(scores: &[[QualityScore; QUALITIES]], grid: usize, quality: usize) -> bool {
    let score = scores[grid][quality];
    let near = |a: usize, b: usize| matches!((a + SIDE - b) % SIDE, 0 | 1 | 7);
    let neighbours = |other: usize| near(grid / SIDE, other / SIDE) && near(grid % SIDE, other % SIDE);
    let others = (0..GRIDS).filter(|other| !neighbours(*other));
    let next = others.map(|other| scores[other][quality].gain).fold(0.0, f32::max);
    let alike = &scores[grid][quality.saturating_sub(ALIKE)..QUALITIES.min(quality + ALIKE + 1)];
    let is_best = alike.iter().all(|other| other.gain <= score.gain);
    let is_below = scores[grid][quality..].iter().any(|finer| finer.mean() > score.mean());
    let (mean, share) = if is_below { (MIN_MEAN_BELOW, MIN_SHARE_BELOW) } else { (MIN_MEAN, MIN_SHARE) };
    score.gain >= MIN_GAIN
        && is_best
        && score.mean() >= mean
        && score.gain >= MIN_LEAD * next
        && score.gaining >= MIN_FREQUENCIES
        && score.gaining as f32 >= share * score.heard as f32
}
