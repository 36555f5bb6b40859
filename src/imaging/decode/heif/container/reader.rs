//! Reads the fields of a box.

use crate::imaging::container::boxes::{NamedBox, boxes};

/// Reads numbers and bytes in order; none after the end.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    /// A big-endian number of 0 to 8 bytes.
    pub fn number(&mut self, bytes: u8) -> Option<u64> {
        Some(self.bytes(bytes.into())?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// The version of a full box, and the lowest byte of its flags.
    pub fn version(&mut self) -> Option<(u8, u8)> {
        let header = self.bytes(4)?;
        Some((header[0], header[3]))
    }

    /// Width and height, in 4 bytes each.
    pub fn size(&mut self) -> Option<(u32, u32)> {
        Some((self.number(4)? as u32, self.number(4)? as u32))
    }

    /// The following boxes, up to the first incomplete one.
    pub fn boxes(self) -> Vec<NamedBox<'a>> {
        boxes(self.0).collect()
    }
}
