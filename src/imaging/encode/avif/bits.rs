//! Bits of AV1 headers: the most significant first (AV1 bitstream specification, section 4.10).

/// A growing sequence of bits.
#[derive(Debug, Default, Clone)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Number of bits.
    count: usize,
}

impl BitWriter {
    /// Appends the lowest `count` bits.
    pub fn put(&mut self, count: u32, bits: u64) {
        for place in (0..count).rev() {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = (bits >> place & 1) as u8;
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit << (7 - self.count % 8);
            }
            self.count += 1;
        }
    }

    /// Appends one bit.
    pub fn flag(&mut self, bit: bool) {
        self.put(1, bit.into());
    }

    /// The bytes, padded with zeros.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads bits.
#[derive(Debug, Clone)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    /// Number of bits read.
    at: usize,
}

impl<'a> BitReader<'a> {
    /// From the first bit on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `count` bits, at most 64; none at the end.
    pub fn take(&mut self, count: u32) -> Option<u64> {
        let mut bits = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            bits = bits << 1 | u64::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(bits)
    }

    /// The next bit.
    pub fn flag(&mut self) -> Option<bool> {
        self.take(1).map(|bit| bit != 0)
    }

    /// Skips bits that are as expected; none if they are not.
    pub fn skip_equal(&mut self, expected: &BitWriter) -> Option<()> {
        let mut reader = BitReader::new(&expected.bytes);
        (0..expected.count).try_for_each(|_| (self.flag()? == reader.flag()?).then_some(()))
    }

    /// All bits from another position of this reader up to here, at most 64.
    pub fn since(&self, start: &Self) -> Option<(u32, u64)> {
        let count = (self.at - start.at) as u32;
        start.clone().take(count).map(|bits| (count, bits))
    }

    /// The rest, from the next whole byte on.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at.div_ceil(8)..).unwrap_or_default()
    }
}
