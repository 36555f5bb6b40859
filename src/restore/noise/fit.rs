//! From what a network says of the cells of a photo to one noise-level function.

use super::{Level, NoiseLevels};

/// Classes of brightness, of as many cells each.
const CLASSES: usize = 8;
/// Cells that a class has at least, where there are as many.
const CLASS_CELLS: usize = 32;
/// Of the noise that the cells of a class are said to have, this quantile counts.
const QUANTILE: f32 = 0.5;
/// A cell says nothing of the noise where so many of its values are black or white.
const CUT: f32 = 0.1;

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
}

impl Cell {
    /// How much it counts: flat cells are sure of their noise, texture is not.
    fn weight(&self) -> f32 {
        (-2.0 * self.spread.clamp(-4.0, 3.0)).exp()
    }
}

/// One noise-level function of the cells of a photo: noise depends on brightness and is the same everywhere, texture is
/// not.
pub fn fit(cells: &[Cell]) -> NoiseLevels {
    let mut usable: Vec<Cell> = cells.iter().filter(|cell| cell.cut < CUT).copied().collect();
    usable.sort_by(|a, b| a.brightness.total_cmp(&b.brightness));
    let classes = (usable.len() / CLASS_CELLS).clamp(1, CLASSES);
    let class = |number: usize| &usable[number * usable.len() / classes..(number + 1) * usable.len() / classes];
    NoiseLevels::through((0..classes).map(class).filter(|class| !class.is_empty()).map(knot).collect())
}

fn knot(class: &[Cell]) -> (f32, Level) {
    let weights: f32 = class.iter().map(Cell::weight).sum();
    let brightness = class.iter().map(|cell| cell.weight() * cell.brightness).sum::<f32>() / weights;
    let level = Level {
        brightness: quantile(class, |cell| cell.level.brightness),
        colour: quantile(class, |cell| cell.level.colour),
    };
    (brightness, level)
}

/// The value below which the cells have [`QUANTILE`] of their weight.
fn quantile(class: &[Cell], value: impl Fn(&Cell) -> f32) -> f32 {
    let mut values: Vec<(f32, f32)> = class.iter().map(|cell| (value(cell), cell.weight())).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = QUANTILE * values.iter().map(|(_, weight)| weight).sum::<f32>();
    let mut sum = 0.0;
    let found = values.iter().find(|(_, weight)| {
        sum += weight;
        sum >= wanted
    });
    found.or(values.last()).map_or(0.0, |(value, _)| *value)
}
