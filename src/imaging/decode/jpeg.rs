//! JPEG decoder (ITU-T T.81): baseline, extended sequential and progressive, 8 bits, Huffman and arithmetic coding. The samples are
//! identical to libjpeg's. Damaged parts are grey, and their extent is recorded; decoding resumes at the next restart
//! marker.
//!
//! Rust libraries do not do this: zune-jpeg and jpeg-decoder silently make up missing parts, or read nothing of a damaged file,
//! and mix up the components of some scans.

mod arithmetic;
mod bits;
mod blocks;
mod colours;
mod dct;
mod frame;
mod headers;
mod huffman;
mod loss;
mod plane;
mod recovery;
mod scan;
mod upsampling;

use image::{ColorType, ExtendedColorType, ImageDecoder, ImageError, ImageResult};
use img_parts::Bytes;
use rayon::prelude::*;

use self::{
    colours::ColourRows,
    frame::Frame,
    headers::{ColourModel, HeaderReader, JpegError, Next},
    plane::Plane,
    scan::DecodedPlanes,
};
use super::{
    cmyk::CmykToRgb,
    errors::{broken, truncated, unsupported},
};

pub use self::loss::Loss;

/// Number of rows converted at once.
const BAND: usize = 64;

/// Decoder of a JPEG file.
pub struct JpegDecoder {
    bytes: Bytes,
    frame: Frame,
    colours: ColourModel,
    /// The conversion of CMYK to RGB, and whether CMYK is stored inverted.
    cmyk: Option<(CmykToRgb, bool)>,
    planes: Vec<Plane>,
}

impl JpegDecoder {
    /// Reads the headers.
    ///
    /// # Errors
    /// If they are damaged or unsupported.
    pub fn new(bytes: Bytes) -> ImageResult<Self> {
        let mut headers = HeaderReader::new(&bytes);
        first_scan(&mut headers).map_err(failed)?;
        let Some(frame) = headers.frame.clone() else { return Err(failed(NO_PIXELS)) };
        let colours = headers.colours();
        let is_cmyk = matches!(colours, ColourModel::Cmyk | ColourModel::Ycck);
        let cmyk = is_cmyk.then(|| (CmykToRgb::new(headers.profile().as_deref()), headers.is_inverted()));
        Ok(Self { bytes, frame, colours, cmyk, planes: Vec::new() })
    }

    /// Peak memory for decoding, including the pixels, in bytes.
    pub fn memory(&self) -> u64 {
        let (reading, planes) = scan::memory(&self.frame);
        reading.max(planes + self.total_bytes())
    }

    /// Decodes all scans as far as possible, and returns what is missing.
    ///
    /// # Errors
    /// If nothing can be read.
    pub fn read_planes(&mut self) -> ImageResult<Loss> {
        let mut headers = HeaderReader::new(&self.bytes);
        let first = first_scan(&mut headers).map_err(failed)?;
        let DecodedPlanes { planes, loss } =
            scan::read(&self.bytes, &mut headers, &self.frame, first).map_err(failed)?;
        self.planes = planes;
        Ok(loss)
    }

    /// Width and height in px, and the number of components.
    pub fn stored_shape(&self) -> (usize, usize, usize) {
        (self.frame.width, self.frame.height, self.frame.components.len())
    }

    /// The interleaved samples without colour conversion: `height × width × channels`.
    ///
    /// # Errors
    /// If a part of them can't be read.
    pub fn into_stored_samples(mut self) -> ImageResult<Vec<u8>> {
        if self.read_planes()?.is_any() {
            return Err(broken("JPEG", "a part of it can't be read"));
        }
        let (width, height, channels) = self.stored_shape();
        let colours = if channels == 1 { ColourModel::Grey } else { ColourModel::Rgb };
        let mut samples = vec![0; width * height * channels];
        let mut rows = ColourRows::new(&self.planes, width, self.frame.max_factors(), colours);
        samples.chunks_exact_mut(width * channels).enumerate().for_each(|(y, row)| rows.write(y, row));
        Ok(samples)
    }

    /// Sentences about colour conversions.
    pub fn notices(&self) -> Vec<String> {
        self.cmyk.iter().map(|(cmyk, _)| cmyk.notice().to_owned()).collect()
    }
}

const NO_PIXELS: JpegError = JpegError::Damaged("it has no pixels");

fn first_scan(headers: &mut HeaderReader) -> Result<headers::Scan, JpegError> {
    match headers.next()? {
        Next::Scan(scan) => Ok(scan),
        Next::End => Err(NO_PIXELS),
        Next::Truncated => Err(JpegError::Truncated),
    }
}

fn failed(error: JpegError) -> ImageError {
    match error {
        JpegError::Unsupported(what) => unsupported(what),
        JpegError::Damaged(why) => broken("JPEG", why),
        JpegError::Truncated => truncated(),
    }
}

impl ImageDecoder for JpegDecoder {
    fn dimensions(&self) -> (u32, u32) {
        (self.frame.width as u32, self.frame.height as u32)
    }

    fn color_type(&self) -> ColorType {
        if self.colours == ColourModel::Grey { ColorType::L8 } else { ColorType::Rgb8 }
    }

    fn original_color_type(&self) -> ExtendedColorType {
        if self.cmyk.is_some() { ExtendedColorType::Cmyk8 } else { self.color_type().into() }
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        let Self { frame, colours, cmyk, planes, .. } = self;
        let (width, max_factors) = (frame.width, frame.max_factors());
        let channels = if colours == ColourModel::Grey { 1 } else { 3 };
        let bands = buffer.par_chunks_mut(BAND * width * channels).enumerate();
        bands.try_for_each(|(band, pixels)| {
            let mut rows = ColourRows::new(&planes, width, max_factors, colours);
            let Some((cmyk, inverted)) = &cmyk else {
                let lines = pixels.chunks_exact_mut(width * channels).enumerate();
                lines.for_each(|(line, pixels)| rows.write(band * BAND + line, pixels));
                return Ok(());
            };
            let mut stored = vec![[0; 4]; pixels.len() / channels];
            for (line, stored) in stored.chunks_exact_mut(width).enumerate() {
                rows.write(band * BAND + line, stored.as_flattened_mut());
            }
            if *inverted {
                stored.as_flattened_mut().iter_mut().for_each(|ink| *ink = 255 - *ink);
            }
            let colours = cmyk.to_rgb8(&stored).map_err(|error| broken("JPEG", error))?;
            pixels.copy_from_slice(&colours);
            Ok(())
        })
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}
