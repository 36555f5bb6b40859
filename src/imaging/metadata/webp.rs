//! Metadata chunks of a WebP.

use img_parts::{
    ImageICC,
    riff::{RiffChunk, RiffContent},
    webp::WebP,
};

use super::{Metadata, jpeg_apps::CREDENTIALS, unkept::Unkept};
use crate::imaging::memory;

/// The XMP flag in the first byte of the VP8X chunk.
const XMP_FLAG: u8 = 0b100;

/// Type and data of the chunks of a RIFF file; no data if it is truncated.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], Option<&[u8]>)> {
    let mut at = 12;
    std::iter::from_fn(move || {
        let kind = *bytes.get(at..)?.first_chunk()?;
        let length = u32::from_le_bytes(*bytes.get(at + 4..)?.first_chunk()?) as usize;
        let start = at + 8;
        at = start.checked_add(length.checked_next_multiple_of(2)?)?;
        Some((kind, bytes.get(start..start.checked_add(length)?)))
    })
}

/// Reads profile, EXIF and XMP. Does not use the decoder, which allocates a chunk's declared length without checking it.
pub fn read(bytes: &[u8], metadata: &mut Metadata, notices: &mut Vec<String>, unkept: &mut Unkept) {
    let (bytes, trailer) = bytes.split_at(container_length(bytes));
    if trailer.iter().any(|&byte| byte != 0) {
        unkept.name(format!("{} of unknown data behind the picture", memory::format_bytes(trailer.len() as u64)));
    }
    // Only extended files have metadata.
    if !bytes.get(12..).is_some_and(|first| first.starts_with(b"VP8X")) {
        return;
    }
    for (kind, data) in chunks(bytes) {
        let (block, what) = match &kind {
            b"ICCP" => (&mut metadata.icc, "colour profile"),
            b"EXIF" => (&mut metadata.exif, "EXIF data"),
            b"XMP " => (&mut metadata.xmp, "XMP data"),
            // The picture, and other frames, which have a notice of their own.
            b"VP8 " | b"VP8L" | b"VP8X" | b"ALPH" | b"ANIM" | b"ANMF" => continue,
            b"C2PA" => {
                unkept.name(CREDENTIALS);
                continue;
            }
            kind => {
                unkept.name(format!("chunk “{}” of the WebP", kind.escape_ascii()));
                continue;
            }
        };
        match data {
            None => notices.push(format!("Its {what} is damaged and is not kept.")),
            // The first one of a kind is kept.
            Some(data) if block.is_none() && !data.is_empty() => *block = Some(data.to_vec()),
            Some(data) if block.as_deref() == Some(data) || data.is_empty() => {}
            Some(_) => unkept.name(format!("further {what}")),
        }
    }
}

/// Length of the RIFF container, in bytes.
fn container_length(bytes: &[u8]) -> usize {
    let declared = bytes.get(4..8).and_then(<[u8]>::first_chunk).map(|length| u32::from_le_bytes(*length) as usize + 8);
    declared.map_or(bytes.len(), |length| length.next_multiple_of(2)).min(bytes.len())
}

/// Adds profile, EXIF and XMP to an encoded WebP.
///
/// # Errors
/// If it is not a complete WebP.
pub fn add_chunks(webp: Vec<u8>, metadata: &Metadata) -> Result<Vec<u8>, String> {
    if metadata.icc.is_none() && metadata.exif.is_none() && metadata.xmp.is_none() {
        return Ok(webp);
    }
    let mut container = WebP::from_bytes(webp.into()).map_err(|error| error.to_string())?;
    for (id, block) in [(*b"EXIF", &metadata.exif), (*b"XMP ", &metadata.xmp)] {
        if let Some(block) = block {
            container.chunks_mut().push(RiffChunk::new(id, RiffContent::Data(block.clone().into())));
        }
    }
    // This also makes it an extended file, and sets all flags except XMP's.
    container.set_icc_profile(metadata.icc.clone().map(Into::into));
    let first = container.chunks_mut().iter_mut().find(|chunk| chunk.id() == *b"VP8X");
    if let Some(RiffContent::Data(data)) = first.map(RiffChunk::content_mut)
        && metadata.xmp.is_some()
    {
        let mut flags = data.to_vec();
        if let Some(first) = flags.first_mut() {
            *first |= XMP_FLAG;
        }
        *data = flags.into();
    }
    Ok(container.encoder().bytes().to_vec())
}
