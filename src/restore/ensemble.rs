//! Self-ensemble: the network runs on all 8 flips and rotations of a tile, and the outputs, transformed back,
//! are averaged ("slightly better", section 4 of the paper).

use crate::pixels::{Planes, Size};

/// The 8 symmetries of a square, as three bits: mirror columns, mirror rows, swap both.
pub const SYMMETRIES: std::ops::Range<u8> = 0..8;

/// Flips and rotates a tile: first the mirrors, then the swap of rows and columns.
pub fn transform(planes: &Planes, symmetry: u8) -> Planes {
    rearrange(planes, symmetry, |size, x, y| {
        // The source of the value at (x, y): undo the swap, then the mirrors.
        let (x, y) = if swaps(symmetry) { (y, x) } else { (x, y) };
        mirror(symmetry, size, x, y)
    })
}

/// The inverse of [`transform`].
pub fn transform_back(planes: &Planes, symmetry: u8) -> Planes {
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

fn rearrange(planes: &Planes, symmetry: u8, from: impl Fn(Size, usize, usize) -> (usize, usize)) -> Planes {
    let size = planes.size();
    let transformed = if swaps(symmetry) { Size::new(size.height, size.width) } else { size };
    let mut output = Planes::filled(planes.channels(), transformed, 0.0);
    for channel in 0..planes.channels() {
        let plane = planes.plane(channel);
        for y in 0..transformed.height {
            for (x, value) in output.row_mut(channel, y).iter_mut().enumerate() {
                let (from_x, from_y) = from(size, x, y);
                *value = plane[from_y * size.width + from_x];
            }
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_restores_the_tile_and_all_eight_differ() {
        let size = Size::new(5, 3);
        let tile = Planes::new(2, size, (0..30).map(|value| value as f32).collect());
        let transformed: Vec<_> = SYMMETRIES.map(|symmetry| transform(&tile, symmetry)).collect();
        for symmetry in SYMMETRIES {
            assert_eq!(transform_back(&transformed[symmetry as usize], symmetry), tile, "symmetry {symmetry}");
            for other in 0..symmetry {
                assert_ne!(transformed[symmetry as usize], transformed[other as usize]);
            }
        }
    }
}
