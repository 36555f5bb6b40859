//! How far a search for photos is.

use std::path::PathBuf;

/// A search under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searching {
    /// The first of the files and folders that are searched.
    pub place: PathBuf,
    /// How many photos were found so far.
    pub found: usize,
}
