//! Writes JPEG files.

use std::{
    cell::RefCell,
    io::{self, Seek, SeekFrom, Write},
};

use jpeg_encoder::{
    ChromaSubsamplingMethod, Encoder, EncodingError, ImageBuffer, JpegColorType, PixelDensity, PixelDensityUnit,
    rgb_to_ycbcr,
};

use super::{
    channels::Channels,
    lines::Lines,
    plan::{EncodeFailure, EncodePlan},
};
use crate::imaging::metadata::{self, GainMap};

/// Length of SOI and the JFIF segment, in bytes.
const BEGINNING: usize = 2 + 2 + 16;

/// Writes the file, with the gain map behind the picture.
///
/// # Errors
/// If writing or encoding fails, or the rows end too early.
pub fn encode(plan: &EncodePlan, lines: &mut Lines, file: &mut (impl Write + Seek)) -> Result<(), EncodeFailure> {
    let too_large = |_| EncodeFailure::Refused("JPEG holds at most 65,535 px a side".into());
    let width = u16::try_from(plan.width).map_err(too_large)?;
    let height = u16::try_from(plan.height).map_err(too_large)?;
    let state = RefCell::new(EncoderInput { lines, line: Vec::new(), y: None, failure: None });
    let segments = metadata::segments(&plan.kept);
    let inserted = (BEGINNING + segments.len()) as u64;
    let inserter = SegmentInserter { file: &mut *file, passed: 0, segments, state: &state };

    // The encoder's default: chroma at full resolution from quality 90 on.
    let mut encoder = Encoder::new(inserter, plan.quality());
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    if let Some((unit, x, y)) = plan.kept.resolution.and_then(metadata::jfif_density) {
        let unit = match unit {
            0 => PixelDensityUnit::PixelAspectRatio,
            1 => PixelDensityUnit::Inches,
            _ => PixelDensityUnit::Centimeters,
        };
        encoder.set_density(PixelDensity { density: (x, y), unit });
    }
    if let Some(icc) = &plan.kept.icc {
        encoder.add_icc_profile(icc)?;
    }
    let encoded = encoder.encode_image(RowSource { width, height, channels: plan.channels, state: &state });
    match state.into_inner().failure {
        Some(failure) => return Err(failure),
        None => encoded?,
    }
    plan.kept.gain_map.as_ref().map_or(Ok(()), |map| append(map, inserted, file))
}

/// Appends the gain map, and writes its offset into the index, whose segment ends at the offset `index_end`.
fn append(map: &GainMap, index_end: u64, file: &mut (impl Write + Seek)) -> Result<(), EncodeFailure> {
    let picture = file.stream_position()?;
    let index = |at| {
        map.index(picture, at)
            .ok_or_else(|| EncodeFailure::Refused("a JPEG with a gain map holds at most 4.3 GB".into()))
    };
    let at = index_end - index(0)?.len() as u64;
    file.write_all(map.jpeg())?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&index(at)?)?;
    file.seek(SeekFrom::End(0))?;
    Ok(())
}

impl From<EncodingError> for EncodeFailure {
    fn from(error: EncodingError) -> Self {
        match error {
            EncodingError::IoError(error) => EncodeFailure::Disk(error),
            other => EncodeFailure::Refused(other.to_string()),
        }
    }
}

/// The rows for the encoder, and the error that ended them.
struct EncoderInput<'a, 'b> {
    lines: &'a mut Lines<'b>,
    line: Vec<u8>,
    /// Index of the row in `line`.
    y: Option<u16>,
    failure: Option<EncodeFailure>,
}

/// The picture as the encoder reads it: row by row, the last one repeated to fill blocks.
struct RowSource<'a, 'b, 'c> {
    width: u16,
    height: u16,
    channels: Channels,
    state: &'a RefCell<EncoderInput<'b, 'c>>,
}

impl ImageBuffer for RowSource<'_, '_, '_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.channels.colours() == 1 { JpegColorType::Luma } else { JpegColorType::Ycbcr }
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let mut state = self.state.borrow_mut();
        let EncoderInput { lines, line, y: at, failure } = &mut *state;
        if *at != Some(y) && failure.is_none() {
            *at = Some(y);
            match lines.next(1) {
                Ok(next) => *line = next.unwrap_or_default(),
                Err(error) => *failure = Some(error),
            }
        }
        // After a failure, zeros until the encoder writes again and receives the error.
        line.resize(usize::from(self.width) * self.channels.colours(), 0);
        if self.channels.colours() == 1 {
            buffers[0].extend_from_slice(line);
            return;
        }
        for &[red, green, blue] in line.as_chunks::<3>().0 {
            let (luma, blue, red) = rgb_to_ycbcr(red, green, blue);
            buffers[0].push(luma);
            buffers[1].push(blue);
            buffers[2].push(red);
        }
    }
}

/// Inserts metadata segments after JFIF's.
struct SegmentInserter<'a, 'b, 'c, W> {
    file: &'a mut W,
    /// Bytes of the beginning written so far.
    passed: usize,
    segments: Vec<u8>,
    state: &'a RefCell<EncoderInput<'b, 'c>>,
}

impl<W: Write> Write for SegmentInserter<'_, '_, '_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.state.borrow().failure.is_some() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.passed == BEGINNING {
            return self.file.write(bytes);
        }
        let written = self.file.write(&bytes[..bytes.len().min(BEGINNING - self.passed)])?;
        self.passed += written;
        if self.passed == BEGINNING {
            self.file.write_all(&self.segments)?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
