//! Cache-aligned buffers of f32.

use std::ops::{Deref, DerefMut};

/// Size of a cache line, which is also the widest vector, in bytes.
const CACHE_LINE: usize = 64;

/// A fixed-size buffer of f32 that starts on a cache line: in rows whose length is a multiple of 16 no vector load
/// crosses two lines.
#[derive(Debug, Default)]
pub struct Aligned {
    data: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let data = vec![0.0; len + CACHE_LINE / size_of::<f32>()];
        // `align_offset` may fail; then loads are merely slower.
        let start = Some(data.as_ptr().align_offset(CACHE_LINE)).filter(|start| *start < CACHE_LINE / size_of::<f32>());
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
