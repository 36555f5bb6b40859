//! A photo in memory, with its metadata.

use super::Metadata;
use crate::pixels::{Depth, Planes, Raster, Size};

/// A file format that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Format {
    /// 8 bits, no alpha, at most 65,535 px a side.
    Jpeg,
    /// 8 or 16 bits, alpha.
    Png,
    /// 8 or 16 bits or floating point, alpha.
    Tiff,
    /// 8 bits, alpha, at most 16,383 px a side.
    WebP,
    /// JPEG XL without loss: 8 or 16 bits, alpha.
    JpegXl,
    /// With loss: 8 or 10 bits, alpha, at most 65,536 px a side.
    Avif,
    /// Windows bitmap: 8 bits.
    Bmp,
}

/// One photo: its pixels and its metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Its pixels, upright.
    pub pixels: Raster,
    /// The default format for saving.
    pub format: Format,
    /// Its metadata.
    pub metadata: Metadata,
}

impl Photo {
    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.pixels.size()
    }

    /// Whether the photo has one channel of colour.
    pub fn is_grey(&self) -> bool {
        self.pixels.colour_channels() == 1
    }

    /// Its colours: one plane (grey) or three.
    pub fn colours(&self) -> Planes {
        self.pixels.colours_in(self.size().rect())
    }

    /// Its transparency: one plane, 0 (transparent) to 1 (opaque).
    pub fn alpha(&self) -> Option<Planes> {
        self.pixels.alpha_in(self.size().rect())
    }

    /// The photo without its pixels.
    pub fn head(&self) -> Head {
        let metadata = self.metadata.clone();
        Head { size: self.size(), channels: self.pixels.channels(), depth: self.pixels.depth(), metadata }
    }
}

/// A picture without its pixels: what its file contains before them.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Width and height in px.
    pub size: Size,
    /// Number of channels, alpha included: as in [`Raster`].
    pub channels: usize,
    /// Depth of the samples.
    pub depth: Depth,
    /// The metadata.
    pub metadata: Metadata,
}

impl Head {
    /// Whether there is one channel of colour.
    pub fn is_grey(&self) -> bool {
        self.channels <= 2
    }

    /// Whether the last channel is alpha.
    pub fn has_alpha(&self) -> bool {
        self.channels.is_multiple_of(2)
    }

    /// Memory for its pixels, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes_in(self.depth)
    }

    /// Memory for its pixels in another depth, in bytes.
    pub fn bytes_in(&self, depth: Depth) -> u64 {
        (self.size.area() as u64).saturating_mul((self.channels * depth.bytes()) as u64)
    }
}
