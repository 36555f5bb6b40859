//! Gain maps of a JPEG (Ultra HDR, ISO 21496-1, Apple's): a second JPEG behind the main picture, which an index (MPF,
//! CIPA DC-007) lists. A map is valid for the pixels it was made for: at their size, and as they lie in the file.

use std::ops::Range;

use crate::{
    imaging::{
        Format, MetadataChoice,
        container::{
            ifd::{ByteOrder, IfdReader, kind},
            jpeg::{SCAN, Segments, is_frame},
        },
    },
    pixels::Size,
};

/// Name of a gain map in notices.
pub const GAIN_MAP: &str = "gain map (HDR)";
/// Signature of the segment of ISO 21496-1.
pub const ISO: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";
/// Signature of the segment of the index.
pub const INDEX: &[u8] = b"MPF\0";

/// Tags of the index.
const VERSION: u16 = 0xB000;
const PICTURES: u16 = 0xB001;
const ENTRIES: u16 = 0xB002;
/// Length of an entry, in bytes.
const ENTRY: usize = 16;
/// Maximum number of pictures among which the map is searched.
const MAX_PICTURES: usize = 16;
/// Flags of an entry that refer to other entries.
const DEPENDENCY: u32 = 0b11 << 30;

/// A gain map, and what its photo's file says about it outside XMP.
#[derive(Debug, Clone, PartialEq)]
pub struct GainMap {
    /// Its JPEG, unchanged.
    jpeg: Vec<u8>,
    /// Size of the photo that it was made for.
    photo: Size,
    /// The photo's segment of ISO 21496-1.
    iso: Option<Vec<u8>>,
    /// Byte order of the index.
    order: ByteOrder,
    /// Kinds of the photo and of the map in the index.
    kinds: [u32; 2],
}

impl GainMap {
    /// The first gain map that the index lists behind the main picture, and where it is in the file. None if the index is
    /// damaged, or the map is. `index`: where the contents of its segment are. `end`: offset after the main picture.
    pub fn find(
        file: &[u8],
        index: Range<usize>,
        end: usize,
        photo: Size,
        iso: Option<&[u8]>,
    ) -> Option<(Self, Range<usize>)> {
        let header = index.start + INDEX.len();
        let reader = IfdReader::new(file.get(header..index.end)?)?;
        let entries = reader.value(&reader.first()?.find(ENTRIES)?)?.as_chunks::<ENTRY>().0;
        let number = |entry: &[u8; ENTRY], at: usize| Some(reader.order.u32_of(*entry.get(at..)?.first_chunk()?));
        let (main, others) = entries.split_first()?;
        others.iter().take(MAX_PICTURES).find_map(|entry| {
            let start = header.checked_add(number(entry, 8)? as usize).filter(|start| *start >= end)?;
            let listed = file.get(start..start.checked_add(number(entry, 4)? as usize)?)?;
            let jpeg = listed[..length(listed)?].to_vec();
            let kinds = [number(main, 0)?, number(entry, 0)?].map(|kind| kind & !DEPENDENCY);
            let range = start..start + jpeg.len();
            Some((Self { jpeg, photo, iso: iso.map(<[u8]>::to_vec), order: reader.order, kinds }, range))
        })
    }

    /// The file of the map.
    pub fn jpeg(&self) -> &[u8] {
        &self.jpeg
    }

    /// The photo's segment of ISO 21496-1.
    pub fn iso(&self) -> Option<&[u8]> {
        self.iso.as_deref()
    }

    /// Why the map is not written into a file, if it isn't. `size`: that of its picture.
    pub fn obstacle(&self, size: Size, format: Format, choice: MetadataChoice) -> Option<&'static str> {
        match (format, choice) {
            (_, MetadataChoice::Strip) => Some("it is removed with the metadata"),
            (Format::Jpeg, MetadataChoice::Keep) if size == self.photo => None,
            (Format::Jpeg, MetadataChoice::Keep) => Some("it is only valid for the photo's own size"),
            (_, MetadataChoice::Keep) => Some("only JPEG holds it"),
        }
    }

    /// The contents of an index of both pictures, always of the same length. `picture`: length of the main picture, which
    /// the map follows. `at`: offset of these contents in the file. None if they don't fit into 32 bits.
    pub fn index(&self, picture: u64, at: u64) -> Option<Vec<u8>> {
        let order = self.order;
        let header = at + INDEX.len() as u64;
        let map = u32::try_from(picture.saturating_sub(header)).ok()?;
        let lengths = [u32::try_from(picture).ok()?, u32::try_from(self.jpeg.len()).ok()?];
        let mut index = [INDEX, &order.header(8), &order.u16(3)].concat();
        let values_at = 8 + 2 + 3 * 12 + 4;
        for (tag, kind, count, value) in [
            (VERSION, kind::UNDEFINED, 4, *b"0100"),
            (PICTURES, kind::LONG, 1, order.u32(2)),
            (ENTRIES, kind::UNDEFINED, 2 * ENTRY as u32, order.u32(values_at)),
        ] {
            index.extend([&order.u16(tag)[..], &order.u16(kind), &order.u32(count), &value].concat());
        }
        index.extend([0; 4]);
        for (kind, length, start) in [(self.kinds[0], lengths[0], 0), (self.kinds[1], lengths[1], map)] {
            // The last four bytes are the numbers of pictures that depend on it.
            index.extend([order.u32(kind), order.u32(length), order.u32(start), [0; 4]].concat());
        }
        Some(index)
    }
}

/// Length of a gain map that is a complete JPEG; none for anything else.
fn length(picture: &[u8]) -> Option<usize> {
    if !picture.starts_with(b"\xFF\xD8\xFF") {
        return None;
    }
    let mut segments = Segments::new(picture);
    let (mut named, mut has_frame, mut has_pixels) = (false, false, false);
    for segment in segments.by_ref() {
        named |= !has_pixels && is_gain_map(segment.contents);
        has_frame |= is_frame(segment.marker);
        has_pixels |= segment.marker == SCAN;
    }
    segments.end().filter(|_| named && has_frame && has_pixels)
}

/// Whether a segment describes a gain map: Google's and Adobe's, ISO 21496-1, Apple's.
pub fn is_gain_map(contents: &[u8]) -> bool {
    let has = |mark: &[u8]| contents.windows(mark.len()).any(|window| window == mark);
    contents.starts_with(ISO)
        || (contents.starts_with(b"http")
            && [&b"hdrgm:"[..], b"\"GainMap\"", b"HDRGainMap", b"hdrgainmap"].iter().any(|mark| has(mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> Vec<u8> {
        let frame = b"\xFF\xC0\0\x0B\x08\0\x01\0\x01\x01\x01\x11\0";
        [b"\xFF\xD8\xFF\xE2\0\x1E", ISO, frame, b"\xFF\xDA\0\x02\x01\x02\xFF\xD9"].concat()
    }

    #[test]
    fn a_map_is_found_where_its_own_index_says() {
        let size = Size::new(3, 2);
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let map = GainMap { jpeg: map(), photo: size, iso: None, order, kinds: [0x0003_0000, 5] };
            let index = map.index(100, 10).unwrap();
            let mut file = [&[7; 10][..], &index, &[7; 100]].concat();
            file.truncate(100);
            let range = 10..10 + index.len();
            file.extend(map.jpeg());
            let found = |file: &[u8]| GainMap::find(file, range.clone(), 100, size, None);
            assert_eq!(found(&file), Some((map.clone(), 100..file.len())));
            assert_eq!(found(&[&file[..], b"behind"].concat()).unwrap().1, 100..file.len());
            assert_eq!(GainMap::find(&file, range.clone(), 101, size, None), None, "it begins within the picture");
            assert_eq!(found(&file[..file.len() - 1]), None, "it is truncated");
            for at in range.clone() {
                let mut damaged = file.clone();
                damaged[at] ^= 0x15;
                if let Some((other, place)) = found(&damaged) {
                    assert_eq!((other.jpeg(), place), (map.jpeg(), 100..file.len()), "{at}");
                }
            }
            assert_eq!(map.index(1 << 32, 10), None);
        }
    }

    #[test]
    fn pictures_other_than_complete_gain_maps_are_rejected() {
        let map = map();
        assert_eq!(length(&map), Some(map.len()));
        assert_eq!(length(&[&map[..], b"padding"].concat()), Some(map.len()));
        for cut in 0..map.len() {
            assert_eq!(length(&map[..cut]), None, "{cut}");
        }
        assert_eq!(length(&[&map[..2], &map[6 + ISO.len()..]].concat()), None, "without a description");
    }
}
