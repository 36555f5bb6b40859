//! Removes temporary files that a killed process or a power cut left beside their targets.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
    time::Duration,
};

/// Prefix of the names of temporary files.
pub const PREFIX: &str = ".redawn-";
/// Suffix of the names of temporary files.
pub const SUFFIX: &str = ".part";

/// Younger files are kept: a file in use is not locked at the beginning, and between unlocking and renaming. On file
/// systems without locks the age alone decides, so it is longer than any save takes.
const MIN_AGE: Duration = Duration::from_secs(60 * 60);

/// Removes the stale temporary files in `folder`: those that are not locked ([`File::lock`]) by a writer, and were last
/// written at least an hour ago. Returns how many were removed; those that can't be checked or removed are kept.
pub fn remove(folder: &Path) -> usize {
    remove_older(folder, MIN_AGE)
}

fn remove_older(folder: &Path, age: Duration) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let ours = entries.flatten().filter(|entry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
    });
    ours.filter(|entry| is_stale(&entry.path(), age) && fs::remove_file(entry.path()).is_ok()).count()
}

fn is_stale(path: &Path, age: Duration) -> bool {
    // Not through a link, and not a pipe: opening one would block.
    let is_old_file = fs::symlink_metadata(path).is_ok_and(|metadata| {
        metadata.is_file() && metadata.modified().is_ok_and(|time| time.elapsed().is_ok_and(|passed| passed >= age))
    });
    // The lock is released when the file is closed at the end of this function.
    is_old_file && File::open(path).is_ok_and(|file| !matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn files_without_a_writer_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, age: Duration| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
            file
        };
        let two_hours = MIN_AGE * 2;
        // Its writer was killed.
        drop(make(".redawn-stale.part", two_hours));
        // Its writer is slow.
        let writer = make(".redawn-written.part", two_hours);
        writer.lock().unwrap();
        // Its writer has not locked it yet.
        let young = make(".redawn-young.part", Duration::ZERO);
        for other in [".redawn-notes", "photo.part", "redawn-photo.part", ".redawn-photo.part.png"] {
            make(other, two_hours);
        }
        fs::create_dir(folder.path().join(".redawn-folder.part")).unwrap();

        let names = || {
            let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        };
        let before = names();
        assert_eq!(remove(folder.path()), 1);
        let left: Vec<_> = before.into_iter().filter(|name| name != ".redawn-stale.part").collect();
        assert_eq!(names(), left);

        // The writer is killed: its file is stale, too.
        drop(writer);
        assert_eq!(remove(folder.path()), 1);
        drop(young);
        assert_eq!(remove(folder.path()), 0, "an hour has not passed");
        assert_eq!(remove_older(folder.path(), Duration::ZERO), 1);
        assert_eq!(remove(&folder.path().join("no such folder")), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("photo.png");
        let file = File::create(&photo).unwrap();
        file.set_modified(SystemTime::now() - MIN_AGE * 2).unwrap();
        std::os::unix::fs::symlink(&photo, folder.path().join(".redawn-link.part")).unwrap();
        assert_eq!(remove(folder.path()), 0);
    }
}
