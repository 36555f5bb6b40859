//! Application segments of a JPEG: part of the picture's layout, data that is copied unchanged into another JPEG, or data
//! that is only valid for this file.

use super::gain_map::{INDEX, ISO};
use crate::imaging::container::jpeg::Segment;

/// The marker of a comment.
pub const COMMENT: u8 = 0xFE;
/// Signature of JUMBF (ISO/IEC 19566-5), for example content credentials.
const BOXES: &[u8] = b"JP";

/// Handling of a segment when the photo is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// It describes the storage of these pixels, or is a copy of them.
    Layout,
    /// It is copied into a JPEG.
    Kept,
    /// It would not be valid for another file.
    Dropped,
}

/// Segments by marker and signature, with a name for their content.
const KNOWN: [(u8, &[u8], &str, Handling); 32] = [
    (0xE0, b"JFIF\0", "", Handling::Layout),
    (0xE0, b"JFXX\0", "", Handling::Layout),
    (0xE0, b"AVI1", "", Handling::Layout),
    (0xE0, b"II\x1A\0\0\0HEAPJPGM", "data of Canon (CIFF)", Handling::Kept),
    (0xE1, b"FLIR\0", "thermal data of FLIR", Handling::Kept),
    (0xE1, b"PARROT\0", "data of Parrot", Handling::Kept),
    // The pictures themselves are in the trailer.
    (0xE2, INDEX, "", Handling::Layout),
    (0xE2, ISO, "", Handling::Layout),
    (0xE2, b"FPXR\0", "data of FlashPix", Handling::Kept),
    (0xE3, b"Meta\0", "data of Kodak", Handling::Kept),
    (0xE3, b"META\0", "data of Kodak", Handling::Kept),
    (0xE3, b"Stim\0", "description of a stereo picture", Handling::Kept),
    (0xE3, b"_JPSJPS_", "description of a stereo picture", Handling::Kept),
    (0xE4, b"SCALADO\0", "index of its pixels (Scalado)", Handling::Dropped),
    (0xE5, b"RMETA\0", "data of Ricoh", Handling::Kept),
    (0xE5, b"ssuniqueid\0", "data of Samsung", Handling::Kept),
    (0xE6, b"GoPro\0", "telemetry of GoPro", Handling::Kept),
    (0xE6, b"EPPIM\0", "settings for printing (PrintIM)", Handling::Kept),
    (0xE6, b"NITF\0", "data of NITF", Handling::Kept),
    (0xE7, b"PENTAX \0", "data of Pentax", Handling::Kept),
    (0xE7, b"DJI-DBG\0", "data of DJI", Handling::Kept),
    (0xE8, b"SPIFF\0", "", Handling::Layout),
    (0xE9, b"Media Jukebox\0", "data of Media Jukebox", Handling::Kept),
    (0xEA, b"UNICODE\0", "comment of PhotoStudio", Handling::Kept),
    (0xEB, b"HDR_RI", "brightness beyond white (JPEG-HDR)", Handling::Dropped),
    (0xEC, b"PictureInfo", "data of the camera (PictureInfo)", Handling::Kept),
    (0xEC, b"[picture info]", "data of the camera (PictureInfo)", Handling::Kept),
    (0xEC, b"Ducky", "comment of Photoshop (Ducky)", Handling::Kept),
    (0xED, b"Adobe_CM", "settings of Adobe's colour management", Handling::Kept),
    (0xEE, b"Adobe", "", Handling::Layout),
    (0xEF, b"Q ", "", Handling::Layout),
    (COMMENT, b"", "comment of the JPEG", Handling::Kept),
];
/// Length of a Ducky segment that contains only the quality of these pixels.
const DUCKY_QUALITY: usize = 5 + 8 + 2;

/// Handling of a segment other than EXIF, XMP, profile and Photoshop.
pub fn handling(segment: &Segment) -> Handling {
    let &Segment { marker, contents, .. } = segment;
    match known(marker, contents) {
        _ if contents.is_empty() => Handling::Layout,
        _ if marker == 0xEB && contents.starts_with(BOXES) => match contents.get(4..8) {
            // Continuations of the first segment.
            Some([0, 0, 0, 0 | 1]) | None => Handling::Dropped,
            Some(_) => Handling::Layout,
        },
        Some(_) if contents.starts_with(b"Ducky") && contents.len() <= DUCKY_QUALITY => Handling::Layout,
        Some((_, _, _, handling)) => *handling,
        None => Handling::Kept,
    }
}

/// Name of such a segment's content, for a sentence that begins with "The".
pub fn name(marker: u8, contents: &[u8]) -> String {
    if let Some((_, _, name, _)) = known(marker, contents) {
        return (*name).to_string();
    }
    let number = marker.wrapping_sub(0xE0);
    if marker == 0xEB && contents.starts_with(BOXES) {
        let credentials = contents[..contents.len().min(80)].windows(4).any(|part| part == b"c2pa");
        return if credentials { CREDENTIALS.into() } else { "data in boxes (JUMBF)".into() };
    }
    // Most segments begin with a name.
    let printable = |byte: &&u8| byte.is_ascii_graphic() || **byte == b' ';
    let letters: String = contents.iter().take_while(printable).take(24).map(|&byte| char::from(byte)).collect();
    match letters.trim() {
        letters if letters.len() >= 3 => format!("data “{letters}” (APP{number})"),
        _ => format!("data in APP{number}"),
    }
}

/// Content credentials, which are only valid for their own file.
pub const CREDENTIALS: &str = "content credentials (C2PA)";

fn known(marker: u8, contents: &[u8]) -> Option<&'static (u8, &'static [u8], &'static str, Handling)> {
    KNOWN.iter().find(|(other, beginning, ..)| *other == marker && contents.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_have_a_handling_and_a_name() {
        let of = |marker, contents: &[u8]| (handling(&Segment { marker, contents }), name(marker, contents));
        let kept = |name: &str| (Handling::Kept, name.to_string());
        assert_eq!(of(0xE1, b"FLIR\0\x01\0\x02"), kept("thermal data of FLIR"));
        assert_eq!(of(0xE6, b"GoPro\0DEVC"), kept("telemetry of GoPro"));
        assert_eq!(of(0xE3, b"Meta\0\0II"), kept("data of Kodak"));
        assert_eq!(of(0xE5, b"RMETA\0"), kept("data of Ricoh"));
        assert_eq!(of(0xE7, b"HUAWEI\0\0"), kept("data “HUAWEI” (APP7)"));
        assert_eq!(of(0xE4, b"\xAA\x55\x12\x06"), kept("data in APP4"));
        assert_eq!(of(COMMENT, b"hello"), kept("comment of the JPEG"));
        let credentials = b"JP\0\x01\0\0\0\x01\0\0\x10\0jumb\0\0\0\x1Ejumdc2pa\0\x11";
        assert_eq!(of(0xEB, credentials), (Handling::Dropped, CREDENTIALS.to_string()));
        let further = [&credentials[..7], &[2], &credentials[8..]].concat();
        assert_eq!(of(0xEB, &further).0, Handling::Layout);
        assert_eq!(of(0xEC, b"Ducky\0\x01\0\x04\0\0\0\x50\0\0").0, Handling::Layout);
        assert_eq!(of(0xEC, b"Ducky\0\x02\0\x08\0\0\0\x02\0h\0i\0\0").0, Handling::Kept);
        assert_eq!(of(0xEE, b"Adobe").0, Handling::Layout);
    }
}
