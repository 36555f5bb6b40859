//! Checks of a JPEG 2000 before it is decoded: the decoder allocates by what the headers say.

use std::collections::HashSet;

use image::ImageResult;
use img_parts::Bytes;

use crate::imaging::{
    container::boxes::{boxes, find},
    decode::errors::{broken, truncated, unsupported},
};

/// Boxes: signature, kind of file, header, and codestream.
const NEEDED: [&[u8; 4]; 4] = [b"jP  ", b"ftyp", b"jp2h", b"jp2c"];
/// Start of a codestream: the markers SOC and SIZ.
const START: &[u8] = b"\xFF\x4F\xFF\x51";
/// Most tiles of a picture: their numbers have 16 bits (annex A.4.2).
const MOST_TILES: u64 = 65_535;
/// Most channels: red, green, blue and alpha.
const MOST_CHANNELS: usize = 4;
/// Bytes of the decoder for each value of the picture, for planes and coefficients; and for each code block, with its layers.
const BYTES_PER_VALUE: u64 = 12;
const BYTES_PER_CODE_BLOCK: u64 = 1024;

/// The compressed picture: the content of its box, or all of a file without boxes.
pub fn codestream(file: &[u8]) -> &[u8] {
    if file.starts_with(START) {
        return file;
    }
    let found: Vec<_> = boxes(file).collect();
    find(&found, b"jp2c").unwrap_or_default()
}

/// The boxes that the decoder needs, of a file of less than 4 GB: it refuses some others, and what may follow.
pub fn needed_boxes(file: &Bytes) -> Bytes {
    if file.starts_with(START) {
        return file.clone();
    }
    let mut needed = Vec::with_capacity(file.len());
    for (name, contents) in boxes(file).filter(|(name, _)| NEEDED.contains(&name)) {
        let Ok(length) = u32::try_from(contents.len() + 8) else { return file.clone() };
        needed.extend(length.to_be_bytes().iter().chain(&name).chain(contents));
    }
    needed.into()
}

/// Checks what the decoder does not before it allocates. Returns the memory that it needs, in bytes.
///
/// # Errors
/// If the file is damaged or unsupported.
pub fn check(file: &[u8]) -> ImageResult<u64> {
    let damaged = || broken("JPEG 2000", "its header is damaged");
    let boxes: Vec<_> = boxes(file).collect();
    let count = |name: &[u8; 4]| boxes.iter().filter(|(other, _)| other == name).count();
    if !file.starts_with(START) && (count(b"jp2c") > 1 || count(b"jp2h") > 1) {
        return Err(unsupported("several pictures in JPEG 2000"));
    }
    let header: Vec<_> = self::boxes(find(&boxes, b"jp2h").unwrap_or_default()).collect();
    // Each entry, of four bytes, makes a channel.
    if find(&header, b"cmap").is_some_and(|entries| entries.len() > 4 * MOST_CHANNELS) {
        return Err(unsupported("many channels in JPEG 2000"));
    }
    let stream = codestream(file);
    if stream.len() < 42 {
        return Err(truncated());
    }
    let number = |at: usize| {
        stream.get(at..at + 4).map_or(0, |four| u64::from(u32::from_be_bytes([four[0], four[1], four[2], four[3]])))
    };
    // SIZ (annex A.5.1): the corners of the picture on its grid, then size and corner of the tiles.
    let [right, bottom, left, top, width, height, x, y] = [8, 12, 16, 20, 24, 28, 32, 36].map(number);
    let channels = usize::from(u16::from_be_bytes([stream[40], stream[41]]));
    if width == 0 || height == 0 || x >= right || y >= bottom || left >= right || top >= bottom || channels == 0 {
        return Err(damaged());
    }
    let tiles = (right - x).div_ceil(width).saturating_mul((bottom - y).div_ceil(height));
    if tiles > MOST_TILES {
        return Err(damaged());
    }
    // The box has the size too: height, then width.
    let outside = find(&header, b"ihdr").and_then(|sizes| sizes.first_chunk::<8>());
    let sizes = [bottom - top, right - left].map(|side| (side as u32).to_be_bytes()).concat();
    let is_subsampled = stream.get(43..45) != Some(&[1, 1]);
    if outside.is_some_and(|outside| !is_subsampled && outside[..] != sizes[..]) {
        return Err(damaged());
    }
    if channels > MOST_CHANNELS {
        return Err(unsupported("many channels in JPEG 2000"));
    }
    let depths = stream.get(42..42 + 3 * channels).ok_or_else(truncated)?;
    if depths.iter().step_by(3).any(|depth| depth & 0x80 != 0) {
        // The decoder would shift them.
        return Err(unsupported("signed values in JPEG 2000"));
    }
    let values = ((right - left) * (bottom - top)).saturating_mul(channels as u64);
    let parts = TileParts::of(stream);
    // The decoder would leave them blank.
    if (parts.tiles.len() as u64) < tiles {
        return Err(truncated());
    }
    let blocks = values.div_ceil(parts.smallest_code_block.clamp(1, 1 << 12));
    Ok(values.saturating_mul(BYTES_PER_VALUE).saturating_add(blocks.saturating_mul(BYTES_PER_CODE_BLOCK)))
}

/// What the headers of a codestream say.
struct TileParts {
    /// The numbers of the tiles of which there are parts.
    tiles: HashSet<u16>,
    /// The area of the smallest code blocks, in values: of the segments COD and COC in all headers (annexes A.6.1, A.6.2, B.7).
    smallest_code_block: u64,
}

impl TileParts {
    fn of(stream: &[u8]) -> Self {
        let (mut tiles, mut smallest) = (HashSet::new(), u64::MAX);
        let mut at = 2;
        while let Some(&[0xFF, marker, high, low]) = stream.get(at..at + 4) {
            let length = usize::from(u16::from_be_bytes([high, low]));
            let segment = stream.get(at + 4..at + 2 + length).unwrap_or_default();
            // SOT: a tile's number, and the length of the part (0: up to the end).
            if let (0x90, Some(&[tile_high, tile_low, a, b, c, d])) = (marker, segment.first_chunk::<6>()) {
                tiles.insert(u16::from_be_bytes([tile_high, tile_low]));
                let part = u32::from_be_bytes([a, b, c, d]) as usize;
                let end = if part == 0 { stream.len() } else { at.saturating_add(part) };
                smallest = smallest.min(smallest_in_part(stream, at + 2 + length, end));
                if end <= at {
                    break;
                }
                at = end;
                continue;
            }
            smallest = smallest.min(code_block_of(marker, segment));
            if length < 2 {
                break;
            }
            at += 2 + length;
        }
        Self { tiles, smallest_code_block: smallest }
    }
}

/// The area of the code blocks of a segment, if it says: COD has style, progression, layers and colour transform, then the same as
/// COC, which has channel and style.
fn code_block_of(marker: u8, segment: &[u8]) -> u64 {
    match marker {
        0x52 => code_block(segment, 5),
        0x53 => code_block(segment, 2),
        _ => u64::MAX,
    }
}

/// The area of the smallest code blocks that the headers of a tile part name.
fn smallest_in_part(stream: &[u8], start: usize, end: usize) -> u64 {
    let part = stream.get(start..end.min(stream.len())).unwrap_or_default();
    let (mut at, mut smallest) = (0, u64::MAX);
    while let Some(&[0xFF, marker, high, low]) = part.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        // SOD: the data.
        if marker == 0x93 || length < 2 {
            break;
        }
        let segment = part.get(at + 4..at + 2 + length).unwrap_or_default();
        smallest = smallest.min(code_block_of(marker, segment));
        at += 2 + length;
    }
    smallest
}

/// The area of the code blocks of a segment whose levels are described from `at` on.
fn code_block(segment: &[u8], at: usize) -> u64 {
    let byte = |index: usize| u32::from(segment.get(at + index).copied().unwrap_or_default());
    let [width, height] = [1, 2].map(|index| (byte(index) & 15) + 2);
    // The sizes of the precincts, which limit the blocks, if there are any.
    let precincts = segment.get(at + 5..).unwrap_or_default();
    let sides = precincts
        .iter()
        .map(|sizes| [u32::from(sizes & 15).saturating_sub(1), u32::from(sizes >> 4).saturating_sub(1)]);
    let smallest = sides.map(|[x, y]| width.min(x) + height.min(y)).min();
    1 << smallest.unwrap_or(width + height)
}
