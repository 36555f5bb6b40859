//! Pure integer geometry of tiles: where to cut, what to keep, what first.
//!
//! Every tile of a picture has the same size, so that a device compiles and allocates once. A tile
//! that would hang over the border is moved inwards instead: its border is then the picture's, and
//! the network treats it as it treats a whole picture's border. What a tile keeps is at least a
//! halo away from any border that is not the picture's, so the tiled answer is the untiled one.

use crate::{
    engine::Footprint,
    pixels::{Rect, Size},
};

/// One tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// What goes into the network, in px of the padded picture.
    pub input: Rect,
    /// What is kept of its answer, in px of the padded picture. The kept parts of all tiles cover
    /// the padded picture once.
    pub kept: Rect,
}

impl Tile {
    /// The kept part, in px of the tile.
    pub fn kept_in_tile(&self) -> Rect {
        Rect::new(self.kept.x - self.input.x, self.kept.y - self.input.y, self.kept.width, self.kept.height)
    }
}

/// A span of one axis: where the tile begins, and what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    origin: usize,
    kept: (usize, usize),
}

/// The size a picture is padded to: both sides multiples of the stride.
pub fn padded_size(size: Size, stride: usize) -> Size {
    Size::new(size.width.next_multiple_of(stride), size.height.next_multiple_of(stride))
}

/// Cuts a padded picture into tiles of at most `side` px, row by row.
pub fn cut(padded: Size, side: usize, footprint: Footprint) -> Vec<Tile> {
    let halo = footprint.radius.next_multiple_of(footprint.stride);
    // Each tile must keep something between its two halos.
    let side = side.next_multiple_of(footprint.stride).max(2 * halo + footprint.stride);
    let columns = spans(padded.width, side, halo);
    let rows = spans(padded.height, side, halo);
    let (width, height) = (side.min(padded.width), side.min(padded.height));
    let tile = |row: &Span, column: &Span| Tile {
        input: Rect::new(column.origin, row.origin, width, height),
        kept: Rect::new(column.kept.0, row.kept.0, column.kept.1 - column.kept.0, row.kept.1 - row.kept.0),
    };
    rows.iter().flat_map(|row| columns.iter().map(move |column| tile(row, column))).collect()
}

fn spans(length: usize, side: usize, halo: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut done = 0;
    while done < length {
        let origin = done.saturating_sub(halo).min(length.saturating_sub(side));
        let end = if origin + side >= length { length } else { origin + side - halo };
        spans.push(Span { origin, kept: (done, end) });
        done = end;
    }
    spans
}

/// The tile to compute next, as an index into `tiles` (what is left to do): first those that touch
/// `focus`, then the others, each from its middle outwards. Without a focus: from the middle of the picture.
pub fn next(tiles: &[Tile], padded: Size, focus: Option<Rect>) -> Option<usize> {
    let centre = focus.unwrap_or(padded.rect());
    // Twice the coordinates, so that centres are whole numbers.
    let (x, y) = ((2 * centre.x + centre.width) as i64, (2 * centre.y + centre.height) as i64);
    let rank = |tile: &Tile| {
        let (dx, dy) =
            ((2 * tile.kept.x + tile.kept.width) as i64 - x, (2 * tile.kept.y + tile.kept.height) as i64 - y);
        let unseen = focus.is_some_and(|focus| !focus.intersects(tile.kept));
        (unseen, dx * dx + dy * dy)
    };
    (0..tiles.len()).min_by_key(|&i| rank(&tiles[i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_parts_cover_every_pixel_once_with_a_halo_inside_the_picture() {
        for (radius, stride) in [(19, 2), (59, 2), (10, 1), (20, 1), (2, 2)] {
            let footprint = Footprint { radius, stride };
            for side in [1, 64, 130, 200, 512] {
                for (width, height) in [(1, 1), (2, 2), (3, 400), (257, 131), (512, 513), (640, 64)] {
                    let padded = padded_size(Size::new(width, height), stride);
                    let tiles = cut(padded, side, footprint);
                    let mut covered = vec![0; padded.area()];
                    for tile in &tiles {
                        let (input, kept) = (tile.input, tile.kept);
                        assert_eq!(input.size(), tiles[0].input.size(), "one constant tile shape");
                        assert_eq!((input.x % stride, input.y % stride), (0, 0), "origins on the stride");
                        assert!(input.right() <= padded.width && input.bottom() <= padded.height);
                        assert!(input.x == 0 || kept.x - input.x >= radius);
                        assert!(input.y == 0 || kept.y - input.y >= radius);
                        assert!(input.right() == padded.width || input.right() - kept.right() >= radius);
                        assert!(input.bottom() == padded.height || input.bottom() - kept.bottom() >= radius);
                        for y in kept.y..kept.bottom() {
                            for x in kept.x..kept.right() {
                                covered[y * padded.width + x] += 1;
                            }
                        }
                    }
                    assert!(covered.iter().all(|&times| times == 1), "{width}×{height} in {side}");
                }
            }
        }
    }

    #[test]
    fn what_is_on_screen_comes_first_and_from_its_middle() {
        let padded = Size::new(400, 400);
        let tiles = cut(padded, 100, Footprint { radius: 10, stride: 1 });
        let middle = tiles[next(&tiles, padded, None).unwrap()].kept;
        assert!(middle.intersects(Rect::new(160, 160, 80, 80)));
        let focus = Rect::new(0, 300, 90, 90);
        let mut left = tiles.clone();
        let visible = tiles.iter().filter(|tile| tile.kept.intersects(focus)).count();
        for done in 0..tiles.len() {
            let tile = left.remove(next(&left, padded, Some(focus)).unwrap());
            assert_eq!(tile.kept.intersects(focus), done < visible, "tile {done}");
        }
    }
}
