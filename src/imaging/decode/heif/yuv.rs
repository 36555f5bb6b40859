//! Decoded luma and chroma, and their conversion to RGB (ITU-T H.273).

use image::ImageResult;
use re_rav1d::dav1d::Plane;

use crate::imaging::decode::errors::unsupported;

/// The conversion of luma and chroma to RGB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum YuvMatrix {
    /// The planes are green, blue and red.
    Identity,
    /// YCgCo.
    YCgCo,
    /// YCbCr with these luma coefficients of red and blue.
    YCbCr(f32, f32),
}

impl YuvMatrix {
    /// The conversion of a code point.
    ///
    /// # Errors
    /// If it is a rare one.
    pub fn from_code(code: u8) -> ImageResult<Self> {
        Ok(match code {
            0 => YuvMatrix::Identity,
            1 => YuvMatrix::YCbCr(0.2126, 0.0722),
            4 => YuvMatrix::YCbCr(0.30, 0.11),
            // 2: unspecified.
            2 | 5 | 6 => YuvMatrix::YCbCr(0.299, 0.114),
            7 => YuvMatrix::YCbCr(0.212, 0.087),
            8 => YuvMatrix::YCgCo,
            9 => YuvMatrix::YCbCr(0.2627, 0.0593),
            _ => return Err(unsupported(format!("matrix coefficients {code}"))),
        })
    }

    /// Red, green and blue of luma (0 to 1) and chroma (-0.5 to 0.5).
    pub fn colours(self, y: f32, u: f32, v: f32) -> [f32; 3] {
        match self {
            YuvMatrix::Identity => [v, y, u],
            YuvMatrix::YCgCo => [y - u + v, y + u, y - u - v],
            YuvMatrix::YCbCr(red, blue) => {
                let (r, b) = (y + 2.0 * (1.0 - red) * v, y + 2.0 * (1.0 - blue) * u);
                [r, (y - red * r - blue * b) / (1.0 - red - blue), b]
            }
        }
    }
}

/// Whether samples use all values of their bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleRange {
    Full,
    /// Black is 16 and white 235 of 255; chroma is 16 to 240.
    Limited,
}

/// The samples of a plane, row by row.
pub enum PlaneSamples {
    /// One byte each.
    Bytes(Plane),
    /// Two bytes each, in native order.
    BytePairs(Plane),
    Words(Vec<u16>),
}

/// One plane of a decoded picture.
pub struct YuvPlane {
    pub samples: PlaneSamples,
    /// Samples from one row to the next.
    pub stride: usize,
    /// Bits per sample, 8 to 16.
    pub bits: u8,
}

/// A decoded picture.
pub struct YuvPicture {
    /// Luma, or luma and two planes of chroma.
    pub planes: Vec<YuvPlane>,
    /// Width and height in px.
    pub size: (usize, usize),
    /// Powers of two by which chroma is subsampled, across and down.
    pub shifts: (u32, u32),
    /// The range that the compressed data declares.
    pub range: SampleRange,
    /// The code point of the matrix that the compressed data declares.
    pub matrix: u8,
}

/// The meaning of a plane's samples.
#[derive(Clone, Copy)]
enum Meaning {
    /// Luma or a colour: 0 to 1.
    Luma,
    /// -0.5 to 0.5.
    Chroma,
}

impl YuvPicture {
    /// One row of luma, 0 to 1.
    pub fn luma(&self, y: usize, range: SampleRange) -> Vec<f32> {
        self.planes[0].row(y, self.size.0, Meaning::Luma, range)
    }

    /// One row of chroma, interpolated if it is subsampled: -0.5 to 0.5, or 0 to 1 if the planes are colours.
    pub fn chroma(&self, y: usize, range: SampleRange, colours: bool) -> [Vec<f32>; 2] {
        let meaning = if colours { Meaning::Luma } else { Meaning::Chroma };
        let (width, height) = (self.size.0.div_ceil(1 << self.shifts.0), self.size.1.div_ceil(1 << self.shifts.1));
        let (near, far, part) = between(y, self.shifts.1, height);
        [1, 2].map(|index| {
            // A grey picture that is described as a coloured one.
            let Some(plane) = self.planes.get(index) else { return vec![0.0; self.size.0] };
            let mut row = plane.row(near, width, meaning, range);
            if far != near {
                let far = plane.row(far, width, meaning, range);
                row.iter_mut().zip(far).for_each(|(near, far)| *near += (far - *near) * part);
            }
            if self.shifts.0 == 0 {
                return row;
            }
            let value = |x| {
                let (near, far, part) = between(x, 1, row.len());
                row[near] + (row[far] - row[near]) * part
            };
            (0..self.size.0.min(2 * row.len())).map(value).collect()
        })
    }
}

impl YuvPlane {
    fn row(&self, y: usize, width: usize, meaning: Meaning, range: SampleRange) -> Vec<f32> {
        let (unit, top) = ((1_u32 << (self.bits - 8)) as f32, ((1_u32 << self.bits) - 1) as f32);
        let (zero, range) = match (meaning, range) {
            (Meaning::Luma, SampleRange::Full) => (0.0, top),
            (Meaning::Luma, SampleRange::Limited) => (16.0 * unit, 219.0 * unit),
            (Meaning::Chroma, SampleRange::Full) => (128.0 * unit, top),
            (Meaning::Chroma, SampleRange::Limited) => (128.0 * unit, 224.0 * unit),
        };
        let mut samples = vec![0; width];
        self.copy_row(y, &mut samples);
        samples.into_iter().map(|sample| (f32::from(sample) - zero) / range).collect()
    }

    /// Copies the first samples of a row.
    pub fn copy_row(&self, y: usize, to: &mut [u16]) {
        let start = y * self.stride;
        match &self.samples {
            PlaneSamples::Bytes(plane) => {
                let bytes = plane.get(start..).unwrap_or_default();
                to.iter_mut().zip(bytes).for_each(|(to, byte)| *to = (*byte).into());
            }
            PlaneSamples::BytePairs(plane) => {
                let (pairs, _) = plane.get(2 * start..).unwrap_or_default().as_chunks();
                to.iter_mut().zip(pairs).for_each(|(to, pair)| *to = u16::from_ne_bytes(*pair));
            }
            PlaneSamples::Words(words) => {
                let words = words.get(start..).unwrap_or_default();
                to.iter_mut().zip(words).for_each(|(to, word)| *to = *word);
            }
        }
    }
}

/// The two nearest samples of a subsampled plane, and the weight of the farther one.
fn between(at: usize, shift: u32, end: usize) -> (usize, usize, f32) {
    let near = at >> shift;
    let far = if at & 1 == 0 { near.saturating_sub(1) } else { near + 1 };
    if shift == 0 { (near, near, 0.0) } else { (near, far.min(end.saturating_sub(1)), 0.25) }
}
