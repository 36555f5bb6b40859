//! Looks at folders, on a thread of its own: disks and networks may be slow.

use std::{
    io,
    path::{Path, PathBuf},
};

use crossbeam_channel::{Receiver, Sender, unbounded};
use walkdir::WalkDir;

use super::{
    full_results,
    naming::Naming,
    queue::{Found, Subfolders},
};
use crate::{imaging, restore::Recipe, worker::Wake};

/// What the clerk is asked.
#[derive(Debug)]
pub enum Errand {
    /// Which photos these files and folders are.
    Find {
        /// Files and folders.
        paths: Vec<PathBuf>,
        /// Whether the folders in a folder count.
        subfolders: Subfolders,
    },
    /// Which files the results would be.
    Name {
        /// The state of the queue that is asked about.
        revision: u64,
        /// Where they go.
        naming: Naming,
        /// Each photo with the folder below the one that was added, and what is to be done to it.
        photos: Vec<(PathBuf, PathBuf, Recipe)>,
    },
    /// Remove the results at full strength that nobody needs ([`full_results::tidy`]). No report.
    Tidy {
        /// The folder of all of them.
        root: PathBuf,
        /// Those that stay.
        kept: Vec<PathBuf>,
    },
}

/// The file a result becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub path: PathBuf,
    /// Whether a file of that name was there.
    pub exists: bool,
}

/// What the clerk answers.
#[derive(Debug)]
pub enum Report {
    /// The photos that were found, in the order of their names within each folder; and sentences
    /// about what could not be looked at.
    Found {
        /// The photos.
        photos: Vec<Found>,
        /// What could not be looked at, or held no photo.
        problems: Vec<String>,
        /// Whether a folder was among what was asked for.
        folders: bool,
    },
    /// The names of the results of that state of the queue, in the order of the photos.
    Named {
        /// That state.
        revision: u64,
        /// The names, and whether there is a file of that name.
        targets: Vec<Target>,
    },
}

/// The thread, as the window holds it. It ends when it is dropped and its errand is done.
#[derive(Debug)]
pub struct Clerk {
    errands: Sender<Errand>,
    reports: Receiver<Report>,
}

impl Clerk {
    /// Starts the thread; `wake` is called after every report.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(wake: Wake) -> io::Result<Self> {
        let (errands, inbox) = unbounded();
        let (outbox, reports) = unbounded();
        std::thread::Builder::new().name("redawn-clerk".to_owned()).spawn(move || work(&inbox, &outbox, &wake))?;
        Ok(Self { errands, reports })
    }

    /// Asks, without ever waiting.
    pub fn ask(&self, errand: Errand) {
        // The thread lives as long as this does, and catches nothing because nothing in it panics.
        let _ = self.errands.send(errand);
    }

    /// The next answer, if there is one.
    pub fn report(&self) -> Option<Report> {
        self.reports.try_recv().ok()
    }
}

fn work(inbox: &Receiver<Errand>, outbox: &Sender<Report>, wake: &Wake) {
    for mut errand in inbox {
        // Only the latest names are of any use.
        while matches!(errand, Errand::Name { .. })
            && let Ok(next) = inbox.try_recv()
        {
            errand = next;
        }
        let report = match errand {
            Errand::Find { paths, subfolders } => find(paths, subfolders),
            Errand::Tidy { root, kept } => {
                full_results::tidy(&root, &kept);
                continue;
            }
            Errand::Name { revision, naming, photos } => {
                let photos = photos.iter().map(|(path, within, recipe)| (path.as_path(), within.as_path(), *recipe));
                let target = |path: PathBuf| Target { exists: path.symlink_metadata().is_ok(), path };
                Report::Named { revision, targets: naming.targets(photos).into_iter().map(target).collect() }
            }
        };
        if outbox.send(report).is_err() {
            return;
        }
        wake();
    }
}

/// Files as they are named, whatever they hold; of folders what looks like a picture.
fn find(paths: Vec<PathBuf>, subfolders: Subfolders) -> Report {
    let (mut photos, mut problems, mut folders) = (Vec::new(), Vec::new(), false);
    for path in paths {
        if !path.is_dir() {
            photos.push(Found { path, within: PathBuf::new() });
            continue;
        }
        folders = true;
        let before = photos.len();
        let depth = if subfolders == Subfolders::Included { usize::MAX } else { 1 };
        for entry in WalkDir::new(&path).max_depth(depth).follow_links(true).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() && imaging::looks_like_a_picture(entry.path()) => {
                    let within = entry.path().parent().and_then(|folder| folder.strip_prefix(&path).ok());
                    let within = Path::new(path.file_name().unwrap_or_default()).join(within.unwrap_or(Path::new("")));
                    photos.push(Found { path: entry.into_path(), within });
                }
                Ok(_) => {}
                Err(error) => problems.push(format!("A folder was left out: {error}")),
            }
        }
        if photos.len() == before {
            problems.push(format!("There is no photo in the folder {}.", imaging::quoted(&path)));
        }
    }
    Report::Found { photos, problems, folders }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_their_pictures_and_files_are_taken_as_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("scans");
        std::fs::create_dir_all(root.join("box")).unwrap();
        for name in ["b.png", "a.JPG", "notes.txt", "box/c.tif", ".hidden.png"] {
            std::fs::write(root.join(name), "").unwrap();
        }
        let look = |subfolders| match find(vec![root.clone(), "named.txt".into()], subfolders) {
            Report::Found { photos, problems, folders } => {
                assert!(problems.is_empty() && folders, "{problems:?}");
                photos
            }
            Report::Named { .. } => panic!("nobody asked for names"),
        };
        let found = |path: PathBuf, within: &str| Found { path, within: within.into() };
        let [a, b] = ["a.JPG", "b.png"].map(|name| found(root.join(name), "scans"));
        let named = found("named.txt".into(), "");
        assert_eq!(look(Subfolders::LeftOut), [a.clone(), b.clone(), named.clone()]);
        let c = found(root.join("box/c.tif"), "scans/box");
        assert_eq!(look(Subfolders::Included), [a, b, c, named]);
    }

    #[test]
    fn an_empty_folder_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let Report::Found { photos, problems, .. } = find(vec![folder.path().into()], Subfolders::Included) else {
            panic!("nobody asked for names")
        };
        assert!(photos.is_empty() && problems.len() == 1, "{problems:?}");
    }
}
