//! Results at full strength, of photos that were saved at a strength so low that their files don't tell what the
//! restoration was: files of the program's own, so that the strength can be moved later.

use std::{
    collections::HashSet,
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::imaging::Format;

/// The name of the file in each folder that is locked as long as the window lives that writes there.
const LOCK: &str = "lock";

/// Where those of one window are: a folder of its own.
#[derive(Debug)]
pub struct FullResults {
    /// The folder of these folders; none where nothing is remembered.
    root: Option<PathBuf>,
    /// The folder of this window with its lock, once there is one.
    own: Option<(PathBuf, File)>,
    names: u64,
}

impl FullResults {
    /// In a folder below this one. It is made when it is needed.
    pub fn below(root: Option<PathBuf>) -> Self {
        Self { root, own: None, names: 0 }
    }

    /// A new name; none where no folder can be made.
    pub fn next_file(&mut self) -> Option<PathBuf> {
        if self.own.is_none() {
            self.own = make_folder(self.root.as_ref()?);
        }
        let (folder, _) = self.own.as_ref()?;
        self.names += 1;
        Some(folder.join(format!("{}.{}", self.names, Format::Tiff.extension())))
    }

    /// Removes what nobody needs any more; this window writes nothing more. `kept` is what the next one needs, where
    /// this one knows that: one that does not takes away its own files only.
    pub fn end(&mut self, kept: Option<&[PathBuf]>) {
        let own = self.own.take().map(|(folder, _)| folder);
        match (self.root.take(), kept) {
            (Some(root), Some(kept)) => tidy(&root, kept),
            _ => own.into_iter().for_each(|folder| drop(fs::remove_dir_all(folder))),
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
    let kept: HashSet<&Path> = kept.iter().map(PathBuf::as_path).collect();
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for folder in entries(root) {
        if File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_err()) {
            continue;
        }
        if kept.iter().any(|file| file.starts_with(&folder)) {
            let unwanted = entries(&folder).filter(|file| !kept.contains(file.as_path()));
            unwanted.for_each(|file| drop(fs::remove_file(file)));
        } else {
            let _ = fs::remove_dir_all(folder);
        }
    }
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
        first.end(Some(&files[..1]));
        assert_eq!(there(), [true, false, true, true]);
        assert!(first.next_file().is_none());
        // One that was killed says nothing.
        drop(second);
        assert_eq!(there(), [true, false, true, true]);
        tidy(&root.path().join("full"), &files[..1]);
        assert_eq!(there(), [true, false, false, true]);
        third.end(None);
        assert_eq!(there(), [true, false, false, false], "another one's are not its business");
        tidy(&root.path().join("full"), &[]);
        assert_eq!(fs::read_dir(root.path().join("full")).unwrap().count(), 0, "no folder is left");
    }

    #[test]
    fn where_nothing_is_remembered_nothing_is_kept() {
        assert!(FullResults::below(None).next_file().is_none());
    }
}
