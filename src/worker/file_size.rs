//! Estimates the size of a result's file before it is saved.

use std::convert::Infallible;

use super::FileTarget;
use crate::{imaging, restore::Rendition};

/// Samples along each side.
const SAMPLES: usize = 4;
/// Side of a sample, in px.
const SIDE: usize = 64;

/// The estimated size in bytes, from samples of the result.
pub fn estimate(result: &Rendition, file: &FileTarget) -> u64 {
    let format = imaging::format_of(&file.path).unwrap_or(result.base().format);
    let sampled = imaging::estimate_file(&result.head(), (SAMPLES, SIDE), format, &file.options, |rect| {
        Ok::<_, Infallible>(match result {
            Rendition::Photo(photo) => photo.pixels.crop(rect),
            Rendition::Blended(blended) => blended.part(rect),
        })
    });
    let Ok(estimate) = sampled;
    estimate.bytes
}
