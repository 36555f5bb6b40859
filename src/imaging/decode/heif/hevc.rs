//! HEVC pictures (ITU-T H.265), decoded by heifer-hevc-dec.

use std::panic::{AssertUnwindSafe, catch_unwind};

use heifer_hevc_dec::{
    Error,
    decoder::{DecodeOptions, decode_picture},
    recon::Frame,
};
use image::{ImageError, ImageResult};

use super::{
    container::{HevcConfig, Tile},
    yuv::{PlaneSamples, SampleRange, YuvPicture, YuvPlane},
};
use crate::imaging::decode::errors::{broken, unsupported};

/// Maximum number of slice segments of a picture (ITU-T H.265, annex A.4.2). Each can take as long as the picture.
const MAX_SLICES: usize = 600;
/// The side of the largest blocks in px: coded pictures are larger than visible ones by less than that.
const MAX_BLOCK: u32 = 64;
/// Memory of the decoder, in bytes for each px of a picture: planes of 16 bits, twice for the crop, and what is known of each block.
const BYTES_PER_PIXEL: u64 = 16;

/// Memory to decode a picture of that size in px, in bytes.
pub fn memory(size: (u32, u32)) -> u64 {
    coded_area(size).saturating_mul(BYTES_PER_PIXEL)
}

/// The largest area that a picture of that visible size may have in the compressed data, in px.
fn coded_area((width, height): (u32, u32)) -> u64 {
    let [width, height] = [width, height].map(|side| u64::from(side).next_multiple_of(MAX_BLOCK.into()));
    width.saturating_mul(height)
}

/// Decodes a picture of that size in px.
///
/// # Errors
/// If it is damaged, unsupported, or smaller.
pub fn decode(tile: &Tile, size: (u32, u32)) -> ImageResult<YuvPicture> {
    let config = HevcConfig::parse(&tile.config).ok_or_else(|| damaged("the description of its picture is damaged"))?;
    let stream = byte_stream(&config, &tile.data)?;
    // A damaged picture is recognized by its hash, if it has one.
    let options = DecodeOptions { verify_hash: true, max_pixels: coded_area(size), ..DecodeOptions::default() };
    // The decoder is young: a panic becomes an error.
    let frame = catch_unwind(AssertUnwindSafe(|| decode_picture(&stream, options)))
        .unwrap_or(Err(Error::Invalid("it is damaged")))
        .map_err(failed)?;
    planes(frame, size)
}

/// The units of the picture, and the parameter sets before them, each after a start code (annex B).
fn byte_stream(config: &HevcConfig, mut data: &[u8]) -> ImageResult<Vec<u8>> {
    const START: &[u8] = &[0, 0, 0, 1];
    let mut stream = Vec::with_capacity(data.len() + 256);
    let mut add = |unit: &[u8]| {
        stream.extend_from_slice(START);
        stream.extend_from_slice(unit);
    };
    config.units.iter().for_each(|unit| add(unit));
    let mut slices = 0;
    while !data.is_empty() {
        let cut = || damaged("its picture is incomplete");
        let (length, rest) = data.split_at_checked(config.length_bytes).ok_or_else(cut)?;
        let length = length.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
        let (unit, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        data = rest;
        let Some(&[first, second]) = unit.first_chunk() else { continue };
        // Other layers are other views of the scene.
        let (kind, layer) = (first >> 1 & 0x3F, (first & 1) << 5 | second >> 3);
        if layer == 0 {
            slices += usize::from(kind < 32);
            add(unit);
        }
    }
    match slices {
        0 => Err(damaged("its picture is empty")),
        1..=MAX_SLICES => Ok(stream),
        _ => Err(damaged("its picture has too many parts")),
    }
}

/// The planes of a frame, cropped to a size in px.
fn planes(frame: Frame, (width, height): (u32, u32)) -> ImageResult<YuvPicture> {
    let shifts = match frame.chroma_format {
        0 | 3 => (0, 0),
        1 => (1, 1),
        _ => (1, 0),
    };
    let [luma_bits, chroma_bits] = frame.bit_depth;
    if frame.widths[0] < width || frame.heights[0] < height {
        return Err(damaged("its picture does not have the declared size"));
    }
    if !(8..=16).contains(&luma_bits) || !(8..=16).contains(&chroma_bits) {
        return Err(unsupported("samples of a rare depth"));
    }
    let range = if frame.full_range { SampleRange::Full } else { SampleRange::Limited };
    let parts = frame.planes.into_iter().zip(frame.widths).zip([luma_bits, chroma_bits, chroma_bits]);
    let plane =
        |((samples, width), bits)| YuvPlane { samples: PlaneSamples::Words(samples), stride: width as usize, bits };
    Ok(YuvPicture {
        planes: parts.take(if frame.chroma_format == 0 { 1 } else { 3 }).map(plane).collect(),
        size: (width as usize, height as usize),
        shifts,
        range,
        matrix: frame.matrix_coeffs,
    })
}

fn damaged(why: &'static str) -> ImageError {
    broken("HEIC", why)
}

fn failed(error: Error) -> ImageError {
    match error {
        Error::Unimplemented(what) => unsupported(format!("a part of HEVC that is rarely used ({what})")),
        error => broken("HEIC", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of a record with one parameter set, and lengths of four bytes.
    fn record() -> Vec<u8> {
        [&[1; 16][..], &[1, 0, 0, 0, 0, 3, 1, 0x21, 0, 1, 0, 2, 0x42, 1]].concat()
    }

    fn stream_of(units: &[&[u8]]) -> Result<Vec<u8>, String> {
        let data: Vec<u8> =
            units.iter().flat_map(|unit| [&(unit.len() as u32).to_be_bytes()[..], unit].concat()).collect();
        let record = record();
        byte_stream(&HevcConfig::parse(&record).unwrap(), &data).map_err(|error| error.to_string())
    }

    #[test]
    fn units_of_the_first_layer_follow_the_parameter_sets() {
        let (slice, other_layer) = ([0x28, 1, 9], [0x28, 9, 9]);
        assert_eq!(
            stream_of(&[&slice, &other_layer, &[]]).unwrap(),
            [&[0, 0, 0, 1, 0x42, 1, 0, 0, 0, 1][..], &slice].concat()
        );
        assert!(stream_of(&[&other_layer]).unwrap_err().contains("picture is empty"));
        let many = vec![&slice[..]; MAX_SLICES];
        assert!(stream_of(&many).is_ok());
        assert!(stream_of(&[&many[..], &[&slice]].concat()).unwrap_err().contains("too many parts"));
        let record = record();
        let cut = byte_stream(&HevcConfig::parse(&record).unwrap(), &[0, 0, 0, 9, 0x28, 1]).unwrap_err().to_string();
        assert!(cut.contains("picture is incomplete"), "{cut}");
        assert!(HevcConfig::parse(&record[..record.len() - 1]).is_none());
    }
}
