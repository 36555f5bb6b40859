//! The items of a file: their data, properties and references, and the pictures they form.

use std::collections::HashMap;

use image::metadata::Orientation;
use img_parts::Bytes;

use super::{
    Codec, ContainerError, HeifImage, Tile,
    codec::SampleFormat,
    item_boxes::{ItemInfo, Location, Name, Reference, associations, infos, locations, references},
    reader::Reader,
};
use crate::imaging::container::boxes::{ALPHA, NamedBox, find};

/// Minimum side of the tiles of a grid, in px (ISO/IEC 23000-22), so that a small file can't cause endless work.
const MIN_TILE: u32 = 64;
/// The tiles of a picture, which can be the same item repeatedly, have at most so many times the bytes of the file.
const MAX_REPEATS: usize = 16;

/// The items of a file.
pub struct Items<'a> {
    file: &'a Bytes,
    /// Id of the primary item.
    pub primary: u64,
    pub infos: HashMap<u64, ItemInfo<'a>>,
    references: Vec<Reference>,
    properties: Vec<NamedBox<'a>>,
    /// An item's properties, counted from 1.
    associations: HashMap<u64, Vec<usize>>,
    locations: HashMap<u64, Location>,
    /// Content of the `idat` box.
    idat: &'a [u8],
}

impl<'a> Items<'a> {
    /// Reads the `meta` box. None if it is damaged; Some(None) if there is no primary item.
    pub fn read(file: &'a Bytes, contents: &'a [u8]) -> Option<Option<Self>> {
        let mut contents = Reader(contents);
        contents.version()?;
        let boxes = contents.boxes();
        let infos = infos(find(&boxes, b"iinf")?)?;
        let primary = match find(&boxes, b"pitm") {
            Some(primary) => {
                let mut primary = Reader(primary);
                let (version, _) = primary.version()?;
                primary.number(if version == 0 { 2 } else { 4 })?
            }
            // Some animations omit it, and have a single item.
            None => match infos.keys().collect::<Vec<_>>()[..] {
                [only] => *only,
                _ => return Some(None),
            },
        };
        let mut items = Self {
            file,
            primary,
            infos,
            references: find(&boxes, b"iref").map_or(Some(Vec::new()), references)?,
            properties: Vec::new(),
            associations: HashMap::new(),
            locations: locations(find(&boxes, b"iloc")?)?,
            idat: find(&boxes, b"idat").unwrap_or_default(),
        };
        for (name, contents) in Reader(find(&boxes, b"iprp")?).boxes() {
            match &name {
                b"ipco" => items.properties = Reader(contents).boxes(),
                b"ipma" => items.associations.extend(associations(contents)?),
                _ => {}
            }
        }
        Some(Some(items))
    }

    /// All references of a type: source and target.
    pub fn references(&self, kind: &'static Name) -> impl Iterator<Item = (u64, u64)> {
        let references = self.references.iter().filter(move |reference| reference.kind == *kind);
        references.flat_map(|reference| reference.to.iter().map(|to| (reference.from, *to)))
    }

    /// Whether an item is an alpha picture.
    pub fn is_alpha(&self, id: u64) -> bool {
        let name = self.property(id, b"auxC").and_then(|contents| contents.get(4..)).unwrap_or_default();
        ALPHA.contains(&name.split(|&byte| byte == 0).next().unwrap_or_default())
    }

    /// An item's properties, in order.
    fn properties(&self, id: u64) -> impl Iterator<Item = NamedBox<'a>> {
        let indices = self.associations.get(&id).into_iter().flatten();
        indices.filter_map(|index| self.properties.get(index.checked_sub(1)?).copied())
    }

    /// An item's first property of a type.
    pub fn property(&self, id: u64, name: &Name) -> Option<&'a [u8]> {
        self.properties(id).find(|(other, _)| other == name).map(|(_, contents)| contents)
    }

    /// The primary item's colour information of a type.
    pub fn colours(&self, wanted: impl Fn(&Name) -> bool) -> Option<&'a [u8]> {
        let all = self.properties(self.primary).filter(|(name, _)| name == b"colr");
        all.filter_map(|(_, contents)| contents.split_first_chunk())
            .find(|(kind, _)| wanted(kind))
            .map(|(_, rest)| rest)
    }

    /// The parts of an item's bytes.
    fn extents(&self, id: u64) -> Result<Vec<&[u8]>, ContainerError> {
        let location = self.locations.get(&id).ok_or(ContainerError::Damaged)?;
        let whole = if location.in_idat { self.idat } else { self.file };
        let part = |&(at, length): &(usize, usize)| {
            let rest = whole.get(at..)?;
            if length == 0 { Some(rest) } else { rest.get(..length) }
        };
        location.extents.iter().map(|extent| part(extent).ok_or(ContainerError::Truncated)).collect()
    }

    /// An item's bytes; copied only if they are in several extents.
    pub fn data(&self, id: u64) -> Result<Bytes, ContainerError> {
        let extents = self.extents(id)?;
        match extents[..] {
            [extent] => Ok(self.file.slice_ref(extent)),
            // Overlapping extents could expand to much more than the file.
            _ if extents.iter().map(|extent| extent.len()).sum::<usize>() > self.file.len() => {
                Err(ContainerError::Damaged)
            }
            _ => Ok(extents.concat().into()),
        }
    }

    /// Number of bytes that [`Self::data`] copies.
    fn copied_bytes(&self, id: u64) -> usize {
        let extents = self.locations.get(&id).map_or(&[][..], |location| &location.extents);
        // An extent of length 0 goes to the end.
        let length = |&(_, length): &(usize, usize)| if length == 0 { self.file.len() } else { length };
        if extents.len() < 2 { 0 } else { extents.iter().map(length).fold(0, usize::saturating_add) }
    }

    fn size(&self, id: u64) -> Option<(u32, u32)> {
        let mut size = Reader(self.property(id, b"ispe")?);
        size.version()?;
        size.size()
    }

    /// The picture of an item: a single one or a grid.
    pub fn picture(&self, id: u64) -> Result<HeifImage, ContainerError> {
        let size = self.size(id).ok_or(ContainerError::Damaged)?;
        match self.infos.get(&id).map(|info| &info.kind) {
            Some(kind) if Codec::of(kind).is_some() => self.picture_of_tiles(size, 1, &[id]),
            Some(b"grid") => {
                let columns = self.columns(id, size)?.ok_or(ContainerError::Damaged)?;
                self.picture_of_tiles(size, columns, self.parts(id))
            }
            Some(_) => Err(ContainerError::Unsupported("something other than AV1 or HEVC in it")),
            None => Err(ContainerError::Damaged),
        }
    }

    /// The tiles of a grid.
    pub fn parts(&self, id: u64) -> &[u64] {
        let parts = self.references.iter().find(|other| other.kind == *b"dimg" && other.from == id);
        parts.map_or(&[], |parts| &parts.to)
    }

    /// The picture made of these tiles.
    pub fn picture_of_tiles(
        &self,
        size: (u32, u32),
        columns: usize,
        tiles: &[u64],
    ) -> Result<HeifImage, ContainerError> {
        let first = *tiles.first().ok_or(ContainerError::Damaged)?;
        let codec_of = |tile| self.infos.get(tile).and_then(|info| Codec::of(&info.kind));
        let codec = codec_of(&first).filter(|codec| tiles.iter().all(|tile| codec_of(tile) == Some(*codec)));
        let codec = codec.ok_or(ContainerError::Unsupported("tiles that are not AV1 or HEVC pictures"))?;
        let tile = self.size(first).ok_or(ContainerError::Damaged)?;
        let (width, rows) = (u64::from(tile.0) * columns as u64, (tiles.len() / columns) as u64);
        let covers = width >= size.0.into() && u64::from(tile.1) * rows >= size.1.into();
        if !covers || tiles.iter().any(|other| self.size(*other) != Some(tile)) {
            return Err(ContainerError::Damaged);
        }
        let config = |tile| self.property(tile, codec.property()).ok_or(ContainerError::Damaged);
        let SampleFormat { deep, grey } = codec.format(config(first)?).ok_or(ContainerError::Damaged)?;
        // Tiles of several extents are copied, and each could be as long as the file.
        let copied: usize = tiles.iter().map(|tile| self.copied_bytes(*tile)).fold(0, usize::saturating_add);
        if copied > self.file.len() {
            let is_cut_off = tiles.iter().any(|tile| matches!(self.extents(*tile), Err(ContainerError::Truncated)));
            return Err(if is_cut_off { ContainerError::Truncated } else { ContainerError::Damaged });
        }
        let tile_of = |&id| Ok(Tile { data: self.data(id)?, config: self.file.slice_ref(config(id)?) });
        let tiles = tiles.iter().map(tile_of).collect::<Result<Vec<_>, _>>()?;
        let bytes: usize = tiles.iter().map(|tile: &Tile| tile.data.len() + tile.config.len()).sum();
        if bytes / MAX_REPEATS > self.file.len() {
            return Err(ContainerError::Damaged);
        }
        Ok(HeifImage { codec, size, tile, columns, tiles, deep, grey })
    }

    /// Columns of a grid; none if the grid is inconsistent with other properties.
    fn columns(&self, id: u64, size: (u32, u32)) -> Result<Option<usize>, ContainerError> {
        let data = self.data(id)?;
        let columns = || {
            let mut reader = Reader(&data);
            let (wide, rows, columns) = (reader.number(2)? & 1, reader.number(1)? + 1, reader.number(1)? + 1);
            let bytes = if wide == 1 { 4 } else { 2 };
            let grid_size = (reader.number(bytes)? as u32, reader.number(bytes)? as u32);
            let tiles = self.parts(id);
            let (width, height) = self.size(*tiles.first()?)?;
            // The tiles must cover the picture, and none may be outside.
            let covers = |side: u32, tile: u32, count: u64| {
                let (side, tile) = (u64::from(side), u64::from(tile));
                tile >= MIN_TILE.into() && tile * count >= side && tile * (count - 1) < side
            };
            let fits = covers(size.0, width, columns) && covers(size.1, height, rows);
            let count = tiles.len() as u64 == rows * columns;
            (grid_size == size && fits && count).then_some(columns as usize)
        };
        Ok(columns())
    }

    /// Combines the rotation (anticlockwise, applied first) and the mirroring.
    pub fn orientation(&self) -> Orientation {
        let byte = |name| self.property(self.primary, name).and_then(|contents| contents.first());
        let quarters = byte(b"irot").map_or(0, |angle| angle & 3);
        match (quarters, byte(b"imir").map(|axis| axis & 1)) {
            (0, None) => Orientation::NoTransforms,
            (1, None) => Orientation::Rotate270,
            (2, None) => Orientation::Rotate180,
            (_, None) => Orientation::Rotate90,
            // Axis 0 swaps top and bottom, 1 left and right.
            (0, Some(1)) | (2, Some(0)) => Orientation::FlipHorizontal,
            (2, Some(1)) | (0, Some(0)) => Orientation::FlipVertical,
            (1, Some(1)) | (3, Some(0)) => Orientation::Rotate270FlipH,
            (_, Some(_)) => Orientation::Rotate90FlipH,
        }
    }
}
