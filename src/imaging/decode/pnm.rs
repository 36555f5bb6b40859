//! PNM files (netpbm's formats), before `image` decodes them.

/// Writes spaces over the comments of a file whose values are text: `image` knows none between values, where
/// netpbm's own programs skip them.
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
