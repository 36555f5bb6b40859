//! JPEG (ITU-T T.81): baseline, extended sequential and progressive, 8 bits, Huffman codes. The samples are libjpeg's
//! to the bit. What is damaged is grey, and told with how much it is; the rest is read from the next restart marker on.
//!
//! No library does both: zune-jpeg and jpeg-decoder make up what is missing without a word, or read nothing of it, and
//! mix up the components of some scans.

mod bits;
mod blocks;
mod colours;
mod dct;
mod frame;
mod huffman;
mod loss;
mod plane;
mod recovery;
mod scaling;
mod scan;
mod segments;

use image::{ColorType, ImageDecoder, ImageError, ImageResult};
use img_parts::Bytes;
use rayon::prelude::*;

use self::{
    colours::Rows,
    frame::Frame,
    plane::Plane,
    scan::Picture,
    segments::{Colours, Next, Refusal, Segments},
};
use super::{
    inks::Inks,
    samples::{broken, cut_off, unsupported},
};

pub use self::loss::{Loss, Missing};

/// Rows that are made at once.
const BAND: usize = 64;

/// A JPEG file, whose headers are read.
pub struct JpegDecoder {
    bytes: Bytes,
    frame: Frame,
    colours: Colours,
    /// How four inks become colours, and whether they are stored as the light that they leave.
    inks: Option<(Inks, bool)>,
    planes: Vec<Plane>,
}

impl JpegDecoder {
    /// Reads the headers.
    ///
    /// # Errors
    /// When they are damaged, or of a kind that is not read.
    pub fn new(bytes: Bytes) -> ImageResult<Self> {
        let mut segments = Segments::new(&bytes);
        first_scan(&mut segments).map_err(failed)?;
        let Some(frame) = segments.frame.clone() else { return Err(failed(NO_PIXELS)) };
        let colours = segments.colours();
        let has_inks = matches!(colours, Colours::Cmyk | Colours::Ycck);
        let inks = has_inks.then(|| (Inks::of(segments.profile().as_deref()), segments.is_inverted()));
        Ok(Self { bytes, frame, colours, inks, planes: Vec::new() })
    }

    /// Bytes that it takes at most, its pixels included.
    pub fn memory(&self) -> u64 {
        let (reading, planes) = scan::memory(&self.frame);
        reading.max(planes + self.total_bytes())
    }

    /// Reads the planes, all or what there is of them; what is missing of them, and whether the file ends too early.
    ///
    /// # Errors
    /// When nothing of them can be read.
    pub fn read_planes(&mut self) -> ImageResult<(Loss, bool)> {
        let mut segments = Segments::new(&self.bytes);
        let first = first_scan(&mut segments).map_err(failed)?;
        let picture = scan::read(&self.bytes, &mut segments, &self.frame, first).map_err(failed)?;
        let Picture { planes, loss, is_cut_off } = picture;
        self.planes = planes;
        Ok((loss, is_cut_off))
    }

    /// How the colours come about, where they are not those that are stored.
    pub fn notices(&self) -> Vec<String> {
        self.inks.iter().map(|(inks, _)| inks.notice().to_owned()).collect()
    }
}

const NO_PIXELS: Refusal = Refusal::Damaged("it has no pixels");

fn first_scan(segments: &mut Segments) -> Result<segments::Scan, Refusal> {
    match segments.next()? {
        Next::Scan(scan) => Ok(scan),
        Next::End => Err(NO_PIXELS),
        Next::CutOff => Err(Refusal::CutOff),
    }
}

fn failed(refusal: Refusal) -> ImageError {
    match refusal {
        Refusal::Unsupported(what) => unsupported(what),
        Refusal::Damaged(why) => broken("JPEG", why),
        Refusal::CutOff => cut_off(),
    }
}

impl ImageDecoder for JpegDecoder {
    fn dimensions(&self) -> (u32, u32) {
        (self.frame.width as u32, self.frame.height as u32)
    }

    fn color_type(&self) -> ColorType {
        if self.colours == Colours::Grey { ColorType::L8 } else { ColorType::Rgb8 }
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        let Self { frame, colours, inks, planes, .. } = self;
        let (width, most) = (frame.width, frame.most());
        let channels = if colours == Colours::Grey { 1 } else { 3 };
        let bands = buffer.par_chunks_mut(BAND * width * channels).enumerate();
        bands.try_for_each(|(band, pixels)| {
            let mut rows = Rows::new(&planes, width, most, colours);
            let Some((inks, inverted)) = &inks else {
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
            let colours = inks.to_rgb8(&stored).map_err(|error| broken("JPEG", error))?;
            pixels.copy_from_slice(&colours);
            Ok(())
        })
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}
