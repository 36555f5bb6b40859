//! Pasted paths and pictures.

use std::path::{Path, PathBuf};

use egui::ColorImage;
use tempfile::TempDir;

use super::window_folder::{Cleanup, WindowFolder};
use crate::{
    imaging::{self, Format, Metadata, Photo, PictureError, SaveOptions},
    pixels::{Raster, Samples, Size},
};

/// The absolute paths in a text, one per line: plain, quoted, or as `file://` URLs, as file managers copy them.
pub fn paths_in(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(|line| line.trim().trim_matches(['"', '\'']));
    lines.filter_map(path_in).collect()
}

fn path_in(line: &str) -> Option<PathBuf> {
    let path = match line.strip_prefix("file://") {
        // A host name may precede the path.
        Some(rest) => PathBuf::from(unescape(&rest[rest.find('/')?..])?),
        None => PathBuf::from(line),
    };
    // The path in `file:///C:/Users` is `C:/Users`.
    let windows = path.to_str().and_then(|path| path.strip_prefix('/')).map(PathBuf::from);
    [Some(path), windows].into_iter().flatten().find(|path| path.is_absolute() && path.file_name().is_some())
}

/// `%20` → a space.
fn unescape(url: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.bytes();
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

/// The folder of pasted pictures: one that the next session can read, or else a temporary one.
#[derive(Debug)]
pub struct PastedPictures {
    lasting: WindowFolder,
    temporary: Option<TempDir>,
}

impl PastedPictures {
    /// Creates a folder below `root`, or a temporary one.
    pub fn below(root: Option<PathBuf>) -> Self {
        let lasting = WindowFolder::below(root);
        let temporary = || tempfile::Builder::new().prefix("redawn-").tempdir().ok();
        Self { temporary: if lasting.path().is_none() { temporary() } else { None }, lasting }
    }

    /// The folder. None if it could not be created.
    pub fn folder(&self) -> Option<&Path> {
        self.lasting.path().or(self.temporary.as_ref().map(TempDir::path))
    }

    /// Whether a file is a pasted picture.
    pub fn holds(&self, path: &Path) -> bool {
        self.lasting.holds(path) || self.temporary.as_ref().is_some_and(|folder| path.starts_with(folder.path()))
    }

    /// Sets what to delete when this is dropped.
    pub fn set_cleanup(&mut self, cleanup: Cleanup) {
        self.lasting.set_cleanup(cleanup);
    }
}

/// Saves a picture from the clipboard as a file in this folder, and returns its path.
///
/// # Errors
/// If the file can't be written.
pub fn save_picture(image: &ColorImage, folder: &Path) -> Result<PathBuf, PictureError> {
    let path = folder.join("Pasted picture.png");
    Ok(imaging::save(&photo(image), &path, &SaveOptions::default())?.path)
}

/// A picture from the clipboard as a photo.
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
    fn paths_are_pasted_as_file_managers_and_shells_copy_them() {
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
    fn a_pasted_picture_keeps_colours_and_alpha() {
        let opaque = ColorImage::new([2, 1], vec![Color32::from_rgb(1, 2, 3), Color32::from_rgb(4, 5, 6)]);
        assert_eq!(*photo(&opaque).pixels.samples(), Samples::Eight(vec![1, 2, 3, 4, 5, 6]));
        let colours = vec![Color32::from_rgba_unmultiplied(200, 100, 50, 255), Color32::TRANSPARENT];
        let clear = photo(&ColorImage::new([2, 1], colours));
        assert_eq!(*clear.pixels.samples(), Samples::Eight(vec![200, 100, 50, 255, 0, 0, 0, 0]));
    }

    #[test]
    fn each_pasted_picture_gets_its_own_file() {
        let folder = tempfile::tempdir().unwrap();
        let image = ColorImage::filled([2, 1], Color32::from_rgb(1, 2, 3));
        let [first, second] = [(); 2].map(|()| save_picture(&image, folder.path()).unwrap());
        assert_ne!(first, second);
        assert_eq!(imaging::open(&second).unwrap().photo, photo(&image));
    }
}
