//! JPEG XL files (ISO/IEC 18181), decoded by jxl-oxide, which also applies the orientation.

use std::{error::Error, io};

use image::{ColorType, ImageDecoder, ImageError, ImageResult};
use jxl_oxide::{
    AllocTracker, AuxBoxData, EnumColourEncoding, InitializeResult, JxlImage, RenderingIntent,
    color::{ColourEncoding, ColourSpace, Primaries, TransferFunction, WhitePoint},
    image::BitDepth,
};

use super::{
    errors::{broken, truncated},
    samples::{self, color_type, grey_as_rgb},
};
use crate::pixels::{Depth, Samples};

/// Bytes that are fed at once until the header is complete.
const PART: usize = 1 << 16;

/// Decoder of a JPEG XL's first frame.
pub struct JxlDecoder {
    image: JxlImage,
    grey: bool,
    alpha: bool,
    depth: Depth,
    /// Whether it is stored as CMYK.
    cmyk: bool,
}

impl JxlDecoder {
    /// Reads the header, and also returns its length in bytes. `memory`: limit in bytes.
    ///
    /// # Errors
    /// If it is damaged or truncated.
    pub fn new(bytes: &[u8], memory: Option<u64>) -> ImageResult<(Self, usize)> {
        let limit = memory.and_then(|memory| usize::try_from(memory).ok()).unwrap_or(usize::MAX);
        let mut image = JxlImage::builder().alloc_tracker(AllocTracker::with_limit(limit)).build_uninit();
        let mut at = 0;
        let mut image = loop {
            let part = &bytes[at..bytes.len().min(at + PART)];
            let taken = image.feed_bytes(part).map_err(failed)?;
            at += taken;
            match image.try_init().map_err(failed)? {
                InitializeResult::Initialized(image) => break image,
                InitializeResult::NeedMoreData(_) if taken == 0 => return Err(truncated()),
                InitializeResult::NeedMoreData(more) => image = more,
            }
        };
        let cmyk = image.pixel_format().has_black();
        if cmyk {
            image.request_color_encoding(EnumColourEncoding::srgb(RenderingIntent::Relative));
        }
        let pixels = image.pixel_format();
        let depth = match image.image_header().metadata.bit_depth {
            BitDepth::IntegerSample { bits_per_sample: ..=8 } => Depth::Eight,
            BitDepth::IntegerSample { bits_per_sample: ..=16 } => Depth::Sixteen,
            _ => Depth::Float,
        };
        Ok((Self { image, grey: pixels.is_grayscale(), alpha: pixels.has_alpha(), depth, cmyk }, at))
    }

    /// Reads the rest of the file.
    ///
    /// # Errors
    /// If it is damaged or truncated.
    pub fn feed(&mut self, mut rest: &[u8]) -> ImageResult<()> {
        while !rest.is_empty() {
            match self.image.feed_bytes(rest).map_err(failed)? {
                0 => break,
                taken => rest = &rest[taken..],
            }
        }
        self.image.finalize().map_err(failed)?;
        // Of an animation only the first frame is needed.
        if self.image.num_loaded_keyframes() == 0 || !(self.image.is_loading_done() || self.is_animation()) {
            return Err(truncated());
        }
        Ok(())
    }

    /// Whether alpha is premultiplied.
    pub fn is_premultiplied(&self) -> bool {
        let mut channels = self.image.image_header().metadata.ec_info.iter();
        channels.find_map(|channel| channel.alpha_associated()).unwrap_or(false)
    }

    /// Sentences about what is not kept of its pixels.
    pub fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        if self.cmyk {
            notices.push("It is a CMYK picture: its colours are converted to sRGB by its colour profile.".into());
        }
        if self.is_animation() {
            notices.push("It is an animation: only its first frame is used.".into());
        }
        let channels = self.image.image_header().metadata.ec_info.iter();
        let others = channels.clone().filter(|channel| !channel.is_alpha() && !channel.is_black()).count()
            + channels.filter(|channel| channel.is_alpha()).count().saturating_sub(1);
        if others > 0 {
            notices.push(format!("Its further channels (such as depth or spot colours) are not kept: {others}."));
        }
        notices
    }

    fn is_animation(&self) -> bool {
        self.image.image_header().metadata.animation.is_some()
    }

    /// Whether the pixels are sRGB or grey with its curve, so that they need no profile.
    fn is_srgb(&self) -> bool {
        let srgb = |encoding: &EnumColourEncoding| {
            encoding.tf == TransferFunction::Srgb
                && encoding.white_point == WhitePoint::D65
                && (encoding.colour_space == ColourSpace::Grey
                    || (encoding.colour_space == ColourSpace::Rgb && encoding.primaries == Primaries::Srgb))
        };
        self.cmyk
            || matches!(&self.image.image_header().metadata.colour_encoding, ColourEncoding::Enum(encoding) if srgb(encoding))
    }

    fn samples(&self) -> jxl_oxide::Result<Samples> {
        let render = self.image.render_frame(0)?;
        let mut stream = render.stream();
        let length = stream.width() as usize * stream.height() as usize * stream.channels() as usize;
        Ok(match self.depth {
            Depth::Eight => {
                let mut samples = vec![0; length];
                stream.write_to_buffer::<u8>(&mut samples);
                Samples::Eight(samples)
            }
            Depth::Sixteen => {
                let mut samples = vec![0; length];
                stream.write_to_buffer::<u16>(&mut samples);
                Samples::Sixteen(samples)
            }
            Depth::Float => {
                let mut samples = vec![0.0; length];
                stream.write_to_buffer::<f32>(&mut samples);
                Samples::Float(if self.grey { grey_as_rgb(&samples, self.alpha) } else { samples })
            }
        })
    }
}

impl ImageDecoder for JxlDecoder {
    fn dimensions(&self) -> (u32, u32) {
        (self.image.width(), self.image.height())
    }

    fn color_type(&self) -> ColorType {
        color_type(self.grey, self.alpha, self.depth)
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok((!self.is_srgb()).then(|| self.image.rendered_icc()))
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        match self.image.aux_boxes().first_exif().map_err(failed)? {
            AuxBoxData::Data(exif) => Ok(exif.payload().get(exif.tiff_header_offset() as usize..).map(<[u8]>::to_vec)),
            AuxBoxData::NotFound => Ok(None),
            AuxBoxData::Decoding => Err(truncated()),
        }
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        match self.image.aux_boxes().first_xml() {
            AuxBoxData::Data(packet) => Ok(Some(packet.to_vec())),
            AuxBoxData::NotFound => Ok(None),
            AuxBoxData::Decoding => Err(truncated()),
        }
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        samples::write(&self.samples().map_err(failed)?, buffer);
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

fn failed(error: Box<dyn Error + Send + Sync>) -> ImageError {
    match error.downcast::<io::Error>() {
        Ok(error) => ImageError::IoError(*error),
        Err(error) => broken("JPEG XL", error),
    }
}
