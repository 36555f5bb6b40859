//! Boxes of an ISO base media file (ISO/IEC 14496-12): AVIF, HEIC, JPEG XL, JPEG 2000.

/// Type and content of a box.
pub type NamedBox<'a> = ([u8; 4], &'a [u8]);

/// The types of auxiliary pictures that are alpha channels (ISO/IEC 23000-22).
pub const ALPHA: [&[u8]; 2] = [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];

/// The boxes in these bytes, up to the first incomplete one.
pub fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = NamedBox<'_>> {
    std::iter::from_fn(move || {
        let &[a, b, c, d, ref name @ ..] = bytes.first_chunk::<8>()?;
        let (header, length) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, bytes.len()),
            1 => (16, usize::try_from(u64::from_be_bytes(*bytes.get(8..)?.first_chunk()?)).ok()?),
            length => (8, length as usize),
        };
        let contents = bytes.get(header..length)?;
        bytes = &bytes[length..];
        Some((*name, contents))
    })
}

/// The content of the first box of that type.
pub fn find<'a>(boxes: &[NamedBox<'a>], name: &[u8; 4]) -> Option<&'a [u8]> {
    boxes.iter().find(|(other, _)| other == name).map(|(_, contents)| *contents)
}
