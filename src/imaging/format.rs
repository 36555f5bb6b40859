//! The formats that can be written: names, extensions, limits.

use std::path::Path;

use super::{Format, Head};
use crate::pixels::{Depth, Size};

/// The extensions of files that can be read, for file dialogs and searches in folders.
pub const READ_EXTENSIONS: [&str; 31] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "tif", "tiff", "webp", "bmp", "dib", "jxl", "jp2", "j2k", "jpf",
    "jpx", "j2c", "jpc", "avif", "heic", "heif", "hif", "gif", "tga", "qoi", "ppm", "pgm", "pbm", "pnm", "pam", "pfm",
];

impl Format {
    /// All formats.
    pub const ALL: [Self; 7] =
        [Format::Png, Format::Jpeg, Format::Tiff, Format::WebP, Format::JpegXl, Format::Avif, Format::Bmp];

    /// The usual extensions, without the dot; the first one is used for new files.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Format::Jpeg => &["jpg", "jpeg"],
            Format::Png => &["png"],
            Format::Tiff => &["tif", "tiff"],
            Format::WebP => &["webp"],
            Format::JpegXl => &["jxl"],
            Format::Avif => &["avif"],
            Format::Bmp => &["bmp"],
        }
    }

    /// The extension for new files, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Png => "png",
            Format::Tiff => "tif",
            Format::WebP => "webp",
            Format::JpegXl => "jxl",
            Format::Avif => "avif",
            Format::Bmp => "bmp",
        }
    }

    /// Its usual name.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Jpeg => "JPEG",
            Format::Png => "PNG",
            Format::Tiff => "TIFF",
            Format::WebP => "WebP",
            Format::JpegXl => "JPEG XL",
            Format::Avif => "AVIF",
            Format::Bmp => "BMP",
        }
    }

    /// The longest possible side, in px.
    pub const fn max_side(self) -> usize {
        match self {
            Format::Jpeg => 65_535,
            Format::WebP => 16_383,
            Format::Avif => 65_536,
            // 2³⁰.
            Format::JpegXl => 1_073_741_824,
            Format::Png | Format::Tiff | Format::Bmp => i32::MAX as usize,
        }
    }

    /// The largest possible file, in bytes, if the format has 32-bit offsets.
    pub(super) const fn max_bytes(self) -> Option<u64> {
        match self {
            Format::Tiff | Format::Bmp => Some(u32::MAX as u64),
            Format::Jpeg | Format::Png | Format::WebP | Format::JpegXl | Format::Avif => None,
        }
    }

    /// The depth in which samples of that depth are written. An AVIF holds 10 of 16 bits.
    pub(super) const fn depth_for(self, depth: Depth) -> Depth {
        match (self, depth) {
            (Format::Tiff, _) | (Format::Png | Format::JpegXl | Format::Avif, Depth::Eight | Depth::Sixteen) => depth,
            (Format::Png | Format::JpegXl | Format::Avif, Depth::Float) => Depth::Sixteen,
            (Format::Jpeg | Format::WebP | Format::Bmp, _) => Depth::Eight,
        }
    }

    /// Bits per channel of samples that are written in that depth.
    pub(super) const fn bits(self, depth: Depth) -> usize {
        match (self, depth) {
            (Format::Avif, Depth::Sixteen) => 10,
            _ => 8 * depth.bytes(),
        }
    }

    /// The quality without a choice, 1–100; none if that is without loss.
    pub const fn default_quality(self) -> Option<u8> {
        match self {
            Format::Jpeg | Format::Avif => Some(95),
            Format::Png | Format::Tiff | Format::WebP | Format::JpegXl | Format::Bmp => None,
        }
    }

    /// Whether it can be written with loss, in a chosen quality.
    pub const fn has_quality(self) -> bool {
        self.default_quality().is_some() || matches!(self, Format::WebP)
    }

    /// Whether it is written row by row, so that the whole picture need not be in memory.
    pub const fn is_streamed(self) -> bool {
        match self {
            Format::Jpeg | Format::Png | Format::Tiff | Format::JpegXl | Format::Avif => true,
            Format::WebP | Format::Bmp => false,
        }
    }

    /// Whether the format can store a colour picture of that size with 8 bits per channel.
    pub fn holds(self, size: Size) -> bool {
        let bytes = 3 * size.area() as u64;
        size.width.max(size.height) <= self.max_side() && self.max_bytes().is_none_or(|most| bytes <= most)
    }

    /// The limit that a picture written in this depth exceeds, if any, and a format to use instead.
    pub(super) fn limit_for(self, head: &Head, depth: Depth) -> Option<(String, &'static str)> {
        let (side, size) = (self.max_side(), head.size);
        if size.width > side || size.height > side {
            let instead = if self == Format::Png { "a smaller picture" } else { "PNG (.png)" };
            return Some((format!("{} holds at most {side} px a side", self.name()), instead));
        }
        // Uncompressed pixels, headers and metadata.
        let bytes_per_pixel = (self.depth_for(depth).bytes() * if head.has_alpha() { 4 } else { 3 }) as u64;
        let other = 65_536 + head.metadata.bytes() as u64;
        let bytes = (size.area() as u64).saturating_mul(bytes_per_pixel).saturating_add(other);
        match self.max_bytes() {
            Some(max) if bytes > max => Some((format!("{} holds at most 4.3 GB", self.name()), "PNG (.png)")),
            _ => None,
        }
    }
}

/// Whether a file found in a folder counts as a picture: by its extension, and only if it is not hidden.
pub fn looks_like_a_picture(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    !hidden && extension.is_some_and(|extension| READ_EXTENSIONS.contains(&extension.as_str()))
}

/// The format of a file name's extension (case-insensitive); none if it can't be written.
pub fn format_of(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "jpe" | "jfif" => Some(Format::Jpeg),
        "png" => Some(Format::Png),
        "tif" | "tiff" => Some(Format::Tiff),
        "webp" => Some(Format::WebP),
        "jxl" => Some(Format::JpegXl),
        "avif" => Some(Format::Avif),
        "bmp" | "dib" => Some(Format::Bmp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_by_their_extensions() {
        for format in Format::ALL {
            let name = format!("a.b.{}", format.extension());
            assert_eq!(format_of(Path::new(&name)), Some(format));
            assert_eq!(format_of(Path::new(&name.to_uppercase())), Some(format));
        }
        assert_eq!(format_of(Path::new("photo.gif")), None);
        assert_eq!(format_of(Path::new("photo")), None);
        assert_eq!(format_of(Path::new(".png")), None);
    }
}
