//! Blocks of a GIF (GIF89a, sections 18 to 26).

/// A frame or an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GifBlock<'a> {
    /// A picture; its contents are skipped.
    Frame,
    /// Its label, and its blocks of up to 255 bytes with their lengths, the empty one at their end included.
    Extension(u8, &'a [u8]),
}

/// Frames and extensions in their order, up to the end or the first that is not whole.
pub fn blocks(bytes: &[u8]) -> impl Iterator<Item = GifBlock<'_>> {
    // A table of 2 to 256 colours follows a descriptor that says so.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) };
    let mut at = 13 + bytes.get(10).map_or(0, |&flags| table(flags));
    std::iter::from_fn(move || {
        let (start, label) = match bytes.get(at)? {
            // The width of its codes precedes the blocks of a frame.
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
