//! Runs the noise-estimation network over parts of a photo.

use std::ops::Range;

use super::{NoiseEstimate, NoiseLevel, assess::assess, fit::Cell};
use crate::{
    engine::{DeviceChoice, EngineError, NetworkId, Restorer, RestorerFactory, Task, TileChoice},
    imaging::{self, Photo},
    pixels::{Planes, Rect, Size},
    restore::{
        Compression,
        image_source::{ImageSource, PhotoColours, padded_part},
        tensor_io::colours_in,
        tiles::padded_size,
    },
};

/// Maximum number of px to read, evenly distributed over the photo: noise is the same everywhere.
const MAX_PIXELS: usize = 2 << 20;
/// Side of the squares that are read of a large photo, in px.
const SQUARE: usize = 256;
/// Side of the cells over which the network's output is averaged, in px.
const CELL: usize = 8;
/// Approximate side of the blocks of cells that are compared with one another, in cells.
const BLOCK: usize = 12;

/// Measures a photo's noise with a small network, always on the CPU, so that the estimate does not depend on the
/// device. Returns none if `stop` returned true.
///
/// # Errors
/// When the network can't be loaded.
pub fn measure_noise(
    photo: &Photo,
    open: &mut RestorerFactory,
    stop: &dyn Fn() -> bool,
) -> Result<Option<NoiseEstimate>, EngineError> {
    let mut network = open(&DeviceChoice::Cpu, TileChoice::Auto, NetworkId::best(Task::Estimate), &mut || {})?.restorer;
    let colours = PhotoColours::unsearched(&photo.pixels);
    let mut blocks = Vec::new();
    for square in squares(photo.size()) {
        if stop() {
            return Ok(None);
        }
        blocks.extend(blocks_of(&colours, square, &mut *network)?);
    }
    let white = imaging::estimate_white_noise(&photo.pixels);
    let is_compressed = Compression::Auto.quality(photo.metadata.jpeg).is_some();
    Ok(Some(assess(&photo.pixels, &blocks, white, is_compressed)))
}

/// The parts to read: all of a small photo, squares on a regular grid of a large one.
fn squares(size: Size) -> Vec<Rect> {
    if size.area() <= MAX_PIXELS {
        return vec![size.rect()];
    }
    let (width, height) = (SQUARE.min(size.width), SQUARE.min(size.height));
    // As dense across as down.
    let count = MAX_PIXELS as f64 / (width * height) as f64;
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

/// The network's estimate for one part, in blocks of cells.
fn blocks_of(colours: &PhotoColours, square: Rect, network: &mut dyn Restorer) -> Result<Vec<Vec<Cell>>, EngineError> {
    let footprint = network.footprint();
    let tile = square.grown(footprint.radius, colours.size());
    let padded = padded_size(tile.size(), footprint.stride);
    let input = colours_in(&padded_part(colours, Rect::new(tile.x, tile.y, padded.width, padded.height)));
    let output = network.restore(input.clone())?;
    let detail = Detail::of(&input);
    let (left, top) = (square.x - tile.x, square.y - tile.y);
    let cell = |x: usize, y: usize| cell_at(&input, &output, &detail, (left + x * CELL, top + y * CELL));
    let (across, down) = (ranges(square.width / CELL), ranges(square.height / CELL));
    let block = |(rows, columns): (&Range<usize>, &Range<usize>)| {
        rows.clone().flat_map(|y| columns.clone().map(move |x| (x, y))).map(|(x, y)| cell(x, y)).collect()
    };
    Ok(down.iter().flat_map(|rows| across.iter().map(move |columns| (rows, columns))).map(block).collect())
}

/// Divides a number of cells into blocks of about [`BLOCK`].
fn ranges(cells: usize) -> Vec<Range<usize>> {
    let blocks = ((cells + BLOCK / 2) / BLOCK).max(1);
    (0..blocks).map(|block| block * cells / blocks..(block + 1) * cells / blocks).collect()
}

/// σ on the 0–255 scale from the network's output ([`Task::Estimate`]).
fn sigma(output: f32) -> f32 {
    2.0 * output.max(0.0).exp_m1()
}

fn cell_at(input: &Planes, output: &Planes, detail: &Detail, (x, y): (usize, usize)) -> Cell {
    const AREA: f32 = (CELL * CELL) as f32;
    let mean = |planes: &Planes, plane: usize| {
        let rows = (y..y + CELL).map(|y| planes.row(plane, y)[x..x + CELL].iter().sum::<f32>());
        rows.sum::<f32>() / AREA
    };
    let is_clipped = |value: &&f32| **value <= 0.0 || **value >= 1.0;
    let clipped = |plane: usize| {
        let rows = (y..y + CELL).map(|y| input.row(plane, y)[x..x + CELL].iter().filter(is_clipped).count());
        rows.sum::<usize>() as f32 / AREA
    };
    let means: [f32; 3] = std::array::from_fn(|plane| mean(input, plane));
    let residuals: [f32; 3] = std::array::from_fn(|plane| mean(output, plane) - means[plane]);
    Cell {
        brightness: means.iter().sum::<f32>() / 3.0,
        level: NoiseLevel { brightness: sigma(residuals[0]), colour: sigma(residuals[1]) },
        uncertainty: residuals[2],
        clipped: (0..3).map(clipped).fold(0.0, f32::max),
        kurtosis: detail.kurtosis_at((x, y)),
    }
}

/// Detail of a picture's brightness at half its size, where JPEG of a high quality preserves it.
struct Detail {
    size: Size,
    /// Row by row, on the 0–255 scale.
    values: Vec<f32>,
}

impl Detail {
    /// Filters with the operator of J. Immerkær ("Fast noise variance estimation", 1996). An odd last row or column is
    /// ignored.
    fn of(picture: &Planes) -> Self {
        const OPERATOR: [f32; 3] = [0.5, -1.0, 0.5];
        let size = Size::new(picture.size().width / 2, picture.size().height / 2);
        // Means of 2 × 2 px of three planes.
        let half = |x: usize, y: usize| {
            let rows = (0..3).flat_map(|plane| [2 * y, 2 * y + 1].map(|y| picture.row(plane, y)));
            rows.map(|row| row[2 * x] + row[2 * x + 1]).sum::<f32>() * (255.0 / 12.0)
        };
        let small: Vec<f32> =
            (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y))).map(|(x, y)| half(x, y)).collect();
        // The border is replicated.
        let beside = |at: usize, by: usize, end: usize| (at + by).saturating_sub(1).min(end - 1);
        let at = |x: usize, y: usize| {
            let across = |y: usize| -> f32 {
                (0..3).map(|by| OPERATOR[by] * small[y * size.width + beside(x, by, size.width)]).sum()
            };
            (0..3).map(|by| OPERATOR[by] * across(beside(y, by, size.height))).sum()
        };
        let values =
            (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y))).map(|(x, y)| at(x, y)).collect();
        Self { size, values }
    }

    /// Kurtosis in the 16 × 16 px (8 × 8 values) centred on the cell at (x, y) of the picture. None if there is hardly
    /// any detail, or NaN.
    fn kurtosis_at(&self, (x, y): (usize, usize)) -> Option<f32> {
        const MIN_VARIANCE: f64 = 0.05;
        let window = |at: usize, end: usize| (at / 2).saturating_sub(2)..(at / 2 + 6).min(end);
        let (mut squares, mut fourths, mut count) = (0.0, 0.0, 0.0);
        for y in window(y, self.size.height) {
            for x in window(x, self.size.width) {
                let square = f64::from(self.values[y * self.size.width + x]).powi(2);
                squares += square;
                fourths += square * square;
                count += 1.0;
            }
        }
        (squares > MIN_VARIANCE * count).then(|| (fourths * count / (squares * squares)) as f32)
    }
}
