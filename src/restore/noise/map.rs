//! Noise map: σ at every px of a photo, for the denoiser's level plane.

use super::NoiseLevels;
use crate::pixels::{Planes, Raster, Rect, Size};

/// Side of the cells whose brightness is measured, in px.
const CELL: usize = 8;
/// Only every second column and row of a cell is sampled.
const STEP: usize = 2;

/// σ of the noise at every px of a photo (FFDNet's noise level map; Zhang, Zuo, Zhang, IEEE TIP 2018), interpolated
/// between cells of 8 px. It is computed from the whole photo, so that it does not depend on the tiles.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseMap {
    /// One plane with one px per cell: σ/255.
    cells: Planes,
}

impl NoiseMap {
    /// The same σ (0–255 scale) everywhere.
    pub fn uniform(sigma: f32) -> Self {
        Self { cells: Planes::filled(1, Size::new(1, 1), sigma / 255.0) }
    }

    /// σ of each cell of a photo by its brightness.
    pub fn from_levels(pixels: &Raster, levels: &NoiseLevels) -> Self {
        let mut cells = brightness(pixels);
        cells.data_mut().iter_mut().for_each(|value| *value = levels.at(*value).sigma() / 255.0);
        Self { cells }
    }

    /// Side of a cell, in px.
    pub const CELL: usize = CELL;

    /// σ/255 of each cell, in one plane. A uniform map has a single cell.
    pub fn cells(&self) -> &Planes {
        &self.cells
    }

    /// σ/255 at every px of `rect`, row by row. `rect` may extend beyond the photo.
    pub fn part(&self, rect: Rect) -> Vec<f32> {
        let Size { width, height } = self.cells.size();
        let mut part = Vec::with_capacity(rect.size().area());
        let mut line = vec![0.0; width];
        for y in rect.y..rect.bottom() {
            let (above, below, share) = between(y, height);
            let rows = self.cells.row(0, above).iter().zip(self.cells.row(0, below));
            line.iter_mut().zip(rows).for_each(|(value, (above, below))| *value = above + (below - above) * share);
            part.extend((rect.x..rect.right()).map(|x| {
                let (left, right, share) = between(x, width);
                line[left] + (line[right] - line[left]) * share
            }));
        }
        part
    }

    /// Root mean square over the photo, on the 0–255 scale.
    pub fn sigma(&self) -> f32 {
        let squares: f64 = self.cells.data().iter().map(|&sigma| f64::from(sigma).powi(2)).sum();
        (squares / self.cells.size().area().max(1) as f64).sqrt() as f32 * 255.0
    }
}

/// Mean of all colour channels in every cell, 0–1.
fn brightness(pixels: &Raster) -> Planes {
    let Size { width, height } = pixels.size();
    let cells = |side: usize| (0..side).step_by(CELL).map(|at| at..(at + CELL).min(side)).collect::<Vec<_>>();
    let channels = pixels.colour_channels();
    let means = pixels.means(0..channels, &cells(width), &cells(height), STEP);
    let area = means.size().area();
    let mean = |at: usize| (0..channels).map(|channel| means.plane(channel)[at]).sum::<f32>() / channels as f32;
    Planes::new(1, means.size(), (0..area).map(mean).collect())
}

/// The two cells between whose centres a px lies, and its position between them, 0–1.
fn between(at: usize, cells: usize) -> (usize, usize, f32) {
    let place = ((at as f32 + 0.5) / CELL as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
    let first = place as usize;
    (first, (first + 1).min(cells - 1), place - first as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Depth;

    fn ramp(size: Size) -> Raster {
        let value = |at: usize| (at % size.width) as f32 / size.width as f32;
        Raster::from_planes(&Planes::new(1, size, (0..size.area()).map(value).collect()), None, Depth::Float)
    }

    #[test]
    fn a_part_is_the_part_of_the_whole() {
        let map = NoiseMap::from_levels(&ramp(Size::new(83, 45)), &NoiseLevels::line((2.0, 0.0), (20.0, 5.0)));
        let whole = Planes::new(1, Size::new(83, 45), map.part(Rect::new(0, 0, 83, 45)));
        for rect in [Rect::new(0, 0, 1, 1), Rect::new(30, 7, 40, 20), Rect::new(82, 44, 1, 1), Rect::new(5, 0, 3, 45)] {
            assert_eq!(map.part(rect), whole.crop(rect).into_data(), "{rect:?}");
        }
    }

    #[test]
    fn sigma_follows_the_brightness() {
        let map = NoiseMap::from_levels(&ramp(Size::new(256, 16)), &NoiseLevels::line((0.0, 0.0), (25.5, 0.0)));
        let row = map.part(Rect::new(0, 8, 256, 1));
        for (x, value) in row.iter().enumerate().take(248).skip(8) {
            let expected = x as f32 / 256.0 * 0.1;
            assert!((value - expected).abs() < 0.002, "{x}: {value} and not {expected}");
        }
    }

    #[test]
    fn it_continues_beyond_the_photo() {
        let map = NoiseMap::from_levels(&ramp(Size::new(9, 9)), &NoiseLevels::line((1.0, 0.0), (9.0, 0.0)));
        let row = map.part(Rect::new(0, 0, 12, 1));
        assert!(row[9..].iter().all(|value| (value - row[8]).abs() < 0.02 && value.is_finite()), "{row:?}");
        assert_eq!(NoiseMap::uniform(25.5).part(Rect::new(900, 4, 2, 2)), [0.1; 4]);
        assert!((NoiseMap::uniform(25.5).sigma() - 25.5).abs() < 1e-4);
    }
}
