//! Layout of a TIFF's pixels: strips or tiles, chunky or planar (TIFF 6.0, sections 8 and 15).

use image::ImageResult;

use super::tags::TiffTags;
use crate::imaging::{
    container::ifd::tag,
    decode::errors::{broken, truncated, unsupported},
};

/// Strips or tiles of a picture.
pub struct ChunkLayout {
    /// The picture's width and height, in px.
    pub size: (usize, usize),
    /// Size of a strip or tile in px, including its part outside the picture.
    pub chunk: (usize, usize),
    /// 1 (chunky), or the number of samples per pixel (planar).
    pub planes: usize,
    /// Offset and declared length of each, in bytes: plane by plane, row by row.
    locations: Vec<(usize, Option<usize>)>,
}

/// A strip or tile.
pub struct Chunk {
    /// Its index in the picture.
    index: usize,
    pub plane: usize,
    /// Its left edge in the picture, in px.
    pub left: usize,
}

impl ChunkLayout {
    /// From the tags.
    ///
    /// # Errors
    /// If they are inconsistent or unsupported.
    pub fn new(tags: &TiffTags, size: (usize, usize), samples: usize) -> ImageResult<Self> {
        let (width, height) = size;
        let planes = match tags.number(tag::PLANAR)? {
            Some(2) => samples,
            Some(1) | None => 1,
            Some(other) => return Err(unsupported(format!("planar configuration {other}"))),
        };
        let side = |tag, otherwise: usize| {
            let side = tags.number(tag)?.map_or(Some(otherwise), |side| usize::try_from(side).ok());
            side.filter(|&side| side > 0).ok_or_else(|| broken("TIFF", "its strips or tiles have no pixels"))
        };
        let tiled = tags.numbers(tag::TILE_OFFSETS)?;
        // Some programs use the tags of strips for tiles.
        let is_tiled = tiled.is_some() || tags.number(tag::TILE_WIDTH)?.is_some();
        let chunk = match is_tiled {
            true => (side(tag::TILE_WIDTH, 0)?, side(tag::TILE_HEIGHT, 0)?),
            false => (width, side(tag::STRIP_ROWS, height)?.min(height)),
        };
        let offsets = match tiled {
            Some(offsets) => Some(offsets),
            None => tags.numbers(tag::STRIP_OFFSETS)?,
        };
        let lengths = match tags.numbers(tag::TILE_BYTES)? {
            Some(lengths) => Some(lengths),
            None => tags.numbers(tag::STRIP_BYTES)?,
        };
        let offsets = offsets.ok_or_else(|| broken("TIFF", "the positions of its pixels are missing"))?;
        let lengths = lengths.unwrap_or_default();
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let length = |index: usize| lengths.get(index).copied().filter(|&length| length > 0).map(whole);
        let mut layout = Self { size, chunk, planes, locations: Vec::new() };
        let count = layout.across().saturating_mul(layout.down()).saturating_mul(planes);
        if offsets.len() < count {
            return Err(broken("TIFF", format!("it has {} of its {count} strips or tiles", offsets.len())));
        }
        let locations = offsets.iter().take(count).enumerate();
        layout.locations = locations.map(|(index, &at)| (whole(at), length(index))).collect();
        Ok(layout)
    }

    /// A picture in one part, from an offset in the file on.
    pub fn single(size: (usize, usize), at: usize) -> Self {
        Self { size, chunk: size, planes: 1, locations: vec![(at, None)] }
    }

    fn across(&self) -> usize {
        self.size.0.div_ceil(self.chunk.0)
    }

    fn down(&self) -> usize {
        self.size.1.div_ceil(self.chunk.1)
    }

    /// Number of interleaved samples per pixel in a strip or tile, of `samples` in total.
    pub fn interleaved(&self, samples: usize) -> usize {
        if self.planes > 1 { 1 } else { samples }
    }

    /// A row of strips or tiles of the first `planes` planes.
    pub fn chunks(&self, row: usize, planes: usize) -> impl Iterator<Item = Chunk> {
        let (across, down, width) = (self.across(), self.down(), self.chunk.0);
        (0..self.planes.min(planes)).flat_map(move |plane| {
            (0..across).map(move |column| Chunk {
                index: (plane * down + row) * across + column,
                plane,
                left: column * width,
            })
        })
    }

    /// The bytes of a strip or tile. Without a declared length, or with one shorter than `length` if it is the only one,
    /// it extends to the end of the file.
    ///
    /// # Errors
    /// If it begins beyond the end of the file.
    pub fn data<'a>(&self, chunk: &Chunk, bytes: &'a [u8], length: Option<usize>) -> ImageResult<&'a [u8]> {
        let (at, declared) = self.locations[chunk.index];
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty()).ok_or_else(truncated)?;
        let only = self.locations.len() == 1;
        let declared = declared.filter(|&declared| !(only && length.is_some_and(|length| declared < length)));
        Ok(&rest[..declared.map_or(rest.len(), |declared| declared.min(rest.len()))])
    }
}
