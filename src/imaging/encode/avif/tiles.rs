//! The tiles of an AV1 frame, with uniform spacing (AV1 bitstream specification, section 5.9.15). They are coded independently of
//! each other, and filtered across their edges.

use super::bits::BitWriter;

/// Side of a superblock, in px.
const SUPERBLOCK: usize = 64;
/// The intended side of a tile, in superblocks.
const SIDE: usize = 8;
/// Limits of the format: tiles along a side, as a binary logarithm; width and area of a tile, in superblocks.
const MOST_LOG2: u32 = 6;
const MOST_WIDTH: usize = 4096 / SUPERBLOCK;
const MOST_AREA: usize = 4096 * 2304 / (SUPERBLOCK * SUPERBLOCK);
/// Bytes of a tile's size.
pub const SIZE_BYTES: usize = 4;

/// How a frame is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileGrid {
    across: Cuts,
    down: Cuts,
}

/// How one side is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cuts {
    /// Length in px.
    length: usize,
    superblocks: usize,
    /// As coded: at most two to this power are cut off.
    log2: u32,
}

impl Cuts {
    fn new(length: usize) -> Self {
        let superblocks = length.div_ceil(SUPERBLOCK);
        let cuts = (0..=MOST_LOG2).map(|log2| Self { length, superblocks, log2 });
        let fine = |cuts: &Self| cuts.tile() <= SIDE || cuts.log2 == MOST_LOG2;
        cuts.into_iter().find(fine).unwrap_or(Self { length, superblocks, log2: 0 })
    }

    /// Length of a tile, in superblocks.
    fn tile(self) -> usize {
        self.superblocks.div_ceil(1 << self.log2)
    }

    fn count(self) -> usize {
        self.superblocks.div_ceil(self.tile())
    }

    /// Start and length of a tile, in px.
    fn part(self, index: usize) -> (usize, usize) {
        let tile = self.tile() * SUPERBLOCK;
        (index * tile, tile.min(self.length - index * tile))
    }

    /// Writes the power, which is at least `least`.
    fn write(self, bits: &mut BitWriter, least: u32) {
        (least..self.log2).for_each(|_| bits.flag(true));
        if self.log2 < log2_of_parts(1, self.superblocks.min(1 << MOST_LOG2)) {
            bits.flag(false);
        }
    }
}

/// The least power of two, times `part`, that is at least `whole`.
fn log2_of_parts(part: usize, whole: usize) -> u32 {
    whole.div_ceil(part).next_power_of_two().ilog2()
}

impl TileGrid {
    /// The grid of a frame, in px.
    pub fn new(width: usize, height: usize) -> Self {
        Self { across: Cuts::new(width), down: Cuts::new(height) }
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.across.count()
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.down.count()
    }

    /// Left edge and width of a column, in px.
    pub fn column(&self, index: usize) -> (usize, usize) {
        self.across.part(index)
    }

    /// Height of a row, in px.
    pub fn row_height(&self, index: usize) -> usize {
        self.down.part(index).1
    }

    /// Whether there is one tile.
    pub fn is_single(&self) -> bool {
        self.columns() * self.rows() == 1
    }

    /// Writes the description of the tiles.
    pub fn write(&self, bits: &mut BitWriter) {
        let Self { across, down } = *self;
        // Uniform spacing.
        bits.flag(true);
        let least_across = log2_of_parts(MOST_WIDTH, across.superblocks);
        across.write(bits, least_across);
        let least = least_across.max(log2_of_parts(MOST_AREA, across.superblocks * down.superblocks));
        down.write(bits, least.saturating_sub(across.log2));
        if across.log2 + down.log2 > 0 {
            // The tile whose statistics would be used further.
            bits.put(across.log2 + down.log2, 0);
            bits.put(2, SIZE_BYTES as u64 - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_each_length_once() {
        for length in (1..5_000).chain([65_535, 65_536]) {
            let grid = TileGrid::new(length, 1);
            let mut end = 0;
            for index in 0..grid.columns() {
                let (start, part) = grid.column(index);
                assert!(start == end && part > 0 && start.is_multiple_of(SUPERBLOCK), "{length}: {start} + {part}");
                assert!(part <= (2 * SIDE * SUPERBLOCK).min(MOST_WIDTH * SUPERBLOCK), "{length}: {part}");
                end = start + part;
            }
            assert_eq!(end, length);
            assert!(grid.columns() <= 1 << MOST_LOG2, "{length}: {} tiles", grid.columns());
        }
    }
}
