//! Self-ensemble: the network answers for all 8 flips and turns of a tile, and the answers, turned
//! back, are averaged ("slightly better", section 4 of the paper).

use crate::pixels::{Planes, Size};

/// The 8 symmetries of a square, as three bits: mirror columns, mirror rows, swap both.
pub const SYMMETRIES: std::ops::Range<u8> = 0..8;

/// Turns and flips a tile: first mirrored, then swapped.
pub fn turn(planes: &Planes, symmetry: u8) -> Planes {
    rearrange(planes, symmetry, |size, x, y| {
        // Where the value at (x, y) of the answer comes from: undo the swap, then the mirrors.
        let (x, y) = if swaps(symmetry) { (y, x) } else { (x, y) };
        mirror(symmetry, size, x, y)
    })
}

/// Undoes [`turn`].
pub fn turn_back(planes: &Planes, symmetry: u8) -> Planes {
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
    let turned = if swaps(symmetry) { Size::new(size.height, size.width) } else { size };
    let mut answer = Planes::filled(planes.channels(), turned, 0.0);
    for channel in 0..planes.channels() {
        let plane = planes.plane(channel);
        for y in 0..turned.height {
            for (x, value) in answer.row_mut(channel, y).iter_mut().enumerate() {
                let (from_x, from_y) = from(size, x, y);
                *value = plane[from_y * size.width + from_x];
            }
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_back_gives_the_tile_again_and_all_eight_differ() {
        let size = Size::new(5, 3);
        let tile = Planes::new(2, size, (0..30).map(|value| value as f32).collect());
        let turned: Vec<_> = SYMMETRIES.map(|symmetry| turn(&tile, symmetry)).collect();
        for symmetry in SYMMETRIES {
            assert_eq!(turn_back(&turned[symmetry as usize], symmetry), tile, "symmetry {symmetry}");
            for other in 0..symmetry {
                assert_ne!(turned[symmetry as usize], turned[other as usize]);
            }
        }
    }
}
