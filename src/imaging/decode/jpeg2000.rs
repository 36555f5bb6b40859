//! JPEG 2000 files (ISO/IEC 15444-1), decoded by hayro-jpeg2000.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use hayro_jpeg2000::{
    ColorSpace, ComponentData, DecodeError, DecodeSettings, DecoderContext, FormatError, Image, MarkerError,
};
use image::{ColorType, ImageDecoder, ImageResult};
use img_parts::Bytes;

use super::{
    errors::{broken, truncated, unsupported},
    samples::{self, color_type},
};
use crate::{
    imaging::container::boxes::{boxes, find},
    pixels::{Depth, Samples},
};

/// Start of a codestream: the markers SOC and SIZ.
const START: &[u8] = b"\xFF\x4F\xFF\x51";
/// End of a codestream: the marker EOC.
const END: &[u8] = b"\xFF\xD9";
/// Most tiles of a picture: their numbers have 16 bits (annex A.4.2).
const MOST_TILES: u64 = 65_535;
/// Most channels: red, green, blue and alpha.
const MOST_CHANNELS: usize = 4;
/// Bytes of the decoder for each value of the picture, for planes and coefficients; and for each code block, with its layers.
const BYTES_PER_VALUE: u64 = 12;
const BYTES_PER_CODE_BLOCK: u64 = 1024;

/// Decoder of a JPEG 2000.
pub struct Jpeg2000Decoder {
    file: Bytes,
    size: (u32, u32),
    /// Colour channels: 1 or 3.
    colours: usize,
    has_alpha: bool,
    depth: Depth,
    icc: Option<Vec<u8>>,
    memory: u64,
}

impl Jpeg2000Decoder {
    /// Reads the headers.
    ///
    /// # Errors
    /// If they are damaged or unsupported.
    pub fn new(file: Bytes) -> ImageResult<Self> {
        let memory = check(&file)?;
        guarded(&file, || {
            // Not strict, as other programs: RGB with a fourth channel counts as RGB with alpha.
            let image = parsed(&file, false)?;
            let (colours, icc) = match image.color_space() {
                ColorSpace::Gray => (1, None),
                ColorSpace::RGB => (3, None),
                ColorSpace::Icc { profile, .. } => match profile.get(16..20) {
                    Some(b"GRAY") => (1, Some(profile.clone())),
                    Some(b"RGB ") => (3, Some(profile.clone())),
                    _ => return Err(unsupported("colours other than grey and RGB in JPEG 2000")),
                },
                ColorSpace::CMYK | ColorSpace::Unknown { .. } => {
                    return Err(unsupported("colours other than grey and RGB in JPEG 2000"));
                }
            };
            let depth = if image.original_bit_depth() > 8 { Depth::Sixteen } else { Depth::Eight };
            let (size, has_alpha) = ((image.width(), image.height()), image.has_alpha());
            Ok(Self { file: file.clone(), size, colours, has_alpha, depth, icc, memory })
        })
    }

    /// Memory to decode it, in bytes.
    pub fn memory(&self) -> u64 {
        self.total_bytes().saturating_add(self.memory)
    }

    fn channels(&self) -> usize {
        self.colours + usize::from(self.has_alpha)
    }
}

impl ImageDecoder for Jpeg2000Decoder {
    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn color_type(&self) -> ColorType {
        color_type(self.colours == 1, self.has_alpha, self.depth)
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.icc.clone())
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        guarded(&self.file, || {
            // Otherwise missing parts of the picture would be filled silently.
            let image = parsed(&self.file, true)?;
            let mut context = DecoderContext::default();
            let decoded = image.decode(&mut context).map_err(failure)?;
            let planes = decoded.components();
            let length = self.size.0 as usize * self.size.1 as usize;
            if planes.len() != self.channels() || planes.iter().any(|plane| plane.samples().len() != length) {
                return Err(broken("JPEG 2000", "its channels have different sizes"));
            }
            samples::write(&interleaved(planes, length, self.depth), buffer);
            Ok(())
        })
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

/// The values of the planes, each scaled from its own depth.
fn interleaved(planes: &[ComponentData], length: usize, depth: Depth) -> Samples {
    let white = if depth == Depth::Eight { 255.0 } else { 65_535.0 };
    let scaled: Vec<_> =
        planes.iter().map(|plane| (plane.samples(), white / ((1_u64 << plane.bit_depth()) - 1) as f32)).collect();
    // The casts clamp to the range.
    let values = (0..length).flat_map(|at| scaled.iter().map(move |(plane, scale)| plane[at] * scale + 0.5));
    match depth {
        Depth::Eight => Samples::Eight(values.map(|value| value as u8).collect()),
        _ => Samples::Sixteen(values.map(|value| value as u16).collect()),
    }
}

fn parsed(file: &[u8], strict: bool) -> ImageResult<Image<'_>> {
    let settings = DecodeSettings { strict, ..DecodeSettings::default() };
    Image::new(file, &settings).map_err(failure)
}

/// Runs `work`. The decoder is young: a panic becomes an error. A damaged file without an end is a truncated one.
fn guarded<T>(file: &[u8], work: impl FnOnce() -> ImageResult<T>) -> ImageResult<T> {
    let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(broken("JPEG 2000", "it is damaged")));
    result.map_err(|error| match error {
        image::ImageError::Decoding(_) if !codestream(file).ends_with(END) => truncated(),
        error => error,
    })
}

fn failure(error: DecodeError) -> image::ImageError {
    match error {
        DecodeError::Format(FormatError::Unsupported) | DecodeError::Marker(MarkerError::Unsupported) => {
            unsupported("a part of JPEG 2000 that is rarely used")
        }
        error => broken("JPEG 2000", error),
    }
}

/// The compressed picture: the content of its box, or all of a file without boxes.
fn codestream(file: &[u8]) -> &[u8] {
    if file.starts_with(START) {
        return file;
    }
    let found: Vec<_> = boxes(file).collect();
    find(&found, b"jp2c").unwrap_or_default()
}

/// Checks what the decoder does not before it allocates. Returns the memory that it needs, in bytes.
///
/// # Errors
/// If the file is damaged or unsupported.
fn check(file: &[u8]) -> ImageResult<u64> {
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
    // Precincts, which limit the blocks, from here on; without them there is no limit.
    let precincts = segment.get(at + 5..).unwrap_or_default();
    let has_precincts =
        segment.first().is_some_and(|style| style & 1 != 0) || at == 2 && byte(0) > 0 && !precincts.is_empty();
    let precincts = if has_precincts { precincts } else { &[] };
    let sides = precincts
        .iter()
        .map(|sizes| [u32::from(sizes & 15).saturating_sub(1), u32::from(sizes >> 4).saturating_sub(1)]);
    let smallest = sides.map(|[x, y]| width.min(x) + height.min(y)).min();
    1 << smallest.unwrap_or(width + height)
}
