//! Blocks of a GIF (GIF89a, sections 18 to 26).

/// A frame or an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GifBlock<'a> {
    /// A picture, without its data.
    Frame,
    /// An extension: its label and its sub-blocks with their lengths, including the terminator.
    Extension(u8, &'a [u8]),
}

/// Frames and extensions in order, up to the end or the first incomplete one.
pub fn blocks(bytes: &[u8]) -> impl Iterator<Item = GifBlock<'_>> {
    // Size of the colour table that follows a descriptor with these flags.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) };
    let mut at = 13 + bytes.get(10).map_or(0, |&flags| table(flags));
    std::iter::from_fn(move || {
        let (start, label) = match bytes.get(at)? {
            // The LZW code size precedes the sub-blocks of a frame.
            0x2C => (at + 11 + table(*bytes.get(at + 9)?), None),
            0x21 => (at + 2, Some(*bytes.get(at + 1)?)),
            _ => return None,
        };
        at = start;
        while let Some(&length @ 1..) = bytes.get(at) {
            at += 1 + usize::from(length);
        }
        at += 1;
        match label {
            None => Some(GifBlock::Frame),
            Some(label) => Some(GifBlock::Extension(label, bytes.get(start..at)?)),
        }
    })
}
