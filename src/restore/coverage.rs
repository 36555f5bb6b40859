//! Which cells of a result are finished, and the blocks in which the others are computed.

use crate::pixels::{Rect, Size};

/// Side of a cell of a result, in px.
const CELL: usize = 128;
/// Largest side of the nth visible block, in cells: the first is small, so that it is on screen soon; later ones waste
/// less on their halos.
const GROWTH: [usize; 4] = [1, 4, 6, 10];

/// Which blocks of a result are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// All, the visible ones first.
    #[default]
    Whole,
    /// The visible ones.
    Visible,
}

/// The finished cells of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    size: Size,
    /// Side of a cell, in px.
    side: usize,
    columns: usize,
    finished: Vec<bool>,
}

/// A rectangle of cells: first column and row, and those behind its last.
#[derive(Clone, Copy)]
struct Cells {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Coverage {
    /// No cell of a result of this size, in px.
    pub fn new(size: Size) -> Self {
        Self::of_cells(size, CELL)
    }

    /// The same with cells of this side, in px.
    pub fn of_cells(size: Size, side: usize) -> Self {
        let columns = size.width.div_ceil(side);
        Self { size, side, columns, finished: vec![false; columns * size.height.div_ceil(side)] }
    }

    /// Whether all of the result is finished.
    pub fn is_complete(&self) -> bool {
        self.finished.iter().all(|finished| *finished)
    }

    /// Whether this part of the result is finished.
    pub fn contains(&self, rect: Rect) -> bool {
        self.cells_of(rect).all(|cell| self.finished[cell])
    }

    /// Marks a block as finished.
    pub fn finish(&mut self, block: Rect) {
        let cells: Vec<usize> = self.cells_of(block).collect();
        cells.into_iter().for_each(|cell| self.finished[cell] = true);
    }

    /// The blocks still to be computed, in order: those that intersect `focus`, from its centre outwards, then the
    /// others if the `scope` includes them.
    pub fn missing(&self, focus: Option<Rect>, scope: Scope) -> Vec<Rect> {
        let mut missing: Vec<bool> = self.finished.iter().map(|finished| !finished).collect();
        let centre = focus.unwrap_or(self.size.rect());
        let distance = |cell: usize| {
            let rect = self.rect(self.cell(cell));
            let apart =
                |from: usize, length: usize, to: usize, other: usize| (2 * from + length).abs_diff(2 * to + other);
            let x = apart(rect.x, rect.width, centre.x, centre.width);
            let y = apart(rect.y, rect.height, centre.y, centre.height);
            x * x + y * y
        };
        let is_visible = |cell: usize| focus.is_some_and(|focus| focus.intersects(self.rect(self.cell(cell))));
        let mut order: Vec<usize> = (0..missing.len()).filter(|cell| missing[*cell]).collect();
        if scope == Scope::Visible {
            order.retain(|cell| is_visible(*cell));
        }
        order.sort_by_cached_key(|cell| (!is_visible(*cell), distance(*cell)));
        let mut blocks = Vec::new();
        for cell in order {
            if !missing[cell] {
                continue;
            }
            let visible = is_visible(cell);
            let number = if visible || focus.is_none() { blocks.len() } else { GROWTH.len() };
            let limit = GROWTH[number.min(GROWTH.len() - 1)];
            let block = self.grown(self.cell(cell), limit, |cell| missing[cell] && is_visible(cell) == visible);
            self.within(block).for_each(|cell| missing[cell] = false);
            blocks.push(self.rect(block));
        }
        blocks
    }

    /// Grows a block by one strip of cells at a time while all of them are `wanted`.
    fn grown(&self, mut block: Cells, limit: usize, wanted: impl Fn(usize) -> bool) -> Cells {
        let rows = self.finished.len() / self.columns;
        loop {
            let Cells { left, top, right, bottom } = block;
            let strips = [
                (right < self.columns)
                    .then(|| (Cells { left: right, right: right + 1, ..block }, Cells { right: right + 1, ..block })),
                (bottom < rows).then(|| {
                    (Cells { top: bottom, bottom: bottom + 1, ..block }, Cells { bottom: bottom + 1, ..block })
                }),
                (left > 0).then(|| (Cells { left: left - 1, right: left, ..block }, Cells { left: left - 1, ..block })),
                (top > 0).then(|| (Cells { top: top - 1, bottom: top, ..block }, Cells { top: top - 1, ..block })),
            ];
            let fits = |grown: &Cells| grown.right - grown.left <= limit && grown.bottom - grown.top <= limit;
            // The shorter side grows first.
            let wide = right - left > bottom - top;
            let next =
                strips.into_iter().flatten().filter(|(strip, grown)| fits(grown) && self.within(*strip).all(&wanted));
            let next = next.min_by_key(|(_, grown)| (grown.right - grown.left > right - left) == wide);
            match next {
                Some((_, grown)) => block = grown,
                None => return block,
            }
        }
    }

    fn cell(&self, index: usize) -> Cells {
        let (left, top) = (index % self.columns, index / self.columns);
        Cells { left, top, right: left + 1, bottom: top + 1 }
    }

    fn within(&self, Cells { left, top, right, bottom }: Cells) -> impl Iterator<Item = usize> + use<> {
        let columns = self.columns;
        (top..bottom).flat_map(move |row| (left..right).map(move |column| row * columns + column))
    }

    fn cells_of(&self, rect: Rect) -> impl Iterator<Item = usize> + use<> {
        let rect = rect.intersection(self.size.rect());
        self.within(Cells {
            left: rect.x / self.side,
            top: rect.y / self.side,
            right: rect.right().div_ceil(self.side),
            bottom: rect.bottom().div_ceil(self.side),
        })
    }

    fn rect(&self, Cells { left, top, right, bottom }: Cells) -> Rect {
        let (x, y) = (left * self.side, top * self.side);
        let (right, bottom) = ((right * self.side).min(self.size.width), (bottom * self.side).min(self.size.height));
        Rect::new(x, y, right - x, bottom - y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(5000, 3100);

    #[test]
    fn blocks_cover_everything_once_and_the_visible_part_first() {
        for focus in [None, Some(Rect::new(1300, 700, 900, 640)), Some(Rect::new(4990, 3000, 10, 100))] {
            let mut coverage = Coverage::new(SIZE);
            let blocks = coverage.missing(focus, Scope::Whole);
            assert_eq!(blocks.iter().map(|block| block.size().area()).sum::<usize>(), SIZE.area());
            for (number, block) in blocks.iter().enumerate() {
                assert!(blocks[..number].iter().all(|other| !other.intersects(*block)));
            }
            if let Some(focus) = focus {
                let first_hidden = blocks.iter().position(|block| !block.intersects(focus)).unwrap();
                assert!(blocks[first_hidden..].iter().all(|block| !block.intersects(focus)));
                assert!(blocks[0].width <= CELL && blocks[0].height <= CELL);
                assert_eq!(coverage.missing(Some(focus), Scope::Visible), blocks[..first_hidden]);
                blocks[..first_hidden].iter().for_each(|block| coverage.finish(*block));
                assert!(coverage.contains(focus) && !coverage.is_complete());
                assert_eq!(coverage.missing(Some(focus), Scope::Visible), []);
            }
            blocks.iter().for_each(|block| coverage.finish(*block));
            assert!(coverage.is_complete());
            assert_eq!(coverage.missing(focus, Scope::Whole), []);
        }
    }

    #[test]
    fn another_view_needs_only_what_is_missing() {
        let mut coverage = Coverage::new(SIZE);
        let (here, there) = (Rect::new(0, 0, 1024, 768), Rect::new(300, 0, 1024, 768));
        coverage.missing(Some(here), Scope::Visible).into_iter().for_each(|block| coverage.finish(block));
        let blocks = coverage.missing(Some(there), Scope::Visible);
        assert_eq!(blocks.iter().map(|block| block.size().area()).sum::<usize>(), 384 * 768);
    }

    #[test]
    fn a_tiny_result_is_one_block() {
        let coverage = Coverage::new(Size::new(7, 5));
        assert_eq!(coverage.missing(None, Scope::Whole), [Rect::new(0, 0, 7, 5)]);
        assert_eq!(coverage.missing(None, Scope::Visible), [], "nothing is visible");
    }
}
