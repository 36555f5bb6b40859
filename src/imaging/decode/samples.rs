//! Writes decoded samples into `image`'s buffers.

use image::ColorType;

use crate::pixels::{Depth, Samples};

/// Writes interleaved samples into a buffer of the same length, in native byte order.
pub fn write(samples: &Samples, buffer: &mut [u8]) {
    match samples {
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

/// `image`'s colour type. It has no floating-point grey.
pub fn color_type(grey: bool, alpha: bool, depth: Depth) -> ColorType {
    match (depth, grey, alpha) {
        (Depth::Eight, true, false) => ColorType::L8,
        (Depth::Eight, true, true) => ColorType::La8,
        (Depth::Eight, false, false) => ColorType::Rgb8,
        (Depth::Eight, false, true) => ColorType::Rgba8,
        (Depth::Sixteen, true, false) => ColorType::L16,
        (Depth::Sixteen, true, true) => ColorType::La16,
        (Depth::Sixteen, false, false) => ColorType::Rgb16,
        (Depth::Sixteen, false, true) => ColorType::Rgba16,
        (Depth::Float, _, false) => ColorType::Rgb32F,
        (Depth::Float, _, true) => ColorType::Rgba32F,
    }
}

/// Converts grey samples, with or without alpha, to RGB.
pub fn grey_as_rgb<T: Copy>(samples: &[T], alpha: bool) -> Vec<T> {
    match alpha {
        true => samples.as_chunks().0.iter().flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect(),
        false => samples.iter().flat_map(|&grey| [grey; 3]).collect(),
    }
}
