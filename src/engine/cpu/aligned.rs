//! Numbers that begin on a cache line.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, which is also the widest vector.
const LINE: usize = 64;

/// A fixed number of f32, the first of them on a cache line: no vector load of a row whose length
/// is a multiple of 16 crosses two lines.
#[derive(Debug, Default)]
pub struct Aligned {
    data: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let data = vec![0.0; len + LINE / size_of::<f32>()];
        // "Can't be aligned" is a legal answer of the function: then it is merely slower.
        let start = Some(data.as_ptr().align_offset(LINE)).filter(|start| *start < LINE / size_of::<f32>());
        Self { start: start.unwrap_or(0), data, len }
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.data[self.start..self.start + self.len]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[self.start..self.start + self.len]
    }
}
