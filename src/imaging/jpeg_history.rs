//! The JPEG compressions of a photo, from its file's tables and detected in its pixels.

use super::JpegTrace;

/// A detected compression counts only if its quality is lower than the table's by more than this; otherwise both are the
/// same one.
const MIN_DIFFERENCE: u8 = 5;

/// The known JPEG compressions of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JpegHistory {
    /// Quality of the file's quantisation table, 1–100; none for other formats.
    pub table: Option<u8>,
    /// The coarsest compression detected in the pixels; none if there is none, or the detection did not run.
    pub detected: Option<JpegTrace>,
}

/// Source of a quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualitySource {
    /// The file's quantisation table.
    File,
    /// The pixels; the file has no table or a finer one.
    Pixels,
}

impl JpegHistory {
    /// The lowest quality with which the photo was saved, and its source; none if there is no sign of JPEG.
    pub fn quality(self) -> Option<(u8, QualitySource)> {
        match (self.table, self.detected) {
            (Some(table), Some(detected)) if detected.quality.saturating_add(MIN_DIFFERENCE) < table => {
                Some((detected.quality, QualitySource::Pixels))
            }
            (None, Some(detected)) => Some((detected.quality, QualitySource::Pixels)),
            (table, _) => table.map(|quality| (quality, QualitySource::File)),
        }
    }

    /// For example `quality 75, from the file` or `quality 30, detected in the pixels; the file has 75`.
    pub fn in_words(self) -> Option<String> {
        let (quality, source) = self.quality()?;
        Some(match (source, self.table) {
            (QualitySource::File, _) => format!("quality {quality}, from the file"),
            (QualitySource::Pixels, Some(table)) => {
                format!("quality {quality}, detected in the pixels; the file has {table}")
            }
            (QualitySource::Pixels, None) => {
                format!("quality {quality}, detected in the pixels")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_compression_counts_and_is_named() {
        let detected = |quality| Some(JpegTrace { quality, grid: (3, 0) });
        let cases = [
            (None, None, None, None),
            (Some(75), None, Some(75), Some("quality 75, from the file")),
            (Some(75), detected(72), Some(75), Some("quality 75, from the file")),
            (Some(75), detected(30), Some(30), Some("quality 30, detected in the pixels; the file has 75")),
            (None, detected(30), Some(30), Some("quality 30, detected in the pixels")),
            (Some(30), detected(75), Some(30), Some("quality 30, from the file")),
        ];
        for (table, detected, quality, words) in cases {
            let history = JpegHistory { table, detected };
            assert_eq!(history.quality().map(|(quality, _)| quality), quality, "{history:?}");
            assert_eq!(history.in_words().as_deref(), words, "{history:?}");
        }
    }
}
