//! The boxes of an AVIF (ISO/IEC 23008-12, and AVIF's specification): a picture, its alpha, and metadata.

use super::frame::Sequence;
use crate::imaging::container::boxes::ALPHA;

/// Ids of the items.
const PICTURE: u16 = 1;
const ALPHA_PICTURE: u16 = 2;
const EXIF: u16 = 3;
const XMP: u16 = 4;

/// Where an item's bytes are in the file: offset and length.
pub type Place = (u32, u32);

/// What a file contains.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// The picture.
    pub picture: Sequence,
    /// Its alpha, if it has any.
    pub alpha: Option<Sequence>,
    /// Its profile.
    pub icc: Option<&'a [u8]>,
    /// A TIFF structure.
    pub exif: Option<&'a [u8]>,
    /// A packet.
    pub xmp: Option<&'a [u8]>,
}

/// Places of the items.
#[derive(Debug, Clone, Copy, Default)]
pub struct Places {
    /// The picture.
    pub picture: Place,
    /// Its alpha.
    pub alpha: Place,
    /// EXIF, with the offset of the TIFF structure before it.
    pub exif: Place,
    /// The packet.
    pub xmp: Place,
}

impl Contents<'_> {
    /// All boxes before the data; their length does not depend on the places.
    pub fn boxes(&self, places: &Places) -> Vec<u8> {
        let mut items = vec![(PICTURE, item(PICTURE, b"av01", b"\0"), places.picture)];
        let mut references = Vec::new();
        if self.alpha.is_some() {
            items.push((ALPHA_PICTURE, item(ALPHA_PICTURE, b"av01", b"\0"), places.alpha));
            references.push(reference(b"auxl", ALPHA_PICTURE));
        }
        if self.exif.is_some() {
            items.push((EXIF, item(EXIF, b"Exif", b"\0"), places.exif));
            references.push(reference(b"cdsc", EXIF));
        }
        if self.xmp.is_some() {
            items.push((XMP, item(XMP, b"mime", b"\0application/rdf+xml\0"), places.xmp));
            references.push(reference(b"cdsc", XMP));
        }
        let count = (items.len() as u16).to_be_bytes();
        let infos: Vec<u8> = items.iter().flat_map(|(_, info, _)| info.clone()).collect();
        let locations: Vec<u8> = items.iter().flat_map(|(id, _, place)| location(*id, *place)).collect();
        let (properties, associations) = self.properties();
        let mut meta = vec![
            full_box(b"hdlr", 0, &[b"\0\0\0\0pict", &[0; 12], b"\0"]),
            full_box(b"pitm", 0, &[&PICTURE.to_be_bytes()]),
            // Offsets and lengths of four bytes.
            full_box(b"iloc", 0, &[&[0x44, 0], &count, &locations]),
            full_box(b"iinf", 0, &[&count, &infos]),
        ];
        if !references.is_empty() {
            meta.push(full_box(b"iref", 0, &[&references.concat()]));
        }
        meta.push(a_box(b"iprp", &[&a_box(b"ipco", &[&properties]), &full_box(b"ipma", 0, &[&associations])]));
        let profile: &[u8] = if self.picture.is_grey { b"MA1B" } else { b"MA1A" };
        let brands = a_box(b"ftyp", &[b"avif\0\0\0\0avifmif1miaf", profile]);
        [brands, full_box(b"meta", 0, &[&meta.concat()])].concat()
    }

    /// The properties, and which of them each picture has.
    fn properties(&self) -> (Vec<u8>, Vec<u8>) {
        /// Marks a property that readers must know.
        const ESSENTIAL: u8 = 0x80;
        let Sequence { width, height, cicp, .. } = self.picture;
        let mut properties = Vec::new();
        let mut add = |property: Vec<u8>| {
            properties.push(property);
            properties.len() as u8
        };
        let [width, height] = [width, height].map(|side| (side as u32).to_be_bytes());
        let size = add(full_box(b"ispe", 0, &[&width, &height]));
        let mut of_picture =
            vec![size, add(depths(&self.picture)), ESSENTIAL | add(a_box(b"av1C", &[&self.picture.configuration()]))];
        let codes = cicp.map(|code| [0, code]).concat();
        of_picture.push(add(a_box(b"colr", &[b"nclx", &codes, &[0x80]])));
        of_picture.extend(self.icc.map(|icc| add(a_box(b"colr", &[b"prof", icc]))));
        let mut pictures = vec![(PICTURE, of_picture)];
        if let Some(alpha) = &self.alpha {
            let kind = full_box(b"auxC", 0, &[ALPHA[0], b"\0"]);
            let configuration = ESSENTIAL | add(a_box(b"av1C", &[&alpha.configuration()]));
            pictures.push((ALPHA_PICTURE, vec![size, add(depths(alpha)), configuration, add(kind)]));
        }
        let mut associations = (pictures.len() as u32).to_be_bytes().to_vec();
        for (id, of_item) in pictures {
            associations.extend(id.to_be_bytes());
            associations.push(of_item.len() as u8);
            associations.extend(of_item);
        }
        (properties.concat(), associations)
    }
}

/// The bits of each channel.
fn depths(picture: &Sequence) -> Vec<u8> {
    let channels = if picture.is_grey { 1 } else { 3 };
    let bits = if picture.is_deep { 10 } else { 8 };
    full_box(b"pixi", 0, &[&[channels], &vec![bits; channels.into()]])
}

/// `rest`: the item's name, and what belongs to its type.
fn item(id: u16, kind: &[u8; 4], rest: &[u8]) -> Vec<u8> {
    full_box(b"infe", 2, &[&id.to_be_bytes(), &[0; 2], kind, rest])
}

/// From an item to the picture.
fn reference(kind: &[u8; 4], from: u16) -> Vec<u8> {
    a_box(kind, &[&from.to_be_bytes(), &1_u16.to_be_bytes(), &PICTURE.to_be_bytes()])
}

/// In the file, in one piece.
fn location(id: u16, (at, length): Place) -> Vec<u8> {
    let numbers = [id, 0, 1].map(u16::to_be_bytes).concat();
    [numbers, at.to_be_bytes().to_vec(), length.to_be_bytes().to_vec()].concat()
}

/// A box with a version, and without flags.
fn full_box(name: &[u8; 4], version: u8, parts: &[&[u8]]) -> Vec<u8> {
    a_box(name, &[&[&[version, 0, 0, 0][..]], parts].concat())
}

/// A box of less than 4 GiB.
fn a_box(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    [&(length as u32 + 8).to_be_bytes()[..], name, &parts.concat()].concat()
}
