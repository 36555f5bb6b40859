//! Options for saving a picture.

use serde::{Deserialize, Serialize};

use super::Head;
use crate::pixels::Depth;

/// What to do if the file exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum IfExists {
    /// Write `name (2).png` instead.
    #[default]
    Rename,
    /// Write nothing.
    Skip,
    /// Replace it atomically.
    Replace,
}

/// Which metadata to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MetadataChoice {
    /// All that the format supports.
    #[default]
    Keep,
    /// Only the colour profile and PNG's colour chunks.
    Strip,
}

/// A colour: red, green and blue, in the picture's colour space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Background(pub [u8; 3]);

impl Default for Background {
    /// White.
    fn default() -> Self {
        Self([255; 3])
    }
}

impl std::fmt::Display for Background {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            [255, 255, 255] => f.write_str("white"),
            [0, 0, 0] => f.write_str("black"),
            [red, green, blue] => write!(f, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}

/// Options for saving a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SaveOptions {
    /// JPEG, AVIF or WebP quality, 1–100. Without it: JPEG and AVIF 95, WebP lossless.
    pub quality: Option<u8>,
    /// Bits per channel, as far as the format holds them. None: those of the photo.
    pub depth: Option<Depth>,
    /// What to do if the file exists.
    pub if_exists: IfExists,
    /// Which metadata to write.
    pub metadata: MetadataChoice,
    /// The background of a transparent picture in a format without transparency.
    pub background: Background,
}

impl SaveOptions {
    /// The depth to write a picture in, as far as the format holds it.
    pub fn depth_of(&self, head: &Head) -> Depth {
        self.depth.unwrap_or(head.depth)
    }
}
