//! Searches for photos: progress, and whether subfolders are included.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A running search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searching {
    /// The first file or folder of the search.
    pub place: PathBuf,
    /// Number of photos found so far.
    pub found: usize,
}

/// Whether folders are searched with their subfolders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Subfolders {
    /// With subfolders.
    #[default]
    Included,
    /// Without.
    #[serde(rename = "LeftOut")]
    Excluded,
}
