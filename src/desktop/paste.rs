//! What is pasted: paths as text, and pictures.

use std::path::{Path, PathBuf};

use egui::ColorImage;
use tempfile::TempDir;

use super::full_results::{Needed, OwnFolder};
use crate::{
    imaging::{self, Format, Metadata, Photo, PictureError, SaveOptions},
    pixels::{Raster, Samples, Size},
};

/// The paths in a text: one a line, as a file manager copies them (`file://` or plain) or in quotes. Only whole
/// paths: a word is no path.
pub fn paths_in(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(|line| line.trim().trim_matches(['"', '\'']));
    lines.filter_map(path_in).collect()
}

fn path_in(line: &str) -> Option<PathBuf> {
    let path = match line.strip_prefix("file://") {
        // After the slashes there may be the name of this machine.
        Some(rest) => PathBuf::from(unescape(&rest[rest.find('/')?..])?),
        None => PathBuf::from(line),
    };
    // `/C:/Users` of an address is `C:/Users`.
    let windows = path.to_str().and_then(|path| path.strip_prefix('/')).map(PathBuf::from);
    [Some(path), windows].into_iter().flatten().find(|path| path.is_absolute() && path.file_name().is_some())
}

/// `%20` → a space.
fn unescape(address: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Where pasted pictures are: in a folder of the program's own, where those of a list that is kept are found at the
/// next start, or in a temporary one, which is gone with the window.
#[derive(Debug)]
pub struct PastedPictures {
    kept: OwnFolder,
    temporary: Option<TempDir>,
}

impl PastedPictures {
    /// Below this folder, else in a temporary one.
    pub fn below(root: Option<PathBuf>) -> Self {
        let kept = OwnFolder::below(root);
        let temporary = || tempfile::Builder::new().prefix("redawn-").tempdir().ok();
        Self { temporary: if kept.path().is_none() { temporary() } else { None }, kept }
    }

    /// The folder of the pictures. None if none could be made.
    pub fn folder(&self) -> Option<&Path> {
        self.kept.path().or(self.temporary.as_ref().map(TempDir::path))
    }

    /// Whether a photo was pasted.
    pub fn holds(&self, path: &Path) -> bool {
        self.kept.holds(path) || self.temporary.as_ref().is_some_and(|folder| path.starts_with(folder.path()))
    }

    /// What is needed at the next start.
    pub fn end(&mut self, needed: Needed) {
        self.kept.end(needed);
    }
}

/// Puts a picture of the clipboard into a file of this folder, so that it is a photo like any other.
///
/// # Errors
/// When the file can't be written.
pub fn keep(image: &ColorImage, folder: &Path) -> Result<PathBuf, PictureError> {
    let path = folder.join("Pasted picture.png");
    Ok(imaging::save(&photo(image), &path, &SaveOptions::default())?.path)
}

/// A picture of the clipboard as a photo of 8 bits.
fn photo(image: &ColorImage) -> Photo {
    let [width, height] = image.size;
    let opaque = image.pixels.iter().all(|pixel| pixel.a() == 255);
    let channels = if opaque { 3 } else { 4 };
    let samples = image.pixels.iter().flat_map(|pixel| pixel.to_srgba_unmultiplied().into_iter().take(channels));
    let pixels = Raster::new(channels, Size::new(width, height), Samples::Eight(samples.collect()));
    Photo { pixels, format: Format::Png, metadata: Metadata::default() }
}

#[cfg(test)]
mod tests {
    use egui::Color32;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn paths_are_found_in_what_file_managers_and_shells_copy() {
        for (text, paths) in [
            ("/photos/owl.png", vec!["/photos/owl.png"]),
            ("  '/photos/my owl.png'\n", vec!["/photos/my owl.png"]),
            ("file:///photos/my%20owl%C3%A4.png\r\nfile://host/b.png", vec!["/photos/my owlä.png", "/b.png"]),
            ("owl.png", vec![]),
            ("https://example.org/owl.png", vec![]),
            ("file:///a%zz.png\nfile://x\n/", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(paths_in(text), paths.into_iter().map(PathBuf::from).collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn a_pasted_picture_keeps_its_colours_and_what_is_transparent() {
        let opaque = ColorImage::new([2, 1], vec![Color32::from_rgb(1, 2, 3), Color32::from_rgb(4, 5, 6)]);
        assert_eq!(*photo(&opaque).pixels.samples(), Samples::Eight(vec![1, 2, 3, 4, 5, 6]));
        let colours = vec![Color32::from_rgba_unmultiplied(200, 100, 50, 255), Color32::TRANSPARENT];
        let clear = photo(&ColorImage::new([2, 1], colours));
        assert_eq!(*clear.pixels.samples(), Samples::Eight(vec![200, 100, 50, 255, 0, 0, 0, 0]));
    }

    #[test]
    fn each_pasted_picture_gets_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let image = ColorImage::filled([2, 1], Color32::from_rgb(1, 2, 3));
        let [first, second] = [(); 2].map(|()| keep(&image, folder.path()).unwrap());
        assert_ne!(first, second);
        assert_eq!(imaging::open(&second).unwrap().photo, photo(&image));
    }
}
