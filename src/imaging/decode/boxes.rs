//! The boxes around an AVIF's pictures (ISO/IEC 14496-12, 23008-12): which items there are, what is said
//! of them, and where their bytes are. Reads any bytes; nothing in them is trusted.

use std::collections::HashMap;

use image::metadata::Orientation;
use img_parts::Bytes;

use crate::pixels::Rect;

type Name = [u8; 4];
type Box<'a> = (Name, &'a [u8]);

/// Tiles that are put together have at least so many px a side (ISO/IEC 23000-22), so that a small file
/// can't ask for endless work.
const LEAST_TILE: u32 = 64;

/// How a picture's numbers become colours (ITU-T H.273).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cicp {
    pub primaries: u8,
    pub transfer: u8,
    pub matrix: u8,
    /// Whether black is 0, or keeps a distance.
    pub full_range: bool,
}

/// A picture: one tile, or several in rows.
#[derive(Debug)]
pub struct Picture {
    /// Width and height in px.
    pub size: (u32, u32),
    /// Those of each tile.
    pub tile: (u32, u32),
    /// How many tiles are beside each other.
    pub columns: usize,
    /// The tiles' bytes, AV1 units.
    pub tiles: Vec<Bytes>,
    /// Whether a channel has more than 8 bits.
    pub deep: bool,
    /// Whether it has no colours.
    pub grey: bool,
}

/// A file with one picture in it.
#[derive(Debug)]
pub struct Container {
    pub picture: Picture,
    pub alpha: Option<Picture>,
    /// Whether the colours are multiplied by the transparency.
    pub premultiplied: bool,
    pub icc: Option<Vec<u8>>,
    pub cicp: Option<Cicp>,
    /// Empty where they are damaged.
    pub exif: Option<Vec<u8>>,
    pub xmp: Option<Vec<u8>>,
    /// The part of the pictures that is shown, before it is turned; all where it is none.
    pub shown: Option<Rect>,
    pub orientation: Orientation,
    pub animation: bool,
}

/// Why a file is not read.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
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

    /// The boxes that follow, as far as they are whole.
    fn boxes(mut self) -> Vec<Box<'a>> {
        std::iter::from_fn(|| self.next_box()).collect()
    }

    fn next_box(&mut self) -> Option<Box<'a>> {
        let whole = self.0.len();
        let length = self.number(4)?;
        let name = *self.bytes(4)?.first_chunk()?;
        let length = match length {
            0 => whole,
            1 => usize::try_from(self.number(8)?).ok()?,
            length => length as usize,
        };
        let header = whole - self.0.len();
        Some((name, self.bytes(length.checked_sub(header)?)?))
    }
}

fn find<'a>(boxes: &[Box<'a>], name: &Name) -> Option<&'a [u8]> {
    boxes.iter().find(|(other, _)| other == name).map(|(_, contents)| *contents)
}

/// What kind of item it is, and the kind of a text.
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

/// What the boxes say of a file.
struct Meta<'a> {
    file: &'a Bytes,
    primary: u64,
    infos: HashMap<u64, Info<'a>>,
    references: Vec<Reference>,
    properties: Vec<Box<'a>>,
    /// An item's properties, counted from 1.
    associations: HashMap<u64, Vec<usize>>,
    locations: HashMap<u64, Location>,
    within: &'a [u8],
}

/// Reads a file's boxes.
///
/// # Errors
/// When they are damaged, or hold something that is not read.
pub fn read(file: &Bytes) -> Result<Container, Refusal> {
    let boxes = Reader(file).boxes();
    let animation = find(&boxes, b"moov").is_some();
    let meta = match find(&boxes, b"meta") {
        Some(contents) => Meta::read(file, contents).ok_or(Refusal::Damaged)?,
        None if animation => return Err(Refusal::Unsupported("an animation and no still picture")),
        None => return Err(Refusal::CutOff),
    };
    let refers = |kind: &'static Name, to: u64| {
        meta.references
            .iter()
            .filter(move |other| other.kind == *kind && other.to.contains(&to))
            .map(|other| other.from)
    };
    let is_alpha = |id: &u64| {
        let name = meta.property(*id, b"auxC").and_then(|contents| contents.get(4..)).unwrap_or_default();
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        matches!(name, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha" | b"urn:mpeg:hevc:2015:auxid:1")
    };
    let described = |wanted: &dyn Fn(&Info) -> bool| {
        let id = refers(b"cdsc", meta.primary).find(|id| meta.infos.get(id).is_some_and(wanted))?;
        Some(meta.data(id).unwrap_or_default())
    };
    let picture = meta.picture(meta.primary)?;
    let alpha_of = |id| refers(b"auxl", id).find(is_alpha);
    let is_premultiplied = |id, alpha| refers(b"prem", alpha).any(|from| from == id);
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
            _ => return Err(Refusal::Unsupported("transparency in some of its tiles")),
        },
    };
    if alpha.as_ref().is_some_and(|alpha| alpha.size != picture.size) {
        return Err(Refusal::Unsupported("transparency of another size than its colours"));
    }
    let shown = meta.property(meta.primary, b"clap").and_then(|contents| shown(contents, picture.size));
    Ok(Container {
        picture,
        alpha,
        premultiplied,
        icc: meta.colours(|kind| matches!(kind, b"prof" | b"rICC")).map(<[u8]>::to_vec),
        cicp: meta.colours(|kind| kind == b"nclx").and_then(cicp),
        // Before the block stands where in it the TIFF header is.
        exif: described(&|info| info.kind == *b"Exif").map(|data| {
            let start = Reader(&data).number(4).map_or(0, |start| start as usize);
            start.checked_add(4).and_then(|start| data.get(start..)).unwrap_or_default().to_vec()
        }),
        xmp: described(&|info| info.kind == *b"mime" && info.content == b"application/rdf+xml").map(Vec::from),
        shown,
        orientation: meta.orientation(),
        animation,
    })
}

impl<'a> Meta<'a> {
    fn read(file: &'a Bytes, contents: &'a [u8]) -> Option<Self> {
        let mut contents = Reader(contents);
        contents.version()?;
        let boxes = contents.boxes();
        let mut primary = Reader(find(&boxes, b"pitm")?);
        let (version, _) = primary.version()?;
        let mut meta = Self {
            file,
            primary: primary.number(if version == 0 { 2 } else { 4 })?,
            infos: infos(find(&boxes, b"iinf")?)?,
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
        Some(meta)
    }

    /// An item's properties, in their order.
    fn properties(&self, id: u64) -> impl Iterator<Item = Box<'a>> {
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
    fn data(&self, id: u64) -> Result<Bytes, Refusal> {
        let location = self.locations.get(&id).ok_or(Refusal::Damaged)?;
        let whole = if location.in_boxes { self.within } else { self.file };
        let mut parts = Vec::new();
        for &(at, length) in &location.parts {
            let part = whole.get(at..).and_then(|part| if length == 0 { Some(part) } else { part.get(..length) });
            parts.push(part.ok_or(Refusal::CutOff)?);
        }
        match parts[..] {
            [part] => Ok(self.file.slice_ref(part)),
            // Parts that overlap could make much out of little.
            _ if parts.iter().map(|part| part.len()).sum::<usize>() > self.file.len() => Err(Refusal::Damaged),
            _ => Ok(parts.concat().into()),
        }
    }

    fn size(&self, id: u64) -> Option<(u32, u32)> {
        let mut size = Reader(self.property(id, b"ispe")?);
        size.version()?;
        size.size()
    }

    fn picture(&self, id: u64) -> Result<Picture, Refusal> {
        let size = self.size(id).ok_or(Refusal::Damaged)?;
        match self.infos.get(&id).map(|info| &info.kind) {
            Some(b"av01") => self.picture_of_tiles(size, 1, &[id]),
            Some(b"grid") => {
                let columns = self.columns(id, size)?.ok_or(Refusal::Damaged)?;
                self.picture_of_tiles(size, columns, self.parts(id))
            }
            Some(_) => Err(Refusal::Unsupported("something other than AV1 in it")),
            None => Err(Refusal::Damaged),
        }
    }

    /// The items that a picture is put together from.
    fn parts(&self, id: u64) -> &[u64] {
        let parts = self.references.iter().find(|other| other.kind == *b"dimg" && other.from == id);
        parts.map_or(&[], |parts| &parts.to)
    }

    fn picture_of_tiles(&self, size: (u32, u32), columns: usize, tiles: &[u64]) -> Result<Picture, Refusal> {
        let is_av1 = |tile| self.infos.get(tile).is_some_and(|info| info.kind == *b"av01");
        if !tiles.iter().all(is_av1) {
            return Err(Refusal::Unsupported("tiles that are no AV1 pictures"));
        }
        let first = *tiles.first().ok_or(Refusal::Damaged)?;
        let tile = self.size(first).ok_or(Refusal::Damaged)?;
        let (width, rows) = (u64::from(tile.0) * columns as u64, (tiles.len() / columns) as u64);
        let covers = width >= size.0.into() && u64::from(tile.1) * rows >= size.1.into();
        if !covers || tiles.iter().any(|other| self.size(*other) != Some(tile)) {
            return Err(Refusal::Damaged);
        }
        // Profile and level, then: tier, more than 8 bits, 12 bits, no colours.
        let flags = self.property(first, b"av1C").and_then(|contents| contents.get(2)).ok_or(Refusal::Damaged)?;
        let tiles = tiles.iter().map(|tile| self.data(*tile)).collect::<Result<_, _>>()?;
        Ok(Picture { size, tile, columns, tiles, deep: flags & 0x40 != 0, grey: flags & 0x10 != 0 })
    }

    /// How many tiles of a picture are in a row; none where that contradicts what else is said.
    fn columns(&self, id: u64, size: (u32, u32)) -> Result<Option<usize>, Refusal> {
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
fn shown(contents: &[u8], (width, height): (u32, u32)) -> Option<Rect> {
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
        // The first bit says that the property matters.
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
