//! TIFF files (TIFF 6.0, BigTIFF): grey, colour, palette, inks and Lab, 1 to 64 bits, in strips and tiles.

mod directory;
mod fax;
mod lab;
mod layout;
mod meaning;
mod packing;
mod predictor;
mod ycc;

use std::borrow::Cow;

use half::f16;
use image::{ColorType, ImageDecoder, ImageResult, metadata::Orientation};
use img_parts::Bytes;
use rayon::prelude::*;

use self::{
    directory::Directory,
    layout::Layout,
    meaning::Meaning,
    packing::{Packing, Shape},
    predictor::Predictor,
    ycc::Shared,
};
use super::samples::{Precision, broken, color_type, unsupported};
use crate::imaging::metadata::{ByteOrder, tag};

/// A TIFF's first picture.
pub struct TiffDecoder {
    directory: Directory,
    layout: Layout,
    packing: Packing,
    predictor: Predictor,
    /// Whether the lowest bit of a byte comes first.
    reversed: bool,
    /// How many px share their differences of colour, where they do.
    shared: Option<Shared>,
    meaning: Meaning,
    /// All samples of a pixel.
    samples: usize,
    alpha: Alpha,
    values: Values,
    /// Bytes that may be taken.
    memory: Option<u64>,
}

/// What the first sample behind those that carry the meaning is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alpha {
    None,
    Plain,
    /// The colours are multiplied by it.
    Multiplied,
}

impl Alpha {
    /// Reads it, where there are so many further samples.
    fn of(directory: &Directory, further: usize) -> ImageResult<Self> {
        Ok(match directory.numbers(tag::EXTRA_SAMPLES)?.as_deref() {
            Some([1, ..]) if further > 0 => Alpha::Multiplied,
            Some([2, ..]) if further > 0 => Alpha::Plain,
            Some([]) | None if further == 1 => Alpha::Plain,
            _ => Alpha::None,
        })
    }
}

/// How a sample's value is stored, and how precise it is then.
#[derive(Debug, Clone, Copy)]
struct Values {
    bits: u32,
    /// Whether it is a floating-point one.
    floating: bool,
    precision: Precision,
}

impl Values {
    fn of(directory: &Directory) -> ImageResult<Self> {
        let bits = directory.same_number(tag::BITS, "depths")?.unwrap_or(1);
        let kind = directory.same_number(tag::SAMPLE_FORMAT, "kinds")?.unwrap_or(1);
        let (floating, precision) = match (kind, bits) {
            (1 | 4, 1..=8) => (false, Precision::Eight),
            (1 | 4, 9..=16) => (false, Precision::Sixteen),
            (1 | 4, 17..=32 | 64) => (false, Precision::Float),
            (3, 16 | 32 | 64) => (true, Precision::Float),
            (3, _) => return Err(unsupported(format!("floating-point values of {bits} bits"))),
            (2, _) => return Err(unsupported("signed values (numbers below zero)")),
            (5 | 6, _) => return Err(unsupported("complex numbers")),
            _ => return Err(unsupported(format!("{bits} bits a channel"))),
        };
        Ok(Self { bits: bits as u32, floating, precision })
    }
}

/// Rows of a strip or tile, unpacked.
struct Rows<'a> {
    bytes: Cow<'a, [u8]>,
    row_bytes: usize,
    plane: usize,
    left: usize,
    /// Px of a row that lie in the picture.
    width: usize,
}

impl TiffDecoder {
    /// Reads the headers. `memory`: bytes that may be taken.
    ///
    /// # Errors
    /// When they are damaged, or say something that is not read.
    pub fn new(bytes: Bytes, memory: Option<u64>) -> ImageResult<Self> {
        let directory = Directory::first(bytes)?;
        let side = |tag| match directory.number(tag)?.map(u32::try_from) {
            Some(Ok(side)) if side > 0 => Ok(side as usize),
            _ => Err(broken("TIFF", "it does not say how large it is")),
        };
        let size = (side(tag::WIDTH)?, side(tag::HEIGHT)?);
        let samples = match directory.number(tag::CHANNELS)?.unwrap_or(1) {
            samples @ 1..=65_535 => samples as usize,
            samples => return Err(broken("TIFF", format!("it has {samples} channels"))),
        };
        let values = Values::of(&directory)?;
        let bits = values.bits;
        let packing = Packing::of(&directory)?;
        let meaning = Meaning::of(&directory, &packing, bits, values.precision)?;
        if samples < meaning.samples() {
            return Err(broken("TIFF", format!("it has {samples} channels, too few for its colours")));
        }
        let alpha = Alpha::of(&directory, samples - meaning.samples())?;
        let layout = Layout::of(&directory, size, samples)?;
        let predictor = match packing.has_predictor() {
            true => Predictor::of(&directory, bits, values.floating)?,
            false => Predictor::None,
        };
        let shared = match (&meaning, &packing) {
            (_, Packing::Jpeg(_) | Packing::WebP) => None,
            (Meaning::Ycc(_), _) => Shared::of(&directory)?,
            _ => None,
        };
        if shared.is_some() && (bits, samples, layout.planes, predictor) != (8, 3, 1, Predictor::None) {
            return Err(unsupported("colours of fewer pixels than its brightness, in a rare way"));
        }
        let bits_fit = match &packing {
            Packing::Fax(_) => bits == 1 && layout.together(samples) == 1,
            Packing::Jpeg(_) | Packing::WebP => bits == 8,
            _ => true,
        };
        if !bits_fit {
            return Err(unsupported(format!("{bits} bits a channel in a compression for others")));
        }
        let reversed = directory.number(tag::FILL_ORDER)? == Some(2) && !packing.has_bit_order();
        Ok(Self { directory, layout, packing, predictor, reversed, shared, meaning, samples, alpha, values, memory })
    }

    /// What its pixels lose.
    pub fn notices(&self) -> Vec<String> {
        let further = self.samples > self.kept();
        let further = further.then_some("It has further channels (such as masks or spot colours): they are not kept.");
        self.meaning.notice().into_iter().chain(further).map(str::to_owned).collect()
    }

    /// Whether the colours are multiplied by the transparency.
    pub fn is_premultiplied(&self) -> bool {
        self.alpha == Alpha::Multiplied
    }

    fn has_alpha(&self) -> bool {
        self.alpha != Alpha::None
    }

    /// How many samples of a pixel are kept: those that carry the meaning, and alpha.
    fn kept(&self) -> usize {
        self.meaning.samples() + usize::from(self.has_alpha())
    }

    /// Bytes of a row of so many px in a strip or tile.
    fn row_bytes(&self, width: usize) -> usize {
        let bits = (width as u128) * self.layout.together(self.samples) as u128 * u128::from(self.values.bits);
        usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX)
    }

    /// Refuses a picture whose stored samples would take more memory than there is: those that are not kept
    /// may be many.
    fn check_memory(&self) -> ImageResult<()> {
        let (width, height) = (self.layout.chunk.0.max(self.layout.size.0), self.layout.size.1);
        let need = self.row_bytes(width).saturating_mul(height).saturating_mul(self.layout.planes.min(self.kept()));
        match self.memory {
            Some(memory) if need as u64 > memory => Err(unsupported("more channels than fit into memory")),
            _ => Ok(()),
        }
    }

    /// The strips or tiles of a row of them, each unpacked.
    fn unpacked(&self, row: usize) -> ImageResult<Vec<Rows<'_>>> {
        let (layout, order) = (&self.layout, self.directory.order);
        let rows = (layout.size.1 - row * layout.chunk.1).min(layout.chunk.1);
        let samples = layout.together(self.samples);
        let stored_row = self.row_bytes(layout.chunk.0);
        let mut shape = Shape { width: layout.chunk.0, height: layout.chunk.1, rows, samples, bytes: 0 };
        shape.bytes = match self.shared {
            Some(shared) => shared.bytes(shape),
            None => stored_row.saturating_mul(rows),
        };
        if self.memory.is_some_and(|memory| shape.bytes as u64 > memory) || shape.bytes > isize::MAX as usize {
            return Err(broken("TIFF", "its strips or tiles are larger than the memory"));
        }
        let unpacked = |chunk: layout::Chunk| {
            let needed = matches!(self.packing, Packing::None).then_some(shape.bytes);
            let mut data = Cow::Borrowed(layout.data(&chunk, &self.directory.bytes, needed)?);
            if self.reversed {
                data.to_mut().iter_mut().for_each(|byte| *byte = byte.reverse_bits());
            }
            let mut bytes = self.packing.unpack(data, shape)?;
            if let Some(shared) = self.shared {
                bytes = Cow::Owned(shared.spread(&bytes, shape));
            }
            if self.predictor != Predictor::None {
                let rows = bytes.to_mut().chunks_exact_mut(stored_row);
                rows.for_each(|row| self.predictor.undo(row, self.values.bits, samples, order));
            }
            let width = (layout.size.0 - chunk.left).min(layout.chunk.0);
            Ok(Rows { bytes, row_bytes: stored_row, plane: chunk.plane, left: chunk.left, width })
        };
        layout.chunks(row, self.kept()).map(unpacked).collect()
    }

    /// A row of the picture, the samples that are kept, interleaved.
    fn row<T: Copy + Default>(
        &self,
        parts: &[Rows],
        y: usize,
        values: impl Fn(&[u8], u32, ByteOrder, usize) -> Vec<T>,
    ) -> Vec<T> {
        let (kept, together) = (self.kept(), self.layout.together(self.samples));
        let mut samples = vec![T::default(); self.layout.size.0 * kept];
        for part in parts {
            let stored = &part.bytes[y * part.row_bytes..(y + 1) * part.row_bytes];
            let values = values(stored, self.values.bits, self.directory.order, part.width * together);
            let pixels = samples[part.left * kept..].chunks_exact_mut(kept);
            if self.layout.planes > 1 {
                pixels.zip(values).for_each(|(pixel, value)| pixel[part.plane] = value);
            } else {
                let values = values.chunks_exact(together);
                pixels.zip(values).for_each(|(pixel, values)| pixel.copy_from_slice(&values[..kept]));
            }
        }
        samples
    }
}

impl ImageDecoder for TiffDecoder {
    fn dimensions(&self) -> (u32, u32) {
        (self.layout.size.0 as u32, self.layout.size.1 as u32)
    }

    fn color_type(&self) -> ColorType {
        color_type(self.meaning.is_grey(), self.has_alpha(), self.values.precision)
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        match self.meaning.keeps_profile() {
            true => Ok(self.directory.block(tag::ICC)?.map(<[u8]>::to_vec)),
            false => Ok(None),
        }
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.directory.block(tag::XMP)?.map(<[u8]>::to_vec))
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        let value = self.directory.number(tag::ORIENTATION)?.and_then(|value| u8::try_from(value).ok());
        Ok(value.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms))
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        self.check_memory()?;
        let row_bytes = self.layout.size.0 * usize::from(self.color_type().bytes_per_pixel());
        let bands = buffer.par_chunks_mut(row_bytes.saturating_mul(self.layout.chunk.1));
        bands.enumerate().try_for_each(|(index, band)| {
            let parts = self.unpacked(index)?;
            band.par_chunks_exact_mut(row_bytes).enumerate().try_for_each(|(y, row)| {
                let colours = match self.values.floating {
                    true => self.meaning.floating(self.row(&parts, y, floats), self.has_alpha()),
                    false => {
                        let samples = self.row(&parts, y, numbers);
                        self.meaning.colours(
                            &samples,
                            self.values.bits.min(32),
                            self.values.precision,
                            self.has_alpha(),
                        )?
                    }
                };
                colours.write(row);
                Ok(())
            })
        })
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

/// The first whole numbers of a row; of 64 bits the upper half.
fn numbers(row: &[u8], bits: u32, order: ByteOrder, count: usize) -> Vec<u32> {
    match bits {
        8 => row.iter().take(count).map(|&byte| byte.into()).collect(),
        16 => row.as_chunks().0.iter().take(count).map(|&two| order.u16_of(two).into()).collect(),
        24 => row
            .as_chunks()
            .0
            .iter()
            .take(count)
            .map(|&[a, b, c]| match order {
                ByteOrder::Little => u32::from_le_bytes([a, b, c, 0]),
                ByteOrder::Big => u32::from_be_bytes([0, a, b, c]),
            })
            .collect(),
        32 => row.as_chunks().0.iter().take(count).map(|&four| order.u32_of(four)).collect(),
        64 => row.as_chunks().0.iter().take(count).map(|&eight| (order.u64_of(eight) >> 32) as u32).collect(),
        // Packed, the highest bits first, whatever the order of bytes is.
        _ => {
            let (mut held, mut left, mut bytes) = (0_u64, 0, row.iter());
            let mut number = || {
                while left < bits {
                    held = held << 8 | u64::from(bytes.next().copied().unwrap_or(0));
                    left += 8;
                }
                left -= bits;
                (held >> left) as u32 & (u32::MAX >> (32 - bits))
            };
            (0..count).map(|_| number()).collect()
        }
    }
}

/// The first floating-point numbers of a row.
fn floats(row: &[u8], bits: u32, order: ByteOrder, count: usize) -> Vec<f32> {
    match bits {
        16 => row.as_chunks().0.iter().take(count).map(|&two| f16::from_bits(order.u16_of(two)).to_f32()).collect(),
        32 => row.as_chunks().0.iter().take(count).map(|&four| f32::from_bits(order.u32_of(four))).collect(),
        _ => row.as_chunks().0.iter().take(count).map(|&eight| f64::from_bits(order.u64_of(eight)) as f32).collect(),
    }
}
