//! JPEG 2000 files (ISO/IEC 15444-1), decoded by hayro-jpeg2000.

mod headers;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_jpeg2000::{
    ColorSpace, ComponentData, DecodeError, DecodeSettings, DecoderContext, FormatError, Image, MarkerError,
};
use image::{ColorType, ImageDecoder, ImageResult};
use img_parts::Bytes;

use super::{
    errors::{broken, truncated, unsupported},
    samples::{self, color_type},
};
use crate::pixels::{Depth, Samples};

/// End of a codestream: the marker EOC.
const END: &[u8] = b"\xFF\xD9";
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
        let memory = headers::check(&file)?;
        let file = headers::needed_boxes(&file);
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
        image::ImageError::Decoding(_) if !headers::codestream(file).ends_with(END) => truncated(),
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
