//! Edits EXIF blocks in place. Nothing in a block moves, because maker notes contain offsets in unknown formats. Values
//! that grow are appended.

use std::ops::Range;

use image::metadata::Orientation;

use super::resolution::{Resolution, Unit};
use crate::{
    imaging::container::ifd::{ByteOrder, Ifd, IfdEntry, IfdReader, kind, tag},
    pixels::Size,
};

/// Removes a container's header and the thumbnail, and resets the orientation. Returns the block and its original
/// orientation, if it has one; none if it is not an EXIF block.
pub fn upright(block: Vec<u8>) -> Option<(Vec<u8>, Option<Orientation>)> {
    let mut block = block.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec).unwrap_or(block);
    let reader = IfdReader::new(&block)?;
    let first = reader.first()?;
    let rotation = first.find(tag::ORIENTATION).and_then(|entry| Some((entry, reader.number(&entry)?)));
    let orientation = rotation.and_then(|(_, value)| Orientation::from_exif(u8::try_from(value).ok()?));
    let order = reader.order;
    let thumbnail = thumbnail(&reader, &first);
    if let Some((entry, _)) = rotation {
        put_number(&mut block, order, &entry, 1);
    }
    if first.next != 0 {
        put(&mut block, first.next_at(), &[0; 4]);
    }
    let mut end = block.len();
    for range in thumbnail.iter().rev() {
        block[range.clone()].fill(0);
        // Up to a byte of padding may follow.
        if range.end + 1 >= end {
            end = range.start;
        }
    }
    block.truncate(end);
    Some((block, orientation))
}

/// The disjoint ranges of the second directory, its values and its picture, in order, without those that other
/// directories use.
fn thumbnail(reader: &IfdReader, first: &Ifd) -> Vec<Range<usize>> {
    let Some(second) = reader.directory(first.next) else { return Vec::new() };
    let mut used = Vec::new();
    let exif = reader.child(first, tag::EXIF);
    let interoperability = exif.as_ref().and_then(|exif| reader.child(exif, tag::INTEROPERABILITY));
    for directory in [Some(first.clone()), exif, reader.child(first, tag::GPS), interoperability] {
        used.extend(directory.iter().flat_map(|directory| ranges(reader, directory)));
    }
    let mut found = ranges(reader, &second);
    for (start, bytes) in [(tag::THUMBNAIL_OFFSET, tag::THUMBNAIL_BYTES), (tag::STRIP_OFFSETS, tag::STRIP_BYTES)] {
        let number = |tag| reader.number(&second.find(tag)?).map(|value| value as usize);
        if let (Some(start), Some(bytes)) = (number(start), number(bytes)) {
            found.push(start..start.saturating_add(bytes).min(reader.bytes.len()));
        }
    }
    found.retain(|range| {
        8 <= range.start
            && range.start < range.end
            && !used.iter().any(|used: &Range<usize>| used.start < range.end && range.start < used.end)
    });
    found.sort_by_key(|range| range.start);
    // Thousands of values can share the same bytes.
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// The ranges of a directory and its values.
fn ranges(reader: &IfdReader, directory: &Ifd) -> Vec<Range<usize>> {
    let end = (directory.next_at() + 4).min(reader.bytes.len());
    let values = directory.entries.iter().filter_map(|entry| reader.range(entry));
    values.chain(std::iter::once(directory.at..end)).collect()
}

/// The block for a photo of that size, with `history` appended to its Software tag; a new one if there is only a history.
pub fn for_saving(block: Option<&[u8]>, size: Size, history: Option<&str>) -> Option<Vec<u8>> {
    let mut block = match (block, history) {
        (Some(block), _) => block.to_vec(),
        (None, Some(_)) => empty(),
        (None, None) => return None,
    };
    resize(&mut block, size);
    let Some(history) = history else { return Some(block) };
    let before = IfdReader::new(&block).and_then(|reader| {
        let entry = reader.first()?.find(tag::SOFTWARE).filter(|entry| entry.kind == kind::ASCII)?;
        let text = reader.value(&entry)?.split(|&byte| byte == 0).next()?.trim_ascii();
        (!text.is_empty()).then(|| text.to_vec())
    });
    let mut text = before.map(|before| [&before[..], b"; "].concat()).unwrap_or_default();
    text.extend(history.bytes());
    text.push(0);
    set(&mut block, &[(tag::SOFTWARE, kind::ASCII, text.len() as u32, text)]);
    Some(block)
}

/// Adds a print resolution, if the block has none.
pub fn with_resolution(block: Option<Vec<u8>>, resolution: Resolution) -> Option<Vec<u8>> {
    let has = |block: &[u8]| {
        IfdReader::new(block)
            .and_then(|reader| reader.first())
            .is_some_and(|first| first.find(tag::X_RESOLUTION).is_some())
    };
    let mut block = block.unwrap_or_else(empty);
    if !has(&block) {
        let order = IfdReader::new(&block)?.order;
        set(&mut block, &resolution_entries(resolution, order));
    }
    Some(block)
}

/// Tag, type, count and bytes of the three entries of a print resolution.
pub fn resolution_entries(resolution: Resolution, order: ByteOrder) -> [(u16, u16, u32, Vec<u8>); 3] {
    let [x, y] = resolution.fractions().map(|(above, below)| [order.u32(above), order.u32(below)].concat());
    let unit = match resolution.unit {
        Unit::Aspect => 1,
        Unit::Inch => 2,
        Unit::Centimetre => 3,
    };
    [
        (tag::X_RESOLUTION, kind::RATIONAL, 1, x),
        (tag::Y_RESOLUTION, kind::RATIONAL, 1, y),
        (tag::RESOLUTION_UNIT, kind::SHORT, 1, order.u16(unit).to_vec()),
    ]
}

/// The print resolution of a block or of a TIFF file.
pub fn resolution(reader: &IfdReader) -> Option<Resolution> {
    let first = reader.first()?;
    let x = reader.fraction(&first.find(tag::X_RESOLUTION)?)?;
    let y = first.find(tag::Y_RESOLUTION).and_then(|entry| reader.fraction(&entry)).unwrap_or(x);
    let unit = first.find(tag::RESOLUTION_UNIT).and_then(|entry| reader.number(&entry));
    Resolution::new(
        x,
        y,
        match unit {
            Some(1) => Unit::Aspect,
            Some(3) => Unit::Centimetre,
            _ => Unit::Inch,
        },
    )
}

/// A block without entries.
fn empty() -> Vec<u8> {
    [&ByteOrder::Little.header(8)[..], &[0; 6]].concat()
}

/// Updates the sizes in the block.
fn resize(block: &mut [u8], size: Size) {
    let Some(reader) = IfdReader::new(block) else { return };
    let Some(first) = reader.first() else { return };
    let exif = reader.child(&first, tag::EXIF);
    let interoperability = exif.as_ref().and_then(|exif| reader.child(exif, tag::INTEROPERABILITY));
    let places = [
        (Some(first), tag::WIDTH, tag::HEIGHT),
        (exif, tag::PIXEL_WIDTH, tag::PIXEL_HEIGHT),
        (interoperability, tag::RELATED_WIDTH, tag::RELATED_HEIGHT),
    ];
    let order = reader.order;
    for (directory, width, height) in places {
        let Some(directory) = directory else { continue };
        for (tag, px) in [(width, size.width), (height, size.height)] {
            if let (Some(entry), Ok(px)) = (directory.find(tag), u32::try_from(px)) {
                put_number(block, order, &entry, px);
            }
        }
    }
}

/// Sets entries of the first directory, which is moved to the end if it grows.
fn set(block: &mut Vec<u8>, new: &[(u16, u16, u32, Vec<u8>)]) {
    let Some(reader) = IfdReader::new(block) else { return };
    let (order, Some(first)) = (reader.order, reader.first()) else { return };
    let mut records: Vec<(u16, Vec<u8>)> =
        first.entries.iter().map(|entry| (entry.tag, block[entry.at..entry.at + 12].to_vec())).collect();
    for (tag, kind, count, value) in new {
        let record = record(block, order, *tag, *kind, *count, value);
        match records.iter_mut().find(|(other, _)| other == tag) {
            Some(old) => old.1 = record,
            None => records.push((*tag, record)),
        }
    }
    if records.len() == first.entries.len() {
        for (entry, (_, record)) in first.entries.iter().zip(&records) {
            put(block, entry.at, record);
        }
        return;
    }
    records.sort_by_key(|(tag, _)| *tag);
    pad(block);
    let at = order.u32(block.len() as u32);
    put(block, 4, &at);
    block.extend(order.u16(records.len() as u16));
    block.extend(records.into_iter().flat_map(|(_, record)| record));
    block.extend([0; 4]);
}

/// The twelve bytes of an entry. Values that do not fit are appended to `bytes`, which are at the even offset `start` of
/// their file.
pub fn record_at(
    start: u32,
    bytes: &mut Vec<u8>,
    order: ByteOrder,
    (tag, kind, count): (u16, u16, u32),
    value: &[u8],
) -> Vec<u8> {
    let mut record = [&order.u16(tag)[..], &order.u16(kind), &order.u32(count)].concat();
    if value.len() <= 4 {
        record.extend(value);
        record.resize(12, 0);
    } else {
        pad(bytes);
        record.extend(order.u32(start.wrapping_add(bytes.len() as u32)));
        bytes.extend(value);
    }
    record
}

/// [`record_at`] for bytes at the start of their file.
pub fn record(bytes: &mut Vec<u8>, order: ByteOrder, tag: u16, kind: u16, count: u32, value: &[u8]) -> Vec<u8> {
    record_at(0, bytes, order, (tag, kind, count), value)
}

/// Values and directories begin at even offsets.
pub fn pad(bytes: &mut Vec<u8>) {
    if !bytes.len().is_multiple_of(2) {
        bytes.push(0);
    }
}

fn put(bytes: &mut [u8], at: usize, new: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + new.len()) {
        place.copy_from_slice(new);
    }
}

/// Sets an entry to one integer, as a SHORT if it was one and still fits.
fn put_number(bytes: &mut [u8], order: ByteOrder, entry: &IfdEntry, value: u32) {
    let (kind, number) = match u16::try_from(value) {
        Ok(short) if entry.kind == kind::SHORT => (kind::SHORT, [order.u16(short), [0; 2]].concat()),
        _ => (kind::LONG, order.u32(value).to_vec()),
    };
    put(bytes, entry.at + 2, &[&order.u16(kind)[..], &order.u32(1), &number].concat());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(tag: u16, kind: u16, value: &[u8]) -> Vec<u8> {
        let mut block = empty();
        set(&mut block, &[(tag, kind, 1, value.to_vec())]);
        block
    }

    fn number(block: &[u8], tag: u16) -> Option<u32> {
        let reader = IfdReader::new(block)?;
        reader.number(&reader.first()?.find(tag)?)
    }

    #[test]
    fn a_size_that_a_short_cannot_hold_becomes_a_long() {
        let block = with(tag::WIDTH, kind::SHORT, &[7, 0]);
        for width in [65_535, 65_536, 200_000] {
            let block = for_saving(Some(&block), Size::new(width, 1), None).unwrap();
            assert_eq!(number(&block, tag::WIDTH), Some(width as u32));
        }
    }

    #[test]
    fn a_history_is_appended_to_the_software_tag() {
        let text = |block: &[u8]| {
            let reader = IfdReader::new(block).unwrap();
            let entry = reader.first().unwrap().find(tag::SOFTWARE).unwrap();
            String::from_utf8(reader.value(&entry).unwrap().to_vec()).unwrap()
        };
        let size = Size::new(1, 1);
        let first = for_saving(None, size, Some("one")).unwrap();
        assert_eq!(text(&first), "one\0");
        let second = for_saving(Some(&first), size, Some("two and three")).unwrap();
        assert_eq!(text(&second), "one; two and three\0");
    }

    #[test]
    fn removing_a_thumbnail_keeps_bytes_used_by_other_directories() {
        let mut block = with(tag::ORIENTATION, kind::SHORT, &[6, 0]);
        let first = IfdReader::new(&block).unwrap().first().unwrap();
        // The second directory is the first one again.
        put(&mut block, first.next_at(), &(first.at as u32).to_le_bytes());
        let (block, orientation) = upright(block).unwrap();
        assert_eq!(orientation, Some(Orientation::Rotate90));
        assert_eq!(number(&block, tag::ORIENTATION), Some(1));
        assert_eq!(IfdReader::new(&block).unwrap().first().unwrap().next, 0);
    }
}
