//! HEIF files (ISO/IEC 23008-12): AVIF, with AV1 pictures, and HEIC, with HEVC pictures.

mod av1;
mod container;
mod hevc;
mod tiles;
mod yuv;

use image::{ColorType, ImageDecoder, ImageResult, metadata::Orientation};
use img_parts::Bytes;
use rayon::prelude::*;

use self::{
    container::{Cicp, Container, ContainerError, HeifImage},
    yuv::{SampleRange, YuvMatrix, YuvPicture},
};
use super::{
    errors::{broken, truncated, unsupported},
    samples::color_type,
};
use crate::pixels::{Depth, Rect};

/// Decoder of a HEIF file's primary picture.
pub struct HeifDecoder {
    container: Container,
    matrix: Option<YuvMatrix>,
}

impl HeifDecoder {
    /// Reads the container. `format`: the name of the format, for messages.
    ///
    /// # Errors
    /// If it is damaged, truncated or unsupported.
    pub fn new(file: &Bytes, format: &str) -> ImageResult<Self> {
        let container = container::read(file).map_err(|error| match error {
            ContainerError::Damaged => broken(format, "the description of its picture is incomplete"),
            ContainerError::Truncated => truncated(),
            ContainerError::Unsupported(what) => unsupported(what),
        })?;
        let matrix = container.cicp.map(|cicp| YuvMatrix::from_code(cicp.matrix)).transpose()?;
        Ok(Self { container, matrix })
    }

    /// Memory to decode it, in bytes.
    pub fn memory(&self) -> u64 {
        let Container { picture, alpha, .. } = &self.container;
        let parts = [Some(picture), alpha.as_ref()].into_iter().flatten();
        // Twice: the orientation is applied to a copy.
        self.total_bytes().saturating_mul(2).saturating_add(parts.map(tiles::memory).max().unwrap_or_default())
    }

    /// Whether alpha is premultiplied.
    pub fn is_premultiplied(&self) -> bool {
        self.container.premultiplied
    }

    /// The clean aperture, before the orientation is applied; none for the whole picture.
    pub fn crop(&self) -> Option<Rect> {
        self.container.crop
    }

    /// Sentences about pixel data that is not kept.
    pub fn notices(&self) -> Vec<String> {
        let animation = "It is an animation: only its first frame is used.";
        self.container.animation.then(|| animation.to_string()).into_iter().collect()
    }

    /// Primaries and transfer characteristics as a PNG's cICP chunk, if there is no profile and they are not those of
    /// sRGB.
    pub fn cicp(&self) -> Option<Vec<u8>> {
        let Cicp { primaries, transfer, .. } = self.container.cicp.filter(|_| self.container.icc.is_none())?;
        let srgb = matches!(primaries, 1 | 2) && matches!(transfer, 2 | 13);
        // The decoded pixels are RGB, full range.
        (!srgb).then(|| vec![primaries, transfer, 0, 1])
    }

    fn depth(&self) -> Depth {
        if self.container.picture.deep { Depth::Sixteen } else { Depth::Eight }
    }

    /// Decodes a picture into the channels of the buffer from `channel` on.
    fn decode_into(&self, image: &HeifImage, channel: usize, buffer: &mut [u8]) -> ImageResult<()> {
        let row_length = self.container.picture.size.0 as usize * usize::from(self.color_type().bytes_per_pixel());
        let picture = tiles::decode(image)?;
        let matrix = self.matrix.map_or_else(|| YuvMatrix::from_code(picture.matrix), Ok)?;
        let rows = buffer.par_chunks_exact_mut(row_length).enumerate();
        rows.for_each(|(y, row)| self.convert_row(&picture, matrix, y, channel, row));
        Ok(())
    }

    /// Writes a row of a picture into the channels of its pixels from `channel` on.
    fn convert_row(&self, picture: &YuvPicture, matrix: YuvMatrix, y: usize, channel: usize, row: &mut [u8]) {
        let color = self.color_type();
        let pixels = row.chunks_exact_mut(color.bytes_per_pixel().into());
        let range = self.range_of(picture, channel);
        let luma = picture.luma(y, range);
        if channel > 0 || color.channel_count() <= 2 {
            let values = luma.iter().map(|&value| [value]);
            self.write(pixels, channel, values);
        } else {
            let [u, v] = picture.chroma(y, range, matrix == YuvMatrix::Identity);
            let values = luma.iter().zip(u.iter().zip(&v));
            self.write(pixels, channel, values.map(|(&y, (&u, &v))| matrix.colours(y, u, v)));
        }
    }

    /// The range of a picture's samples: the container overrides the compressed data.
    fn range_of(&self, picture: &YuvPicture, channel: usize) -> SampleRange {
        match self.container.cicp.filter(|_| channel == 0) {
            Some(Cicp { full_range: true, .. }) => SampleRange::Full,
            Some(_) => SampleRange::Limited,
            None => picture.range,
        }
    }

    /// Writes each pixel's values, 0 to 1, from a channel on. `as` clamps to the range.
    fn write<'a, const N: usize>(
        &self,
        pixels: impl Iterator<Item = &'a mut [u8]>,
        channel: usize,
        values: impl Iterator<Item = [f32; N]>,
    ) {
        let eight = self.depth() == Depth::Eight;
        for (place, values) in pixels.zip(values) {
            if eight {
                let places = place[channel..].iter_mut();
                places.zip(values).for_each(|(place, value)| *place = (value * 255.0 + 0.5) as u8);
            } else {
                let places = place[2 * channel..].as_chunks_mut().0.iter_mut();
                places.zip(values).for_each(|(place, value)| *place = ((value * 65_535.0 + 0.5) as u16).to_ne_bytes());
            }
        }
    }
}

/// A metadata block; an empty one is damaged.
fn intact(block: Option<Vec<u8>>) -> ImageResult<Option<Vec<u8>>> {
    match block {
        Some(block) if block.is_empty() => Err(truncated()),
        block => Ok(block),
    }
}

impl ImageDecoder for HeifDecoder {
    fn dimensions(&self) -> (u32, u32) {
        self.container.picture.size
    }

    fn color_type(&self) -> ColorType {
        color_type(self.container.picture.grey, self.container.alpha.is_some(), self.depth())
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.container.icc.take())
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        intact(self.container.exif.take())
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        intact(self.container.xmp.take())
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        Ok(self.container.orientation)
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        self.decode_into(&self.container.picture, 0, buffer)?;
        match &self.container.alpha {
            Some(alpha) => self.decode_into(alpha, usize::from(self.color_type().channel_count()) - 1, buffer),
            None => Ok(()),
        }
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}
