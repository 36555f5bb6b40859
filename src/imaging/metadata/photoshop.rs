//! Photoshop's image resources (its File Formats Specification, "Image Resources Section"), which contain the IPTC
//! records.

use std::collections::BTreeSet;

use super::{
    iptc::{self, Damaged},
    unkept::Unkept,
};
use crate::imaging::container::ifd::ByteOrder;

/// Maximum size of the IPTC records in a JPEG segment, in bytes.
pub const MAX_JPEG_IPTC: usize = 65_535 - 2 - HEADER.len() - 12 - 1;
/// Signature of such a JPEG segment.
pub const HEADER: &[u8] = b"Photoshop 3.0\0";
/// Resource of the IPTC records.
const RECORDS: u16 = 0x0404;
/// Grid and guides; the number of guides follows the version and the grid.
const GUIDES: u16 = 0x0408;
const GUIDE_COUNT_AT: usize = 12;
const PATHS: std::ops::RangeInclusive<u16> = 2000..=2997;
const LAYER_COMPS: u16 = 0x0429;
/// Copyright flag, and copyright URL.
const COPYRIGHT: u16 = 0x040A;
const ADDRESS: u16 = 0x040B;
/// Keys of blocks with layers in a TIFF's layer data, by depth.
const LAYERS: [&[u8; 4]; 3] = [b"Layr", b"Lr16", b"Lr32"];

/// The IPTC records among resources (without [`HEADER`]). Adds paths, guides and the like, and further records, to
/// `unkept`.
///
/// # Errors
/// If the resources, or the IPTC records, are damaged.
pub fn read(mut resources: &[u8], unkept: &mut Unkept) -> Result<Option<Vec<u8>>, Damaged> {
    let mut records = None;
    let mut lost = BTreeSet::new();
    let mut whole = true;
    // The rest is padding.
    while resources.len() > 4 && resources.iter().any(|&byte| byte != 0) {
        let Some((id, data, rest)) = resource(resources) else {
            whole = false;
            break;
        };
        match id {
            RECORDS if records.is_none() => records = Some(iptc::validated(data.to_vec())?),
            RECORDS if records.as_deref().is_some_and(|first| !iptc::are_equal(first, data)) => {
                lost.insert(iptc::FURTHER);
            }
            GUIDES if data.get(GUIDE_COUNT_AT..GUIDE_COUNT_AT + 4).is_some_and(|count| count != [0; 4]) => {
                lost.insert("guides of Photoshop");
            }
            LAYER_COMPS => {
                lost.insert("layer comps of Photoshop");
            }
            COPYRIGHT if data.iter().any(|&byte| byte != 0) => {
                lost.insert("copyright mark of Photoshop");
            }
            ADDRESS if !data.is_empty() => {
                lost.insert("web address of Photoshop");
            }
            id if PATHS.contains(&id) => {
                lost.insert("paths of Photoshop");
            }
            _ => {}
        }
        resources = rest;
    }
    lost.into_iter().for_each(|name| unkept.name(name));
    match records {
        None if !whole => Err(Damaged),
        records => Ok(records),
    }
}

/// Whether a TIFF's layer data (tag 37724) contains layers.
pub fn has_layers(data: &[u8], order: ByteOrder) -> bool {
    let mut blocks = data.strip_prefix(b"Adobe Photoshop Document Data Block\0").unwrap_or_default();
    while let Some((key, contents, rest)) = layer_block(blocks, order) {
        // Begins with the number of layers; negative if the first alpha belongs to all.
        if LAYERS.contains(&&key) && contents.len() > 2 && contents[..2] != [0; 2] {
            return true;
        }
        blocks = rest;
    }
    false
}

/// The first block of layer data: its key, its content, and the rest.
fn layer_block(bytes: &[u8], order: ByteOrder) -> Option<([u8; 4], &[u8], &[u8])> {
    let mut key = *bytes.get(4..)?.first_chunk::<4>()?;
    // Signatures and keys depend on the byte order, too.
    let mark: &[u8] = match order {
        ByteOrder::Little => {
            key.reverse();
            b"MIB8"
        }
        ByteOrder::Big => b"8BIM",
    };
    if !bytes.starts_with(mark) {
        return None;
    }
    let length = order.u32_of(*bytes.get(8..)?.first_chunk()?) as usize;
    let contents = bytes.get(12..12_usize.checked_add(length)?)?;
    let next = (12 + length).next_multiple_of(4);
    Some((key, contents, bytes.get(next..).unwrap_or_default()))
}

/// The first resource: its id, its data, and the rest.
fn resource(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    // Signatures of Photoshop and other programs.
    if !matches!(bytes.get(..4)?, b"8BIM" | b"PHUT" | b"AgHg" | b"DCSR" | b"MeSa") {
        return None;
    }
    let id = u16::from_be_bytes(*bytes.get(4..)?.first_chunk()?);
    let name = usize::from(*bytes.get(6)?);
    let at = 6 + (name + 1).next_multiple_of(2);
    let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
    let data = bytes.get(at + 4..(at + 4).checked_add(length)?)?;
    let next = at + 4 + length.next_multiple_of(2);
    Some((id, data, bytes.get(next..).unwrap_or_default()))
}

/// IPTC records as a Photoshop resource, with [`HEADER`].
pub fn with_records(records: &[u8]) -> Vec<u8> {
    let mut block = HEADER.to_vec();
    block.extend(b"8BIM");
    block.extend(RECORDS.to_be_bytes());
    block.extend([0, 0]);
    block.extend((records.len() as u32).to_be_bytes());
    block.extend(records);
    if !records.len().is_multiple_of(2) {
        block.push(0);
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(id: u16, data: &[u8]) -> Vec<u8> {
        let mut resource = [b"8BIM", &id.to_be_bytes()[..], &[0, 0], &(data.len() as u32).to_be_bytes(), data].concat();
        resource.resize(resource.len().next_multiple_of(2), 0);
        resource
    }

    /// The records, and the names of what is not kept.
    fn found(resources: &[u8]) -> (Result<Option<Vec<u8>>, Damaged>, String) {
        let mut unkept = Unkept::default();
        let records = read(resources, &mut unkept);
        let notice = unkept.notice().unwrap_or_default();
        (records, notice.trim_start_matches("These parts of its file are not kept: ").to_string())
    }

    #[test]
    fn records_survive_encoding_and_decoding() {
        let records = b"\x1C\x02\x05\0\x03Sky\x1C\x02\x19\x80\x02\0\x01x".to_vec();
        let block = with_records(&records);
        let resources = block.strip_prefix(HEADER).unwrap();
        let alone = (Ok(Some(records)), String::new());
        assert_eq!(found(resources), alone);
        let before = [b"8BIM\x04\x25\x01A\0\0\0\x01z\0", resources].concat();
        assert_eq!(found(&before), alone);
        assert_eq!(found(&[resources, b"8BIM, then nonsense"].concat()), alone);
        assert_eq!(found(&[resources, resources].concat()), alone);
        for end in 5..block.len() - HEADER.len() - 1 {
            assert_eq!(found(&resources[..end]).0, Err(Damaged), "cut at {end}");
        }
        let second = resource(RECORDS, b"\x1C\x02\x05\0\x03Sea");
        assert_eq!(found(&[resources, &second].concat()), (alone.0, "further IPTC data.".to_string()));
    }

    #[test]
    fn user_data_is_named_and_derived_data_is_not() {
        let guides = |count: u8| resource(GUIDES, &[&[0; 15][..], &[count], &[0; 5]].concat());
        // Resolution, thumbnail, caption digest.
        let derived = [resource(0x03ED, &[7; 16]), resource(0x040C, &[7; 40]), resource(0x0425, &[7; 16]), guides(0)];
        assert_eq!(found(&derived.concat()), (Ok(None), String::new()));
        let made = [resource(2000, &[0; 26]), guides(2), resource(2997, &[0; 26]), resource(LAYER_COMPS, &[1])];
        let marks = [resource(COPYRIGHT, &[0, 0]), resource(ADDRESS, b"")];
        assert_eq!(found(&marks.concat()), (Ok(None), String::new()));
        let marks = [resource(COPYRIGHT, &[1]), resource(ADDRESS, b"http://a.b")];
        let expected = "copyright mark of Photoshop, web address of Photoshop.";
        assert_eq!(found(&marks.concat()), (Ok(None), expected.to_string()));
        let expected = "guides of Photoshop, layer comps of Photoshop, paths of Photoshop.";
        assert_eq!(found(&made.concat()), (Ok(None), expected.to_string()));
    }

    #[test]
    fn layers_are_found_among_other_blocks() {
        let block = |order: ByteOrder, key: &[u8; 4], contents: &[u8]| {
            let (mut mark, mut key) = (*b"8BIM", *key);
            if order == ByteOrder::Little {
                mark.reverse();
                key.reverse();
            }
            let mut block = [&mark[..], &key, &order.u32(contents.len() as u32), contents].concat();
            block.resize(block.len().next_multiple_of(4), 0);
            block
        };
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let data = |layers: &[u8]| {
                let blocks = [block(order, b"Patt", &[9; 7]), block(order, b"Lr16", layers)].concat();
                [b"Adobe Photoshop Document Data Block\0", &blocks[..]].concat()
            };
            assert!(has_layers(&data(&[&order.u16(2)[..], &[0; 40]].concat()), order));
            assert!(!has_layers(&data(&[0; 40]), order));
            assert!(!has_layers(&data(&[]), order));
            assert!(!has_layers(b"Adobe Photoshop", order));
        }
    }
}
