//! The EXIF block of a TIFF's further page: its values and directories at another place of the file, in the file's byte
//! order.

use super::exif::{pad, record_at};
use crate::imaging::container::ifd::{ByteOrder, Ifd, IfdEntry, IfdReader, kind, tag, value_bytes};

/// The entries of a moved block's first directory, and all that they refer to.
pub struct MovedExif {
    /// Tag and twelve bytes of each.
    pub records: Vec<(u16, Vec<u8>)>,
    /// Values and directories.
    pub bytes: Vec<u8>,
}

impl MovedExif {
    /// Moves a block to the even offset `start`. Maker notes are moved unchanged. None if the block is damaged.
    pub fn new(block: &[u8], start: u32, order: ByteOrder) -> Option<Self> {
        let reader = IfdReader::new(block)?;
        let mut mover = Mover { reader, start, order, bytes: Vec::new() };
        let records = mover.records(&reader.first()?, &[tag::EXIF, tag::GPS]);
        Some(Self { records, bytes: mover.bytes })
    }
}

/// Whether a block has a maker note that is stored outside its entry.
pub fn has_maker_note(block: &[u8]) -> bool {
    let note = IfdReader::new(block).and_then(|reader| {
        let exif = reader.child(&reader.first()?, tag::EXIF)?;
        exif.find(tag::MAKER_NOTE)?.length()
    });
    note.is_some_and(|length| length > 4)
}

struct Mover<'a> {
    reader: IfdReader<'a>,
    start: u32,
    order: ByteOrder,
    bytes: Vec<u8>,
}

impl Mover<'_> {
    /// The entries of a directory; those of the directories that the tags `children` point to are added to the bytes.
    fn records(&mut self, directory: &Ifd, children: &[u16]) -> Vec<(u16, Vec<u8>)> {
        let mut records: Vec<(u16, Vec<u8>)> = Vec::new();
        for entry in &directory.entries {
            // Each directory of a crafted file could refer to others a thousand times.
            if records.iter().any(|(tag, _)| *tag == entry.tag) {
                continue;
            }
            let moved = match children.contains(&entry.tag) {
                true => self.reader.child(directory, entry.tag).map(|child| {
                    let grandchildren: &[u16] = if entry.tag == tag::EXIF { &[tag::INTEROPERABILITY] } else { &[] };
                    (kind::LONG, 1, self.order.u32(self.add(&child, grandchildren)).to_vec())
                }),
                false => self.value(entry).map(|value| (entry.kind, entry.count, value)),
            };
            if let Some((kind, count, value)) = moved {
                let record = record_at(self.start, &mut self.bytes, self.order, (entry.tag, kind, count), &value);
                records.push((entry.tag, record));
            }
        }
        records
    }

    /// Adds a directory; returns its offset.
    fn add(&mut self, directory: &Ifd, children: &[u16]) -> u32 {
        let records = self.records(directory, children);
        pad(&mut self.bytes);
        let at = self.start.wrapping_add(self.bytes.len() as u32);
        self.bytes.extend(self.order.u16(records.len() as u16));
        self.bytes.extend(records.into_iter().flat_map(|(_, record)| record));
        self.bytes.extend([0; 4]);
        at
    }

    /// An entry's values in the new byte order.
    fn value(&self, entry: &IfdEntry) -> Option<Vec<u8>> {
        let mut value = self.reader.value(entry)?.to_vec();
        if self.reader.order != self.order {
            let number = match entry.kind {
                // Rational numbers have two.
                5 | 10 => 4,
                kind => value_bytes(kind)?,
            };
            value.chunks_exact_mut(number).for_each(<[u8]>::reverse);
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::metadata::exif::record;

    /// A block with a text, an exposure time and a version in its second directory.
    fn block(order: ByteOrder) -> Vec<u8> {
        let mut block = order.header(0).to_vec();
        let numbers = [order.u32(1), order.u32(250)].concat();
        let time = record(&mut block, order, 33_434, kind::RATIONAL, 1, &numbers);
        let version = record(&mut block, order, 36_864, kind::UNDEFINED, 4, b"0232");
        let exif = block.len() as u32;
        block.extend([&order.u16(2)[..], &time, &version, &[0; 4]].concat());
        let maker = record(&mut block, order, 271, kind::ASCII, 9, b"A camera\0");
        let pointer = record(&mut block, order, tag::EXIF, kind::LONG, 1, &order.u32(exif));
        pad(&mut block);
        let first = block.len() as u32;
        block.extend([&order.u16(2)[..], &maker, &pointer, &[0; 4]].concat());
        block[..8].copy_from_slice(&order.header(first));
        block
    }

    #[test]
    fn a_block_is_moved_into_either_byte_order() {
        const START: usize = 1_000;
        for from in [ByteOrder::Little, ByteOrder::Big] {
            for to in [ByteOrder::Little, ByteOrder::Big] {
                let moved = MovedExif::new(&block(from), START as u32, to).unwrap();
                let mut file = vec![0; START];
                file.extend(moved.bytes);
                let first = file.len() as u32;
                file.extend(to.u16(moved.records.len() as u16));
                file.extend(moved.records.into_iter().flat_map(|(_, record)| record));
                file.extend([0; 4]);
                file[..8].copy_from_slice(&to.header(first));
                let reader = IfdReader::new(&file).unwrap();
                let first = reader.first().unwrap();
                assert_eq!(reader.value(&first.find(271).unwrap()).unwrap(), b"A camera\0");
                let exif = reader.child(&first, tag::EXIF).unwrap();
                assert_eq!(reader.fraction(&exif.find(33_434).unwrap()), Some(1.0 / 250.0));
                assert_eq!(reader.value(&exif.find(36_864).unwrap()).unwrap(), b"0232");
            }
        }
    }
}
