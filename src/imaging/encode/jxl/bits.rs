//! Bits of a JPEG XL codestream (ISO/IEC 18181-1, annex B): the least significant first.

/// A value of a header's field: what is added to its bits, and how many there are.
pub type FieldRange = (u32, u32);

/// A growing sequence of bits.
#[derive(Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// The last bits, fewer than 32.
    pending: u64,
    pending_count: u32,
}

impl BitWriter {
    /// Appends the lowest `count` bits, at most 32.
    pub fn put(&mut self, count: u32, bits: u32) {
        self.pending |= (u64::from(bits) & ((1 << count) - 1)) << self.pending_count;
        self.pending_count += count;
        if self.pending_count >= 32 {
            self.bytes.extend((self.pending as u32).to_le_bytes());
            self.pending >>= 32;
            self.pending_count -= 32;
        }
    }

    /// Appends one bit.
    pub fn flag(&mut self, bit: bool) {
        self.put(1, bit.into());
    }

    /// Appends a number in the first of four ranges that holds it; the last one must.
    pub fn number(&mut self, value: u32, ranges: [FieldRange; 4]) {
        let fits = |&(from, bits): &FieldRange| value >= from && u64::from(value - from) < 1 << bits;
        let choice = ranges.iter().position(fits).unwrap_or(3);
        self.put(2, choice as u32);
        let (from, bits) = ranges[choice];
        self.put(bits, value - from);
    }

    /// Appends the value of an enumeration.
    pub fn choice(&mut self, value: u32) {
        self.number(value, [(0, 0), (1, 0), (2, 4), (18, 6)]);
    }

    /// Appends a number of up to 64 bits.
    pub fn long(&mut self, value: u64) {
        match value {
            0 => self.put(2, 0),
            1..=16 => self.put(6, 1 | (value as u32 - 1) << 2),
            17..=272 => self.put(10, 2 | (value as u32 - 17) << 2),
            _ => {
                self.put(14, 3 | (value as u32 & 0xFFF) << 2);
                let mut rest = value >> 12;
                let mut left = 52;
                while rest > 0 && left > 4 {
                    self.put(9, 1 | (rest as u32 & 0xFF) << 1);
                    rest >>= 8;
                    left -= 8;
                }
                match left {
                    4 if rest > 0 => self.put(5, 1 | (rest as u32) << 1),
                    _ => self.put(1, 0),
                }
            }
        }
    }

    /// Pads with zeros to whole bytes, and returns all of them.
    pub fn into_bytes(mut self) -> Vec<u8> {
        let rest = self.pending_count.div_ceil(8) as usize;
        self.bytes.extend(&self.pending.to_le_bytes()[..rest]);
        self.bytes
    }

    /// Pads with zeros to whole bytes.
    pub fn align(&mut self) {
        self.put((8 - self.pending_count % 8) % 8, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_the_first_range_that_holds_them() {
        let written = |value| {
            let mut bits = BitWriter::default();
            bits.number(value, [(0, 10), (1024, 14), (17_408, 22), (4_211_712, 30)]);
            let bytes = bits.into_bytes();
            (bytes.len(), bytes[0] & 3)
        };
        assert_eq!([1_023, 1_024, 17_407, 17_408, 4_211_711].map(written), [(2, 0), (2, 1), (2, 1), (3, 2), (3, 2)]);
        assert_eq!(written(4_211_712), (4, 3));
    }

    #[test]
    fn long_numbers_have_a_bit_before_each_further_byte() {
        let written = |value| {
            let mut bits = BitWriter::default();
            bits.long(value);
            bits.into_bytes()
        };
        assert_eq!(written(0), [0]);
        assert_eq!(written(16), [0b0011_1101]);
        assert_eq!(written(272), [0b1111_1110, 3]);
        // 3 in two bits, 12 bits, 1 in one bit, 8 bits, and 0 in one bit.
        let bits: u32 = 3 | 0xCDE << 2 | 1 << 14 | 0xAB << 15;
        assert_eq!(written(0xA_BCDE), bits.to_le_bytes()[..3]);
        assert_eq!(written(u64::MAX).len(), (2_usize + 12 + 6 * 9 + 1 + 4).div_ceil(8));
    }
}
