//! JPEG XL files (ISO/IEC 18181), decoded by jxl-oxide, which also applies the orientation.

mod colours;

use std::{error::Error, io, ops::Not};

use image::{ColorType, ImageDecoder, ImageError, ImageResult};
use jxl_oxide::{
    AllocTracker, AuxBoxData, EnumColourEncoding, InitializeResult, JxlImage,
    color::{ColourEncoding, ColourSpace, Primaries, TransferFunction, WhitePoint},
    image::BitDepth,
};

use self::colours::FromLinearSrgb;
use super::{
    cmyk::CmykToRgb,
    errors::{broken, truncated, unsupported},
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
    colours: ColourConversion,
}

/// Conversion of the stored colours to the photo's.
enum ColourConversion {
    /// By jxl-oxide.
    AsRendered,
    /// By jxl-oxide, to sRGB: the profile of the file can't be used for them.
    ToSrgb,
    /// By `FromLinearSrgb`, for the space of this profile.
    Converted(Vec<u8>),
    Inks(CmykToRgb),
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
        let pixels = image.pixel_format();
        let depth = match image.image_header().metadata.bit_depth {
            BitDepth::IntegerSample { bits_per_sample: ..=8 } => Depth::Eight,
            BitDepth::IntegerSample { bits_per_sample: ..=16 } => Depth::Sixteen,
            _ => Depth::Float,
        };
        let colours = ColourConversion::of(&mut image)?;
        Ok((Self { image, grey: pixels.is_grayscale(), alpha: pixels.has_alpha(), depth, colours }, at))
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
        if matches!(self.colours, ColourConversion::Converted(_)) && self.is_blended() {
            return Err(unsupported("layers or an animation in other colours than sRGB's, stored lossily"));
        }
        Ok(())
    }

    /// Whether frames are laid over one another in the picture's own space, so that jxl-oxide converts them.
    fn is_blended(&self) -> bool {
        let named = matches!(self.image.image_header().metadata.colour_encoding, ColourEncoding::Enum(_));
        let mut frames = (0..self.image.num_loaded_frames()).filter_map(|index| self.image.frame(index));
        named
            && frames.any(|frame| {
                let header = frame.header();
                let alone = header.is_last && header.resets_canvas;
                header.frame_type.is_normal_frame() && !header.save_before_ct && !alone
            })
    }

    /// Whether the colours are multiplied by the transparency.
    pub fn is_premultiplied(&self) -> bool {
        let mut channels = self.image.image_header().metadata.ec_info.iter();
        channels.find_map(|channel| channel.alpha_associated()).unwrap_or(false)
    }

    /// Sentences about pixel data that is not kept.
    pub fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        match &self.colours {
            ColourConversion::Inks(inks) => notices.push(inks.notice().into()),
            ColourConversion::ToSrgb => {
                notices.push("Its colours are converted to sRGB: its colour profile is a rare one.".into());
            }
            ColourConversion::AsRendered | ColourConversion::Converted(_) => {}
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
        matches!(self.colours, ColourConversion::Inks(_) | ColourConversion::ToSrgb)
            || matches!(&self.image.image_header().metadata.colour_encoding, ColourEncoding::Enum(encoding) if srgb(encoding))
    }

    fn samples(&self) -> ImageResult<Samples> {
        let render = self.image.render_frame(0).map_err(failed)?;
        let mut stream = render.stream();
        let length = stream.width() as usize * stream.height() as usize * stream.channels() as usize;
        let (mut eight, mut sixteen) = (Vec::new(), Vec::new());
        match (&self.colours, self.depth) {
            (_, Depth::Eight) => {
                eight.resize(length, 0);
                stream.write_to_buffer::<u8>(&mut eight);
            }
            (ColourConversion::Inks(_), _) | (_, Depth::Sixteen) => {
                sixteen.resize(length, 0);
                stream.write_to_buffer::<u16>(&mut sixteen);
            }
            (_, Depth::Float) => {
                let mut samples = vec![0.0; length];
                stream.write_to_buffer::<f32>(&mut samples);
                return Ok(Samples::Float(if self.grey { grey_as_rgb(&samples, self.alpha) } else { samples }));
            }
        }
        if let ColourConversion::Inks(inks) = &self.colours {
            eight = without_inks(&eight, self.alpha, |pixels| inks.to_rgb8(pixels))?;
            sixteen = without_inks(&sixteen, self.alpha, |pixels| inks.to_rgb16(pixels))?;
        }
        Ok(match self.depth {
            Depth::Eight => Samples::Eight(eight),
            Depth::Sixteen => Samples::Sixteen(sixteen),
            Depth::Float => Samples::Float(sixteen.iter().map(|&value| f32::from(value) / 65_535.0).collect()),
        })
    }
}

impl ColourConversion {
    /// The conversion for a file. Requests it from jxl-oxide.
    fn of(image: &mut JxlImage) -> ImageResult<Self> {
        let metadata = &image.image_header().metadata;
        // A profile for inks does not make channels for them.
        if image.pixel_format().has_black() && metadata.ec_info.iter().any(|channel| channel.is_black()) {
            return Ok(ColourConversion::Inks(CmykToRgb::new(image.original_icc())));
        }
        if !metadata.xyb_encoded {
            return Ok(ColourConversion::AsRendered);
        }
        let nits = metadata.tone_mapping.intensity_target;
        let (conversion, profile) = match &metadata.colour_encoding {
            ColourEncoding::Enum(encoding) => {
                let wide = encoding.colour_space == ColourSpace::Rgb && !encoding.is_srgb_gamut();
                let known = matches!(encoding.colour_space, ColourSpace::Rgb | ColourSpace::Grey);
                if !known || !(wide || nits > 255.0) {
                    return Ok(ColourConversion::AsRendered);
                }
                FromLinearSrgb::to_named(encoding, nits)
                    .map(|conversion| (conversion, image.rendered_icc()))
                    .ok_or_else(|| unsupported("colours of a rare kind, stored lossily"))?
            }
            ColourEncoding::IccProfile(ColourSpace::Grey) => return Ok(ColourConversion::AsRendered),
            ColourEncoding::IccProfile(_) => {
                let Some(profile) = image.original_icc().map(<[u8]>::to_vec) else {
                    return Ok(ColourConversion::ToSrgb);
                };
                match FromLinearSrgb::to_profile(&profile) {
                    Some(conversion) => (conversion, profile),
                    None => return Ok(ColourConversion::ToSrgb),
                }
            }
        };
        image.set_cms(conversion);
        image.request_icc(&FromLinearSrgb::request()).map_err(failed)?;
        Ok(ColourConversion::Converted(profile))
    }
}

/// Red, green and blue in place of inks; 0 is all of an ink here.
fn without_inks<T: Copy + Not<Output = T>>(
    stored: &[T],
    alpha: bool,
    to_rgb: impl Fn(&[[T; 4]]) -> Result<Vec<T>, String>,
) -> ImageResult<Vec<T>> {
    let pixels = stored.chunks_exact(if alpha { 5 } else { 4 });
    let inks: Vec<[T; 4]> = pixels.clone().map(|pixel| [!pixel[0], !pixel[1], !pixel[2], !pixel[3]]).collect();
    let colours = to_rgb(&inks).map_err(|error| broken("JPEG XL", error))?;
    Ok(match alpha {
        true => colours.as_chunks().0.iter().zip(pixels).flat_map(|(&[r, g, b], pixel)| [r, g, b, pixel[4]]).collect(),
        false => colours,
    })
}

impl ImageDecoder for JxlDecoder {
    fn dimensions(&self) -> (u32, u32) {
        (self.image.width(), self.image.height())
    }

    fn color_type(&self) -> ColorType {
        color_type(self.grey, self.alpha, self.depth)
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(match &self.colours {
            _ if self.is_srgb() => None,
            ColourConversion::Converted(profile) => Some(profile.clone()),
            // jxl-oxide would describe a known space in its own way.
            _ if !self.image.image_header().metadata.xyb_encoded => {
                Some(self.image.original_icc().map_or_else(|| self.image.rendered_icc(), <[u8]>::to_vec))
            }
            _ => Some(self.image.rendered_icc()),
        })
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
        samples::write(&self.samples()?, buffer);
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
