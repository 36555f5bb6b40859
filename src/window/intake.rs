//! Photos on their way in: searches through files and folders.

use std::{collections::VecDeque, io, path::PathBuf};

use crate::{
    desktop::{Findings, PathScanner, Search},
    state::{Notice, Searching, Subfolders},
};

/// The searches under way.
pub struct Intake {
    /// Searches folders and names results.
    pub(super) scanner: PathScanner,
    /// Whether subfolders are searched.
    pub(super) subfolders: Subfolders,
    /// The oldest first.
    searches: VecDeque<Search>,
    /// Notices to show once the first photos are found.
    greetings: Vec<Notice>,
}

impl Intake {
    /// No searches yet.
    pub fn new(scanner: PathScanner, greeting: Option<Notice>) -> Self {
        let greetings = greeting.into_iter().collect();
        Self { scanner, subfolders: Subfolders::default(), searches: VecDeque::new(), greetings }
    }

    /// Searches files and folders for photos.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn search(&mut self, paths: Vec<PathBuf>) -> io::Result<()> {
        self.searches.push_back(self.scanner.search(paths, self.subfolders)?);
        Ok(())
    }

    /// What the oldest search found, once it has ended.
    pub fn findings(&mut self) -> Option<Findings> {
        let findings = self.searches.front()?.findings()?;
        self.searches.pop_front();
        Some(findings)
    }

    /// How far the oldest search is, once it takes long.
    pub fn progress(&self) -> Option<Searching> {
        self.searches.front()?.progress()
    }

    /// Whether a search is under way.
    pub fn is_searching(&self) -> bool {
        !self.searches.is_empty()
    }

    /// Stops the oldest search.
    pub fn stop(&mut self) {
        self.searches.pop_front();
    }

    /// Adds a notice to show once the first photos are found.
    pub fn greet(&mut self, greetings: impl IntoIterator<Item = Notice>) {
        self.greetings.extend(greetings);
    }

    /// The notices to show with the first photos, once.
    pub fn take_greetings(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.greetings)
    }
}
