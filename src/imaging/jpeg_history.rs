//! How much a photo was compressed: by its file's tables, and by what its pixels show of an earlier compression.

use super::JpegTrace;

/// A compression that the pixels show counts when its quality is so much lower than that of the file: nearer ones are
/// the same.
const LOWER: u8 = 5;

/// What is known of the JPEG compressions of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JpegHistory {
    /// The quality that its file was saved with, 1–100, by its table; none for other formats.
    pub table: Option<u8>,
    /// The coarsest compression that can be seen in its pixels; none where none can be seen, or its detection did not run.
    pub seen: Option<JpegTrace>,
}

/// Where a quality is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualitySource {
    /// The file's quantisation table.
    File,
    /// The pixels, where the file has no table or a finer one.
    Pixels,
}

impl JpegHistory {
    /// The lowest quality that the photo was saved with, and its source; none where it shows no sign of JPEG.
    pub fn quality(self) -> Option<(u8, QualitySource)> {
        match (self.table, self.seen) {
            (Some(table), Some(seen)) if seen.quality.saturating_add(LOWER) < table => {
                Some((seen.quality, QualitySource::Pixels))
            }
            (None, Some(seen)) => Some((seen.quality, QualitySource::Pixels)),
            (table, _) => table.map(|quality| (quality, QualitySource::File)),
        }
    }

    /// In words: `quality 30, seen in the picture; the file says 75`.
    pub fn in_words(self) -> Option<String> {
        let (quality, source) = self.quality()?;
        Some(match (source, self.table) {
            (QualitySource::File, _) => format!("quality {quality}"),
            (QualitySource::Pixels, Some(table)) => {
                format!("quality {quality}, seen in the picture; the file says {table}")
            }
            (QualitySource::Pixels, None) => format!("quality {quality}, seen in the picture, which was a JPEG before"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_compression_counts_and_is_named() {
        let seen = |quality| Some(JpegTrace { quality, grid: (3, 0) });
        let cases = [
            (None, None, None, None),
            (Some(75), None, Some(75), Some("quality 75")),
            (Some(75), seen(72), Some(75), Some("quality 75")),
            (Some(75), seen(30), Some(30), Some("quality 30, seen in the picture; the file says 75")),
            (None, seen(30), Some(30), Some("quality 30, seen in the picture, which was a JPEG before")),
            (Some(30), seen(75), Some(30), Some("quality 30")),
        ];
        for (table, seen, quality, words) in cases {
            let history = JpegHistory { table, seen };
            assert_eq!(history.quality().map(|(quality, _)| quality), quality, "{history:?}");
            assert_eq!(history.in_words().as_deref(), words, "{history:?}");
        }
    }
}
