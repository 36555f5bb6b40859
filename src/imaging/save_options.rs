//! How a picture is to be written.

use serde::{Deserialize, Serialize};

/// What to do when a file of that name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum IfExists {
    /// Write beside it: `name (2).png`.
    #[default]
    Rename,
    /// Leave it and write nothing.
    Skip,
    /// Put the new file in its place, in one step.
    Replace,
}

/// What is kept of the metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MetadataChoice {
    /// All that the format can hold.
    #[default]
    Keep,
    /// Only what the colours need: profile, PNG's colour chunks.
    Strip,
}

/// A colour: red, green and blue, encoded values as the picture's own.
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

/// How a picture is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SaveOptions {
    /// JPEG or WebP quality, 1–100. Without it: JPEG 95, WebP lossless.
    pub quality: Option<u8>,
    /// What to do when a file of that name is there already.
    pub if_exists: IfExists,
    /// What is kept of EXIF, XMP and the like.
    pub metadata: MetadataChoice,
    /// The background of a transparent picture in a format without transparency.
    pub background: Background,
}
