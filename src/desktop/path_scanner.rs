//! Searches folders and finds output names in threads, since disks may be slow.

use std::{io, path::PathBuf, thread};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{pictures_folder, search::Search, window_folder};
use crate::{
    state::{NamesAnswer, NamesRequest, Subfolders},
    worker::Wake,
};

/// Handle to the scanner's threads.
pub struct PathScanner {
    requests: Sender<NamesRequest>,
    answers: Receiver<NamesAnswer>,
    wake: Wake,
}

impl PathScanner {
    /// Starts the thread that finds names. `wake` is called after every answer.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn spawn(wake: Wake) -> io::Result<Self> {
        let (requests, inbox) = unbounded();
        let (outbox, answers) = unbounded();
        let wake_window = wake.clone();
        let find = move || answer_requests(&inbox, &outbox, &wake_window);
        thread::Builder::new().name("redawn-names".to_owned()).spawn(find)?;
        Ok(Self { requests, answers, wake })
    }

    /// Requests output names. Never blocks.
    pub fn request_names(&self, request: NamesRequest) {
        // Fails only if the thread has panicked.
        let _ = self.requests.send(request);
    }

    /// The next answer, if there is one.
    pub fn names(&self) -> Option<NamesAnswer> {
        self.answers.try_recv().ok()
    }

    /// Starts a search for the photos in files and folders.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn search(&self, paths: Vec<PathBuf>, subfolders: Subfolders) -> io::Result<Search> {
        Search::start(paths, subfolders, self.wake.clone())
    }

    /// Deletes files below `root` in a thread, except those `kept` and those of other windows.
    pub fn clean_up(&self, root: PathBuf, kept: Vec<PathBuf>) {
        let clean_up = move || window_folder::clean_up(&root, &kept);
        if let Err(error) = thread::Builder::new().name("redawn-cleanup".to_owned()).spawn(clean_up) {
            log::warn!("unneeded files are left until the next start ({error})");
        }
    }
}

/// Finds the output names of photos. Reads the disk.
pub fn find_names(request: &NamesRequest) -> NamesAnswer {
    request.answer(pictures_folder::first_of, |path| path.symlink_metadata().is_ok())
}

fn answer_requests(inbox: &Receiver<NamesRequest>, outbox: &Sender<NamesAnswer>, wake: &Wake) {
    for request in inbox {
        // Earlier requests are out of date.
        let latest = inbox.try_iter().last().unwrap_or(request);
        if outbox.send(find_names(&latest)).is_err() {
            return;
        }
        wake();
    }
}
