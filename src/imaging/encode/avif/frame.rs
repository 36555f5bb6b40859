//! An AV1 picture that is put together from separately coded tiles: its headers (AV1 bitstream specification, sections 5.5 and 5.9).

use super::{
    bits::{BitReader, BitWriter},
    tiles::TileGrid,
};

/// Types of units, with the flag that their size follows.
const SEQUENCE_HEADER: u8 = 1 << 3 | 2;
const FRAME: u8 = 6 << 3 | 2;
/// Level of a stream that may exceed all limits.
const ANY_LEVEL: u64 = 31;
/// Bytes of a frame's size.
const SIZE_BYTES: usize = 5;
/// Bits of a filter's strength.
const STRENGTH: u32 = 6;

/// What a picture's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// Whether samples have 10 bits, not 8.
    pub is_deep: bool,
    /// Whether there is only luma; otherwise chroma of the same size.
    pub is_grey: bool,
    /// Primaries, transfer characteristics and matrix (ITU-T H.273) of samples in the full range.
    pub cicp: [u8; 3],
}

impl Sequence {
    fn profile(&self) -> u8 {
        u8::from(!self.is_grey)
    }

    /// The unit with the picture's header.
    pub fn unit(&self) -> Vec<u8> {
        let mut bits = BitWriter::default();
        bits.put(3, self.profile().into());
        // A still picture, with a short header.
        bits.put(2, 0b11);
        bits.put(5, ANY_LEVEL);
        let (width, height) = (self.width as u64 - 1, self.height as u64 - 1);
        let length = |value: u64| value.max(1).ilog2() + 1;
        bits.put(4, u64::from(length(width) - 1));
        bits.put(4, u64::from(length(height) - 1));
        bits.put(length(width), width);
        bits.put(length(height), height);
        // Of the tools, only the filter of edges for prediction.
        bits.put(6, 0b001_000);
        bits.flag(self.is_deep);
        if self.is_grey {
            bits.flag(true);
        }
        bits.flag(true);
        self.cicp.iter().for_each(|&code| bits.put(8, code.into()));
        // Full range; quantizers of the two chroma planes may differ.
        bits.flag(true);
        if !self.is_grey {
            bits.flag(true);
        }
        // No film grain; the end.
        bits.put(2, 0b01);
        let bytes = bits.into_bytes();
        [&[SEQUENCE_HEADER, bytes.len() as u8], &bytes[..]].concat()
    }

    /// The content of the `av1C` property.
    pub fn configuration(&self) -> [u8; 4] {
        let grey = if self.is_grey { 0b1_1100 } else { 0 };
        [0x81, self.profile() << 5 | ANY_LEVEL as u8, u8::from(self.is_deep) << 6 | grey, 0]
    }
}

/// What a frame's header says beside its tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    is_grey: bool,
    /// Quantizers: number of bits, and bits.
    quantizers: (u32, u64),
    /// Strengths of the filter at edges of blocks: luma across and down, and both chroma planes.
    strengths: [u8; 4],
    /// Whether sizes of transforms are selected, and whether their types are few.
    transforms: u64,
}

impl FrameHeader {
    /// Reads the frame among the units of a picture that has one tile. Returns its header and the tile; none if it has tools that
    /// are not expected.
    pub fn read<'a>(units: &'a [u8], is_grey: bool, grid: &TileGrid) -> Option<(Self, &'a [u8])> {
        let mut bits = BitReader::new(frame(units)?);
        bits.skip_equal(&beginning(grid))?;
        let start = bits.clone();
        bits.take(8)?;
        skip_offset(&mut bits)?;
        if !is_grey {
            let count = if bits.flag()? { 4 } else { 2 };
            (0..count).try_for_each(|_| skip_offset(&mut bits))?;
        }
        let quantizers = bits.since(&start)?;
        // No matrices, segments, or differences within the frame.
        if bits.take(3)? != 0 {
            return None;
        }
        let mut strengths = [0; 4];
        for index in 0..4 {
            if index < 2 || (!is_grey && strengths[..2] != [0, 0]) {
                strengths[index] = bits.take(STRENGTH)? as u8;
            }
        }
        // No sharpness, and no differences between references.
        if bits.take(4)? != 0 {
            return None;
        }
        let transforms = bits.take(2)?;
        Some((Self { is_grey, quantizers, strengths, transforms }, bits.rest()))
    }

    /// The header for tiles with these ones, whose filters have their mean strengths; none if something else differs.
    pub fn joined(headers: &[Self]) -> Option<Self> {
        let &first = headers.first()?;
        let alike = headers.iter().all(|header| Self { strengths: first.strengths, ..*header } == first);
        let mean = |index: usize| {
            let sum: usize = headers.iter().map(|header| usize::from(header.strengths[index])).sum();
            ((sum + headers.len() / 2) / headers.len()) as u8
        };
        alike.then(|| Self { strengths: [0, 1, 2, 3].map(mean), ..first })
    }

    /// The beginning of the frame's unit, up to its tiles, which have that many bytes with their sizes.
    pub fn unit(&self, grid: &TileGrid, tiles: u64) -> Vec<u8> {
        let mut bits = beginning(grid);
        bits.put(self.quantizers.0, self.quantizers.1);
        bits.put(3, 0);
        let coded = if self.is_grey || self.strengths[..2] == [0, 0] { 2 } else { 4 };
        self.strengths[..coded].iter().for_each(|&strength| bits.put(STRENGTH, strength.into()));
        bits.put(4, 0);
        bits.put(2, self.transforms);
        let mut header = bits.into_bytes();
        if !grid.is_single() {
            // All tiles are here.
            header.push(0);
        }
        let size = header.len() as u64 + tiles;
        let mut unit = vec![FRAME];
        unit.extend((0..SIZE_BYTES).map(|place| {
            let more = if place + 1 < SIZE_BYTES { 0x80 } else { 0 };
            (size >> (7 * place)) as u8 & 0x7F | more
        }));
        unit.extend(header);
        unit
    }

    /// The greatest length of [`Self::unit`].
    pub fn max_unit(grid: &TileGrid) -> usize {
        let quantizers = 8 + 8 + 1 + 4 * 8;
        let longest = Self { is_grey: false, quantizers: (quantizers, 0), strengths: [1; 4], transforms: 0 };
        longest.unit(grid, 0).len()
    }
}

/// The beginning of a frame's header.
fn beginning(grid: &TileGrid) -> BitWriter {
    let mut bits = BitWriter::default();
    // Statistics are updated; tools for screen contents, with whole vectors; shown in its size, without copied blocks.
    bits.put(5, 0b01_100);
    grid.write(&mut bits);
    bits
}

/// The content of the first unit with a frame.
fn frame(mut units: &[u8]) -> Option<&[u8]> {
    loop {
        let (&header, rest) = units.split_first()?;
        let (mut size, mut length) = (0_usize, 0);
        loop {
            let byte = *rest.get(length)?;
            size |= usize::from(byte & 0x7F) << (7 * length);
            length += 1;
            if byte & 0x80 == 0 || length == SIZE_BYTES {
                break;
            }
        }
        let content = rest.get(length..length.checked_add(size)?)?;
        if header == FRAME {
            return Some(content);
        }
        units = &rest[length + size..];
    }
}

/// Skips a quantizer's offset.
fn skip_offset(bits: &mut BitReader) -> Option<()> {
    if bits.flag()? {
        bits.take(7)?;
    }
    Some(())
}
