//! Predictors (TIFF 6.0, section 14; Adobe's technical note 3).

use image::ImageResult;

use super::tags::TiffTags;
use crate::imaging::{
    container::ifd::{ByteOrder, tag},
    decode::errors::unsupported,
};

/// Predictor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predictor {
    /// Samples are stored directly.
    None,
    /// Differences from the sample to the left.
    Horizontal,
    /// Differences of bytes, the most significant ones of a row first (floating point).
    Bytes,
}

impl Predictor {
    /// From the tags, for samples of `bits` bits.
    ///
    /// # Errors
    /// If it is unsupported.
    pub fn new(tags: &TiffTags, bits: u32, floating: bool) -> ImageResult<Self> {
        match tags.number(tag::PREDICTOR)? {
            None | Some(1) => Ok(Predictor::None),
            Some(2) if matches!(bits, 8 | 16 | 32 | 64) => Ok(Predictor::Horizontal),
            Some(3) if floating => Ok(Predictor::Bytes),
            Some(other) => Err(unsupported(format!("predictor {other} for values of {bits} bits"))),
        }
    }

    /// Reconstructs the samples of a row, in the file's byte order. `stride`: the number of interleaved samples per pixel.
    pub fn undo(self, row: &mut [u8], bits: u32, stride: usize, order: ByteOrder) {
        match (self, bits) {
            (Predictor::None, _) => {}
            (Predictor::Horizontal, 8) => add_up(row, stride),
            (Predictor::Horizontal, 16) => {
                let numbers = row.as_chunks_mut().0;
                for at in stride..numbers.len() {
                    numbers[at] = order.u16(order.u16_of(numbers[at]).wrapping_add(order.u16_of(numbers[at - stride])));
                }
            }
            (Predictor::Horizontal, 32) => {
                let numbers = row.as_chunks_mut().0;
                for at in stride..numbers.len() {
                    numbers[at] = order.u32(order.u32_of(numbers[at]).wrapping_add(order.u32_of(numbers[at - stride])));
                }
            }
            (Predictor::Horizontal, _) => {
                let numbers = row.as_chunks_mut().0;
                for at in stride..numbers.len() {
                    numbers[at] = order.u64(order.u64_of(numbers[at]).wrapping_add(order.u64_of(numbers[at - stride])));
                }
            }
            (Predictor::Bytes, _) => {
                add_up(row, stride);
                let (size, planes) = (bits as usize / 8, row.to_vec());
                let count = row.len() / size;
                for (index, sample) in row.chunks_exact_mut(size).enumerate() {
                    let bytes = planes[index..].iter().step_by(count.max(1));
                    match order {
                        ByteOrder::Big => sample.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from),
                        ByteOrder::Little => sample.iter_mut().rev().zip(bytes).for_each(|(to, from)| *to = *from),
                    }
                }
            }
        }
    }
}

fn add_up(row: &mut [u8], stride: usize) {
    for at in stride..row.len() {
        row[at] = row[at].wrapping_add(row[at - stride]);
    }
}
