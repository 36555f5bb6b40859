//! A photo in memory, with what its file said about it.

use super::Metadata;
use crate::pixels::{Planes, Size};

/// Bits per channel of the file. The pixels in memory are f32 either way and go back exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// 0–255.
    Eight,
    /// 0–65,535.
    Sixteen,
}

/// The file formats that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// 8 bits, no alpha, at most 65,535 px a side.
    Jpeg,
    /// 8 or 16 bits, alpha.
    Png,
    /// 8 or 16 bits, alpha.
    Tiff,
    /// 8 bits, alpha, at most 16,383 px a side.
    WebP,
    /// Windows bitmap: 8 bits.
    Bmp,
}

/// One photo: its pixels and what has to travel with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// One plane (grey) or three (red, green, blue), encoded values in 0–1, upright.
    pub pixels: Planes,
    /// One plane, 0 (transparent) to 1 (opaque), of the same size.
    pub alpha: Option<Planes>,
    /// Bits per channel.
    pub depth: Depth,
    /// The format to save in when the file name does not say otherwise.
    pub format: Format,
    /// What its file said beside the pixels.
    pub metadata: Metadata,
}

impl Photo {
    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.pixels.size()
    }

    /// Whether the photo has one plane.
    pub fn is_grey(&self) -> bool {
        self.pixels.channels() == 1
    }
}
