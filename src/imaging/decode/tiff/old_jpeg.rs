//! Old-style JPEG compression (TIFF 6.0, section 22): one JPEG of the whole picture, or strips and tiles of entropy-coded data
//! with their tables elsewhere in the file.

use image::ImageResult;

use super::{packing::ChunkShape, tags::TiffTags};
use crate::imaging::{
    container::ifd::tag,
    decode::{
        errors::{broken, truncated, unsupported},
        jpeg::JpegDecoder,
    },
};

/// Where the parts of the picture are.
pub enum OldJpeg {
    /// A JPEG of the whole picture, at this offset.
    Whole(usize),
    /// Strips or tiles that share tables.
    Parts(SharedTables),
}

/// The tables of strips or tiles.
pub struct SharedTables {
    /// The segments DQT, DHT and, with restart markers, DRI.
    segments: Vec<u8>,
    /// Sampling factors of the first component, across and down.
    sampling: (u8, u8),
    /// Whether parts have their full height at the picture's lower edge.
    is_tiled: bool,
}

impl OldJpeg {
    /// From the tags.
    ///
    /// # Errors
    /// If they are inconsistent or unsupported.
    pub fn new(tags: &TiffTags) -> ImageResult<Self> {
        if tags.number(tag::OLD_JPEG_PROCESS)?.is_some_and(|process| process != 1) {
            return Err(unsupported("lossless old-style JPEG compression"));
        }
        if tags.number(tag::PLANAR)?.is_some_and(|planar| planar != 1) {
            return Err(unsupported("old-style JPEG compression in planes"));
        }
        match whole(tags)? {
            Some(at) => Ok(OldJpeg::Whole(at)),
            None => SharedTables::new(tags).map(OldJpeg::Parts),
        }
    }

    /// The JPEG of a strip or tile.
    ///
    /// # Errors
    /// If the part has a size that a JPEG can't have.
    pub fn stream(&self, data: &[u8], shape: ChunkShape) -> ImageResult<Vec<u8>> {
        match self {
            OldJpeg::Parts(tables) if !data.starts_with(&SOI) => tables.stream(data, shape),
            _ => Ok(data.to_vec()),
        }
    }
}

const SOI: [u8; 2] = [0xFF, 0xD8];
const EOI: [u8; 2] = [0xFF, 0xD9];

/// The offset of a JPEG of the whole picture (JPEGInterchangeFormat). Some files have one with tables only.
fn whole(tags: &TiffTags) -> ImageResult<Option<usize>> {
    let Some(at) = tags.number(tag::THUMBNAIL_OFFSET)?.and_then(|at| usize::try_from(at).ok()) else { return Ok(None) };
    let is_jpeg = tags.bytes.get(at..).is_some_and(|bytes| bytes.starts_with(&SOI));
    let size = (tags.number(tag::WIDTH)?, tags.number(tag::HEIGHT)?);
    let has_size = || {
        let decoder = JpegDecoder::new(tags.bytes.slice(at..));
        decoder.is_ok_and(|decoder| {
            let (width, height, _) = decoder.stored_shape();
            size == (Some(width as u64), Some(height as u64))
        })
    };
    Ok((is_jpeg && has_size()).then_some(at))
}

impl SharedTables {
    fn new(tags: &TiffTags) -> ImageResult<Self> {
        let mut segments = Vec::new();
        let mut segment = |marker: u8, head: u8, contents: &[u8]| {
            segments.extend([0xFF, marker]);
            segments.extend((3 + contents.len() as u16).to_be_bytes());
            segments.push(head);
            segments.extend(contents);
        };
        let at = |offset: u64, length: usize| {
            let at = usize::try_from(offset).ok()?;
            tags.bytes.get(at..at.checked_add(length)?)
        };
        for (slot, &offset) in offsets(tags, tag::OLD_JPEG_STEPS)?.iter().enumerate() {
            segment(0xDB, slot as u8, at(offset, 64).ok_or_else(truncated)?);
        }
        for (class, tag) in [(0, tag::OLD_JPEG_DC), (0x10, tag::OLD_JPEG_AC)] {
            for (slot, &offset) in offsets(tags, tag)?.iter().enumerate() {
                // The number of codes of each length, then their symbols.
                let counts = at(offset, 16).ok_or_else(truncated)?;
                let symbols: usize = counts.iter().map(|&count| usize::from(count)).sum();
                segment(0xC4, class | slot as u8, at(offset, 16 + symbols).ok_or_else(truncated)?);
            }
        }
        if let Some(interval @ 1..=0xFFFF) = tags.number(tag::OLD_JPEG_RESTARTS)? {
            segments.extend([0xFF, 0xDD, 0, 4]);
            segments.extend((interval as u16).to_be_bytes());
        }
        let sampling = match tags.numbers(tag::YCC_SUBSAMPLING)?.as_deref() {
            _ if tags.number(tag::PHOTOMETRIC)? != Some(6) => (1, 1),
            None => (2, 2),
            Some(&[across @ (1 | 2 | 4), down @ (1 | 2 | 4), ..]) => (across as u8, down as u8),
            Some(_) => return Err(unsupported("a rare kind of YCbCr")),
        };
        Ok(Self { segments, sampling, is_tiled: tags.number(tag::TILE_WIDTH)?.is_some() })
    }

    fn stream(&self, data: &[u8], shape: ChunkShape) -> ImageResult<Vec<u8>> {
        let side = |side: usize| u16::try_from(side).map_err(|_| broken("TIFF", "its strips or tiles are too large"));
        let height = side(if self.is_tiled { shape.height } else { shape.rows })?;
        let count = u8::try_from(shape.samples).ok().filter(|count| (1..=4).contains(count));
        let count = count.ok_or_else(|| unsupported("more than four channels in old-style JPEG compression"))?;
        let mut stream = [&SOI[..], &self.segments, &[0xFF, 0xC0, 0, 8 + 3 * count, 8]].concat();
        stream.extend(height.to_be_bytes());
        stream.extend(side(shape.width)?.to_be_bytes());
        stream.push(count);
        for slot in 0..count {
            let (across, down) = if slot == 0 { self.sampling } else { (1, 1) };
            stream.extend([slot, across << 4 | down, slot]);
        }
        stream.extend([0xFF, 0xDA, 0, 6 + 2 * count, count]);
        (0..count).for_each(|slot| stream.extend([slot, slot << 4 | slot]));
        stream.extend([0, 63, 0]);
        stream.extend(data);
        stream.extend(EOI);
        Ok(stream)
    }
}

/// The offsets of the tables of each component.
fn offsets(tags: &TiffTags, tag: u16) -> ImageResult<Vec<u64>> {
    match tags.numbers(tag)? {
        Some(offsets) if (1..=4).contains(&offsets.len()) => Ok(offsets),
        _ => Err(broken("TIFF", "the tables of its JPEG compression are missing")),
    }
}
