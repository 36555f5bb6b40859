//! Searches files and folders for photos in a thread. May take long, and can be stopped.

use std::{
    fs, io,
    path::{self, Component, Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use walkdir::WalkDir;

use crate::{
    imaging,
    state::{Found, Searching, Subfolders},
    worker::Wake,
};

/// Results of a search.
#[derive(Debug, Default)]
pub struct SearchResults {
    /// The photos, in each folder sorted by name.
    pub photos: Vec<Found>,
    /// Sentences about folders that could not be read or contain no photos.
    pub problems: Vec<String>,
    /// Whether any of the paths was a folder.
    pub folders: bool,
}

/// A running search. Dropping it stops it.
#[derive(Debug)]
pub struct Search {
    /// The first path.
    place: PathBuf,
    started: Instant,
    state: Arc<SearchState>,
    results: Receiver<SearchResults>,
}

#[derive(Debug, Default)]
struct SearchState {
    found: AtomicUsize,
    stopped: AtomicBool,
}

impl Search {
    /// Searches that take longer are shown.
    const NOTICEABLE: Duration = Duration::from_millis(400);

    /// Starts a search. `wake` is called when it is finished.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn start(paths: Vec<PathBuf>, subfolders: Subfolders, wake: Wake) -> io::Result<Self> {
        let place = paths.first().cloned().unwrap_or_default();
        let (outbox, results) = bounded(1);
        let state = Arc::new(SearchState::default());
        let shared = state.clone();
        thread::Builder::new().name("redawn-search".to_owned()).spawn(move || {
            // Fails if the search was stopped.
            if outbox.send(find(paths, subfolders, &shared)).is_ok() {
                wake();
            }
        })?;
        Ok(Self { place, started: Instant::now(), state, results })
    }

    /// Its progress, once it takes noticeably long.
    pub fn progress(&self) -> Option<Searching> {
        let noticeable = self.started.elapsed() > Self::NOTICEABLE;
        noticeable.then(|| Searching { place: self.place.clone(), found: self.state.found.load(Relaxed) })
    }

    /// Its results, once it is finished.
    pub fn results(&self) -> Option<SearchResults> {
        match self.results.try_recv() {
            Ok(results) => Some(results),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                let problem = format!("An internal error ended the search in {}.", imaging::quoted(&self.place));
                Some(SearchResults { problems: vec![problem], ..SearchResults::default() })
            }
        }
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.state.stopped.store(true, Relaxed);
    }
}

/// Returns all files of `paths`, whatever they contain, and from folders the files that look like pictures.
fn find(paths: Vec<PathBuf>, subfolders: Subfolders, state: &SearchState) -> SearchResults {
    let mut results = SearchResults::default();
    let SearchResults { photos, problems, folders } = &mut results;
    let depth = if subfolders == Subfolders::Included { usize::MAX } else { 1 };
    for path in paths {
        let path = normalised(&path);
        if !path.is_dir() {
            photos.push(Found { path, subfolder: PathBuf::new() });
            continue;
        }
        *folders = true;
        let before = photos.len();
        for entry in WalkDir::new(&path).max_depth(depth).follow_links(true).sort_by_file_name() {
            if state.stopped.load(Relaxed) {
                return results;
            }
            match entry {
                Ok(entry) if entry.file_type().is_file() && imaging::looks_like_a_picture(entry.path()) => {
                    let subfolder = entry.path().parent().and_then(|folder| folder.strip_prefix(&path).ok());
                    let subfolder =
                        Path::new(path.file_name().unwrap_or_default()).join(subfolder.unwrap_or(Path::new("")));
                    photos.push(Found { path: entry.into_path(), subfolder });
                    state.found.store(photos.len(), Relaxed);
                }
                Ok(_) => {}
                Err(error) => problems.push(format!("A folder could not be read: {error}")),
            }
        }
        if photos.len() == before {
            problems.push(format!("No photos found in {}.", imaging::quoted(&path)));
        }
    }
    results
}

/// An absolute path without `..`, so that each file has one name.
fn normalised(path: &Path) -> PathBuf {
    let absolute = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let has_parents = absolute.components().any(|part| part == Component::ParentDir);
    let canonical = match (absolute.parent(), absolute.file_name()) {
        _ if !has_parents => None,
        // The file itself may be a link, which is kept.
        (Some(folder), Some(name)) => fs::canonicalize(folder).ok().map(|folder| folder.join(name)),
        _ => fs::canonicalize(&absolute).ok(),
    };
    canonical.unwrap_or(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(paths: Vec<PathBuf>, subfolders: Subfolders) -> SearchResults {
        find(paths, subfolders, &SearchState::default())
    }

    #[test]
    fn folders_are_searched_for_pictures_and_files_are_added_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("scans");
        fs::create_dir_all(root.join("box")).unwrap();
        for name in ["b.png", "a.JPG", "notes.txt", "box/c.tif", ".hidden.png"] {
            fs::write(root.join(name), "").unwrap();
        }
        let named = folder.path().join("named.txt");
        let search = |subfolders| {
            let SearchResults { photos, problems, folders } = search(vec![root.clone(), named.clone()], subfolders);
            assert!(problems.is_empty() && folders, "{problems:?}");
            photos
        };
        let found = |path: PathBuf, subfolder: &str| Found { path, subfolder: subfolder.into() };
        let [a, b] = ["a.JPG", "b.png"].map(|name| found(root.join(name), "scans"));
        let named = found(named.clone(), "");
        assert_eq!(search(Subfolders::Excluded), [a.clone(), b.clone(), named.clone()]);
        let c = found(root.join("box/c.tif"), "scans/box");
        assert_eq!(search(Subfolders::Included), [a, b, c, named]);
    }

    #[test]
    fn an_empty_folder_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let SearchResults { photos, problems, .. } = search(vec![folder.path().into()], Subfolders::Included);
        assert!(photos.is_empty() && problems.len() == 1, "{problems:?}");
    }

    /// Relative paths are resolved at once (issue 16).
    #[test]
    fn paths_are_absolute() {
        let here = std::env::current_dir().unwrap();
        let one = |path: &str| search(vec![path.into()], Subfolders::Included).photos.remove(0).path;
        assert_eq!(one("a.png"), here.join("a.png"));
        assert_eq!(one("./no/a.png"), here.join("no/a.png"));
        assert_eq!(one("src/../a.png"), fs::canonicalize(&here).unwrap().join("a.png"));
        let whole = search(vec!["src/../assets/.".into()], Subfolders::Included).photos.remove(0);
        assert_eq!(whole.subfolder, Path::new("assets"));
        assert!(whole.path.is_absolute());
    }

    #[test]
    fn a_stopped_search_ends() {
        let state = SearchState { stopped: true.into(), ..SearchState::default() };
        let here = std::env::current_dir().unwrap();
        assert!(find(vec![here], Subfolders::Included, &state).photos.is_empty());
    }
}
