//! Checks the memory limit before pixels are decoded.

use std::path::Path;

use image::{ImageDecoder, Limits};

use crate::{
    imaging::{MemoryLimit, PictureError},
    pixels::Size,
};

/// Memory for a decoder in addition to the photo, in bytes.
const WORKSPACE: u64 = 64 << 20;

/// A decoder's limits for an allocation of `max_alloc` bytes.
pub fn limits(max_alloc: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(max_alloc);
    limits
}

/// A decoder's limits for a photo that needs `need` bytes.
pub fn limits_for(need: u64) -> Limits {
    limits(need.saturating_add(WORKSPACE))
}

/// Checks the memory for a photo's pixels; returns it in bytes.
///
/// # Errors
/// If they need more than the limit, or there are none.
pub fn check_pixels(path: &Path, decoder: &impl ImageDecoder, memory: MemoryLimit) -> Result<u64, PictureError> {
    // Twice: decoders have buffers, and the orientation is applied to a copy.
    check(path, decoder, decoder.total_bytes().saturating_mul(2), memory)
}

/// Checks that a photo may use `need` bytes, and returns them.
///
/// # Errors
/// If it needs more than the limit, or has no pixels.
pub fn check(path: &Path, decoder: &impl ImageDecoder, need: u64, memory: MemoryLimit) -> Result<u64, PictureError> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PictureError::Broken { path: path.into(), reason: format!("its size is {width} × {height} px") });
    }
    let size = Size::new(width as usize, height as usize);
    memory.check(need).map_err(|have| PictureError::TooLarge { path: path.into(), size, need, have })?;
    Ok(need)
}
