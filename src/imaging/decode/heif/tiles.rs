//! Decodes the tiles of a picture, and joins them: chroma is interpolated across their borders.

use image::ImageResult;
use rayon::prelude::*;

use super::{
    av1::{self, Av1Decoder},
    container::{Codec, HeifImage, Tile},
    hevc,
    yuv::{PlaneSamples, YuvPicture, YuvPlane},
};
use crate::imaging::decode::errors::unsupported;

/// Bytes of three planes of 16 bits, for each px.
const JOINED_BYTES_PER_PIXEL: u64 = 6;

/// Decodes a picture.
///
/// # Errors
/// If a tile is damaged or unsupported, or they have different formats.
pub fn decode(image: &HeifImage) -> ImageResult<YuvPicture> {
    let size = (image.size.0 as usize, image.size.1 as usize);
    let mut decoder = TileDecoder::new(image)?;
    if let [only] = &image.tiles[..] {
        let picture = decoder.decode(std::slice::from_ref(only))?.remove(0);
        return Ok(YuvPicture { size, ..picture });
    }
    let (width, height) = (image.tile.0 as usize, image.tile.1 as usize);
    let mut joined: Option<YuvPicture> = None;
    // One row of tiles at a time.
    for (row, tiles) in image.tiles.chunks(image.columns).enumerate() {
        for (column, tile) in decoder.decode(tiles)?.into_iter().enumerate() {
            joined.get_or_insert_with(|| tile.blank_like(size)).place(&tile, (column * width, row * height))?;
        }
    }
    joined.ok_or_else(|| unsupported("no tiles"))
}

/// Memory to decode a picture, without its pixels, in bytes.
pub fn memory(image: &HeifImage) -> u64 {
    let area = u64::from(image.size.0).saturating_mul(image.size.1.into());
    let joined = if image.tiles.len() == 1 { 0 } else { area.saturating_mul(JOINED_BYTES_PER_PIXEL) };
    let row = match image.codec {
        Codec::Av1 => av1::memory(image.tile),
        Codec::Hevc => hevc::memory(image.tile),
    };
    row.saturating_mul(image.columns as u64).saturating_add(joined)
}

/// The decoder of a codec.
enum TileDecoder {
    /// One after the other: it has threads of its own.
    Av1(Av1Decoder),
    /// At the same time, each of this size in px.
    Hevc((u32, u32)),
}

impl TileDecoder {
    fn new(image: &HeifImage) -> ImageResult<Self> {
        Ok(match image.codec {
            Codec::Av1 => TileDecoder::Av1(Av1Decoder::new(image.tile)?),
            Codec::Hevc => TileDecoder::Hevc(image.tile),
        })
    }

    fn decode(&mut self, tiles: &[Tile]) -> ImageResult<Vec<YuvPicture>> {
        match self {
            TileDecoder::Av1(decoder) => tiles.iter().map(|tile| decoder.decode(&tile.data)).collect(),
            TileDecoder::Hevc(size) => tiles.par_iter().map(|tile| hevc::decode(tile, *size)).collect(),
        }
    }
}

impl YuvPicture {
    /// A picture of that size in px and this format.
    fn blank_like(&self, size: (usize, usize)) -> Self {
        let blank = |index: usize, plane: &YuvPlane| {
            let (stride, rows) = plane_size(size, index, self.shifts);
            YuvPlane { samples: PlaneSamples::Words(vec![0; stride * rows]), stride, bits: plane.bits }
        };
        let planes = self.planes.iter().enumerate().map(|(index, plane)| blank(index, plane)).collect();
        Self { planes, size, shifts: self.shifts, range: self.range, matrix: self.matrix }
    }

    /// Copies the part of a tile that is inside, from this position in px.
    fn place(&mut self, tile: &Self, (left, top): (usize, usize)) -> ImageResult<()> {
        let format = |picture: &Self| {
            let bits: Vec<_> = picture.planes.iter().map(|plane| plane.bits).collect();
            (bits, picture.shifts, picture.range, picture.matrix)
        };
        if format(self) != format(tile) {
            return Err(unsupported("tiles of different kinds"));
        }
        if left % (1 << self.shifts.0) != 0 || top % (1 << self.shifts.1) != 0 {
            return Err(unsupported("tiles of an odd size"));
        }
        for (index, (plane, tile_plane)) in self.planes.iter_mut().zip(&tile.planes).enumerate() {
            let shifts = if index == 0 { (0, 0) } else { self.shifts };
            let (left, top) = (left >> shifts.0, top >> shifts.1);
            let (width, height) = plane_size(tile.size, index, self.shifts);
            let PlaneSamples::Words(words) = &mut plane.samples else { continue };
            for (y, row) in words.chunks_exact_mut(plane.stride).skip(top).take(height).enumerate() {
                let end = row.len().min(left + width);
                if let Some(part) = row.get_mut(left..end) {
                    tile_plane.copy_row(y, part);
                }
            }
        }
        Ok(())
    }
}

/// Width and height of a plane of a picture of that size.
fn plane_size((width, height): (usize, usize), index: usize, shifts: (u32, u32)) -> (usize, usize) {
    let (across, down) = if index == 0 { (0, 0) } else { shifts };
    (width.div_ceil(1 << across), height.div_ceil(1 << down))
}
