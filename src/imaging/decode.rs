//! Picture files to photos.

mod avif;
mod cmyk;
mod errors;
mod jpeg;
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

use image::{DynamicImage, ImageDecoder, ImageFormat};

use self::{errors::failure, opened::OpenedFile};
use super::{Format, Kind, MemoryLimit, Photo, PictureError, animation::is_animated, metadata};

/// A photo, and notices about what was left out or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The photo, upright.
    pub photo: Photo,
    /// Sentences about what was left out or changed.
    pub notices: Vec<String>,
}

/// Reads a JPEG, PNG, TIFF, WebP, AVIF, JPEG XL, BMP, GIF, PNM, QOI or TGA file. Its content decides which it is, not
/// its name (TGA has no mark of its own: there the name does).
///
/// # Errors
/// A sentence for each of: no such file, not a file, no permission, empty, not a picture, a picture
/// of another kind, cut off, damaged, too large for this machine's memory. A damaged metadata block
/// is a notice; a JPEG of which a part can be read is read, with its [`damage`](metadata::Metadata::damage).
pub fn open(path: &Path) -> Result<Decoded, PictureError> {
    open_within(path, MemoryLimit::default())
}

/// [`open`], within so much memory.
///
/// # Errors
/// Those of [`open`].
pub fn open_within(path: &Path, allowance: MemoryLimit) -> Result<Decoded, PictureError> {
    decode(path, read(path, allowance)?, allowance)
}

/// Decodes a file that is in memory already. `name` is for messages, and identifies TGA.
///
/// # Errors
/// Those of [`open`] about what the file holds.
pub fn decode(name: &Path, bytes: Vec<u8>, allowance: MemoryLimit) -> Result<Decoded, PictureError> {
    let kind = Kind::of(name, &bytes)?;
    let is_part = is_cut_webp(&bytes);
    match decode_kind(name, kind, bytes, allowance) {
        Err(PictureError::Broken { path, .. }) if is_part => Err(PictureError::Truncated { path }),
        decoded => decoded,
    }
}

fn decode_kind(name: &Path, kind: Kind, bytes: Vec<u8>, allowance: MemoryLimit) -> Result<Decoded, PictureError> {
    let opened = OpenedFile::new(name, kind, bytes, allowance)?;
    let need = memory_check::check_pixels(name, &opened.decoder, kind, allowance)?;
    let OpenedFile { mut decoder, bytes, premultiplied, cicp, crop, mut notices, loss } = opened;
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
    let format = kind.saved_as();
    if is_animated(format, &bytes) {
        notices.push("It is an animation: only its first frame is used.".into());
    }
    let (pixels, said) = rasters::raster(image, format, &bytes, found.metadata.icc.is_some(), premultiplied);
    notices.extend(said);
    let mut metadata = found.metadata;
    if metadata.icc.as_ref().is_some_and(|icc| !metadata::fits(icc, pixels.colour_channels())) {
        metadata.icc = None;
        notices.push("Its colour profile is for another kind of pixels (such as CMYK) and is not kept.".into());
    }
    Ok(Decoded { photo: Photo { pixels, format: saved_as(format), metadata }, notices })
}

/// The whole file. Checks what it is before opening it: a pipe would wait forever.
fn read(path: &Path, allowance: MemoryLimit) -> Result<Vec<u8>, PictureError> {
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PictureError::Missing { path: path.into() },
        io::ErrorKind::PermissionDenied => PictureError::NotAllowed { path: path.into() },
        _ => PictureError::Unreadable { path: path.into(), source },
    };
    let found = fs::metadata(path).map_err(refused)?;
    if found.is_dir() {
        return Err(PictureError::NotAFile { path: path.into(), kind: "folder" });
    }
    if !found.is_file() {
        return Err(PictureError::NotAFile { path: path.into(), kind: "pipe or a device" });
    }
    let length = found.len();
    allowance.check(length).map_err(|have| PictureError::TooLong { path: path.into(), length, have })?;
    fs::read(path).map_err(refused)
}

/// The format to save a picture of that format in.
fn saved_as(format: ImageFormat) -> Format {
    match format {
        ImageFormat::Jpeg => Format::Jpeg,
        ImageFormat::Tiff => Format::Tiff,
        ImageFormat::WebP => Format::WebP,
        ImageFormat::Bmp => Format::Bmp,
        _ => Format::Png,
    }
}

/// The format that the picture in these bytes is best saved in; PNG if they are no picture.
pub fn format_in(bytes: &[u8]) -> Format {
    Kind::of(Path::new(""), bytes).map_or(Format::Png, |kind| saved_as(kind.saved_as()))
}

/// Whether a WebP (RIFF) is shorter than its header says; its decoder only reports that something is wrong.
fn is_cut_webp(bytes: &[u8]) -> bool {
    let says = bytes.get(4..8).and_then(|says| says.try_into().ok()).map(u32::from_le_bytes);
    bytes.starts_with(b"RIFF") && says.is_some_and(|says| u64::from(says) + 8 > bytes.len() as u64)
}
