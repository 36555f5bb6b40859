//! Importing photos: searches of files and folders.

use std::{collections::VecDeque, io, path::PathBuf};

use crate::{
    desktop::{PathScanner, Search, SearchResults},
    state::{Notice, Searching, Subfolders},
};

/// The running searches, and notices for the start.
pub struct Import {
    scanner: PathScanner,
    subfolders: Subfolders,
    /// Oldest first.
    searches: VecDeque<Search>,
    /// Notices to show with the first search results, which clear earlier ones.
    startup_notices: Vec<Notice>,
}

impl Import {
    /// No searches yet.
    pub fn new(scanner: PathScanner, notice: Option<Notice>) -> Self {
        let startup_notices = notice.into_iter().collect();
        Self { scanner, subfolders: Subfolders::default(), searches: VecDeque::new(), startup_notices }
    }

    /// Starts a search for the photos in files and folders.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn search(&mut self, paths: Vec<PathBuf>) -> io::Result<()> {
        self.searches.push_back(self.scanner.search(paths, self.subfolders)?);
        Ok(())
    }

    /// Results of the oldest search, once it is finished.
    pub fn results(&mut self) -> Option<SearchResults> {
        let results = self.searches.front()?.results()?;
        self.searches.pop_front();
        Some(results)
    }

    /// Progress of the oldest search, once it takes long.
    pub fn progress(&self) -> Option<Searching> {
        self.searches.front()?.progress()
    }

    /// Whether a search is running.
    pub fn is_searching(&self) -> bool {
        !self.searches.is_empty()
    }

    /// Stops the oldest search.
    pub fn stop(&mut self) {
        self.searches.pop_front();
    }

    /// Whether subfolders are searched.
    pub fn subfolders(&self) -> Subfolders {
        self.subfolders
    }

    /// Sets whether subfolders are searched.
    pub fn set_subfolders(&mut self, subfolders: Subfolders) {
        self.subfolders = subfolders;
    }

    /// Searches folders and finds output names.
    pub fn scanner(&self) -> &PathScanner {
        &self.scanner
    }

    /// Adds notices to show with the first search results.
    pub fn add_startup_notices(&mut self, startup_notices: impl IntoIterator<Item = Notice>) {
        self.startup_notices.extend(startup_notices);
    }

    /// Returns the notices for the start, once.
    pub fn take_startup_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.startup_notices)
    }
}
