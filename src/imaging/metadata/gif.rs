//! Metadata of a GIF, in extensions.

use super::{Metadata, unkept::Unkept};
use crate::imaging::container::gif::{self, GifBlock};

/// Application identifiers of colour profile and XMP.
const PROFILE: &[u8] = b"ICCRGBG1012";
const XMP: &[u8] = b"XMP DataXMP";
/// XMP is not divided into sub-blocks; it is followed by a "magic trailer" of this length.
const XMP_TRAILER: usize = 258;
/// Loop count of an animation.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// Reads profile and XMP; adds the rest to `unkept`.
pub fn read(bytes: &[u8], metadata: &mut Metadata, unkept: &mut Unkept) {
    for block in gif::blocks(bytes) {
        let GifBlock::Extension(label, blocks) = block else { continue };
        let name = blocks.get(1..12).unwrap_or_default();
        match label {
            // Graphic control: delay and transparency of a frame.
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

/// Concatenates sub-blocks.
fn joined(mut blocks: &[u8]) -> Vec<u8> {
    let mut contents = Vec::new();
    while let Some((&length, rest)) = blocks.split_first().filter(|(length, _)| **length > 0) {
        let (block, after) = rest.split_at(rest.len().min(length.into()));
        contents.extend(block);
        blocks = after;
    }
    contents
}
