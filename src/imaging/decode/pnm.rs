//! Preprocessing of PNM files for the `image` crate.

/// Replaces comments in a plain (text) file by spaces: unlike netpbm, `image` does not support comments between values.
pub fn blank_comments(bytes: &mut [u8]) {
    if !matches!(bytes, [b'P', b'1'..=b'3', ..]) {
        return;
    }
    let mut in_comment = false;
    for byte in bytes {
        in_comment = (in_comment || *byte == b'#') && !matches!(*byte, b'\n' | b'\r');
        if in_comment {
            *byte = b' ';
        }
    }
}
