//! Metadata of a JPEG 2000 (ISO/IEC 15444-1, annex I), in boxes.

use super::{Metadata, Resolution, Unit, unkept::Unkept};
use crate::imaging::container::boxes::{boxes, find};

/// Boxes of the picture, and padding.
const LAYOUT: [&[u8; 4]; 5] = [b"jP  ", b"ftyp", b"jp2c", b"free", b"rreq"];
/// Identifiers of `uuid` boxes.
const XMP: &[u8] = b"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
const EXIF: &[u8] = b"JpgTiffExif->JP2";
const IPTC: &[u8] = b"\x33\xC7\xA4\xD2\xB8\x1D\x47\x23\xA0\xBA\xF1\xA3\xE0\x97\xAD\x38";

/// Reads EXIF, XMP and resolution; adds the rest to `unkept`.
pub fn read(bytes: &[u8], metadata: &mut Metadata, unkept: &mut Unkept) {
    // A codestream has no boxes.
    if bytes.starts_with(b"\xFF\x4F") {
        return;
    }
    for (name, contents) in boxes(bytes) {
        match &name {
            layout if LAYOUT.contains(&layout) => {}
            b"jp2h" => metadata.resolution = resolution(contents),
            b"uuid" => {
                let (id, block) = contents.split_at(contents.len().min(16));
                match id {
                    XMP if metadata.xmp.is_none() => metadata.xmp = Some(block.to_vec()),
                    XMP => unkept.name("further XMP data"),
                    EXIF if metadata.exif.is_none() => metadata.exif = Some(block.to_vec()),
                    EXIF => unkept.name("further EXIF data"),
                    IPTC => unkept.name("IPTC data"),
                    _ => unkept.name("data of another program"),
                }
            }
            name => unkept.name(format!("box “{}”", name.escape_ascii())),
        }
    }
}

/// The resolution of capture, or else that of display: for each axis a fraction and an exponent, in px per metre.
fn resolution(header: &[u8]) -> Option<Resolution> {
    let header: Vec<_> = boxes(header).collect();
    let all: Vec<_> = boxes(find(&header, b"res ")?).collect();
    let stored = find(&all, b"resc").or_else(|| find(&all, b"resd"))?.first_chunk::<10>()?;
    let number = |at: usize| f64::from(u16::from_be_bytes([stored[at], stored[at + 1]]));
    let per_centimetre = |fraction: f64, exponent: u8| fraction * 10_f64.powi(i32::from(exponent as i8)) / 100.0;
    let y = per_centimetre(number(0) / number(2), stored[8]);
    let x = per_centimetre(number(4) / number(6), stored[9]);
    [x, y].iter().all(|value| value.is_finite() && *value > 0.0).then_some(Resolution { x, y, unit: Unit::Centimetre })
}
