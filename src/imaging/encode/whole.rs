//! Encodes BMP and WebP, whose encoders need the whole picture.

use image::{
    ImageEncoder,
    codecs::{bmp::BmpEncoder, webp::WebPEncoder},
};

use super::{
    lines::Lines,
    plan::{EncodeFailure, EncodePlan},
};
use crate::imaging::{Resolution, metadata};

/// Encodes a BMP.
///
/// # Errors
/// If encoding fails, or the rows end too early.
pub fn bmp(plan: &EncodePlan, lines: &mut Lines) -> Result<Vec<u8>, EncodeFailure> {
    let mut bytes = Vec::new();
    let encoder = BmpEncoder::new(&mut bytes);
    write(encoder, plan, lines)?;
    if let Some((x, y)) = plan.kept.resolution.and_then(Resolution::per_metre)
        && let Some(place) = bytes.get_mut(38..46)
    {
        place.copy_from_slice(&[x.to_le_bytes(), y.to_le_bytes()].concat());
    }
    Ok(bytes)
}

/// Encodes a WebP; lossless without a quality.
///
/// # Errors
/// If encoding fails, or the rows end too early.
pub fn webp(plan: &EncodePlan, lines: &mut Lines) -> Result<Vec<u8>, EncodeFailure> {
    let bytes = match plan.quality {
        Some(quality) => {
            let samples = lines.all()?;
            let encoder = match plan.channels.has_alpha() {
                true => webp::Encoder::from_rgba(&samples, plan.width, plan.height),
                false => webp::Encoder::from_rgb(&samples, plan.width, plan.height),
            };
            let encoded = encoder.encode_simple(false, f32::from(quality.clamp(1, 100)));
            encoded.map_err(|error| EncodeFailure::Refused(format!("{error:?}")))?.to_vec()
        }
        None => {
            let mut bytes = Vec::new();
            write(WebPEncoder::new_lossless(&mut bytes), plan, lines)?;
            bytes
        }
    };
    metadata::add_riff_chunks(bytes, &plan.kept).map_err(EncodeFailure::Refused)
}

fn write(encoder: impl ImageEncoder, plan: &EncodePlan, lines: &mut Lines) -> Result<(), EncodeFailure> {
    let color = plan.channels.eight_bit_color();
    let written = encoder.write_image(&lines.all()?, plan.width, plan.height, color);
    written.map_err(|error| EncodeFailure::Refused(error.to_string()))
}
