//! JPEG files of four inks. `image` gives their colours without their profile, so they go straight
//! through its decoder, zune-jpeg, to their inks.

use image::{ColorType, ImageDecoder, ImageResult};
use img_parts::Bytes;
use zune_jpeg::{
    JpegDecoder,
    errors::DecodeErrors,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::{
    inks::Inks,
    samples::{broken, unsupported},
};

/// A JPEG of four inks; its pixels are sRGB.
pub struct CmykJpeg {
    decoder: JpegDecoder<ZCursor<Bytes>>,
    size: (u32, u32),
    /// Whether 255 is no ink, as Adobe's programs write it, and say so.
    inverted: bool,
    inks: Inks,
}

impl CmykJpeg {
    /// Reads the headers. `adobe`: whether there is a segment of Adobe's.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn new(bytes: Bytes, adobe: bool) -> ImageResult<Self> {
        let options =
            DecoderOptions::default().set_strict_mode(false).set_max_width(usize::MAX).set_max_height(usize::MAX);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(failed)?;
        let (width, height) = decoder.dimensions().unwrap_or_default();
        let inks = Inks::of(decoder.icc_profile().as_deref());
        Ok(Self { decoder, size: (width as u32, height as u32), inverted: adobe, inks })
    }

    /// How the colours come about.
    pub fn notice(&self) -> &'static str {
        self.inks.notice()
    }
}

impl ImageDecoder for CmykJpeg {
    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn color_type(&self) -> ColorType {
        ColorType::Rgb8
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.decoder.exif().cloned())
    }

    fn read_image(mut self, buffer: &mut [u8]) -> ImageResult<()> {
        let stored = match self.decoder.input_colorspace() {
            Some(stored @ (ColorSpace::CMYK | ColorSpace::YCCK)) => stored,
            _ => return Err(unsupported("four colours that are not CMYK")),
        };
        // As they are stored, without a conversion.
        let options = self.decoder.options().jpeg_set_out_colorspace(stored);
        self.decoder.set_options(options);
        let mut samples = self.decoder.decode().map_err(failed)?;
        let (pixels, _) = samples.as_chunks_mut::<4>();
        if stored == ColorSpace::YCCK {
            pixels.iter_mut().for_each(|pixel| *pixel = inks_of_ycck(*pixel));
        }
        if self.inverted {
            pixels.as_flattened_mut().iter_mut().for_each(|ink| *ink = 255 - *ink);
        }
        let colours = self.inks.to_rgb8(pixels).map_err(|error| broken("JPEG", error))?;
        if colours.len() != buffer.len() {
            return Err(broken("JPEG", "it has another size than it says"));
        }
        buffer.copy_from_slice(&colours);
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

/// Brightness and two differences, made from the light that three inks leave; black stays.
fn inks_of_ycck([y, cb, cr, black]: [u8; 4]) -> [u8; 4] {
    let [red, green, blue] = rgb_of_ycc([y, cb, cr]);
    [255 - red, 255 - green, 255 - blue, black]
}

/// Red, green and blue of a JPEG's brightness and differences (ITU-T T.871).
pub fn rgb_of_ycc([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    // `as` keeps within 0 to 255.
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|value| value.round() as u8)
}

fn failed(error: DecodeErrors) -> image::ImageError {
    match error {
        DecodeErrors::Unsupported(what) => unsupported(format!("{what:?}")),
        error => broken("JPEG", format!("{error:?}")),
    }
}
