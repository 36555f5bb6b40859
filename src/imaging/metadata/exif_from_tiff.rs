//! Extracts an EXIF block from a TIFF file, with new offsets.

use std::ops::Range;

use super::exif::record;
use crate::imaging::container::ifd::{IFD0_LAYOUT, Ifd, IfdEntry, IfdReader, kind, tag};

/// The notice about a maker note at another offset.
pub const MOVED_NOTE: &str =
    "The camera's maker note is moved within the file: the maker's programs may not be able to read all of it.";
/// Maximum size of the block, in bytes; far more than any camera writes.
const MAX_BLOCK: usize = 16 << 20;
/// A maker note that ends up to this offset, the maximum size of a JPEG's EXIF block, keeps its position.
const MAX_PINNED: usize = 65_527;
/// Entries that are stored elsewhere.
const STORED_ELSEWHERE: [u16; 4] = [tag::ORIENTATION, tag::X_RESOLUTION, tag::Y_RESOLUTION, tag::RESOLUTION_UNIT];

/// The block, and sentences about what is not kept; none if the file has no such tags.
pub fn exif_from_tiff(file: &IfdReader) -> (Option<Vec<u8>>, Vec<String>) {
    let is_exif = |entry: &IfdEntry| !IFD0_LAYOUT.contains(&entry.tag) && !STORED_ELSEWHERE.contains(&entry.tag);
    let Some(first) = file.first().filter(|first| first.entries.iter().any(is_exif)) else { return (None, Vec::new()) };

    let mut notices = Vec::new();
    let note = file.child(&first, tag::EXIF).and_then(|exif| file.range(&exif.find(tag::MAKER_NOTE)?));
    let note = note.filter(|note| note.len() > 4);
    let pin = note.clone().filter(|note| note.start >= 8 && note.end <= MAX_PINNED);
    if note.is_some() && pin.is_none() {
        notices.push(MOVED_NOTE.into());
    }
    let note_at = pin.as_ref().map(|pin| pin.start);
    let mut block = ExifBlock { file, bytes: file.order.header(0).to_vec(), pin, note_at, lost: false };
    let Some(at) = block.add(&first, &[tag::EXIF, tag::GPS]) else {
        return (None, vec!["Its EXIF data is damaged and is not kept.".into()]);
    };
    if block.lost {
        notices.push("A part of its EXIF data is damaged and is not kept.".into());
    }
    let mut bytes = block.bytes;
    if let Some(pin) = block.pin {
        bytes.resize(pin.start, 0);
        bytes.extend(&file.bytes[pin]);
    }
    bytes[..8].copy_from_slice(&file.order.header(at));
    (Some(bytes), notices)
}

/// A block that is built around a maker note, which keeps its position because it contains offsets.
struct ExifBlock<'a> {
    file: &'a IfdReader<'a>,
    bytes: Vec<u8>,
    /// Range of the note, until the block has grown past it.
    pin: Option<Range<usize>>,
    /// Offset of the note, if it keeps its position.
    note_at: Option<usize>,
    /// Whether some values were outside the file.
    lost: bool,
}

impl ExifBlock<'_> {
    /// Adds a directory with its values and the directories that the tags `children` point to; returns its offset. None if
    /// the block gets too large.
    fn add(&mut self, directory: &Ifd, children: &[u16]) -> Option<u32> {
        let order = self.file.order;
        let mut records = Vec::new();
        for entry in directory.entries.iter().filter(|entry| !IFD0_LAYOUT.contains(&entry.tag)) {
            // Repeated references are ignored: each directory could contain a thousand more.
            if children.contains(&entry.tag) && directory.find(entry.tag) != Some(*entry) {
                continue;
            }
            let (kind, count, value) = if children.contains(&entry.tag) {
                let grandchildren: &[u16] = if entry.tag == tag::EXIF { &[tag::INTEROPERABILITY] } else { &[] };
                match self.file.child(directory, entry.tag) {
                    Some(child) => (kind::LONG, 1, order.u32(self.add(&child, grandchildren)?).to_vec()),
                    None => (kind::LONG, 0, Vec::new()),
                }
            } else {
                (entry.kind, entry.count, self.file.value(entry).unwrap_or_default().to_vec())
            };
            if value.is_empty() {
                self.lost |= entry.count > 0;
                continue;
            }
            records.extend(match self.note_at {
                Some(at) if entry.tag == tag::MAKER_NOTE => {
                    [&order.u16(entry.tag)[..], &order.u16(kind), &order.u32(count), &order.u32(at as u32)].concat()
                }
                _ => {
                    self.make_room(value.len())?;
                    record(&mut self.bytes, order, entry.tag, kind, count, &value)
                }
            });
        }
        self.make_room(records.len() + 6)?;
        let at = self.bytes.len() as u32;
        self.bytes.extend(order.u16((records.len() / 12) as u16));
        self.bytes.extend(records);
        self.bytes.extend([0; 4]);
        Some(at)
    }

    /// Continues after the note if `length` bytes do not fit before it, at an even offset.
    fn make_room(&mut self, length: usize) -> Option<()> {
        let end = self.bytes.len() + 1 + length;
        if let Some(pin) = self.pin.take_if(|pin| pin.start < end) {
            self.bytes.resize(pin.start, 0);
            self.bytes.extend(&self.file.bytes[pin]);
        }
        if !self.bytes.len().is_multiple_of(2) {
            self.bytes.push(0);
        }
        (self.bytes.len() + length <= MAX_BLOCK).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::container::ifd::ByteOrder;

    /// A TIFF file with a maker note at `at`.
    fn file(at: usize, note: &[u8]) -> Vec<u8> {
        let order = ByteOrder::Big;
        let mut file = order.header(0).to_vec();
        file.resize(at, 0);
        file.extend(note);
        let note_record = [
            &order.u16(tag::MAKER_NOTE)[..],
            &order.u16(kind::UNDEFINED),
            &order.u32(note.len() as u32),
            &order.u32(at as u32),
        ];
        let exif = file.len() as u32;
        file.extend([&order.u16(1)[..], &note_record.concat(), &[0; 4]].concat());
        let maker = record(&mut file, order, 271, kind::ASCII, 9, b"A camera\0");
        let pointer = record(&mut file, order, tag::EXIF, kind::LONG, 1, &order.u32(exif));
        let first = file.len() as u32;
        file.extend([&order.u16(2)[..], &maker, &pointer, &[0; 4]].concat());
        file[..8].copy_from_slice(&order.header(first));
        file
    }

    fn maker_note_range(block: &[u8]) -> Range<usize> {
        let block = IfdReader::new(block).unwrap();
        let exif = block.child(&block.first().unwrap(), tag::EXIF).unwrap();
        block.range(&exif.find(tag::MAKER_NOTE).unwrap()).unwrap()
    }

    #[test]
    fn a_maker_note_keeps_its_position_or_there_is_a_notice() {
        let note = b"a note of some length, with offsets in it";
        for (at, stays) in [(8, true), (20, true), (30_001, true), (65_000, true), (65_520, false), (300_000, false)] {
            let file = file(at, note);
            let (block, notices) = exif_from_tiff(&IfdReader::new(&file).unwrap());
            let block = block.unwrap();
            let found = maker_note_range(&block);
            assert_eq!(&block[found.clone()], note, "{at}");
            assert_eq!((found.start == at, notices.is_empty()), (stays, stays), "{at}");
            let block = IfdReader::new(&block).unwrap();
            let maker = block.first().unwrap().find(271).unwrap();
            assert_eq!(block.value(&maker), Some(&b"A camera\0"[..]), "{at}");
        }
    }

    #[test]
    fn values_outside_the_file_cause_a_notice() {
        let mut file = file(20, b"a note of some length");
        let end = file.len() - 4 - 24;
        // The Make tag has an enormous length.
        file[end + 4..end + 8].copy_from_slice(&u32::MAX.to_be_bytes());
        let (block, notices) = exif_from_tiff(&IfdReader::new(&file).unwrap());
        assert!(block.is_some() && notices[0].contains("damaged"), "{notices:?}");
    }
}
