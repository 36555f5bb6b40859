//! Opens a file with the decoder of its kind.

use std::{io::Cursor, path::Path};

use image::{ImageDecoder, ImageFormat, ImageReader};
use img_parts::Bytes;

use super::{
    bmp,
    errors::failure,
    heif::HeifDecoder,
    jpeg::{JpegDecoder, Loss},
    jpeg2000::Jpeg2000Decoder,
    jxl::JxlDecoder,
    memory_check::{self, limits},
    pfm::PfmDecoder,
    pnm,
    tiff::{TiffDecoder, TiffPages},
};
use crate::{
    imaging::{Kind, MemoryLimit, PictureError, metadata},
    pixels::{Rect, Size},
};

/// A file whose headers were read.
pub struct OpenedFile {
    pub decoder: Box<dyn ImageDecoder>,
    pub bytes: Bytes,
    /// Whether alpha is premultiplied.
    pub premultiplied: bool,
    /// Its colour space as a PNG's cICP chunk, if it has no profile.
    pub cicp: Option<Vec<u8>>,
    /// The visible part, before the orientation is applied; none for the whole picture.
    pub crop: Option<Rect>,
    /// Sentences about pixel data that is not kept.
    pub notices: Vec<String>,
    /// The parts of a JPEG that could not be read.
    pub loss: Option<Loss>,
    /// The sizes of a TIFF's pages, before they are turned upright; empty for other formats.
    pub pages: Vec<Size>,
}

impl OpenedFile {
    /// Reads the headers; of a JPEG also the pixels, to know how many of them can be read. `page`: of a TIFF, from 0.
    ///
    /// # Errors
    /// If they are damaged or unsupported, or need more memory than the limit.
    pub fn new(
        name: &Path,
        kind: Kind,
        mut bytes: Vec<u8>,
        page: usize,
        memory: MemoryLimit,
    ) -> Result<Self, PictureError> {
        let failed = |error| failure(name, error);
        match kind {
            Kind::Common(ImageFormat::Tiff) => {
                if metadata::is_raw(&bytes) {
                    let kind = "a camera's raw file".into();
                    return Err(PictureError::Unsupported { path: name.into(), kind });
                }
                let bytes = Bytes::from(bytes);
                let found = TiffPages::find(bytes.clone()).map_err(failed)?;
                let (at, start) = found.as_first(page).map_err(failed)?;
                let (pages, mut notices) = (found.sizes(), if page == 0 { found.notices() } else { Vec::new() });
                drop(found);
                let mut bytes = Vec::from(bytes);
                bytes[at..at + start.len()].copy_from_slice(&start);
                let bytes = Bytes::from(bytes);
                let decoder = TiffDecoder::new(bytes.clone(), memory.left()).map_err(failed)?;
                let premultiplied = decoder.is_premultiplied();
                notices.extend(decoder.notices());
                Ok(Self { premultiplied, notices, pages, ..Self::with(decoder, bytes) })
            }
            Kind::Common(ImageFormat::Jpeg) => {
                let bytes = Bytes::from(bytes);
                let mut decoder = JpegDecoder::new(bytes.clone()).map_err(failed)?;
                memory_check::check(name, &decoder, decoder.memory(), memory)?;
                let (loss, notices) = (Some(decoder.read_planes().map_err(failed)?), decoder.notices());
                Ok(Self { notices, loss, ..Self::with(decoder, bytes) })
            }
            Kind::Pfm => {
                let bytes = Bytes::from(bytes);
                Ok(Self::with(PfmDecoder::new(bytes.clone()).map_err(failed)?, bytes))
            }
            Kind::Common(format) => {
                match format {
                    ImageFormat::Pnm => pnm::blank_comments(&mut bytes),
                    ImageFormat::Bmp => {
                        bmp::with_common_header(&mut bytes);
                        bmp::without_skips(&mut bytes);
                    }
                    _ => {}
                }
                let bytes = Bytes::from(bytes);
                let mut reader = ImageReader::with_format(Cursor::new(bytes.clone()), format);
                // Before its size is known, a PNG's profile and texts are decompressed.
                reader.limits(limits(metadata::MAX_UNPACKED + 4 * bytes.len() as u64));
                Ok(Self::with(reader.into_decoder().map_err(failed)?, bytes))
            }
            Kind::JpegXl => {
                let (mut decoder, header) = JxlDecoder::new(&bytes, memory.left()).map_err(failed)?;
                // Before the frames, whose headers need memory.
                memory_check::check_pixels(name, &decoder, memory)?;
                decoder.feed(&bytes[header..]).map_err(failed)?;
                let (premultiplied, notices) = (decoder.is_premultiplied(), decoder.notices());
                Ok(Self { premultiplied, notices, ..Self::with(decoder, bytes) })
            }
            Kind::Jpeg2000 => {
                let bytes = Bytes::from(bytes);
                let decoder = Jpeg2000Decoder::new(bytes.clone()).map_err(failed)?;
                memory_check::check(name, &decoder, decoder.memory(), memory)?;
                Ok(Self::with(decoder, bytes))
            }
            Kind::Avif | Kind::Heic => {
                let bytes = Bytes::from(bytes);
                let format = if kind == Kind::Avif { "AVIF" } else { "HEIC" };
                let decoder = HeifDecoder::new(&bytes, format).map_err(failed)?;
                memory_check::check(name, &decoder, decoder.memory(), memory)?;
                let (premultiplied, notices) = (decoder.is_premultiplied(), decoder.notices());
                let (cicp, crop) = (decoder.cicp(), decoder.crop());
                Ok(Self { premultiplied, cicp, crop, notices, ..Self::with(decoder, bytes) })
            }
        }
    }

    fn with(decoder: impl ImageDecoder + 'static, bytes: impl Into<Bytes>) -> Self {
        let (premultiplied, cicp, crop, notices, loss, pages) = (false, None, None, Vec::new(), None, Vec::new());
        Self { decoder: Box::new(decoder), bytes: bytes.into(), premultiplied, cicp, crop, notices, loss, pages }
    }
}
