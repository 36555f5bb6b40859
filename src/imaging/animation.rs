//! Whether a file holds more frames than the one that is used. Looks at its blocks only: to decode a
//! second frame would cost as much as the photo itself.

use image::ImageFormat;

/// Whether there is a second frame.
pub(super) fn is_animated(format: ImageFormat, bytes: &[u8]) -> bool {
    match format {
        ImageFormat::Gif => gif_frames(bytes).nth(1).is_some(),
        ImageFormat::Png => png_says_so(bytes),
        // The first chunk is an extended file's header, whose second flag says it.
        ImageFormat::WebP => bytes.get(12..21).is_some_and(|first| first.starts_with(b"VP8X") && first[8] & 0b10 != 0),
        _ => false,
    }
}

/// Whether there is an animation's header before the pixels.
fn png_says_so(bytes: &[u8]) -> bool {
    let mut at = 8;
    while let Some([a, b, c, d, kind @ ..]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        match kind {
            b"acTL" => return true,
            b"IDAT" => return false,
            _ => at = at.saturating_add(u32::from_be_bytes([*a, *b, *c, *d]) as usize + 12),
        }
    }
    false
}

/// The frames of a GIF (GIF89a, sections 18 to 25), without what is in them.
fn gif_frames(bytes: &[u8]) -> impl Iterator<Item = ()> {
    // A table of 2 to 256 colours follows a descriptor that says so.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) };
    let mut at = 13 + bytes.get(10).map_or(0, |&flags| table(flags));
    std::iter::from_fn(move || {
        loop {
            let is_frame = match bytes.get(at)? {
                0x2C => {
                    at += 11 + table(*bytes.get(at + 9)?);
                    true
                }
                0x21 => {
                    at += 2;
                    false
                }
                // The end, or damage.
                _ => return None,
            };
            // Blocks of up to 255 bytes, to an empty one.
            while let Some(&length) = bytes.get(at)
                && length > 0
            {
                at += 1 + usize::from(length);
            }
            at += 1;
            if is_frame {
                return Some(());
            }
        }
    })
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
            assert_eq!(gif_frames(&bytes).count(), usize::from(count));
            assert_eq!(is_animated(ImageFormat::Gif, &bytes), count > 1);
            for end in 0..bytes.len() {
                assert!(gif_frames(&bytes[..end]).count() <= usize::from(count));
            }
        }
    }

    #[test]
    fn the_headers_of_png_and_webp_say_it() {
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
