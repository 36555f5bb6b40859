//! TIFF files (TIFF 6.0, BigTIFF): grey, RGB, palette, CMYK, YCbCr and Lab, 1 to 64 bits, in strips and tiles.

mod fax;
mod lab;
mod layout;
mod old_jpeg;
mod packing;
mod pages;
mod photometric;
mod predictor;
mod tags;
mod values;
mod ycc;

use std::borrow::Cow;

use image::{ColorType, ImageDecoder, ImageResult, metadata::Orientation};
use img_parts::Bytes;
use rayon::prelude::*;

pub use self::pages::TiffPages;
use self::{
    layout::ChunkLayout,
    old_jpeg::OldJpeg,
    packing::{ChunkShape, Packing},
    photometric::Photometric,
    predictor::Predictor,
    tags::TiffTags,
    values::{Values, floats, numbers},
    ycc::ChromaSubsampling,
};
use super::{
    errors::{broken, unsupported},
    samples::{self, color_type},
};
use crate::imaging::container::ifd::{ByteOrder, tag};

/// Decoder of a TIFF's first picture. For another page, that is made the first one ([`TiffPages::as_first`]).
pub struct TiffDecoder {
    tags: TiffTags,
    layout: ChunkLayout,
    packing: Packing,
    predictor: Predictor,
    /// Whether the least significant bit of a byte comes first (FillOrder 2).
    reversed: bool,
    subsampling: Option<ChromaSubsampling>,
    photometric: Photometric,
    /// Number of samples per pixel.
    samples: usize,
    alpha: AlphaKind,
    values: Values,
    /// Memory limit, in bytes.
    memory: Option<u64>,
}

/// Kind of the first extra sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AlphaKind {
    None,
    Straight,
    Premultiplied,
}

impl AlphaKind {
    /// From the tags. `extra`: the number of extra samples.
    fn new(tags: &TiffTags, extra: usize) -> ImageResult<Self> {
        Ok(match tags.numbers(tag::EXTRA_SAMPLES)?.as_deref() {
            Some([1, ..]) if extra > 0 => AlphaKind::Premultiplied,
            Some([2, ..]) if extra > 0 => AlphaKind::Straight,
            Some([]) | None if extra == 1 => AlphaKind::Straight,
            _ => AlphaKind::None,
        })
    }
}

/// Decompressed rows of a strip or tile.
struct UnpackedRows<'a> {
    bytes: Cow<'a, [u8]>,
    row_bytes: usize,
    plane: usize,
    left: usize,
    /// Px of a row inside the picture.
    width: usize,
}

impl TiffDecoder {
    /// Reads the tags. `memory`: limit in bytes.
    ///
    /// # Errors
    /// If they are damaged or unsupported.
    pub fn new(bytes: Bytes, memory: Option<u64>) -> ImageResult<Self> {
        let tags = TiffTags::first(bytes)?;
        let side = |tag| match tags.number(tag)?.map(u32::try_from) {
            Some(Ok(side)) if side > 0 => Ok(side as usize),
            _ => Err(broken("TIFF", "its size is missing")),
        };
        let size = (side(tag::WIDTH)?, side(tag::HEIGHT)?);
        let values = Values::new(&tags)?;
        let bits = values.bits;
        let packing = Packing::new(&tags)?;
        let photometric = Photometric::new(&tags, &packing, bits, values.depth)?;
        let samples = match (tags.number(tag::CHANNELS)?, &packing) {
            (Some(samples @ 1..=65_535), _) => samples as usize,
            (Some(samples), _) => return Err(broken("TIFF", format!("it has {samples} channels"))),
            // Missing in many of these files.
            (None, Packing::OldJpeg(_)) => photometric.samples(),
            (None, _) => 1,
        };
        if samples < photometric.samples() {
            return Err(broken("TIFF", format!("it has {samples} channels, too few for its colours")));
        }
        let alpha = AlphaKind::new(&tags, samples - photometric.samples())?;
        let layout = match &packing {
            Packing::OldJpeg(OldJpeg::Whole(at)) => ChunkLayout::single(size, *at),
            _ => ChunkLayout::new(&tags, size, samples)?,
        };
        let predictor = match packing.has_predictor() {
            true => Predictor::new(&tags, bits, values.floating)?,
            false => Predictor::None,
        };
        let subsampling = match (&photometric, &packing) {
            (_, Packing::Jpeg(_) | Packing::OldJpeg(_) | Packing::WebP) => None,
            (Photometric::Ycc(_), _) => ChromaSubsampling::new(&tags)?,
            _ => None,
        };
        if subsampling.is_some() && (bits, samples, layout.planes, predictor) != (8, 3, 1, Predictor::None) {
            return Err(unsupported("a rare kind of chroma subsampling"));
        }
        let bits_fit = match &packing {
            Packing::Fax(_) => bits == 1 && layout.interleaved(samples) == 1,
            Packing::Jpeg(_) | Packing::OldJpeg(_) | Packing::WebP => bits == 8,
            _ => true,
        };
        if !bits_fit {
            return Err(unsupported(format!("{bits} bits per channel, which its compression does not support")));
        }
        let reversed = tags.number(tag::FILL_ORDER)? == Some(2) && !packing.has_bit_order();
        Ok(Self {
            tags,
            layout,
            packing,
            predictor,
            reversed,
            subsampling,
            photometric,
            samples,
            alpha,
            values,
            memory,
        })
    }

    /// Sentences about pixel data that is not kept.
    pub fn notices(&self) -> Vec<String> {
        let further = self.samples > self.kept();
        let further = further.then_some("It has further channels (such as masks or spot colours): they are not kept.");
        self.photometric.notice().into_iter().chain(further).map(str::to_owned).collect()
    }

    /// Whether alpha is premultiplied.
    pub fn is_premultiplied(&self) -> bool {
        self.alpha == AlphaKind::Premultiplied
    }

    fn has_alpha(&self) -> bool {
        self.alpha != AlphaKind::None
    }

    /// Number of samples per pixel that are kept: colours and alpha.
    fn kept(&self) -> usize {
        self.photometric.samples() + usize::from(self.has_alpha())
    }

    /// Bytes of a row of `width` px in a strip or tile.
    fn row_bytes(&self, width: usize) -> usize {
        let bits = (width as u128) * self.layout.interleaved(self.samples) as u128 * u128::from(self.values.bits);
        usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX)
    }

    /// Checks the memory for all stored samples, of which many may not be kept.
    fn check_memory(&self) -> ImageResult<()> {
        let (width, height) = (self.layout.chunk.0.max(self.layout.size.0), self.layout.size.1);
        let need = self.row_bytes(width).saturating_mul(height).saturating_mul(self.layout.planes.min(self.kept()));
        match self.memory {
            Some(memory) if need as u64 > memory => Err(unsupported("more channels than fit into memory")),
            _ => Ok(()),
        }
    }

    /// Decompresses a row of strips or tiles.
    fn unpacked(&self, row: usize) -> ImageResult<Vec<UnpackedRows<'_>>> {
        let (layout, order) = (&self.layout, self.tags.order);
        let rows = (layout.size.1 - row * layout.chunk.1).min(layout.chunk.1);
        let samples = layout.interleaved(self.samples);
        let stored_row = self.row_bytes(layout.chunk.0);
        let mut shape = ChunkShape { width: layout.chunk.0, height: layout.chunk.1, rows, samples, bytes: 0 };
        shape.bytes = match self.subsampling {
            Some(subsampling) => subsampling.bytes(shape),
            None => stored_row.saturating_mul(rows),
        };
        if self.memory.is_some_and(|memory| shape.bytes as u64 > memory) || shape.bytes > isize::MAX as usize {
            return Err(broken("TIFF", "its strips or tiles are larger than the memory"));
        }
        let unpacked = |chunk: layout::Chunk| {
            let needed = matches!(self.packing, Packing::None).then_some(shape.bytes);
            let mut data = Cow::Borrowed(layout.data(&chunk, &self.tags.bytes, needed)?);
            if self.reversed {
                data.to_mut().iter_mut().for_each(|byte| *byte = byte.reverse_bits());
            }
            let mut bytes = self.packing.unpack(data, shape)?;
            if let Some(subsampling) = self.subsampling {
                bytes = Cow::Owned(subsampling.upsampled(&bytes, shape));
            }
            if self.predictor != Predictor::None {
                let rows = bytes.to_mut().chunks_exact_mut(stored_row);
                rows.for_each(|row| self.predictor.undo(row, self.values.bits, samples, order));
            }
            let width = (layout.size.0 - chunk.left).min(layout.chunk.0);
            Ok(UnpackedRows { bytes, row_bytes: stored_row, plane: chunk.plane, left: chunk.left, width })
        };
        layout.chunks(row, self.kept()).map(unpacked).collect()
    }

    /// A row of the picture: the interleaved samples that are kept.
    fn row<T: Copy + Default>(
        &self,
        parts: &[UnpackedRows],
        y: usize,
        values: impl Fn(&[u8], u32, ByteOrder, usize) -> Vec<T>,
    ) -> Vec<T> {
        let (kept, interleaved) = (self.kept(), self.layout.interleaved(self.samples));
        let mut samples = vec![T::default(); self.layout.size.0 * kept];
        for part in parts {
            let stored = &part.bytes[y * part.row_bytes..(y + 1) * part.row_bytes];
            let values = values(stored, self.values.bits, self.tags.order, part.width * interleaved);
            let pixels = samples[part.left * kept..].chunks_exact_mut(kept);
            if self.layout.planes > 1 {
                pixels.zip(values).for_each(|(pixel, value)| pixel[part.plane] = value);
            } else {
                let values = values.chunks_exact(interleaved);
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
        color_type(self.photometric.is_grey(), self.has_alpha(), self.values.depth)
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        match self.photometric.keeps_profile() {
            true => Ok(self.tags.block(tag::ICC)?.map(<[u8]>::to_vec)),
            false => Ok(None),
        }
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.tags.block(tag::XMP)?.map(<[u8]>::to_vec))
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        let value = self.tags.number(tag::ORIENTATION)?.and_then(|value| u8::try_from(value).ok());
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
                    true => self.photometric.floating(self.row(&parts, y, floats), self.has_alpha()),
                    false => {
                        let samples = self.row(&parts, y, numbers);
                        self.photometric.colours(
                            &samples,
                            self.values.bits.min(32),
                            self.values.depth,
                            self.has_alpha(),
                        )?
                    }
                };
                samples::write(&colours, row);
                Ok(())
            })
        })
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}
