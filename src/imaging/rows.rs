//! Streams of rows, so that a picture that is saved does not have to be in memory as a whole.

use super::Photo;
use crate::pixels::Raster;

/// Approximate size of a band of a photo in memory, in bytes.
const BAND_BYTES: usize = 1 << 20;

/// Whole rows of a picture, from the top.
pub trait Rows: Sync {
    /// The next rows; none at the end, or if the source has failed.
    fn next(&mut self) -> Option<Raster>;

    /// Whether the picture is no longer wanted: an encoder that takes long for the rows it has stops as if there were no more.
    fn is_stopped(&self) -> bool {
        false
    }
}

impl<F: FnMut() -> Option<Raster> + Sync> Rows for F {
    fn next(&mut self) -> Option<Raster> {
        self()
    }
}

impl Photo {
    /// The rows of a photo in memory.
    pub fn rows(&self) -> impl Rows {
        let (size, channels, depth) = (self.size(), self.pixels.channels(), self.pixels.depth());
        let height = (BAND_BYTES / (size.width * channels * depth.bytes()).max(1)).max(1);
        let mut done = 0;
        move || {
            let from = done;
            done = (done + height).min(size.height);
            (from < done).then(|| self.pixels.rows(from, done))
        }
    }
}
