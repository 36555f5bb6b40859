//! Writes TIFF files (TIFF 6.0 with deflate, as in Adobe's Photoshop notes): compressed strips with a predictor, and all
//! metadata.
//!
//! The file begins with the first page's EXIF block, which has the structure of a TIFF: so all its offsets, including those
//! in maker notes, remain valid. The data of further pages are moved.

use std::io::{self, Seek, SeekFrom, Write};

use flate2::{Compression, write::ZlibEncoder};
use rayon::prelude::*;

use super::{
    lines::Lines,
    plan::{EncodeFailure, EncodePlan},
};
use crate::imaging::{
    Depth,
    container::ifd::{ByteOrder, IFD0_LAYOUT, IfdReader, kind, tag},
    metadata::{MovedExif, record_at, resolution_entries},
};

/// Approximate size of a strip before compression, in bytes.
const STRIP_BYTES: usize = 1 << 20;
/// Number of strips that are compressed in parallel.
const STRIPS: usize = 16;

/// The pages of a file so far.
#[derive(Debug)]
pub struct WrittenPages {
    order: ByteOrder,
    /// Position of the offset of the next directory.
    next_at: u64,
    /// Length of the file in bytes; even.
    pub end: u64,
}

/// Writes the file.
///
/// # Errors
/// If it would be larger than 4.3 GB, the EXIF block is invalid, writing fails, or the rows end too early.
pub fn encode(plan: &EncodePlan, lines: &mut Lines, file: &mut (impl Write + Seek)) -> Result<(), EncodeFailure> {
    write_first(plan, lines, false, file).map(|_| ())
}

/// Writes a page after those that are `written`; without any, the file's first page.
///
/// # Errors
/// Those of [`encode`].
pub fn append(
    plan: &EncodePlan,
    lines: &mut Lines,
    written: Option<WrittenPages>,
    file: &mut (impl Write + Seek),
) -> Result<WrittenPages, EncodeFailure> {
    let Some(WrittenPages { order, next_at, end }) = written else {
        return write_first(plan, lines, true, file);
    };
    file.seek(SeekFrom::Start(end))?;
    let strips = write_strips(plan, lines, order, end, file)?;
    let exif = plan.kept.exif.as_deref();
    let start = offset(strips.end)?;
    let moved = exif.map(|exif| MovedExif::new(exif, start, order).ok_or_else(damaged)).transpose()?;
    let (mut records, values) = moved.map_or_else(Default::default, |moved| (moved.records, moved.bytes));
    records.retain(|(tag, _)| !IFD0_LAYOUT.contains(tag));
    let (directory, written) = write_directory(plan, &strips, order, (records, values), true, file)?;
    file.seek(SeekFrom::Start(next_at))?;
    file.write_all(&order.u32(directory))?;
    Ok(written)
}

fn damaged() -> EncodeFailure {
    EncodeFailure::Refused("its EXIF data is damaged".into())
}

/// Tags with the twelve bytes of their entries.
type Records = Vec<(u16, Vec<u8>)>;

fn write_first(
    plan: &EncodePlan,
    lines: &mut Lines,
    is_page: bool,
    file: &mut (impl Write + Seek),
) -> Result<WrittenPages, EncodeFailure> {
    let exif = plan.kept.exif.as_deref();
    let reader = exif.map(|exif| IfdReader::new(exif).ok_or_else(damaged)).transpose()?;
    let order = reader.map_or(ByteOrder::Little, |reader| reader.order);
    let beginning = exif.map_or_else(|| order.header(0).to_vec(), <[u8]>::to_vec);
    let mut records = Vec::new();
    if let (Some(reader), Some(exif)) = (reader, exif) {
        let first = reader.first().ok_or_else(damaged)?;
        let kept = first.entries.iter().filter(|entry| !IFD0_LAYOUT.contains(&entry.tag));
        records.extend(kept.map(|entry| (entry.tag, exif[entry.at..entry.at + 12].to_vec())));
    }
    file.write_all(&beginning)?;
    let strips = write_strips(plan, lines, order, beginning.len() as u64, file)?;
    let (directory, written) = write_directory(plan, &strips, order, (records, Vec::new()), is_page, file)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&order.header(directory))?;
    Ok(written)
}

/// Writes a picture's directory after its strips; returns its offset. `kept`: entries that come from the EXIF block, and values
/// of theirs that are not in the file yet.
fn write_directory(
    plan: &EncodePlan,
    strips: &Strips,
    order: ByteOrder,
    (mut records, mut tail): (Records, Vec<u8>),
    is_page: bool,
    file: &mut impl Write,
) -> Result<(u32, WrittenPages), EncodeFailure> {
    let start = offset(strips.end)?;
    for (tag, kind, count, value) in entries(plan, strips, order, is_page) {
        offset(strips.end + tail.len() as u64)?;
        let record = record_at(start, &mut tail, order, (tag, kind, count), &value);
        records.retain(|(other, _)| *other != tag);
        records.push((tag, record));
    }
    records.sort_by_key(|(tag, _)| *tag);
    if !tail.len().is_multiple_of(2) {
        tail.push(0);
    }
    let directory = offset(strips.end + tail.len() as u64)?;
    tail.extend(order.u16(records.len() as u16));
    tail.extend(records.into_iter().flat_map(|(_, record)| record));
    let next_at = strips.end + tail.len() as u64;
    tail.extend([0; 4]);
    file.write_all(&tail)?;
    Ok((directory, WrittenPages { order, next_at, end: next_at + 4 }))
}

/// Encodes an offset.
fn offset(place: u64) -> Result<u32, EncodeFailure> {
    u32::try_from(place).map_err(|_| EncodeFailure::Refused("TIFF holds at most 4.3 GB".into()))
}

/// Positions of the strips.
struct Strips {
    rows: usize,
    offsets: Vec<u8>,
    sizes: Vec<u8>,
    /// The even offset after the last strip.
    end: u64,
}

fn write_strips(
    plan: &EncodePlan,
    lines: &mut Lines,
    order: ByteOrder,
    start: u64,
    file: &mut impl Write,
) -> Result<Strips, EncodeFailure> {
    let row_bytes = plan.width as usize * plan.channels.count() * plan.depth.bytes();
    let rows = (STRIP_BYTES / row_bytes.max(1)).clamp(1, plan.height.max(1) as usize);
    let mut strips = Strips { rows, offsets: Vec::new(), sizes: Vec::new(), end: start };
    let mut waiting = Vec::new();
    loop {
        let next = lines.next(rows * STRIPS)?;
        let ended = next.is_none();
        waiting.extend(next.unwrap_or_default());
        // Only the last strip may be shorter.
        let whole = if ended { waiting.len() } else { waiting.len() - waiting.len() % (rows * row_bytes).max(1) };
        let packed: Vec<Vec<u8>> = waiting[..whole]
            .par_chunks((rows * row_bytes).max(1))
            .map(|strip| compress(strip, plan, order, row_bytes))
            .collect::<io::Result<_>>()?;
        waiting.drain(..whole);
        for strip in packed {
            if !strips.end.is_multiple_of(2) {
                file.write_all(&[0])?;
                strips.end += 1;
            }
            strips.offsets.extend(order.u32(offset(strips.end)?));
            strips.sizes.extend(order.u32(strip.len() as u32));
            file.write_all(&strip)?;
            strips.end += strip.len() as u64;
        }
        if ended {
            break;
        }
    }
    if !strips.end.is_multiple_of(2) {
        file.write_all(&[0])?;
        strips.end += 1;
    }
    Ok(strips)
}

/// Tag, type, count and value of a directory's entries.
fn entries(plan: &EncodePlan, strips: &Strips, order: ByteOrder, is_page: bool) -> Vec<(u16, u16, u32, Vec<u8>)> {
    let (long, short) = (|value: u32| order.u32(value).to_vec(), |value: u16| order.u16(value).to_vec());
    let bits = (plan.depth.bytes() * 8) as u16;
    let channels = plan.channels.count() as u16;
    let each = |value: u16| short(value).repeat(channels.into());
    let (photometric, predictor, sample_format) = (
        if plan.channels.colours() == 1 { 1 } else { 2 },
        if plan.depth == Depth::Float { 3 } else { 2 },
        if plan.depth == Depth::Float { 3 } else { 1 },
    );
    let strip_count = (strips.offsets.len() / 4) as u32;
    let mut entries = vec![
        (tag::WIDTH, kind::LONG, 1, long(plan.width)),
        (tag::HEIGHT, kind::LONG, 1, long(plan.height)),
        (tag::BITS, kind::SHORT, channels.into(), each(bits)),
        (tag::COMPRESSION, kind::SHORT, 1, short(8)),
        (tag::PHOTOMETRIC, kind::SHORT, 1, short(photometric)),
        (tag::STRIP_OFFSETS, kind::LONG, strip_count, strips.offsets.clone()),
        (tag::CHANNELS, kind::SHORT, 1, short(channels)),
        (tag::STRIP_ROWS, kind::LONG, 1, long(strips.rows as u32)),
        (tag::STRIP_BYTES, kind::LONG, strip_count, strips.sizes.clone()),
        (tag::PLANAR, kind::SHORT, 1, short(1)),
        (tag::PREDICTOR, kind::SHORT, 1, short(predictor)),
        (tag::SAMPLE_FORMAT, kind::SHORT, channels.into(), each(sample_format)),
    ];
    if is_page {
        // A page of several.
        entries.push((tag::SUBFILE_TYPE, kind::LONG, 1, long(2)));
    }
    if plan.channels.has_alpha() {
        entries.push((tag::EXTRA_SAMPLES, kind::SHORT, 1, short(2)));
    }
    if let Some(resolution) = plan.kept.resolution {
        entries.extend(resolution_entries(resolution, order));
    }
    for (tag, kind, block) in [
        (tag::XMP, kind::BYTE, &plan.kept.xmp),
        (tag::IPTC, kind::UNDEFINED, &plan.kept.iptc),
        (tag::ICC, kind::UNDEFINED, &plan.kept.icc),
    ] {
        if let Some(block) = block {
            entries.push((tag, kind, block.len() as u32, block.clone()));
        }
    }
    entries
}

/// Applies the predictor to rows, and compresses them.
fn compress(strip: &[u8], plan: &EncodePlan, order: ByteOrder, row_bytes: usize) -> io::Result<Vec<u8>> {
    let channels = plan.channels.count();
    let mut rows = Vec::with_capacity(strip.len());
    for row in strip.chunks(row_bytes.max(1)) {
        match plan.depth {
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
            // All first bytes (sign and exponent), then all second ones… (Adobe's technical note 3).
            Depth::Float => {
                let samples = || row.as_chunks::<4>().0.iter().map(|sample| f32::from_ne_bytes(*sample).to_be_bytes());
                let sorted: Vec<u8> = (0..4).flat_map(|byte| samples().map(move |sample| sample[byte])).collect();
                rows.extend(&sorted[..channels]);
                rows.extend(sorted.iter().zip(&sorted[channels..]).map(|(left, here)| here.wrapping_sub(*left)));
            }
        }
    }
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&rows)?;
    packer.finish()
}
