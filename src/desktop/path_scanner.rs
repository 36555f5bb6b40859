//! Searches folders and names results, on threads of its own: disks and networks may be slow.

use std::{io, path::PathBuf, thread};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{full_results, pictures_folder, search::Search};
use crate::{
    state::{Answer, Request, Subfolders},
    worker::Wake,
};

/// The scanner, as the window holds it.
pub struct PathScanner {
    requests: Sender<Request>,
    answers: Receiver<Answer>,
    wake: Wake,
}

impl PathScanner {
    /// Starts the thread that finds names; `wake` is called after everything that is found.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(wake: Wake) -> io::Result<Self> {
        let (requests, inbox) = unbounded();
        let (outbox, answers) = unbounded();
        let woken = wake.clone();
        let find = move || find_names(&inbox, &outbox, &woken);
        thread::Builder::new().name("redawn-names".to_owned()).spawn(find)?;
        Ok(Self { requests, answers, wake })
    }

    /// Asks for names, without ever waiting.
    pub fn name(&self, request: Request) {
        // The thread lives as long as this does, and catches nothing because nothing in it panics.
        let _ = self.requests.send(request);
    }

    /// The next answer, if there is one.
    pub fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// Looks which photos these files and folders are.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn search(&self, paths: Vec<PathBuf>, subfolders: Subfolders) -> io::Result<Search> {
        Search::begin(paths, subfolders, self.wake.clone())
    }

    /// Removes the files below `root` that are no longer needed ([`full_results::tidy`]).
    pub fn tidy(&self, root: PathBuf, kept: Vec<PathBuf>) {
        let tidy = move || full_results::tidy(&root, &kept);
        if let Err(error) = thread::Builder::new().name("redawn-tidy".to_owned()).spawn(tidy) {
            log::warn!("what is no longer needed is removed at another start ({error})");
        }
    }
}

fn find_names(inbox: &Receiver<Request>, outbox: &Sender<Answer>, wake: &Wake) {
    for request in inbox {
        // Only the latest names are of any use.
        let latest = inbox.try_iter().last().unwrap_or(request);
        if outbox.send(latest.answer(pictures_folder::first_of)).is_err() {
            return;
        }
        wake();
    }
}
