//! Files whose headers are read, with a decoder for each kind.

use std::{io::Cursor, path::Path};

use image::{ImageDecoder, ImageFormat, ImageReader};
use img_parts::Bytes;

use super::{
    avif::AvifDecoder,
    errors::failure,
    jpeg::{JpegDecoder, Loss},
    jxl::JxlDecoder,
    memory_check::{self, limits},
    pfm::PfmDecoder,
    pnm,
    tiff::TiffDecoder,
};
use crate::{
    imaging::{Kind, MemoryLimit, PictureError, metadata},
    pixels::Rect,
};

/// A file whose headers are read.
pub struct OpenedFile {
    pub decoder: Box<dyn ImageDecoder>,
    pub bytes: Bytes,
    /// Whether its colours are multiplied by its transparency.
    pub premultiplied: bool,
    /// Its colours as a PNG's cICP describes them, where no profile does.
    pub cicp: Option<Vec<u8>>,
    /// The part of its pixels that is shown, before the photo is turned upright; none for all.
    pub crop: Option<Rect>,
    /// Sentences about what its pixels lose.
    pub notices: Vec<String>,
    /// Which parts of a JPEG's pixels could not be read.
    pub loss: Option<Loss>,
}

impl OpenedFile {
    /// Reads the headers, and the pixels where they are needed to know how much of them is there.
    ///
    /// # Errors
    /// When they are damaged, of a kind that is not read, or need more memory than is allowed.
    pub fn new(name: &Path, kind: Kind, mut bytes: Vec<u8>, allowance: MemoryLimit) -> Result<Self, PictureError> {
        let failed = |error| failure(name, error);
        match kind {
            Kind::Common(ImageFormat::Tiff) => {
                if metadata::is_raw(&bytes) {
                    let kind = "a camera's raw file".into();
                    return Err(PictureError::Unsupported { path: name.into(), kind });
                }
                let bytes = Bytes::from(bytes);
                let decoder = TiffDecoder::new(bytes.clone(), allowance.left()).map_err(failed)?;
                let (premultiplied, notices) = (decoder.is_premultiplied(), decoder.notices());
                Ok(Self { premultiplied, notices, ..Self::with(decoder, bytes) })
            }
            Kind::Common(ImageFormat::Jpeg) => {
                let bytes = Bytes::from(bytes);
                let mut decoder = JpegDecoder::new(bytes.clone()).map_err(failed)?;
                memory_check::check(name, &decoder, decoder.memory(), allowance)?;
                let (loss, notices) = (Some(decoder.read_planes().map_err(failed)?), decoder.notices());
                Ok(Self { notices, loss, ..Self::with(decoder, bytes) })
            }
            Kind::Pfm => {
                let bytes = Bytes::from(bytes);
                Ok(Self::with(PfmDecoder::new(bytes.clone()).map_err(failed)?, bytes))
            }
            Kind::Common(format) => {
                if format == ImageFormat::Pnm {
                    pnm::blank_comments(&mut bytes);
                }
                let bytes = Bytes::from(bytes);
                let mut reader = ImageReader::with_format(Cursor::new(bytes.clone()), format);
                // A PNG is unpacked in part before its size is known: its profile, and texts as long as the file is.
                reader.limits(limits(metadata::MAX_UNPACKED + 4 * bytes.len() as u64));
                Ok(Self::with(reader.into_decoder().map_err(failed)?, bytes))
            }
            Kind::JpegXl => {
                let (mut decoder, header) = JxlDecoder::new(&bytes, allowance.left()).map_err(failed)?;
                // Before the frames: reading their headers takes memory.
                memory_check::check_pixels(name, &decoder, kind, allowance)?;
                decoder.feed(&bytes[header..]).map_err(failed)?;
                let (premultiplied, notices) = (decoder.is_premultiplied(), decoder.notices());
                Ok(Self { premultiplied, notices, ..Self::with(decoder, bytes) })
            }
            Kind::Avif => {
                let bytes = Bytes::from(bytes);
                let decoder = AvifDecoder::new(&bytes).map_err(failed)?;
                let (premultiplied, notices) = (decoder.is_premultiplied(), decoder.notices());
                let (cicp, crop) = (decoder.cicp(), decoder.crop());
                Ok(Self { premultiplied, cicp, crop, notices, ..Self::with(decoder, bytes) })
            }
        }
    }

    fn with(decoder: impl ImageDecoder + 'static, bytes: impl Into<Bytes>) -> Self {
        let (premultiplied, cicp, crop, notices, loss) = (false, None, None, Vec::new(), None);
        Self { decoder: Box::new(decoder), bytes: bytes.into(), premultiplied, cicp, crop, notices, loss }
    }
}
