//! Temporary files under names that nothing has yet.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use tempfile::TempPath;

use super::names::numbered;

/// Renames to a name, or the first of its numbered ones that is free; the name that it got.
///
/// # Errors
/// When the disk does not take it.
pub fn persist_beside(mut part: TempPath, path: &Path) -> io::Result<PathBuf> {
    let mut number = 1;
    loop {
        let name = numbered(path, number);
        match persist_new(part, &name)? {
            None => return Ok(name),
            Some(back) => part = back,
        }
        number += 1;
    }
}

/// Renames where nothing of that name is, without a moment between the check and the renaming. Gives the
/// file back when the name is taken.
///
/// # Errors
/// When the disk does not take it.
pub fn persist_new(part: TempPath, target: &Path) -> io::Result<Option<TempPath>> {
    match part.persist_noclobber(target) {
        Ok(()) => Ok(None),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Some(error.path)),
        // Some network file systems can do neither that nor hard links.
        Err(error) => persist_claimed(error.path, target),
    }
}

/// The same in two steps: an empty file takes the name, then the rename goes over it.
fn persist_claimed(part: TempPath, target: &Path) -> io::Result<Option<TempPath>> {
    match File::create_new(target) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(Some(part)),
        Err(error) => return Err(error),
    }
    match part.persist(target) {
        Ok(()) => Ok(None),
        Err(error) => {
            fs::remove_file(target)?;
            Err(error.error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_name_is_never_taken_from_another() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("photo.png");
        fs::write(&target, b"other").unwrap();
        let part = tempfile::NamedTempFile::new_in(folder.path()).unwrap().into_temp_path();
        let part = persist_claimed(part, &target).unwrap().expect("the name is taken");
        assert_eq!(fs::read(&target).unwrap(), b"other");

        fs::write(&part, b"mine").unwrap();
        let free = folder.path().join("free.png");
        assert!(persist_claimed(part, &free).unwrap().is_none());
        assert_eq!(fs::read(&free).unwrap(), b"mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
