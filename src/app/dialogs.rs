//! The questions for files. Each blocks its caller, so each is asked on a thread of its own.

use std::path::{Path, PathBuf};

use crate::imaging;

/// Asks a person for files.
pub trait Dialogs: Send + Sync {
    /// Which photos to open; none when the person thought better of it.
    fn photos_to_open(&self) -> Option<Vec<PathBuf>>;
    /// Which folders to open; none when the person thought better of it.
    fn folders_to_open(&self) -> Option<Vec<PathBuf>>;
    /// Which folder results go to.
    fn folder_to_save_in(&self, now: Option<&Path>) -> Option<PathBuf>;
    /// Where to save; `suggestion` is a full path.
    fn target_to_save(&self, suggestion: &Path) -> Option<PathBuf>;
}

/// The system's own file dialogs.
pub struct SystemDialogs;

impl Dialogs for SystemDialogs {
    fn photos_to_open(&self) -> Option<Vec<PathBuf>> {
        rfd::FileDialog::new()
            .set_title("Open a photo")
            .add_filter("Photos", &imaging::READ_EXTENSIONS)
            .add_filter("All files", &["*"])
            .pick_files()
    }

    fn folders_to_open(&self) -> Option<Vec<PathBuf>> {
        rfd::FileDialog::new().set_title("Add folders of photos").pick_folders()
    }

    fn folder_to_save_in(&self, now: Option<&Path>) -> Option<PathBuf> {
        let dialog = rfd::FileDialog::new().set_title("Where the results go");
        let dialog = match now.filter(|folder| folder.is_dir()) {
            Some(folder) => dialog.set_directory(folder),
            None => dialog,
        };
        dialog.pick_folder()
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
