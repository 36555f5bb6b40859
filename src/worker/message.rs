//! The words between a front (window or command line) and the worker thread. Requests go down,
//! events come up; only plain pixels cross.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::{
    engine::DeviceChoice,
    imaging::{self, MemoryLimit, Photo, PictureError, SaveOptions, Thumbnail},
    pixels::{Rect, Size},
    restore::{Forecast, NoiseEstimate, Order, Outcome, Rendition, RestoreError, Speed, Update},
};

/// Identifies a job. Receivers drop the events of jobs that are no longer current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// Stops or pauses a job. Checked before every tile, and on the CPU many times within one.
#[derive(Debug, Clone, Default)]
pub struct JobControl(Arc<(Mutex<Wish>, Condvar)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Wish {
    #[default]
    Go,
    Wait,
    Stop,
}

impl JobControl {
    /// Asks to stop; the job ends with [`End::Cancelled`].
    pub fn cancel(&self) {
        self.set(Wish::Stop);
    }

    /// Asks to wait, or to go on. One that was asked to stop stops.
    pub fn pause(&self, wait: bool) {
        self.set(if wait { Wish::Wait } else { Wish::Go });
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        *self.wish() == Wish::Stop
    }

    /// Waits while it is paused; then, whether it was asked to stop.
    pub fn hold(&self) -> bool {
        let held = self.0.1.wait_while(self.wish(), |wish| *wish == Wish::Wait);
        *held.unwrap_or_else(PoisonError::into_inner) == Wish::Stop
    }

    fn set(&self, wish: Wish) {
        let mut now = self.wish();
        if *now != Wish::Stop {
            *now = wish;
        }
        drop(now);
        self.0.1.notify_all();
    }

    /// A wish is whole at any time, also after a panic.
    fn wish(&self) -> MutexGuard<'_, Wish> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a front asks of the worker.
#[derive(Debug)]
pub enum Request {
    /// Read a picture, and measure what is wanted of it. Ends with `Opened`, `Cancelled` or `Failed`.
    Open { job: JobId, cancel: JobControl, path: PathBuf, memory: MemoryLimit, measure: Measures },
    /// Make a small picture of a photo, its longer side so many px. Ends with `Thumbnail` or `Failed`.
    Thumbnail { job: JobId, path: PathBuf, side: usize },
    /// Restore a photo. Ends with `Restored`, `Written` or `Skipped` (as its target says),
    /// `Cancelled` or `Failed`.
    Restore(RestoreRequest),
    /// Estimate what that restoration would take and give. Ends with `Estimated` or `Failed`. With the name that a result
    /// in memory would be saved under: also what would keep it from being saved so.
    Estimate(RestoreRequest, Option<PathBuf>),
    /// Measure how fast a device removes noise. Ends with `Measured`, or `Failed` where it can't be used.
    Measure { job: JobId, device: DeviceChoice },
    /// Restore this part of the result only, in px of it, at the recipe's strength: what would be saved of it.
    /// Ends with `Previewed`, `Cancelled` or `Failed`.
    Preview(RestoreRequest, Rect),
    /// What is on screen now, in px of the *result*: these tiles first. No event.
    Focus { job: JobId, rect: Rect },
    /// Write what is in memory: a restoration is mixed at its strength row by row while it is written. And what is
    /// to be kept beside it at full strength ([`Target::File`]). Ends with `Saved` or `Failed`.
    Save { job: JobId, result: Rendition, path: PathBuf, options: SaveOptions, full: Option<(Rendition, PathBuf)> },
}

/// What is measured of a photo that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measures {
    /// Its noise.
    pub noise: bool,
    /// How much it was compressed before its file was made.
    pub compression: bool,
}

impl Measures {
    /// All there is.
    pub const ALL: Self = Self { noise: true, compression: true };
    /// Nothing.
    pub const NONE: Self = Self { noise: false, compression: false };
}

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Into memory, to be shown: at full strength, whatever the recipe says, so that any other can be
    /// mixed from it later.
    Memory,
    /// Into a file, row by row while the rest is computed. And at full strength into the TIFF file `full`, or one of
    /// that name and a number: where that one can't be written, the first is nevertheless.
    File { path: PathBuf, options: SaveOptions, full: Option<PathBuf> },
}

/// A restoration to be done, as a job.
#[derive(Debug)]
pub struct RestoreRequest {
    /// The job's name.
    pub job: JobId,
    /// Stops or pauses it.
    pub cancel: JobControl,
    /// What is to be done.
    pub order: Order,
    /// Where the result goes.
    pub target: Target,
    /// What is on screen, in px of the result.
    pub focus: Option<Rect>,
}

/// What the worker says of a job. A job has any number of updates, and then exactly one end.
#[derive(Debug)]
pub struct Event {
    /// The job it belongs to.
    pub job: JobId,
    /// What is said.
    pub body: Body,
}

impl Event {
    /// An update of a job.
    pub fn update(job: JobId, update: Update) -> Self {
        Self { job, body: Body::Update(update) }
    }

    /// The end of a job.
    pub fn end(job: JobId, end: End) -> Self {
        Self { job, body: Body::End(end) }
    }

    /// Whether it is its job's last.
    pub fn is_end(&self) -> bool {
        matches!(self.body, Body::End(_))
    }
}

/// What an event says.
#[derive(Debug)]
pub enum Body {
    /// The job goes on.
    Update(Update),
    /// The job's last event.
    End(End),
}

/// How a job ended.
#[derive(Debug)]
pub enum End {
    /// Of `Open`: the photo, and its noise as measured (none when that was not wanted).
    Opened { path: PathBuf, photo: Arc<Photo>, noise: NoiseEstimate },
    /// Of `Thumbnail`, with the photo's own size in px.
    Thumbnail { thumbnail: Thumbnail, size: Size },
    /// Of `Estimate`; with the speeds of all devices measured so far. `warning` says what would keep a result in memory
    /// from being saved as was meant.
    Estimated { forecast: Forecast, speeds: Vec<Speed>, warning: Option<String> },
    /// Of `Measure`, with the speeds of all devices measured so far.
    Measured { speeds: Vec<Speed> },
    /// Of `Preview`: the part alone, with the colour profile of its photo.
    Previewed { part: Arc<Photo> },
    /// Of `Restore` into memory.
    Restored { result: Arc<Photo>, outcome: Outcome },
    /// Of `Restore` into a file: the name the file got in the end, that of the one at full strength, if there is one,
    /// and the result's size in px.
    Written { path: PathBuf, full: Option<PathBuf>, size: Size, outcome: Outcome },
    /// Of `Restore` into a file that was not to be replaced, and existed by then: its name.
    Skipped { path: PathBuf },
    /// Of `Save`: the name the file got in the end, and that of the one at full strength.
    Saved { path: PathBuf, full: Option<PathBuf> },
    /// Of any job that was asked to stop.
    Cancelled,
    /// Of any job that could not be done.
    Failed(JobError),
}

/// Why a job could not be done. Its text is a sentence for people.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The networks or their devices failed, or the result is too large.
    #[error(transparent)]
    Restoring(#[from] RestoreError),
    /// A file could not be read or written.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A file that was not to be replaced exists by now.
    #[error("{} is there already and was left as it is", imaging::quoted(.0))]
    Exists(PathBuf),
    /// What can be done without is not kept on a disk that is nearly full.
    #[error("the disk of {} is nearly full", imaging::quoted(.0))]
    NearlyFull(PathBuf),
    /// A fault of the program.
    #[error("an internal error: {0}; please report it, and try again")]
    Panicked(String),
}

impl JobError {
    /// The file that the error is about and that its text names.
    pub fn path(&self) -> Option<&Path> {
        match self {
            JobError::Picture(error) => Some(error.path()),
            JobError::Exists(path) | JobError::NearlyFull(path) => Some(path),
            JobError::Restoring(_) | JobError::Panicked(_) => None,
        }
    }
}
