//! Lists the contents of an AVIF, HEIC or JPEG XL (ISO/IEC 14496-12) that are not kept.

use std::collections::HashSet;

use super::{gain_map::GAIN_MAP, jpeg_apps::CREDENTIALS, unkept::Unkept};
use crate::imaging::container::boxes::{ALPHA, boxes};

/// Boxes of the picture, of metadata that is read, and padding.
const LAYOUT: [&[u8; 4]; 14] = [
    b"ftyp", b"meta", b"mdat", b"idat", b"free", b"skip", b"moov", b"JXL ", b"jxll", b"jxlc", b"jxlp", b"jxli",
    b"jbrd", b"wide",
];
/// First bytes of the UUID of content credentials.
const CREDENTIALS_ID: &[u8] = b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C";

/// Adds what is not kept to `unkept`.
pub fn name_unkept(bytes: &[u8], unkept: &mut Unkept) {
    // A JPEG XL codestream has no boxes.
    if bytes.starts_with(b"\xFF\x0A") {
        return;
    }
    let (mut exif, mut xmp) = (0, 0);
    for (name, contents) in boxes(bytes) {
        // A compressed box begins with the type of its content.
        let name = if &name == b"brob" { contents.first_chunk().copied().unwrap_or(name) } else { name };
        match &name {
            layout if LAYOUT.contains(&layout) => {}
            b"Exif" => exif += 1,
            b"xml " => xmp += 1,
            b"jumb" => unkept.name(CREDENTIALS),
            b"jhgm" => unkept.name(GAIN_MAP),
            b"mpvd" => unkept.name("video of a motion photo"),
            b"uuid" if contents.starts_with(CREDENTIALS_ID) => unkept.name(CREDENTIALS),
            name => unkept.name(format!("box “{}”", name.escape_ascii())),
        }
        if &name == b"meta" {
            name_items(contents.get(4..).unwrap_or_default(), unkept);
        }
    }
    (1..exif).for_each(|_| unkept.name("further EXIF data"));
    (1..xmp).for_each(|_| unkept.name("further XMP data"));
}

/// Adds the items of an AVIF or HEIC that are not read.
fn name_items(meta: &[u8], unkept: &mut Unkept) {
    let mut pictures = Vec::new();
    let mut names_main = false;
    // The primary picture, its tiles, thumbnails, and auxiliary pictures.
    let mut parts = HashSet::new();
    for (name, contents) in boxes(meta) {
        let version = contents.first().copied().unwrap_or_default();
        match &name {
            b"pitm" => {
                names_main = true;
                parts.extend(number(contents, 4, if version == 0 { 2 } else { 4 }));
            }
            b"iinf" => {
                // After the version and the number of items, in two or four bytes.
                let infos = contents.get(if version == 0 { 6 } else { 8 }..).unwrap_or_default();
                pictures.extend(boxes(infos).filter_map(|(_, info)| name_item(info, unkept)));
            }
            b"iref" => {
                let width = if version == 0 { 2 } else { 4 };
                for (kind, reference) in boxes(contents.get(4..).unwrap_or_default()) {
                    match &kind {
                        b"thmb" | b"auxl" => parts.extend(number(reference, 0, width)),
                        b"dimg" => {
                            let to = reference.get(width + 2..).unwrap_or_default().chunks_exact(width);
                            parts.extend(to.filter_map(|id| number(id, 0, width)));
                        }
                        _ => {}
                    }
                }
            }
            b"iprp" => {
                for (_, properties) in boxes(contents).filter(|(name, _)| name == b"ipco") {
                    boxes(properties)
                        .filter(|(name, _)| name == b"auxC")
                        .for_each(|(_, aux)| name_auxiliary(aux, unkept));
                }
            }
            _ => {}
        }
    }
    pictures.retain(|id| !parts.contains(id));
    // Without a primary item box, the only picture is the primary one.
    if !names_main && pictures.len() == 1 {
        return;
    }
    pictures.into_iter().for_each(|_| unkept.name("further picture"));
}

/// A big-endian number of `width` bytes.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + width)?;
    Some(bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

/// Adds an item that is not read. Returns the id of a picture.
fn name_item(info: &[u8], unkept: &mut Unkept) -> Option<u64> {
    // The version, the id in two or four bytes, and the protection index.
    let width = if info.first() == Some(&3) { 4 } else { 2 };
    let (kind, rest) = info.get(6 + width..)?.split_first_chunk::<4>()?;
    match kind {
        b"av01" | b"hvc1" | b"hev1" | b"grid" => return number(info, 4, width),
        b"Exif" | b"iden" => {}
        b"tmap" => unkept.name(GAIN_MAP),
        b"mime" => {
            // A name, then the content type.
            let what = rest.split(|&byte| byte == 0).nth(1).unwrap_or_default();
            if what != b"application/rdf+xml" {
                unkept.name(format!("data of type “{}”", what.escape_ascii()));
            }
        }
        kind => unkept.name(format!("data of type “{}”", kind.escape_ascii())),
    }
    None
}

/// Adds an auxiliary picture.
fn name_auxiliary(property: &[u8], unkept: &mut Unkept) {
    let what = property.get(4..).unwrap_or_default().split(|&byte| byte == 0).next().unwrap_or_default();
    let has = |part: &[u8]| what.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part));
    match what {
        alpha if ALPHA.contains(&alpha) => {}
        _ if has(b"gainmap") => unkept.name(GAIN_MAP),
        _ if has(b"depth") || what == b"urn:mpeg:hevc:2015:auxid:2" => unkept.name("depth map"),
        _ => unkept.name("auxiliary picture"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_box(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
        let contents = parts.concat();
        [&(contents.len() as u32 + 8).to_be_bytes()[..], name, &contents].concat()
    }

    fn unkept_of(file: &[u8]) -> String {
        let mut unkept = Unkept::default();
        name_unkept(file, &mut unkept);
        unkept.notice().unwrap_or_default().replace("These parts of its file are not kept: ", "")
    }

    #[test]
    fn items_of_an_avif_are_named() {
        let item = |id: u8, kind: &[u8; 4]| a_box(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], kind, b"\0"]);
        let file = |items: &[Vec<u8>], references: &[Vec<u8>], auxiliary: &[u8]| {
            let meta = [
                a_box(b"pitm", &[&[0, 0, 0, 0, 0, 1]]),
                a_box(b"iinf", &[&[0, 0, 0, 0, 0, items.len() as u8], &items.concat()]),
                a_box(b"iref", &[&[0; 4], &references.concat()]),
                a_box(b"iprp", &[&a_box(b"ipco", &[&a_box(b"auxC", &[&[0; 4], auxiliary, &[0]])])]),
            ];
            [a_box(b"ftyp", &[b"avif\0\0\0\0"]), a_box(b"meta", &[&[0; 4], &meta.concat()]), a_box(b"mdat", &[&[7; 9]])]
                .concat()
        };
        let alpha = ALPHA[0];
        let alone = [item(1, b"av01"), item(2, b"Exif")];
        assert_eq!(unkept_of(&file(&alone, &[], alpha)), "");
        assert_eq!(unkept_of(&file(&[item(1, b"av01"), item(2, b"av01")], &[], alpha)), "further picture.");
        // A thumbnail, a transparency, the tiles of a grid.
        let thumbnail = a_box(b"thmb", &[&[0, 2, 0, 1, 0, 1]]);
        assert_eq!(unkept_of(&file(&[item(1, b"av01"), item(2, b"av01")], &[thumbnail], alpha)), "");
        let tiles = a_box(b"dimg", &[&[0, 1, 0, 2, 0, 2, 0, 3]]);
        assert_eq!(unkept_of(&file(&[item(1, b"grid"), item(2, b"av01"), item(3, b"av01")], &[tiles], alpha)), "");
        let gain_map = a_box(b"dimg", &[&[0, 3, 0, 2, 0, 1, 0, 2]]);
        let items = [item(1, b"av01"), item(2, b"av01"), item(3, b"tmap")];
        assert_eq!(unkept_of(&file(&items, &[gain_map], alpha)), "gain map (HDR).");
        assert_eq!(unkept_of(&file(&alone, &[], b"urn:com:apple:photo:2020:aux:hdrgainmap")), "gain map (HDR).");
        assert_eq!(unkept_of(&file(&alone, &[], b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth")), "depth map.");
    }

    #[test]
    fn boxes_of_a_jpeg_xl_are_named() {
        let with = |further: &[Vec<u8>]| {
            let layout = [a_box(b"JXL ", &[b"\r\n\x87\n"]), a_box(b"ftyp", &[b"jxl "]), a_box(b"jxlc", &[&[7; 9]])];
            [&layout.concat()[..], &further.concat()].concat()
        };
        assert_eq!(unkept_of(b"\xFF\x0Abare"), "");
        assert_eq!(unkept_of(&with(&[a_box(b"Exif", &[b"a"]), a_box(b"xml ", &[b"b"])])), "");
        assert_eq!(
            unkept_of(&with(&[a_box(b"Exif", &[b"a"]), a_box(b"brob", &[b"Exif", b"b"])])),
            "further EXIF data."
        );
        let parts = [a_box(b"jumb", &[b"a"]), a_box(b"jhgm", &[b"a"]), a_box(b"abcd", &[b"a"])];
        assert_eq!(unkept_of(&with(&parts)), "content credentials (C2PA), gain map (HDR), box “abcd”.");
        let uuid = a_box(b"uuid", &[b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81", b"a"]);
        assert_eq!(unkept_of(&with(&[uuid])), "content credentials (C2PA).");
    }
}
