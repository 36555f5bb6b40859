//! What the extensions of a GIF hold.

use super::{Metadata, unkept::Unkept};
use crate::imaging::container::gif::{self, GifBlock};

/// How the blocks of colour profile and XMP begin: the name of a program and a code.
const PROFILE: &[u8] = b"ICCRGBG1012";
const XMP: &[u8] = b"XMP DataXMP";
/// XMP is not divided into blocks; after it come bytes that lead any reader of blocks to its end.
const XMP_TRAILER: usize = 258;
/// How often an animation is shown.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// Profile and XMP; what is not kept is named.
pub fn read(bytes: &[u8], metadata: &mut Metadata, unkept: &mut Unkept) {
    for block in gif::blocks(bytes) {
        let GifBlock::Extension(label, blocks) = block else { continue };
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
