//! Feature maps between two layers.

use std::ops::Range;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{aligned::Aligned, transform::OUTPUTS};

/// Features that lie together: a cache line of f32.
pub const BLOCK: usize = 16;

/// The last rows of feature maps: rows are counted on, and each takes the place of one long done. Left
/// is a frame of 1 px of zeros, and right of as many as whole pieces of a transform reach. Nothing but
/// zeros is written into the frame, so that a layer never asks where the picture ends.
///
/// Row by row; in a row, block by block of 16 features; in a block, pixel by pixel. So what is read
/// and written for one block of features and one row lies together.
#[derive(Debug)]
pub struct Activation {
    data: Aligned,
    rows: usize,
    width: usize,
    features: usize,
}

/// A part of a row of pieces of an [`Activation`]: where one job writes its answer.
pub struct Strip<'a> {
    /// The row of pieces, counted from the first one to be written.
    pub row: usize,
    /// First piece, counted from the left.
    pub column: usize,
    /// Pieces side by side.
    pub pieces: usize,
    /// For each block of features the [`OUTPUTS`] rows of pixels, from the first pixel of the
    /// first piece to the last pixel of the last one.
    pub rows: Vec<&'a mut [f32]>,
}

impl Activation {
    /// Zeros: so many rows of `width` px. `features` is a multiple of [`BLOCK`].
    pub fn zeros(rows: usize, width: usize, features: usize) -> Self {
        let data = Aligned::zeros(Self::len(rows, width, features));
        Self { data, rows, width, features }
    }

    /// Numbers in so many rows of `width` px.
    pub fn len(rows: usize, width: usize, features: usize) -> usize {
        rows * (width.next_multiple_of(OUTPUTS) + 2) * features
    }

    /// Px of a row without the frame.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Numbers from one block of features of a row to the next.
    fn block_pitch(&self) -> usize {
        Self::len(1, self.width, BLOCK)
    }

    /// Numbers from one row to the next.
    fn row_pitch(&self) -> usize {
        Self::len(1, self.width, self.features)
    }

    /// All from the frame left of a row and a block of features on.
    pub fn framed(&self, row: usize, block: usize) -> &[f32] {
        &self.data[row % self.rows * self.row_pitch() + block * self.block_pitch()..]
    }

    /// The pixels of a row, for one block of features.
    pub fn row(&self, row: usize, block: usize) -> &[[f32; BLOCK]] {
        &self.framed(row, block).as_chunks().0[1..][..self.width]
    }

    /// Rows to write into, at most as many as are there at once.
    fn rows_mut(&mut self, rows: Range<usize>) -> impl Iterator<Item = &mut [f32]> {
        let row_pitch = self.row_pitch();
        let (head, tail) = self.data.split_at_mut(rows.start % self.rows * row_pitch);
        tail.chunks_exact_mut(row_pitch).chain(head.chunks_exact_mut(row_pitch)).take(rows.len())
    }

    /// Makes rows zeros.
    pub fn clear(&mut self, rows: Range<usize>) {
        self.rows_mut(rows).for_each(|row| row.fill(0.0));
    }

    /// Writes rows: calls `write` with the row, the block of features, and the pixels to write.
    pub fn fill(&mut self, rows: Range<usize>, write: impl Fn(usize, usize, &mut [[f32; BLOCK]]) + Sync) {
        let (block_pitch, width) = (self.block_pitch(), self.width);
        let rows: Vec<_> = rows.clone().zip(self.rows_mut(rows)).collect();
        rows.into_par_iter().for_each(|(y, row)| {
            for (block, row) in row.chunks_exact_mut(block_pitch).enumerate() {
                write(y, block, &mut row.as_chunks_mut().0[1..][..width]);
            }
        });
    }

    /// Rows of pieces, the first of them from row `from` on, cut into strips of at most `pieces` pieces.
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
