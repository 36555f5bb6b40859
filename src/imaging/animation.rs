//! Detects animations, of which only the first frame is used. Reads block headers only: decoding a second frame would
//! cost as much as the photo itself.

use image::ImageFormat;

use super::container::{
    gif::{self, GifBlock},
    png,
};

/// Whether the file has several frames.
pub(super) fn is_animated(format: ImageFormat, bytes: &[u8]) -> bool {
    match format {
        ImageFormat::Gif => gif_frames(bytes) > 1,
        ImageFormat::Png => is_animated_png(bytes),
        // The animation flag in the header of an extended file.
        ImageFormat::WebP => bytes.get(12..21).is_some_and(|first| first.starts_with(b"VP8X") && first[8] & 0b10 != 0),
        _ => false,
    }
}

/// Whether there is an animation header (acTL) before the pixels.
fn is_animated_png(bytes: &[u8]) -> bool {
    let mut kinds = png::chunks(bytes).map(|chunk| chunk.kind);
    kinds.find(|kind| matches!(kind, b"acTL" | b"IDAT")) == Some(*b"acTL")
}

/// The number of frames, two at most.
fn gif_frames(bytes: &[u8]) -> usize {
    gif::blocks(bytes).filter(|block| *block == GifBlock::Frame).take(2).count()
}

#[cfg(test)]
mod tests {
    use image::{Delay, Frame, Rgba, RgbaImage, codecs::gif::GifEncoder};

    use super::*;

    #[test]
    fn frames_of_a_gif_are_counted() {
        for count in [1, 2, 5] {
            let mut bytes = Vec::new();
            let mut encoder = GifEncoder::new(&mut bytes);
            for shade in 0..count {
                let frame = RgbaImage::from_fn(40, 30, |x, y| Rgba([shade * 40, x as u8, y as u8, 255]));
                encoder.encode_frame(Frame::from_parts(frame, 0, 0, Delay::from_numer_denom_ms(100, 1))).unwrap();
            }
            drop(encoder);
            assert_eq!(gif_frames(&bytes), usize::from(count).min(2));
            assert_eq!(is_animated(ImageFormat::Gif, &bytes), count > 1);
            for end in 0..bytes.len() {
                assert!(gif_frames(&bytes[..end]) <= usize::from(count));
            }
        }
    }

    #[test]
    fn animations_are_detected_in_png_and_webp_headers() {
        let chunk = |kind: &[u8; 4]| [&[0, 0, 0, 2], &kind[..], &[0; 6]].concat();
        let png = |kinds: &[&[u8; 4]]| kinds.iter().fold(vec![0; 8], |png, kind| [png, chunk(kind)].concat());
        assert!(is_animated(ImageFormat::Png, &png(&[b"IHDR", b"acTL", b"IDAT"])));
        assert!(!is_animated(ImageFormat::Png, &png(&[b"IHDR", b"IDAT", b"acTL"])));
        assert!(!is_animated(ImageFormat::Png, &png(&[b"IHDR"])));
        let webp = |flags| [&b"RIFF\x20\0\0\0WEBPVP8X\x0A\0\0\0"[..], &[flags; 10]].concat();
        assert!(is_animated(ImageFormat::WebP, &webp(0b0000_0010)));
        assert!(!is_animated(ImageFormat::WebP, &webp(0b0010_1100)));
    }
}
