//! File names that the user chose for a result. Pure.

use std::path::{Path, PathBuf};

use crate::imaging::{self, Format, IfExists};

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
}
