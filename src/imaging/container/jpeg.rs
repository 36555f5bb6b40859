//! Markers and segments of a JPEG (ITU-T T.81, annex B).

/// Start of scan (SOS).
pub const SCAN: u8 = 0xDA;
/// End of image (EOI).
pub const END: u8 = 0xD9;
/// Start of image (SOI).
const BEGINNING: u8 = 0xD8;

/// A segment: its marker and its contents.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    pub marker: u8,
    pub contents: &'a [u8],
}

/// All complete segments, including those between scans, up to the end of the picture or the start of another one. Entropy-coded
/// data and stray bytes are skipped.
#[derive(Debug)]
pub struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    end: Option<usize>,
}

impl<'a> Segments<'a> {
    /// The segments of a JPEG, which begins with SOI.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 2, end: None }
    }

    /// Offset after the last segment returned.
    pub fn position(&self) -> usize {
        self.at
    }

    /// After the last segment: the offset after EOI, if there is one.
    pub fn end(&self) -> Option<usize> {
        self.end
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        while self.end.is_none() {
            let (marker, at) = next_marker(self.bytes, self.at)?;
            self.at = at;
            if marker == END {
                self.end = Some(at);
            } else if marker == BEGINNING {
                self.at = self.bytes.len();
            } else if has_contents(marker) {
                let contents = contents(self.bytes, at)?;
                self.at += 2 + contents.len();
                return Some(Segment { marker, contents });
            }
        }
        None
    }
}

/// The next marker at or after an offset, and the offset after it.
pub fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xFF)?;
        // Fill bytes.
        at += bytes[at..].iter().position(|byte| *byte != 0xFF)?;
        match bytes[at] {
            0 => {}
            marker => return Some((marker, at + 1)),
        }
    }
}

/// Whether a marker begins a segment. The others (RST, SOI, EOI, and reserved ones) have no content.
pub fn has_contents(marker: u8) -> bool {
    !matches!(marker, 0x00..=0xBF | 0xD0..=0xD9)
}

/// The content of a segment whose length is at an offset.
pub fn contents(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
    bytes.get(at + 2..at + usize::from(length).max(2))
}

/// Whether a marker is SOF0 to SOF15 (without DHT, JPG and DAC, which have numbers among them).
pub fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_found_up_to_the_end() {
        let file = b"\xFF\xD8\xFF\xFF\xE1\0\x04ab\xFF\xDA\0\x02\x01\xFF\0\xFF\xD3\x02\xFF\xFE\0\x03c\xFF\xDA\0\x02\
                     \x05\xFF\xFF\xD9behind it";
        let mut segments = Segments::new(file);
        let found: Vec<_> = segments.by_ref().map(|segment| (segment.marker, segment.contents)).collect();
        assert_eq!(found, [(0xE1, &b"ab"[..]), (0xDA, b""), (0xFE, b"c"), (0xDA, b"")]);
        assert_eq!(segments.end(), Some(file.len() - b"behind it".len()));
        for cut in 0..file.len() - b"behind it".len() {
            let mut segments = Segments::new(&file[..cut]);
            assert!(segments.by_ref().count() <= 4);
            assert_eq!(segments.end(), None, "cut at {cut}");
        }
    }

    #[test]
    fn bytes_between_segments_are_skipped() {
        let file = b"\xFF\xD8\xFF\xE1\0\x04abjunk\0\xFF\xFE\0\x03c\xFF\xD9";
        let found: Vec<_> = Segments::new(file).map(|segment| (segment.marker, segment.contents)).collect();
        assert_eq!(found, [(0xE1, &b"ab"[..]), (0xFE, b"c")]);
        let without_end = [&file[..file.len() - 2], file].concat();
        assert_eq!(Segments::new(&without_end).count(), 2, "another picture follows");
    }
}
