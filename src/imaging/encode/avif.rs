//! Writes AVIF files: AV1 pictures with samples of 8 or 10 bits, luma and chroma of the same size.
//!
//! rav1e codes a frame as a whole, and can't be stopped. So each tile is coded as a picture of its own, as soon as there are rows
//! for it, and the picture is put together from them. The headers, which are written last, have room before the tiles.

mod bits;
mod colours;
mod container;
mod frame;
mod tile_encoder;
mod tiles;

use std::io::{Seek, SeekFrom, Write};

use rayon::prelude::*;

use self::{
    container::{Contents, Place, Places},
    frame::{FrameHeader, Sequence},
    tile_encoder::{EncodedTile, TilePlanes},
    tiles::TileGrid,
};
use super::{
    lines::Lines,
    plan::{EncodeFailure, EncodePlan},
};
use crate::imaging::{Depth, Head, metadata};

/// Bytes of each px while a tile is coded.
const TILE_BYTES: u64 = 96;
/// Qualities with quantizers for which a photo has about the error (PSNR) that it has in a JPEG of the same quality.
const QUANTIZERS: [(f32, f32); 8] = [
    (1.0, 255.0),
    (10.0, 220.0),
    (30.0, 170.0),
    (50.0, 152.0),
    (80.0, 117.0),
    (90.0, 66.0),
    (95.0, 31.0),
    (100.0, 1.0),
];
/// Codes of sRGB (ITU-T H.273), and of colours that a profile describes.
const SRGB: [u8; 2] = [1, 13];
const UNSPECIFIED: [u8; 2] = [2, 2];
/// Length of a box's header, in bytes.
const BOX: usize = 8;

/// Writes the file.
///
/// # Errors
/// If writing or encoding fails, or the rows end too early.
pub fn encode(plan: &EncodePlan, lines: &mut Lines, file: &mut (impl Write + Seek)) -> Result<(), EncodeFailure> {
    let contents = contents(plan);
    let grid = TileGrid::new(contents.picture.width, contents.picture.height);
    let start = file.stream_position()?;

    // Room for the boxes, metadata, and the headers of the picture.
    let boxes = contents.boxes(&Places::default()).len();
    let exif = plan.kept.exif.as_ref().map(|exif| [&[0; 4][..], exif].concat()).unwrap_or_default();
    let xmp = plan.kept.xmp.as_deref().unwrap_or_default();
    let sequence = contents.picture.unit();
    let exif_at = boxes + BOX;
    let tiles_at = exif_at + exif.len() + xmp.len() + sequence.len() + FrameHeader::max_unit(&grid);
    file.write_all(&vec![0; tiles_at])?;

    let mut picture = JoinedTiles::new(&grid);
    let mut alpha = JoinedTiles::new(&grid);
    // Coded alpha is small; it is written after the picture.
    let mut alpha_bytes = Vec::new();
    for row in 0..grid.rows() {
        let band = rows(plan, lines, grid.row_height(row))?;
        for (of_alpha, tile) in encoded_tiles(plan, lines, &grid, &band)? {
            match of_alpha {
                false => picture.append(tile, file)?,
                true => alpha.append(tile, &mut alpha_bytes)?,
            }
        }
    }
    let mut places = Places::default();
    if let Some(sequence) = contents.alpha {
        let parts = [sequence.unit(), alpha.header()?.unit(&grid, alpha.length), alpha_bytes];
        parts.iter().try_for_each(|part| file.write_all(part))?;
        places.alpha = place(tiles_at as u64 + picture.length, parts.iter().map(|part| part.len() as u64).sum())?;
    }
    let (_, end) = place(0, file.stream_position()? - start)?;

    // The room is filled from its end.
    let headers = [sequence, picture.header()?.unit(&grid, picture.length)].concat();
    let headers_at = tiles_at - headers.len();
    places.picture = place(headers_at as u64, headers.len() as u64 + picture.length)?;
    places.exif = place(exif_at as u64, exif.len() as u64)?;
    places.xmp = place((exif_at + exif.len()) as u64, xmp.len() as u64)?;
    let mut beginning = contents.boxes(&places);
    beginning.extend((end - boxes as u32).to_be_bytes());
    beginning.extend(b"mdat");
    beginning.extend([&exif, xmp].concat());
    beginning.resize(headers_at, 0);
    beginning.extend(headers);
    file.seek(SeekFrom::Start(start))?;
    file.write_all(&beginning)?;
    file.seek(SeekFrom::End(0))?;
    Ok(())
}

/// The tiles of these rows, in order, and whether each is one of alpha.
fn encoded_tiles(
    plan: &EncodePlan,
    lines: &Lines,
    grid: &TileGrid,
    band: &[u8],
) -> Result<Vec<(bool, EncodedTile)>, EncodeFailure> {
    let kinds: &[bool] = if plan.channels.has_alpha() { &[false, true] } else { &[false] };
    let tiles: Vec<_> = (0..grid.columns()).flat_map(|column| kinds.iter().map(move |&kind| (column, kind))).collect();
    let encoded = tiles.into_par_iter().map(|(column, of_alpha)| {
        if lines.is_stopped() {
            return Err(EncodeFailure::Unfinished);
        }
        let tile = tile(plan, band, grid.column(column), of_alpha);
        let quality = if of_alpha { 100 - (100 - plan.quality()) / 2 } else { plan.quality() };
        Ok((of_alpha, tile_encoder::encode(&tile, plan.depth, quantizer(quality))?))
    });
    encoded.collect()
}

/// Memory of the encoder, in bytes.
pub fn memory(head: &Head, depth: Depth) -> u64 {
    let grid = TileGrid::new(head.size.width, head.size.height);
    let (tile, height) = ((grid.column(0).1 * grid.row_height(0)) as u64, grid.row_height(0) as u64);
    let tiles = grid.columns() as u64 * if head.has_alpha() { 2 } else { 1 };
    let rows = head.size.width as u64 * height * (head.channels * depth.bytes()) as u64;
    2 * rows + tiles.min(rayon::current_num_threads() as u64) * tile * TILE_BYTES
}

/// A place in the file.
fn place(at: u64, length: u64) -> Result<Place, EncodeFailure> {
    let number = |bytes| u32::try_from(bytes).map_err(|_| EncodeFailure::Refused("AVIF holds at most 4.3 GB".into()));
    Ok((number(at)?, number(length)?))
}

fn contents(plan: &EncodePlan) -> Contents<'_> {
    let icc = plan.kept.icc.as_deref();
    let codes = metadata::named_colours(&plan.kept);
    let [primaries, transfer] = if icc.is_some() { UNSPECIFIED } else { codes.unwrap_or(SRGB) };
    let picture = Sequence {
        width: plan.width as usize,
        height: plan.height as usize,
        is_deep: plan.depth != Depth::Eight,
        is_grey: plan.channels.colours() == 1,
        cicp: [primaries, transfer, colours::MATRIX],
    };
    let [primaries, transfer] = UNSPECIFIED;
    let alpha = Sequence { is_grey: true, cicp: [primaries, transfer, colours::MATRIX], ..picture };
    Contents {
        picture,
        alpha: plan.channels.has_alpha().then_some(alpha),
        icc,
        exif: plan.kept.exif.as_deref(),
        xmp: plan.kept.xmp.as_deref(),
    }
}

/// The next rows, exactly as many.
fn rows(plan: &EncodePlan, lines: &mut Lines, count: usize) -> Result<Vec<u8>, EncodeFailure> {
    let row = plan.width as usize * plan.channels.count() * plan.depth.bytes();
    let mut bytes = Vec::with_capacity(row * count);
    while bytes.len() < row * count {
        bytes.extend(lines.next(count - bytes.len() / row)?.ok_or(EncodeFailure::Unfinished)?);
    }
    Ok(bytes)
}

/// A tile of rows: its alpha, or its colours.
fn tile(plan: &EncodePlan, band: &[u8], (left, width): (usize, usize), of_alpha: bool) -> TilePlanes {
    let channels = plan.channels.count();
    let pixel = channels * plan.depth.bytes();
    let rows = band.chunks_exact(plan.width as usize * pixel);
    let height = rows.len();
    let bytes: Vec<u8> = rows.flat_map(|row| &row[left * pixel..][..width * pixel]).copied().collect();
    let planes = match of_alpha {
        true => vec![colours::alpha_of(&bytes, channels, plan.depth)],
        false => colours::planes_of(&bytes, (channels, plan.channels.colours()), plan.depth),
    };
    TilePlanes { planes, width, height }
}

/// rav1e's quantizer for a quality of 1–100.
fn quantizer(quality: u8) -> u8 {
    let quality = f32::from(quality);
    let pairs = QUANTIZERS.windows(2).find(|pair| quality <= pair[1].0);
    let Some(&[(from, coarse), (to, fine)]) = pairs else { return 1 };
    let part = ((quality - from) / (to - from)).max(0.0);
    (coarse + (fine - coarse) * part).round().clamp(1.0, 255.0) as u8
}

/// The tiles of a frame so far.
struct JoinedTiles {
    headers: Vec<FrameHeader>,
    /// Number of all tiles.
    count: usize,
    /// Bytes, with the sizes.
    length: u64,
}

impl JoinedTiles {
    fn new(grid: &TileGrid) -> Self {
        Self { headers: Vec::new(), count: grid.columns() * grid.rows(), length: 0 }
    }

    /// Writes a tile; with its size, except for the last one.
    fn append(&mut self, (header, tile): EncodedTile, file: &mut impl Write) -> Result<(), EncodeFailure> {
        self.headers.push(header);
        if self.headers.len() < self.count {
            file.write_all(&(tile.len() as u32).saturating_sub(1).to_le_bytes())?;
            self.length += tiles::SIZE_BYTES as u64;
        }
        self.length += tile.len() as u64;
        Ok(file.write_all(&tile)?)
    }

    fn header(&self) -> Result<FrameHeader, EncodeFailure> {
        FrameHeader::joined(&self.headers)
            .ok_or_else(|| EncodeFailure::Refused("AV1 encoder: the tiles don't fit together".into()))
    }
}
