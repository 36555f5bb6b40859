//! File dialogs, the file manager and the clipboard. All of it blocks.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rfd::FileDialog;

use super::{clipboard::Picture, reveal};
use crate::{imaging, state::save_name};

/// File dialogs, the file manager and the clipboard. Tests have their own.
pub trait Dialogs: Send + Sync {
    /// Asks for photos to open. None if cancelled.
    fn photos_to_open(&self) -> Option<Vec<PathBuf>>;
    /// Asks for folders to open. None if cancelled.
    fn folders_to_open(&self) -> Option<Vec<PathBuf>>;
    /// Asks for the output folder; `now` is the current one. None if cancelled.
    fn folder_to_save_in(&self, now: Option<&Path>) -> Option<PathBuf>;
    /// Asks for a file to save as. `suggestion` is a full path. None if cancelled.
    fn target_to_save(&self, suggestion: &Path) -> Option<PathBuf>;

    /// Sets the folder in which the dialogs for photos and folders start.
    fn set_start_folder(&self, _folder: Option<&Path>) {}

    /// Whether the last dialog was shown to the user.
    fn dialog_was_shown(&self) -> bool {
        true
    }

    /// Shows a file in the file manager.
    ///
    /// # Errors
    /// The reason as a text.
    fn show_file(&self, _path: &Path) -> Result<(), String> {
        Ok(())
    }

    /// Copies a picture to the clipboard.
    ///
    /// # Errors
    /// The reason as a text.
    fn copy_picture(&self, _picture: Picture) -> Result<(), String> {
        Ok(())
    }
}

/// The system's own file dialogs, file manager and clipboard.
#[derive(Default)]
pub struct SystemDialogs {
    folder: Mutex<Option<PathBuf>>,
    not_shown: AtomicBool,
}

impl SystemDialogs {
    /// A user can't cancel faster than this: no dialog was shown (on Linux: neither a portal nor zenity).
    const FASTEST_CANCEL: Duration = Duration::from_millis(250);

    fn ask<T>(&self, question: impl FnOnce() -> Option<T>) -> Option<T> {
        let start = Instant::now();
        // The dialog's backend may panic on unexpected replies of the desktop.
        let answer = catch_unwind(AssertUnwindSafe(question)).unwrap_or_default();
        let not_shown = answer.is_none() && start.elapsed() < Self::FASTEST_CANCEL;
        self.not_shown.store(not_shown, Ordering::Relaxed);
        answer
    }

    fn dialog(&self, title: &str) -> FileDialog {
        let dialog = FileDialog::new().set_title(title);
        let folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match folder.filter(|folder| folder.is_dir()) {
            Some(folder) => dialog.set_directory(folder),
            None => dialog,
        }
    }
}

impl Dialogs for SystemDialogs {
    fn photos_to_open(&self) -> Option<Vec<PathBuf>> {
        let dialog = self.dialog("Open photos");
        let dialog = dialog.add_filter("Photos", &imaging::READ_EXTENSIONS).add_filter("All files", &["*"]);
        self.ask(|| dialog.pick_files()).filter(|files| !files.is_empty())
    }

    fn folders_to_open(&self) -> Option<Vec<PathBuf>> {
        let dialog = self.dialog("Add folders");
        self.ask(|| dialog.pick_folders()).filter(|folders| !folders.is_empty())
    }

    fn folder_to_save_in(&self, now: Option<&Path>) -> Option<PathBuf> {
        let dialog = self.dialog("Choose output folder");
        let dialog = match now.filter(|folder| folder.is_dir()) {
            Some(folder) => dialog.set_directory(folder),
            None => dialog,
        };
        self.ask(|| dialog.pick_folder())
    }

    fn target_to_save(&self, suggestion: &Path) -> Option<PathBuf> {
        let mut dialog = FileDialog::new().set_title("Save as");
        for format in save_name::dialog_formats(suggestion) {
            dialog = dialog.add_filter(format.name(), format.extensions());
        }
        if let Some(folder) = suggestion.parent().filter(|folder| folder.is_dir()) {
            dialog = dialog.set_directory(folder);
        }
        if let Some(name) = suggestion.file_name() {
            dialog = dialog.set_file_name(name.to_string_lossy());
        }
        self.ask(|| dialog.save_file())
    }

    fn set_start_folder(&self, folder: Option<&Path>) {
        *self.folder.lock().unwrap_or_else(PoisonError::into_inner) = folder.map(Path::to_owned);
    }

    fn dialog_was_shown(&self) -> bool {
        !self.not_shown.load(Ordering::Relaxed)
    }

    fn show_file(&self, path: &Path) -> Result<(), String> {
        reveal::reveal(path)
    }

    fn copy_picture(&self, picture: Picture) -> Result<(), String> {
        picture.copy().map_err(|error| error.to_string())
    }
}
