//! The blocks of a GIF (GIF89a, sections 18 to 26) that are not pixels.

use super::{Metadata, unkept::Unkept};

/// How the blocks of colour profile and XMP begin: the name of a program and a code.
const PROFILE: &[u8] = b"ICCRGBG1012";
const XMP: &[u8] = b"XMP DataXMP";
/// XMP stands there as it is, and then bytes that lead any reader of blocks to its end.
const XMP_TRAILER: usize = 258;
/// How often an animation is shown.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// Profile and XMP; what is not kept is named.
pub fn read(bytes: &[u8], metadata: &mut Metadata, unkept: &mut Unkept) {
    for (label, blocks) in extensions(bytes) {
        let name = blocks.get(1..12).unwrap_or_default();
        match label {
            // How long a frame is shown, and what of it is transparent.
            0xF9 => {}
            0xFF if LOOPS.contains(&name) => {}
            0xFF if name == PROFILE && metadata.icc.is_none() => metadata.icc = Some(joined(&blocks[12..])),
            0xFF if name == XMP && metadata.xmp.is_none() => {
                let packet = blocks[12..].len().checked_sub(XMP_TRAILER).map(|length| blocks[12..][..length].to_vec());
                metadata.xmp = packet;
            }
            0xFE => unkept.name("comment of the GIF"),
            0x01 => unkept.name("text of the GIF"),
            _ => unkept.name(format!("data “{}” of the GIF", name.escape_ascii())),
        }
    }
}

/// The contents of blocks of up to 255 bytes.
fn joined(mut blocks: &[u8]) -> Vec<u8> {
    let mut contents = Vec::new();
    while let Some((&length, rest)) = blocks.split_first().filter(|(length, _)| **length > 0) {
        let (block, after) = rest.split_at(rest.len().min(length.into()));
        contents.extend(block);
        blocks = after;
    }
    contents
}

/// Label and blocks of each extension, the empty block at their end included.
fn extensions(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    // A table of 2 to 256 colours follows a descriptor that says so.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) };
    let mut at = 13 + bytes.get(10).map_or(0, |&flags| table(flags));
    std::iter::from_fn(move || {
        loop {
            let (start, label) = match bytes.get(at)? {
                // The width of the codes stands before the blocks of a frame.
                0x2C => (at + 11 + table(*bytes.get(at + 9)?), None),
                0x21 => (at + 2, Some(*bytes.get(at + 1)?)),
                // The end, or damage.
                _ => return None,
            };
            at = start;
            while let Some(&length @ 1..) = bytes.get(at) {
                at += 1 + usize::from(length);
            }
            at += 1;
            if let Some(label) = label {
                return Some((label, bytes.get(start..at)?));
            }
        }
    })
}
