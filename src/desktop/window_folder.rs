//! A folder of one window for files that the next session may need.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// File in each folder, locked while its window is open.
const LOCK: &str = "lock";

/// A folder of one window for files that the next session may need. Cleans up when dropped.
#[derive(Debug)]
pub struct WindowFolder {
    /// The folder of all windows' folders. None if nothing is stored.
    root: Option<PathBuf>,
    /// This window's folder and its lock.
    own: Option<(PathBuf, File)>,
    cleanup: Cleanup,
}

/// What to delete when a [`WindowFolder`] is dropped.
#[derive(Debug, Default)]
pub enum Cleanup {
    /// Nothing: the window was not closed properly.
    #[default]
    None,
    /// The window's own folder. Another window knows which other files are needed.
    OwnFolder,
    /// All files of this window and of those that are gone, except these.
    AllExcept(Vec<PathBuf>),
}

impl WindowFolder {
    /// Creates a folder below `root`.
    pub fn below(root: Option<PathBuf>) -> Self {
        Self { own: root.as_deref().and_then(create_locked), root, cleanup: Cleanup::None }
    }

    /// The folder. None if it could not be created.
    pub fn path(&self) -> Option<&Path> {
        self.own.as_ref().map(|(folder, _)| folder.as_path())
    }

    /// Whether a file is in the folder of this or any other window.
    pub fn holds(&self, path: &Path) -> bool {
        self.root.as_ref().is_some_and(|root| path.starts_with(root))
    }

    /// Sets what to delete when this is dropped.
    pub fn set_cleanup(&mut self, cleanup: Cleanup) {
        self.cleanup = cleanup;
    }
}

impl Drop for WindowFolder {
    fn drop(&mut self) {
        // Releases the lock, which would protect the folder.
        let own = self.own.take().map(|(folder, _)| folder);
        match (&self.cleanup, &self.root, own) {
            (Cleanup::AllExcept(kept), Some(root), _) => clean_up(root, kept),
            (Cleanup::OwnFolder, _, Some(folder)) => clean_folder(&folder, &[]),
            _ => {}
        }
    }
}

/// Creates a folder and locks it.
fn create_locked(root: &Path) -> Option<(PathBuf, File)> {
    fs::create_dir_all(root).ok()?;
    let folder = tempfile::Builder::new().prefix("").tempdir_in(root).ok()?;
    let lock = File::create(folder.path().join(LOCK)).ok()?;
    lock.try_lock().ok()?;
    Some((folder.keep(), lock))
}

/// Deletes all files below `root` except those `kept` and those of open windows. Files that can't be deleted are left for
/// the next time.
pub fn clean_up(root: &Path, kept: &[PathBuf]) {
    for folder in entries(root) {
        let is_open = File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_err());
        if !is_open {
            clean_folder(&folder, kept);
        }
    }
}

fn clean_folder(folder: &Path, kept: &[PathBuf]) {
    let unwanted = entries(folder).filter(|file| !kept.contains(file));
    unwanted.for_each(|file| drop(fs::remove_file(file)));
    // Fails if files are left.
    let _ = fs::remove_dir(folder);
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_open_windows_and_kept_files_are_not_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("full");
        let window = || WindowFolder::below(Some(root.clone()));
        let write = |window: &WindowFolder, name: &str| {
            let file = window.path().unwrap().join(name);
            fs::write(&file, "").unwrap();
            file
        };
        let (mut first, second, mut third) = (window(), window(), window());
        let files = [write(&first, "1"), write(&first, "2"), write(&second, "1"), write(&third, "1")];
        let exist = || files.each_ref().map(|file| file.exists());
        first.set_cleanup(Cleanup::AllExcept(files[..1].to_vec()));
        drop(first);
        assert_eq!(exist(), [true, false, true, true]);
        drop(second);
        assert_eq!(exist(), [true, false, true, true], "as if it was killed");
        clean_up(&root, &files[..1]);
        assert_eq!(exist(), [true, false, false, true]);
        third.set_cleanup(Cleanup::OwnFolder);
        drop(third);
        assert_eq!(exist(), [true, false, false, false], "only its own");
        clean_up(&root, &[]);
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0, "no folder is left");
    }
}
