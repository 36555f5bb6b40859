//! Photos to read: files, and what comes through standard input, which is kept in a file of its own meanwhile.

use std::{
    fs,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::imaging::{self, MemoryLimit, PictureError, quoted};

/// What stands for standard input, and standard output, in place of a file's name.
pub const STANDARD: &str = "-";
/// What people are told it is.
const SPOKEN: &str = "standard input";

/// One photo to read.
#[derive(Debug)]
pub struct Input {
    /// As it was given.
    given: PathBuf,
    /// The file it is in, and the folder to remove with it; or why it could not be read.
    file: Result<(PathBuf, Option<TempDir>), String>,
}

impl Input {
    /// What is wrong with so many inputs of these names, before any of them is read: a sentence.
    pub fn refusal(given: &[PathBuf]) -> Option<String> {
        let standard = given.iter().filter(|path| is_standard(path)).count();
        if standard > 1 {
            return Some("standard input holds one photo: name - once".to_owned());
        }
        let nothing_comes = standard == 1 && io::stdin().is_terminal();
        nothing_comes
            .then(|| "standard input is a terminal: send a photo into it, as in redawn … - < photo.jpg".to_owned())
    }

    /// Takes a photo, and reads it where it comes through standard input: within so much memory.
    pub fn new(given: &Path, memory: MemoryLimit) -> Self {
        let file = match is_standard(given) {
            true => take_in(memory).map(|(file, folder)| (file, Some(folder))),
            false => Ok((given.to_owned(), None)),
        };
        Self { given: given.to_owned(), file }
    }

    /// The file it is in.
    ///
    /// # Errors
    /// When standard input could not be read: a sentence for people.
    pub fn file(&self) -> Result<&Path, String> {
        self.file.as_ref().map(|(file, _)| file.as_path()).map_err(Clone::clone)
    }

    /// What its result is named after.
    pub fn name(&self) -> PathBuf {
        let read = self.file.as_ref().ok().filter(|(_, folder)| folder.is_some());
        read.and_then(|(file, _)| file.file_name()).map_or_else(|| self.given.clone(), PathBuf::from)
    }

    /// What it is called: as it was given for a script, in words for a person.
    pub fn called(&self, for_script: bool) -> PathBuf {
        if is_standard(&self.given) && !for_script { SPOKEN.into() } else { self.given.clone() }
    }

    /// A sentence about it without the name of a file that nobody knows.
    pub fn in_words(&self, sentence: &str) -> String {
        match &self.file {
            Ok((file, Some(_))) => sentence.replace(&quoted(file).to_string(), SPOKEN),
            _ => sentence.to_owned(),
        }
    }
}

/// Whether a name stands for standard input or output. A file of that name is `./-`.
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == STANDARD
}

/// Standard input as a file, named after what it is.
fn take_in(memory: MemoryLimit) -> Result<(PathBuf, TempDir), String> {
    let cant = |error: io::Error| format!("{SPOKEN} could not be read ({error}): send the photo again, or name a file");
    let mut bytes = Vec::new();
    let most = memory.left().unwrap_or(u64::MAX);
    let length = io::stdin().lock().take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(cant)? as u64;
    if length > most {
        let refusal = PictureError::TooLong { path: SPOKEN.into(), length, have: most };
        return Err(refusal.to_string());
    }
    let folder = tempfile::tempdir().map_err(cant)?;
    let file = folder.path().join("stdin").with_extension(imaging::format_in(&bytes).extension());
    fs::write(&file, bytes).map_err(cant)?;
    Ok((file, folder))
}
