//! Portable float maps: a text header and floating-point values, bottom row first.

use image::{ColorType, ImageDecoder, ImageResult};
use img_parts::Bytes;

use super::{
    errors::{broken, truncated},
    samples::{self, grey_as_rgb},
};
use crate::pixels::Samples;

/// Decoder of a PFM.
pub struct PfmDecoder {
    values: Bytes,
    size: (u32, u32),
    grey: bool,
    little_endian: bool,
}

impl PfmDecoder {
    /// Reads the header: signature, width, height, and scale, which is negative for little-endian values. The magnitude
    /// of the scale is ignored: white is 1.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn new(bytes: Bytes) -> ImageResult<Self> {
        let mut at = 0;
        let mut word = || {
            let start = at + bytes[at..].iter().position(|byte| !byte.is_ascii_whitespace())?;
            let end = start + bytes[start..].iter().position(u8::is_ascii_whitespace)?;
            at = end;
            str::from_utf8(&bytes[start..end]).ok()
        };
        let mut header = || {
            let grey = word()? == "Pf";
            let size = (word()?.parse().ok()?, word()?.parse().ok()?);
            let scale: f32 = word()?.parse().ok()?;
            Some((grey, size, scale < 0.0))
        };
        let (grey, size, little_endian) = header().ok_or_else(|| broken("PFM", "its header is invalid"))?;
        // A single whitespace byte ends the header.
        Ok(Self { values: bytes.slice(at + 1..), size, grey, little_endian })
    }

    fn value(&self, bytes: [u8; 4]) -> f32 {
        if self.little_endian { f32::from_le_bytes(bytes) } else { f32::from_be_bytes(bytes) }
    }
}

impl ImageDecoder for PfmDecoder {
    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn color_type(&self) -> ColorType {
        ColorType::Rgb32F
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let stored = width * if self.grey { 4 } else { 12 };
        let rows = self.values.get(..stored.saturating_mul(height)).ok_or_else(truncated)?.chunks_exact(stored).rev();
        for (row, place) in rows.zip(buffer.chunks_exact_mut(width * 12)) {
            let values: Vec<f32> = row.as_chunks().0.iter().map(|&four| self.value(four)).collect();
            samples::write(&Samples::Float(if self.grey { grey_as_rgb(&values, false) } else { values }), place);
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}
