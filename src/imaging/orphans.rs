//! Files under way that nobody writes any more: a power cut or a SIGKILL in the middle of a save
//! leaves one beside the target.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
    time::Duration,
};

/// How the name of a file under way begins.
pub const PREFIX: &str = ".redawn-";
/// How it ends.
pub const SUFFIX: &str = ".part";

/// Younger ones are left alone: between its making and its lock, and between the end of its lock and
/// its renaming, a file under way looks like an orphan. Where a file system has no locks, age alone
/// decides, so it is more than any save takes.
const MIN_AGE: Duration = Duration::from_secs(60 * 60);

/// Removes the files under way in `folder` that no living process writes: those whose lock
/// ([`File::lock`], held by the writer) can be had, and that were last written to an hour ago or
/// earlier. Answers how many went; what can't be looked at or removed stays, for another time.
pub fn sweep(folder: &Path) -> usize {
    sweep_older(folder, MIN_AGE)
}

fn sweep_older(folder: &Path, age: Duration) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let ours = entries.flatten().filter(|entry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
    });
    ours.filter(|entry| is_orphan(&entry.path(), age) && fs::remove_file(entry.path()).is_ok()).count()
}

fn is_orphan(path: &Path, age: Duration) -> bool {
    // Not through a link, and no pipe: opening one would wait.
    let is_old_file = fs::symlink_metadata(path).is_ok_and(|metadata| {
        metadata.is_file() && metadata.modified().is_ok_and(|time| time.elapsed().is_ok_and(|passed| passed >= age))
    });
    // The lock ends with the file at the end of this function.
    is_old_file && File::open(path).is_ok_and(|file| !matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_what_nobody_writes_goes() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, age: Duration| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
            file
        };
        let two_hours = MIN_AGE * 2;
        // Its writer is dead.
        drop(make(".redawn-orphan.part", two_hours));
        // Its writer lives, and is slow.
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
        assert_eq!(sweep(folder.path()), 1);
        let left: Vec<_> = before.into_iter().filter(|name| name != ".redawn-orphan.part").collect();
        assert_eq!(names(), left);

        // The writer dies: what it wrote is an orphan as well.
        drop(writer);
        assert_eq!(sweep(folder.path()), 1);
        drop(young);
        assert_eq!(sweep(folder.path()), 0, "an hour has not passed");
        assert_eq!(sweep_older(folder.path(), Duration::ZERO), 1);
        assert_eq!(sweep(&folder.path().join("no such folder")), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_orphan() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("photo.png");
        let file = File::create(&photo).unwrap();
        file.set_modified(SystemTime::now() - MIN_AGE * 2).unwrap();
        std::os::unix::fs::symlink(&photo, folder.path().join(".redawn-link.part")).unwrap();
        assert_eq!(sweep(folder.path()), 0);
    }
}
