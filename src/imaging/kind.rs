//! Detects the kind of a picture file by its signature.

use std::path::Path;

use image::ImageFormat;

use super::{Format, PictureError};

/// Signatures of JPEG XL: codestream, and container (ISO/IEC 18181-1 and -2).
const JPEG_XL: [&[u8]; 2] = [b"\xFF\x0A", b"\0\0\0\x0CJXL \r\n\x87\n"];
/// Signatures of JPEG 2000: codestream, and container (ISO/IEC 15444-1, annexes A and I).
const JPEG_2000: [&[u8]; 2] = [b"\xFF\x4F\xFF\x51", b"\0\0\0\x0CjP  \r\n\x87\n"];
/// Signatures of PFM: grey and colour, with LF or CR LF.
const PFM: [&[u8]; 4] = [b"Pf\n", b"PF\n", b"Pf\r\n", b"PF\r\n"];

/// A kind of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A format of the `image` crate, whichever crate decodes it.
    Common(ImageFormat),
    /// JPEG XL, ISO/IEC 18181.
    JpegXl,
    /// JPEG 2000, ISO/IEC 15444-1.
    Jpeg2000,
    /// AVIF: AV1 pictures in an ISO base media file.
    Avif,
    /// HEIC: HEVC pictures in an ISO base media file; also any HEIF file that does not say what is in it.
    Heic,
    /// Portable float map.
    Pfm,
}

impl Kind {
    /// The kind of a file, by its signature; for TGA, which has none, by its extension.
    ///
    /// # Errors
    /// If the file is empty, not a picture, or of an unsupported kind.
    pub fn of(name: &Path, bytes: &[u8]) -> Result<Self, PictureError> {
        use ImageFormat::{Bmp, Gif, Jpeg, Png, Pnm, Qoi, Tga, Tiff, WebP};
        if bytes.is_empty() {
            return Err(PictureError::Empty { path: name.into() });
        }
        let unsupported = |kind: String| Err(PictureError::Unsupported { path: name.into(), kind });
        if JPEG_XL.iter().any(|signature| bytes.starts_with(signature)) {
            return Ok(Kind::JpegXl);
        }
        if JPEG_2000.iter().any(|signature| bytes.starts_with(signature)) {
            return Ok(Kind::Jpeg2000);
        }
        if PFM.iter().any(|signature| bytes.starts_with(signature)) {
            return Ok(Kind::Pfm);
        }
        match brands(bytes) {
            Brands::Avif => return Ok(Kind::Avif),
            Brands::Heic => return Ok(Kind::Heic),
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

    /// The corresponding format of the `image` crate; PNG for those it lacks.
    pub fn image_format(self) -> ImageFormat {
        match self {
            Kind::Common(format) => format,
            Kind::JpegXl | Kind::Jpeg2000 | Kind::Avif | Kind::Heic | Kind::Pfm => ImageFormat::Png,
        }
    }

    /// The format in which a picture of this kind is saved.
    pub fn saved_as(self) -> Format {
        match self {
            Kind::Common(ImageFormat::Jpeg) => Format::Jpeg,
            Kind::Common(ImageFormat::Tiff) => Format::Tiff,
            Kind::Common(ImageFormat::WebP) => Format::WebP,
            Kind::Common(ImageFormat::Bmp) => Format::Bmp,
            Kind::JpegXl => Format::JpegXl,
            Kind::Avif => Format::Avif,
            Kind::Common(_) | Kind::Heic | Kind::Jpeg2000 | Kind::Pfm => Format::Png,
        }
    }
}

/// Brands of an ISO base media file (ISO/IEC 14496-12).
enum Brands {
    Avif,
    Heic,
    Other,
}

fn brands(bytes: &[u8]) -> Brands {
    let Some(b"ftyp") = bytes.get(4..8) else { return Brands::Other };
    let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    // The major brand, the version, and the compatible brands.
    let (brands, _) = bytes.get(8..length.min(bytes.len())).unwrap_or_default().as_chunks::<4>();
    let has = |names: &[&[u8; 4]]| brands.iter().any(|brand| names.contains(&brand));
    if has(&[b"avif", b"avis"]) {
        Brands::Avif
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        Brands::Heic
    } else {
        Brands::Other
    }
}
