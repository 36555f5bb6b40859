//! The words between a front (window or command line) and the worker thread. Requests go down,
//! events come up; only plain pixels cross.

use std::{
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::{
    engine::{DeviceChoice, DeviceInfo, TileChoice},
    imaging::{MemoryLimit, Photo, SaveOptions, Thumbnail},
    pixels::{Planes, Rect, Size},
    restore::{Forecast, NoiseEstimate, Outcome, Recipe, Rendition, Speed, Stage},
};

/// Names one job. Events of a job that is no longer current are dropped by whoever reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// Asks a job to stop, or to wait. Looked at before every tile, and on the CPU many times in it.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<(Mutex<Wish>, Condvar)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Wish {
    #[default]
    Go,
    Wait,
    Stop,
}

impl CancelToken {
    /// Asks to stop; the job ends with [`Event::Cancelled`].
    pub fn cancel(&self) {
        self.set(Wish::Stop);
    }

    /// Asks to wait, or to go on. One that was asked to stop stops.
    pub fn pause(&self, wait: bool) {
        self.set(if wait { Wish::Wait } else { Wish::Go });
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        *self.wish() == Wish::Stop
    }

    /// Waits as long as somebody wants that; then, whether somebody asked to stop.
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
    Open { job: JobId, cancel: CancelToken, path: PathBuf, memory: MemoryLimit, measure: Measures },
    /// Make a small picture of a photo, its longer side so many px. Ends with `Thumbnail` or `Failed`.
    Thumbnail { job: JobId, path: PathBuf, side: usize },
    /// Restore a photo. Ends with `Restored`, `Written` or `Skipped` (as its target says),
    /// `Cancelled` or `Failed`.
    Restore(RestoreRequest),
    /// Say what that restoration would come to. Ends with `Foretold` or `Failed`. With the name that a result in
    /// memory would be saved under: also what would keep it from being saved so.
    Foretell(RestoreRequest, Option<PathBuf>),
    /// Measure how fast a device takes noise out. Ends with `Measured`, or `Failed` where it can't be used.
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
    /// Into memory, to be looked at: at full strength, whatever the recipe says, so that any other can be
    /// mixed from it later.
    Memory,
    /// Into a file, row by row while the rest is computed. And at full strength into the TIFF file `full`, or one of
    /// that name and a number: where that one can't be written, the first is nevertheless.
    File { path: PathBuf, options: SaveOptions, full: Option<PathBuf> },
}

/// A restoration to be done.
#[derive(Debug)]
pub struct RestoreRequest {
    /// The job's name.
    pub job: JobId,
    /// Asks it to stop.
    pub cancel: CancelToken,
    /// The photo as it came.
    pub photo: Arc<Photo>,
    /// Its noise as measured when it was opened: what `Noise::Auto` removes.
    pub noise: NoiseEstimate,
    /// What to do.
    pub recipe: Recipe,
    /// Where to do it.
    pub device: DeviceChoice,
    /// In tiles of which size.
    pub tile: TileChoice,
    /// With how much memory.
    pub memory: MemoryLimit,
    /// Where the result goes.
    pub target: Target,
    /// Whether its tiles are looked at: nobody else is sent any.
    pub watched: bool,
    /// What is on screen, in px of the result.
    pub focus: Option<Rect>,
}

/// What the worker says. Every event of a job carries its `JobId`; each job has exactly one ending
/// event, and it is its last: `Opened`, `Thumbnail`, `Foretold`, `Measured`,
/// `Previewed`, `Restored`, `Written`, `Skipped`, `Saved`, `Cancelled` or `Failed`.
#[derive(Debug)]
pub enum Event {
    /// The device a job runs on from now on, and why this one.
    Device { job: JobId, device: DeviceInfo, reason: String },
    /// Something a person should know (such as what is not kept). The job goes on.
    Notice { job: JobId, text: String },
    /// The device failed, and what is done about it: a sentence for people. The job goes on.
    Fallback { job: JobId, text: String },
    /// `done` of `total` runs of the network over a tile (8 a tile with best quality), all stages together; of the
    /// rows, where it goes from the top to the bottom in one go.
    Progress { job: JobId, stage: Stage, done: usize, total: usize },
    /// A part at full strength: `pixels` (1 or 3 planes) belong at `rect` of a picture of size `frame`: the result's,
    /// or before it is enlarged the photo's. `finished` when no network comes after.
    Tile { job: JobId, frame: Size, rect: Rect, pixels: Planes, finished: bool },
    /// Ends `Open`: the photo, and its noise as measured (none when that was not wanted).
    Opened { job: JobId, path: PathBuf, photo: Arc<Photo>, noise: NoiseEstimate },
    /// Ends `Thumbnail`, with the photo's own size in px.
    Thumbnail { job: JobId, thumbnail: Thumbnail, size: Size },
    /// Ends a `Foretell`; with the speeds of all devices measured so far. `warning` says what would keep a
    /// result in memory from being saved as was meant.
    Foretold { job: JobId, forecast: Forecast, speeds: Vec<Speed>, warning: Option<String> },
    /// Ends a `Measure`, with the speeds of all devices measured so far.
    Measured { job: JobId, speeds: Vec<Speed> },
    /// Ends a `Preview`: the part alone, with the colour profile of its photo.
    Previewed { job: JobId, part: Arc<Photo> },
    /// Ends a `Restore` into memory.
    Restored { job: JobId, result: Arc<Photo>, outcome: Outcome },
    /// Ends a `Restore` into a file, with the name the file got in the end and its size in px; and the name of the
    /// one at full strength, if there is one.
    Written { job: JobId, path: PathBuf, full: Option<PathBuf>, size: Size, outcome: Outcome },
    /// Ends a `Restore` into a file that was to be left as it is if it exists, and does by now: its name.
    Skipped { job: JobId, path: PathBuf },
    /// Ends `Save`, with the name the file got in the end, and that of the one at full strength.
    Saved { job: JobId, path: PathBuf, full: Option<PathBuf> },
    /// Ends a job that was asked to stop.
    Cancelled { job: JobId },
    /// Ends a job that could not be done, with a sentence for people.
    Failed { job: JobId, error: String },
}

impl Event {
    /// The job an event belongs to.
    pub fn job(&self) -> JobId {
        match self {
            Event::Device { job, .. }
            | Event::Notice { job, .. }
            | Event::Fallback { job, .. }
            | Event::Progress { job, .. }
            | Event::Tile { job, .. }
            | Event::Opened { job, .. }
            | Event::Thumbnail { job, .. }
            | Event::Foretold { job, .. }
            | Event::Measured { job, .. }
            | Event::Previewed { job, .. }
            | Event::Restored { job, .. }
            | Event::Written { job, .. }
            | Event::Skipped { job, .. }
            | Event::Saved { job, .. }
            | Event::Cancelled { job }
            | Event::Failed { job, .. } => *job,
        }
    }

    /// Whether the event is its job's last.
    pub fn is_ending(&self) -> bool {
        matches!(
            self,
            Event::Opened { .. }
                | Event::Thumbnail { .. }
                | Event::Foretold { .. }
                | Event::Measured { .. }
                | Event::Previewed { .. }
                | Event::Restored { .. }
                | Event::Written { .. }
                | Event::Skipped { .. }
                | Event::Saved { .. }
                | Event::Cancelled { .. }
                | Event::Failed { .. }
        )
    }
}
