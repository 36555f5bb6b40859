//! Results at full strength, of photos that were saved at a strength so low that their files don't tell what the
//! restoration was: files of the program's own, so that the strength can be moved later.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::imaging::Format;

/// The name of the file in each folder that is locked as long as the window lives that writes there.
const LOCK: &str = "lock";

/// Names the files of one window.
#[derive(Debug)]
pub struct FullResults {
    folder: OwnFolder,
    names: u64,
}

/// A folder of one window alone, with files that may be needed at the next start. When it is dropped it removes
/// what is no longer needed.
#[derive(Debug)]
pub struct OwnFolder {
    /// The folder of these folders; none where nothing is remembered.
    root: Option<PathBuf>,
    /// The folder of this window with its lock.
    own: Option<(PathBuf, File)>,
    needed: Needed,
}

/// What of it is needed when the window is closed.
#[derive(Debug, Default)]
pub enum Needed {
    /// That is not known: it was not closed.
    #[default]
    Unknown,
    /// Nothing of its own; another window knows what else is.
    NoneOfItsOwn,
    /// Of all that is there, these files alone.
    Only(Vec<PathBuf>),
}

impl FullResults {
    /// In a folder below this one.
    pub fn below(root: Option<PathBuf>) -> Self {
        Self { folder: OwnFolder::below(root), names: 0 }
    }

    /// A new name. None if no folder could be made.
    pub fn next_file(&mut self) -> Option<PathBuf> {
        let folder = self.folder.path()?;
        self.names += 1;
        Some(folder.join(format!("{}.{}", self.names, Format::Tiff.extension())))
    }

    /// What is needed when this is dropped, after the workers that write there.
    pub fn end(&mut self, needed: Needed) {
        self.folder.end(needed);
    }
}

impl OwnFolder {
    /// Makes one below this folder.
    pub fn below(root: Option<PathBuf>) -> Self {
        Self { own: root.as_deref().and_then(make_folder), root, needed: Needed::Unknown }
    }

    /// The folder. None if it could not be made.
    pub fn path(&self) -> Option<&Path> {
        self.own.as_ref().map(|(folder, _)| folder.as_path())
    }

    /// Whether a file is in this folder, or in that of another window.
    pub fn holds(&self, path: &Path) -> bool {
        self.root.as_ref().is_some_and(|root| path.starts_with(root))
    }

    /// What is needed when this is dropped.
    pub fn end(&mut self, needed: Needed) {
        self.needed = needed;
    }
}

impl Drop for OwnFolder {
    fn drop(&mut self) {
        // With its lock, which would keep the folder.
        let own = self.own.take().map(|(folder, _)| folder);
        match (&self.needed, &self.root, own) {
            (Needed::Only(kept), Some(root), _) => tidy(root, kept),
            (Needed::NoneOfItsOwn, _, Some(folder)) => tidy_folder(&folder, &[]),
            _ => {}
        }
    }
}

/// A new folder that this process has locked.
fn make_folder(root: &Path) -> Option<(PathBuf, File)> {
    fs::create_dir_all(root).ok()?;
    let folder = tempfile::Builder::new().prefix("").tempdir_in(root).ok()?;
    let lock = File::create(folder.path().join(LOCK)).ok()?;
    lock.try_lock().ok()?;
    Some((folder.keep(), lock))
}

/// Removes all files below `root` but those `kept`, and those of windows that live. What can't be removed stays for
/// another time.
pub fn tidy(root: &Path, kept: &[PathBuf]) {
    for folder in entries(root) {
        let lives = File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_err());
        if !lives {
            tidy_folder(&folder, kept);
        }
    }
}

fn tidy_folder(folder: &Path, kept: &[PathBuf]) {
    let unwanted = entries(folder).filter(|file| !kept.contains(file));
    unwanted.for_each(|file| drop(fs::remove_file(file)));
    // One with files that are kept stays.
    let _ = fs::remove_dir(folder);
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_living_window_has_and_what_is_kept_stays() {
        let root = tempfile::tempdir().unwrap();
        let of = || FullResults::below(Some(root.path().join("full")));
        let write = |full: &mut FullResults| {
            let file = full.next_file().unwrap();
            fs::write(&file, "").unwrap();
            file
        };
        let (mut first, mut second, mut third) = (of(), of(), of());
        let files = [write(&mut first), write(&mut first), write(&mut second), write(&mut third)];
        let there = || files.each_ref().map(|file| file.exists());
        first.end(Needed::Only(files[..1].to_vec()));
        drop(first);
        assert_eq!(there(), [true, false, true, true]);
        // One that was killed says nothing.
        drop(second);
        assert_eq!(there(), [true, false, true, true]);
        tidy(&root.path().join("full"), &files[..1]);
        assert_eq!(there(), [true, false, false, true]);
        third.end(Needed::NoneOfItsOwn);
        drop(third);
        assert_eq!(there(), [true, false, false, false], "another one's are not its business");
        tidy(&root.path().join("full"), &[]);
        assert_eq!(fs::read_dir(root.path().join("full")).unwrap().count(), 0, "no folder is left");
    }

    #[test]
    fn where_nothing_is_remembered_nothing_is_kept() {
        assert!(FullResults::below(None).next_file().is_none());
    }
}
