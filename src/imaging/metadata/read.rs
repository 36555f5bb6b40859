//! Reads the metadata of a picture file.

use image::{ExtendedColorType, ImageDecoder, ImageFormat, ImageResult, metadata::Orientation};

use super::{
    GAIN_MAP, Metadata, Resolution, Unit, exif, exif_from_tiff::exif_from_tiff, gif, iptc, isobmff, jpeg,
    jpeg_apps::CREDENTIALS, jpeg2000, photoshop, png, unkept::Unkept, webp, xmp,
};
use crate::{
    imaging::{
        Kind,
        container::ifd::{IfdReader, tag},
    },
    pixels::Size,
};

/// The metadata of a file.
pub struct FileMetadata {
    /// The metadata of the photo.
    pub metadata: Metadata,
    /// The orientation to apply to the pixels.
    pub orientation: Orientation,
    /// Sentences about what is not kept.
    pub notices: Vec<String>,
}

/// Reads all metadata. Never fails: damaged blocks, and those that are not kept, become notices.
pub fn read(decoder: &mut impl ImageDecoder, kind: Kind, bytes: &[u8]) -> FileMetadata {
    let mut found =
        FileMetadata { metadata: Metadata::default(), orientation: Orientation::NoTransforms, notices: Vec::new() };
    let mut unkept = Unkept::default();
    let FileMetadata { metadata, notices, .. } = &mut found;
    match kind {
        Kind::Common(ImageFormat::Jpeg) => {
            let is_cmyk = decoder.original_color_type() == ExtendedColorType::Cmyk8;
            let (width, height) = decoder.dimensions();
            let size = Size::new(width as usize, height as usize);
            jpeg::read(bytes, (size, is_cmyk), metadata, notices, &mut unkept);
        }
        Kind::Common(ImageFormat::Png) => {
            metadata.icc = block(decoder.icc_profile(), "colour profile", notices);
            png::read(bytes, metadata, notices, &mut unkept);
        }
        Kind::Common(ImageFormat::WebP) => webp::read(bytes, metadata, notices, &mut unkept),
        Kind::JpegXl | Kind::Avif | Kind::Heic => {
            metadata.icc = block(decoder.icc_profile(), "colour profile", notices);
            metadata.exif = block(decoder.exif_metadata(), "EXIF data", notices);
            metadata.xmp = block(decoder.xmp_metadata(), "XMP data", notices);
            isobmff::name_unkept(bytes, &mut unkept);
            if kind != Kind::JpegXl {
                found.orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
            }
        }
        Kind::Jpeg2000 => {
            metadata.icc = block(decoder.icc_profile(), "colour profile", notices);
            jpeg2000::read(bytes, metadata, &mut unkept);
        }
        Kind::Common(ImageFormat::Tiff) => read_tiff(decoder, bytes, &mut found, &mut unkept),
        Kind::Common(ImageFormat::Bmp) => {
            metadata.resolution = bmp_resolution(bytes);
            metadata.icc = bmp_profile(bytes);
        }
        Kind::Common(ImageFormat::Gif) => gif::read(bytes, metadata, &mut unkept),
        _ => {}
    }
    make_upright(&mut found, kind);
    found.notices.extend(unkept.notice());
    found
}

/// Resets the orientation of the blocks, and removes damaged ones.
fn make_upright(found: &mut FileMetadata, kind: Kind) {
    let FileMetadata { metadata, notices, orientation, .. } = found;
    // These formats have an orientation of their own, which takes precedence.
    let has_own = matches!(kind, Kind::Common(ImageFormat::Tiff) | Kind::JpegXl | Kind::Avif | Kind::Heic);
    let mut has_orientation = has_own;
    if let Some(block) = metadata.exif.take() {
        match exif::upright(block) {
            Some((block, in_exif)) => {
                metadata.exif = Some(block);
                if let Some(in_exif) = in_exif.filter(|_| !has_own) {
                    *orientation = in_exif;
                    has_orientation = true;
                }
            }
            None => notices.push("Its EXIF data is damaged and is not kept.".into()),
        }
    }
    // Programs apply a map to the pixels as they lie in the file, so an orientation of its own would be ignored.
    if *orientation != Orientation::NoTransforms && metadata.gain_map.take().is_some() {
        notices.push(format!("Its {GAIN_MAP} is not kept, because the photo is rotated upright."));
    }
    if let Some(packet) = metadata.xmp.take() {
        let map = metadata.gain_map.as_ref().map(|map| map.jpeg().len());
        metadata.xmp = xmp::for_photo(packet, has_orientation, map);
        if metadata.xmp.is_none() {
            notices.push("Its XMP data is damaged and is not kept.".into());
        }
    }
    let swaps_axes = !matches!(
        orientation,
        Orientation::NoTransforms | Orientation::Rotate180 | Orientation::FlipHorizontal | Orientation::FlipVertical
    );
    let in_exif = metadata.exif.as_deref().and_then(IfdReader::new).and_then(|exif| exif::resolution(&exif));
    metadata.resolution = match (metadata.resolution, in_exif) {
        // PNG rounds to whole pixels per metre.
        (Some(rounded), Some(exact)) if rounded.is_near(exact) => Some(exact),
        (outside, inside) => outside.or(inside),
    };
    if let Some(resolution) = metadata.resolution.as_mut().filter(|_| swaps_axes) {
        (resolution.x, resolution.y) = (resolution.y, resolution.x);
    }
}

fn block(read: ImageResult<Option<Vec<u8>>>, what: &str, notices: &mut Vec<String>) -> Option<Vec<u8>> {
    read.unwrap_or_else(|_| {
        notices.push(format!("Its {what} is damaged and is not kept."));
        None
    })
    .filter(|block| !block.is_empty())
}

fn read_tiff(decoder: &mut impl ImageDecoder, bytes: &[u8], found: &mut FileMetadata, unkept: &mut Unkept) {
    let FileMetadata { metadata, notices, .. } = found;
    found.orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    metadata.icc = block(decoder.icc_profile(), "colour profile", notices);
    let file = IfdReader::new(bytes);
    let Some((file, first)) = file.and_then(|file| Some((file, file.first()?))) else {
        let kind = if file.is_none() { "It is a BigTIFF" } else { "Its first directory is damaged" };
        notices.push(format!("{kind}: only its colour profile and XMP data are kept."));
        metadata.xmp = block(decoder.xmp_metadata(), "XMP data", notices);
        return;
    };
    let mut value = |tag, what: &str| {
        let value = file.value(&first.find(tag)?);
        if value.is_none() {
            notices.push(format!("Its {what} is damaged and is not kept."));
        }
        value
    };
    metadata.xmp = value(tag::XMP, "XMP data").map(<[u8]>::to_vec);
    let records = value(tag::IPTC, "IPTC data");
    let in_resources = value(tag::PHOTOSHOP, "Photoshop data").map(|resources| photoshop::read(resources, unkept));
    if value(tag::LAYERS, "Photoshop data").is_some_and(|data| photoshop::has_layers(data, file.order)) {
        unkept.name("layers of Photoshop");
    }
    metadata.iptc = match (records.map(iptc::from_tiff), in_resources) {
        (Some(Ok(records)), in_resources) => {
            // Photoshop writes the records twice.
            let others = in_resources.and_then(Result::ok).flatten();
            if others.is_some_and(|others| !iptc::are_equal(&records, &others)) {
                unkept.name(iptc::FURTHER);
            }
            Some(records)
        }
        (Some(Err(iptc::Damaged)), _) | (None, Some(Err(iptc::Damaged))) => {
            notices.push("Its IPTC data is damaged and is not kept.".into());
            None
        }
        (None, in_resources) => in_resources.and_then(Result::ok).flatten(),
    };
    for (tag, what) in [(tag::SUB_DIRECTORIES, "pictures beside it"), (tag::CREDENTIALS, CREDENTIALS)] {
        if first.find(tag).is_some() {
            unkept.name(what);
        }
    }
    let (exif, exif_notices) = exif_from_tiff(&file);
    metadata.exif = exif;
    notices.extend(exif_notices);
    metadata.resolution = exif::resolution(&file);
}

/// The embedded profile of a BMP (version 5 header).
fn bmp_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    const HEADER_AT: usize = 14;
    let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(HEADER_AT + at..)?.first_chunk()?) as usize);
    // PROFILE_EMBEDDED.
    if number(0)? < 124 || bytes.get(HEADER_AT + 56..)?.first_chunk() != Some(b"DEBM") {
        return None;
    }
    let start = HEADER_AT.checked_add(number(112)?)?;
    let profile = bytes.get(start..start.checked_add(number(116)?)?)?;
    (profile.len() >= 128).then(|| profile.to_vec())
}

fn bmp_resolution(bytes: &[u8]) -> Option<Resolution> {
    // The older, shorter header has no resolution.
    if u32::from_le_bytes(*bytes.get(14..)?.first_chunk()?) < 40 {
        return None;
    }
    let per_metre = |at: usize| Some(f64::from(i32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)));
    Resolution::new(per_metre(38)? / 100.0, per_metre(42)? / 100.0, Unit::Centimetre)
}
