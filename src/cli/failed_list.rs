//! The list of `--failed`: the inputs that failed, in the form that `--files-from` reads.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::imaging::quoted;

/// The list, in its file.
pub struct FailedList {
    path: PathBuf,
    file: File,
    null: bool,
}

impl FailedList {
    /// Creates the file, or empties it. `null`: names are separated by NUL instead of line breaks.
    ///
    /// # Errors
    /// If that is not possible: a sentence.
    pub fn create(path: &Path, null: bool) -> Result<Self, String> {
        let file = File::create(path).map_err(|error| {
            format!("the list {} can't be written ({error}): choose another file with --failed", quoted(path))
        })?;
        Ok(Self { path: path.to_owned(), file, null })
    }

    /// Adds an input.
    ///
    /// # Errors
    /// If it can't be written, or its name has a line break: a sentence.
    pub fn add(&mut self, input: &Path) -> Result<(), String> {
        let mut line = bytes_of(input)
            .map_err(|error| format!("{} can't be added to {} ({error})", quoted(input), quoted(&self.path)))?;
        if !self.null && line.contains(&b'\n') {
            let (list, name) = (quoted(&self.path), quoted(input));
            return Err(format!("{name} can't be added to {list}, because its name has a line break: use --null"));
        }
        line.push(if self.null { 0 } else { b'\n' });
        let written = self.file.write_all(&line);
        written.map_err(|error| format!("the list {} can't be written ({error})", quoted(&self.path)))
    }
}

#[cfg(unix)]
fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt;
    Ok(path.as_os_str().as_bytes().to_vec())
}

#[cfg(not(unix))]
fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    path.to_str().map(|text| text.as_bytes().to_vec()).ok_or_else(|| io::ErrorKind::InvalidFilename.into())
}
