//! Default and chosen file names for saving a result. Pure.

use std::path::{Path, PathBuf};

use crate::imaging::{self, Format, Head, IfExists};

/// `photo.jpg` → `photo-restored.jpg` in the same folder. Formats that can't be written become PNG.
pub fn beside(source: &Path) -> PathBuf {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let extension = source.extension().map(|extension| extension.to_string_lossy());
    let extension = extension.filter(|_| imaging::format_of(source).is_some());
    source.with_file_name(format!("{stem}-restored.{}", extension.as_deref().unwrap_or("png")))
}

/// The same, or as PNG if the format can't hold the result.
pub fn suggested(source: &Path, result: &Head) -> PathBuf {
    let beside = beside(source);
    match imaging::format_of(&beside) {
        Some(format) if !format.holds(result) => beside.with_extension(Format::Png.extension()),
        _ => beside,
    }
}

/// The file the user chose in the save dialog, and what to do if it exists: the dialog has asked whether to replace it.
/// A name without extension gets that of the suggestion; the dialog did not ask about that file.
pub fn chosen(path: PathBuf, suggestion: &Path) -> (PathBuf, IfExists) {
    if has_extension(&path) {
        return (path, IfExists::Replace);
    }
    let format = imaging::format_of(suggestion).unwrap_or(Format::Png);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(format.extension());
    (path.with_file_name(name), IfExists::Rename)
}

/// Whether the name ends with something like an extension: `.gif`, not `v1.2` or `Mr. Owl`.
fn has_extension(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.as_encoded_bytes()).unwrap_or_default();
    let is_short = (2..=4).contains(&extension.len()) && extension.iter().all(u8::is_ascii_alphanumeric);
    is_short && extension[0].is_ascii_alphabetic()
}

/// Formats for the save dialog. The suggestion's is first, since the dialog preselects that one.
pub fn dialog_formats(suggestion: &Path) -> Vec<Format> {
    let first = imaging::format_of(suggestion).unwrap_or(Format::Png);
    let others = Format::ALL.into_iter().filter(|format| *format != first);
    std::iter::once(first).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Metadata},
        pixels::Size,
    };

    #[test]
    fn the_default_name_says_restored_and_can_be_written() {
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
    fn a_name_without_extension_gets_that_of_the_suggestion() {
        for (name, suggestion, target) in [
            ("/a/owl", "/a/owl-restored.JPG", "/a/owl.jpg"),
            ("/a/owl v1.2", "/a/owl-restored.tif", "/a/owl v1.2.tif"),
            ("Mr. Owl at night", "owl.webp", "Mr. Owl at night.webp"),
        ] {
            let expected = (PathBuf::from(target), IfExists::Rename);
            assert_eq!(chosen(name.into(), Path::new(suggestion)), expected);
            assert_eq!(dialog_formats(Path::new(suggestion))[0], imaging::format_of(Path::new(target)).unwrap());
        }
        // Any extension is kept; an unknown one fails when the file is written.
        for name in ["/a/owl.PNG", "/a/owl.jpeg", "/a/owl.gif", "/a/owl.xyz"] {
            assert_eq!(chosen(name.into(), Path::new("/a/owl.jpg")), (PathBuf::from(name), IfExists::Replace));
        }
        let mut all = dialog_formats(Path::new("owl.webp"));
        all.sort_by_key(|format| format.name());
        all.dedup();
        assert_eq!(all.len(), Format::ALL.len());
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
