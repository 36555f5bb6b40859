//! Metadata of picture files, kept unchanged wherever a format can hold it.

mod exif;
mod exif_from_tiff;
mod gif;
mod iptc;
mod isobmff;
mod jpeg;
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
mod xmp_references;

pub(super) use exif::{record_at, resolution_entries};
pub(super) use jpeg::{density as jfif_density, segments};
pub(super) use jpeg_apps::name as jpeg_segment_name;
pub(super) use jpeg_profile::{IccChunks, JoinedProfile};
pub(super) use photoshop::MAX_JPEG_IPTC;
pub(super) use png::{MAX_UNPACKED, chunks, describes_srgb};
pub(super) use png_profile::of_png as profile_of_png;
pub(super) use raw::is_raw;
pub(super) use read::read;
pub use resolution::{Resolution, Unit};
pub(super) use webp::add_chunks as add_riff_chunks;
pub(super) use xmp::MAX_JPEG_XMP;

use super::{Damage, JpegHistory};
use crate::pixels::Size;

/// What is kept with a photo from file to file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// The embedded ICC profile, as it stood in the file.
    pub icc: Option<Vec<u8>>,
    /// The EXIF block (TIFF structure, without a container's header): orientation set to normal,
    /// without a thumbnail, else as it stood in the file.
    pub exif: Option<Vec<u8>>,
    /// The XMP packet, orientation set to normal, without thumbnails.
    pub xmp: Option<Vec<u8>>,
    /// The IPTC records (IIM), without Photoshop's frame around them.
    pub iptc: Option<Vec<u8>>,
    /// How large it is to be printed.
    pub resolution: Option<Resolution>,
    /// A PNG's own chunks about colour (sRGB, gAMA, cHRM, cICP), in their order: type and data.
    pub png_color: Vec<([u8; 4], Vec<u8>)>,
    /// A JPEG's own segments that another JPEG can hold unchanged (comments, data of cameras and other programs): marker
    /// and contents.
    pub jpeg_segments: Vec<(u8, Vec<u8>)>,
    /// How much it was compressed as a JPEG; the table's quality as in [`jpeg_quality`](super::jpeg_quality).
    pub jpeg: JpegHistory,
    /// What of its file could not be read; none where all could.
    pub damage: Option<Damage>,
    /// A PNG's own texts (title, comment), as chunks: type and data.
    pub png_texts: Vec<([u8; 4], Vec<u8>)>,
    /// What was done to the photo, in ASCII; appended to the file's Software tag.
    pub history: Option<String>,
}

impl Metadata {
    /// Only what the colours need.
    pub fn stripped(&self) -> Self {
        Self { icc: self.icc.clone(), png_color: self.png_color.clone(), ..Self::default() }
    }

    /// The colour profile, or one made from a PNG's chunks; none for sRGB by such chunks or by default.
    pub(super) fn profile(&self, channels: usize) -> Option<Vec<u8>> {
        let described =
            || (!png::describes_srgb(&self.png_color)).then(|| png_profile::of_png(&self.png_color, channels));
        self.icc.clone().or_else(|| described().flatten())
    }

    /// How many bytes its blocks take.
    pub(super) fn bytes(&self) -> usize {
        let blocks = [&self.icc, &self.exif, &self.xmp, &self.iptc].into_iter().flatten();
        blocks.chain(self.jpeg_segments.iter().map(|(_, contents)| contents)).map(Vec::len).sum()
    }

    /// With the sizes in it set to that size, and with the history in the EXIF block.
    pub(super) fn for_size(&self, size: Size) -> Self {
        let exif = exif::for_saving(self.exif.as_deref(), size, self.history.as_deref());
        let xmp = self.xmp.as_ref().map(|packet| xmp::for_size(packet, size));
        Self { exif, xmp, history: None, ..self.clone() }
    }

    /// The same with the print resolution in the EXIF block as well, where that has none.
    pub(super) fn with_resolution_in_exif(self) -> Self {
        let Some(resolution) = self.resolution else { return self };
        Self { exif: exif::with_resolution(self.exif, resolution), ..self }
    }
}

/// Whether a colour profile is made for pixels of that many channels (1 or 3). A profile of an
/// unknown kind is accepted.
pub(super) fn fits(icc: &[u8], channels: usize) -> bool {
    match icc.get(16..20) {
        Some(b"CMYK") => false,
        Some(b"GRAY") => channels == 1,
        Some(b"RGB ") => channels == 3,
        _ => true,
    }
}
