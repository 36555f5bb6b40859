//! JPEG compression in memory, for evaluation.

use std::path::Path;

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};

use super::{MemoryLimit, decode};
use crate::pixels::{Depth, Planes, Raster, Samples};

/// Encodes a picture of 1 or 3 planes as a baseline JPEG of that quality (1–100) with the standard tables and 4:2:0
/// subsampling (means of four), and decodes it again.
///
/// # Errors
/// A sentence for the user, if a side is longer than 65,535 px.
pub fn compress(planes: &Planes, quality: u8) -> Result<Planes, String> {
    let pixels = Raster::from_planes(planes, None, Depth::Eight);
    let Samples::Eight(values) = pixels.samples() else { return Err("JPEG holds bytes".to_owned()) };
    let side = |px: usize| u16::try_from(px).map_err(|_| "JPEG holds at most 65,535 px a side".to_owned());
    let (width, height) = (side(planes.width())?, side(planes.height())?);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    let colours = if planes.channels() == 1 { ColorType::Luma } else { ColorType::Rgb };
    encoder.encode(values, width, height, colours).map_err(|error| error.to_string())?;
    let decoded = decode(Path::new("coded.jpg"), file, MemoryLimit::default()).map_err(|error| error.to_string())?;
    Ok(decoded.photo.colours())
}
