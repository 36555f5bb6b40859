//! Parses the boxes that describe the items of a file: types, references, properties, locations.

use std::collections::HashMap;

use super::reader::Reader;

/// A four-character code.
pub type Name = [u8; 4];

/// Type of an item, and the content type of a MIME item.
#[derive(Clone, Copy)]
pub struct ItemInfo<'a> {
    pub kind: Name,
    pub content: &'a [u8],
}

/// A reference of an item to others.
pub struct Reference {
    pub kind: Name,
    pub from: u64,
    pub to: Vec<u64>,
}

/// Location of an item's bytes.
pub struct Location {
    /// Whether they are in the `idat` box, instead of the file.
    pub in_idat: bool,
    /// Offset and length (0: to the end) of each extent.
    pub extents: Vec<(usize, usize)>,
}

/// Parses `iinf`: the items by id.
pub fn infos(contents: &[u8]) -> Option<HashMap<u64, ItemInfo<'_>>> {
    let mut reader = Reader(contents);
    let (version, _) = reader.version()?;
    reader.number(if version == 0 { 2 } else { 4 })?;
    let info = |contents| {
        let mut entry = Reader(contents);
        // Versions 0 and 1 have no item type.
        let id = match entry.version()?.0 {
            2 => entry.number(2)?,
            3 => entry.number(4)?,
            _ => return None,
        };
        entry.number(2)?;
        let kind = *entry.bytes(4)?.first_chunk()?;
        // The name, then the content type.
        let content = entry.0.split(|&byte| byte == 0).nth(1).unwrap_or_default();
        Some((id, ItemInfo { kind, content }))
    };
    let entries = reader.boxes().into_iter().filter(|(name, _)| name == b"infe");
    Some(entries.filter_map(|(_, contents)| info(contents)).collect())
}

/// Parses `iref`.
pub fn references(contents: &[u8]) -> Option<Vec<Reference>> {
    let mut reader = Reader(contents);
    let bytes = if reader.version()?.0 == 0 { 2 } else { 4 };
    let reference = |(kind, contents)| {
        let mut entry = Reader(contents);
        let (from, count) = (entry.number(bytes)?, entry.number(2)?);
        Some(Reference { kind, from, to: (0..count).map_while(|_| entry.number(bytes)).collect() })
    };
    reader.boxes().into_iter().map(reference).collect()
}

/// Parses `ipma`: the property indices of each item, counted from 1.
pub fn associations(contents: &[u8]) -> Option<Vec<(u64, Vec<usize>)>> {
    let mut reader = Reader(contents);
    let (version, flags) = reader.version()?;
    let count = reader.number(4)?;
    let mut entry = || {
        let id = reader.number(if version == 0 { 2 } else { 4 })?;
        let indices = reader.number(1)?;
        // The first bit means that the property is essential.
        let mut index = || match flags & 1 {
            1 => Some(reader.number(2)? as usize & 0x7FFF),
            _ => Some(reader.number(1)? as usize & 0x7F),
        };
        Some((id, (0..indices).map(|_| index()).collect::<Option<_>>()?))
    };
    (0..count).map(|_| entry()).collect()
}

/// Parses `iloc`: the locations by item id.
pub fn locations(contents: &[u8]) -> Option<HashMap<u64, Location>> {
    let mut reader = Reader(contents);
    let (version, _) = reader.version()?;
    let sizes = reader.number(2)?;
    let [offset, length, base, index] = [12, 8, 4, 0].map(|shift| (sizes >> shift & 0xF) as u8);
    let index = if version == 0 { 0 } else { index };
    // Extents of zero bytes in the box could be repeated arbitrarily often.
    if ![offset, length, base, index].iter().all(|size| matches!(size, 0 | 4 | 8)) || offset + length == 0 {
        return None;
    }
    let number = if version < 2 { 2 } else { 4 };
    let count = reader.number(number)?;
    let mut entry = || {
        let id = reader.number(number)?;
        let in_idat = match if version == 0 { 0 } else { reader.number(2)? & 0xF } {
            0 => false,
            1 => true,
            _ => return None,
        };
        reader.number(2)?;
        let start = reader.number(base)?;
        let count = reader.number(2)?;
        let mut extent = || {
            reader.number(index)?;
            let at = start.checked_add(reader.number(offset)?)?;
            Some((usize::try_from(at).ok()?, usize::try_from(reader.number(length)?).ok()?))
        };
        let extents = (0..count).map(|_| extent()).collect::<Option<_>>()?;
        Some((id, Location { in_idat, extents }))
    };
    (0..count).map(|_| entry()).collect()
}
