//! Metadata of picture files, kept unchanged if the format supports it.

mod exif;
mod exif_from_tiff;
mod exif_moved;
mod gain_map;
mod gif;
mod iptc;
mod isobmff;
mod jpeg;
mod jpeg2000;
mod jpeg_apps;
mod jpeg_profile;
mod jpeg_tables;
mod photoshop;
mod png;
mod png_profile;
mod raw;
mod read;
mod resolution;
mod trailer;
mod unkept;
mod webp;
mod xmp;
mod xmp_directory;
mod xmp_references;
mod xmp_text;

pub(super) use exif::{record_at, resolution_entries};
pub(super) use exif_from_tiff::MOVED_NOTE;
pub(super) use exif_moved::{MovedExif, has_maker_note};
pub(super) use gain_map::GAIN_MAP;
pub use gain_map::GainMap;
pub(super) use jpeg::{density as jfif_density, segments};
pub(super) use jpeg_apps::name as jpeg_segment_name;
pub(super) use jpeg_profile::{IccChunks, JoinedProfile};
pub(super) use photoshop::MAX_JPEG_IPTC;
pub(super) use png::{MAX_UNPACKED, chunks, describes_srgb, named_colours};
pub(super) use png_profile::profile_of_chunks;
pub(super) use raw::is_raw;
pub(super) use read::read;
pub use resolution::{Resolution, Unit};
pub(super) use webp::add_chunks as add_riff_chunks;
pub(super) use xmp::MAX_JPEG_XMP;

use std::sync::Arc;

use super::{Damage, JpegHistory};
use crate::pixels::Size;

/// The metadata of a photo.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// The embedded ICC profile, unchanged.
    pub icc: Option<Vec<u8>>,
    /// The EXIF block (TIFF structure, without a container's header): orientation reset, without a thumbnail, otherwise
    /// unchanged.
    pub exif: Option<Vec<u8>>,
    /// The XMP packet: orientation reset, without thumbnails and references to other parts of the file than the gain map.
    pub xmp: Option<Vec<u8>>,
    /// The IPTC records (IIM), without Photoshop's resource header.
    pub iptc: Option<Vec<u8>>,
    /// Print resolution.
    pub resolution: Option<Resolution>,
    /// Type and data of a PNG's colour chunks (sRGB, gAMA, cHRM, cICP), in order.
    pub png_color: Vec<([u8; 4], Vec<u8>)>,
    /// Marker and content of a JPEG's segments that are copied into another JPEG (comments, application data).
    pub jpeg_segments: Vec<(u8, Vec<u8>)>,
    /// The gain map of a JPEG whose pixels were not rotated.
    pub gain_map: Option<Arc<GainMap>>,
    /// Its known JPEG compressions.
    pub jpeg: JpegHistory,
    /// The part of its file that could not be read, if any.
    pub damage: Option<Damage>,
    /// Type and data of a PNG's text chunks (title, comment).
    pub png_texts: Vec<([u8; 4], Vec<u8>)>,
    /// Processing history, in ASCII; appended to the Software tag.
    pub history: Option<String>,
}

impl Metadata {
    /// Only the colour profile and colour chunks.
    pub fn stripped(&self) -> Self {
        Self { icc: self.icc.clone(), png_color: self.png_color.clone(), ..Self::default() }
    }

    /// Without the gain map and references to it.
    pub(super) fn without_gain_map(self) -> Self {
        let xmp = match &self.gain_map {
            Some(_) => self.xmp.map(xmp::without_gain_map),
            None => self.xmp,
        };
        Self { xmp, gain_map: None, ..self }
    }

    /// The colour profile, or one generated from a PNG's colour chunks; none if those describe sRGB or are missing.
    pub(super) fn profile(&self, channels: usize) -> Option<Vec<u8>> {
        let described = || {
            (!png::describes_srgb(&self.png_color)).then(|| png_profile::profile_of_chunks(&self.png_color, channels))
        };
        self.icc.clone().or_else(|| described().flatten())
    }

    /// Total size of its blocks, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let blocks = [&self.icc, &self.exif, &self.xmp, &self.iptc].into_iter().flatten();
        let blocks = blocks.chain(self.jpeg_segments.iter().map(|(_, contents)| contents)).map(Vec::len);
        blocks.sum::<usize>() + self.gain_map.as_ref().map_or(0, |map| map.jpeg().len())
    }

    /// Updates the sizes in EXIF and XMP, and moves the history into EXIF.
    pub(super) fn for_size(&self, size: Size) -> Self {
        let exif = exif::for_saving(self.exif.as_deref(), size, self.history.as_deref());
        let xmp = self.xmp.as_ref().map(|packet| xmp::for_size(packet, size));
        Self { exif, xmp, history: None, ..self.clone() }
    }

    /// Adds the print resolution to the EXIF block, if that has none.
    pub(super) fn with_resolution_in_exif(self) -> Self {
        let Some(resolution) = self.resolution else { return self };
        Self { exif: exif::with_resolution(self.exif, resolution), ..self }
    }
}

/// Whether the structure of a colour profile is as declared (ICC.1:2022, 7.2 and 7.3): its length, its intent, and its tags.
pub(super) fn is_intact(icc: &[u8]) -> bool {
    let number = |at: usize| icc.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes) as usize);
    let is_inside = |tag: usize| {
        let record = 132 + 12 * tag;
        number(record + 4).zip(number(record + 8)).is_some_and(|(at, length)| at + length <= icc.len())
    };
    let header = number(0) == Some(icc.len()) && number(64).is_some_and(|intent| intent & 0xFF <= 3);
    header && icc.len() >= 128 && (0..number(128).unwrap_or(0)).all(is_inside)
}

/// Whether a colour profile is for pixels with that number of channels (1 or 3). Profiles of unknown kinds are accepted.
pub(super) fn fits(icc: &[u8], channels: usize) -> bool {
    match icc.get(16..20) {
        Some(b"CMYK") => false,
        Some(b"GRAY") => channels == 1,
        Some(b"RGB ") => channels == 3,
        _ => true,
    }
}
