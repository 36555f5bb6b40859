//! Edits XMP packets (ISO 16684-1) as text, so that everything else stays unchanged.

use super::{
    xmp_references::{Parts, without_references},
    xmp_text::set,
};
use crate::pixels::Size;

/// Maximum size of a packet in a JPEG segment, in bytes.
pub const MAX_JPEG_XMP: usize = 65_535 - 2 - 29;

/// The packet in UTF-8, without references to parts of its own file that are not kept; none if it is incomplete.
/// `is_upright`: an orientation elsewhere in the file was applied to the pixels, so the packet's is reset. Other programs
/// ignore an orientation that only the packet has, so that one is neither applied nor changed. `gain_map`: length of the
/// gain map that is kept.
pub fn for_photo(packet: Vec<u8>, is_upright: bool, gain_map: Option<usize>) -> Option<Vec<u8>> {
    let text = text(packet)?;
    // The end tag of every packet, with any prefix.
    let closes_rdf = |(at, _): (usize, &str)| {
        let name = text[at + 2..].split(['<', '>']).next().unwrap_or_default();
        name.ends_with(":RDF") && text[at + 2 + name.len()..].starts_with('>')
    };
    if !text.match_indices("</").any(closes_rdf) {
        return None;
    }
    let text = if is_upright { set(&text, "tiff:Orientation", "1") } else { text };
    let parts = gain_map.map_or(Parts::None, |bytes| Parts::GainMap { bytes });
    Some(without_references(&text, parts).into_bytes())
}

/// The packet without references to a gain map.
pub fn without_gain_map(packet: Vec<u8>) -> Vec<u8> {
    match str::from_utf8(&packet) {
        Ok(text) => without_references(text, Parts::None).into_bytes(),
        Err(_) => packet,
    }
}

/// Decodes a packet, which begins with a byte order mark or "<".
fn text(packet: Vec<u8>) -> Option<String> {
    let big = |two: &[u8; 2]| u16::from_be_bytes(*two);
    let little = |two: &[u8; 2]| u16::from_le_bytes(*two);
    let units: Vec<u16> = match packet[..] {
        [0xFE, 0xFF, ..] | [0, b'<', ..] => packet.as_chunks().0.iter().map(big).collect(),
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => packet.as_chunks().0.iter().map(little).collect(),
        _ => return String::from_utf8(packet).ok(),
    };
    let text = String::from_utf16(&units).ok()?;
    let text = text.trim_start_matches('\u{FEFF}');
    // The XML declaration names the old encoding.
    let declared = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    Some(declared.map_or(text, |(_, rest)| rest).to_owned())
}

/// Updates the sizes in the packet.
pub fn for_size(packet: &[u8], size: Size) -> Vec<u8> {
    let Ok(text) = str::from_utf8(packet) else { return packet.to_vec() };
    let properties = [
        ("tiff:ImageWidth", size.width),
        ("tiff:ImageLength", size.height),
        ("exif:PixelXDimension", size.width),
        ("exif:PixelYDimension", size.height),
    ];
    properties.iter().fold(text.to_owned(), |text, (name, px)| set(&text, name, &px.to_string())).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_set_as_attribute_and_as_element() {
        let text = "<rdf:RDF><a tiff:Orientation='6' exif:PixelXDimension=\"10\" xmpNote:HasExtendedXMP=\"0A\"/><tiff:Orientation>8</tiff:Orientation>\
                    <xmp:Thumbnails>…</xmp:Thumbnails><b/></rdf:RDF>";
        let upright = for_photo(text.into(), true, None).unwrap();
        let sized = String::from_utf8(for_size(&upright, Size::new(1234, 5))).unwrap();
        let expected = "<rdf:RDF><a tiff:Orientation='1' exif:PixelXDimension=\"1234\"/>\
                        <tiff:Orientation>1</tiff:Orientation><b/></rdf:RDF>";
        assert_eq!(sized, expected);
        let turned = String::from_utf8(for_photo(text.into(), false, None).unwrap()).unwrap();
        assert!(turned.contains("Orientation='6'") && turned.contains("<tiff:Orientation>8<"), "{turned}");
    }

    #[test]
    fn a_packet_in_utf_16_becomes_utf_8() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><rdf:RDF><dc:title>Grüße, 山</dc:title></rdf:RDF>";
        let (_, expected) = text.split_once("?>").unwrap();
        for marked in [text.to_owned(), format!("\u{FEFF}{text}")] {
            let units: Vec<u16> = marked.encode_utf16().collect();
            let big = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            let little = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            for packet in [big, little] {
                assert_eq!(for_photo(packet, true, None).map(String::from_utf8), Some(Ok(expected.to_owned())));
            }
        }
    }

    #[test]
    fn incomplete_packets_are_rejected() {
        assert_eq!(for_photo(b"<x:xmpmeta><rdf:RDF xmlns:rdf=''>".to_vec(), true, None), None);
        assert_eq!(for_photo(vec![0xFF; 40], true, None), None);
    }
}
