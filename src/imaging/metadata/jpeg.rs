//! Metadata segments of a JPEG.

use std::sync::Arc;

use super::{
    Metadata, Resolution, Unit,
    gain_map::{GainMap, INDEX, ISO, is_gain_map},
    iptc::Damaged,
    jpeg_apps::{self, COMMENT, Handling},
    jpeg_profile::{IccChunks, JoinedProfile},
    jpeg_tables, photoshop, trailer,
    unkept::Unkept,
};
use crate::{
    imaging::container::jpeg::{Segment, Segments},
    pixels::Size,
};

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
/// Maximum number of application segments that are kept: a hundred times as many as any camera writes.
const MAX_SEGMENTS: usize = 4_096;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP13: u8 = 0xED;
const APP15: u8 = 0xEF;

/// Reads all metadata; adds what is not kept to `unkept`. `size`: that of the pixels in the file. `is_cmyk`: the profile is
/// for CMYK, which is converted to RGB.
pub fn read(
    bytes: &[u8],
    (size, is_cmyk): (Size, bool),
    metadata: &mut Metadata,
    notices: &mut Vec<String>,
    unkept: &mut Unkept,
) {
    metadata.jpeg.table = jpeg_tables::quality(bytes);
    let (mut resources, mut profile) = (Vec::new(), IccChunks::default());
    let (mut has_gain_map, mut index, mut iso) = (false, None, None);
    let mut extended = false;
    let mut segments = Segments::new(bytes);
    while let Some(segment) = segments.next() {
        let Segment { marker, contents, .. } = segment;
        has_gain_map |= matches!(marker, APP1 | APP2) && is_gain_map(contents);
        match marker {
            APP0 if contents.starts_with(b"JFIF\0") => metadata.resolution = resolution(contents),
            APP1 if contents.starts_with(EXIF) => match (&mut metadata.exif, &contents[EXIF.len()..]) {
                // A block too long for one segment continues in the next one.
                (Some(block), rest) if !is_tiff(rest) => block.extend(rest),
                (block, contents) => first(block, contents, "further EXIF data", unkept),
            },
            APP1 if contents.starts_with(XMP) => {
                first(&mut metadata.xmp, &contents[XMP.len()..], "further XMP data", unkept);
            }
            APP1 if contents.starts_with(EXTENDED_XMP) => extended = true,
            APP2 if IccChunks::is_icc(contents) => profile.add_segment(contents),
            APP2 if contents.starts_with(INDEX) => {
                let end = segments.position();
                index.get_or_insert(end - contents.len()..end);
            }
            APP2 if contents.starts_with(ISO) => {
                iso.get_or_insert(contents);
            }
            APP13 if contents.starts_with(photoshop::HEADER) => resources.extend(&contents[photoshop::HEADER.len()..]),
            APP0..=APP15 | COMMENT => match jpeg_apps::handling(&segment) {
                Handling::Layout => {}
                Handling::Kept if metadata.jpeg_segments.len() < MAX_SEGMENTS => {
                    metadata.jpeg_segments.push((marker, contents.to_vec()));
                }
                Handling::Kept | Handling::Dropped => unkept.name(jpeg_apps::name(marker, contents)),
            },
            _ => {}
        }
    }
    if let Some(end) = segments.end() {
        match index.and_then(|index| GainMap::find(bytes, index, end, size, iso)) {
            Some((map, place)) => {
                metadata.gain_map = Some(Arc::new(map));
                trailer::name_all([&bytes[end..place.start], &bytes[place.end..]], false, unkept);
            }
            None => trailer::name_all([&bytes[end..]], has_gain_map, unkept),
        }
    }
    if extended {
        unkept.name("extended part of its XMP data (such as a depth map)");
    }
    match profile.join() {
        JoinedProfile::None => {}
        JoinedProfile::Whole(profile, _) if is_cmyk => {
            if profile.get(16..20) != Some(b"CMYK") {
                unkept.name("colour profile that is not for CMYK");
            }
        }
        JoinedProfile::Whole(profile, another) => {
            metadata.icc = Some(profile);
            if another {
                unkept.name("further colour profile");
            }
        }
        JoinedProfile::Incomplete => notices.push("Its colour profile is damaged and is not kept.".into()),
    }
    match photoshop::read(&resources, unkept) {
        Ok(records) => metadata.iptc = records,
        Err(Damaged) => notices.push("Its IPTC data is damaged and is not kept.".into()),
    }
}

fn is_tiff(block: &[u8]) -> bool {
    block.starts_with(b"II") || block.starts_with(b"MM")
}

/// Keeps the first block of a kind; adds others to `unkept`, unless they are equal.
fn first(block: &mut Option<Vec<u8>>, contents: &[u8], name: &str, unkept: &mut Unkept) {
    match block {
        None => *block = Some(contents.to_vec()),
        Some(first) if first == contents => {}
        Some(_) => unkept.name(name),
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

/// EXIF, XMP, IPTC, comments and application data as segments, to be inserted after JFIF's. Each must fit into one
/// segment. That of an index of the gain map is the last one; its offsets are 0.
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
    for (marker, contents) in &metadata.jpeg_segments {
        add(*marker, [contents, &[]]);
    }
    if let Some(map) = &metadata.gain_map {
        if let Some(contents) = map.iso() {
            add(APP2, [contents, &[]]);
        }
        add(APP2, [&map.index(0, 0).unwrap_or_default(), &[]]);
    }
    new
}

/// JFIF's unit and densities, if they fit into 16 bits.
pub fn density(resolution: Resolution) -> Option<(u8, u16, u16)> {
    let Resolution { x, y, unit } = resolution;
    let whole = |value: f64| (value.round() <= 65_535.0 && value >= 0.5).then_some(value.round() as u16);
    match unit {
        Unit::Aspect => Some((0, whole(x)?, whole(y)?)),
        Unit::Inch => Some((1, whole(x)?, whole(y)?)),
        // Probably inches that a PNG stored as metres.
        Unit::Centimetre if x.fract() != 0.0 || y.fract() != 0.0 => Some((1, whole(x * 2.54)?, whole(y * 2.54)?)),
        Unit::Centimetre => Some((2, whole(x)?, whole(y)?)),
    }
}
