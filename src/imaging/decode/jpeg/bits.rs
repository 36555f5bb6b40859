//! Bit reader for entropy-coded data (ITU-T T.81, F.2.2.5).

use super::recovery::Source;

/// Reads bits up to the next marker; from there on zeros, which are counted.
pub struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte to load; never beyond a marker.
    at: usize,
    /// Bits that were loaded and not used, from the most significant one on.
    buffer: u64,
    count: u32,
    /// Number of loaded zeros after the marker.
    padding: u32,
}

impl Bits<'_> {
    /// Loads at least 32 bits.
    #[inline(always)]
    pub fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(next) = self.bytes.get(self.at..).and_then(|bytes| bytes.first_chunk()) {
            let next = u64::from_be_bytes(*next);
            if !has_255(next) {
                let whole = (64 - self.count) / 8;
                // Whole bytes only, at least four.
                let unused = 64 - 8 * whole;
                self.buffer |= (next >> unused << unused) >> self.count;
                self.count += 8 * whole;
                self.at += whole as usize;
                return;
            }
        }
        self.fill_slowly();
    }

    fn fill_slowly(&mut self) {
        while self.count <= 56 {
            let byte = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.at += 2;
                    0xFF
                }
                (Some(byte), _) if *byte != 0xFF => {
                    self.at += 1;
                    *byte
                }
                _ => {
                    self.padding += 8;
                    0
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next bits, up to 16, without consuming them.
    #[inline(always)]
    pub fn peek(&self, count: u32) -> usize {
        // Two shifts, because a shift by 64 is not allowed.
        (self.buffer >> 1 >> (63 - count)) as usize
    }

    /// Consumes bits, which must be loaded.
    #[inline(always)]
    pub fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        self.count -= count;
    }

    /// Reads an unsigned number.
    #[inline(always)]
    pub fn number(&mut self, count: u32) -> i32 {
        let number = self.peek(count);
        self.skip(count);
        number as i32
    }

    /// Reads a difference or coefficient of that size (F.2.2.1, EXTEND).
    #[inline(always)]
    pub fn signed(&mut self, size: u32) -> i32 {
        extended(self.number(size), size)
    }
}

impl<'a> Source<'a> for Bits<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, buffer: 0, count: 0, padding: 0 }
    }

    fn is_beyond(&self) -> bool {
        self.count < self.padding
    }

    /// The first byte of which no bit was used.
    fn position(&self) -> usize {
        // Stuffed bytes (0xFF 0) count as one.
        let mut unused = self.count.saturating_sub(self.padding) / 8;
        let mut at = self.at;
        while unused > 0 && at > 0 {
            at -= if at >= 2 && self.bytes[at - 2..at] == [0xFF, 0] { 2 } else { 1 };
            unused -= 1;
        }
        at
    }
}

/// Sign extension of a number of `size` bits (F.2.2.1, EXTEND): negative if its first bit is 0.
#[inline(always)]
pub fn extended(number: i32, size: u32) -> i32 {
    if size > 0 && number >> (size - 1) == 0 { number - (1 << size) + 1 } else { number }
}

/// Whether one of eight bytes is 0xFF.
fn has_255(bytes: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let inverted = !bytes;
    inverted.wrapping_sub(ONES) & bytes & (ONES << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_end_at_a_marker() {
        let bytes = [0xA5, 0xFF, 0x00, 0x12, 0xFF, 0xD9, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77];
        let mut bits = Bits::new(&bytes, 0);
        bits.fill();
        assert_eq!((bits.number(4), bits.number(12), bits.position()), (0xA, 0x5FF, 3));
        assert_eq!((bits.number(0), bits.number(3), bits.position()), (0, 0, 4));
        bits.fill();
        assert_eq!((bits.number(5), bits.is_beyond(), bits.position()), (0x12, false, 4));
        assert_eq!((bits.number(1), bits.is_beyond(), bits.position()), (0, true, 4));
    }

    #[test]
    fn bytes_are_read_in_order() {
        let bytes: Vec<u8> = (0..200).map(|i| (i * 7 % 255) as u8).collect();
        let mut bits = Bits::new(&bytes, 0);
        for (at, byte) in bytes.iter().enumerate() {
            bits.fill();
            assert_eq!(
                (bits.position(), bits.number(3), bits.number(5)),
                (at, i32::from(byte >> 5), i32::from(byte & 31))
            );
        }
        assert!(!bits.is_beyond());
    }

    #[test]
    fn bytes_of_255_are_found() {
        assert!(
            !has_255(0x00FE_7F80_0102_F00F) && has_255(0x0011_22FF_0000_0000) && has_255(0xFF) && has_255(u64::MAX)
        );
        assert!(!has_255(0) && !has_255(0xFEFE_FEFE_FEFE_FEFE) && !has_255(0x0100_0100_0100_0100));
    }

    #[test]
    fn signed_numbers_are_extended() {
        let mut bits = Bits::new(&[0b0101_1000, 0b0111_1111], 0);
        bits.fill();
        // Table F.1: of size 1, 0 is -1 and 1 is 1; of size 3, 000 to 011 are -7 to -4.
        assert_eq!((bits.signed(1), bits.signed(1), bits.signed(0), bits.signed(3)), (-1, 1, 0, -4));
        assert_eq!((bits.signed(3), bits.signed(2)), (-7, -2));
    }
}
