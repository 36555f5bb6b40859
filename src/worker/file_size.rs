//! Estimates the size of a result's file before it is saved.

use super::FileTarget;
use crate::{
    imaging,
    pixels::{Raster, Rect, Size},
    restore::Rendition,
};

/// Samples along each side.
const SAMPLES: usize = 4;
/// Side of a sample, in px.
const SIDE: usize = 64;

/// The estimated size in bytes, from samples of the result.
pub fn estimate(result: &Rendition, file: &FileTarget) -> u64 {
    let (base, size) = (result.base(), result.size());
    let side = Size::new(SIDE.min(size.width), SIDE.min(size.height));
    let all = Size::new(side.width, side.height * SAMPLES * SAMPLES);
    let mut samples = Raster::blank(base.pixels.channels(), all, base.pixels.depth());
    let place = |length: usize, side: usize, index: usize| (length - side) * (2 * index + 1) / (2 * SAMPLES);
    for index in 0..SAMPLES * SAMPLES {
        let x = place(size.width, side.width, index % SAMPLES);
        let y = place(size.height, side.height, index / SAMPLES);
        let rect = Rect::new(x, y, side.width, side.height);
        let sample = match result {
            Rendition::Photo(photo) => photo.pixels.crop(rect),
            Rendition::Blended(blended) => blended.part(rect),
        };
        samples.paste(&sample, 0, index * side.height);
    }
    let format = imaging::format_of(&file.path).unwrap_or(base.format);
    imaging::file_bytes(&result.head(), &samples, format, &file.options)
}
