//! Self-ensemble: the network runs on all 8 flips and rotations of a tile, and the outputs, transformed back,
//! are averaged ("slightly better", section 4 of the paper).

use crate::pixels::{Planes, Size, each_row};

/// The 8 symmetries of a square, as three bits: mirror columns, mirror rows, swap both.
pub const SYMMETRIES: std::ops::Range<u8> = 0..8;
/// Rows that are written together: where rows and columns are swapped, their values are neighbours in the source.
const ROWS: usize = 8;

/// The runs of a network over a tile. They can overlap: each is started with what [`Self::next`] returns, and their
/// outputs are added in the same order.
pub enum TileRuns {
    /// One run; none once it is started.
    One(Option<Planes>),
    /// One for each symmetry.
    Ensemble {
        /// The tile.
        tile: Planes,
        /// The symmetries that are not started.
        remaining: std::ops::Range<u8>,
        /// The sum of the outputs so far, transformed back.
        sum: Option<Planes>,
        /// Their number.
        added: u8,
    },
}

impl TileRuns {
    /// One run, or the ensemble.
    pub fn new(tile: Planes, is_ensemble: bool) -> Self {
        match is_ensemble {
            true => Self::Ensemble { tile, remaining: SYMMETRIES, sum: None, added: 0 },
            false => Self::One(Some(tile)),
        }
    }

    /// The input of the next run; none after the last.
    pub fn next(&mut self) -> Option<Planes> {
        match self {
            Self::One(tile) => tile.take(),
            Self::Ensemble { tile, remaining, .. } => remaining.next().map(|symmetry| transform(tile, symmetry)),
        }
    }

    /// Adds the output of the first run that has none yet. Returns the mean of all outputs after the last.
    pub fn add(&mut self, output: Planes) -> Option<Planes> {
        let Self::Ensemble { sum, added, .. } = self else { return Some(output) };
        let output = transform_back(&output, *added);
        *added += 1;
        match sum {
            Some(sum) => {
                let width = sum.width();
                each_row(sum.data_mut(), width, |row, sums| {
                    sums.iter_mut().zip(&output.data()[row * width..]).for_each(|(sum, value)| *sum += value);
                });
            }
            None => *sum = Some(output),
        }
        let mut mean = sum.take_if(|_| *added == SYMMETRIES.end)?;
        mean.data_mut().iter_mut().for_each(|value| *value /= SYMMETRIES.len() as f32);
        Some(mean)
    }
}

/// Flips and rotates a tile: first the mirrors, then the swap of rows and columns.
fn transform(planes: &Planes, symmetry: u8) -> Planes {
    rearrange(planes, symmetry, |size, x, y| {
        // The source of the value at (x, y): undo the swap, then the mirrors.
        let (x, y) = if swaps(symmetry) { (y, x) } else { (x, y) };
        mirror(symmetry, size, x, y)
    })
}

/// The inverse of [`transform`].
fn transform_back(planes: &Planes, symmetry: u8) -> Planes {
    rearrange(planes, symmetry, |size, x, y| {
        let size = if swaps(symmetry) { Size::new(size.height, size.width) } else { size };
        let (x, y) = mirror(symmetry, size, x, y);
        if swaps(symmetry) { (y, x) } else { (x, y) }
    })
}

fn swaps(symmetry: u8) -> bool {
    symmetry & 4 != 0
}

fn mirror(symmetry: u8, size: Size, x: usize, y: usize) -> (usize, usize) {
    (if symmetry & 1 != 0 { size.width - 1 - x } else { x }, if symmetry & 2 != 0 { size.height - 1 - y } else { y })
}

fn rearrange(planes: &Planes, symmetry: u8, from: impl Fn(Size, usize, usize) -> (usize, usize) + Sync) -> Planes {
    let size = planes.size();
    let transformed = if swaps(symmetry) { Size::new(size.height, size.width) } else { size };
    let source = |x, y| {
        let (x, y) = from(size, x, y);
        y * size.width + x
    };
    let mut output = Planes::filled(planes.channels(), transformed, 0.0);
    let width = transformed.width;
    for channel in 0..planes.channels() {
        let plane = planes.plane(channel);
        each_row(output.plane_mut(channel), ROWS * width, |band, values| {
            let y = band * ROWS;
            let mut rows: Vec<_> = values.chunks_exact_mut(width).collect();
            if swaps(symmetry) {
                let last_row = y + rows.len() - 1;
                for x in 0..width {
                    let (first, last) = (source(x, y), source(x, last_row));
                    if first <= last {
                        rows.iter_mut().zip(&plane[first..=last]).for_each(|(row, value)| row[x] = *value);
                    } else {
                        rows.iter_mut().rev().zip(&plane[last..=first]).for_each(|(row, value)| row[x] = *value);
                    }
                }
                return;
            }
            for (row, values) in rows.into_iter().enumerate() {
                let (first, last) = (source(0, y + row), source(width - 1, y + row));
                if first <= last {
                    values.copy_from_slice(&plane[first..=last]);
                } else {
                    values.iter_mut().rev().zip(&plane[last..=first]).for_each(|(value, from)| *value = *from);
                }
            }
        });
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next run starts before the output of the one before is added.
    #[test]
    fn runs_can_overlap() {
        let size = Size::new(5, 3);
        let tile = Planes::new(2, size, (0..30).map(|value| value as f32).collect());
        for (is_ensemble, count) in [(false, 1), (true, 8)] {
            let (mut runs, mut running, mut started) = (TileRuns::new(tile.clone(), is_ensemble), None, 0);
            let mean = loop {
                let next = runs.next();
                started += usize::from(next.is_some());
                if let Some(mean) = std::mem::replace(&mut running, next).and_then(|output| runs.add(output)) {
                    break mean;
                }
            };
            assert_eq!((mean, started), (tile.clone(), count));
        }
    }

    #[test]
    fn the_inverse_restores_the_tile_and_all_eight_differ() {
        for size in [Size::new(5, 3), Size::new(21, 34), Size::new(2, 17)] {
            check_all_eight(size);
        }
    }

    fn check_all_eight(size: Size) {
        let tile = Planes::new(2, size, (0..2 * size.area()).map(|value| value as f32).collect());
        let transformed: Vec<_> = SYMMETRIES.map(|symmetry| transform(&tile, symmetry)).collect();
        for symmetry in SYMMETRIES {
            assert_eq!(transform_back(&transformed[symmetry as usize], symmetry), tile, "symmetry {symmetry}");
            for other in 0..symmetry {
                assert_ne!(transformed[symmetry as usize], transformed[other as usize]);
            }
        }
    }
}
