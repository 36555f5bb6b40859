//! Fits one noise-level function to the network's estimates for the cells of a photo.

use super::{NoiseLevel, NoiseLevels};

/// Maximum number of brightness classes, of equal numbers of cells.
const CLASSES: usize = 8;
/// Minimum number of cells per class, if there are as many.
const CLASS_CELLS: usize = 32;
/// Cells with at least this share of black or white values are unusable: their noise is clipped.
const MAX_CLIPPED: f32 = 0.1;
/// If less than [`MIN_USABLE`] of the cells are usable, this share is allowed instead.
const MAX_CLIPPED_AT_WORST: f32 = 0.5;
/// See [`MAX_CLIPPED_AT_WORST`].
const MIN_USABLE: f32 = 0.1;

/// The network's estimate for 8 × 8 px.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Mean of all channels, 0–1.
    pub brightness: f32,
    /// Estimated noise.
    pub level: NoiseLevel,
    /// Natural logarithm of the standard error of ln σ, as estimated by the network.
    pub uncertainty: f32,
    /// Share of black or white values, in the channel with most of them.
    pub clipped: f32,
    /// Kurtosis of the detail at half the size, 1 or more: about 3 for noise; none without detail.
    pub kurtosis: Option<f32>,
}

impl Cell {
    /// Weight in means and quantiles: high for flat cells, low for texture.
    pub fn weight(&self) -> f32 {
        (-2.0 * self.uncertainty.clamp(-4.0, 3.0)).exp()
    }

    /// Whether all values are finite: a floating-point picture may contain NaN.
    fn is_finite(&self) -> bool {
        self.brightness.is_finite() && self.level.sigma().is_finite() && self.uncertainty.is_finite()
    }
}

/// Whether a cell's noise is not clipped.
pub fn is_unclipped(cell: &Cell) -> bool {
    cell.is_finite() && cell.clipped < MAX_CLIPPED
}

/// The cells from which noise can be estimated.
pub fn usable(cells: &[Cell]) -> Vec<Cell> {
    let below = |clipped: f32| -> Vec<Cell> {
        cells.iter().filter(|cell| cell.is_finite() && cell.clipped < clipped).copied().collect()
    };
    let usable = below(MAX_CLIPPED);
    if (usable.len() as f32) < MIN_USABLE * cells.len() as f32 { below(MAX_CLIPPED_AT_WORST) } else { usable }
}

/// The noise-level function of the usable cells of a photo. Noise depends on brightness only, texture does not: the
/// level of each brightness class is the quantile `share` (0–1) of its cells.
pub fn fit(cells: &[Cell], share: f32) -> NoiseLevels {
    let mut usable = cells.to_vec();
    usable.sort_by(|a, b| a.brightness.total_cmp(&b.brightness));
    let classes = (usable.len() / CLASS_CELLS).clamp(1, CLASSES);
    let class = |number: usize| &usable[number * usable.len() / classes..(number + 1) * usable.len() / classes];
    NoiseLevels::through(
        (0..classes).map(class).filter(|class| !class.is_empty()).map(|class| knot(class, share)).collect(),
    )
}

fn knot(class: &[Cell], share: f32) -> (f32, NoiseLevel) {
    let weights: f32 = class.iter().map(Cell::weight).sum();
    let brightness = class.iter().map(|cell| cell.weight() * cell.brightness).sum::<f32>() / weights;
    let level = NoiseLevel {
        brightness: quantile(class, share, |cell| cell.level.brightness),
        colour: quantile(class, share, |cell| cell.level.colour),
    };
    (brightness, level)
}

/// Root mean squares of `levels` over all cells.
pub fn mean_level(cells: &[Cell], levels: &NoiseLevels) -> NoiseLevel {
    let mean = |part: fn(NoiseLevel) -> f32| {
        let squares = cells.iter().map(|cell| f64::from(part(levels.at(cell.brightness))).powi(2));
        (squares.sum::<f64>() / cells.len().max(1) as f64).sqrt() as f32
    };
    NoiseLevel { brightness: mean(|level| level.brightness), colour: mean(|level| level.colour) }
}

/// The weighted quantile `share` (0–1) of a value of the cells; 0 without cells.
pub fn quantile(class: &[Cell], share: f32, value: impl Fn(&Cell) -> f32) -> f32 {
    let mut values: Vec<(f32, f32)> = class.iter().map(|cell| (value(cell), cell.weight())).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = share * values.iter().map(|(_, weight)| weight).sum::<f32>();
    let mut sum = 0.0;
    let found = values.iter().find(|(_, weight)| {
        sum += weight;
        sum >= wanted
    });
    found.or(values.last()).map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(brightness: f32, sigma: f32, uncertainty: f32) -> Cell {
        Cell {
            brightness,
            level: NoiseLevel { brightness: sigma, colour: sigma / 2.0 },
            uncertainty,
            clipped: 0.0,
            kurtosis: None,
        }
    }

    #[test]
    fn flat_cells_determine_the_level_of_their_brightness() {
        // Three cells in four are texture: estimated as much noisier, with a high uncertainty.
        let cells: Vec<_> = (0..4000)
            .map(|at| {
                let brightness = at as f32 / 4000.0;
                if at % 4 == 0 { cell(brightness, 2.0 + 10.0 * brightness, -2.0) } else { cell(brightness, 40.0, 1.0) }
            })
            .collect();
        let levels = fit(&cells, 0.25);
        for brightness in [0.2, 0.5, 0.8] {
            let (found, expected) = (levels.at(brightness), 2.0 + 10.0 * brightness);
            assert!((found.brightness - expected).abs() < 1.0, "{brightness}: {} and not {expected}", found.brightness);
            assert!((found.colour - expected / 2.0).abs() < 0.5);
        }
    }

    #[test]
    fn clipped_cells_count_only_if_there_are_few_others() {
        let clipped = |share: f32, sigma: f32| Cell { clipped: share, ..cell(0.1, sigma, 0.0) };
        let mostly: Vec<_> = (0..100).map(|at| if at < 50 { clipped(0.3, 2.0) } else { clipped(0.0, 9.0) }).collect();
        let found = |cells: &[Cell]| fit(&usable(cells), 0.5).at(0.1).brightness;
        assert_eq!(found(&mostly), 9.0);
        assert_eq!(found(&[clipped(0.3, 7.0); 100]), 7.0);
        assert_eq!(found(&[clipped(0.9, 7.0); 100]), 0.0);
        assert_eq!(fit(&[], 0.5).at(0.1).sigma(), 0.0);
    }
}
