//! What a picture file is, by its first bytes.

use std::path::Path;

use image::ImageFormat;

use super::PictureError;

/// The first bytes of a JPEG XL: bare, and in boxes (ISO/IEC 18181-1 and -2).
const JPEG_XL: [&[u8]; 2] = [b"\xFF\x0A", b"\0\0\0\x0CJXL \r\n\x87\n"];
/// The first bytes of a PFM: grey, and colour. Its lines may end in either way.
const PFM: [&[u8]; 4] = [b"Pf\n", b"PF\n", b"Pf\r\n", b"PF\r\n"];

/// A kind of file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One that `image` knows, whichever crate decodes it.
    Common(ImageFormat),
    /// ISO/IEC 18181.
    JpegXl,
    /// AV1 pictures in boxes.
    Avif,
    /// Floating-point values as netpbm's relatives write them.
    Pfm,
}

impl Kind {
    /// The kind of a file by its first bytes. TGA has no mark of its own: there the name's extension decides.
    ///
    /// # Errors
    /// When there are none, or they are no picture, or one that is not read.
    pub fn of(name: &Path, bytes: &[u8]) -> Result<Self, PictureError> {
        use ImageFormat::{Bmp, Gif, Jpeg, Png, Pnm, Qoi, Tga, Tiff, WebP};
        if bytes.is_empty() {
            return Err(PictureError::Empty { path: name.into() });
        }
        let unsupported = |kind: String| Err(PictureError::Unsupported { path: name.into(), kind });
        if JPEG_XL.iter().any(|mark| bytes.starts_with(mark)) {
            return Ok(Kind::JpegXl);
        }
        if PFM.iter().any(|mark| bytes.starts_with(mark)) {
            return Ok(Kind::Pfm);
        }
        match brands(bytes) {
            Brands::Avif => return Ok(Kind::Avif),
            Brands::Heic => return unsupported("a HEIC picture".into()),
            Brands::Other => {}
        }
        match image::guess_format(bytes) {
            Ok(format @ (Jpeg | Png | Tiff | WebP | Bmp | Gif | Pnm | Qoi)) => Ok(Kind::Common(format)),
            Ok(other) => unsupported(format!("a picture of type {other:?}")),
            Err(_) if bytes.starts_with(b"II+\0") || bytes.starts_with(b"MM\0+") => Ok(Kind::Common(Tiff)),
            Err(_) if name.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tga")) => {
                Ok(Kind::Common(Tga))
            }
            Err(_) => Err(PictureError::NotAPicture { path: name.into() }),
        }
    }

    /// The same as `image` names it; PNG for those it does not know, which are saved as that.
    pub fn saved_as(self) -> ImageFormat {
        match self {
            Kind::Common(format) => format,
            Kind::JpegXl | Kind::Avif | Kind::Pfm => ImageFormat::Png,
        }
    }
}

/// What a file in boxes (ISO/IEC 14496-12) calls itself.
enum Brands {
    Avif,
    Heic,
    Other,
}

fn brands(bytes: &[u8]) -> Brands {
    let Some(b"ftyp") = bytes.get(4..8) else { return Brands::Other };
    let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    // The main brand, a version, and the other ones.
    let (brands, _) = bytes.get(8..length.min(bytes.len())).unwrap_or_default().as_chunks::<4>();
    let has = |names: &[&[u8; 4]]| brands.iter().any(|brand| names.contains(&brand));
    match () {
        () if has(&[b"avif", b"avis"]) => Brands::Avif,
        () if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"]) => Brands::Heic,
        () => Brands::Other,
    }
}
