//! Decodes picture files.

mod bmp;
mod cmyk;
mod errors;
mod heif;
mod jpeg;
mod jpeg2000;
mod jxl;
mod memory_check;
mod opened;
mod pfm;
mod pnm;
mod rasters;
mod samples;
mod tga;
mod tiff;

use std::{fs, io, path::Path};

use image::{DynamicImage, ImageDecoder};

use self::{errors::failure, opened::OpenedFile};
use super::{Format, Kind, MemoryLimit, Photo, PictureError, animation::is_animated, metadata};
use crate::pixels::Size;

/// A decoded photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The photo, upright.
    pub photo: Photo,
    /// Sentences about what is not kept or was changed.
    pub notices: Vec<String>,
    /// The sizes of a TIFF's pages in px, before they are turned upright (0 × 0 if unknown); empty for other formats.
    pub pages: Vec<Size>,
}

impl Decoded {
    /// Adds a notice if there are further pages.
    fn with_page_notice(mut self) -> Self {
        if self.pages.len() > 1 {
            self.notices.push(format!("It has {} pages: only the first one is used.", self.pages.len()));
        }
        self
    }
}

/// Reads a JPEG, PNG, TIFF, WebP, AVIF, HEIC, JPEG XL, JPEG 2000, BMP, GIF, PNM, QOI or TGA file, detected by its content
/// (TGA, which has no signature, by its extension).
///
/// # Errors
/// If the file is missing, not a file, not readable, empty, not a picture, of an unsupported kind, truncated, damaged, or
/// too large for the memory. A damaged metadata block is only a notice; a JPEG of which a part can be read is returned
/// with its [`damage`](metadata::Metadata::damage).
pub fn open(path: &Path) -> Result<Decoded, PictureError> {
    open_within(path, MemoryLimit::default())
}

/// [`open`] with a memory limit.
///
/// # Errors
/// Those of [`open`].
pub fn open_within(path: &Path, memory: MemoryLimit) -> Result<Decoded, PictureError> {
    Ok(open_page(path, 0, memory)?.with_page_notice())
}

/// Reads one page of a TIFF, from 0, with its own metadata; of other formats the picture. There is no notice about the other
/// pages.
///
/// # Errors
/// Those of [`open`], and if there is no such page.
pub fn open_page(path: &Path, page: usize, memory: MemoryLimit) -> Result<Decoded, PictureError> {
    decode_page(path, read(path, memory)?, page, memory)
}

/// Decodes a file in memory. `name` is used in messages, and identifies TGA.
///
/// # Errors
/// Those of [`open`] about the file's content.
pub fn decode(name: &Path, bytes: Vec<u8>, memory: MemoryLimit) -> Result<Decoded, PictureError> {
    Ok(decode_page(name, bytes, 0, memory)?.with_page_notice())
}

fn decode_page(name: &Path, bytes: Vec<u8>, page: usize, memory: MemoryLimit) -> Result<Decoded, PictureError> {
    let kind = Kind::of(name, &bytes)?;
    let is_truncated = is_truncated_webp(&bytes);
    match decode_kind(name, kind, bytes, page, memory) {
        Err(PictureError::Broken { path, .. }) if is_truncated => Err(PictureError::Truncated { path }),
        decoded => decoded,
    }
}

fn decode_kind(
    name: &Path,
    kind: Kind,
    bytes: Vec<u8>,
    page: usize,
    memory: MemoryLimit,
) -> Result<Decoded, PictureError> {
    let opened = OpenedFile::new(name, kind, bytes, page, memory)?;
    let need = memory_check::check_pixels(name, &opened.decoder, memory)?;
    let OpenedFile { mut decoder, bytes, premultiplied, cicp, crop, mut notices, loss, pages } = opened;
    decoder.set_limits(memory_check::limits_for(need)).map_err(|error| failure(name, error))?;
    let mut found = metadata::read(&mut decoder, kind, &bytes);
    found.metadata.png_color.extend(cicp.map(|cicp| (*b"cICP", cicp)));
    found.metadata.damage = loss.and_then(|loss| loss.damage(name, found.orientation));
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| failure(name, error))?;
    if let Some(crop) = crop {
        image = image.crop_imm(crop.x as u32, crop.y as u32, crop.width as u32, crop.height as u32);
    }
    image.apply_orientation(found.orientation);

    notices.append(&mut found.notices);
    let format = kind.image_format();
    if is_animated(format, &bytes) {
        notices.push("It is an animation: only its first frame is used.".into());
    }
    let (pixels, raster_notices) = rasters::raster(image, format, &bytes, found.metadata.icc.is_some(), premultiplied);
    notices.extend(raster_notices);
    let mut metadata = found.metadata;
    if metadata.icc.as_ref().is_some_and(|icc| !metadata::fits(icc, pixels.colour_channels())) {
        metadata.icc = None;
        notices.push("Its colour profile is for another kind of pixels (such as CMYK) and is not kept.".into());
    }
    Ok(Decoded { photo: Photo { pixels, format: kind.saved_as(), metadata }, notices, pages })
}

/// Reads the file. Checks first that it is one: opening a pipe would block.
fn read(path: &Path, memory: MemoryLimit) -> Result<Vec<u8>, PictureError> {
    let length = file_length(path)?;
    memory.check(length).map_err(|have| PictureError::TooLong { path: path.into(), length, have })?;
    fs::read(path).map_err(|error| unreadable(path, error))
}

/// The length of a file in bytes, without opening it.
///
/// # Errors
/// If there is no such file, or it is a folder, a pipe or a device.
pub fn file_length(path: &Path) -> Result<u64, PictureError> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if metadata.is_dir() {
        return Err(PictureError::NotAFile { path: path.into(), kind: "folder" });
    }
    if !metadata.is_file() {
        return Err(PictureError::NotAFile { path: path.into(), kind: "pipe or a device" });
    }
    Ok(metadata.len())
}

fn unreadable(path: &Path, source: io::Error) -> PictureError {
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PictureError::Missing { path: path.into() },
        io::ErrorKind::PermissionDenied => PictureError::NotAllowed { path: path.into() },
        _ => PictureError::Unreadable { path: path.into(), source },
    }
}

/// The format in which to save the picture in these bytes; PNG if they are not a picture.
pub fn format_in(bytes: &[u8]) -> Format {
    Kind::of(Path::new(""), bytes).map_or(Format::Png, Kind::saved_as)
}

/// Whether a WebP (RIFF) is shorter than declared; its decoder does not distinguish that from other damage.
fn is_truncated_webp(bytes: &[u8]) -> bool {
    let declared = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
    bytes.starts_with(b"RIFF") && declared.is_some_and(|length| u64::from(length) + 8 > bytes.len() as u64)
}
