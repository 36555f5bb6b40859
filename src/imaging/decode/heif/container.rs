//! The container of a HEIF file's pictures (ISO/IEC 14496-12, 23008-12): finds the primary picture, its alpha and its
//! metadata. Accepts arbitrary bytes.

mod codec;
mod item_boxes;
mod items;
mod reader;

use std::collections::{HashMap, HashSet};

use image::metadata::Orientation;
use img_parts::Bytes;

pub use self::codec::{Codec, HevcConfig};
use self::{item_boxes::ItemInfo, items::Items, reader::Reader};
use crate::{imaging::container::boxes::find, pixels::Rect};

/// Coding-independent code points (ITU-T H.273).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cicp {
    pub primaries: u8,
    pub transfer: u8,
    pub matrix: u8,
    /// Whether samples use the full range.
    pub full_range: bool,
}

/// A picture: one tile, or a grid of them.
#[derive(Debug)]
pub struct HeifImage {
    pub codec: Codec,
    /// Width and height in px.
    pub size: (u32, u32),
    /// Width and height of each tile, in px.
    pub tile: (u32, u32),
    /// Columns of the grid.
    pub columns: usize,
    pub tiles: Vec<Tile>,
    /// Whether it has more than 8 bits per channel.
    pub deep: bool,
    /// Whether it is monochrome.
    pub grey: bool,
}

/// A compressed picture, which alone or with others is a [`HeifImage`].
#[derive(Debug)]
pub struct Tile {
    /// AV1 OBUs, or HEVC units.
    pub data: Bytes,
    /// Its description: the content of [`Codec::property`].
    pub config: Bytes,
}

/// The content of a file.
#[derive(Debug)]
pub struct Container {
    pub picture: HeifImage,
    pub alpha: Option<HeifImage>,
    /// Whether alpha is premultiplied.
    pub premultiplied: bool,
    pub icc: Option<Vec<u8>>,
    pub cicp: Option<Cicp>,
    /// Empty if it is damaged.
    pub exif: Option<Vec<u8>>,
    /// Empty if it is damaged.
    pub xmp: Option<Vec<u8>>,
    /// The clean aperture, before the orientation is applied; none for the whole picture.
    pub crop: Option<Rect>,
    pub orientation: Orientation,
    pub animation: bool,
}

/// Why a file can't be read.
#[derive(Debug, PartialEq, Eq)]
pub enum ContainerError {
    /// It is inconsistent.
    Damaged,
    /// It ends before its picture does.
    Truncated,
    /// The end of the sentence "a picture with …".
    Unsupported(&'static str),
}

/// Reads a file's boxes.
///
/// # Errors
/// If they are damaged or unsupported.
pub fn read(file: &Bytes) -> Result<Container, ContainerError> {
    let boxes = Reader(file).boxes();
    let animation = find(&boxes, b"moov").is_some();
    let items = match find(&boxes, b"meta") {
        Some(contents) => match Items::read(file, contents).ok_or(ContainerError::Damaged)? {
            Some(items) => items,
            None if animation => return Err(ContainerError::Unsupported("an animation and no still picture")),
            None => return Err(ContainerError::Damaged),
        },
        None if animation => return Err(ContainerError::Unsupported("an animation and no still picture")),
        None => return Err(ContainerError::Truncated),
    };
    let described = |wanted: &dyn Fn(&ItemInfo) -> bool| {
        let describing = items.references(b"cdsc").filter(|(_, to)| *to == items.primary);
        let id = describing.map(|(from, _)| from).find(|id| items.infos.get(id).is_some_and(wanted))?;
        Some(items.data(id).unwrap_or_default())
    };
    let picture = items.picture(items.primary)?;
    // Maps, because there can be as many tiles as references.
    let mut alphas = HashMap::new();
    items.references(b"auxl").filter(|(from, _)| items.is_alpha(*from)).for_each(|(from, to)| {
        alphas.entry(to).or_insert(from);
    });
    let premultiplied: HashSet<_> = items.references(b"prem").collect();
    let alpha_of = |id| alphas.get(&id).copied();
    let is_premultiplied = |id, alpha| premultiplied.contains(&(id, alpha));
    let parts = items.parts(items.primary);
    let (alpha, premultiplied) = match alpha_of(items.primary) {
        Some(id) => (Some(items.picture(id)?), is_premultiplied(items.primary, id)),
        // Each tile can have its own.
        None => match parts.iter().filter_map(|&part| Some((part, alpha_of(part)?))).collect::<Vec<_>>() {
            alphas if alphas.is_empty() => (None, false),
            alphas if alphas.len() == parts.len() => {
                let tiles: Vec<_> = alphas.iter().map(|(_, alpha)| *alpha).collect();
                let premultiplied = alphas.iter().any(|&(part, alpha)| is_premultiplied(part, alpha));
                (Some(items.picture_of_tiles(picture.size, picture.columns, &tiles)?), premultiplied)
            }
            _ => return Err(ContainerError::Unsupported("alpha in some of its tiles")),
        },
    };
    if alpha.as_ref().is_some_and(|alpha| alpha.size != picture.size) {
        return Err(ContainerError::Unsupported("alpha of a different size"));
    }
    let crop = items.property(items.primary, b"clap").and_then(|contents| clean_aperture(contents, picture.size));
    Ok(Container {
        picture,
        alpha,
        premultiplied,
        icc: items.colours(|kind| matches!(kind, b"prof" | b"rICC")).map(<[u8]>::to_vec),
        cicp: items.colours(|kind| kind == b"nclx").and_then(cicp),
        // The offset of the TIFF header precedes the block.
        exif: described(&|info| info.kind == *b"Exif").map(|data| {
            let start = Reader(&data).number(4).map_or(0, |start| start as usize);
            start.checked_add(4).and_then(|start| data.get(start..)).unwrap_or_default().to_vec()
        }),
        xmp: described(&|info| info.kind == *b"mime" && info.content == b"application/rdf+xml").map(Vec::from),
        crop,
        orientation: items.orientation(),
        animation,
    })
}

/// Parses the clean aperture (ISO/IEC 14496-12) of a picture of that size: width, height, and the offset of its centre,
/// as fractions. Rounded to whole px; none if it is not inside the picture.
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

#[cfg(test)]
mod tests {
    use super::{item_boxes::Name, *};

    fn a_box(name: &Name, parts: &[&[u8]]) -> Vec<u8> {
        let contents = parts.concat();
        [&(contents.len() as u32 + 8).to_be_bytes()[..], name, &contents].concat()
    }

    /// A grid of 2 × 1 tiles (items 2 and 3, of 64 × 64 px) with these extents, and further references.
    fn grid(parts: &[(u32, u32)], references: &[u8]) -> Bytes {
        let item = |id: u8, kind: &Name| a_box(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], kind, b"\0"]);
        let location = |id: u8, in_idat: u8, parts: &[(u32, u32)]| {
            let parts = parts.iter().flat_map(|(at, length)| [at.to_be_bytes(), length.to_be_bytes()]);
            let head = [0, id, 0, in_idat, 0, 0, 0, (parts.clone().count() / 2) as u8];
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
                &[
                    &[1, 0, 0, 0, 0x44, 0, 0, 3],
                    &location(1, 1, &[(0, 8)]),
                    &location(2, 0, parts),
                    &location(3, 0, parts),
                ],
            ),
        ];
        [a_box(b"ftyp", &[b"avif\0\0\0\0"]), a_box(b"meta", &[&[0; 4], &meta.concat()])].concat().into()
    }

    #[test]
    fn tiles_with_overlapping_extents_are_refused() {
        let file = grid(&[(0, 40), (40, 40)], &[]);
        let found = read(&file).unwrap();
        assert_eq!((found.picture.columns, found.picture.tiles[1].data.len()), (2, 80));
        // Each is shorter than the file, but not both together.
        let length = file.len() as u32;
        assert_eq!(read(&grid(&[(0, length - 10), (0, 10)], &[])).unwrap_err(), ContainerError::Damaged);
    }

    /// Searching all references for each tile would take quadratic time.
    #[test]
    fn many_references_are_searched_once() {
        let other = a_box(b"auxl", &[&[0, 9, 0, 1, 0, 8]]);
        let found = read(&grid(&[(0, 40)], &other.repeat(100_000))).unwrap();
        assert!(found.alpha.is_none());
    }
}
