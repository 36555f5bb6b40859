//! Data after the picture in a JPEG: further pictures (CIPA DC-007, gain maps), videos, data of other programs.

use super::{
    gain_map::{GAIN_MAP, is_gain_map},
    unkept::Unkept,
};
use crate::imaging::{
    container::jpeg::{SCAN, Segments},
    memory,
};

const PICTURE: &[u8] = b"\xFF\xD8\xFF";
const VIDEO: &[u8] = b"ftyp";
/// Signatures of known data, and their names.
const KNOWN: [(&[u8], &str); 5] = [
    (b"SEFT", "data of Samsung"),
    (b"CANON OPTIONAL DATA\0", "recipe of Canon's Digital Photo Professional"),
    (b"AXS!", "data of AFCP"),
    (b"cbipcbbl", "data of Photo Mechanic"),
    (b"\xA1\xB2\xC3\xD4", "data of FotoStation"),
];

/// Adds all of it to `unkept`. `parts`: the data without what is kept. `has_gain_map`: whether the picture's metadata
/// refers to a gain map among them.
pub fn name_all<'a>(parts: impl IntoIterator<Item = &'a [u8]>, has_gain_map: bool, unkept: &mut Unkept) {
    let mut unknown = 0;
    let mut known_gain_map = false;
    let mut last: Option<&str> = None;
    for mut rest in parts {
        while let Some(at) = next_part(rest) {
            let (before, part) = rest.split_at(at);
            unknown += name_other(before, unkept);
            let length = if part.starts_with(PICTURE) {
                let (name, length) = picture(part);
                known_gain_map |= name == GAIN_MAP;
                last.replace(name).into_iter().for_each(|before| unkept.name(before));
                length
            } else {
                unkept.name("video of a motion photo");
                video_length(part)
            };
            rest = &part[length..];
        }
        unknown += name_other(rest, unkept);
    }
    if let Some(last) = last {
        unkept.name(if has_gain_map && !known_gain_map { GAIN_MAP } else { last });
    }
    if unknown > 0 {
        unkept.name(format!("{} of unknown data behind the picture", memory::format_bytes(unknown)));
    }
}

/// Adds data that is neither a picture nor a video; returns the number of unknown bytes.
fn name_other(data: &[u8], unkept: &mut Unkept) -> u64 {
    if data.iter().all(is_padding) {
        return 0;
    }
    match KNOWN.iter().find(|(signature, _)| contains(data, signature)) {
        Some((_, name)) => {
            unkept.name(*name);
            0
        }
        None => data.len() as u64,
    }
}

fn is_padding(byte: &u8) -> bool {
    matches!(byte, 0 | 0xFF | b' ' | b'\n' | b'\r' | b'\t')
}

/// Offset of the next picture or video.
fn next_part(bytes: &[u8]) -> Option<usize> {
    // The length of the first box precedes its type.
    let is_video = |part: &[u8]| part.starts_with(&[0; 3]) && part.get(4..).is_some_and(|name| name.starts_with(VIDEO));
    // Searches for both at once, so that many of one kind don't take quadratic time.
    (0..bytes.len()).find(|at| bytes[*at..].starts_with(PICTURE) || is_video(&bytes[*at..]))
}

/// The kind of a picture, and its length in bytes.
fn picture(bytes: &[u8]) -> (&'static str, usize) {
    let mut segments = Segments::new(bytes);
    let mut name = "further picture";
    let mut in_front = true;
    for segment in segments.by_ref() {
        in_front &= segment.marker != SCAN;
        if in_front && is_gain_map(segment.contents) {
            name = GAIN_MAP;
        } else if in_front && segment.contents.starts_with(b"http") && contains(segment.contents, b"epth") {
            name = "depth map";
        }
    }
    (name, segments.end().unwrap_or(bytes.len()))
}

/// Total length of a video's boxes (ISO/IEC 14496-12).
fn video_length(bytes: &[u8]) -> usize {
    let mut end = 0;
    while let Some(&[a, b, c, d, ref name @ ..]) = bytes.get(end..).and_then(<[u8]>::first_chunk::<8>)
        && name.iter().all(|letter| letter.is_ascii_graphic())
    {
        match u32::from_be_bytes([a, b, c, d]) as usize {
            length @ 8.. if end + length <= bytes.len() => end += length,
            // It extends to the end, is truncated, or has an extended length.
            _ => return bytes.len(),
        }
    }
    end.max(8)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unkept_of(parts: &[&[u8]], has_gain_map: bool) -> String {
        let mut unkept = Unkept::default();
        name_all([&parts.concat()[..]], has_gain_map, &mut unkept);
        let notice = unkept.notice().unwrap_or_default();
        notice.trim_start_matches("These parts of its file are not kept: ").trim_end_matches('.').to_string()
    }

    #[test]
    fn parts_after_a_picture_are_named() {
        let jpeg = |xmp: &str| {
            let contents = [b"http://ns.adobe.com/xap/1.0/\0", xmp.as_bytes()].concat();
            let mut jpeg = b"\xFF\xD8\xFF\xE1".to_vec();
            jpeg.extend((contents.len() as u16 + 2).to_be_bytes());
            jpeg.extend(contents);
            jpeg.extend(b"\xFF\xDA\0\x02\x01\x02\xFF\xD9");
            jpeg
        };
        let video = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x0Cmdat\xFF\xD8\xFF\0";
        assert_eq!(unkept_of(&[], true), "");
        assert_eq!(unkept_of(&[&[0; 40], b"\r\n", &[0xFF; 3]], true), "");
        assert_eq!(unkept_of(&[&jpeg("")], false), "further picture");
        assert_eq!(unkept_of(&[&jpeg(""), &jpeg("")], true), "further picture, gain map (HDR)");
        assert_eq!(unkept_of(&[&jpeg("hdrgm:Version"), &jpeg("")], true), "gain map (HDR), further picture");
        assert_eq!(unkept_of(&[&jpeg("Depth")], false), "depth map");
        assert_eq!(unkept_of(&[&[0; 8], video, &[0; 3]], false), "video of a motion photo");
        assert_eq!(
            unkept_of(&[b"MotionPhoto_Data", video, b"SEFH\x01SEFT"], false),
            "video of a motion photo, data of Samsung, 1 kB of unknown data behind the picture"
        );
        assert_eq!(unkept_of(&[&[7; 3_000]], false), "3 kB of unknown data behind the picture");
        let (picture, cut) = (jpeg(""), jpeg("hdrgm:"));
        // Many videos and no picture take linear time.
        let many = b"\0\0\0\x08ftyp\x01\x01\x01\x01\x01\x01\x01\x01".repeat(200_000);
        assert_eq!(
            unkept_of(&[&many], false),
            "video of a motion photo (× 200000), 1.6 MB of unknown data behind the picture"
        );
        for end in 3..cut.len() {
            unkept_of(&[&picture, &cut[..end]], false);
            unkept_of(&[&video[..end.min(video.len())]], false);
        }
    }
}
