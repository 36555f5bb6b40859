//! Picture files to photos.

mod avif;
mod boxes;
mod inks;
mod jpeg;
mod jxl;
mod kind;
mod pfm;
mod pnm;
mod samples;
mod tga;
mod tiff;

use std::{
    error::Error,
    fs,
    io::{self, Cursor},
    path::Path,
};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, error::UnsupportedErrorKind,
    metadata::Orientation,
};
use img_parts::Bytes;

use self::{
    avif::AvifDecoder,
    jpeg::{JpegDecoder, Loss, Missing},
    jxl::JxlDecoder,
    pfm::PfmDecoder,
    tiff::TiffDecoder,
};
use super::{
    Damage, Format, MemoryLimit, Photo, PictureError, Place,
    animation::is_animated,
    metadata::{self, Metadata},
};
use crate::pixels::{Raster, Rect, Samples, Size};

pub(super) use kind::Kind;

/// A photo, and what of its file it does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The photo, upright.
    pub photo: Photo,
    /// Sentences about what was left out or changed.
    pub notices: Vec<String>,
}

/// Reads a JPEG, PNG, TIFF, WebP, AVIF, JPEG XL, BMP, GIF, PNM, QOI or TGA file. Its content says which it
/// is, not its name (TGA has no mark of its own: there the name does).
///
/// # Errors
/// A sentence for each of: no such file, not a file, no permission, empty, not a picture, a picture
/// of another kind, cut off, damaged, too large for this machine's memory. A damaged metadata block
/// is a notice; a JPEG of which a part can be read is read, and its [`damage`](metadata::Metadata::damage) told.
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

/// Decodes a file that is in memory already. `name` is for sentences, and tells TGA.
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
    let Source { mut decoder, bytes, premultiplied, cicp, shown, mut notices, loss } =
        source(name, kind, bytes, allowance)?;
    let need = check_memory(name, &decoder, needed(&decoder, kind), allowance)?;
    decoder.set_limits(limits(need.saturating_add(WORKSPACE))).map_err(|error| failure(name, error))?;
    let mut found = metadata::read(&mut decoder, kind, &bytes);
    found.metadata.png_color.extend(cicp.map(|cicp| (*b"cICP", cicp)));
    found.metadata.damage = loss.and_then(|(loss, is_cut_off)| damage(name, &loss, is_cut_off, found.orientation));
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| failure(name, error))?;
    if let Some(shown) = shown {
        image = image.crop_imm(shown.x as u32, shown.y as u32, shown.width as u32, shown.height as u32);
    }
    image.apply_orientation(found.orientation);

    notices.append(&mut found.notices);
    if is_animated(kind.saved_as(), &bytes) {
        notices.push("It is an animation: only its first frame is used.".into());
    }
    Ok(Decoded { photo: photo(image, kind.saved_as(), &bytes, found.metadata, premultiplied, &mut notices), notices })
}

/// A file whose headers are read.
struct Source {
    decoder: Box<dyn ImageDecoder>,
    bytes: Bytes,
    /// Whether its colours are multiplied by its transparency.
    premultiplied: bool,
    /// Its colours as a PNG's cICP describes them, where no profile does.
    cicp: Option<Vec<u8>>,
    /// The part of its pixels that is shown, before it is turned; all where it is none.
    shown: Option<Rect>,
    /// What its pixels lose.
    notices: Vec<String>,
    /// What could not be read of a JPEG's pixels, and whether it ends too early.
    loss: Option<(Loss, bool)>,
}

impl Source {
    fn new(decoder: impl ImageDecoder + 'static, bytes: impl Into<Bytes>) -> Self {
        let (premultiplied, cicp, shown, notices, loss) = (false, None, None, Vec::new(), None);
        Self { decoder: Box::new(decoder), bytes: bytes.into(), premultiplied, cicp, shown, notices, loss }
    }
}

fn source(name: &Path, kind: Kind, mut bytes: Vec<u8>, allowance: MemoryLimit) -> Result<Source, PictureError> {
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
            Ok(Source { premultiplied, notices, ..Source::new(decoder, bytes) })
        }
        Kind::Common(ImageFormat::Jpeg) => {
            let bytes = Bytes::from(bytes);
            let mut decoder = JpegDecoder::new(bytes.clone()).map_err(failed)?;
            check_memory(name, &decoder, decoder.memory(), allowance)?;
            let (loss, notices) = (Some(decoder.read_planes().map_err(failed)?), decoder.notices());
            Ok(Source { notices, loss, ..Source::new(decoder, bytes) })
        }
        Kind::Pfm => {
            let bytes = Bytes::from(bytes);
            Ok(Source::new(PfmDecoder::new(bytes.clone()).map_err(failed)?, bytes))
        }
        Kind::Common(format) => {
            if format == ImageFormat::Pnm {
                pnm::blank_comments(&mut bytes);
            }
            let bytes = Bytes::from(bytes);
            let mut reader = ImageReader::with_format(Cursor::new(bytes.clone()), format);
            // A PNG is unpacked in part before its size is known: its profile, and texts as long as the file is.
            reader.limits(limits(metadata::MAX_UNPACKED + 4 * bytes.len() as u64));
            Ok(Source::new(reader.into_decoder().map_err(failed)?, bytes))
        }
        Kind::JpegXl => {
            let (mut decoder, header) = JxlDecoder::new(&bytes, allowance.left()).map_err(failed)?;
            // Before the frames, which take memory when they are only looked at.
            check_memory(name, &decoder, needed(&decoder, kind), allowance)?;
            decoder.feed(&bytes[header..]).map_err(failed)?;
            let (premultiplied, notices) = (decoder.is_premultiplied(), decoder.notices());
            Ok(Source { premultiplied, notices, ..Source::new(decoder, bytes) })
        }
        Kind::Avif => {
            let bytes = Bytes::from(bytes);
            let decoder = AvifDecoder::new(&bytes).map_err(failed)?;
            let (premultiplied, notices) = (decoder.is_premultiplied(), decoder.notices());
            let (cicp, shown) = (decoder.cicp(), decoder.shown());
            Ok(Source { premultiplied, cicp, shown, notices, ..Source::new(decoder, bytes) })
        }
    }
}

/// What a decoder may take beside what the photo takes.
const WORKSPACE: u64 = 64 << 20;

fn limits(max_alloc: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(max_alloc);
    limits
}

/// The whole file. Looks at what it is before opening it: a pipe would wait forever.
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

/// What of a JPEG could not be read, where that is once it is upright; none when all could.
fn damage(file: &Path, loss: &Loss, is_cut_off: bool, orientation: Orientation) -> Option<Damage> {
    use Orientation::*;
    let [missing, blurred] = [Missing::All, Missing::Detail].map(|missing| loss.share(missing));
    let sides = match orientation {
        NoTransforms | FlipHorizontal => [Place::Lower, Place::Upper],
        FlipVertical | Rotate180 => [Place::Upper, Place::Lower],
        Rotate90 | Rotate270FlipH => [Place::Left, Place::Right],
        Rotate270 | Rotate90FlipH => [Place::Right, Place::Left],
    };
    let place = match (loss.is_the_end(), loss.is_the_beginning()) {
        (true, false) => sides[0],
        (false, true) => sides[1],
        _ => Place::Scattered,
    };
    let is_doubtful = loss.is_doubtful;
    let is_damaged = missing + blurred > 0.0 || is_doubtful;
    is_damaged.then(|| Damage { file: file.into(), is_cut_off, missing, blurred, place, is_doubtful })
}

/// Bytes that a photo needs while it is decoded.
fn needed(decoder: &impl ImageDecoder, kind: Kind) -> u64 {
    // Once decoded and once more, while a decoder holds what it works on or a picture is turned upright.
    // AVIF holds its planes without and with the grain that may belong to it, and what it knows of its blocks.
    let times = if kind == Kind::Avif { 4 } else { 2 };
    decoder.total_bytes().saturating_mul(times)
}

/// Refuses what the memory cannot hold, before any of it is taken; the bytes it needs.
fn check_memory(
    path: &Path,
    decoder: &impl ImageDecoder,
    need: u64,
    allowance: MemoryLimit,
) -> Result<u64, PictureError> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PictureError::Broken {
            path: path.into(), reason: format!("it says it is {width} × {height} px")
        });
    }
    let size = Size::new(width as usize, height as usize);
    allowance.check(need).map_err(|have| PictureError::TooLarge { path: path.into(), size, need, have })?;
    Ok(need)
}

/// The sentence for a decoder's error.
fn failure(path: &Path, error: ImageError) -> PictureError {
    let path = path.to_path_buf();
    if ends_early(&error) {
        return PictureError::Truncated { path };
    }
    match error {
        ImageError::Unsupported(error) => {
            let what = match error.kind() {
                UnsupportedErrorKind::GenericFeature(what) => what.clone(),
                UnsupportedErrorKind::Color(color) => format!("pixels of the kind {color:?}"),
                _ => format!("something rare ({error})"),
            };
            PictureError::Unsupported { path, kind: format!("a picture with {what}") }
        }
        error => PictureError::Broken { path, reason: error.to_string() },
    }
}

/// Whether a WebP (RIFF) is shorter than it says; its decoder only says that something is wrong.
fn is_cut_webp(bytes: &[u8]) -> bool {
    let says = bytes.get(4..8).and_then(|says| says.try_into().ok()).map(u32::from_le_bytes);
    bytes.starts_with(b"RIFF") && says.is_some_and(|says| u64::from(says) + 8 > bytes.len() as u64)
}

/// Whether an unexpected end of the file is what is behind an error.
fn ends_early(error: &(dyn Error + 'static)) -> bool {
    // Neither `ImageError` nor `io::Error` names what it holds as its source, but only the source of that.
    if let Some(ImageError::IoError(error)) = error.downcast_ref() {
        return ends_early(error);
    }
    match error.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => true,
        Some(error) => error.get_ref().is_some_and(|error| ends_early(error)),
        None => error.source().is_some_and(ends_early),
    }
}

fn photo(
    image: DynamicImage,
    format: ImageFormat,
    bytes: &[u8],
    mut metadata: Metadata,
    premultiplied: bool,
    notices: &mut Vec<String>,
) -> Photo {
    let image = match format {
        // The decoder always adds an alpha plane; most have no transparent pixel.
        ImageFormat::Gif => without_opaque_alpha(image),
        ImageFormat::Tga => tga::without_untrue_alpha(image, bytes),
        _ => image,
    };
    // These have no grey of their own, so a grey photo stored in one comes back as colour.
    let image = match format {
        ImageFormat::Gif | ImageFormat::Bmp | ImageFormat::WebP if metadata.icc.is_none() => as_grey(image),
        _ => image,
    };
    let mut pixels = raster(image, notices);
    if premultiplied && pixels.has_alpha() {
        divide(&mut pixels);
    }
    if metadata.icc.as_ref().is_some_and(|icc| !metadata::fits(icc, pixels.colour_channels())) {
        metadata.icc = None;
        notices.push("Its colour profile is for another kind of pixels (such as CMYK) and is not kept.".into());
    }
    Photo { pixels, format: saved_as(format), metadata }
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

/// The format that the picture in these bytes is best saved in; PNG for what is no picture.
pub fn format_in(bytes: &[u8]) -> Format {
    Kind::of(Path::new(""), bytes).map_or(Format::Png, |kind| saved_as(kind.saved_as()))
}

/// The values as they were decoded, without a copy.
fn raster(image: DynamicImage, notices: &mut Vec<String>) -> Raster {
    let mut numbers = |channels, values| {
        let (values, others) = numbers(channels, values);
        let notice = || format!("{others} of its pixels hold what is no number: that became black.");
        notices.extend((others > 0).then(notice));
        values
    };
    let size = Size::new(image.width() as usize, image.height() as usize);
    let (channels, samples) = match image {
        DynamicImage::ImageLuma8(image) => (1, Samples::Eight(image.into_raw())),
        DynamicImage::ImageLumaA8(image) => (2, Samples::Eight(image.into_raw())),
        DynamicImage::ImageRgb8(image) => (3, Samples::Eight(image.into_raw())),
        DynamicImage::ImageRgba8(image) => (4, Samples::Eight(image.into_raw())),
        DynamicImage::ImageLuma16(image) => (1, Samples::Sixteen(image.into_raw())),
        DynamicImage::ImageLumaA16(image) => (2, Samples::Sixteen(image.into_raw())),
        DynamicImage::ImageRgb16(image) => (3, Samples::Sixteen(image.into_raw())),
        DynamicImage::ImageRgba16(image) => (4, Samples::Sixteen(image.into_raw())),
        float if float.color().has_alpha() => (4, Samples::Float(numbers(4, float.into_rgba32f().into_raw()))),
        float => (3, Samples::Float(numbers(3, float.into_rgb32f().into_raw()))),
    };
    match samples {
        Samples::Float(data) if is_grey(&data, channels) => {
            let kept = channels - 2;
            let grey = data.chunks_exact(channels).flat_map(|pixel| pixel[2..].iter().copied()).collect();
            Raster::new(kept, size, Samples::Float(grey))
        }
        samples => Raster::new(channels, size, samples),
    }
}

/// Whether floating-point colours are grey, which comes as three equal channels.
fn is_grey(data: &[f32], channels: usize) -> bool {
    data.chunks_exact(channels).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
}

/// What is no number (not one, or without an end) becomes black; in how many pixels that is.
fn numbers(channels: usize, mut values: Vec<f32>) -> (Vec<f32>, usize) {
    let is_other = |pixel: &&mut [f32]| pixel.iter().any(|value| !value.is_finite());
    let others = values.chunks_exact_mut(channels).filter(is_other).map(|pixel| {
        pixel.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = 0.0);
    });
    let others = others.count();
    (values, others)
}

/// Colours that were multiplied by their transparency, as if they had not been.
fn divide(pixels: &mut Raster) {
    let Size { width, height } = pixels.size();
    for y in 0..height {
        let row = Rect::new(0, y, width, 1);
        let Some(alpha) = pixels.alpha_in(row) else { return };
        let mut colours = pixels.colours_in(row);
        for channel in 0..colours.channels() {
            for (value, &alpha) in colours.plane_mut(channel).iter_mut().zip(alpha.plane(0)) {
                if alpha > 0.0 {
                    *value /= alpha;
                }
            }
        }
        pixels.put(0, &colours, 0, y);
    }
}

fn without_opaque_alpha(image: DynamicImage) -> DynamicImage {
    match &image {
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().all(|pixel| pixel[3] == 255) => {
            DynamicImage::ImageRgb8(image.to_rgb8())
        }
        _ => image,
    }
}

/// As one plane when every pixel has red = green = blue.
fn as_grey(image: DynamicImage) -> DynamicImage {
    let grey = |pixel: &[u8]| pixel[0] == pixel[1] && pixel[1] == pixel[2];
    match &image {
        DynamicImage::ImageRgb8(rgb) if rgb.pixels().all(|pixel| grey(&pixel.0)) => {
            let first = rgb.pixels().map(|pixel| pixel[0]).collect();
            image::GrayImage::from_raw(rgb.width(), rgb.height(), first).map_or(image, DynamicImage::ImageLuma8)
        }
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().all(|pixel| grey(&pixel.0)) => {
            let first = rgba.pixels().flat_map(|pixel| [pixel[0], pixel[3]]).collect();
            image::GrayAlphaImage::from_raw(rgba.width(), rgba.height(), first).map_or(image, DynamicImage::ImageLumaA8)
        }
        _ => image,
    }
}
