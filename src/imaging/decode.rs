//! Picture files to photos.

use std::{
    error::Error,
    fs,
    io::{self, Cursor},
    mem,
    path::Path,
};

use image::{
    AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder},
};
use img_parts::Bytes;

use super::{
    Depth, Format, Photo, PictureError, memory,
    metadata::{self, Found},
};
use crate::pixels::{Planes, Size};

/// A photo, and what of its file it does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The photo, upright.
    pub photo: Photo,
    /// Sentences about what was left out or changed.
    pub notices: Vec<String>,
}

/// Reads a JPEG, PNG, TIFF, WebP, BMP, GIF, PNM, QOI or TGA file. Its content says which it is, not
/// its name (TGA has no mark of its own: there the name does).
///
/// # Errors
/// A sentence for each of: no such file, not a file, no permission, empty, not a picture, a picture
/// of another kind, cut off, damaged, too large for this machine's memory. A damaged metadata block
/// is a notice.
pub fn open(path: &Path) -> Result<Decoded, PictureError> {
    let bytes = read(path)?;
    let format = recognise(path, &bytes)?;

    let mut reader = ImageReader::with_format(Cursor::new(bytes.clone()), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = memory::available();
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| failure(path, error))?;

    check_memory(path, &decoder)?;
    let mut found = metadata::read(&mut decoder, format, &bytes);
    if let Some(kind) = found.refusal.take() {
        return Err(PictureError::Unsupported { path: path.into(), kind });
    }
    if format == ImageFormat::Jpeg && !metadata::jpeg_ends(&bytes) {
        return Err(PictureError::Truncated { path: path.into() });
    }
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| failure(path, error))?;
    image.apply_orientation(found.orientation);

    let mut notices = mem::take(&mut found.notices);
    notices.extend(further_frames(format, &bytes));
    Ok(Decoded { photo: photo(image, format, found, &mut notices), notices })
}

/// The whole file. Looks at what it is before opening it: a pipe would wait forever.
fn read(path: &Path) -> Result<Bytes, PictureError> {
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PictureError::Missing { path: path.into() },
        io::ErrorKind::PermissionDenied => PictureError::NotAllowed { path: path.into() },
        _ => PictureError::Unreadable { path: path.into(), source },
    };
    let found = fs::metadata(path).map_err(refused)?;
    if found.is_dir() {
        return Err(PictureError::NotAFile { path: path.into(), kind: "folder" });
    }
    if !found.is_file() {
        return Err(PictureError::NotAFile { path: path.into(), kind: "pipe or a device" });
    }
    if found.len() == 0 {
        return Err(PictureError::Empty { path: path.into() });
    }
    if let Some(have) = memory::available().filter(|&have| found.len() > have) {
        let reason = format!("{} long, and {} of memory is free", memory::words(found.len()), memory::words(have));
        return Err(PictureError::Unsupported { path: path.into(), kind: reason });
    }
    let bytes = fs::read(path).map_err(refused)?;
    match bytes.is_empty() {
        // Files under /proc and the like call themselves longer than they are.
        true => Err(PictureError::Empty { path: path.into() }),
        false => Ok(bytes.into()),
    }
}

fn recognise(path: &Path, bytes: &[u8]) -> Result<ImageFormat, PictureError> {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Pnm, Qoi, Tga, Tiff, WebP};
    match image::guess_format(bytes) {
        Ok(format @ (Jpeg | Png | Tiff | WebP | Bmp | Gif | Pnm | Qoi)) => Ok(format),
        Ok(other) => Err(PictureError::Unsupported { path: path.into(), kind: format!("a picture of type {other:?}") }),
        Err(_) if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tga")) => Ok(Tga),
        Err(_) => Err(PictureError::NotAPicture { path: path.into() }),
    }
}

/// Refuses what the memory cannot hold, before any of it is taken.
fn check_memory(path: &Path, decoder: &impl ImageDecoder) -> Result<(), PictureError> {
    let (width, height) = decoder.dimensions();
    let size = Size::new(width as usize, height as usize);
    if width == 0 || height == 0 {
        return Err(PictureError::Broken {
            path: path.into(), reason: format!("it says it is {width} × {height} px")
        });
    }
    let color = decoder.color_type();
    let channels = u64::from(color.channel_count());
    let need = memory::needed(size, channels, u64::from(color.bytes_per_pixel()) / channels);
    match memory::available() {
        Some(have) if need > have => Err(PictureError::TooLarge { path: path.into(), size, need, have }),
        _ => Ok(()),
    }
}

/// The sentence for a decoder's error.
fn failure(path: &Path, error: ImageError) -> PictureError {
    let path = path.to_path_buf();
    if ends_early(&error) {
        return PictureError::Truncated { path };
    }
    match error {
        ImageError::Unsupported(error) => PictureError::Unsupported { path, kind: format!("a picture with {error}") },
        error => PictureError::Broken { path, reason: error.to_string() },
    }
}

/// Whether an unexpected end of the file is what is behind an error.
fn ends_early(error: &(dyn Error + 'static)) -> bool {
    match error.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => true,
        _ => error.source().is_some_and(ends_early),
    }
}

/// What an animation loses.
fn further_frames(format: ImageFormat, bytes: &Bytes) -> Option<String> {
    let bytes = Cursor::new(bytes.clone());
    let animated = match format {
        ImageFormat::Gif => GifDecoder::new(bytes)
            .is_ok_and(|decoder| decoder.into_frames().take(2).filter(|frame| frame.is_ok()).count() > 1),
        ImageFormat::Png => PngDecoder::new(bytes).is_ok_and(|decoder| decoder.is_apng().unwrap_or(false)),
        ImageFormat::WebP => WebPDecoder::new(bytes).is_ok_and(|decoder| decoder.has_animation()),
        _ => false,
    };
    animated.then(|| "It is an animation: only its first frame is used.".to_string())
}

fn photo(image: DynamicImage, format: ImageFormat, found: Found, notices: &mut Vec<String>) -> Photo {
    let mut metadata = found.metadata;
    let image = match format {
        // The decoder always adds an alpha plane; most have no transparent pixel.
        ImageFormat::Gif => without_opaque_alpha(image),
        _ => image,
    };
    // These have no grey of their own, so a grey photo stored in one comes back as colour.
    let image = match format {
        ImageFormat::Gif | ImageFormat::Bmp | ImageFormat::WebP if metadata.icc.is_none() => as_grey(image),
        _ => image,
    };
    let size = Size::new(image.width() as usize, image.height() as usize);
    let eight = |value: u8| f32::from(value) / 255.0;
    let sixteen = |value: u16| f32::from(value) / 65_535.0;
    let ((mut pixels, alpha), depth) = match &image {
        DynamicImage::ImageLuma8(image) => (planes(image, 1, size, eight), Depth::Eight),
        DynamicImage::ImageLumaA8(image) => (planes(image, 2, size, eight), Depth::Eight),
        DynamicImage::ImageRgb8(image) => (planes(image, 3, size, eight), Depth::Eight),
        DynamicImage::ImageRgba8(image) => (planes(image, 4, size, eight), Depth::Eight),
        DynamicImage::ImageLuma16(image) => (planes(image, 1, size, sixteen), Depth::Sixteen),
        DynamicImage::ImageLumaA16(image) => (planes(image, 2, size, sixteen), Depth::Sixteen),
        DynamicImage::ImageRgb16(image) => (planes(image, 3, size, sixteen), Depth::Sixteen),
        DynamicImage::ImageRgba16(image) => (planes(image, 4, size, sixteen), Depth::Sixteen),
        float => {
            notices.push("It holds floating-point values: they are cut to 0–1 and kept in 16 bits.".into());
            let unit = |value: f32| if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
            let planes = match float.color().has_alpha() {
                true => planes(&float.to_rgba32f(), 4, size, unit),
                false => planes(&float.to_rgb32f(), 3, size, unit),
            };
            (planes, Depth::Sixteen)
        }
    };
    if let Some(alpha) = alpha.as_ref().filter(|_| found.premultiplied) {
        divide(&mut pixels, alpha);
    }
    if metadata.icc.as_ref().is_some_and(|icc| !metadata::fits(icc, pixels.channels())) {
        metadata.icc = None;
        notices.push("Its colour profile is for another kind of pixels (such as CMYK) and is not kept.".into());
    }
    let format = match format {
        ImageFormat::Jpeg => Format::Jpeg,
        ImageFormat::Tiff => Format::Tiff,
        ImageFormat::WebP => Format::WebP,
        ImageFormat::Bmp => Format::Bmp,
        _ => Format::Png,
    };
    Photo { pixels, alpha, depth, format, metadata }
}

/// Colours that were multiplied by their transparency, as if they had not been.
fn divide(pixels: &mut Planes, alpha: &Planes) {
    for channel in 0..pixels.channels() {
        for (value, &alpha) in pixels.plane_mut(channel).iter_mut().zip(alpha.plane(0)) {
            if alpha > 0.0 {
                *value = (*value / alpha).min(1.0);
            }
        }
    }
}

/// Interleaved samples to planes; the last of 2 or 4 channels is alpha.
fn planes<T: Copy>(samples: &[T], channels: usize, size: Size, unit: impl Fn(T) -> f32) -> (Planes, Option<Planes>) {
    let plane = |channel: usize| samples.iter().skip(channel).step_by(channels).map(|&value| unit(value));
    let colors = channels - usize::from(channels.is_multiple_of(2));
    let mut pixels = Vec::with_capacity(colors * size.area());
    for channel in 0..colors {
        pixels.extend(plane(channel));
    }
    let alpha = (colors < channels).then(|| Planes::new(1, size, plane(colors).collect()));
    (Planes::new(colors, size, pixels), alpha)
}

fn without_opaque_alpha(image: DynamicImage) -> DynamicImage {
    match &image {
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().all(|pixel| pixel[3] == 255) => {
            DynamicImage::ImageRgb8(image.to_rgb8())
        }
        _ => image,
    }
}

/// As one plane when every pixel has red = green = blue.
fn as_grey(image: DynamicImage) -> DynamicImage {
    let grey = |pixel: &[u8]| pixel[0] == pixel[1] && pixel[1] == pixel[2];
    match &image {
        DynamicImage::ImageRgb8(rgb) if rgb.pixels().all(|pixel| grey(&pixel.0)) => {
            let first = rgb.pixels().map(|pixel| pixel[0]).collect();
            image::GrayImage::from_raw(rgb.width(), rgb.height(), first).map_or(image, DynamicImage::ImageLuma8)
        }
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().all(|pixel| grey(&pixel.0)) => {
            let first = rgba.pixels().flat_map(|pixel| [pixel[0], pixel[3]]).collect();
            image::GrayAlphaImage::from_raw(rgba.width(), rgba.height(), first).map_or(image, DynamicImage::ImageLumaA8)
        }
        _ => image,
    }
}
