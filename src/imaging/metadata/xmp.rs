//! Edits of an XMP packet (ISO 16684-1), as text: everything else in it stays as it stands.

use crate::pixels::Size;

/// What a JPEG segment holds beside its header.
pub const MAX_JPEG_XMP: usize = 65_535 - 2 - 29;

/// The packet with its orientation set to normal, without thumbnails and without the reference to a
/// JPEG's further segments. None when it is not whole.
pub fn upright(packet: Vec<u8>) -> Option<Vec<u8>> {
    let Ok(mut text) = String::from_utf8(packet) else { return None };
    // The element that every packet ends with, whatever its prefix.
    let closes = |(at, _): (usize, &str)| text[..at].rfind('<').is_some_and(|start| text[start..].starts_with("</"));
    if !text.match_indices(":RDF>").any(closes) {
        return None;
    }
    set(&mut text, "tiff:Orientation", "1");
    for name in ["xmp:Thumbnails", "xap:Thumbnails"] {
        remove_element(&mut text, name);
    }
    remove_attribute(&mut text, "xmpNote:HasExtendedXMP");
    Some(text.into_bytes())
}

/// The packet with a photo's size written over those in it.
pub fn for_size(packet: &[u8], size: Size) -> Vec<u8> {
    let Ok(mut text) = String::from_utf8(packet.to_vec()) else { return packet.to_vec() };
    for (name, px) in [
        ("tiff:ImageWidth", size.width),
        ("tiff:ImageLength", size.height),
        ("exif:PixelXDimension", size.width),
        ("exif:PixelYDimension", size.height),
    ] {
        set(&mut text, name, &px.to_string());
    }
    text.into_bytes()
}

/// Sets a simple property, in either way of writing it, where the packet has it.
fn set(text: &mut String, name: &str, value: &str) {
    let mut from = 0;
    while let Some(at) = text[from..].find(name).map(|at| from + at) {
        let start = at + name.len();
        from = start;
        let end_mark = match text.as_bytes().get(start..) {
            Some([b'=', quote @ (b'"' | b'\''), ..]) => *quote,
            Some([b'>', ..]) if text[..at].ends_with('<') => b'<',
            _ => continue,
        };
        let start = if end_mark == b'<' { start + 1 } else { start + 2 };
        if let Some(length) = text.as_bytes()[start..].iter().position(|&byte| byte == end_mark) {
            text.replace_range(start..start + length, value);
        }
        from = start;
    }
}

fn remove_element(text: &mut String, name: &str) {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    while let Some(start) = text.find(&open)
        && let Some(end) = text[start..].find(&close)
    {
        text.replace_range(start..start + end + close.len(), "");
    }
}

fn remove_attribute(text: &mut String, name: &str) {
    if let Some(start) = text.find(&format!("{name}=\""))
        && let Some(end) = text[start + name.len() + 2..].find('"')
    {
        text.replace_range(start..start + name.len() + 2 + end + 1, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_set_as_attribute_and_as_element() {
        let text = "<rdf:RDF><a tiff:Orientation='6' exif:PixelXDimension=\"10\" xmpNote:HasExtendedXMP=\"0A\"/><tiff:Orientation>8</tiff:Orientation>\
                    <xmp:Thumbnails>…</xmp:Thumbnails><b/></rdf:RDF>";
        let upright = upright(text.into()).unwrap();
        let sized = String::from_utf8(for_size(&upright, Size::new(1234, 5))).unwrap();
        let expected = "<rdf:RDF><a tiff:Orientation='1' exif:PixelXDimension=\"1234\" />\
                        <tiff:Orientation>1</tiff:Orientation><b/></rdf:RDF>";
        assert_eq!(sized, expected);
    }

    #[test]
    fn half_a_packet_is_none() {
        assert_eq!(upright(b"<x:xmpmeta><rdf:RDF xmlns:rdf=''>".to_vec()), None);
        assert_eq!(upright(vec![0xFF; 40]), None);
    }
}
