//! Decoded samples on their way into `image`'s buffers, and `image`'s errors.

use std::{error::Error, io};

use image::{
    ColorType, ImageError,
    error::{DecodingError, ImageFormatHint, UnsupportedError, UnsupportedErrorKind},
};

/// Interleaved samples.
pub enum Samples {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
    /// 0 is black, 1 is white.
    Float(Vec<f32>),
}

impl Samples {
    /// Writes them into a buffer of as many bytes, each in this machine's byte order.
    pub fn write(&self, buffer: &mut [u8]) {
        match self {
            Samples::Eight(samples) => buffer.copy_from_slice(samples),
            Samples::Sixteen(samples) => {
                let (places, _) = buffer.as_chunks_mut();
                places.iter_mut().zip(samples).for_each(|(place, sample)| *place = sample.to_ne_bytes());
            }
            Samples::Float(samples) => {
                let (places, _) = buffer.as_chunks_mut();
                places.iter_mut().zip(samples).for_each(|(place, sample)| *place = sample.to_ne_bytes());
            }
        }
    }
}

/// How precise samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    Eight,
    Sixteen,
    Float,
}

/// `image`'s name for pixels. It has no grey of floating-point values.
pub fn color_type(grey: bool, alpha: bool, precision: Precision) -> ColorType {
    match (precision, grey, alpha) {
        (Precision::Eight, true, false) => ColorType::L8,
        (Precision::Eight, true, true) => ColorType::La8,
        (Precision::Eight, false, false) => ColorType::Rgb8,
        (Precision::Eight, false, true) => ColorType::Rgba8,
        (Precision::Sixteen, true, false) => ColorType::L16,
        (Precision::Sixteen, true, true) => ColorType::La16,
        (Precision::Sixteen, false, false) => ColorType::Rgb16,
        (Precision::Sixteen, false, true) => ColorType::Rgba16,
        (Precision::Float, _, false) => ColorType::Rgb32F,
        (Precision::Float, _, true) => ColorType::Rgba32F,
    }
}

/// Grey samples, with or without alpha, as red, green and blue.
pub fn grey_as_rgb<T: Copy>(samples: &[T], alpha: bool) -> Vec<T> {
    match alpha {
        true => samples.as_chunks().0.iter().flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect(),
        false => samples.iter().flat_map(|&grey| [grey; 3]).collect(),
    }
}

/// The file contradicts its format.
pub fn broken(format: &str, why: impl Into<Box<dyn Error + Send + Sync>>) -> ImageError {
    ImageError::Decoding(DecodingError::new(ImageFormatHint::Name(format.into()), why))
}

/// The file is of a kind that is not read: the end of the sentence "a picture with …".
pub fn unsupported(what: impl Into<String>) -> ImageError {
    let kind = UnsupportedErrorKind::GenericFeature(what.into());
    ImageError::Unsupported(UnsupportedError::from_format_and_kind(ImageFormatHint::Unknown, kind))
}

/// The file ends too early.
pub fn cut_off() -> ImageError {
    ImageError::IoError(io::ErrorKind::UnexpectedEof.into())
}
