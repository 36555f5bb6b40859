//! The thread itself.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::{
    End, Event, JobControl, JobError, JobId, Request, RestoreRequest, Target,
    front::{Disconnected, Following, Front},
    into_file::{Files, hold_for, keep, not_kept, restore_into},
};
use crate::{
    engine::{RestorerFactory, panic_text},
    imaging::{self, Head, MemoryLimit, Photo, SaveOptions, SaveOutcome, Saved},
    pixels::Rect,
    restore::{self, Buffering, Follower, Forecast, NoiseEstimate, Order, Rendition, RestoreError, Throughput, Update},
};

/// Requests that may wait. A front that asks for more is told at once.
pub(super) const REQUESTS: usize = 64;
/// Events that may wait; then the worker does.
const EVENTS: usize = 256;

/// Called after every event: a window repaints.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The worker thread, as a front holds it. Dropping it ends the thread after what it is doing:
/// cancel that first.
pub struct Worker {
    requests: Option<Sender<Request>>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread. `open` makes the network, on the thread; `wake` is called after every event.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(open: RestorerFactory, wake: Wake) -> io::Result<Self> {
        let (requests, inbox) = bounded(REQUESTS);
        let (outbox, events) = bounded(EVENTS);
        let thread = thread::Builder::new().name("redawn-worker".into()).spawn(move || {
            Desk { open, front: Front::new(inbox, outbox, wake), paces: Throughput::default() }.work();
        })?;
        Ok(Self { requests: Some(requests), events, thread: Some(thread) })
    }

    /// Asks, without ever waiting.
    ///
    /// # Errors
    /// Gives the request back when too many are waiting, or when the thread is gone.
    #[expect(clippy::result_large_err, reason = "the request itself comes back")]
    pub fn try_send(&self, request: Request) -> Result<(), Request> {
        match &self.requests {
            Some(requests) => requests.try_send(request).map_err(TrySendError::into_inner),
            None => Err(request),
        }
    }

    /// What the worker says.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Closing both channels ends the thread also when it waits for a reader of its events.
        self.requests = None;
        self.events = crossbeam_channel::never();
        if let Some(thread) = self.thread.take() {
            // The thread catches its own panics.
            let _ = thread.join();
        }
    }
}

/// Why a job has no result.
enum Stopped {
    Cancelled,
    Failed(JobError),
    /// The front is gone.
    Disconnected,
}

impl From<Disconnected> for Stopped {
    fn from(_: Disconnected) -> Self {
        Stopped::Disconnected
    }
}

impl<E: Into<JobError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        match error.into() {
            JobError::Restoring(RestoreError::Cancelled) => Stopped::Cancelled,
            error => Stopped::Failed(error),
        }
    }
}

/// What the thread owns.
struct Desk {
    open: RestorerFactory,
    front: Front,
    /// How fast the networks are, as far as it was measured.
    paces: Throughput,
}

impl Desk {
    fn work(mut self) {
        let mut heard = true;
        while let Some(request) = self.front.next_request() {
            // What was to be saved before the window was closed is saved.
            let wanted = heard || matches!(request, Request::Save { .. });
            // None: a view of a job that has ended.
            let Some(job) = job_of(&request).filter(|_| wanted) else { continue };
            let ended = catch_unwind(AssertUnwindSafe(|| self.run(request)))
                .unwrap_or_else(|panic| Err(Stopped::Failed(JobError::Panicked(panic_text(&*panic)))));
            let end = match ended {
                Ok(end) => end,
                Err(Stopped::Cancelled) => End::Cancelled,
                Err(Stopped::Failed(error)) => End::Failed(error),
                Err(Stopped::Disconnected) => {
                    heard = false;
                    continue;
                }
            };
            heard &= self.front.send(Event::end(job, end)).is_ok();
        }
    }

    /// Does a job.
    fn run(&mut self, request: Request) -> Result<End, Stopped> {
        match request {
            Request::Open { job, cancel, path, memory, measure } => {
                check(&cancel)?;
                let imaging::Decoded { mut photo, notices, .. } = imaging::open_within(&path, memory)?;
                self.notices(job, notices)?;
                if measure.compression {
                    photo.metadata.jpeg.seen = imaging::jpeg_trace(&photo.pixels);
                }
                let noise = match measure.noise {
                    true => restore::measure_noise(&photo, &mut self.open, &|| cancel.is_cancelled())
                        .map_err(RestoreError::from)?
                        .ok_or(Stopped::Cancelled)?,
                    false => NoiseEstimate::none(),
                };
                check(&cancel)?;
                Ok(End::Opened { path, photo: Arc::new(photo), noise })
            }
            Request::Thumbnail { path, side, .. } => {
                let photo = imaging::open_within(&path, MemoryLimit::default())?.photo;
                Ok(End::Thumbnail { thumbnail: imaging::thumbnail(&photo, side), size: photo.size() })
            }
            Request::Restore(request) => self.restore(request),
            Request::Estimate(request, meant) => {
                let (forecast, head) = self.estimate(request)?;
                let refusal = meant.and_then(|path| imaging::check_room(&path, &head, forecast.bytes).err());
                let warning = refusal.map(|refusal| refusal.to_string());
                Ok(End::Estimated { forecast, speeds: self.paces.speeds(), warning })
            }
            Request::Measure { device, .. } => {
                restore::measure(&device, &mut self.open, &mut self.paces).map_err(RestoreError::from)?;
                Ok(End::Measured { speeds: self.paces.speeds() })
            }
            Request::Preview(request, rect) => self.preview(request, rect),
            Request::Save { job, result, path, options, full } => {
                let saved = imaging::save_rows(&result.head(), &mut *result.rows(), &path, &options)?;
                let (saved, full) = keep_beside(saved, full);
                Ok(End::Saved { path: self.written(job, saved)?, full })
            }
            // Of a job that has ended.
            Request::Focus { .. } => Err(Stopped::Cancelled),
        }
    }

    fn restore(&mut self, request: RestoreRequest) -> Result<End, Stopped> {
        let RestoreRequest { job, cancel, order, target, focus } = request;
        let order = for_target(order, &target);
        let mut following = Following::new(job, &cancel, focus, &mut self.front);
        let made = match &target {
            Target::Memory => restore::restore(&order, &mut self.open, &mut following)
                .map(|(result, outcome)| (Made::Photo(Arc::new(result)), outcome))
                .map_err(JobError::from),
            Target::File { path, options, full } => {
                let files = Files { target: (path, options), full: full.as_deref() };
                restore_into(&files, &order, (&mut self.open, &mut self.paces), &mut following)
                    .map(|(saved, full, outcome)| (Made::File(saved, full), outcome))
            }
        };
        if following.is_disconnected() {
            return Err(Stopped::Disconnected);
        }
        match made {
            Ok((Made::Photo(result), outcome)) => Ok(End::Restored { result, outcome }),
            Ok((Made::File(saved, full), outcome)) => {
                let path = self.written(job, saved)?;
                Ok(End::Written { path, full, size: order.head().size, outcome })
            }
            Err(JobError::Exists(path)) => Ok(End::Skipped { path }),
            Err(error) => Err(error.into()),
        }
    }

    fn preview(&mut self, request: RestoreRequest, rect: Rect) -> Result<End, Stopped> {
        let RestoreRequest { job, cancel, order, focus, .. } = request;
        let mut following = Following::new(job, &cancel, focus, &mut self.front);
        if following.checkpoint() {
            return Err(Stopped::Cancelled);
        }
        let part = restore::restore_part(&order, rect, &mut self.open, &mut following);
        if following.is_disconnected() {
            return Err(Stopped::Disconnected);
        }
        let (pixels, photo) = (part?, &order.photo);
        let metadata = photo.metadata.stripped();
        Ok(End::Previewed { part: Arc::new(Photo { pixels, format: photo.format, metadata }) })
    }

    /// Estimates a restoration, and refuses one that its target can't take. Also all of the result but its pixels.
    fn estimate(&mut self, request: RestoreRequest) -> Result<(Forecast, Head), JobError> {
        let RestoreRequest { order, target, .. } = request;
        let order = for_target(order, &target);
        let (format, options) = match &target {
            Target::Memory => (Some(order.photo.format), SaveOptions::default()),
            Target::File { path, options, .. } => (imaging::format_of(path), *options),
        };
        // An unknown format is refused by the check below.
        let format = format.unwrap_or(order.photo.format);
        let head = order.head();
        let check_target = |bytes| match &target {
            Target::Memory => Ok(()),
            Target::File { path, .. } => imaging::check_target(path, &head, bytes),
        };
        check_target(0)?;
        let hold = match &target {
            Target::Memory => Buffering::Whole,
            Target::File { .. } => hold_for(format),
        };
        let forecast = restore::forecast(&order, hold, (format, &options), &mut self.open, &mut self.paces)?;
        check_target(forecast.bytes)?;
        Ok((forecast, head))
    }

    /// Passes on the notices about a file, and returns its name.
    fn written(&self, job: JobId, saved: Saved) -> Result<PathBuf, Stopped> {
        self.notices(job, saved.notices)?;
        match saved.outcome {
            SaveOutcome::Written => Ok(saved.path),
            SaveOutcome::Skipped => Err(JobError::Exists(saved.path).into()),
        }
    }

    fn notices(&self, job: JobId, notices: Vec<String>) -> Result<(), Stopped> {
        notices.into_iter().try_for_each(|text| Ok(self.front.send(Event::update(job, Update::Notice(text)))?))
    }
}

/// Keeps at full strength what was saved, if that is wanted; its name.
fn keep_beside(mut saved: Saved, full: Option<(Rendition, PathBuf)>) -> (Saved, Option<PathBuf>) {
    let full = full.filter(|_| saved.outcome == SaveOutcome::Written);
    let kept = full.map(|(print, path)| keep(&print.head(), &mut *print.rows(), &path)).transpose();
    let kept = kept.unwrap_or_else(|error| {
        saved.notices.push(not_kept(&error));
        None
    });
    (saved, kept)
}

/// A result in memory is at full strength, so that any other can be mixed from it later.
fn for_target(order: Order, target: &Target) -> Order {
    match target {
        Target::Memory => Order { recipe: order.recipe.at_full_strength(), ..order },
        Target::File { .. } => order,
    }
}

/// Ends a job that was cancelled meanwhile.
fn check(cancel: &JobControl) -> Result<(), Stopped> {
    if cancel.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(()) }
}

/// What a restoration made.
enum Made {
    Photo(Arc<Photo>),
    /// And the name of the file at full strength.
    File(Saved, Option<PathBuf>),
}

/// The job a request starts; none when it starts none.
fn job_of(request: &Request) -> Option<JobId> {
    match request {
        Request::Open { job, .. }
        | Request::Thumbnail { job, .. }
        | Request::Measure { job, .. }
        | Request::Save { job, .. } => Some(*job),
        Request::Restore(request) | Request::Estimate(request, _) | Request::Preview(request, _) => Some(request.job),
        Request::Focus { .. } => None,
    }
}
