//! Encodes photos row by row; BMP and WebP from the whole picture.

mod avif;
mod channels;
mod jpeg;
mod jxl;
mod lines;
mod plan;
mod png;
mod tiff;
mod whole;

use std::{
    io::{self, BufWriter, Cursor, Seek, SeekFrom, Write},
    time::Instant,
};

use self::lines::Lines;
use super::{Format, Head, Metadata, Photo, Rows, SaveOptions};
use crate::pixels::{Raster, Rect, Size};

pub(super) use self::{
    plan::{EncodeFailure, EncodePlan, plan},
    tiff::WrittenPages,
};

/// Size of the write buffer, in bytes.
const BUFFER: usize = 1 << 20;
/// Width of the parts that are encoded at once in JPEG XL and AVIF, in px.
const PART: usize = 512;

/// Writes the file.
///
/// # Errors
/// If writing or encoding fails, or the rows end too early.
pub(super) fn encode(plan: &EncodePlan, rows: &mut dyn Rows, file: impl Write + Seek) -> Result<(), EncodeFailure> {
    let lines = &mut Lines::new(rows, plan);
    buffered(file, |file| match plan.format {
        Format::Jpeg => jpeg::encode(plan, lines, file),
        Format::Png => png::encode(plan, lines, file),
        Format::Tiff => tiff::encode(plan, lines, file),
        Format::JpegXl => jxl::encode(plan, lines, file),
        Format::Avif => avif::encode(plan, lines, file),
        Format::Bmp => Ok(file.write_all(&whole::bmp(plan, lines)?)?),
        Format::WebP => Ok(file.write_all(&whole::webp(plan, lines)?)?),
    })
}

/// Writes a page of a TIFF after those that are `written`; without any, the file's first page.
///
/// # Errors
/// Those of [`encode`].
pub(super) fn append_page(
    plan: &EncodePlan,
    rows: &mut dyn Rows,
    written: Option<WrittenPages>,
    file: impl Write + Seek,
) -> Result<WrittenPages, EncodeFailure> {
    buffered(file, |file| tiff::append(plan, &mut Lines::new(rows, plan), written, file))
}

/// Memory of an encoder that holds more than a few rows at once, beside those that are given to it, in bytes.
pub fn encoder_memory(head: &Head, format: Format, options: &SaveOptions) -> u64 {
    let depth = format.depth_for(options.depth_of(head));
    match format {
        Format::JpegXl => jxl::memory(head, depth),
        Format::Avif => avif::memory(head, depth),
        Format::Jpeg | Format::Png | Format::Tiff | Format::WebP | Format::Bmp => 0,
    }
}

fn buffered<F: Write + Seek, T>(
    file: F,
    encode: impl FnOnce(&mut BufWriter<ErrorKeeper<F>>) -> Result<T, EncodeFailure>,
) -> Result<T, EncodeFailure> {
    let mut file = BufWriter::with_capacity(BUFFER, ErrorKeeper { file, error: None });
    encode(&mut file)
        .and_then(|encoded| file.flush().map(|()| encoded).map_err(EncodeFailure::from))
        .map_err(|failure| file.get_mut().error.take().map_or(failure, EncodeFailure::Disk))
}

/// A file that keeps the last write error, which encoders don't pass on completely.
struct ErrorKeeper<F> {
    file: F,
    error: Option<io::Error>,
}

impl<F: Write> Write for ErrorKeeper<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        let again = |error: &io::Error| error.raw_os_error().map_or(error.kind().into(), io::Error::from_raw_os_error);
        self.error = written.as_ref().err().map(again);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl<F: Seek> Seek for ErrorKeeper<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Estimate of a picture's file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FileEstimate {
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// Time to encode it, in seconds.
    pub seconds: f64,
}

/// Estimates a picture's file from `across` × `across` samples of `side` px, which are encoded. `part` returns one.
///
/// # Errors
/// Those of `part`.
pub fn estimate_file<E>(
    head: &Head,
    (across, side): (usize, usize),
    format: Format,
    options: &SaveOptions,
    mut part: impl FnMut(Rect) -> Result<Raster, E>,
) -> Result<FileEstimate, E> {
    let side = Size::new(side.min(head.size.width), side.min(head.size.height));
    let mut samples = Raster::blank(head.channels, Size::new(side.width, side.height * across * across), head.depth);
    let place = |length: usize, side: usize, index: usize| (length - side) * (2 * index + 1) / (2 * across);
    for index in 0..across * across {
        let x = place(head.size.width, side.width, index % across);
        let y = place(head.size.height, side.height, index / across);
        samples.paste(&part(Rect::new(x, y, side.width, side.height))?, 0, index * side.height);
    }
    Ok(estimate(head, &samples, format, options))
}

fn estimate(head: &Head, sample: &Raster, format: Format, options: &SaveOptions) -> FileEstimate {
    let encoded = |pixels: Raster| {
        let start = Instant::now();
        let mut file = Cursor::new(Vec::new());
        let photo = Photo { pixels, format, metadata: Metadata::default() };
        let written =
            plan(&photo.head(), format, options).and_then(|(plan, _)| encode(&plan, &mut photo.rows(), &mut file));
        // A failure is reported elsewhere.
        let bytes = written.map_or(0, |()| file.into_inner().len() as u64);
        FileEstimate { bytes, seconds: start.elapsed().as_secs_f64() }
    };
    let overhead = encoded(sample.crop(Rect::new(0, 0, 1, 1)));
    let pixels = encoded(sample.clone());
    let share = head.size.area() as f64 / sample.size().area().max(1) as f64;
    let metadata = plan(head, format, options).map_or(0, |(plan, _)| plan.kept.bytes() as u64);
    FileEstimate {
        bytes: overhead.bytes + metadata + (pixels.bytes.saturating_sub(overhead.bytes) as f64 * share) as u64,
        seconds: (pixels.seconds - overhead.seconds).max(0.0) * share / parts_at_once(head, format) as f64,
    }
}

/// How many parts of a picture are encoded at once, where the samples are one part.
fn parts_at_once(head: &Head, format: Format) -> usize {
    let parts = match format {
        Format::JpegXl | Format::Avif => head.size.width.div_ceil(PART),
        Format::Tiff => usize::MAX,
        Format::Jpeg | Format::Png | Format::WebP | Format::Bmp => 1,
    };
    parts.min(rayon::current_num_threads()).max(1)
}
