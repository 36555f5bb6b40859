//! Edits XMP packets (ISO 16684-1) as text, so that everything else stays unchanged.

use super::xmp_references::without_references;
use crate::pixels::Size;

/// Maximum size of a packet in a JPEG segment, in bytes.
pub const MAX_JPEG_XMP: usize = 65_535 - 2 - 29;

/// The packet in UTF-8, without references to parts of its own file; none if it is incomplete. `is_upright`: an
/// orientation elsewhere in the file was applied to the pixels, so the packet's is reset. Other programs ignore an
/// orientation that only the packet has, so that one is neither applied nor changed.
pub fn for_photo(packet: Vec<u8>, is_upright: bool) -> Option<Vec<u8>> {
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
    Some(without_references(&text).into_bytes())
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

/// Sets a simple property, written as an attribute or an element, at every occurrence. In one pass: a packet can contain
/// it a million times.
fn set(text: &str, name: &str, value: &str) -> String {
    let (mut new, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(name) {
        let (before, after) = rest.split_at(at + name.len());
        new.push_str(before);
        rest = after;
        let (opening, end_mark) = match after.as_bytes() {
            [b'=', quote @ (b'"' | b'\''), ..] => (2, char::from(*quote)),
            [b'>', ..] if before[..at].ends_with('<') => (1, '<'),
            _ => continue,
        };
        if let Some(length) = after[opening..].find(end_mark) {
            new.push_str(&after[..opening]);
            new.push_str(value);
            rest = &after[opening + length..];
        }
    }
    new.push_str(rest);
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_set_as_attribute_and_as_element() {
        let text = "<rdf:RDF><a tiff:Orientation='6' exif:PixelXDimension=\"10\" xmpNote:HasExtendedXMP=\"0A\"/><tiff:Orientation>8</tiff:Orientation>\
                    <xmp:Thumbnails>…</xmp:Thumbnails><b/></rdf:RDF>";
        let upright = for_photo(text.into(), true).unwrap();
        let sized = String::from_utf8(for_size(&upright, Size::new(1234, 5))).unwrap();
        let expected = "<rdf:RDF><a tiff:Orientation='1' exif:PixelXDimension=\"1234\"/>\
                        <tiff:Orientation>1</tiff:Orientation><b/></rdf:RDF>";
        assert_eq!(sized, expected);
        let turned = String::from_utf8(for_photo(text.into(), false).unwrap()).unwrap();
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
                assert_eq!(for_photo(packet, true).map(String::from_utf8), Some(Ok(expected.to_owned())));
            }
        }
    }

    #[test]
    fn incomplete_packets_are_rejected() {
        assert_eq!(for_photo(b"<x:xmpmeta><rdf:RDF xmlns:rdf=''>".to_vec(), true), None);
        assert_eq!(for_photo(vec![0xFF; 40], true), None);
    }
}
