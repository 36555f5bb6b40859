//! Everything that a picture file says beside its pixels, gathered.

use image::{ImageDecoder, ImageFormat, ImageResult, metadata::Orientation};

use super::{
    Metadata, Resolution, Unit, exif, iptc, jpeg,
    photoshop::{self, Resources},
    png,
    relocate::exif_of_tiff,
    structure::{Structure, tag},
    webp, xmp,
};
use crate::imaging::decode::Kind;

/// What was found.
pub struct Found {
    /// What travels with the photo.
    pub metadata: Metadata,
    /// How to turn the pixels upright.
    pub orientation: Orientation,
    /// Sentences about what is not kept.
    pub notices: Vec<String>,
}

/// Reads it all. Nothing here fails: a damaged block becomes a notice.
pub fn read(decoder: &mut impl ImageDecoder, kind: Kind, bytes: &[u8]) -> Found {
    let mut found =
        Found { metadata: Metadata::default(), orientation: Orientation::NoTransforms, notices: Vec::new() };
    let Found { metadata, notices, .. } = &mut found;
    match kind {
        Kind::Common(ImageFormat::Jpeg) => {
            metadata.icc = block(decoder.icc_profile(), "colour profile", notices);
            metadata.exif = block(decoder.exif_metadata(), "EXIF data", notices);
            jpeg::read(bytes, metadata, notices);
        }
        Kind::Common(ImageFormat::Png) => {
            metadata.icc = block(decoder.icc_profile(), "colour profile", notices);
            png::read(bytes, metadata, notices);
        }
        Kind::Common(ImageFormat::WebP) => webp::read(bytes, metadata, notices),
        Kind::JpegXl | Kind::Avif => {
            metadata.icc = block(decoder.icc_profile(), "colour profile", notices);
            metadata.exif = block(decoder.exif_metadata(), "EXIF data", notices);
            metadata.xmp = block(decoder.xmp_metadata(), "XMP data", notices);
            if kind == Kind::Avif {
                found.orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
            }
        }
        Kind::Common(ImageFormat::Tiff) => read_tiff(decoder, bytes, &mut found),
        Kind::Common(ImageFormat::Bmp) => metadata.resolution = bmp_resolution(bytes),
        _ => {}
    }
    make_upright(&mut found, kind);
    found
}

/// Turns the blocks upright, and drops those that are damaged.
fn make_upright(found: &mut Found, kind: Kind) {
    let Found { metadata, notices, orientation, .. } = found;
    if let Some(block) = metadata.exif.take() {
        match exif::upright(block) {
            Some((block, turned)) => {
                metadata.exif = Some(block);
                // The others say it themselves.
                if !matches!(kind, Kind::Common(ImageFormat::Tiff) | Kind::JpegXl | Kind::Avif) {
                    *orientation = turned;
                }
            }
            None => notices.push("Its EXIF data is damaged and is not kept.".into()),
        }
    }
    if let Some(packet) = metadata.xmp.take() {
        metadata.xmp = xmp::upright(packet);
        if metadata.xmp.is_none() {
            notices.push("Its XMP data is damaged and is not kept.".into());
        }
    }
    let turns = !matches!(
        orientation,
        Orientation::NoTransforms | Orientation::Rotate180 | Orientation::FlipHorizontal | Orientation::FlipVertical
    );
    let in_exif = metadata.exif.as_deref().and_then(Structure::new).and_then(|exif| exif::resolution(&exif));
    metadata.resolution = match (metadata.resolution, in_exif) {
        // PNG rounds to whole pixels per metre.
        (Some(rounded), Some(exact)) if rounded.is_near(exact) => Some(exact),
        (outside, inside) => outside.or(inside),
    };
    if let Some(resolution) = metadata.resolution.as_mut().filter(|_| turns) {
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

fn read_tiff(decoder: &mut impl ImageDecoder, bytes: &[u8], found: &mut Found) {
    let Found { metadata, notices, .. } = found;
    found.orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    metadata.icc = block(decoder.icc_profile(), "colour profile", notices);
    let file = Structure::new(bytes);
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
    let resources = value(tag::PHOTOSHOP, "Photoshop data").map(photoshop::read);
    let layers = value(tag::LAYERS, "Photoshop data").is_some_and(|data| photoshop::has_layers(data, file.order));
    let Resources { records: in_resources, mut made } = match resources {
        Some(Err(iptc::Damaged)) if records.is_none() => {
            notices.push("Its IPTC data is damaged and is not kept.".into());
            Resources::default()
        }
        resources => resources.and_then(Result::ok).unwrap_or_default(),
    };
    metadata.iptc = match records.map(iptc::of_tiff) {
        Some(Ok(records)) => Some(records),
        Some(Err(iptc::Damaged)) => {
            notices.push("Its IPTC data is damaged and is not kept.".into());
            None
        }
        None => in_resources,
    };
    made.extend(layers.then_some("layers"));
    notices.extend(photoshop::notice(&made));
    let (exif, said) = exif_of_tiff(&file);
    metadata.exif = exif;
    notices.extend(said);
    metadata.resolution = exif::resolution(&file);

    let is_reduced =
        first.find(tag::SUBFILE_TYPE).and_then(|kind| file.number(&kind)).is_some_and(|kind| kind & 1 == 1);
    if first.next != 0 {
        let reduced = if is_reduced { ", which it calls a smaller copy of another one" } else { "" };
        found.notices.push(format!("It holds several pictures: only the first one is used{reduced}."));
    }
}

fn bmp_resolution(bytes: &[u8]) -> Option<Resolution> {
    // An older header is shorter and has none.
    if u32::from_le_bytes(*bytes.get(14..)?.first_chunk()?) < 40 {
        return None;
    }
    let per_metre = |at: usize| Some(f64::from(i32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)));
    Resolution::new(per_metre(38)? / 100.0, per_metre(42)? / 100.0, Unit::Centimetre)
}
