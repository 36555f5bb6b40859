//! The segments of a JPEG (ITU-T T.81, annex B), from its beginning to its end.

/// The start of a scan: its pixels follow.
pub const SCAN: u8 = 0xDA;
const END: u8 = 0xD9;

/// A segment: its marker and its contents.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    pub marker: u8,
    pub contents: &'a [u8],
}

/// All segments that are whole, those between and behind the scans too.
#[derive(Debug)]
pub struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether the pixels of a scan stand there.
    in_scan: bool,
    end: Option<usize>,
}

impl<'a> Segments<'a> {
    /// Those of a JPEG, which begins with its first marker.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 2, in_scan: false, end: None }
    }

    /// Once there are no more: where the picture ends, if it does.
    pub fn end(&self) -> Option<usize> {
        self.end
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let bytes = self.bytes;
        if std::mem::take(&mut self.in_scan) {
            self.at += pixels(bytes.get(self.at..)?)?;
        }
        loop {
            // Any number of 0xFF may stand before a marker.
            while bytes.get(self.at..)?.starts_with(&[0xFF, 0xFF]) {
                self.at += 1;
            }
            let &[0xFF, marker] = bytes.get(self.at..)?.first_chunk()? else { return None };
            match marker {
                END => {
                    self.end = Some(self.at + 2);
                    return None;
                }
                // Markers without contents.
                0x01 | 0xD0..=0xD7 => self.at += 2,
                0x00 | 0x02..=0xBF | 0xD8 => return None,
                marker => {
                    let length = usize::from(u16::from_be_bytes(*bytes.get(self.at + 2..)?.first_chunk()?));
                    let end = self.at + 2 + length;
                    let contents = bytes.get(self.at + 4..end)?;
                    (self.at, self.in_scan) = (end, marker == SCAN);
                    return Some(Segment { marker, contents });
                }
            }
        }
    }
}

/// How many bytes the pixels of a scan take: up to a marker that is neither a zero byte nor a restart.
pub fn pixels(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7))
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
}
