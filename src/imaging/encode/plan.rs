//! Decides what is written, with notices about what the format does not support.

use std::{io, path::Path};

use super::{channels::Channels, jxl};
use crate::imaging::{Background, Depth, Format, Head, Metadata, MetadataChoice, PictureError, SaveOptions, metadata};

/// Maximum sizes in JPEG, in bytes: the profile in 254 segments, EXIF in one.
const JPEG_MAX_ICC: usize = 254 * (65_535 - 2 - 14);
const JPEG_MAX_EXIF: usize = 65_535 - 2 - 6;
/// Maximum number of application segments that are named individually as not kept.
const MAX_NAMED: usize = 12;
/// Why encoding failed.
#[derive(Debug)]
pub enum EncodeFailure {
    /// Writing failed.
    Disk(io::Error),
    /// The encoder failed, for this reason.
    Refused(String),
    /// The rows ended before the picture did.
    Unfinished,
}

impl EncodeFailure {
    /// The error about the file `path`.
    pub fn of_file(self, path: &Path) -> PictureError {
        match self {
            Self::Disk(error) => PictureError::not_writable(path, &error),
            Self::Refused(reason) => PictureError::NotEncoded { path: path.into(), reason },
            Self::Unfinished => PictureError::Unfinished { path: path.into() },
        }
    }
}

impl From<io::Error> for EncodeFailure {
    fn from(error: io::Error) -> Self {
        EncodeFailure::Disk(error)
    }
}

/// A picture in the form in which it is written.
pub struct EncodePlan {
    pub format: Format,
    pub quality: Option<u8>,
    pub width: u32,
    pub height: u32,
    pub channels: Channels,
    pub depth: Depth,
    pub background: Background,
    pub kept: Metadata,
}

impl EncodePlan {
    /// The quality to write in, 1–100.
    pub fn quality(&self) -> u8 {
        self.quality.or(self.format.default_quality()).unwrap_or(100).clamp(1, 100)
    }
}

/// Plans the encoding; also returns sentences about what is not kept.
///
/// # Errors
/// If a side is too long.
pub fn plan(head: &Head, format: Format, options: &SaveOptions) -> Result<(EncodePlan, Vec<String>), EncodeFailure> {
    let mut notices = Vec::new();
    let channels = Channels::new(head, format, options.quality.is_some());
    let depth = format.depth_for(options.depth_of(head));
    let (name, bits) = (format.name(), format.bits(depth));
    match head.depth {
        _ if options.depth == Some(depth) && bits == 8 * depth.bytes() => {}
        Depth::Sixteen if bits < 16 => {
            notices.push(format!("{name} holds {bits} bits per channel: the photo's 16 bits are rounded."));
        }
        Depth::Float if depth != Depth::Float => notices.push(format!(
            "{name} holds {bits} bits per channel: the photo's floating-point values are cut to 0–1 and rounded."
        )),
        _ => {}
    }
    if head.has_alpha() && !channels.has_alpha() {
        let (name, background) = (format.name(), options.background);
        notices.push(format!("{name} holds no transparency: the photo gets the background {background}."));
    }
    let kept = match options.metadata {
        MetadataChoice::Keep => kept(head, format, &mut notices),
        MetadataChoice::Strip => head.metadata.stripped(),
    };
    let map = head.metadata.gain_map.as_ref();
    let kept = match map.and_then(|map| map.obstacle(head.size, format, options.metadata)) {
        Some(reason) => {
            notices.push(sentence(metadata::GAIN_MAP, reason));
            kept.without_gain_map()
        }
        None => kept,
    };
    let described = described_colours(&kept, format, channels, &mut notices);
    let icc = kept_icc(kept.icc, format, channels, &mut notices).or(described);
    let kept = Metadata { icc, ..kept };
    let (width, height) = (side(head.size.width)?, side(head.size.height)?);
    let &SaveOptions { quality, background, .. } = options;
    Ok((EncodePlan { format, quality, width, height, channels, depth, background, kept }, notices))
}

fn side(px: usize) -> Result<u32, EncodeFailure> {
    u32::try_from(px).map_err(|_| EncodeFailure::Refused(format!("{px} px a side are too many")))
}

/// The metadata that the format supports.
fn kept(head: &Head, format: Format, notices: &mut Vec<String>) -> Metadata {
    let source = &head.metadata;
    let mut kept = source.for_size(head.size);
    let mut lost = |what: &str, reason: &str| notices.push(sentence(what, reason));
    match format {
        Format::Bmp => {
            let blocks = [(&source.exif, "EXIF data"), (&source.xmp, "XMP data"), (&source.iptc, "IPTC data")];
            for (_, what) in blocks.into_iter().filter(|(block, _)| block.is_some()) {
                lost(what, "BMP holds none");
            }
        }
        Format::Jpeg => {
            let too_large = |block: &Option<Vec<u8>>, max: usize| block.as_ref().is_some_and(|block| block.len() > max);
            if too_large(&kept.exif, JPEG_MAX_EXIF) {
                // It may fit without the history.
                kept.exif = Metadata { history: None, ..source.clone() }.for_size(head.size).exif;
            }
            for (block, max, what) in [
                (&mut kept.exif, JPEG_MAX_EXIF, "EXIF data"),
                (&mut kept.xmp, metadata::MAX_JPEG_XMP, "XMP data"),
                (&mut kept.iptc, metadata::MAX_JPEG_IPTC, "IPTC data"),
            ] {
                if too_large(block, max) {
                    *block = None;
                    lost(what, "it is too large for JPEG");
                }
            }
        }
        Format::WebP | Format::JpegXl | Format::Avif => {
            if source.iptc.is_some() {
                lost("IPTC data", &format!("{} holds none", format.name()));
            }
            kept = kept.with_resolution_in_exif();
        }
        Format::Png | Format::Tiff => {}
    }
    if format != Format::Jpeg {
        let segments = source.jpeg_segments.iter();
        let names = segments.map(|(marker, contents)| metadata::jpeg_segment_name(*marker, contents));
        let mut named: Vec<String> = Vec::new();
        // FLIR's data has many segments of one name; a crafted file could have thousands of names.
        for name in names {
            match named.len() {
                _ if named.contains(&name) => {}
                MAX_NAMED.. => {
                    notices.push(sentence("further data", "only JPEG holds it"));
                    break;
                }
                _ => {
                    notices.push(sentence(&name, "only JPEG holds it"));
                    named.push(name);
                }
            }
        }
    }
    if format != Format::Png && !source.png_texts.is_empty() {
        notices.push("The texts of the PNG (such as a title or a comment) are not kept: only PNG holds them.".into());
    }
    kept
}

fn sentence(what: &str, reason: &str) -> String {
    format!("The {what} is not kept: {reason}.")
}

/// A profile generated from a PNG's colour chunks, if the format can't say the same in its own way.
fn described_colours(
    kept: &Metadata,
    format: Format,
    channels: Channels,
    notices: &mut Vec<String>,
) -> Option<Vec<u8>> {
    let codes = metadata::named_colours(kept);
    let is_described = match format {
        Format::Png => true,
        Format::Avif => codes.is_some(),
        Format::JpegXl => codes.is_some_and(jxl::has_colours),
        Format::Jpeg | Format::Tiff | Format::WebP | Format::Bmp => false,
    };
    if is_described || kept.icc.is_some() || metadata::describes_srgb(&kept.png_color) {
        return None;
    }
    let channels = if format == Format::WebP { 3 } else { channels.colours() };
    let profile = metadata::profile_of_chunks(&kept.png_color, channels).filter(|_| format != Format::Bmp);
    if profile.is_none() {
        let reason = format!("{} cannot hold it, and is taken for sRGB", format.name());
        notices.push(sentence("description of its colours", &reason));
    }
    profile
}

/// The profile, if the format supports it for these channels.
fn kept_icc(icc: Option<Vec<u8>>, format: Format, channels: Channels, notices: &mut Vec<String>) -> Option<Vec<u8>> {
    let icc = icc?;
    // WebP stores grey as colour.
    let channels = if format == Format::WebP { 3 } else { channels.colours() };
    let reason = match format {
        Format::Bmp => "BMP holds none",
        Format::Jpeg if icc.len() > JPEG_MAX_ICC => "it is too large for JPEG",
        Format::JpegXl if !metadata::is_intact(&icc) => "it is damaged, and readers of JPEG XL would refuse the file",
        _ if !metadata::fits(&icc, channels) => "it is for another kind of pixels than are written",
        _ => return Some(icc),
    };
    notices.push(sentence("colour profile", reason));
    None
}
