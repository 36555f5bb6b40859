//! Progress of a search for photos.

use std::path::PathBuf;

/// A running search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searching {
    /// The first file or folder of the search.
    pub place: PathBuf,
    /// Number of photos found so far.
    pub found: usize,
}
