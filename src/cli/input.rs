//! Input photos: files, and standard input, which is copied to a temporary file.

use std::{
    fs,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::client::Failure;
use crate::imaging::{self, MemoryLimit, PictureError};

/// Stands for standard input or output in place of a file name.
pub const STANDARD: &str = "-";
/// Name of standard input in sentences.
const STANDARD_INPUT: &str = "standard input";

/// One photo to read.
#[derive(Debug)]
pub struct Input {
    /// The path as given.
    given: PathBuf,
    /// The file, and its temporary folder if it has one; or the error.
    file: Result<(PathBuf, Option<TempDir>), String>,
}

impl Input {
    /// Checks the inputs before any of them is read; returns a sentence if they are invalid.
    pub fn usage_error(given: &[PathBuf]) -> Option<String> {
        let standard = given.iter().filter(|path| is_standard(path)).count();
        if standard > 1 {
            return Some("standard input holds one photo: name - once".to_owned());
        }
        let is_interactive = standard == 1 && io::stdin().is_terminal();
        is_interactive
            .then(|| "standard input is a terminal: pipe a photo into it, as in redawn … - < photo.jpg".to_owned())
    }

    /// An input; reads it now if it is standard input, within the memory limit.
    pub fn new(given: &Path, memory: MemoryLimit) -> Self {
        let file = match is_standard(given) {
            true => read_standard_input(memory).map(|(file, folder)| (file, Some(folder))),
            false => Ok((given.to_owned(), None)),
        };
        Self { given: given.to_owned(), file }
    }

    /// The file to read.
    ///
    /// # Errors
    /// When standard input could not be read: a sentence.
    pub fn file(&self) -> Result<&Path, String> {
        self.file.as_ref().map(|(file, _)| file.as_path()).map_err(Clone::clone)
    }

    /// The name from which its output's name is derived.
    pub fn name(&self) -> PathBuf {
        let read = self.file.as_ref().ok().filter(|(_, folder)| folder.is_some());
        read.and_then(|(file, _)| file.file_name()).map_or_else(|| self.given.clone(), PathBuf::from)
    }

    /// Its name in the output: as given for scripts, in words otherwise.
    pub fn label(&self, for_script: bool) -> PathBuf {
        if is_standard(&self.given) && !for_script { STANDARD_INPUT.into() } else { self.given.clone() }
    }

    /// Replaces the name of standard input's temporary file in a failure.
    pub fn without_temp_name(&self, failure: Failure) -> Failure {
        match &self.file {
            Ok((file, Some(_))) => failure.renamed(file, Path::new(STANDARD_INPUT)),
            _ => failure,
        }
    }
}

/// Whether a path stands for standard input or output. A file of that name is `./-`.
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == STANDARD
}

/// Copies standard input to a temporary file, with the extension of its format.
fn read_standard_input(memory: MemoryLimit) -> Result<(PathBuf, TempDir), String> {
    let failed = |error: io::Error| {
        format!("{STANDARD_INPUT} could not be read ({error}): send the photo again, or name a file")
    };
    let mut bytes = Vec::new();
    let most = memory.left().unwrap_or(u64::MAX);
    let length = io::stdin().lock().take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)? as u64;
    if length > most {
        let error = PictureError::TooLong { path: STANDARD_INPUT.into(), length, have: most };
        return Err(error.to_string());
    }
    let folder = tempfile::tempdir().map_err(failed)?;
    let file = folder.path().join("stdin").with_extension(imaging::format_in(&bytes).extension());
    fs::write(&file, bytes).map_err(failed)?;
    Ok((file, folder))
}
