//! Where a result is to be saved, as long as the person says nothing else. Pure.

use std::path::{Path, PathBuf};

use crate::imaging::{self, Format, Head};

/// `photo.jpg` → `photo-restored.jpg` beside it; formats that can't be written become PNG.
pub fn beside(source: &Path) -> PathBuf {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let extension = source.extension().map(|extension| extension.to_string_lossy());
    let extension = extension.filter(|_| imaging::format_of(source).is_some());
    source.with_file_name(format!("{stem}-restored.{}", extension.as_deref().unwrap_or("png")))
}

/// The same in a format that can hold the result.
pub fn suggested(source: &Path, result: &Head) -> PathBuf {
    let beside = beside(source);
    match imaging::format_of(&beside) {
        Some(format) if !format.holds(result) => beside.with_extension(Format::Png.extension()),
        _ => beside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Metadata},
        pixels::Size,
    };

    #[test]
    fn the_suggested_name_says_restored_and_can_be_written() {
        for (source, target) in [
            ("/a/owl.jpg", "/a/owl-restored.jpg"),
            ("/a/owl.TIF", "/a/owl-restored.TIF"),
            ("/a/owl.gif", "/a/owl-restored.png"),
            ("/a/owl", "/a/owl-restored.png"),
        ] {
            assert_eq!(beside(Path::new(source)), Path::new(target));
        }
    }

    #[test]
    fn a_format_that_can_hold_the_result_is_suggested() {
        let head =
            |width| Head { size: Size::new(width, 9), channels: 3, depth: Depth::Eight, metadata: Metadata::default() };
        for (source, width, target) in [
            ("/a/owl.webp", 16_383, "/a/owl-restored.webp"),
            ("/a/owl.webp", 16_384, "/a/owl-restored.png"),
            ("/a/owl.JPG", 65_536, "/a/owl-restored.png"),
            ("/a/owl.tif", 65_536, "/a/owl-restored.tif"),
        ] {
            assert_eq!(suggested(Path::new(source), &head(width)), Path::new(target));
        }
    }
}
