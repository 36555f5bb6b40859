//! Renames temporary files to names that don't exist yet.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use tempfile::TempPath;

use super::unique_names::numbered;

/// Renames to `path`, or to the first of its numbered names that is free, and returns the name.
///
/// # Errors
/// If the file can't be renamed.
pub fn persist_numbered(mut part: TempPath, path: &Path) -> io::Result<PathBuf> {
    let mut number = 1;
    loop {
        let name = numbered(path, number);
        match persist_new(part, &name)? {
            None => return Ok(name),
            Some(returned) => part = returned,
        }
        number += 1;
    }
}

/// Renames atomically unless the name exists; in that case returns the file.
///
/// # Errors
/// If the file can't be renamed.
pub fn persist_new(part: TempPath, target: &Path) -> io::Result<Option<TempPath>> {
    match part.persist_noclobber(target) {
        Ok(()) => Ok(None),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Some(error.path)),
        // Some network file systems support neither that nor hard links.
        Err(error) => persist_claimed(error.path, target),
    }
}

/// The same in two steps: creates an empty file of that name, and renames over it.
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
    fn an_existing_file_is_never_replaced() {
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
