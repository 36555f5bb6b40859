//! Photos to files, row by row: the whole picture is never needed at once, but by the formats that
//! can't be written otherwise.

mod jpeg;
mod layout;
mod png;
mod tiff;
mod whole;

use std::io::{self, BufWriter, Cursor, Seek, SeekFrom, Write};

use layout::{Layout, Lines};

use super::{Background, Depth, Format, Head, Metadata, MetadataChoice, Photo, Rows, SaveOptions, metadata};
use crate::pixels::{Raster, Rect};

/// What 254 segments of a JPEG hold, and what one holds, less their headers.
const JPEG_MAX_ICC: usize = 254 * (65_535 - 2 - 14);
const JPEG_MAX_EXIF: usize = 65_535 - 2 - 6;
/// Bytes that go to the disk at once.
const BUFFER: usize = 1 << 20;

/// Why there is no file.
#[derive(Debug)]
pub(super) enum Failure {
    /// The disk did not take it.
    Disk(io::Error),
    /// The encoder refused: its reason.
    Refused(String),
    /// The rows ended before the picture did.
    Unfinished,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Disk(error)
    }
}

/// What is written of a picture, as its format holds it.
pub(super) struct Plan {
    format: Format,
    quality: Option<u8>,
    width: u32,
    height: u32,
    layout: Layout,
    depth: Depth,
    background: Background,
    kept: Metadata,
}

/// Decides what of a picture is written, with sentences about what is not.
///
/// # Errors
/// When it has too many pixels a side.
pub(super) fn plan(head: &Head, format: Format, options: &SaveOptions) -> Result<(Plan, Vec<String>), Failure> {
    let mut notices = Vec::new();
    let layout = Layout::of(head, format, options.quality.is_some());
    let depth = format.depth_for(head.depth);
    match (head.depth, depth) {
        (Depth::Sixteen, Depth::Eight) => {
            notices.push(format!("{} holds 8 bits per channel: the photo's 16 bits are rounded.", format.name()));
        }
        (Depth::Float, Depth::Eight | Depth::Sixteen) => notices.push(format!(
            "{} holds {} bits per channel: the photo's floating-point values are cut to 0–1 and rounded.",
            format.name(),
            8 * depth.bytes()
        )),
        _ => {}
    }
    if head.has_alpha() && !layout.alpha() {
        let (name, background) = (format.name(), options.background);
        notices.push(format!("{name} holds no transparency: the photo is laid on {background}."));
    }
    let kept = match options.metadata {
        MetadataChoice::Keep => kept(head, format, &mut notices),
        MetadataChoice::Strip => head.metadata.stripped(),
    };
    let described = described_colours(&kept, format, layout, &mut notices);
    let icc = kept_icc(kept.icc, format, layout, &mut notices).or(described);
    let kept = Metadata { icc, ..kept };
    let (width, height) = (side(head.size.width)?, side(head.size.height)?);
    let &SaveOptions { quality, background, .. } = options;
    Ok((Plan { format, quality, width, height, layout, depth, background, kept }, notices))
}

fn side(px: usize) -> Result<u32, Failure> {
    u32::try_from(px).map_err(|_| Failure::Refused(format!("{px} px a side are too many")))
}

/// Writes the file.
///
/// # Errors
/// When the disk does not take it, the encoder refuses, or the rows end too early.
pub(super) fn encode(plan: &Plan, rows: &mut dyn Rows, file: impl Write + Seek) -> Result<(), Failure> {
    let mut file = BufWriter::with_capacity(BUFFER, Remembering { file, refusal: None });
    encode_as(plan, &mut Lines::new(rows, plan), &mut file)
        .map_err(|failure| file.get_mut().refusal.take().map_or(failure, Failure::Disk))
}

fn encode_as(plan: &Plan, lines: &mut Lines, file: &mut (impl Write + Seek)) -> Result<(), Failure> {
    match plan.format {
        Format::Jpeg => jpeg::encode(plan, lines, file)?,
        Format::Png => png::encode(plan, lines, file)?,
        Format::Tiff => tiff::encode(plan, lines, file)?,
        Format::Bmp => file.write_all(&whole::bmp(plan, lines)?)?,
        Format::WebP => file.write_all(&whole::webp(plan, lines)?)?,
    }
    Ok(file.flush()?)
}

/// A file that remembers why the disk took no more of it: encoders pass on less than that.
struct Remembering<F> {
    file: F,
    refusal: Option<io::Error>,
}

impl<F: Write> Write for Remembering<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        let again = |error: &io::Error| error.raw_os_error().map_or(error.kind().into(), io::Error::from_raw_os_error);
        self.refusal = written.as_ref().err().map(again);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl<F: Seek> Seek for Remembering<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// About the bytes that a picture's file will have, told from a sample of its pixels.
pub fn file_bytes(head: &Head, sample: &Raster, format: Format, options: &SaveOptions) -> u64 {
    let of = |pixels: Raster| {
        let mut file = Cursor::new(Vec::new());
        let photo = Photo { pixels, format, metadata: Metadata::default() };
        let written =
            plan(&photo.head(), format, options).and_then(|(plan, _)| encode(&plan, &mut photo.rows(), &mut file));
        // What can't be written is refused elsewhere.
        written.map_or(0, |()| file.into_inner().len() as u64)
    };
    let around = of(sample.crop(Rect::new(0, 0, 1, 1)));
    let pixels = of(sample.clone()).saturating_sub(around) as f64;
    let share = head.size.area() as f64 / sample.size().area().max(1) as f64;
    around + head.metadata.bytes() as u64 + (pixels * share) as u64
}

/// What the format holds of a photo's metadata.
fn kept(head: &Head, format: Format, notices: &mut Vec<String>) -> Metadata {
    let source = &head.metadata;
    let mut kept = source.for_size(head.size);
    let mut lost = |what: &str, reason: &str| notices.push(sentence(what, reason));
    match format {
        Format::Bmp => {
            let blocks = [(&source.exif, "EXIF data"), (&source.xmp, "XMP data"), (&source.iptc, "IPTC data")];
            for (_, what) in blocks.into_iter().filter(|(block, _)| block.is_some()) {
                lost(what, "BMP holds none");
            }
        }
        Format::Jpeg => {
            let too_large = |block: &Option<Vec<u8>>, max: usize| block.as_ref().is_some_and(|block| block.len() > max);
            if too_large(&kept.exif, JPEG_MAX_EXIF) {
                // What was done takes some room, too.
                kept.exif = Metadata { history: None, ..source.clone() }.for_size(head.size).exif;
            }
            for (block, max, what) in [
                (&mut kept.exif, JPEG_MAX_EXIF, "EXIF data"),
                (&mut kept.xmp, metadata::MAX_JPEG_XMP, "XMP data"),
                (&mut kept.iptc, metadata::MAX_JPEG_IPTC, "IPTC data"),
            ] {
                if too_large(block, max) {
                    *block = None;
                    lost(what, "it is too large for JPEG");
                }
            }
        }
        Format::WebP => {
            if source.iptc.is_some() {
                lost("IPTC data", "WebP holds none");
            }
            kept = kept.with_resolution_in_exif();
        }
        Format::Png | Format::Tiff => {}
    }
    if format != Format::Jpeg {
        let mut names: Vec<_> = source
            .jpeg_segments
            .iter()
            .map(|(marker, contents)| metadata::jpeg_segment_name(*marker, contents))
            .collect();
        // FLIR's data fills many segments.
        names.dedup();
        notices.extend(names.iter().map(|name| sentence(name, "only JPEG holds it")));
    }
    if format != Format::Png && !source.png_texts.is_empty() {
        notices.push("The texts of the PNG (such as a title or a comment) are not kept: only PNG holds them.".into());
    }
    kept
}

fn sentence(what: &str, reason: &str) -> String {
    format!("The {what} is not kept: {reason}.")
}

/// What a PNG's chunks say about colours, as a profile where the format has no such chunks.
fn described_colours(kept: &Metadata, format: Format, layout: Layout, notices: &mut Vec<String>) -> Option<Vec<u8>> {
    if format == Format::Png || kept.icc.is_some() || metadata::describes_srgb(&kept.png_color) {
        return None;
    }
    let channels = if format == Format::WebP { 3 } else { layout.colors() };
    let profile = metadata::profile_of_png(&kept.png_color, channels).filter(|_| format != Format::Bmp);
    if profile.is_none() {
        let reason = format!("{} cannot hold it, and is taken for sRGB", format.name());
        notices.push(sentence("description of its colours", &reason));
    }
    profile
}

/// The profile, where the format holds one of its size for these channels.
fn kept_icc(icc: Option<Vec<u8>>, format: Format, layout: Layout, notices: &mut Vec<String>) -> Option<Vec<u8>> {
    let icc = icc?;
    // WebP stores grey as colour.
    let channels = if format == Format::WebP { 3 } else { layout.colors() };
    let reason = match format {
        Format::Bmp => "BMP holds none",
        Format::Jpeg if icc.len() > JPEG_MAX_ICC => "it is too large for JPEG",
        _ if !metadata::fits(&icc, channels) => "it is for another kind of pixels than are written",
        _ => return Some(icc),
    };
    notices.push(sentence("colour profile", reason));
    None
}
