//! From what a network says of the cells of a photo to one noise-level function.

use super::{Level, NoiseLevels};

/// Classes of brightness, of as many cells each.
const CLASSES: usize = 8;
/// Cells that a class has at least, where there are as many.
const CLASS_CELLS: usize = 32;
/// Cells of which so many values are black or white say little of the noise, which is cut off there.
const CUT: f32 = 0.1;
/// They count nevertheless where less than this share of the cells is better, as long as half of their values are there.
const ENOUGH: f32 = 0.1;

/// What the network says of 8 × 8 px.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The mean of all colours, 0–1.
    pub brightness: f32,
    /// σ of the noise.
    pub level: Level,
    /// The logarithm of how far off the logarithm of that may be.
    pub spread: f32,
    /// The share of the values that are black or white, in the channel that has most of them.
    pub cut: f32,
    /// The kurtosis of the detail at half the size, 1 or more: about 3 of noise; none where there is no detail.
    pub kurtosis: Option<f32>,
}

impl Cell {
    /// How much it counts: flat cells are sure of their noise, texture is not.
    pub fn weight(&self) -> f32 {
        (-2.0 * self.spread.clamp(-4.0, 3.0)).exp()
    }

    /// A floating-point picture may hold what is no number.
    fn is_known(&self) -> bool {
        self.brightness.is_finite() && self.level.sigma().is_finite() && self.spread.is_finite()
    }
}

/// Whether a cell holds all of its noise.
pub fn is_whole(cell: &Cell) -> bool {
    cell.is_known() && cell.cut < CUT
}

/// The cells that say something of the noise.
pub fn usable(cells: &[Cell]) -> Vec<Cell> {
    let is_known = |cell: &&Cell| cell.is_known();
    let below = |cut: f32| cells.iter().filter(is_known).filter(|cell| cell.cut < cut).copied().collect::<Vec<_>>();
    let usable = below(CUT);
    if (usable.len() as f32) < ENOUGH * cells.len() as f32 { below(0.5) } else { usable }
}

/// One noise-level function of the usable cells of a photo: noise depends on brightness and is the same everywhere,
/// texture is not. Of what the cells of one brightness are read to have, the least noisy `share` (0–1) has at most that.
pub fn fit(cells: &[Cell], share: f32) -> NoiseLevels {
    let mut usable = cells.to_vec();
    usable.sort_by(|a, b| a.brightness.total_cmp(&b.brightness));
    let classes = (usable.len() / CLASS_CELLS).clamp(1, CLASSES);
    let class = |number: usize| &usable[number * usable.len() / classes..(number + 1) * usable.len() / classes];
    NoiseLevels::through(
        (0..classes).map(class).filter(|class| !class.is_empty()).map(|class| knot(class, share)).collect(),
    )
}

fn knot(class: &[Cell], share: f32) -> (f32, Level) {
    let weights: f32 = class.iter().map(Cell::weight).sum();
    let brightness = class.iter().map(|cell| cell.weight() * cell.brightness).sum::<f32>() / weights;
    let level = Level {
        brightness: quantile(class, share, |cell| cell.level.brightness),
        colour: quantile(class, share, |cell| cell.level.colour),
    };
    (brightness, level)
}

/// The root mean squares of these levels over all cells.
pub fn over_all(cells: &[Cell], levels: &NoiseLevels) -> Level {
    let mean = |part: fn(Level) -> f32| {
        let squares = cells.iter().map(|cell| f64::from(part(levels.at(cell.brightness))).powi(2));
        (squares.sum::<f64>() / cells.len().max(1) as f64).sqrt() as f32
    };
    Level { brightness: mean(|level| level.brightness), colour: mean(|level| level.colour) }
}

/// The value below which the cells have `share` of their weight; 0 without any.
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

    fn cell(brightness: f32, sigma: f32, spread: f32) -> Cell {
        Cell { brightness, level: Level { brightness: sigma, colour: sigma / 2.0 }, spread, cut: 0.0, kurtosis: None }
    }

    #[test]
    fn flat_cells_say_how_strong_the_noise_is_at_their_brightness() {
        // Three cells in four are texture: read as much noisier, and unsure of it.
        let cells: Vec<_> = (0..4000)
            .map(|at| {
                let brightness = at as f32 / 4000.0;
                if at % 4 == 0 { cell(brightness, 2.0 + 10.0 * brightness, -2.0) } else { cell(brightness, 40.0, 1.0) }
            })
            .collect();
        let levels = fit(&cells, 0.25);
        for brightness in [0.2, 0.5, 0.8] {
            let (found, there) = (levels.at(brightness), 2.0 + 10.0 * brightness);
            assert!((found.brightness - there).abs() < 1.0, "{brightness}: {} and not {there}", found.brightness);
            assert!((found.colour - there / 2.0).abs() < 0.5);
        }
    }

    #[test]
    fn what_is_cut_off_counts_where_there_is_nothing_else() {
        let cut = |share: f32, sigma: f32| Cell { cut: share, ..cell(0.1, sigma, 0.0) };
        let mostly: Vec<_> = (0..100).map(|at| if at < 50 { cut(0.3, 2.0) } else { cut(0.0, 9.0) }).collect();
        let found = |cells: &[Cell]| fit(&usable(cells), 0.5).at(0.1).brightness;
        assert_eq!(found(&mostly), 9.0);
        assert_eq!(found(&[cut(0.3, 7.0); 100]), 7.0);
        assert_eq!(found(&[cut(0.9, 7.0); 100]), 0.0);
        assert_eq!(fit(&[], 0.5).at(0.1).sigma(), 0.0);
    }
}
