//! The estimate itself: a network looks at parts of the photo, and what it says of all of them becomes one
//! noise-level function.

use super::{Level, NoiseEstimate, fit::Cell, judge::judge};
use crate::{
    engine::{DeviceChoice, EngineError, OpenRestorer, Restorer, Task, TileChoice},
    imaging::{self, Photo},
    pixels::{Planes, Rect, Size},
    restore::{
        Compression,
        network::colours_in,
        parts::{Colours, Picture, padded_part},
        tiles::padded_size,
    },
};

/// So many px are looked at, spread over the photo, and no more: noise is the same everywhere.
const LOOKED_AT: usize = 2 << 20;
/// In squares of this side, in px.
const SQUARE: usize = 256;
/// Side of the cells that the network's answer is averaged over, in px.
const CELL: usize = 8;

/// Measures a photo's noise; none once `stop` says so. A network does it, on the CPU: it is small, and the same
/// photo has the same noise everywhere.
///
/// # Errors
/// When the CPU can't run it.
pub fn measure_noise(
    photo: &Photo,
    open: &mut OpenRestorer,
    stop: &dyn Fn() -> bool,
) -> Result<Option<NoiseEstimate>, EngineError> {
    let mut network = open(&DeviceChoice::Cpu, TileChoice::Auto, Task::Estimate)?.restorer;
    let colours = Colours::around(&photo.pixels);
    let mut cells = Vec::new();
    for square in squares(photo.size()) {
        if stop() {
            return Ok(None);
        }
        look_at(&colours, square, &mut *network, &mut cells)?;
    }
    let white = imaging::estimate_white_noise(photo);
    let is_coded = Compression::Auto.quality(photo.metadata.jpeg).is_some();
    Ok(Some(judge(&photo.pixels, &cells, white, is_coded)))
}

/// The parts to look at: all of a small photo, and of a large one squares on a regular grid.
fn squares(size: Size) -> Vec<Rect> {
    if size.area() <= LOOKED_AT {
        return vec![size.rect()];
    }
    let (width, height) = (SQUARE.min(size.width), SQUARE.min(size.height));
    // As many across as down, for the photo's sides.
    let count = LOOKED_AT as f64 / (width * height) as f64;
    let across =
        ((count * size.width as f64 / size.height as f64).sqrt().round() as usize).clamp(1, size.width / width);
    let down = ((count / across as f64).round() as usize).clamp(1, size.height / height);
    let place = |number: usize, of: usize, side: usize, square: usize| (side - square) * (2 * number + 1) / (2 * of);
    let square = |number: usize| {
        let x = place(number % across, across, size.width, width);
        Rect::new(x, place(number / across, down, size.height, height), width, height)
    };
    (0..across * down).map(square).collect()
}

/// What the network says of one part, cell by cell.
fn look_at(
    colours: &Colours,
    square: Rect,
    network: &mut dyn Restorer,
    cells: &mut Vec<Cell>,
) -> Result<(), EngineError> {
    let footprint = network.footprint();
    let seen = square.grown(footprint.radius, colours.size());
    let padded = padded_size(seen.size(), footprint.stride);
    let input = colours_in(&padded_part(colours, Rect::new(seen.x, seen.y, padded.width, padded.height)));
    let answer = network.restore(input.clone())?;
    let (left, top) = (square.x - seen.x, square.y - seen.y);
    for y in (top..(top + square.height + 1).saturating_sub(CELL)).step_by(CELL) {
        for x in (left..(left + square.width + 1).saturating_sub(CELL)).step_by(CELL) {
            cells.push(cell_at(&input, &answer, (x, y)));
        }
    }
    Ok(())
}

/// σ on the 0–255 scale, of what the network says ([`Task::Estimate`]).
fn sigma(answer: f32) -> f32 {
    2.0 * answer.max(0.0).exp_m1()
}

fn cell_at(input: &Planes, answer: &Planes, (x, y): (usize, usize)) -> Cell {
    const AREA: f32 = (CELL * CELL) as f32;
    let mean = |planes: &Planes, plane: usize| {
        let rows = (y..y + CELL).map(|y| planes.row(plane, y)[x..x + CELL].iter().sum::<f32>());
        rows.sum::<f32>() / AREA
    };
    let is_cut = |value: &&f32| **value <= 0.0 || **value >= 1.0;
    let cut = |plane: usize| {
        let rows = (y..y + CELL).map(|y| input.row(plane, y)[x..x + CELL].iter().filter(is_cut).count());
        rows.sum::<usize>() as f32 / AREA
    };
    let means: [f32; 3] = std::array::from_fn(|plane| mean(input, plane));
    let says: [f32; 3] = std::array::from_fn(|plane| mean(answer, plane) - means[plane]);
    Cell {
        brightness: means.iter().sum::<f32>() / 3.0,
        level: Level { brightness: sigma(says[0]), colour: sigma(says[1]) },
        spread: says[2],
        cut: (0..3).map(cut).fold(0.0, f32::max),
    }
}
