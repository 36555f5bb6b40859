//! Encodes one tile with rav1e, as a picture of its own.

use rav1e::prelude::{
    BlockSize, ChromaSampling, Config, Context, EncoderConfig, EncoderStatus, PartitionRange, Pixel, PixelRange,
    SegmentationLevel, SpeedSettings, Tune,
};

use super::{frame::FrameHeader, tiles::TileGrid};
use crate::imaging::{Depth, encode::plan::EncodeFailure};

/// rav1e's speed, 0–10. With smaller blocks than it would choose, it is three times as fast as 6 for a file of 1 % more.
const SPEED: u8 = 8;

/// One or three planes of a tile, of the same size.
pub struct TilePlanes {
    /// Luma, or luma and chroma: samples of 8 or 10 bits.
    pub planes: Vec<Vec<u16>>,
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
}

/// The header that its frame would have, and its bytes.
pub type EncodedTile = (FrameHeader, Vec<u8>);

/// Encodes it. `quantizer`: 1 (best) to 255.
///
/// # Errors
/// If the encoder fails.
pub fn encode(tile: &TilePlanes, depth: Depth, quantizer: u8) -> Result<EncodedTile, EncodeFailure> {
    let units = match depth {
        Depth::Eight => units::<u8>(tile, 8, quantizer),
        _ => units::<u16>(tile, 10, quantizer),
    };
    let units = units.map_err(|error| EncodeFailure::Refused(format!("AV1 encoder: {error}")))?;
    let grid = TileGrid::new(tile.width, tile.height);
    let read = FrameHeader::read(&units, tile.planes.len() == 1, &grid);
    let (header, tile) = read.ok_or_else(|| EncodeFailure::Refused("AV1 encoder: unexpected tools".into()))?;
    Ok((header, tile.to_vec()))
}

/// The units of a picture.
fn units<T: Pixel>(tile: &TilePlanes, bits: usize, quantizer: u8) -> Result<Vec<u8>, String> {
    let mut speed_settings = SpeedSettings::from_preset(SPEED);
    // What would be written into the header for all of the frame.
    speed_settings.cdef = false;
    speed_settings.lrf = false;
    speed_settings.segmentation = SegmentationLevel::Disabled;
    speed_settings.rdo_lookahead_frames = 1;
    speed_settings.partition.partition_range = PartitionRange::new(BlockSize::BLOCK_8X8, BlockSize::BLOCK_16X16);
    let encoder = EncoderConfig {
        width: tile.width,
        height: tile.height,
        bit_depth: bits,
        chroma_sampling: if tile.planes.len() == 1 { ChromaSampling::Cs400 } else { ChromaSampling::Cs444 },
        pixel_range: PixelRange::Full,
        still_picture: true,
        quantizer: quantizer.into(),
        min_quantizer: quantizer,
        // The other way, quantizers follow from the contents, and differ between tiles.
        tune: Tune::Psnr,
        speed_settings,
        ..EncoderConfig::default()
    };
    let config = Config::new().with_encoder_config(encoder);
    let mut context: Context<T> = config.new_context().map_err(|error| error.to_string())?;
    let mut frame = context.new_frame();
    for (plane, samples) in frame.planes.iter_mut().zip(&tile.planes) {
        let mut slice = plane.mut_slice(Default::default());
        for (row, samples) in slice.rows_iter_mut().zip(samples.chunks_exact(tile.width)) {
            for (place, &sample) in row.iter_mut().zip(samples) {
                *place = T::cast_from(sample);
            }
        }
    }
    context.send_frame(frame).map_err(|error| error.to_string())?;
    context.flush();
    let mut units = Vec::new();
    loop {
        match context.receive_packet() {
            Ok(packet) => units.extend(packet.data),
            Err(EncoderStatus::Encoded) => {}
            Err(EncoderStatus::LimitReached) => return Ok(units),
            Err(error) => return Err(error.to_string()),
        }
    }
}
