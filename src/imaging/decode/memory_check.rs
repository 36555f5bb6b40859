//! Sizes are checked against the memory before pixels are decoded.

use std::path::Path;

use image::{ImageDecoder, Limits};

use crate::{
    imaging::{Kind, MemoryLimit, PictureError},
    pixels::Size,
};

/// Bytes that a decoder may take beside what the photo takes.
const WORKSPACE: u64 = 64 << 20;

/// A decoder's limits: so many bytes.
pub fn limits(max_alloc: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(max_alloc);
    limits
}

/// A decoder's limits for a photo that needs so many bytes.
pub fn limits_for(need: u64) -> Limits {
    limits(need.saturating_add(WORKSPACE))
}

/// Refuses a photo whose pixels need more memory than is allowed; returns how many bytes they need.
///
/// # Errors
/// When they need more, or when it has no pixels.
pub fn check_pixels(
    path: &Path,
    decoder: &impl ImageDecoder,
    kind: Kind,
    allowance: MemoryLimit,
) -> Result<u64, PictureError> {
    // Once decoded and once more, while a decoder holds what it works on or a picture is turned upright.
    // AVIF holds its planes without and with film grain, and its blocks.
    let times = if kind == Kind::Avif { 4 } else { 2 };
    check(path, decoder, decoder.total_bytes().saturating_mul(times), allowance)
}

/// Refuses a photo that needs more than is allowed, `need` bytes; returns `need`.
///
/// # Errors
/// When it needs more, or when it has no pixels.
pub fn check(path: &Path, decoder: &impl ImageDecoder, need: u64, allowance: MemoryLimit) -> Result<u64, PictureError> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PictureError::Broken {
            path: path.into(), reason: format!("it says it is {width} × {height} px")
        });
    }
    let size = Size::new(width as usize, height as usize);
    allowance.check(need).map_err(|have| PictureError::TooLarge { path: path.into(), size, need, have })?;
    Ok(need)
}
