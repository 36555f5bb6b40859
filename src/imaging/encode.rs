//! Photos to the bytes of a file.

use std::io::Cursor;

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::{
        bmp::BmpEncoder,
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
        tiff::TiffEncoder,
        webp::WebPEncoder,
    },
};
use img_parts::{ImageEXIF, ImageICC, webp::WebP};

use super::{Depth, Format, Photo, metadata};

const JPEG_QUALITY: u8 = 95;
/// What 255 segments of a JPEG hold, and what one holds, less their headers.
const JPEG_MAX_ICC: usize = 255 * (65_535 - 2 - 14);
const JPEG_MAX_EXIF: usize = 65_535 - 2 - 6;

/// A photo as the bytes of a file, with sentences about what that format does not hold.
///
/// `quality` 1–100 is for JPEG (95 without it; chroma is not subsampled) and WebP (lossless without it).
/// The error is the encoder's reason.
pub(super) fn encode(photo: &Photo, format: Format, quality: Option<u8>) -> Result<(Vec<u8>, Vec<String>), String> {
    let mut notices = Vec::new();
    let layout = Layout::of(photo, format, quality.is_some());
    let depth = format.depth_for(photo.depth);
    if depth != photo.depth {
        notices.push(format!("{} holds 8 bits per channel: the photo's 16 bits are rounded.", format.name()));
    }
    if photo.alpha.is_some() && !layout.alpha() {
        notices.push(format!("{} holds no transparency: the photo is laid on white.", format.name()));
    }
    if photo.is_grey() && photo.alpha.is_some() && format == Format::Tiff {
        notices.push("The TIFF is written in colour: grey with transparency cannot be.".into());
    }
    let icc = kept_icc(photo, format, layout, &mut notices);
    let exif = kept_exif(photo, format, &mut notices);

    let samples = samples(photo, layout, depth);
    let (width, height) = (side(photo.size().width)?, side(photo.size().height)?);
    let color = layout.color(depth);
    let mut bytes = Vec::new();
    let written = match (format, quality) {
        (Format::Jpeg, quality) => {
            let encoder = JpegEncoder::new_with_quality(&mut bytes, quality.unwrap_or(JPEG_QUALITY).clamp(1, 100));
            write(encoder, icc, exif, &samples, width, height, color)
        }
        (Format::Png, _) => {
            let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
            write(encoder, icc, exif, &samples, width, height, color)
        }
        (Format::Tiff, _) => {
            write(TiffEncoder::new(Cursor::new(&mut bytes)), icc, exif, &samples, width, height, color)
        }
        (Format::Bmp, _) => write(BmpEncoder::new(&mut bytes), icc, exif, &samples, width, height, color),
        (Format::WebP, None) => write(WebPEncoder::new_lossless(&mut bytes), icc, exif, &samples, width, height, color),
        (Format::WebP, Some(quality)) => {
            bytes = lossy_webp(&samples, layout, width, height, quality, icc, exif)?;
            Ok(())
        }
    };
    written.map_err(|error| error.to_string())?;
    Ok((bytes, notices))
}

/// Which channels are written, in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    RgbAlpha,
}

impl Layout {
    fn of(photo: &Photo, format: Format, lossy: bool) -> Self {
        let alpha = photo.alpha.is_some() && format != Format::Jpeg;
        let grey = photo.is_grey()
            && match format {
                Format::Jpeg | Format::Png => true,
                Format::Tiff | Format::Bmp => !alpha,
                Format::WebP => !lossy,
            };
        match (grey, alpha) {
            (true, false) => Layout::Grey,
            (true, true) => Layout::GreyAlpha,
            (false, false) => Layout::Rgb,
            (false, true) => Layout::RgbAlpha,
        }
    }

    const fn colors(self) -> usize {
        match self {
            Layout::Grey | Layout::GreyAlpha => 1,
            Layout::Rgb | Layout::RgbAlpha => 3,
        }
    }

    const fn alpha(self) -> bool {
        matches!(self, Layout::GreyAlpha | Layout::RgbAlpha)
    }

    const fn color(self, depth: Depth) -> ExtendedColorType {
        match (self, depth) {
            (Layout::Grey, Depth::Eight) => ExtendedColorType::L8,
            (Layout::GreyAlpha, Depth::Eight) => ExtendedColorType::La8,
            (Layout::Rgb, Depth::Eight) => ExtendedColorType::Rgb8,
            (Layout::RgbAlpha, Depth::Eight) => ExtendedColorType::Rgba8,
            (Layout::Grey, Depth::Sixteen) => ExtendedColorType::L16,
            (Layout::GreyAlpha, Depth::Sixteen) => ExtendedColorType::La16,
            (Layout::Rgb, Depth::Sixteen) => ExtendedColorType::Rgb16,
            (Layout::RgbAlpha, Depth::Sixteen) => ExtendedColorType::Rgba16,
        }
    }
}

fn side(px: usize) -> Result<u32, String> {
    u32::try_from(px).map_err(|_| format!("{px} px a side are too many"))
}

fn write(
    mut encoder: impl ImageEncoder,
    icc: Option<&[u8]>,
    exif: Option<&[u8]>,
    samples: &[u8],
    width: u32,
    height: u32,
    color: ExtendedColorType,
) -> image::ImageResult<()> {
    if let Some(icc) = icc {
        encoder.set_icc_profile(icc.to_vec()).map_err(image::ImageError::Unsupported)?;
    }
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif.to_vec()).map_err(image::ImageError::Unsupported)?;
    }
    encoder.write_image(samples, width, height, color)
}

fn lossy_webp(
    samples: &[u8],
    layout: Layout,
    width: u32,
    height: u32,
    quality: u8,
    icc: Option<&[u8]>,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, String> {
    let encoder = match layout.alpha() {
        true => webp::Encoder::from_rgba(samples, width, height),
        false => webp::Encoder::from_rgb(samples, width, height),
    };
    let quality = f32::from(quality.clamp(1, 100));
    let bytes = encoder.encode_simple(false, quality).map_err(|error| format!("{error:?}"))?.to_vec();
    if icc.is_none() && exif.is_none() {
        return Ok(bytes);
    }
    let mut container = WebP::from_bytes(bytes.into()).map_err(|error| error.to_string())?;
    container.set_icc_profile(icc.map(|icc| icc.to_vec().into()));
    container.set_exif(exif.map(|exif| exif.to_vec().into()));
    Ok(container.encoder().bytes().to_vec())
}

/// The profile, where the format holds one of its size for these channels.
fn kept_icc<'a>(photo: &'a Photo, format: Format, layout: Layout, notices: &mut Vec<String>) -> Option<&'a [u8]> {
    let icc = photo.icc.as_deref()?;
    // WebP stores grey as colour.
    let channels = if format == Format::WebP { 3 } else { layout.colors() };
    let reason = match format {
        Format::Bmp => "BMP holds none",
        Format::Jpeg if icc.len() > JPEG_MAX_ICC => "it is too large for JPEG",
        _ if !metadata::fits(icc, channels) => "it is for another kind of pixels than are written",
        _ => return Some(icc),
    };
    notices.push(format!("The colour profile is not kept: {reason}."));
    None
}

/// The EXIF block, where the format holds one of its size.
fn kept_exif<'a>(photo: &'a Photo, format: Format, notices: &mut Vec<String>) -> Option<&'a [u8]> {
    let exif = photo.exif.as_deref()?;
    let reason = match format {
        Format::Bmp => "BMP holds none",
        Format::Tiff => "it cannot be written into TIFF yet",
        Format::Jpeg if exif.len() > JPEG_MAX_EXIF => "it is too large for JPEG",
        _ => return Some(exif),
    };
    notices.push(format!("The EXIF data is not kept: {reason}."));
    None
}

/// The channels of `layout`, interleaved; 16-bit ones in this machine's byte order.
fn samples(photo: &Photo, layout: Layout, depth: Depth) -> Vec<u8> {
    let area = photo.size().area();
    let alpha = photo.alpha.as_ref().map(|alpha| alpha.plane(0));
    let color = |channel: usize, pixel: usize| {
        let value = photo.pixels.plane(if photo.is_grey() { 0 } else { channel })[pixel];
        match alpha {
            // On white.
            Some(alpha) if !layout.alpha() => value * alpha[pixel] + (1.0 - alpha[pixel]),
            _ => value,
        }
    };
    let channels = layout.colors() + usize::from(layout.alpha());
    let values = (0..area).flat_map(|pixel| {
        let colors = (0..layout.colors()).map(move |channel| color(channel, pixel));
        colors.chain(alpha.filter(|_| layout.alpha()).map(|alpha| alpha[pixel]))
    });
    match depth {
        Depth::Eight => {
            let mut bytes = Vec::with_capacity(area * channels);
            bytes.extend(values.map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8));
            bytes
        }
        Depth::Sixteen => {
            let mut bytes = Vec::with_capacity(area * channels * 2);
            for value in values {
                bytes.extend(((value.clamp(0.0, 1.0) * 65_535.0).round() as u16).to_ne_bytes());
            }
            bytes
        }
    }
}
