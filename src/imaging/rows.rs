//! A picture's pixels on their way into a file: band by band, so that the whole of it need not be in
//! memory.

use super::Photo;
use crate::pixels::Raster;

/// About so many bytes of a photo in memory are one band.
const BAND_BYTES: usize = 1 << 20;

/// Whole rows of a picture, from the top.
pub trait Rows {
    /// The next rows; none at the end, or when their source has stopped.
    fn next(&mut self) -> Option<Raster>;
}

impl<F: FnMut() -> Option<Raster>> Rows for F {
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
