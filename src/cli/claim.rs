//! Claims of photos: a locked file in the folder of the results, so that two processes don't restore one photo at the same
//! time. A killed process leaves the file, but not its lock.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use super::sha256::Hash;

/// On file systems without locks, an older file is that of a process that was killed. No photo takes so long.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Outcome of claiming a photo.
#[derive(Debug)]
pub enum Claimed {
    /// By this process, which may restore it.
    Here(Claim),
    /// By another process, which is restoring it.
    Elsewhere,
}

/// A claim, released when dropped. Its file stays as long as there may be a result without a record.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    /// Holds the lock.
    file: File,
    /// Whether there may be a result without a record: that of a process that was killed, or could not write the record.
    may_lack_record: bool,
}

impl Claim {
    /// Claims the result of this name in a folder, which must exist.
    ///
    /// # Errors
    /// If the claim's file can't be created or read.
    pub fn take(folder: &Path, name: &str) -> io::Result<Claimed> {
        let path = path_of(folder, name);
        loop {
            let (file, is_new) = match options().create_new(true).open(&path) {
                Ok(file) => (file, true),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match options().open(&path) {
                    Ok(file) => (file, false),
                    // Its owner has just removed it.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                },
                Err(error) => return Err(error),
            };
            match file.try_lock() {
                // Its owner may have removed it since it was opened.
                Ok(()) if !is_still_there(&file, &path) => continue,
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Claimed::Elsewhere),
                Err(TryLockError::Error(_)) if is_new => {}
                Err(TryLockError::Error(_)) => {
                    let age = file.metadata()?.modified().ok().and_then(|written| written.elapsed().ok());
                    if age.is_none_or(|age| age < LONGEST) {
                        return Ok(Claimed::Elsewhere);
                    }
                    fs::remove_file(&path)?;
                    continue;
                }
            }
            let mut claim = Self { path, file, may_lack_record: !is_new };
            let mut content = Vec::new();
            claim.file.read_to_end(&mut content)?;
            claim.may_lack_record = !content.is_empty();
            return Ok(Claimed::Here(claim));
        }
    }

    /// Whether there may be a result without a record, which this process or another one has made.
    pub fn may_lack_record(&self) -> bool {
        self.may_lack_record
    }

    /// Notes that the result of this name is going to be written: if it is there afterwards, it was made under this claim.
    ///
    /// # Errors
    /// If the claim's file can't be written.
    pub fn begin(&mut self, name: &str) -> io::Result<()> {
        if self.may_lack_record {
            return Ok(());
        }
        writeln!(self.file, "{name}")
    }

    /// The result is written.
    pub fn result_is_written(&mut self) {
        self.may_lack_record = true;
    }

    /// Ends the claim of a result that has its record, or needs none.
    pub fn finish(mut self) {
        self.may_lack_record = false;
    }
}

/// Removes the claim of a result that is done, if a killed process left one.
pub fn remove_abandoned(folder: &Path, name: &str) {
    if path_of(folder, name).exists() {
        // A claim of a living process is not taken.
        if let Ok(Claimed::Here(claim)) = Claim::take(folder, name) {
            claim.finish();
        }
    }
}

fn path_of(folder: &Path, name: &str) -> PathBuf {
    let hash = Hash::of(name.as_bytes()).to_string();
    folder.join(format!(".redawn-{}.claim", &hash[..16]))
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    options
}

fn is_still_there(file: &File, path: &Path) -> bool {
    let handle = file.try_clone().and_then(same_file::Handle::from_file);
    let now = same_file::Handle::from_path(path);
    matches!((handle, now), (Ok(handle), Ok(now)) if handle == now)
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Removed before it is unlocked: no process can claim a file that is about to be removed.
        if !self.may_lack_record {
            let _ = fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(folder: &Path) -> Option<Claim> {
        match Claim::take(folder, "box/a.tif").unwrap() {
            Claimed::Here(claim) => Some(claim),
            Claimed::Elsewhere => None,
        }
    }

    #[test]
    fn a_photo_is_claimed_once_and_the_file_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let first = here(folder.path()).expect("a claim");
        assert!(!first.may_lack_record && here(folder.path()).is_none());
        assert!(matches!(Claim::take(folder.path(), "box/b.tif").unwrap(), Claimed::Here(_)));
        drop(first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let again = here(folder.path()).expect("a claim");
        remove_abandoned(folder.path(), "box/a.tif");
        assert!(again.path.exists(), "its process lives");
    }

    #[test]
    fn the_claim_of_a_killed_process_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = here(folder.path()).expect("a claim").path.clone();
        fs::write(&path, "box/a.tif\n").unwrap();
        let taken = here(folder.path()).expect("a claim");
        assert!(taken.may_lack_record);
        drop(taken);
        assert!(path.exists(), "the result has no record yet");
        here(folder.path()).expect("a claim").finish();
        assert!(!path.exists());
        fs::write(&path, "box/a.tif\n").unwrap();
        remove_abandoned(folder.path(), "box/a.tif");
        assert!(!path.exists());
        // Killed before it was decided that the photo is restored.
        fs::write(&path, "").unwrap();
        assert!(!here(folder.path()).expect("a claim").may_lack_record);
        assert!(!path.exists());
    }

    #[test]
    fn only_a_claim_that_has_begun_says_whose_the_result_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut claim = here(folder.path()).expect("a claim");
        let path = claim.path.clone();
        assert_eq!(fs::read(&path).unwrap(), b"");
        claim.begin("box/a.tif").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"box/a.tif\n");
        drop(claim);
        assert!(!path.exists(), "there is no result");
        let mut claim = here(folder.path()).expect("a claim");
        claim.begin("box/a.tif").unwrap();
        claim.result_is_written();
        drop(claim);
        assert!(here(folder.path()).expect("a claim").may_lack_record);
    }

    /// Threads stand for processes: a lock belongs to an open file.
    #[test]
    fn no_two_have_one_claim_at_the_same_time() {
        let folder = tempfile::tempdir().unwrap();
        let inside = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        if let Some(claim) = here(folder.path()) {
                            assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                            assert!(!claim.may_lack_record);
                            inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
