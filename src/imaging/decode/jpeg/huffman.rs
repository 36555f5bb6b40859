//! Huffman decoding (ITU-T T.81, C and F.2.2.3).

use super::bits::{Bits, extended};

/// Codes of at most this many bits are decoded by table lookup.
const QUICK: u32 = 10;

/// A Huffman table.
pub struct Huffman {
    /// For each prefix: length of the code << 8 | symbol; 0 if the code is longer or invalid.
    quick: [u16; 1 << QUICK],
    /// For each prefix that contains a code and the bits of its coefficient: value << 8 | preceding zeros << 4 | total
    /// length; 0 otherwise.
    whole: [i16; 1 << QUICK],
    /// For each length: the exclusive upper bound of 16 bits that begin with a code of at most that length.
    ends: [u32; 17],
    /// For each length: the index of its first symbol, minus its first code.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// From the number of codes of each length, 1 to 16, and their symbols. None if there are too many codes.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            quick: [0; 1 << QUICK],
            whole: [0; 1 << QUICK],
            ends: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut place) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            code <<= 1;
            table.offsets[length as usize] = place as i32 - code as i32;
            for _ in 0..counts[length as usize - 1] {
                let symbol = *symbols.get(place)?;
                if length <= QUICK {
                    let first = (code << (QUICK - length)) as usize;
                    let places = table.quick.get_mut(first..first + (1 << (QUICK - length)))?;
                    places.fill((length as u16) << 8 | u16::from(symbol));
                }
                code += 1;
                place += 1;
            }
            if code > 1 << length {
                return None;
            }
            table.ends[length as usize] = code << (16 - length);
        }
        table.find_whole();
        Some(table)
    }

    fn find_whole(&mut self) {
        for (beginning, (whole, &entry)) in self.whole.iter_mut().zip(&self.quick).enumerate() {
            let (length, zeros, size) = (u32::from(entry >> 8), entry >> 4 & 15, u32::from(entry & 15));
            if entry == 0 || size == 0 || length + size > QUICK {
                continue;
            }
            let bits = (beginning >> (QUICK - length - size)) as i32 & ((1 << size) - 1);
            let value = extended(bits, size);
            if (-128..128).contains(&value) {
                *whole = (value << 8 | i32::from(zeros) << 4 | (length + size) as i32) as i16;
            }
        }
    }

    /// Decodes a symbol; none if the code is invalid. 16 bits must be loaded.
    #[inline(always)]
    pub fn symbol(&self, bits: &mut Bits) -> Option<u8> {
        match self.quick[bits.peek(QUICK)] {
            0 => self.long_symbol(bits),
            entry => {
                bits.skip(u32::from(entry >> 8));
                Some(entry as u8)
            }
        }
    }

    #[cold]
    fn long_symbol(&self, bits: &mut Bits) -> Option<u8> {
        let next = bits.peek(16) as u32;
        let length = (QUICK + 1..=16).find(|length| next < self.ends[*length as usize])?;
        let place = (next >> (16 - length)) as i32 + self.offsets[length as usize];
        bits.skip(length);
        self.symbols.get(usize::try_from(place).ok()?).copied()
    }

    /// Decodes a coefficient and the number of zeros before it by lookup; none if they are too long for it.
    #[inline(always)]
    pub fn coefficient(&self, bits: &mut Bits) -> Option<(usize, i16)> {
        match self.whole[bits.peek(QUICK)] {
            0 => None,
            entry => {
                bits.skip(entry as u32 & 15);
                Some((entry as usize >> 4 & 15, entry >> 8))
            }
        }
    }
}

/// The standard tables of annex K.3, which motion JPEG omits.
pub fn standard(dc: bool, chrominance: bool) -> Option<Huffman> {
    let (counts, symbols): (&[u8; 16], &[u8]) = match (dc, chrominance) {
        (true, false) => (&[0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &DC),
        (true, true) => (&[0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &DC),
        (false, false) => (&[0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125], &LUMINANCE_AC),
        (false, true) => (&[0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119], &CHROMINANCE_AC),
    };
    Huffman::new(counts, symbols)
}

const DC: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

#[rustfmt::skip]
const LUMINANCE_AC: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14,
    0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09,
    0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A,
    0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65,
    0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,
    0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9,
    0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA,
    0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA,
    0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
];

#[rustfmt::skip]
const CHROMINANCE_AC: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32,
    0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0, 0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16,
    0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39,
    0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64,
    0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86,
    0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7,
    0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8,
    0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9,
    0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
];

#[cfg(test)]
mod tests {
    use super::{super::recovery::Source, *};

    fn read(table: &Huffman, bytes: &[u8], count: usize) -> Vec<Option<u8>> {
        let mut bits = Bits::new(bytes, 0);
        let next = |_| {
            bits.fill();
            table.symbol(&mut bits)
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // Table K.3: 00, 010, 011, 100, 101, 110, 1110, 11110 …
        let table = standard(true, false).unwrap();
        let symbols = [Some(0), Some(1), Some(5), Some(6), Some(11)];
        assert_eq!(read(&table, &[0b0001_0110, 0b1110_1111, 0b1111_0000], 5), symbols);
        // Table K.5: 1010 ends a block, 11111111001 begins 15 zeros, 1111111111111110 is the last one.
        let table = standard(false, false).unwrap();
        let bytes = [0b1010_1111, 0b1111_0011, 0xFF, 0, 0b1111_1100];
        assert_eq!(read(&table, &bytes, 3), [Some(0), Some(0xF0), Some(0xFA)]);
        // Sixteen ones are not a code.
        assert_eq!(read(&table, &[0xFF, 0, 0xFF, 0], 1), [None]);
    }

    #[test]
    fn short_coefficients_are_decoded_by_lookup() {
        // 1100 is one zero and then a coefficient of one bit: -1 or 1.
        let table = standard(false, false).unwrap();
        let mut bits = Bits::new(&[0b1100_0110, 0b0110_1011], 0);
        bits.fill();
        assert_eq!((table.coefficient(&mut bits), table.coefficient(&mut bits)), (Some((1, -1)), Some((1, 1))));
        // 100 begins one of three bits: 101 is 5.
        let mut bits = Bits::new(&[0b1001_0110, 0b1000_0000], 0);
        bits.fill();
        assert_eq!((table.coefficient(&mut bits), table.coefficient(&mut bits)), (Some((0, 5)), None));
    }

    #[test]
    fn too_many_codes_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Huffman::new(&counts, &[1, 2, 3]).is_none());
        counts[0] = 2;
        assert!(Huffman::new(&counts, &[1]).is_none() && Huffman::new(&counts, &[1, 2]).is_some());
    }
}
