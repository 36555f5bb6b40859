//! Results at full strength, kept for photos that were saved at a lower one from which it can't be computed: the strength
//! can be changed later without restoring again.

use std::path::PathBuf;

use super::window_folder::{Cleanup, WindowFolder};
use crate::imaging::Format;

/// Names the files of one window.
#[derive(Debug)]
pub struct FullResults {
    folder: WindowFolder,
    count: u64,
}

impl FullResults {
    /// In a new folder below `root`.
    pub fn below(root: Option<PathBuf>) -> Self {
        Self { folder: WindowFolder::below(root), count: 0 }
    }

    /// A new file name. None if the folder could not be created.
    pub fn next_file(&mut self) -> Option<PathBuf> {
        let folder = self.folder.path()?;
        self.count += 1;
        Some(folder.join(format!("{}.{}", self.count, Format::Tiff.extension())))
    }

    /// Sets what to delete when this is dropped. Drop it after the workers, which write there.
    pub fn set_cleanup(&mut self, cleanup: Cleanup) {
        self.folder.set_cleanup(cleanup);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_folder_nothing_is_kept() {
        assert!(FullResults::below(None).next_file().is_none());
    }
}
