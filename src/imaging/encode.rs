//! Photos to the bytes of a file.

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::{
        bmp::BmpEncoder,
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
        webp::WebPEncoder,
    },
};

use super::{Depth, Format, Metadata, MetadataChoice, Photo, Resolution, SaveOptions, metadata, tiff};

const JPEG_QUALITY: u8 = 95;
/// What 255 segments of a JPEG hold, and what one holds, less their headers.
const JPEG_MAX_ICC: usize = 255 * (65_535 - 2 - 14);
const JPEG_MAX_EXIF: usize = 65_535 - 2 - 6;

/// A photo as the bytes of a file, with sentences about what that format does not hold.
///
/// The error is the encoder's reason.
pub(super) fn encode(photo: &Photo, format: Format, options: &SaveOptions) -> Result<(Vec<u8>, Vec<String>), String> {
    let mut notices = Vec::new();
    let layout = Layout::of(photo, format, options.quality.is_some());
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
    let kept = match options.metadata {
        MetadataChoice::Keep => kept(photo, format, &mut notices),
        MetadataChoice::Strip => photo.metadata.stripped(),
    };
    let described = described_colours(&kept, format, layout, &mut notices);
    let icc = kept_icc(kept.icc, format, layout, &mut notices).or(described);
    let kept = Metadata { icc, ..kept };

    let samples = samples(photo, layout, depth);
    let (width, height) = (side(photo.size().width)?, side(photo.size().height)?);
    let color = layout.color(depth);
    let mut bytes = Vec::new();
    match (format, options.quality) {
        (Format::Jpeg, quality) => {
            let encoder = JpegEncoder::new_with_quality(&mut bytes, quality.unwrap_or(JPEG_QUALITY).clamp(1, 100));
            write(encoder, &kept, &samples, width, height, color)?;
            metadata::add_segments(&mut bytes, &kept);
        }
        (Format::Png, _) => {
            let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
            write(encoder, &kept, &samples, width, height, color)?;
            metadata::add_chunks(&mut bytes, &kept);
        }
        (Format::Tiff, _) => {
            let (colors, alpha) = (layout.colors(), layout.alpha());
            let pixels = tiff::Pixels { samples: &samples, width, height, colors, alpha, depth };
            bytes = tiff::encode(&pixels, &kept)?;
        }
        (Format::Bmp, _) => {
            write(BmpEncoder::new(&mut bytes), &Metadata::default(), &samples, width, height, color)?;
            if let Some((x, y)) = kept.resolution.and_then(Resolution::per_metre)
                && let Some(place) = bytes.get_mut(38..46)
            {
                place.copy_from_slice(&[x.to_le_bytes(), y.to_le_bytes()].concat());
            }
        }
        (Format::WebP, quality) => {
            match quality {
                Some(quality) => bytes = lossy_webp(&samples, layout, width, height, quality)?,
                None => {
                    let encoder = WebPEncoder::new_lossless(&mut bytes);
                    write(encoder, &Metadata::default(), &samples, width, height, color)?;
                }
            }
            bytes = metadata::add_riff_chunks(bytes, &kept)?;
        }
    }
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
                // The decoder does not read grey with alpha from a TIFF.
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

/// Pixels, profile and EXIF block.
fn write(
    mut encoder: impl ImageEncoder,
    kept: &Metadata,
    samples: &[u8],
    width: u32,
    height: u32,
    color: ExtendedColorType,
) -> Result<(), String> {
    if let Some(icc) = &kept.icc {
        encoder.set_icc_profile(icc.clone()).map_err(|error| error.to_string())?;
    }
    if let Some(exif) = &kept.exif {
        encoder.set_exif_metadata(exif.clone()).map_err(|error| error.to_string())?;
    }
    encoder.write_image(samples, width, height, color).map_err(|error| error.to_string())
}

fn lossy_webp(samples: &[u8], layout: Layout, width: u32, height: u32, quality: u8) -> Result<Vec<u8>, String> {
    let encoder = match layout.alpha() {
        true => webp::Encoder::from_rgba(samples, width, height),
        false => webp::Encoder::from_rgb(samples, width, height),
    };
    let quality = f32::from(quality.clamp(1, 100));
    Ok(encoder.encode_simple(false, quality).map_err(|error| format!("{error:?}"))?.to_vec())
}

/// What the format holds of a photo's metadata.
fn kept(photo: &Photo, format: Format, notices: &mut Vec<String>) -> Metadata {
    let source = &photo.metadata;
    let mut kept = source.for_size(photo.size());
    let mut lost = |what: &str, reason: &str| notices.push(sentence(what, reason));
    match format {
        Format::Bmp => {
            let blocks = [(&source.exif, "EXIF data"), (&source.xmp, "XMP data"), (&source.iptc, "IPTC data")];
            for (_, what) in blocks.into_iter().filter(|(block, _)| block.is_some()) {
                lost(what, "BMP holds none");
            }
        }
        Format::Jpeg => {
            let too_large = |block: &Option<Vec<u8>>, max: usize| block.as_ref().is_some_and(|block| block.len() > max);
            if too_large(&kept.exif, JPEG_MAX_EXIF) {
                // What was done takes some room, too.
                kept.exif = Metadata { history: None, ..source.clone() }.for_size(photo.size()).exif;
            }
            for (block, max, what) in [
                (&mut kept.exif, JPEG_MAX_EXIF, "EXIF data"),
                (&mut kept.xmp, metadata::MAX_JPEG_XMP, "XMP data"),
                (&mut kept.iptc, metadata::MAX_JPEG_IPTC, "IPTC data"),
            ] {
                if too_large(block, max) {
                    *block = None;
                    lost(what, "it is too large for JPEG");
                }
            }
        }
        Format::WebP => {
            if source.iptc.is_some() {
                lost("IPTC data", "WebP holds none");
            }
            kept = kept.with_resolution_in_exif();
        }
        Format::Png | Format::Tiff => {}
    }
    if format != Format::Jpeg && source.jpeg_comment.is_some() {
        notices.push(sentence("comment of the JPEG", "only JPEG holds it"));
    }
    if format != Format::Png && !source.png_texts.is_empty() {
        notices.push("The texts of the PNG (such as a title or a comment) are not kept: only PNG holds them.".into());
    }
    kept
}

fn sentence(what: &str, reason: &str) -> String {
    format!("The {what} is not kept: {reason}.")
}

/// What a PNG's chunks say about colours, as a profile where the format has no such chunks.
fn described_colours(kept: &Metadata, format: Format, layout: Layout, notices: &mut Vec<String>) -> Option<Vec<u8>> {
    if format == Format::Png || kept.icc.is_some() || metadata::describes_srgb(&kept.png_color) {
        return None;
    }
    let channels = if format == Format::WebP { 3 } else { layout.colors() };
    let profile = metadata::profile_of_png(&kept.png_color, channels).filter(|_| format != Format::Bmp);
    if profile.is_none() {
        let reason = format!("{} cannot hold it, and is taken for sRGB", format.name());
        notices.push(sentence("description of its colours", &reason));
    }
    profile
}

/// The profile, where the format holds one of its size for these channels.
fn kept_icc(icc: Option<Vec<u8>>, format: Format, layout: Layout, notices: &mut Vec<String>) -> Option<Vec<u8>> {
    let icc = icc?;
    // WebP stores grey as colour.
    let channels = if format == Format::WebP { 3 } else { layout.colors() };
    let reason = match format {
        Format::Bmp => "BMP holds none",
        Format::Jpeg if icc.len() > JPEG_MAX_ICC => "it is too large for JPEG",
        _ if !metadata::fits(&icc, channels) => "it is for another kind of pixels than are written",
        _ => return Some(icc),
    };
    notices.push(sentence("colour profile", reason));
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
