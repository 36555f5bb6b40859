//! The segments of a JPEG that are not pixels.

use super::{Metadata, Resolution, Unit, iptc::Damaged, photoshop, quality};

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP13: u8 = 0xED;
const COMMENT: u8 = 0xFE;

/// A segment: its marker and its contents.
struct Segment<'a> {
    marker: u8,
    contents: &'a [u8],
}

/// The segments before the pixels.
fn read_segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut at = 2;
    std::iter::from_fn(move || {
        // Any number of 0xFF may stand before a marker.
        while bytes.get(at) == Some(&0xFF) && bytes.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        let &[0xFF, marker, high, low] = bytes.get(at..)?.first_chunk()? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let end = at + 2 + length;
        let contents = bytes.get(at + 4..end)?;
        at = end;
        // The start of the pixels, and the markers that have no contents.
        (!matches!(marker, 0xDA | 0x00..=0xBF | 0xD0..=0xD9)).then_some(Segment { marker, contents })
    })
}

/// XMP, IPTC, comment and print resolution; the decoder reads the rest.
pub fn read(bytes: &[u8], metadata: &mut Metadata, notices: &mut Vec<String>) {
    metadata.jpeg.table = quality::of_jpeg(bytes);
    let mut resources = Vec::new();
    for Segment { marker, contents } in read_segments(bytes) {
        match marker {
            APP0 if contents.starts_with(b"JFIF\0") => metadata.resolution = resolution(contents),
            APP1 if contents.starts_with(EXTENDED_XMP) => {
                let notice = "The extended part of its XMP data (such as a depth map) is not kept.";
                if !notices.iter().any(|said| said == notice) {
                    notices.push(notice.into());
                }
            }
            APP1 => {
                if let Some(packet) = contents.strip_prefix(XMP).filter(|_| metadata.xmp.is_none()) {
                    metadata.xmp = Some(packet.to_vec());
                }
            }
            COMMENT if !contents.is_empty() => metadata.jpeg_comment = Some(contents.to_vec()),
            APP13 => resources.extend(contents.strip_prefix(photoshop::HEADER).unwrap_or_default()),
            _ => {}
        }
    }
    match photoshop::read(&resources) {
        Ok(found) => {
            metadata.iptc = found.records;
            notices.extend(photoshop::notice(&found.made));
        }
        Err(Damaged) => notices.push("Its IPTC data is damaged and is not kept.".into()),
    }
}

fn resolution(jfif: &[u8]) -> Option<Resolution> {
    let &[unit, x_high, x_low, y_high, y_low] = jfif.get(7..)?.first_chunk()?;
    let unit = match unit {
        0 => Unit::Aspect,
        1 => Unit::Inch,
        2 => Unit::Centimetre,
        _ => return None,
    };
    Resolution::new(u16::from_be_bytes([x_high, x_low]).into(), u16::from_be_bytes([y_high, y_low]).into(), unit)
}

/// Whether a marker is SOF0 to SOF15, without DHT, JPG and DAC, which lie among them.
pub fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

/// EXIF, XMP, IPTC and comment as segments: what stands between JFIF's own and those of the pixels.
/// Each must be small enough for one.
pub fn segments(metadata: &Metadata) -> Vec<u8> {
    let mut new = Vec::new();
    let mut add = |marker: u8, parts: [&[u8]; 2]| {
        new.extend([0xFF, marker]);
        new.extend((2 + parts[0].len() as u16 + parts[1].len() as u16).to_be_bytes());
        new.extend(parts.concat());
    };
    if let Some(block) = &metadata.exif {
        add(APP1, [EXIF, block]);
    }
    if let Some(packet) = &metadata.xmp {
        add(APP1, [XMP, packet]);
    }
    if let Some(records) = &metadata.iptc {
        add(APP13, [&photoshop::with_records(records), &[]]);
    }
    if let Some(comment) = &metadata.jpeg_comment {
        add(COMMENT, [comment, &[]]);
    }
    new
}

/// JFIF's unit and densities, where they fit into 16 bits.
pub fn density(resolution: Resolution) -> Option<(u8, u16, u16)> {
    let Resolution { x, y, unit } = resolution;
    let whole = |value: f64| (value.round() <= 65_535.0 && value >= 0.5).then_some(value.round() as u16);
    match unit {
        Unit::Aspect => Some((0, whole(x)?, whole(y)?)),
        Unit::Inch => Some((1, whole(x)?, whole(y)?)),
        // PNG counts in metres what was inches before.
        Unit::Centimetre if x.fract() != 0.0 || y.fract() != 0.0 => Some((1, whole(x * 2.54)?, whole(y * 2.54)?)),
        Unit::Centimetre => Some((2, whole(x)?, whole(y)?)),
    }
}
