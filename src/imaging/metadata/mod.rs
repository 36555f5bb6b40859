//! What a picture file says beside its pixels: kept as it stands wherever a format can hold it.

mod boxes;
mod exif;
mod gif;
mod iptc;
mod jpeg;
mod jpeg_apps;
mod jpeg_profile;
mod photoshop;
mod png;
mod profile;
mod quality;
mod raw;
mod read;
mod relocate;
mod segments;
mod structure;
mod trailer;
mod unkept;
mod webp;
mod xmp;
mod xmp_references;

pub(super) use exif::{record_at, resolution_entries};
pub(super) use jpeg::{density as jfif_density, segments};
pub(super) use jpeg_apps::name as jpeg_segment_name;
pub(super) use photoshop::MAX_JPEG_IPTC;
pub(super) use png::{MAX_UNPACKED, chunks, describes_srgb};
pub(super) use profile::of_png as profile_of_png;
pub(super) use quality::standard as standard_table;
pub(super) use raw::is_raw;
pub(super) use read::read;
pub(super) use structure::{ByteOrder, IFD0_LAYOUT, Structure, kind, tag};
pub(super) use webp::add_chunks as add_riff_chunks;
pub(super) use xmp::MAX_JPEG_XMP;

use super::{Damage, JpegHistory};
use crate::pixels::Size;

/// What travels with a photo from file to file.
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
    /// A JPEG's own segments that stand for themselves (comments, data of cameras and other programs): marker and
    /// contents.
    pub jpeg_segments: Vec<(u8, Vec<u8>)>,
    /// How much it was compressed as a JPEG; the table's quality as in `quality`.
    pub jpeg: JpegHistory,
    /// What of its file could not be read; none where all could.
    pub damage: Option<Damage>,
    /// A PNG's own texts (title, comment), as chunks: type and data.
    pub png_texts: Vec<([u8; 4], Vec<u8>)>,
    /// What was done to the photo, in ASCII; goes into the file's Software tag, behind what that says already.
    pub history: Option<String>,
}

impl Metadata {
    /// Only what the colours need.
    pub fn stripped(&self) -> Self {
        Self { icc: self.icc.clone(), png_color: self.png_color.clone(), ..Self::default() }
    }

    /// The colour profile, or one that says what a PNG's chunks say; none for sRGB by such chunks or
    /// by default.
    pub(super) fn profile(&self, channels: usize) -> Option<Vec<u8>> {
        let described = || (!png::describes_srgb(&self.png_color)).then(|| profile::of_png(&self.png_color, channels));
        self.icc.clone().or_else(|| described().flatten())
    }

    /// How many bytes its blocks take.
    pub(super) fn bytes(&self) -> usize {
        let blocks = [&self.icc, &self.exif, &self.xmp, &self.iptc].into_iter().flatten();
        blocks.chain(self.jpeg_segments.iter().map(|(_, contents)| contents)).map(Vec::len).sum()
    }

    /// With nothing in it that a photo of that size contradicts, and with the history in the EXIF block.
    pub(super) fn for_size(&self, size: Size) -> Self {
        let exif = exif::for_saving(self.exif.as_deref(), size, self.history.as_deref());
        let xmp = self.xmp.as_ref().map(|packet| xmp::for_size(packet, size));
        Self { exif, xmp, history: None, ..self.clone() }
    }

    /// The same with the print resolution in the EXIF block as well, where that says none.
    pub(super) fn with_resolution_in_exif(self) -> Self {
        let Some(resolution) = self.resolution else { return self };
        Self { exif: exif::with_resolution(self.exif, resolution), ..self }
    }
}

/// Pixels per unit of length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// Columns per unit.
    pub x: f64,
    /// Rows per unit.
    pub y: f64,
    /// The unit.
    pub unit: Unit,
}

/// What a resolution counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 2.54 cm.
    Inch,
    /// 0.01 m.
    Centimetre,
    /// No length: only how much higher than wide a pixel is.
    Aspect,
}

impl Resolution {
    /// None when it says nothing: not a number, nothing per unit, or square pixels without a length.
    pub(super) fn new(x: f64, y: f64, unit: Unit) -> Option<Self> {
        let says = |value: f64| value.is_finite() && value > 0.0;
        (says(x) && says(y) && (unit != Unit::Aspect || x != y)).then_some(Self { x, y, unit })
    }

    /// Per metre, rounded; none when it has no length or is too large.
    pub(super) fn per_metre(self) -> Option<(u32, u32)> {
        let scale = match self.unit {
            Unit::Inch => 1.0 / 0.0254,
            Unit::Centimetre => 100.0,
            Unit::Aspect => return None,
        };
        let whole = |value: f64| Some((value * scale).round()).filter(|value| *value <= f64::from(i32::MAX));
        Some((whole(self.x)? as u32, whole(self.y)? as u32))
    }

    /// Whether both mean the same but for rounding.
    pub(super) fn is_near(self, other: Self) -> bool {
        let near = |a: u32, b: u32| a.abs_diff(b) <= 1 + a / 500;
        match (self.per_metre(), other.per_metre()) {
            (Some(one), Some(other)) => near(one.0, other.0) && near(one.1, other.1),
            _ => self == other,
        }
    }

    /// As fractions, exact up to six digits behind the point.
    pub(super) fn fractions(self) -> [(u32, u32); 2] {
        [self.x, self.y].map(|value| {
            let whole = |scale: f64| ((value * scale).round() as u32, scale as u32);
            let exact = |scale: &f64| ((value * scale).round() / scale - value).abs() < 1e-9 * value;
            let fits = |scale: &f64| value * scale < f64::from(u32::MAX);
            let scales = [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0];
            let found = scales.into_iter().filter(fits).find(exact);
            whole(found.or_else(|| scales.into_iter().rev().find(fits)).unwrap_or(1.0))
        })
    }
}

/// Whether a colour profile is made for pixels of that many channels (1 or 3). A profile that does
/// not say what it is for is taken at its word.
pub(super) fn fits(icc: &[u8], channels: usize) -> bool {
    match icc.get(16..20) {
        Some(b"CMYK") => false,
        Some(b"GRAY") => channels == 1,
        Some(b"RGB ") => channels == 3,
        _ => true,
    }
}
