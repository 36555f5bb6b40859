//! How a picture is to be written.

/// What to do when a file of that name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfExists {
    /// Write beside it: `name (2).png`.
    #[default]
    Rename,
    /// Leave it and write nothing.
    Skip,
    /// Put the new file in its place, in one step.
    Replace,
}

/// What becomes of what the file says beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetadataChoice {
    /// All that the format holds goes along.
    #[default]
    Keep,
    /// Only what the colours need goes along: profile, PNG's colour chunks.
    Strip,
}

/// How a picture is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SaveOptions {
    /// JPEG or WebP quality, 1–100. Without it: JPEG 95, WebP lossless.
    pub quality: Option<u8>,
    /// What to do when a file of that name is there already.
    pub if_exists: IfExists,
    /// What becomes of EXIF, XMP and the like.
    pub metadata: MetadataChoice,
}
