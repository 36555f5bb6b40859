//! AV1 pictures, decoded by rav1d.

use image::{ImageError, ImageResult};
use img_parts::Bytes;
use re_rav1d::dav1d::{Decoder, Picture, PixelLayout, PlanarImageComponent, Settings, pixel::YUVRange};

use super::yuv::{PlaneSamples, SampleRange, YuvPicture, YuvPlane};
use crate::imaging::decode::errors::{broken, truncated};

/// Maximum number of frames (quality layers) of a picture.
const MAX_FRAMES: usize = 4;
/// Memory of the decoder, in bytes for each px of a picture: planes of 16 bits, without and with film grain.
const BYTES_PER_PIXEL: u64 = 12;

/// Memory to decode a picture of that size in px, in bytes.
pub fn memory(size: (u32, u32)) -> u64 {
    u64::from(size.0).saturating_mul(size.1.into()).saturating_mul(BYTES_PER_PIXEL)
}

/// Decodes pictures of the same size.
pub struct Av1Decoder {
    decoder: Decoder,
    size: (u32, u32),
}

impl Av1Decoder {
    /// A decoder of pictures of that size in px.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn new(size: (u32, u32)) -> ImageResult<Self> {
        let mut settings = Settings::new();
        settings.set_max_frame_delay(1);
        settings.set_all_layers(false);
        settings.set_n_threads(rayon::current_num_threads() as u32);
        settings.set_frame_size_limit(size.0.saturating_mul(size.1).max(1));
        Ok(Self { decoder: Decoder::with_settings(&settings).map_err(failed)?, size })
    }

    /// Decodes a picture (AV1 OBUs).
    ///
    /// # Errors
    /// If it is damaged, truncated, or of another size.
    pub fn decode(&mut self, data: &Bytes) -> ImageResult<YuvPicture> {
        if data.is_empty() {
            return Err(broken("AVIF", "its picture is empty"));
        }
        if frames(data) > MAX_FRAMES {
            return Err(broken("AVIF", "its picture has too many frames"));
        }
        self.decoder.flush();
        let mut sent = self.decoder.send_data(data.clone(), None, None, None);
        let picture = loop {
            if let Err(error) = sent
                && !error.is_again()
            {
                return Err(failed(error));
            }
            match self.decoder.get_picture() {
                Ok(picture) => break picture,
                Err(error) if !error.is_again() => return Err(failed(error)),
                // All data was sent, and there is no picture.
                Err(_) if sent.is_ok() => return Err(truncated()),
                Err(_) => sent = self.decoder.send_pending_data(),
            }
        };
        if (picture.width(), picture.height()) != self.size {
            return Err(broken("AVIF", "its picture does not have the declared size"));
        }
        Ok(planes(&picture))
    }
}

fn planes(picture: &Picture) -> YuvPicture {
    use PlanarImageComponent::{U, V, Y};
    let bits = picture.bits_per_component().map_or(8, |bits| bits.0);
    let (components, shifts): (&[_], _) = match picture.pixel_layout() {
        PixelLayout::I400 => (&[Y], (0, 0)),
        PixelLayout::I420 => (&[Y, U, V], (1, 1)),
        PixelLayout::I422 => (&[Y, U, V], (1, 0)),
        PixelLayout::I444 => (&[Y, U, V], (0, 0)),
    };
    let plane = |&component| {
        let (samples, stride) = (picture.plane(component), picture.stride(component) as usize);
        let (samples, stride) = match bits {
            8 => (PlaneSamples::Bytes(samples), stride),
            _ => (PlaneSamples::BytePairs(samples), stride / 2),
        };
        YuvPlane { samples, stride, bits: bits as u8 }
    };
    YuvPicture {
        planes: components.iter().map(plane).collect(),
        size: (picture.width() as usize, picture.height() as usize),
        shifts,
        range: if picture.color_range() == YUVRange::Full { SampleRange::Full } else { SampleRange::Limited },
        matrix: picture.matrix_coefficients() as u8,
    }
}

fn failed(error: re_rav1d::dav1d::Error) -> ImageError {
    broken("AVIF", error)
}

/// The number of frames in AV1 OBUs (AV1, section 5.3), each of which can take as long as the picture.
fn frames(mut units: &[u8]) -> usize {
    let mut frames = 0;
    while let Some((&header, rest)) = units.split_first() {
        // OBU_FRAME or OBU_FRAME_HEADER.
        frames += usize::from(matches!(header >> 3 & 0xF, 3 | 6));
        let rest = rest.get(usize::from(header >> 2 & 1)..).unwrap_or_default();
        // An OBU without a size is the last one.
        if header & 2 == 0 {
            break;
        }
        let (mut length, mut at) = (0_u64, 0);
        while let Some(byte) = rest.get(at).filter(|_| at < 8) {
            length |= u64::from(byte & 0x7F) << (7 * at);
            at += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let next = usize::try_from(length).ok().and_then(|length| length.checked_add(at));
        units = next.and_then(|next| rest.get(next..)).unwrap_or_default();
    }
    frames
}
