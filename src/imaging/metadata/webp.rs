//! The chunks of a WebP that are not pixels.

use img_parts::{
    ImageICC,
    riff::{RiffChunk, RiffContent},
    webp::WebP,
};

use super::Metadata;

/// The bit that says that XMP follows, in the first byte of an extended file's first chunk.
const XMP_FLAG: u8 = 0b100;

/// Writes all that a WebP holds into one that was just encoded.
///
/// # Errors
/// When that is no whole WebP.
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
    // This makes the file an extended one, too, and sets the flags but the last.
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
