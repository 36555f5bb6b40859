//! Writes PNG files.

use std::{borrow::Cow, io::Write};

use png::{BitDepth, ColorType, Encoder, EncodingError, Info, chunk::ChunkType};

use super::{
    channels::Channels,
    lines::Lines,
    plan::{EncodeFailure, EncodePlan},
};
use crate::imaging::{Depth, metadata};

/// Approximate size of a chunk, before compression, in bytes.
const CHUNK: usize = 1 << 16;

/// Writes the file.
///
/// # Errors
/// If writing or encoding fails, or the rows end too early.
pub fn encode(plan: &EncodePlan, lines: &mut Lines, file: &mut impl Write) -> Result<(), EncodeFailure> {
    let mut info = Info::with_size(plan.width, plan.height);
    info.color_type = match plan.channels {
        Channels::Grey => ColorType::Grayscale,
        Channels::GreyAlpha => ColorType::GrayscaleAlpha,
        Channels::Rgb => ColorType::Rgb,
        Channels::RgbAlpha => ColorType::Rgba,
    };
    info.bit_depth = if plan.depth == Depth::Eight { BitDepth::Eight } else { BitDepth::Sixteen };
    info.icc_profile = plan.kept.icc.as_deref().map(Cow::Borrowed);
    let mut writer = Encoder::with_info(file, info)?.write_header()?;
    for (kind, data) in metadata::chunks(&plan.kept) {
        writer.write_chunk(ChunkType(kind), &data)?;
    }
    let mut stream = writer.stream_writer_with_size(CHUNK)?;
    let rows = CHUNK / (plan.width as usize * plan.channels.count() * plan.depth.bytes()).max(1);
    while let Some(mut bytes) = lines.next(rows)? {
        if plan.depth == Depth::Sixteen && cfg!(target_endian = "little") {
            bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|sample| sample.reverse());
        }
        stream.write_all(&bytes)?;
    }
    stream.finish()?;
    Ok(writer.finish()?)
}

impl From<EncodingError> for EncodeFailure {
    fn from(error: EncodingError) -> Self {
        match error {
            EncodingError::IoError(error) => EncodeFailure::Disk(error),
            other => EncodeFailure::Refused(other.to_string()),
        }
    }
}
