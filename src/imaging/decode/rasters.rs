//! Conversion of `image`'s buffers to rasters.

use image::{DynamicImage, ImageFormat};

use super::tga;
use crate::pixels::{Raster, Rect, Samples, Size};

/// The raster of a decoded image, and optionally a notice about its pixels.
pub fn raster(
    image: DynamicImage,
    format: ImageFormat,
    bytes: &[u8],
    has_profile: bool,
    premultiplied: bool,
) -> (Raster, Option<String>) {
    let image = match format {
        // The decoder always adds alpha; most GIFs have no transparent pixel.
        ImageFormat::Gif => without_opaque_alpha(image),
        ImageFormat::Tga => tga::without_false_alpha(image, bytes),
        _ => image,
    };
    // These formats store grey as colour.
    let image = match format {
        ImageFormat::Gif | ImageFormat::Bmp | ImageFormat::WebP if !has_profile => to_grey_if_equal(image),
        _ => image,
    };
    let (mut pixels, replaced) = into_raster(image);
    if premultiplied && pixels.has_alpha() {
        unpremultiply(&mut pixels);
    }
    let notice = || format!("{replaced} of its pixels contain NaN or infinity: they became black.");
    (pixels, (replaced > 0).then(notice))
}

/// Wraps the decoded values without a copy; also returns the number of pixels with NaN or infinity.
fn into_raster(image: DynamicImage) -> (Raster, usize) {
    let mut replaced = 0;
    let mut finite = |channels, mut values: Vec<f32>| {
        replaced = replace_not_finite(channels, &mut values);
        values
    };
    let size = Size::new(image.width() as usize, image.height() as usize);
    let (channels, samples) = match image {
        DynamicImage::ImageLuma8(image) => (1, Samples::Eight(image.into_raw())),
        DynamicImage::ImageLumaA8(image) => (2, Samples::Eight(image.into_raw())),
        DynamicImage::ImageRgb8(image) => (3, Samples::Eight(image.into_raw())),
        DynamicImage::ImageRgba8(image) => (4, Samples::Eight(image.into_raw())),
        DynamicImage::ImageLuma16(image) => (1, Samples::Sixteen(image.into_raw())),
        DynamicImage::ImageLumaA16(image) => (2, Samples::Sixteen(image.into_raw())),
        DynamicImage::ImageRgb16(image) => (3, Samples::Sixteen(image.into_raw())),
        DynamicImage::ImageRgba16(image) => (4, Samples::Sixteen(image.into_raw())),
        float if float.color().has_alpha() => (4, Samples::Float(finite(4, float.into_rgba32f().into_raw()))),
        float => (3, Samples::Float(finite(3, float.into_rgb32f().into_raw()))),
    };
    let raster = match samples {
        Samples::Float(data) if is_grey(&data, channels) => {
            let kept = channels - 2;
            let grey = data.chunks_exact(channels).flat_map(|pixel| pixel[2..].iter().copied()).collect();
            Raster::new(kept, size, Samples::Float(grey))
        }
        samples => Raster::new(channels, size, samples),
    };
    (raster, replaced)
}

/// Whether floating-point colours are grey, which `image` stores as three equal channels.
fn is_grey(data: &[f32], channels: usize) -> bool {
    data.chunks_exact(channels).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
}

/// Replaces NaN and infinity by black; returns the number of affected pixels.
fn replace_not_finite(channels: usize, values: &mut [f32]) -> usize {
    let pixels = values.chunks_exact_mut(channels).filter(|pixel| pixel.iter().any(|value| !value.is_finite()));
    pixels.map(|pixel| pixel.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = 0.0)).count()
}

/// Divides colours by alpha.
fn unpremultiply(pixels: &mut Raster) {
    let Size { width, height } = pixels.size();
    for y in 0..height {
        let row = Rect::new(0, y, width, 1);
        let Some(alpha) = pixels.alpha_in(row) else { return };
        let mut colours = pixels.colours_in(row);
        for channel in 0..colours.channels() {
            for (value, &alpha) in colours.plane_mut(channel).iter_mut().zip(alpha.plane(0)) {
                if alpha > 0.0 {
                    *value /= alpha;
                }
            }
        }
        pixels.put(0, &colours, 0, y);
    }
}

fn without_opaque_alpha(image: DynamicImage) -> DynamicImage {
    match &image {
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().all(|pixel| pixel[3] == 255) => {
            DynamicImage::ImageRgb8(image.to_rgb8())
        }
        _ => image,
    }
}

/// Converts to grey if every pixel has red = green = blue.
fn to_grey_if_equal(image: DynamicImage) -> DynamicImage {
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
