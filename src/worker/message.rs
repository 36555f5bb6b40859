//! Messages between a front end (window or command line) and the worker thread: requests and events. They carry plain
//! pixels, no tensors.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::{
    engine::DeviceChoice,
    imaging::{self, MemoryLimit, PageFile, Photo, PictureError, SaveOptions, Thumbnail},
    pixels::{Rect, Size},
    restore::{
        DamageMap, Forecast, MarkSummary, Marks, NoiseEstimate, Order, Outcome, PartialResult, Rendition, RestoreError,
        Scope, Speed, Update,
    },
};

/// Identifies a job. Receivers drop the events of jobs that are no longer current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// Handle that cancels or pauses a job. Checked before every tile, and on the CPU many times within one.
#[derive(Debug, Clone, Default)]
pub struct JobControl(Arc<(Mutex<Signal>, Condvar)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Signal {
    #[default]
    Run,
    Pause,
    Cancel,
}

impl JobControl {
    /// Cancels the job, which ends with [`End::Cancelled`].
    pub fn cancel(&self) {
        self.set(Signal::Cancel);
    }

    /// Pauses or resumes the job. No effect once it is cancelled.
    pub fn set_paused(&self, paused: bool) {
        self.set(if paused { Signal::Pause } else { Signal::Run });
    }

    /// Whether the job was cancelled.
    pub fn is_cancelled(&self) -> bool {
        *self.signal() == Signal::Cancel
    }

    /// Blocks while the job is paused, then returns whether it was cancelled.
    pub fn checkpoint(&self) -> bool {
        let signal = self.0.1.wait_while(self.signal(), |signal| *signal == Signal::Pause);
        *signal.unwrap_or_else(PoisonError::into_inner) == Signal::Cancel
    }

    fn set(&self, signal: Signal) {
        let mut now = self.signal();
        if *now != Signal::Cancel {
            *now = signal;
        }
        drop(now);
        self.0.1.notify_all();
    }

    /// Poisoning is ignored: the value is valid even after a panic.
    fn signal(&self) -> MutexGuard<'_, Signal> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file to save a result as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTarget {
    /// Its path, whose extension determines the format.
    pub path: PathBuf,
    /// How to write it.
    pub options: SaveOptions,
}

/// Request to the worker.
#[derive(Debug)]
pub enum Request {
    /// Reads a photo and measures it. Ends with `Opened`, `Cancelled` or `Failed`.
    Open {
        /// The job.
        job: JobId,
        /// Cancels it.
        cancel: JobControl,
        /// File of the photo.
        path: PathBuf,
        /// The page of a TIFF, from 0. None: the first one, with a notice if there are others.
        page: Option<usize>,
        /// Memory limit for decoding.
        memory: MemoryLimit,
        /// What to measure.
        measure: Measures,
    },
    /// Creates a thumbnail. Ends with `Thumbnail` or `Failed`.
    Thumbnail {
        /// The job.
        job: JobId,
        /// File of the photo.
        path: PathBuf,
        /// Longer side of the thumbnail, in px.
        side: usize,
    },
    /// Restores a photo. Ends with `Restored` (into memory), `Written` or `Skipped` (into a file), `PageWritten` (as a page),
    /// `Cancelled` or `Failed`.
    Restore(RestoreRequest),
    /// Estimates a restoration: size, memory, time. If a file for a result in memory is given, estimates its size and
    /// checks whether the result can be saved there. Ends with `Estimated` or `Failed`.
    Estimate(RestoreRequest, Option<FileTarget>),
    /// Measures the denoising speed of a device. Ends with `Measured`, or `Failed` if it can't be used.
    Measure {
        /// The job.
        job: JobId,
        /// The device.
        device: DeviceChoice,
    },
    /// Restores only this part of the result (in px of the result), at the recipe's strength. Ends with `Previewed`,
    /// `Cancelled` or `Failed`.
    Preview(RestoreRequest, Rect),
    /// Estimates the size of a result's file, from its pixels. Ends with `FileEstimated`.
    EstimateFile {
        /// The job.
        job: JobId,
        /// The result.
        result: Rendition,
        /// The file.
        file: FileTarget,
    },
    /// Finds the marks of a photo: those that its recipe and [`Order::marks`] give it. Ends with `Marked`, `Cancelled` or
    /// `Failed`.
    Mark {
        /// The job.
        job: JobId,
        /// Cancels it.
        cancel: JobControl,
        /// The photo, its recipe, and the device. Nothing is restored.
        order: Order,
    },
    /// Sets the visible part of a job, whose tiles are restored first. Has no event.
    Focus {
        /// The job.
        job: JobId,
        /// The visible part, in px of the result.
        rect: Rect,
    },
    /// Saves a picture in memory; a result is blended row by row while it is written. Ends with `Saved` or `Failed`.
    Save {
        /// The job.
        job: JobId,
        /// The picture.
        result: Rendition,
        /// File to write.
        path: PathBuf,
        /// How to write it.
        options: SaveOptions,
        /// The result at full strength and its file, to keep it too (see [`Target::File`]).
        full: Option<(Rendition, PathBuf)>,
    },
}

/// What to measure when a photo is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measures {
    /// The noise.
    pub noise: bool,
    /// Earlier JPEG compression, in the pixels.
    pub compression: bool,
}

impl Measures {
    /// Everything.
    pub const ALL: Self = Self { noise: true, compression: true };
    /// Nothing.
    pub const NONE: Self = Self { noise: false, compression: false };
}

/// Destination of a result.
#[derive(Debug)]
pub enum Target {
    /// Memory, to be shown. At full strength, whatever the recipe's, so that any other can be blended from it later.
    Memory {
        /// Which blocks to compute.
        scope: Scope,
        /// The blocks finished earlier by the same order.
        partial: Option<PartialResult>,
    },
    /// A file, written row by row while the rest is computed.
    File {
        /// The file.
        path: PathBuf,
        /// How to write it.
        options: SaveOptions,
        /// TIFF file to keep the result at full strength in, too; a number is added if the name exists. If it can't be
        /// written, the job continues without it.
        full: Option<PathBuf>,
    },
    /// A TIFF with all pages of the photo, each restored like it but for its marks and its mask. If one can't be, none is written.
    Pages {
        /// The file.
        path: PathBuf,
        /// How to write it.
        options: SaveOptions,
        /// The file with the pages, of which the photo is the first one.
        source: PathBuf,
        /// Their sizes in px, before they are turned upright.
        sizes: Vec<Size>,
    },
    /// A page after those that the file has. If the job does not end with `PageWritten`, nothing is left of the file.
    Page {
        /// The file.
        file: Box<PageFile>,
        /// The area of this page and of those that will follow, divided by that of this page.
        pages_left: f64,
    },
}

impl Target {
    /// All of a result, in memory.
    pub const fn whole() -> Self {
        Self::Memory { scope: Scope::Whole, partial: None }
    }

    /// The file, and how it is written.
    pub fn file(&self) -> Option<(&Path, &SaveOptions)> {
        match self {
            Self::Memory { .. } => None,
            Self::File { path, options, .. } | Self::Pages { path, options, .. } => Some((path, options)),
            Self::Page { file, .. } => Some((file.path(), file.options())),
        }
    }
}

/// A restoration as a job.
#[derive(Debug)]
pub struct RestoreRequest {
    /// The job.
    pub job: JobId,
    /// Cancels or pauses it.
    pub cancel: JobControl,
    /// The restoration.
    pub order: Order,
    /// Destination of the result.
    pub target: Target,
    /// The visible part, in px of the result.
    pub focus: Option<Rect>,
}

/// Event of a job: any number of updates, and then exactly one end.
#[derive(Debug)]
pub struct Event {
    /// The job it belongs to.
    pub job: JobId,
    /// Update or end.
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

    /// Whether it is its job's last event.
    pub fn is_end(&self) -> bool {
        matches!(self.body, Body::End(_))
    }
}

/// Body of an event.
#[derive(Debug)]
pub enum Body {
    /// The job continues.
    Update(Update),
    /// The job's last event.
    End(End),
}

/// How a job ended.
#[derive(Debug)]
pub enum End {
    /// `Open` is done.
    Opened {
        /// File of the photo.
        path: PathBuf,
        /// The photo.
        photo: Arc<Photo>,
        /// Its noise; none if it was not measured.
        noise: NoiseEstimate,
        /// The sizes of a TIFF's pages in px, before they are turned upright (0 × 0 if unknown); empty for other formats.
        pages: Vec<Size>,
    },
    /// `Thumbnail` is done.
    Thumbnail {
        /// The thumbnail.
        thumbnail: Thumbnail,
        /// Size of the photo, in px.
        size: Size,
    },
    /// `Estimate` is done.
    Estimated {
        /// The estimate.
        forecast: Forecast,
        /// Speeds of all devices measured so far.
        speeds: Vec<Speed>,
        /// Why a result in memory could not be saved under the given name: a sentence.
        warning: Option<String>,
    },
    /// `EstimateFile` is done.
    FileEstimated {
        /// Its size, in bytes.
        bytes: u64,
        /// Why the file could not be written: a sentence.
        warning: Option<String>,
    },
    /// `Measure` is done.
    Measured {
        /// Speeds of all devices measured so far.
        speeds: Vec<Speed>,
    },
    /// `Preview` is done.
    Previewed {
        /// The restored part, with the colour profile of its photo.
        part: Arc<Photo>,
    },
    /// `Mark` is done.
    Marked {
        /// The marks.
        marks: Arc<Marks>,
        /// Their number and share.
        summary: MarkSummary,
        /// Why they can't be filled, if so: a sentence.
        refusal: Option<String>,
        /// Where the photo is damaged, to be given to its next order; none if that was not needed.
        found: Option<Arc<DamageMap>>,
    },
    /// `Restore` into memory is done.
    Restored {
        /// The result.
        result: Arc<Photo>,
        /// Summary.
        outcome: Outcome,
    },
    /// `Restore` into memory ended with blocks missing.
    Partial {
        /// The finished blocks.
        partial: PartialResult,
        /// Summary; none if it was cancelled, else those that are missing are out of view.
        outcome: Option<Outcome>,
    },
    /// `Restore` into a file is done.
    Written {
        /// The actual name of the file.
        path: PathBuf,
        /// The actual name of the file at full strength, if one was kept.
        full: Option<PathBuf>,
        /// Size of the result, in px.
        size: Size,
        /// Summary.
        outcome: Outcome,
    },
    /// `Restore` into a page is done.
    PageWritten {
        /// The file, which is not finished.
        file: Box<PageFile>,
        /// Size of the page, in px.
        size: Size,
        /// Summary.
        outcome: Outcome,
    },
    /// `Restore` into a file was skipped, because the file existed by then and was not to be replaced.
    Skipped {
        /// The existing file.
        path: PathBuf,
    },
    /// `Save` is done.
    Saved {
        /// The actual name of the file.
        path: PathBuf,
        /// The actual name of the file at full strength, if one was kept.
        full: Option<PathBuf>,
    },
    /// The job was cancelled.
    Cancelled,
    /// The job failed.
    Failed(JobError),
}

/// Why a job failed. Its text is a sentence for users.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The networks or their devices failed, or the result is too large.
    #[error(transparent)]
    Restoring(#[from] RestoreError),
    /// A file could not be read or written.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A file that was not to be replaced exists by now.
    #[error("{} exists already and was not changed", imaging::quoted(.0))]
    Exists(PathBuf),
    /// An optional file was not written, because its disk is nearly full.
    #[error("the disk of {} is nearly full", imaging::quoted(.0))]
    NearlyFull(PathBuf),
    /// A page of a TIFF, from 1, could not be restored.
    #[error("{}", imaging::page_notice(*.0, &.1.to_string()))]
    Page(usize, Box<JobError>),
    /// A bug.
    #[error("an internal error: {0}; please report it, and try again")]
    Panicked(String),
}

impl JobError {
    /// The file that the text names, if any.
    pub fn path(&self) -> Option<&Path> {
        match self {
            JobError::Picture(error) => Some(error.path()),
            JobError::Exists(path) | JobError::NearlyFull(path) => Some(path),
            JobError::Page(_, error) => error.path(),
            JobError::Restoring(_) | JobError::Panicked(_) => None,
        }
    }
}
