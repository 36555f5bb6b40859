//! Sample formats of a TIFF: integers of 1 to 64 bits, and floating point.

use half::f16;
use image::ImageResult;

use super::tags::TiffTags;
use crate::{
    imaging::{
        container::ifd::{ByteOrder, tag},
        decode::errors::unsupported,
    },
    pixels::Depth,
};

/// Format of the samples, and the depth they are converted to.
#[derive(Debug, Clone, Copy)]
pub struct Values {
    pub bits: u32,
    /// Whether it is floating point.
    pub floating: bool,
    pub depth: Depth,
}

impl Values {
    /// From the tags.
    ///
    /// # Errors
    /// If they are unsupported.
    pub fn new(tags: &TiffTags) -> ImageResult<Self> {
        let bits = tags.same_number(tag::BITS, "depths")?.unwrap_or(1);
        let kind = tags.same_number(tag::SAMPLE_FORMAT, "kinds")?.unwrap_or(1);
        let (floating, depth) = match (kind, bits) {
            (1 | 4, 1..=8) => (false, Depth::Eight),
            (1 | 4, 9..=16) => (false, Depth::Sixteen),
            (1 | 4, 17..=32 | 64) => (false, Depth::Float),
            (3, 16 | 32 | 64) => (true, Depth::Float),
            (3, _) => return Err(unsupported(format!("floating-point values of {bits} bits"))),
            (2, _) => return Err(unsupported("signed values")),
            (5 | 6, _) => return Err(unsupported("complex numbers")),
            _ => return Err(unsupported(format!("{bits} bits a channel"))),
        };
        Ok(Self { bits: bits as u32, floating, depth })
    }
}

/// The first `count` integers of a row; of 64 bits the upper half.
pub fn numbers(row: &[u8], bits: u32, order: ByteOrder, count: usize) -> Vec<u32> {
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
        // Packed, most significant bits first in both byte orders.
        _ => {
            let (mut buffer, mut left, mut bytes) = (0_u64, 0, row.iter());
            let mut number = || {
                while left < bits {
                    buffer = buffer << 8 | u64::from(bytes.next().copied().unwrap_or(0));
                    left += 8;
                }
                left -= bits;
                (buffer >> left) as u32 & (u32::MAX >> (32 - bits))
            };
            (0..count).map(|_| number()).collect()
        }
    }
}

/// The first `count` floating-point numbers of a row.
pub fn floats(row: &[u8], bits: u32, order: ByteOrder, count: usize) -> Vec<f32> {
    match bits {
        16 => row.as_chunks().0.iter().take(count).map(|&two| f16::from_bits(order.u16_of(two)).to_f32()).collect(),
        32 => row.as_chunks().0.iter().take(count).map(|&four| f32::from_bits(order.u32_of(four))).collect(),
        _ => row.as_chunks().0.iter().take(count).map(|&eight| f64::from_bits(order.u64_of(eight)) as f32).collect(),
    }
}
