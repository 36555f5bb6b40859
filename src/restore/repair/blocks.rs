//! The blocks in which marked pixels are filled.

use crate::{
    pixels::{Rect, Size},
    restore::{
        Bitmap,
        coverage::{Coverage, Scope},
    },
};

/// Side of a cell, in px. Blocks consist of cells.
const CELL: usize = 32;
/// How far around a block the network sees, in px.
const HALO: usize = 40;
/// Largest side of joined blocks, in px.
const LARGEST: usize = 640;

/// The blocks with marks.
pub fn blocks(marks: &Bitmap) -> Vec<Rect> {
    joined(coverage(marks).missing(None, Scope::Whole), marks.size())
}

/// The blocks still to be computed for a part of a picture.
pub fn missing_blocks(coverage: &Coverage, part: Rect, picture: Size) -> Vec<Rect> {
    joined(coverage.missing(Some(part), Scope::Visible), picture)
}

/// The cells to compute; those without marks count as finished.
pub fn coverage(marks: &Bitmap) -> Coverage {
    let mut coverage = Coverage::of_cells(marks.size(), CELL);
    for cell in cells_of(marks.size().rect()) {
        let rect = cell_rect(cell).intersection(marks.size().rect());
        if !marks.intersects(rect) {
            coverage.finish(rect);
        }
    }
    coverage
}

/// Joins blocks of a picture where one rectangle is no more work than both, although it may have cells without marks: each
/// block is computed with a halo.
fn joined(mut blocks: Vec<Rect>, picture: Size) -> Vec<Rect> {
    let mut current = 0;
    while let Some(&block) = blocks.get(current) {
        let saved = |(index, other): (usize, &Rect)| {
            let both = block.union(*other);
            let is_allowed = index != current && both.width.max(both.height) <= LARGEST;
            let saved = (work(block, picture) + work(*other, picture)).checked_sub(work(both, picture))?;
            is_allowed.then_some((saved, index, both))
        };
        match blocks.iter().enumerate().filter_map(saved).max_by_key(|(saved, ..)| *saved) {
            Some((_, other, both)) => {
                blocks[current] = both;
                blocks.remove(other);
                current -= usize::from(other < current);
            }
            None => current += 1,
        }
    }
    blocks
}

/// The px of a picture that the network computes for a block, with its halo.
pub fn work(block: Rect, picture: Size) -> usize {
    block.grown(HALO, picture).size().area()
}

/// Columns and rows of the cells that a part intersects.
pub fn cells_of(rect: Rect) -> impl Iterator<Item = (usize, usize)> {
    let columns = rect.x / CELL..rect.right().div_ceil(CELL);
    (rect.y / CELL..rect.bottom().div_ceil(CELL)).flat_map(move |row| columns.clone().map(move |column| (column, row)))
}

/// A cell, by its column and row. The last ones extend beyond the picture.
pub fn cell_rect((column, row): (usize, usize)) -> Rect {
    Rect::new(column * CELL, row * CELL, CELL, CELL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{NetworkId, Task, models};

    const SIZE: Size = Size::new(2000, 1500);

    fn total(blocks: &[Rect]) -> usize {
        blocks.iter().map(|block| work(*block, SIZE)).sum()
    }

    #[test]
    fn blocks_cover_all_marks_and_joining_saves_work() {
        // Thin lines, and specks.
        let marks = Bitmap::of(SIZE, |y, x| (x + 2 * y) % 613 < 3 || (x % 171 < 2 && y % 257 < 2));
        let blocks = blocks(&marks);
        let is_covered = |x, y| blocks.iter().any(|block| block.intersects(Rect::new(x, y, 1, 1)));
        for y in 0..SIZE.height {
            assert!(marks.runs(y, 0..SIZE.width).flatten().all(|x| is_covered(x, y)));
        }
        assert!(blocks.iter().all(|block| block.width <= LARGEST && block.height <= LARGEST));
        let unjoined = coverage(&marks).missing(None, Scope::Whole);
        assert!(total(&blocks) < total(&unjoined));
    }

    #[test]
    fn blocks_that_are_far_apart_stay() {
        let apart = vec![Rect::new(0, 0, 32, 32), Rect::new(320, 0, 32, 32), Rect::new(960, 960, 64, 32)];
        assert_eq!(joined(apart.clone(), SIZE), apart);
        let near = vec![Rect::new(960, 960, 64, 32), Rect::new(0, 0, 32, 32), Rect::new(64, 32, 32, 32)];
        assert_eq!(joined(near, SIZE), [Rect::new(960, 960, 64, 32), Rect::new(0, 0, 96, 64)]);
    }

    #[test]
    fn the_halo_is_that_of_the_network() {
        let footprint = models::load(NetworkId::best(Task::Repair)).expect("a built-in model").shape.footprint();
        assert_eq!(footprint.radius.next_multiple_of(footprint.stride), HALO);
    }
}
