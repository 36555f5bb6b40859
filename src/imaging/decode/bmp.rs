//! Preprocessing of BMP files for the `image` crate, which reads Microsoft's headers only.

use std::ops::Range;

/// Length of the file header, which ends with the offset of the pixels.
const FILE_HEADER: usize = 14;
const PIXELS_AT: Range<usize> = 10..14;
/// Lengths of BITMAPINFOHEADER and BITMAPV4HEADER.
const INFO: usize = 40;
const V4: usize = 108;
/// Lengths of OS/2's second header. It begins like BITMAPINFOHEADER and may be cut off after any field.
const OS2: Range<usize> = 16..65;
/// Offset of the compression in the header, and the kinds BI_BITFIELDS and BI_ALPHABITFIELDS (of Windows CE).
const COMPRESSION: usize = 16;
const BIT_FIELDS: [u8; 4] = [3, 0, 0, 0];
const ALPHA_BIT_FIELDS: [u8; 4] = [6, 0, 0, 0];
/// Bytes of four masks, which follow BITMAPINFOHEADER and are a part of BITMAPV4HEADER.
const MASKS: usize = 16;

/// Replaces headers of OS/2 and Windows CE by Microsoft's.
pub fn with_common_header(bytes: &mut Vec<u8>) {
    let length = bytes.get(FILE_HEADER..).and_then(<[u8]>::first_chunk).map(|&length| u32::from_le_bytes(length));
    let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else { return };
    let Some(header) = bytes.get(FILE_HEADER..FILE_HEADER.saturating_add(length)) else { return };
    let replaced = match length {
        INFO if header[COMPRESSION..].starts_with(&ALPHA_BIT_FIELDS) => length + MASKS,
        // BITMAPV2HEADER and BITMAPV3HEADER.
        INFO | 52 | 56 => return,
        _ if OS2.contains(&length) => length,
        _ => return,
    };
    let Some(old) = bytes.get(FILE_HEADER..FILE_HEADER + replaced) else { return };
    let mut new = old.to_vec();
    if replaced > length {
        new[COMPRESSION..][..4].copy_from_slice(&BIT_FIELDS);
        new.resize(V4, 0);
    } else {
        new.resize(INFO, 0);
    }
    let length = new.len() as u32;
    new[..4].copy_from_slice(&length.to_le_bytes());
    let pixels = u32::from_le_bytes(bytes[PIXELS_AT].try_into().unwrap_or_default());
    let moved = pixels.wrapping_add(length).wrapping_sub(replaced as u32);
    bytes[PIXELS_AT].copy_from_slice(&moved.to_le_bytes());
    bytes.splice(FILE_HEADER..FILE_HEADER + replaced, new);
}
