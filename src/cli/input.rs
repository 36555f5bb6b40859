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

/// One photo to read. Small, because there may be many.
#[derive(Debug)]
pub struct Input {
    /// The path as given, or as found in a folder.
    given: PathBuf,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// A file that was named.
    Named,
    /// A file found in a folder, so many components below it.
    Below(u32),
    /// A named file with its path below the folder of `--keep-tree`.
    InTree(Box<Path>),
    /// Standard input: a temporary file with its folder, or the error.
    Standard(Box<Result<(PathBuf, TempDir), String>>),
}

impl Input {
    /// Checks the inputs before any of them is read; returns a sentence if they are invalid.
    pub fn usage_error(given: &[PathBuf]) -> Option<String> {
        let standard = given.iter().filter(|path| is_standard(path)).count();
        if standard > 1 {
            return Some("standard input can be read once only: name - once".to_owned());
        }
        let is_interactive = standard == 1 && io::stdin().is_terminal();
        is_interactive.then(|| {
            "standard input is a terminal: pipe a photo or a list into it, as in redawn … - < photo.jpg".to_owned()
        })
    }

    /// A named input; reads it now if it is standard input, within the memory limit.
    pub fn new(given: &Path, memory: MemoryLimit) -> Self {
        let source = match is_standard(given) {
            true => Source::Standard(Box::new(read_standard_input(memory))),
            false => Source::Named,
        };
        Self { given: given.to_owned(), source }
    }

    /// A file found in a folder, `depth` components below it.
    pub fn found(path: PathBuf, depth: usize) -> Self {
        Self { given: path, source: Source::Below(u32::try_from(depth).unwrap_or(u32::MAX)) }
    }

    /// A file with its path below the folder of `--keep-tree`.
    pub fn in_tree(path: PathBuf, below: &Path) -> Self {
        Self { given: path, source: Source::InTree(below.into()) }
    }

    /// The file to read.
    ///
    /// # Errors
    /// When standard input could not be read: a sentence.
    pub fn file(&self) -> Result<&Path, String> {
        match &self.source {
            Source::Standard(read) => read.as_ref().as_ref().map(|(file, _)| file.as_path()).map_err(Clone::clone),
            Source::Named | Source::Below(_) | Source::InTree(_) => Ok(&self.given),
        }
    }

    /// Whether it is standard input.
    pub fn is_standard(&self) -> bool {
        matches!(self.source, Source::Standard(_))
    }

    /// The path as given, or as found in a folder.
    pub fn given(&self) -> &Path {
        &self.given
    }

    /// The name from which its output's name is derived.
    pub fn name(&self) -> &Path {
        match &self.source {
            Source::Standard(read) => {
                read.as_ref().as_ref().ok().and_then(|(file, _)| file.file_name()).map_or(&self.given, Path::new)
            }
            Source::Named | Source::Below(_) | Source::InTree(_) => &self.given,
        }
    }

    /// Its path below its folder; of a named file, its file name.
    pub fn relative(&self) -> &Path {
        match &self.source {
            Source::InTree(below) => below,
            Source::Below(depth) => last_components(&self.given, *depth as usize),
            Source::Named | Source::Standard(_) => self.name().file_name().map_or(Path::new(""), Path::new),
        }
    }

    /// The path that determines its share: that below its folder, or as given.
    pub fn shared_by(&self) -> &Path {
        match &self.source {
            Source::InTree(_) | Source::Below(_) => self.relative(),
            Source::Named | Source::Standard(_) => &self.given,
        }
    }

    /// Its name in the output: as given for scripts, in words otherwise.
    pub fn label(&self, for_script: bool) -> &Path {
        if self.is_standard() && !for_script { Path::new(STANDARD_INPUT) } else { &self.given }
    }

    /// Replaces the name of standard input's temporary file in a failure.
    pub fn without_temp_name(&self, failure: Failure) -> Failure {
        match &self.source {
            Source::Standard(read) => match read.as_ref() {
                Ok((file, _)) => failure.renamed(file, Path::new(STANDARD_INPUT)),
                Err(_) => failure,
            },
            Source::Named | Source::Below(_) | Source::InTree(_) => failure,
        }
    }
}

fn last_components(path: &Path, count: usize) -> &Path {
    let mut components = path.components();
    for _ in 0..components.clone().count().saturating_sub(count) {
        components.next();
    }
    components.as_path()
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
