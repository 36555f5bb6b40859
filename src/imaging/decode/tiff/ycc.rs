//! Conversion of YCbCr (TIFF 6.0, section 21) to RGB.

use image::ImageResult;

use super::{packing::ChunkShape, tags::TiffTags};
use crate::imaging::{container::ifd::tag, decode::errors::unsupported};

/// A conversion of YCbCr to RGB.
pub struct Ycc {
    /// Luma coefficients of red, green and blue.
    coefficients: [f32; 3],
    /// For each component: the sample that means 0, and the range from there to the maximum.
    ranges: [(f32, f32); 3],
}

impl Ycc {
    /// The conversion of JPEG (ITU-T T.871), for samples up to `top`.
    pub fn for_jpeg(top: f32) -> Self {
        let middle = ((top + 1.0) / 2.0).floor();
        Self {
            coefficients: [0.299, 0.587, 0.114],
            ranges: [(0.0, top), (middle, top - middle), (middle, top - middle)],
        }
    }

    /// From the tags.
    ///
    /// # Errors
    /// If they are invalid.
    pub fn new(tags: &TiffTags, top: f32) -> ImageResult<Self> {
        let mut ycc = Self::for_jpeg(top);
        let rare = || unsupported("a rare kind of YCbCr");
        if let Some(parts) = tags.fractions(tag::YCC_COEFFICIENTS)? {
            let parts = parts.first_chunk().ok_or_else(rare)?.map(|part: f64| part as f32);
            if !parts.iter().all(|part| (0.01..1.0).contains(part)) {
                return Err(rare());
            }
            ycc.coefficients = parts;
        }
        let ranges = match tags.fractions(tag::REFERENCE_BLACK_WHITE) {
            // Some programs write integers.
            Err(_) => tags.numbers(tag::REFERENCE_BLACK_WHITE)?.map(|all| all.iter().map(|&n| n as f64).collect()),
            fractions => fractions?,
        };
        if let Some(ranges) = ranges {
            let ranges: &[[f64; 2]; 3] = ranges.as_chunks().0.first_chunk().ok_or_else(rare)?;
            ycc.ranges = ranges.map(|[black, white]| (black as f32, (white - black) as f32));
        }
        if ycc.ranges.iter().any(|(_, range)| !(range.is_finite() && *range > 0.0)) {
            return Err(rare());
        }
        Ok(ycc)
    }

    /// RGB, up to `top`.
    pub fn colours(&self, samples: [f32; 3], top: f32) -> [f32; 3] {
        let middle = ((top + 1.0) / 2.0).floor();
        let tops = [top, top - middle, top - middle];
        let [y, cb, cr] = std::array::from_fn(|index| {
            let (zero, range) = self.ranges[index];
            (samples[index] - zero) * tops[index] / range
        });
        let [red, green, blue] = self.coefficients;
        // Chroma ranges from -0.5 to 0.5 of the samples' range.
        let (r, b) = (y + cr * (2.0 - 2.0 * red), y + cb * (2.0 - 2.0 * blue));
        [r, (y - red * r - blue * b) / green, b]
    }
}

/// Number of px that share chroma, across and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChromaSubsampling(usize, usize);

impl ChromaSubsampling {
    /// From the tags; none if chroma is not subsampled.
    ///
    /// # Errors
    /// If it is unsupported.
    pub fn new(tags: &TiffTags) -> ImageResult<Option<Self>> {
        let subsampling = tags.numbers(tag::YCC_SUBSAMPLING)?;
        match subsampling.as_deref().unwrap_or(&[2, 2]) {
            [1, 1, ..] => Ok(None),
            &[across @ (1 | 2 | 4), down @ (1 | 2 | 4), ..] => Ok(Some(Self(across as usize, down as usize))),
            _ => Err(unsupported("a rare kind of YCbCr")),
        }
    }

    /// Number of blocks, across and down.
    fn blocks(self, shape: ChunkShape) -> (usize, usize) {
        (shape.width.div_ceil(self.0), shape.rows.div_ceil(self.1))
    }

    /// Bytes of the rows that are needed, for 8-bit samples.
    pub fn bytes(self, shape: ChunkShape) -> usize {
        let (across, down) = self.blocks(shape);
        across.saturating_mul(down).saturating_mul(self.0 * self.1 + 2)
    }

    /// Three samples per px.
    pub fn upsampled(self, blocks: &[u8], shape: ChunkShape) -> Vec<u8> {
        let Self(width, height) = self;
        let (across, _) = self.blocks(shape);
        let mut samples = vec![0; shape.width * shape.rows * 3];
        for (index, block) in blocks.chunks_exact(width * height + 2).enumerate() {
            let (left, top) = (index % across * width, index / across * height);
            let (brightness, differences) = block.split_at(width * height);
            for (at, &y) in brightness.iter().enumerate() {
                let (x, row) = (left + at % width, top + at / width);
                if x < shape.width && row < shape.rows {
                    let pixel = (row * shape.width + x) * 3;
                    samples[pixel..pixel + 3].copy_from_slice(&[y, differences[0], differences[1]]);
                }
            }
        }
        samples
    }
}
