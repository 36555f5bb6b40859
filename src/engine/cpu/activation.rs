//! Storage of the feature maps between two layers.

use std::ops::Range;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{aligned::Aligned, transform::OUTPUTS};

/// Features that are stored together: a cache line of f32.
pub const BLOCK: usize = 16;

/// Ring buffer of the last rows of feature maps. Each row has 1 px of zeros on the left, and on the right zeros up to
/// whole pieces of a transform and 1 px, so that a layer needs no test for the border.
///
/// Layout: row, block of 16 features, pixel. So one row of one block of features is contiguous.
#[derive(Debug)]
pub struct Activation {
    data: Aligned,
    rows: usize,
    width: usize,
    features: usize,
}

/// Part of a row of pieces of an [`Activation`]: the output of one job.
pub struct Strip<'a> {
    /// The row of pieces, counted from the first that is written.
    pub row: usize,
    /// Index of the first piece in the row.
    pub column: usize,
    /// Number of pieces.
    pub pieces: usize,
    /// For each block of features the [`OUTPUTS`] rows of pixels of these pieces.
    pub rows: Vec<&'a mut [f32]>,
}

impl Activation {
    /// A zeroed buffer for `rows` rows of `width` px. `features` must be a multiple of [`BLOCK`].
    pub fn zeros(rows: usize, width: usize, features: usize) -> Self {
        let data = Aligned::zeros(Self::len(rows, width, features));
        Self { data, rows, width, features }
    }

    /// Number of values in `rows` rows of `width` px.
    pub fn len(rows: usize, width: usize, features: usize) -> usize {
        rows * (width.next_multiple_of(OUTPUTS) + 2) * features
    }

    /// Width of a row without padding, in px.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Values from one block of features of a row to the next.
    fn block_pitch(&self) -> usize {
        Self::len(1, self.width, BLOCK)
    }

    /// Values from one row to the next.
    fn row_pitch(&self) -> usize {
        Self::len(1, self.width, self.features)
    }

    /// The values from the left padding of a row of a block on.
    pub fn framed(&self, row: usize, block: usize) -> &[f32] {
        &self.data[row % self.rows * self.row_pitch() + block * self.block_pitch()..]
    }

    /// The pixels of a row of a block of features.
    pub fn row(&self, row: usize, block: usize) -> &[[f32; BLOCK]] {
        &self.framed(row, block).as_chunks().0[1..][..self.width]
    }

    /// Rows to write, at most as many as the buffer holds.
    fn rows_mut(&mut self, rows: Range<usize>) -> impl Iterator<Item = &mut [f32]> {
        let row_pitch = self.row_pitch();
        let (head, tail) = self.data.split_at_mut(rows.start % self.rows * row_pitch);
        tail.chunks_exact_mut(row_pitch).chain(head.chunks_exact_mut(row_pitch)).take(rows.len())
    }

    /// Fills rows with zeros.
    pub fn clear(&mut self, rows: Range<usize>) {
        self.rows_mut(rows).for_each(|row| row.fill(0.0));
    }

    /// Writes rows in parallel: calls `write` with the row, the block of features, and the pixels to write.
    pub fn fill(&mut self, rows: Range<usize>, write: impl Fn(usize, usize, &mut [[f32; BLOCK]]) + Sync) {
        let (block_pitch, width) = (self.block_pitch(), self.width);
        let rows: Vec<_> = rows.clone().zip(self.rows_mut(rows)).collect();
        rows.into_par_iter().for_each(|(y, row)| {
            for (block, row) in row.chunks_exact_mut(block_pitch).enumerate() {
                write(y, block, &mut row.as_chunks_mut().0[1..][..width]);
            }
        });
    }

    /// Splits `rows_of_pieces` rows of pieces, starting at row `from`, into strips of at most `pieces` pieces.
    pub fn strips(&mut self, from: usize, rows_of_pieces: usize, pieces: usize) -> Vec<Strip<'_>> {
        let (block_pitch, blocks) = (self.block_pitch(), self.features / BLOCK);
        let in_a_row = self.width.div_ceil(OUTPUTS);
        let strips_in_a_row = in_a_row.div_ceil(pieces);
        let mut strips = Vec::with_capacity(strips_in_a_row * rows_of_pieces);
        let mut rows = self.rows_mut(from..from + rows_of_pieces * OUTPUTS);
        for row in 0..rows_of_pieces {
            let mut left: Vec<&mut [f32]> = Vec::new();
            left.resize_with(blocks * OUTPUTS, Default::default);
            for (y, row) in rows.by_ref().take(OUTPUTS).enumerate() {
                for (block, row) in row.chunks_exact_mut(block_pitch).enumerate() {
                    left[block * OUTPUTS + y] = &mut row[BLOCK..];
                }
            }
            for strip in 0..strips_in_a_row {
                let (column, end) = (strip * in_a_row / strips_in_a_row, (strip + 1) * in_a_row / strips_in_a_row);
                let pieces = end - column;
                let rows = left.iter_mut().map(|left| {
                    let (strip, rest) = std::mem::take(left).split_at_mut(pieces * OUTPUTS * BLOCK);
                    *left = rest;
                    strip
                });
                strips.push(Strip { row, column, pieces, rows: rows.collect() });
            }
        }
        strips
    }
}
