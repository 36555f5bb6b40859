//! Feature maps between two layers.

use rayon::{
    iter::{IndexedParallelIterator, ParallelIterator},
    slice::ParallelSliceMut,
};

use super::{aligned::Aligned, transform::OUTPUTS};
use crate::pixels::Size;

/// Features that lie together: a cache line of f32.
pub const BLOCK: usize = 16;

/// Feature maps in a frame of zeros: 1 px left and above, and as many to the right and below as
/// whole pieces of a transform reach. Nothing writes into the frame, so that a layer never asks
/// where the picture ends.
///
/// Row by row; in a row, block by block of 16 features; in a block, pixel by pixel. So what is read
/// and written for one block of features and one row lies together.
#[derive(Debug)]
pub struct Activation {
    data: Aligned,
    size: Size,
    features: usize,
}

/// A part of a row of pieces of an [`Activation`]: where one job writes its answer.
pub struct Strip<'a> {
    /// The row of pieces, counted from above.
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
    /// Zeros. `features` is a multiple of [`BLOCK`].
    pub fn zeros(size: Size, features: usize) -> Self {
        let mut activation = Self { data: Aligned::default(), size, features };
        let rows = size.height.next_multiple_of(OUTPUTS) + 2;
        activation.data = Aligned::zeros(rows * activation.row_pitch());
        activation
    }

    /// Width and height without the frame, in px.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Numbers a pixel.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Numbers from one block of features of a row to the next.
    fn block_pitch(&self) -> usize {
        (self.size.width.next_multiple_of(OUTPUTS) + 2) * BLOCK
    }

    /// Numbers from one row to the next.
    pub fn row_pitch(&self) -> usize {
        self.block_pitch() * (self.features / BLOCK)
    }

    /// All from the frame left of a row and a block of features on; row 0 is the frame above the picture.
    pub fn framed(&self, row: usize, block: usize) -> &[f32] {
        &self.data[row * self.row_pitch() + block * self.block_pitch()..]
    }

    /// The pixels of a row, for one block of features.
    pub fn row(&self, row: usize, block: usize) -> &[[f32; BLOCK]] {
        &self.framed(row + 1, block).as_chunks().0[1..][..self.size.width]
    }

    /// Writes every row: calls `write` with the row, the block of features, and the pixels to write.
    pub fn fill(&mut self, write: impl Fn(usize, usize, &mut [[f32; BLOCK]]) + Sync) {
        let (row_pitch, block_pitch, Size { width, height }) = (self.row_pitch(), self.block_pitch(), self.size);
        self.data.par_chunks_exact_mut(row_pitch).skip(1).take(height).enumerate().for_each(|(y, row)| {
            for (block, row) in row.chunks_exact_mut(block_pitch).enumerate() {
                write(y, block, &mut row.as_chunks_mut().0[1..][..width]);
            }
        });
    }

    /// The whole picture cut into strips of at most `pieces` pieces.
    pub fn strips(&mut self, pieces: usize) -> Vec<Strip<'_>> {
        let (row_pitch, block_pitch, blocks) = (self.row_pitch(), self.block_pitch(), self.features / BLOCK);
        let in_a_row = self.size.width.div_ceil(OUTPUTS);
        let strips_in_a_row = in_a_row.div_ceil(pieces);
        let mut strips = Vec::with_capacity(strips_in_a_row * self.size.height.div_ceil(OUTPUTS));
        for (row, rows) in self.data[row_pitch..].chunks_exact_mut(OUTPUTS * row_pitch).enumerate() {
            let mut left: Vec<&mut [f32]> = Vec::new();
            left.resize_with(blocks * OUTPUTS, Default::default);
            for (y, row) in rows.chunks_exact_mut(row_pitch).enumerate() {
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
