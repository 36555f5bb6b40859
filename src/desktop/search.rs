//! A search for photos in files and folders, on a thread of its own: it may take long, and can be stopped.

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

/// What a search found.
#[derive(Debug, Default)]
pub struct Findings {
    /// The photos, in the order of their names within each folder.
    pub photos: Vec<Found>,
    /// Sentences about what could not be read, or held no photo.
    pub problems: Vec<String>,
    /// Whether a folder was among what was asked for.
    pub folders: bool,
}

/// A search under way. When it is dropped it ends.
#[derive(Debug)]
pub struct Search {
    place: PathBuf,
    begun: Instant,
    state: Arc<State>,
    findings: Receiver<Findings>,
}

#[derive(Debug, Default)]
struct State {
    found: AtomicUsize,
    stopped: AtomicBool,
}

impl Search {
    /// A search that has taken so long is shown.
    const NOTICEABLE: Duration = Duration::from_millis(400);

    /// Begins to look which photos these files and folders are; `wake` is called in the end.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn begin(paths: Vec<PathBuf>, subfolders: Subfolders, wake: Wake) -> io::Result<Self> {
        let place = paths.first().cloned().unwrap_or_default();
        let (outbox, findings) = bounded(1);
        let state = Arc::new(State::default());
        let seen = state.clone();
        thread::Builder::new().name("redawn-search".to_owned()).spawn(move || {
            // Fails if the search was stopped.
            if outbox.send(find(paths, subfolders, &seen)).is_ok() {
                wake();
            }
        })?;
        Ok(Self { place, begun: Instant::now(), state, findings })
    }

    /// How far it is, once it takes longer than the user would notice.
    pub fn progress(&self) -> Option<Searching> {
        let noticeable = self.begun.elapsed() > Self::NOTICEABLE;
        noticeable.then(|| Searching { place: self.place.clone(), found: self.state.found.load(Relaxed) })
    }

    /// What was found, once that is all.
    pub fn findings(&self) -> Option<Findings> {
        match self.findings.try_recv() {
            Ok(findings) => Some(findings),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                let problem = format!("An internal error ended the search in {}.", imaging::quoted(&self.place));
                Some(Findings { problems: vec![problem], ..Findings::default() })
            }
        }
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.state.stopped.store(true, Relaxed);
    }
}

/// Files as they are named, whatever they hold; of folders what looks like a picture.
fn find(paths: Vec<PathBuf>, subfolders: Subfolders, state: &State) -> Findings {
    let mut findings = Findings::default();
    let Findings { photos, problems, folders } = &mut findings;
    let depth = if subfolders == Subfolders::Included { usize::MAX } else { 1 };
    for path in paths {
        let path = from_anywhere(&path);
        if !path.is_dir() {
            photos.push(Found { path, within: PathBuf::new() });
            continue;
        }
        *folders = true;
        let before = photos.len();
        for entry in WalkDir::new(&path).max_depth(depth).follow_links(true).sort_by_file_name() {
            if state.stopped.load(Relaxed) {
                return findings;
            }
            match entry {
                Ok(entry) if entry.file_type().is_file() && imaging::looks_like_a_picture(entry.path()) => {
                    let within = entry.path().parent().and_then(|folder| folder.strip_prefix(&path).ok());
                    let within = Path::new(path.file_name().unwrap_or_default()).join(within.unwrap_or(Path::new("")));
                    photos.push(Found { path: entry.into_path(), within });
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
    findings
}

/// The same file, named so that it is found from any folder and has one name.
fn from_anywhere(path: &Path) -> PathBuf {
    let absolute = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let climbs = absolute.components().any(|part| part == Component::ParentDir);
    let straight = match (absolute.parent(), absolute.file_name()) {
        _ if !climbs => None,
        // What the name itself links to is the person's business.
        (Some(folder), Some(name)) => fs::canonicalize(folder).ok().map(|folder| folder.join(name)),
        _ => fs::canonicalize(&absolute).ok(),
    };
    straight.unwrap_or(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(paths: Vec<PathBuf>, subfolders: Subfolders) -> Findings {
        find(paths, subfolders, &State::default())
    }

    #[test]
    fn folders_give_their_pictures_and_files_are_taken_as_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("scans");
        fs::create_dir_all(root.join("box")).unwrap();
        for name in ["b.png", "a.JPG", "notes.txt", "box/c.tif", ".hidden.png"] {
            fs::write(root.join(name), "").unwrap();
        }
        let named = folder.path().join("named.txt");
        let look = |subfolders| {
            let Findings { photos, problems, folders } = look(vec![root.clone(), named.clone()], subfolders);
            assert!(problems.is_empty() && folders, "{problems:?}");
            photos
        };
        let found = |path: PathBuf, within: &str| Found { path, within: within.into() };
        let [a, b] = ["a.JPG", "b.png"].map(|name| found(root.join(name), "scans"));
        let named = found(named.clone(), "");
        assert_eq!(look(Subfolders::LeftOut), [a.clone(), b.clone(), named.clone()]);
        let c = found(root.join("box/c.tif"), "scans/box");
        assert_eq!(look(Subfolders::Included), [a, b, c, named]);
    }

    #[test]
    fn an_empty_folder_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let Findings { photos, problems, .. } = look(vec![folder.path().into()], Subfolders::Included);
        assert!(photos.is_empty() && problems.len() == 1, "{problems:?}");
    }

    /// What is named from the folder the program was started in is found from any other (issue 16).
    #[test]
    fn paths_do_not_depend_on_where_the_program_was_started() {
        let here = std::env::current_dir().unwrap();
        let one = |path: &str| look(vec![path.into()], Subfolders::Included).photos.remove(0).path;
        assert_eq!(one("a.png"), here.join("a.png"));
        assert_eq!(one("./no/a.png"), here.join("no/a.png"));
        assert_eq!(one("src/../a.png"), fs::canonicalize(&here).unwrap().join("a.png"));
        let whole = look(vec!["src/../assets/.".into()], Subfolders::Included).photos.remove(0);
        assert_eq!(whole.within, Path::new("assets"));
        assert!(whole.path.is_absolute());
    }

    #[test]
    fn a_stopped_search_ends() {
        let state = State { stopped: true.into(), ..State::default() };
        let here = std::env::current_dir().unwrap();
        assert!(find(vec![here], Subfolders::Included, &state).photos.is_empty());
    }
}
