//! Chunks of a PNG.

/// A chunk of a file.
#[derive(Debug, Clone, Copy)]
pub struct PngChunk<'a> {
    /// Its type.
    pub kind: [u8; 4],
    /// Its data.
    pub data: &'a [u8],
    /// Offset after its checksum.
    pub end: usize,
    checksum: &'a [u8],
}

impl PngChunk<'_> {
    /// Whether its checksum is right.
    pub fn is_intact(&self) -> bool {
        let mut crc = flate2::Crc::new();
        crc.update(&self.kind);
        crc.update(self.data);
        crc.sum().to_be_bytes() == self.checksum
    }
}

/// All complete chunks, in order.
pub fn chunks(bytes: &[u8]) -> impl Iterator<Item = PngChunk<'_>> {
    let mut at = 8;
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
        let kind = *bytes.get(at + 4..)?.first_chunk()?;
        let end = (at + 8).checked_add(length)?;
        let (data, checksum) = (bytes.get(at + 8..end)?, bytes.get(end..end + 4)?);
        at = end + 4;
        Some(PngChunk { kind, data, end: at, checksum })
    })
}
