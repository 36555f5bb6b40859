//! JPEG (ITU-T T.81): baseline, extended sequential and progressive, 8 bits, Huffman codes. The samples are libjpeg's
//! to the bit. Damaged parts are grey, and how much of the picture they are is known; decoding resumes at the next
//! restart marker.
//!
//! No Rust library does both: zune-jpeg and jpeg-decoder invent missing parts silently, or read nothing of a damaged
//! file, and mix up the components of some scans.

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
    errors::{broken, cut_off, unsupported},
};

pub use self::loss::Loss;

/// Rows that are converted at once.
const BAND: usize = 64;

/// A JPEG file, whose headers are read.
pub struct JpegDecoder {
    bytes: Bytes,
    frame: Frame,
    colours: ColourModel,
    /// How CMYK becomes RGB, and whether it is stored inverted.
    cmyk: Option<(CmykToRgb, bool)>,
    planes: Vec<Plane>,
}

impl JpegDecoder {
    /// Reads the headers.
    ///
    /// # Errors
    /// When they are damaged, or of a kind that is not read.
    pub fn new(bytes: Bytes) -> ImageResult<Self> {
        let mut headers = HeaderReader::new(&bytes);
        first_scan(&mut headers).map_err(failed)?;
        let Some(frame) = headers.frame.clone() else { return Err(failed(NO_PIXELS)) };
        let colours = headers.colours();
        let is_cmyk = matches!(colours, ColourModel::Cmyk | ColourModel::Ycck);
        let cmyk = is_cmyk.then(|| (CmykToRgb::of(headers.profile().as_deref()), headers.is_inverted()));
        Ok(Self { bytes, frame, colours, cmyk, planes: Vec::new() })
    }

    /// Bytes of memory that decoding takes at most, the pixels included.
    pub fn memory(&self) -> u64 {
        let (reading, planes) = scan::memory(&self.frame);
        reading.max(planes + self.total_bytes())
    }

    /// Decodes all scans as far as they can be read, and returns what is missing.
    ///
    /// # Errors
    /// When nothing can be read.
    pub fn read_planes(&mut self) -> ImageResult<Loss> {
        let mut headers = HeaderReader::new(&self.bytes);
        let first = first_scan(&mut headers).map_err(failed)?;
        let DecodedPlanes { planes, loss } =
            scan::read(&self.bytes, &mut headers, &self.frame, first).map_err(failed)?;
        self.planes = planes;
        Ok(loss)
    }

    /// Width and height in px, and the number of channels that are stored.
    pub fn stored_shape(&self) -> (usize, usize, usize) {
        (self.frame.width, self.frame.height, self.frame.components.len())
    }

    /// The samples as they are stored, interleaved, without a conversion of colours: `height × width × channels`.
    ///
    /// # Errors
    /// When a part of them can't be read.
    pub fn into_stored_samples(mut self) -> ImageResult<Vec<u8>> {
        if self.read_planes()?.is_any() {
            return Err(broken("JPEG", "a part of it cannot be read"));
        }
        let (width, height, channels) = self.stored_shape();
        let colours = if channels == 1 { ColourModel::Grey } else { ColourModel::Rgb };
        let mut samples = vec![0; width * height * channels];
        let mut rows = ColourRows::new(&self.planes, width, self.frame.most(), colours);
        samples.chunks_exact_mut(width * channels).enumerate().for_each(|(y, row)| rows.write(y, row));
        Ok(samples)
    }

    /// How the colours were converted, where they were.
    pub fn notices(&self) -> Vec<String> {
        self.cmyk.iter().map(|(cmyk, _)| cmyk.notice().to_owned()).collect()
    }
}

const NO_PIXELS: JpegError = JpegError::Damaged("it has no pixels");

fn first_scan(headers: &mut HeaderReader) -> Result<headers::Scan, JpegError> {
    match headers.next()? {
        Next::Scan(scan) => Ok(scan),
        Next::End => Err(NO_PIXELS),
        Next::CutOff => Err(JpegError::CutOff),
    }
}

fn failed(error: JpegError) -> ImageError {
    match error {
        JpegError::Unsupported(what) => unsupported(what),
        JpegError::Damaged(why) => broken("JPEG", why),
        JpegError::CutOff => cut_off(),
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
        let (width, most) = (frame.width, frame.most());
        let channels = if colours == ColourModel::Grey { 1 } else { 3 };
        let bands = buffer.par_chunks_mut(BAND * width * channels).enumerate();
        bands.try_for_each(|(band, pixels)| {
            let mut rows = ColourRows::new(&planes, width, most, colours);
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
