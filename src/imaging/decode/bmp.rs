//! Preprocessing of BMP files for the `image` crate, which reads Microsoft's headers only, and leaves black what a run-length
//! encoded picture skips.

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
/// Longest side that `image` reads, in px.
const MOST: usize = 65_535;
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

/// Replaces the pixels that a run-length encoded picture skips by its first colour, as other programs do.
pub fn without_skips(bytes: &mut Vec<u8>) {
    let number = |at: usize| bytes.get(at..)?.first_chunk().map(|number| u32::from_le_bytes(*number));
    let side = |at: usize| number(FILE_HEADER + at).and_then(|side| usize::try_from(side.cast_signed()).ok());
    let (Some(width), Some(height)) = (side(4), side(8)) else { return };
    if width.max(height) > MOST {
        return;
    }
    let halves = match (number(FILE_HEADER + COMPRESSION), bytes.get(FILE_HEADER + 14)) {
        (Some(1), Some(8)) => false,
        (Some(2), Some(4)) => true,
        _ => return,
    };
    let Some(pixels) = number(PIXELS_AT.start).and_then(|at| usize::try_from(at).ok()) else { return };
    let runs = bytes.get(pixels..).and_then(|runs| complete_runs(runs, (width, height), halves));
    if let Some((complete, length)) = runs {
        bytes.splice(pixels..pixels + length, complete);
    }
}

/// The runs of all pixels, and the length of those given. `halves`: whether a pixel has four bits. None if they are damaged.
fn complete_runs(runs: &[u8], (width, height): (usize, usize), halves: bool) -> Option<(Vec<u8>, usize)> {
    const END_OF_ROW: [u8; 2] = [0, 0];
    const END: [u8; 2] = [0, 1];
    let mut complete = Vec::with_capacity(runs.len());
    let fill = |complete: &mut Vec<u8>, mut count: usize| {
        while count > 0 {
            let run = count.min(255);
            complete.extend([run as u8, 0]);
            count -= run;
        }
    };
    let (mut x, mut y, mut at) = (0, 0, 0);
    loop {
        let &[first, second] = runs.get(at..)?.first_chunk()?;
        at += 2;
        match [first, second] {
            END_OF_ROW => {
                fill(&mut complete, width - x);
                complete.extend(END_OF_ROW);
                (x, y) = (0, y + 1);
            }
            END => {
                for row in y..height {
                    fill(&mut complete, if row == y { width - x } else { width });
                    complete.extend(END_OF_ROW);
                }
                complete.extend(END);
                return Some((complete, at));
            }
            [0, 2] => {
                let &[right, up] = runs.get(at..)?.first_chunk()?;
                at += 2;
                for row in 0..usize::from(up) {
                    fill(&mut complete, if row == 0 { width - x } else { width });
                    complete.extend(END_OF_ROW);
                }
                // From the beginning of the new row, or from where this one was.
                fill(&mut complete, usize::from(right) + if up > 0 { x } else { 0 });
                (x, y) = (x + usize::from(right), y + usize::from(up));
            }
            // Single pixels, padded to a multiple of 16 bits.
            [0, count] => {
                let length = if halves { usize::from(count).div_ceil(2) } else { count.into() };
                let end = at + length.next_multiple_of(2);
                complete.extend([0, count]);
                complete.extend(runs.get(at..end)?);
                (x, at) = (x + usize::from(count), end);
            }
            run => {
                complete.extend(run);
                x += usize::from(first);
            }
        }
        if x > width || y > height {
            return None;
        }
    }
}
