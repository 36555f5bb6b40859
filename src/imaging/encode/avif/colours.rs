//! Converts samples to the planes of an AVIF: luma and chroma in the full range (ITU-T H.273).

use crate::imaging::Depth;

/// Weights of red and blue in luma (BT.601), and the code of this matrix.
const RED: f32 = 0.299;
const BLUE: f32 = 0.114;
pub const MATRIX: u8 = 6;
/// Bits of a plane's samples for samples of 16 bits.
const DEEP_BITS: u32 = 10;

/// The largest sample of a plane.
fn top(depth: Depth) -> f32 {
    if depth == Depth::Eight { 255.0 } else { ((1 << DEEP_BITS) - 1) as f32 }
}

/// Luma and chroma of interleaved samples in native byte order, with samples of 8 or 10 bits; only luma of one channel.
///
/// `channels`: all of them, of which the first one or three are converted.
pub fn planes_of(bytes: &[u8], (channels, colours): (usize, usize), depth: Depth) -> Vec<Vec<u16>> {
    let count = bytes.len() / depth.bytes() / channels;
    let mut planes = vec![Vec::with_capacity(count); colours];
    for pixel in bytes.chunks_exact(channels * depth.bytes()) {
        match planes.as_mut_slice() {
            [luma] => luma.push(grey(sample(pixel, 0, depth), depth)),
            [luma, blue, red] => {
                let (r, g, b) = (sample(pixel, 0, depth), sample(pixel, 1, depth), sample(pixel, 2, depth));
                let y = RED * r + (1.0 - RED - BLUE) * g + BLUE * b;
                let (middle, top) = (((top(depth) + 1.0) / 2.0), top(depth));
                let chroma = |difference: f32, weight: f32| {
                    (difference * top * 0.5 / (1.0 - weight) + middle + 0.5).clamp(0.0, top) as u16
                };
                luma.push((y * top + 0.5) as u16);
                blue.push(chroma(b - y, BLUE));
                red.push(chroma(r - y, RED));
            }
            _ => {}
        }
    }
    planes
}

/// The last channel of interleaved samples, as a plane.
pub fn alpha_of(bytes: &[u8], channels: usize, depth: Depth) -> Vec<u16> {
    let pixels = bytes.chunks_exact(channels * depth.bytes());
    pixels.map(|pixel| grey(sample(pixel, channels - 1, depth), depth)).collect()
}

fn grey(value: f32, depth: Depth) -> u16 {
    (value * top(depth) + 0.5) as u16
}

/// A sample, 0 to 1.
fn sample(pixel: &[u8], channel: usize, depth: Depth) -> f32 {
    match depth {
        Depth::Eight => f32::from(pixel[channel]) / 255.0,
        _ => f32::from(u16::from_ne_bytes([pixel[2 * channel], pixel[2 * channel + 1]])) / 65_535.0,
    }
}
