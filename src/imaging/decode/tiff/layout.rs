//! Where in a TIFF the pixels stand: in strips or tiles, all samples of a pixel together or each in a plane
//! of its own (TIFF 6.0, sections 8 and 15).

use image::ImageResult;

use super::tags::TiffTags;
use crate::imaging::{
    container::ifd::tag,
    decode::errors::{broken, cut_off, unsupported},
};

/// Strips and tiles.
pub struct ChunkLayout {
    /// The picture's width and height, in px.
    pub size: (usize, usize),
    /// A strip's or tile's, in px. What of it lies outside the picture is there, too.
    pub chunk: (usize, usize),
    /// 1, or as many as a pixel has samples.
    pub planes: usize,
    /// The place and the declared length of each, in bytes. Plane after plane, row after row.
    places: Vec<(usize, Option<usize>)>,
}

/// A strip or tile.
pub struct Chunk {
    /// Its place among those of the picture.
    index: usize,
    pub plane: usize,
    /// Its left edge in the picture, in px.
    pub left: usize,
}

impl ChunkLayout {
    /// By the tags.
    ///
    /// # Errors
    /// When it contradicts itself.
    pub fn of(tags: &TiffTags, size: (usize, usize), samples: usize) -> ImageResult<Self> {
        let (width, height) = size;
        let planes = match tags.number(tag::PLANAR)? {
            Some(2) => samples,
            Some(1) | None => 1,
            Some(other) => return Err(unsupported(format!("samples in order {other}"))),
        };
        let side = |tag, otherwise: usize| {
            let side = tags.number(tag)?.map_or(Some(otherwise), |side| usize::try_from(side).ok());
            side.filter(|&side| side > 0).ok_or_else(|| broken("TIFF", "its strips or tiles have no pixels"))
        };
        let tiled = tags.numbers(tag::TILE_OFFSETS)?;
        // Some programs name the strips' tags where there are tiles.
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
        let offsets = offsets.ok_or_else(|| broken("TIFF", "it does not say where its pixels are"))?;
        let lengths = lengths.unwrap_or_default();
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let length = |index: usize| lengths.get(index).copied().filter(|&length| length > 0).map(whole);
        let mut layout = Self { size, chunk, planes, places: Vec::new() };
        let count = layout.across().saturating_mul(layout.down()).saturating_mul(planes);
        if offsets.len() < count {
            return Err(broken("TIFF", format!("it has {} of its {count} strips or tiles", offsets.len())));
        }
        let places = offsets.iter().take(count).enumerate();
        layout.places = places.map(|(index, &at)| (whole(at), length(index))).collect();
        Ok(layout)
    }

    fn across(&self) -> usize {
        self.size.0.div_ceil(self.chunk.0)
    }

    fn down(&self) -> usize {
        self.size.1.div_ceil(self.chunk.1)
    }

    /// How many of a pixel's samples a strip or tile holds, of all.
    pub fn together(&self, samples: usize) -> usize {
        if self.planes > 1 { 1 } else { samples }
    }

    /// Those of a row of strips or tiles, of the first planes.
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

    /// The bytes of a strip or tile. One that has no end, or too few bytes for its `length` where it is the only one,
    /// reaches to the end of the file.
    ///
    /// # Errors
    /// When it begins behind the end of the file.
    pub fn data<'a>(&self, chunk: &Chunk, bytes: &'a [u8], length: Option<usize>) -> ImageResult<&'a [u8]> {
        let (at, said) = self.places[chunk.index];
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty()).ok_or_else(cut_off)?;
        let only = self.places.len() == 1;
        let said = said.filter(|&said| !(only && length.is_some_and(|length| said < length)));
        Ok(&rest[..said.map_or(rest.len(), |said| said.min(rest.len()))])
    }
}
