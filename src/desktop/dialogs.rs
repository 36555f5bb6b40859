//! What the desktop does for the window: asks for files, shows them, takes pictures to its clipboard. All of it
//! blocks its caller, so all of it is done on a thread of its own.

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

/// Asks a person for files, shows them, and takes pictures to the clipboard.
pub trait Dialogs: Send + Sync {
    /// Which photos to open; none when the person thought better of it.
    fn photos_to_open(&self) -> Option<Vec<PathBuf>>;
    /// Which folders to open; none when the person thought better of it.
    fn folders_to_open(&self) -> Option<Vec<PathBuf>>;
    /// Which folder results go to.
    fn folder_to_save_in(&self, now: Option<&Path>) -> Option<PathBuf>;
    /// Where to save; `suggestion` is a full path.
    fn target_to_save(&self, suggestion: &Path) -> Option<PathBuf>;

    /// The folder that photos are looked for in first; called before a question.
    fn start_in(&self, _folder: Option<&Path>) {}

    /// Whether the last question came before the person's eyes.
    fn could_ask(&self) -> bool {
        true
    }

    /// Shows a file in its folder.
    ///
    /// # Errors
    /// Why that can't be done.
    fn show_file(&self, _path: &Path) -> Result<(), String> {
        Ok(())
    }

    /// Takes a picture to the clipboard.
    ///
    /// # Errors
    /// Why that can't be done.
    fn copy_picture(&self, _picture: Picture) -> Result<(), String> {
        Ok(())
    }
}

/// The system's own file dialogs, file manager and clipboard.
#[derive(Default)]
pub struct SystemDialogs {
    folder: Mutex<Option<PathBuf>>,
    unseen: AtomicBool,
}

impl SystemDialogs {
    /// No person says no so quickly: there was no dialog (on Linux: neither a portal nor zenity).
    const QUICKEST: Duration = Duration::from_millis(250);

    fn ask<T>(&self, question: impl FnOnce() -> Option<T>) -> Option<T> {
        let start = Instant::now();
        // The desktop's answers are not ours to trust.
        let answer = catch_unwind(AssertUnwindSafe(question)).unwrap_or_default();
        let unseen = answer.is_none() && start.elapsed() < Self::QUICKEST;
        self.unseen.store(unseen, Ordering::Relaxed);
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
        for format in save_name::kinds(suggestion) {
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

    fn start_in(&self, folder: Option<&Path>) {
        *self.folder.lock().unwrap_or_else(PoisonError::into_inner) = folder.map(Path::to_owned);
    }

    fn could_ask(&self) -> bool {
        !self.unseen.load(Ordering::Relaxed)
    }

    fn show_file(&self, path: &Path) -> Result<(), String> {
        reveal::reveal(path)
    }

    fn copy_picture(&self, picture: Picture) -> Result<(), String> {
        picture.copy().map_err(|error| error.to_string())
    }
}
