//! The questions for files. Each blocks its caller, so each is asked on a thread of its own.

use std::path::{Path, PathBuf};

/// Asks a person for files.
pub trait Dialogs: Send + Sync {
    /// Which photos to open; none when the person thought better of it.
    fn photos_to_open(&self) -> Option<Vec<PathBuf>>;
    /// Where to save; `suggestion` is a full path.
    fn target_to_save(&self, suggestion: &Path) -> Option<PathBuf>;
}

/// The system's own file dialogs.
pub struct SystemDialogs;

/// What the open dialog shows; any file can be chosen by hand.
const PHOTO_EXTENSIONS: [&str; 13] =
    ["jpg", "jpeg", "png", "tif", "tiff", "webp", "bmp", "jxl", "gif", "tga", "qoi", "ppm", "pgm"];

impl Dialogs for SystemDialogs {
    fn photos_to_open(&self) -> Option<Vec<PathBuf>> {
        rfd::FileDialog::new()
            .set_title("Open a photo")
            .add_filter("Photos", &PHOTO_EXTENSIONS)
            .add_filter("All files", &["*"])
            .pick_files()
    }

    fn target_to_save(&self, suggestion: &Path) -> Option<PathBuf> {
        let mut dialog = rfd::FileDialog::new()
            .set_title("Save as")
            .add_filter("PNG", &["png"])
            .add_filter("JPEG", &["jpg", "jpeg"])
            .add_filter("TIFF", &["tif", "tiff"])
            .add_filter("WebP", &["webp"])
            .add_filter("Windows bitmap", &["bmp"]);
        if let Some(folder) = suggestion.parent().filter(|folder| folder.is_dir()) {
            dialog = dialog.set_directory(folder);
        }
        if let Some(name) = suggestion.file_name() {
            dialog = dialog.set_file_name(name.to_string_lossy());
        }
        dialog.save_file()
    }
}
