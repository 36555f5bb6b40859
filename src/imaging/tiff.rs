//! Writes TIFF files (TIFF 6.0 with deflate, as in Adobe's Photoshop notes): strips of compressed
//! differences, and everything a photo says of itself.
//!
//! The file begins with the photo's EXIF block, which is a TIFF structure itself: so every offset in
//! it, those hidden in maker notes included, holds on without a change.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};
use rayon::prelude::*;

use super::{
    Depth, Metadata,
    metadata::{ByteOrder, IFD0_LAYOUT, Structure, kind, record, resolution_entries, tag},
};

/// Pixels of about so many bytes are compressed at once.
const STRIP_BYTES: usize = 1 << 20;

/// The pixels to be written.
pub(super) struct Pixels<'a> {
    /// Interleaved channels; 16-bit ones in this machine's byte order.
    pub samples: &'a [u8],
    pub width: u32,
    pub height: u32,
    /// 1 (grey) or 3, without alpha.
    pub colors: usize,
    /// Whether a further channel is alpha, not multiplied into the colours.
    pub alpha: bool,
    pub depth: Depth,
}

impl Pixels<'_> {
    fn channels(&self) -> usize {
        self.colors + usize::from(self.alpha)
    }

    fn sample_bytes(&self) -> usize {
        match self.depth {
            Depth::Eight => 1,
            Depth::Sixteen => 2,
        }
    }

    fn row_bytes(&self) -> usize {
        self.width as usize * self.channels() * self.sample_bytes()
    }
}

/// The bytes of a file.
///
/// # Errors
/// When it would be larger than 4 GiB, or the EXIF block is none.
pub(super) fn encode(pixels: &Pixels, metadata: &Metadata) -> Result<Vec<u8>, String> {
    let exif = metadata.exif.as_deref();
    let structure = exif.map(|exif| Structure::new(exif).ok_or("its EXIF data is damaged")).transpose()?;
    let order = structure.map_or(ByteOrder::Little, |structure| structure.order);
    let mut file = exif.map_or_else(|| order.header(0).to_vec(), <[u8]>::to_vec);
    let mut records = Vec::new();
    if let (Some(structure), Some(exif)) = (structure, exif) {
        let first = structure.first().ok_or("its EXIF data is damaged")?;
        let kept = first.entries.iter().filter(|entry| !IFD0_LAYOUT.contains(&entry.tag));
        records.extend(kept.map(|entry| (entry.tag, exif[entry.at..entry.at + 12].to_vec())));
    }

    let rows = (STRIP_BYTES / pixels.row_bytes().max(1)).clamp(1, pixels.height.max(1) as usize);
    let strips: Vec<Vec<u8>> = pixels
        .samples
        .par_chunks(rows * pixels.row_bytes())
        .map(|strip| compress(strip, pixels, order))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let (mut offsets, mut sizes) = (Vec::new(), Vec::new());
    for strip in strips {
        if !file.len().is_multiple_of(2) {
            file.push(0);
        }
        offsets.extend(order.u32(offset(&file)?));
        sizes.extend(order.u32(strip.len() as u32));
        file.extend(strip);
    }

    let (long, short) = (|value: u32| order.u32(value).to_vec(), |value: u16| order.u16(value).to_vec());
    let bits = (pixels.sample_bytes() * 8) as u16;
    let channels = pixels.channels() as u16;
    let strip_count = (offsets.len() / 4) as u32;
    let photometric = if pixels.colors == 1 { 1 } else { 2 };
    let mut entries = vec![
        (tag::WIDTH, kind::LONG, 1, long(pixels.width)),
        (tag::HEIGHT, kind::LONG, 1, long(pixels.height)),
        (tag::BITS, kind::SHORT, channels.into(), short(bits).repeat(channels.into())),
        (tag::COMPRESSION, kind::SHORT, 1, short(8)),
        (tag::PHOTOMETRIC, kind::SHORT, 1, short(photometric)),
        (tag::STRIP_OFFSETS, kind::LONG, strip_count, offsets),
        (tag::CHANNELS, kind::SHORT, 1, short(channels)),
        (tag::STRIP_ROWS, kind::LONG, 1, long(rows as u32)),
        (tag::STRIP_BYTES, kind::LONG, strip_count, sizes),
        (tag::PLANAR, kind::SHORT, 1, short(1)),
        (tag::PREDICTOR, kind::SHORT, 1, short(2)),
    ];
    if pixels.alpha {
        entries.push((tag::EXTRA_SAMPLES, kind::SHORT, 1, short(2)));
    }
    if let Some(resolution) = metadata.resolution {
        entries.extend(resolution_entries(resolution, order));
    }
    for (tag, kind, block) in [
        (tag::XMP, kind::BYTE, &metadata.xmp),
        (tag::IPTC, kind::UNDEFINED, &metadata.iptc),
        (tag::ICC, kind::UNDEFINED, &metadata.icc),
    ] {
        if let Some(block) = block {
            entries.push((tag, kind, block.len() as u32, block.clone()));
        }
    }
    for (tag, kind, count, value) in entries {
        offset(&file)?;
        let record = record(&mut file, order, tag, kind, count, &value);
        records.retain(|(other, _)| *other != tag);
        records.push((tag, record));
    }
    records.sort_by_key(|(tag, _)| *tag);
    if !file.len().is_multiple_of(2) {
        file.push(0);
    }
    let first = offset(&file)?;
    file.extend(order.u16(records.len() as u16));
    file.extend(records.into_iter().flat_map(|(_, record)| record));
    file.extend([0; 4]);
    file[..8].copy_from_slice(&order.header(first));
    Ok(file)
}

/// Where the next byte goes.
fn offset(file: &[u8]) -> Result<u32, String> {
    u32::try_from(file.len()).map_err(|_| "TIFF holds at most 4 GiB".into())
}

/// Some rows as differences from pixel to pixel, compressed.
fn compress(strip: &[u8], pixels: &Pixels, order: ByteOrder) -> std::io::Result<Vec<u8>> {
    let channels = pixels.channels();
    let mut rows = Vec::with_capacity(strip.len());
    for row in strip.chunks(pixels.row_bytes()) {
        match pixels.depth {
            Depth::Eight => {
                rows.extend(&row[..channels]);
                rows.extend(row.iter().zip(&row[channels..]).map(|(left, here)| here.wrapping_sub(*left)));
            }
            Depth::Sixteen => {
                let samples = || row.as_chunks::<2>().0.iter().map(|sample| u16::from_ne_bytes(*sample));
                rows.extend(samples().take(channels).flat_map(|first| order.u16(first)));
                let pairs = samples().zip(samples().skip(channels));
                rows.extend(pairs.flat_map(|(left, here)| order.u16(here.wrapping_sub(left))));
            }
        }
    }
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&rows)?;
    packer.finish()
}
