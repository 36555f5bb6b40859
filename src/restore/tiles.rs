//! Geometry of tiles: how a picture is cut, what is kept of each tile, and their order. Integers only.
//!
//! All tiles of a picture have the same size, so that a device compiles and allocates once. A tile that would cross
//! the border is moved inwards: its border is then the picture's, and the network treats it as such. The kept part of a
//! tile is at least a halo away from any other border, so the tiled output equals the untiled one.

use crate::{
    engine::Footprint,
    pixels::{Rect, Size},
};

/// A tile with its halo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HaloTile {
    /// Input of the network, in px of the padded picture.
    pub input: Rect,
    /// The part of the output that is kept, in px of the padded picture. The kept parts of all tiles cover the wanted
    /// part exactly once.
    pub kept: Rect,
}

impl HaloTile {
    /// The kept part, in px of the tile.
    pub fn kept_in_tile(&self) -> Rect {
        Rect::new(self.kept.x - self.input.x, self.kept.y - self.input.y, self.kept.width, self.kept.height)
    }
}

/// A tile along one axis: its origin, and the range that is kept, in px.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    origin: usize,
    kept: (usize, usize),
}

/// The size a picture is padded to: both sides multiples of the stride.
pub fn padded_size(size: Size, stride: usize) -> Size {
    Size::new(size.width.next_multiple_of(stride), size.height.next_multiple_of(stride))
}

/// Cuts the part `wanted` of a padded picture into tiles of at most `side` px, row by row. Their halos reach into the
/// picture around it.
pub fn cut(padded: Size, wanted: Rect, side: usize, footprint: Footprint) -> Vec<HaloTile> {
    let halo = footprint.radius.next_multiple_of(footprint.stride);
    // At least one stride is kept between the two halos.
    let side = side.next_multiple_of(footprint.stride).max(2 * halo + footprint.stride);
    let (columns, width) = spans(padded.width, (wanted.x, wanted.right()), side, halo, footprint.stride);
    let (rows, height) = spans(padded.height, (wanted.y, wanted.bottom()), side, halo, footprint.stride);
    let tile = |row: &Span, column: &Span| HaloTile {
        input: Rect::new(column.origin, row.origin, width, height),
        kept: Rect::new(column.kept.0, row.kept.0, column.kept.1 - column.kept.0, row.kept.1 - row.kept.0),
    };
    rows.iter().flat_map(|row| columns.iter().map(move |column| tile(row, column))).collect()
}

/// Side of the kept part of an inner tile, in px.
pub fn kept_side(side: usize, footprint: Footprint) -> usize {
    let halo = footprint.radius.next_multiple_of(footprint.stride);
    side.next_multiple_of(footprint.stride).max(2 * halo + footprint.stride) - 2 * halo
}

/// The spans that cover `from..to` of an axis of `length` px, and their common length: at most `side`, and no larger
/// than their number requires.
fn spans(length: usize, (from, to): (usize, usize), side: usize, halo: usize, stride: usize) -> (Vec<Span>, usize) {
    let aligned = |at: usize| at - at % stride;
    // The wanted range and a halo around it, within the picture.
    let begin = aligned(from).saturating_sub(halo);
    let end = (to.next_multiple_of(stride) + halo).min(length);
    if end - begin <= side {
        return (vec![Span { origin: begin, kept: (from, to) }], end - begin);
    }
    let count = (end - begin - 2 * halo).div_ceil(side - 2 * halo);
    let side = (end - begin + 2 * halo * (count - 1)).div_ceil(count).next_multiple_of(stride);
    let mut spans = Vec::new();
    let mut done = from;
    while done < to {
        let origin = aligned(done).saturating_sub(halo).clamp(begin, end - side);
        let kept_to = if origin + side == end { to } else { (origin + side - halo).min(to) };
        spans.push(Span { origin, kept: (done, kept_to) });
        done = kept_to;
    }
    (spans, side)
}

/// Index of the part to compute next among the remaining `parts`: first those that intersect `focus`, then the
/// others, both from the centre of the focus outwards. Without a focus: from the centre of the picture.
pub fn next(parts: impl Iterator<Item = Rect>, padded: Size, focus: Option<Rect>) -> Option<usize> {
    let centre = focus.unwrap_or(padded.rect());
    // Twice the coordinates, so that centres are whole numbers.
    let (x, y) = ((2 * centre.x + centre.width) as i64, (2 * centre.y + centre.height) as i64);
    let rank = |part: Rect| {
        let (dx, dy) = ((2 * part.x + part.width) as i64 - x, (2 * part.y + part.height) as i64 - y);
        let is_hidden = focus.is_some_and(|focus| !focus.intersects(part));
        (is_hidden, dx * dx + dy * dy)
    };
    parts.enumerate().min_by_key(|(_, part)| rank(*part)).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{NetworkShape, Task, cpu};

    #[test]
    fn kept_parts_cover_the_wanted_part_once_with_a_halo_inside_the_picture() {
        for (radius, stride) in [(19, 2), (59, 2), (10, 1), (20, 1), (2, 2)] {
            let footprint = Footprint { radius, stride };
            for side in [1, 64, 130, 200, 512] {
                for (width, height) in [(1, 1), (2, 2), (3, 400), (257, 131), (512, 513), (640, 64)] {
                    let size = Size::new(width, height);
                    let part = Rect::new(width / 3, height / 5, (width / 2).max(1), (height / 3).max(1));
                    for wanted in [size.rect(), part] {
                        check(size, wanted, side, footprint);
                    }
                }
            }
        }
    }

    fn check(size: Size, wanted: Rect, side: usize, footprint: Footprint) {
        let Footprint { radius, stride } = footprint;
        let padded = padded_size(size, stride);
        let tiles = cut(padded, wanted, side, footprint);
        let mut covered = vec![0; padded.area()];
        for tile in &tiles {
            let (input, kept) = (tile.input, tile.kept);
            assert_eq!(input.size(), tiles[0].input.size(), "one constant tile shape");
            assert!(input.width <= side.max(2 * radius + 3 * stride), "as large as allowed");
            assert_eq!((input.x % stride, input.y % stride), (0, 0), "origins on the stride");
            assert_eq!((input.width % stride, input.height % stride), (0, 0), "sizes on the stride");
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
        for y in 0..padded.height {
            for x in 0..padded.width {
                let times = i32::from(wanted.intersects(Rect::new(x, y, 1, 1)));
                assert_eq!(covered[y * padded.width + x], times, "({x}, {y}) of {wanted:?} in {size:?} by {side}");
            }
        }
    }

    /// Tiles are no larger than their number requires, so they cost little more than the picture.
    #[test]
    fn tiles_overlap_no_more_than_necessary() {
        let footprint = Footprint { radius: 19, stride: 2 };
        for size in [Size::new(6000, 4000), Size::new(1000, 700), Size::new(530, 520)] {
            let tiles = cut(size, size.rect(), 512, footprint);
            let area: usize = tiles.iter().map(|tile| tile.input.size().area()).sum();
            assert!((area as f64) < 1.2 * size.area() as f64, "{size:?}: {}", area as f64 / size.area() as f64);
        }
    }

    /// The halo is wasted work: on the CPU at most a tenth, for every network, whole or in bands.
    #[test]
    fn halos_cost_at_most_a_tenth_on_the_cpu() {
        let (rednet_10, rednet_20, rednet_30) = (5, 10, 15);
        for (pairs, stride) in [rednet_10, rednet_20, rednet_30].into_iter().flat_map(|pairs| [(pairs, 1), (pairs, 2)])
        {
            let shape = NetworkShape { task: Task::Denoise, planes_in: 4, planes_out: 3, pairs, width: 64, stride };
            let footprint = shape.footprint();
            let side = cpu::tile_side(footprint);
            for size in [Size::new(4000, 3000), Size::new(3000, 4000), Size::new(6000, 4000), Size::new(8660, 5772)] {
                let cost = |tiles: &[HaloTile]| tiles.iter().map(|tile| tile.input.size().area()).sum::<usize>();
                let height = kept_side(side, footprint);
                let band = |y: usize| Rect::new(0, y, size.width, height.min(size.height - y));
                let banded: usize =
                    (0..size.height).step_by(height).map(|y| cost(&cut(size, band(y), side, footprint))).sum();
                let whole = cost(&cut(size, size.rect(), side, footprint));
                for (schedule, cost) in [("whole", whole), ("banded", banded)] {
                    let share = cost as f64 / size.area() as f64;
                    println!("{pairs} pairs, stride {stride}, {size:?} {schedule}: {share:.3}");
                    assert!(share <= 1.1, "{pairs} pairs, stride {stride}, {size:?} {schedule}: {share}");
                }
            }
        }
    }

    #[test]
    fn bands_of_the_kept_height_need_no_more_tiles_than_the_whole() {
        let footprint = Footprint { radius: 19, stride: 2 };
        let size = Size::new(2000, 4000);
        let band = kept_side(512, footprint);
        let tiles = |y: usize| {
            let rows = Rect::new(0, y, size.width, band.min(size.height - y));
            cut(size, rows, 512, footprint).len()
        };
        let in_bands: usize = (0..size.height).step_by(band).map(tiles).sum();
        assert_eq!(in_bands, cut(size, size.rect(), 512, footprint).len());
    }

    #[test]
    fn visible_tiles_come_first_from_their_centre() {
        let padded = Size::new(400, 400);
        let mut left = cut(padded, padded.rect(), 100, Footprint { radius: 10, stride: 1 });
        let kept = |tiles: &[HaloTile], focus| next(tiles.iter().map(|tile| tile.kept), padded, focus).unwrap();
        let middle = left[kept(&left, None)].kept;
        assert!(middle.intersects(Rect::new(160, 160, 80, 80)));
        let focus = Rect::new(0, 300, 90, 90);
        let visible = left.iter().filter(|tile| tile.kept.intersects(focus)).count();
        for done in 0..left.len() {
            let tile = left.remove(kept(&left, Some(focus)));
            assert_eq!(tile.kept.intersects(focus), done < visible, "tile {done}");
        }
    }
}
