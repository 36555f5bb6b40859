//! The container of an AVIF's pictures (ISO/IEC 14496-12, 23008-12): its items, their properties, and where their bytes
//! are. Takes any bytes.

use std::collections::{HashMap, HashSet};

use image::metadata::Orientation;
use img_parts::Bytes;

use crate::{
    imaging::container::boxes::{ALPHA, NamedBox, boxes, find},
    pixels::Rect,
};

type Name = [u8; 4];

/// Tiles of a grid have at least so many px a side (ISO/IEC 23000-22), so that a small file
/// can't ask for endless work.
const LEAST_TILE: u32 = 64;

/// How a picture's numbers become colours (ITU-T H.273).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cicp {
    pub primaries: u8,
    pub transfer: u8,
    pub matrix: u8,
    /// Whether black is 0 and white the highest number.
    pub full_range: bool,
}

/// An image: one tile, or a grid of them.
#[derive(Debug)]
pub struct AvifImage {
    /// Width and height in px.
    pub size: (u32, u32),
    /// Width and height of each tile, in px.
    pub tile: (u32, u32),
    /// Tiles in a row of the grid.
    pub columns: usize,
    /// The tiles' bytes, AV1 units.
    pub tiles: Vec<Bytes>,
    /// Whether a channel has more than 8 bits.
    pub deep: bool,
    /// Whether it has no colours.
    pub grey: bool,
}

/// A file's main image.
#[derive(Debug)]
pub struct Container {
    pub picture: AvifImage,
    pub alpha: Option<AvifImage>,
    /// Whether the colours are multiplied by the transparency.
    pub premultiplied: bool,
    pub icc: Option<Vec<u8>>,
    pub cicp: Option<Cicp>,
    /// Empty where they are damaged.
    pub exif: Option<Vec<u8>>,
    pub xmp: Option<Vec<u8>>,
    /// The part of the images that is shown, before it is turned; none for all.
    pub crop: Option<Rect>,
    pub orientation: Orientation,
    pub animation: bool,
}

/// Why a file is not read.
#[derive(Debug, PartialEq, Eq)]
pub enum ContainerError {
    /// It contradicts itself.
    Damaged,
    /// It ends before its picture does.
    CutOff,
    /// The end of the sentence "a picture with …".
    Unsupported(&'static str),
}

/// Reads numbers and bytes one after the other; none once they end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    /// A whole number of 0 to 8 bytes.
    fn number(&mut self, bytes: u8) -> Option<u64> {
        Some(self.bytes(bytes.into())?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// The version of a full box, and its last flags.
    fn version(&mut self) -> Option<(u8, u8)> {
        let head = self.bytes(4)?;
        Some((head[0], head[3]))
    }

    /// Two numbers of 4 bytes.
    fn size(&mut self) -> Option<(u32, u32)> {
        Some((self.number(4)? as u32, self.number(4)? as u32))
    }

    /// The boxes that follow, up to the first that is not whole.
    fn boxes(self) -> Vec<NamedBox<'a>> {
        boxes(self.0).collect()
    }
}

/// The kind of an item, and the media type of a text.
#[derive(Clone, Copy)]
struct Info<'a> {
    kind: Name,
    content: &'a [u8],
}

/// An item that refers to others.
struct Reference {
    kind: Name,
    from: u64,
    to: Vec<u64>,
}

/// Where an item's bytes are: offset and length (0: to the end), in the file or in the boxes.
struct Location {
    in_boxes: bool,
    parts: Vec<(usize, usize)>,
}

/// The items of a file.
struct Meta<'a> {
    file: &'a Bytes,
    primary: u64,
    infos: HashMap<u64, Info<'a>>,
    references: Vec<Reference>,
    properties: Vec<NamedBox<'a>>,
    /// An item's properties, counted from 1.
    associations: HashMap<u64, Vec<usize>>,
    locations: HashMap<u64, Location>,
    within: &'a [u8],
}

/// Reads a file's boxes.
///
/// # Errors
/// When they are damaged, or hold something that is not read.
pub fn read(file: &Bytes) -> Result<Container, ContainerError> {
    let boxes = Reader(file).boxes();
    let animation = find(&boxes, b"moov").is_some();
    let meta = match find(&boxes, b"meta") {
        Some(contents) => match Meta::read(file, contents).ok_or(ContainerError::Damaged)? {
            Some(meta) => meta,
            None if animation => return Err(ContainerError::Unsupported("an animation and no still picture")),
            None => return Err(ContainerError::Damaged),
        },
        None if animation => return Err(ContainerError::Unsupported("an animation and no still picture")),
        None => return Err(ContainerError::CutOff),
    };
    let described = |wanted: &dyn Fn(&Info) -> bool| {
        let describing = meta.references(b"cdsc").filter(|(_, to)| *to == meta.primary);
        let id = describing.map(|(from, _)| from).find(|id| meta.infos.get(id).is_some_and(wanted))?;
        Some(meta.data(id).unwrap_or_default())
    };
    let picture = meta.picture(meta.primary)?;
    // Looked up for each tile, of which there may be as many as there are references.
    let mut alphas = HashMap::new();
    meta.references(b"auxl").filter(|(from, _)| meta.is_alpha(*from)).for_each(|(from, to)| {
        alphas.entry(to).or_insert(from);
    });
    let premultiplied: HashSet<_> = meta.references(b"prem").collect();
    let alpha_of = |id| alphas.get(&id).copied();
    let is_premultiplied = |id, alpha| premultiplied.contains(&(id, alpha));
    let parts = meta.parts(meta.primary);
    let (alpha, premultiplied) = match alpha_of(meta.primary) {
        Some(id) => (Some(meta.picture(id)?), is_premultiplied(meta.primary, id)),
        // Each tile may have its own.
        None => match parts.iter().filter_map(|&part| Some((part, alpha_of(part)?))).collect::<Vec<_>>() {
            alphas if alphas.is_empty() => (None, false),
            alphas if alphas.len() == parts.len() => {
                let tiles: Vec<_> = alphas.iter().map(|(_, alpha)| *alpha).collect();
                let premultiplied = alphas.iter().any(|&(part, alpha)| is_premultiplied(part, alpha));
                (Some(meta.picture_of_tiles(picture.size, picture.columns, &tiles)?), premultiplied)
            }
            _ => return Err(ContainerError::Unsupported("transparency in some of its tiles")),
        },
    };
    if alpha.as_ref().is_some_and(|alpha| alpha.size != picture.size) {
        return Err(ContainerError::Unsupported("transparency of another size than its colours"));
    }
    let crop = meta.property(meta.primary, b"clap").and_then(|contents| clean_aperture(contents, picture.size));
    Ok(Container {
        picture,
        alpha,
        premultiplied,
        icc: meta.colours(|kind| matches!(kind, b"prof" | b"rICC")).map(<[u8]>::to_vec),
        cicp: meta.colours(|kind| kind == b"nclx").and_then(cicp),
        // The offset of the TIFF header precedes the block.
        exif: described(&|info| info.kind == *b"Exif").map(|data| {
            let start = Reader(&data).number(4).map_or(0, |start| start as usize);
            start.checked_add(4).and_then(|start| data.get(start..)).unwrap_or_default().to_vec()
        }),
        xmp: described(&|info| info.kind == *b"mime" && info.content == b"application/rdf+xml").map(Vec::from),
        crop,
        orientation: meta.orientation(),
        animation,
    })
}

impl<'a> Meta<'a> {
    /// None where it is damaged; Some(None) where it does not say which item is the main one.
    fn read(file: &'a Bytes, contents: &'a [u8]) -> Option<Option<Self>> {
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
            // Some animations leave it out, and hold one item.
            None => match infos.keys().collect::<Vec<_>>()[..] {
                [only] => *only,
                _ => return Some(None),
            },
        };
        let mut meta = Self {
            file,
            primary,
            infos,
            references: find(&boxes, b"iref").map_or(Some(Vec::new()), references)?,
            properties: Vec::new(),
            associations: HashMap::new(),
            locations: locations(find(&boxes, b"iloc")?)?,
            within: find(&boxes, b"idat").unwrap_or_default(),
        };
        for (name, contents) in Reader(find(&boxes, b"iprp")?).boxes() {
            match &name {
                b"ipco" => meta.properties = Reader(contents).boxes(),
                b"ipma" => meta.associations.extend(associations(contents)?),
                _ => {}
            }
        }
        Some(Some(meta))
    }

    /// All references of a kind: from which item to which.
    fn references(&self, kind: &'static Name) -> impl Iterator<Item = (u64, u64)> {
        let references = self.references.iter().filter(move |reference| reference.kind == *kind);
        references.flat_map(|reference| reference.to.iter().map(|to| (reference.from, *to)))
    }

    fn is_alpha(&self, id: u64) -> bool {
        let name = self.property(id, b"auxC").and_then(|contents| contents.get(4..)).unwrap_or_default();
        ALPHA.contains(&name.split(|&byte| byte == 0).next().unwrap_or_default())
    }

    /// An item's properties, in their order.
    fn properties(&self, id: u64) -> impl Iterator<Item = NamedBox<'a>> {
        let indices = self.associations.get(&id).into_iter().flatten();
        indices.filter_map(|index| self.properties.get(index.checked_sub(1)?).copied())
    }

    fn property(&self, id: u64, name: &Name) -> Option<&'a [u8]> {
        self.properties(id).find(|(other, _)| other == name).map(|(_, contents)| contents)
    }

    /// The main picture's colours, of a kind.
    fn colours(&self, wanted: impl Fn(&Name) -> bool) -> Option<&'a [u8]> {
        let all = self.properties(self.primary).filter(|(name, _)| name == b"colr");
        all.filter_map(|(_, contents)| contents.split_first_chunk())
            .find(|(kind, _)| wanted(kind))
            .map(|(_, rest)| rest)
    }

    /// An item's bytes, copied only where they are in several parts.
    fn data(&self, id: u64) -> Result<Bytes, ContainerError> {
        let location = self.locations.get(&id).ok_or(ContainerError::Damaged)?;
        let whole = if location.in_boxes { self.within } else { self.file };
        let mut parts = Vec::new();
        for &(at, length) in &location.parts {
            let part = whole.get(at..).and_then(|part| if length == 0 { Some(part) } else { part.get(..length) });
            parts.push(part.ok_or(ContainerError::CutOff)?);
        }
        match parts[..] {
            [part] => Ok(self.file.slice_ref(part)),
            // Parts that overlap could make much out of little.
            _ if parts.iter().map(|part| part.len()).sum::<usize>() > self.file.len() => Err(ContainerError::Damaged),
            _ => Ok(parts.concat().into()),
        }
    }

    /// How many bytes of an item's data are copied.
    fn copied_bytes(&self, id: u64) -> usize {
        let parts = self.locations.get(&id).map_or(&[][..], |location| &location.parts);
        // One without a length reaches to the end.
        let length = |&(_, length): &(usize, usize)| if length == 0 { self.file.len() } else { length };
        if parts.len() < 2 { 0 } else { parts.iter().map(length).fold(0, usize::saturating_add) }
    }

    fn size(&self, id: u64) -> Option<(u32, u32)> {
        let mut size = Reader(self.property(id, b"ispe")?);
        size.version()?;
        size.size()
    }

    fn picture(&self, id: u64) -> Result<AvifImage, ContainerError> {
        let size = self.size(id).ok_or(ContainerError::Damaged)?;
        match self.infos.get(&id).map(|info| &info.kind) {
            Some(b"av01") => self.picture_of_tiles(size, 1, &[id]),
            Some(b"grid") => {
                let columns = self.columns(id, size)?.ok_or(ContainerError::Damaged)?;
                self.picture_of_tiles(size, columns, self.parts(id))
            }
            Some(_) => Err(ContainerError::Unsupported("something other than AV1 in it")),
            None => Err(ContainerError::Damaged),
        }
    }

    /// The items that a picture is put together from.
    fn parts(&self, id: u64) -> &[u64] {
        let parts = self.references.iter().find(|other| other.kind == *b"dimg" && other.from == id);
        parts.map_or(&[], |parts| &parts.to)
    }

    fn picture_of_tiles(&self, size: (u32, u32), columns: usize, tiles: &[u64]) -> Result<AvifImage, ContainerError> {
        let is_av1 = |tile| self.infos.get(tile).is_some_and(|info| info.kind == *b"av01");
        if !tiles.iter().all(is_av1) {
            return Err(ContainerError::Unsupported("tiles that are no AV1 pictures"));
        }
        let first = *tiles.first().ok_or(ContainerError::Damaged)?;
        let tile = self.size(first).ok_or(ContainerError::Damaged)?;
        let (width, rows) = (u64::from(tile.0) * columns as u64, (tiles.len() / columns) as u64);
        let covers = width >= size.0.into() && u64::from(tile.1) * rows >= size.1.into();
        if !covers || tiles.iter().any(|other| self.size(*other) != Some(tile)) {
            return Err(ContainerError::Damaged);
        }
        // Profile and level, then: tier, more than 8 bits, 12 bits, no colours.
        let flags =
            self.property(first, b"av1C").and_then(|contents| contents.get(2)).ok_or(ContainerError::Damaged)?;
        // Those in several parts are copied, and each could be as long as the file.
        let copied: usize = tiles.iter().map(|tile| self.copied_bytes(*tile)).fold(0, usize::saturating_add);
        if copied > self.file.len() {
            return Err(ContainerError::Damaged);
        }
        let tiles = tiles.iter().map(|tile| self.data(*tile)).collect::<Result<_, _>>()?;
        Ok(AvifImage { size, tile, columns, tiles, deep: flags & 0x40 != 0, grey: flags & 0x10 != 0 })
    }

    /// Tiles in a row of a grid; none where the grid contradicts other properties.
    fn columns(&self, id: u64, size: (u32, u32)) -> Result<Option<usize>, ContainerError> {
        let data = self.data(id)?;
        let columns = || {
            let mut reader = Reader(&data);
            let (wide, rows, columns) = (reader.number(2)? & 1, reader.number(1)? + 1, reader.number(1)? + 1);
            let bytes = if wide == 1 { 4 } else { 2 };
            let whole = (reader.number(bytes)? as u32, reader.number(bytes)? as u32);
            let tiles = self.parts(id);
            let (width, height) = self.size(*tiles.first()?)?;
            // They cover the picture, and none lies outside it.
            let covers = |side: u32, tile: u32, count: u64| {
                let (side, tile) = (u64::from(side), u64::from(tile));
                tile >= LEAST_TILE.into() && tile * count >= side && tile * (count - 1) < side
            };
            let fits = covers(size.0, width, columns) && covers(size.1, height, rows);
            let count = tiles.len() as u64 == rows * columns;
            (whole == size && fits && count).then_some(columns as usize)
        };
        Ok(columns())
    }

    /// Turns to the left by quarters come first, then a flip.
    fn orientation(&self) -> Orientation {
        let byte = |name| self.property(self.primary, name).and_then(|contents| contents.first());
        let quarters = byte(b"irot").map_or(0, |angle| angle & 3);
        match (quarters, byte(b"imir").map(|axis| axis & 1)) {
            (0, None) => Orientation::NoTransforms,
            (1, None) => Orientation::Rotate270,
            (2, None) => Orientation::Rotate180,
            (_, None) => Orientation::Rotate90,
            // Axis 0 exchanges top and bottom, 1 left and right.
            (0, Some(1)) | (2, Some(0)) => Orientation::FlipHorizontal,
            (2, Some(1)) | (0, Some(0)) => Orientation::FlipVertical,
            (1, Some(1)) | (3, Some(0)) => Orientation::Rotate270FlipH,
            (_, Some(_)) => Orientation::Rotate90FlipH,
        }
    }
}

/// The part of a picture of that size that is shown (ISO/IEC 14496-12, the clean aperture): a width and a height, and
/// how far its middle is from the picture's, each a fraction. Rounded to whole px; none where it lies outside.
fn clean_aperture(contents: &[u8], (width, height): (u32, u32)) -> Option<Rect> {
    let mut reader = Reader(contents);
    let mut fraction = || {
        let (above, below) = (reader.number(4)? as u32, reader.number(4)? as u32);
        (below > 0).then(|| (f64::from(above), f64::from(above.cast_signed()), f64::from(below)))
    };
    let [across, down, right, below] = [fraction()?, fraction()?, fraction()?, fraction()?];
    let range = |whole: u32, (length, _, below): (f64, f64, f64), (_, offset, parts): (f64, f64, f64)| {
        let (whole, length) = (f64::from(whole), (length / below).round());
        let start = (offset / parts + (whole - length) / 2.0).floor();
        (length >= 1.0 && start >= 0.0 && start + length <= whole).then_some((start as usize, length as usize))
    };
    let ((x, width), (y, height)) = (range(width, across, right)?, range(height, down, below)?);
    Some(Rect::new(x, y, width, height))
}

fn cicp(contents: &[u8]) -> Option<Cicp> {
    let mut reader = Reader(contents);
    let mut number = |bytes| reader.number(bytes).map(|number| number.min(255) as u8);
    Some(Cicp { primaries: number(2)?, transfer: number(2)?, matrix: number(2)?, full_range: number(1)? & 0x80 != 0 })
}

fn infos(contents: &[u8]) -> Option<HashMap<u64, Info<'_>>> {
    let mut reader = Reader(contents);
    let (version, _) = reader.version()?;
    reader.number(if version == 0 { 2 } else { 4 })?;
    let info = |contents| {
        let mut entry = Reader(contents);
        // Versions 0 and 1 have no kind.
        let id = match entry.version()?.0 {
            2 => entry.number(2)?,
            3 => entry.number(4)?,
            _ => return None,
        };
        entry.number(2)?;
        let kind = *entry.bytes(4)?.first_chunk()?;
        // A name, then a text's kind.
        let content = entry.0.split(|&byte| byte == 0).nth(1).unwrap_or_default();
        Some((id, Info { kind, content }))
    };
    let entries = reader.boxes().into_iter().filter(|(name, _)| name == b"infe");
    Some(entries.filter_map(|(_, contents)| info(contents)).collect())
}

fn references(contents: &[u8]) -> Option<Vec<Reference>> {
    let mut reader = Reader(contents);
    let bytes = if reader.version()?.0 == 0 { 2 } else { 4 };
    let reference = |(kind, contents)| {
        let mut entry = Reader(contents);
        let (from, count) = (entry.number(bytes)?, entry.number(2)?);
        Some(Reference { kind, from, to: (0..count).map_while(|_| entry.number(bytes)).collect() })
    };
    reader.boxes().into_iter().map(reference).collect()
}

fn associations(contents: &[u8]) -> Option<Vec<(u64, Vec<usize>)>> {
    let mut reader = Reader(contents);
    let (version, flags) = reader.version()?;
    let count = reader.number(4)?;
    let mut entry = || {
        let id = reader.number(if version == 0 { 2 } else { 4 })?;
        let indices = reader.number(1)?;
        // The first bit: whether the property is essential.
        let mut index = || match flags & 1 {
            1 => Some(reader.number(2)? as usize & 0x7FFF),
            _ => Some(reader.number(1)? as usize & 0x7F),
        };
        Some((id, (0..indices).map(|_| index()).collect::<Option<_>>()?))
    };
    (0..count).map(|_| entry()).collect()
}

fn locations(contents: &[u8]) -> Option<HashMap<u64, Location>> {
    let mut reader = Reader(contents);
    let (version, _) = reader.version()?;
    let sizes = reader.number(2)?;
    let [offset, length, base, index] = [12, 8, 4, 0].map(|shift| (sizes >> shift & 0xF) as u8);
    let index = if version == 0 { 0 } else { index };
    // A part that takes no bytes could be there any number of times.
    if ![offset, length, base, index].iter().all(|size| matches!(size, 0 | 4 | 8)) || offset + length == 0 {
        return None;
    }
    let number = if version < 2 { 2 } else { 4 };
    let count = reader.number(number)?;
    let mut entry = || {
        let id = reader.number(number)?;
        let in_boxes = match if version == 0 { 0 } else { reader.number(2)? & 0xF } {
            0 => false,
            1 => true,
            _ => return None,
        };
        reader.number(2)?;
        let start = reader.number(base)?;
        let parts = reader.number(2)?;
        let mut part = || {
            reader.number(index)?;
            let at = start.checked_add(reader.number(offset)?)?;
            Some((usize::try_from(at).ok()?, usize::try_from(reader.number(length)?).ok()?))
        };
        let parts = (0..parts).map(|_| part()).collect::<Option<_>>()?;
        Some((id, Location { in_boxes, parts }))
    };
    (0..count).map(|_| entry()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_box(name: &Name, parts: &[&[u8]]) -> Vec<u8> {
        let contents = parts.concat();
        [&(contents.len() as u32 + 8).to_be_bytes()[..], name, &contents].concat()
    }

    /// A grid of 2 × 1 tiles (items 2 and 3, of 64 × 64 px), each of which lies in these parts of the file, with further
    /// references.
    fn grid(parts: &[(u32, u32)], references: &[u8]) -> Bytes {
        let item = |id: u8, kind: &Name| a_box(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], kind, b"\0"]);
        let place = |id: u8, in_boxes: u8, parts: &[(u32, u32)]| {
            let parts = parts.iter().flat_map(|(at, length)| [at.to_be_bytes(), length.to_be_bytes()]);
            let head = [0, id, 0, in_boxes, 0, 0, 0, (parts.clone().count() / 2) as u8];
            [&head[..], &parts.collect::<Vec<_>>().concat()].concat()
        };
        let size = |width: u8| a_box(b"ispe", &[&[0; 4], &[0, 0, 0, width, 0, 0, 0, 64]]);
        let properties = a_box(b"ipco", &[&size(128), &size(64), &a_box(b"av1C", &[&[0x81, 0, 0, 0]])]);
        let which = [0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 1, 1, 0, 2, 2, 2, 3, 0, 3, 2, 2, 3];
        let meta = [
            a_box(b"pitm", &[&[0, 0, 0, 0, 0, 1]]),
            a_box(b"iinf", &[&[0, 0, 0, 0, 0, 3], &item(1, b"grid"), &item(2, b"av01"), &item(3, b"av01")]),
            a_box(b"iref", &[&[0; 4], &a_box(b"dimg", &[&[0, 1, 0, 2, 0, 2, 0, 3]]), references]),
            a_box(b"iprp", &[&properties, &a_box(b"ipma", &[&which])]),
            a_box(b"idat", &[&[0, 0, 0, 1, 0, 128, 0, 64]]),
            a_box(
                b"iloc",
                &[&[1, 0, 0, 0, 0x44, 0, 0, 3], &place(1, 1, &[(0, 8)]), &place(2, 0, parts), &place(3, 0, parts)],
            ),
        ];
        [a_box(b"ftyp", &[b"avif\0\0\0\0"]), a_box(b"meta", &[&[0; 4], &meta.concat()])].concat().into()
    }

    #[test]
    fn tiles_whose_parts_overlap_are_refused() {
        let file = grid(&[(0, 40), (40, 40)], &[]);
        let found = read(&file).unwrap();
        assert_eq!((found.picture.columns, found.picture.tiles[1].len()), (2, 80));
        // Each is shorter than the file, both together are longer.
        let length = file.len() as u32;
        assert_eq!(read(&grid(&[(0, length - 10), (0, 10)], &[])).unwrap_err(), ContainerError::Damaged);
    }

    /// Looking through all references for each tile would be the square of the file's size.
    #[test]
    fn many_references_are_searched_once() {
        let other = a_box(b"auxl", &[&[0, 9, 0, 1, 0, 8]]);
        let found = read(&grid(&[(0, 40)], &other.repeat(100_000))).unwrap();
        assert!(found.alpha.is_none());
    }
}
