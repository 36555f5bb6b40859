//! Writes photos to files, row by row. Only formats that can't be written otherwise need the whole picture at once.

mod channels;
mod jpeg;
mod lines;
mod plan;
mod png;
mod tiff;
mod whole;

use std::io::{self, BufWriter, Cursor, Seek, SeekFrom, Write};

use self::lines::Lines;
use super::{Format, Head, Metadata, Photo, Rows, SaveOptions};
use crate::pixels::{Raster, Rect};

pub(super) use self::plan::{EncodePlan, Failure, plan};

/// Bytes that go to the disk at once.
const BUFFER: usize = 1 << 20;

/// Writes the file.
///
/// # Errors
/// When the disk does not take it, the encoder refuses, or the rows end too early.
pub(super) fn encode(plan: &EncodePlan, rows: &mut dyn Rows, file: impl Write + Seek) -> Result<(), Failure> {
    let mut file = BufWriter::with_capacity(BUFFER, Remembering { file, refusal: None });
    encode_as(plan, &mut Lines::new(rows, plan), &mut file)
        .map_err(|failure| file.get_mut().refusal.take().map_or(failure, Failure::Disk))
}

fn encode_as(plan: &EncodePlan, lines: &mut Lines, file: &mut (impl Write + Seek)) -> Result<(), Failure> {
    match plan.format {
        Format::Jpeg => jpeg::encode(plan, lines, file)?,
        Format::Png => png::encode(plan, lines, file)?,
        Format::Tiff => tiff::encode(plan, lines, file)?,
        Format::Bmp => file.write_all(&whole::bmp(plan, lines)?)?,
        Format::WebP => file.write_all(&whole::webp(plan, lines)?)?,
    }
    Ok(file.flush()?)
}

/// A file that remembers why writing failed: encoders pass on less than that.
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
