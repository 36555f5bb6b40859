//! The samples of one component of a picture.

use super::frame::{Component, Frame};

/// Samples, row by row, padded to whole blocks.
pub struct Plane {
    /// Sampling factors.
    pub across: usize,
    pub down: usize,
    /// Samples inside the picture, across and down.
    pub size: (usize, usize),
    /// Samples from one row to the next.
    pub stride: usize,
    pub samples: Vec<u8>,
}

impl Plane {
    /// A grey plane; parts that can't be read stay grey.
    pub fn new(frame: &Frame, component: &Component) -> Self {
        let (columns, rows) = frame.stored_blocks(component);
        Self {
            across: component.across,
            down: component.down,
            size: frame.samples(component),
            stride: 8 * columns,
            samples: vec![128; 64 * columns * rows],
        }
    }

    /// The samples of a row inside the picture.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.samples[y * self.stride..][..self.size.0]
    }

    /// Writes a block at a position counted in blocks.
    pub fn put(&mut self, (column, row): (usize, usize), block: &[[u8; 8]; 8]) {
        let start = 8 * (row * self.stride + column);
        for (y, values) in block.iter().enumerate() {
            self.samples[start + y * self.stride..][..8].copy_from_slice(values);
        }
    }
}
