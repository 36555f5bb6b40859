//! The worker thread.

mod pages;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::{
    End, Event, FileTarget, JobControl, JobError, JobId, Measures, Request, RestoreRequest, Target, file_size,
    frontend::{Disconnected, Frontend, JobFollower},
    into_file::{OutputFiles, buffering_for, full_not_kept, keep_full, restore_into, restore_page},
    pages::pages_left,
};
use crate::{
    engine::{RestorerFactory, panic_text},
    imaging::{self, Head, MemoryLimit, Photo, SaveOptions, SaveOutcome, SavedFile},
    pixels::{Rect, Size},
    restore::{
        self, Buffering, Forecast, ModelSelection, NoiseEstimate, Order, PartialResult, Rendition, RepairedPhoto,
        RestoreError, Throughput, Update,
    },
};

/// Capacity of the request channel; more are refused.
pub(super) const REQUESTS: usize = 64;
/// Capacity of the event channel; the worker waits when it is full.
const EVENTS: usize = 256;

/// Called after every event: a window repaints.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Handle to the worker thread. Dropping it waits until the current job has ended: cancel that first.
pub struct Worker {
    requests: Option<Sender<Request>>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread. `open` loads the networks, on the thread; `wake` is called after every event.
    ///
    /// # Errors
    /// When the thread can't be started.
    pub fn spawn(open: RestorerFactory, wake: Wake) -> io::Result<Self> {
        let (requests, inbox) = bounded(REQUESTS);
        let (outbox, events) = bounded(EVENTS);
        let thread = thread::Builder::new().name("redawn-worker".into()).spawn(move || {
            let (frontend, throughput) = (Frontend::new(inbox, outbox, wake), Throughput::default());
            let models = ModelSelection::default();
            JobRunner { open, frontend, throughput, models, repaired: None }.run();
        })?;
        Ok(Self { requests: Some(requests), events, thread: Some(thread) })
    }

    /// Sends a request; never blocks.
    ///
    /// # Errors
    /// Returns the request if too many are waiting, or the thread has ended.
    #[expect(clippy::result_large_err, reason = "the request itself comes back")]
    pub fn try_send(&self, request: Request) -> Result<(), Request> {
        match &self.requests {
            Some(requests) => requests.try_send(request).map_err(TrySendError::into_inner),
            None => Err(request),
        }
    }

    /// The worker's events.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Closing both channels ends the thread even if it waits to send an event.
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
    /// The front end has disconnected.
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

/// State of the thread.
struct JobRunner {
    open: RestorerFactory,
    frontend: Frontend,
    throughput: Throughput,
    models: ModelSelection,
    /// The last repaired photo, for the next order of the same photo.
    repaired: Option<RepairedPhoto>,
}

impl JobRunner {
    fn run(mut self) {
        let mut connected = true;
        while let Some(request) = self.frontend.next_request() {
            // Pictures are saved even if the window was closed meanwhile.
            let wanted = connected || matches!(request, Request::Save { .. });
            let Some(job) = job_of(&request).filter(|_| wanted) else { continue };
            let result = catch_unwind(AssertUnwindSafe(|| self.run_job(request)))
                .unwrap_or_else(|panic| Err(Stopped::Failed(JobError::Panicked(panic_text(&*panic)))));
            let end = match result {
                Ok(end) => end,
                Err(Stopped::Cancelled) => End::Cancelled,
                Err(Stopped::Failed(error)) => End::Failed(error),
                Err(Stopped::Disconnected) => {
                    connected = false;
                    continue;
                }
            };
            connected &= self.frontend.send(Event::end(job, end)).is_ok();
        }
    }

    fn run_job(&mut self, request: Request) -> Result<End, Stopped> {
        self.repaired.take_if(|repaired| repaired.is_obsolete());
        match request {
            Request::Open { job, cancel, path, page, memory, measure } => {
                let (photo, noise, pages) = self.open((job, &cancel), &path, page, memory, measure)?;
                Ok(End::Opened { path, photo: Arc::new(photo), noise, pages })
            }
            Request::Thumbnail { path, side, .. } => {
                let photo = imaging::open_within(&path, MemoryLimit::default())?.photo;
                Ok(End::Thumbnail { thumbnail: imaging::thumbnail(&photo, side), size: photo.size() })
            }
            Request::Restore(request) => self.restore(request),
            Request::Estimate(request, file) => {
                let (forecast, head) = self.estimate(request, file.as_ref())?;
                let refusal =
                    file.and_then(|file| imaging::check_space(&file.path, &head, &file.options, forecast.bytes).err());
                let warning = refusal.map(|refusal| refusal.to_string());
                Ok(End::Estimated { forecast, speeds: self.throughput.speeds(), warning })
            }
            Request::EstimateFile { result, file, .. } => {
                let bytes = file_size::estimate(&result, &file);
                let refusal = imaging::check_space(&file.path, &result.head(), &file.options, bytes).err();
                Ok(End::FileEstimated { bytes, warning: refusal.map(|refusal| refusal.to_string()) })
            }
            Request::Measure { device, .. } => {
                restore::measure(&device, &mut self.open, &mut self.throughput).map_err(RestoreError::from)?;
                Ok(End::Measured { speeds: self.throughput.speeds() })
            }
            Request::Preview(request, rect) => self.preview(request, rect),
            Request::Mark { job, cancel, mut order } => {
                let known = || self.repaired.as_ref().and_then(|repaired| repaired.damage_of(&order.photo));
                order.marks.found = order.marks.found.take().or_else(known);
                self.mark(job, &cancel, &order)
            }
            Request::Save { job, result, path, options, full } => {
                let saved = imaging::save_rows(&result.head(), &mut *result.rows(), &path, &options)?;
                let (saved, full) = keep_full_too(saved, full);
                Ok(End::Saved { path: self.written(job, saved)?, full })
            }
            // Starts no job (see `job_of`).
            Request::Focus { .. } => Err(Stopped::Cancelled),
        }
    }

    /// Reads and measures a photo, or a page of it; also returns the sizes of all pages.
    fn open(
        &mut self,
        (job, cancel): (JobId, &JobControl),
        path: &Path,
        page: Option<usize>,
        memory: MemoryLimit,
        measure: Measures,
    ) -> Result<(Photo, NoiseEstimate, Vec<Size>), Stopped> {
        check_cancelled(cancel)?;
        let imaging::Decoded { mut photo, mut notices, pages } = match page {
            Some(page) => imaging::open_page(path, page, memory)?,
            None => imaging::open_within(path, memory)?,
        };
        if let Some(page) = page.filter(|_| pages.len() > 1) {
            notices.iter_mut().for_each(|notice| *notice = imaging::page_notice(page + 1, notice));
        }
        self.notices(job, notices)?;
        if measure.compression {
            photo.metadata.jpeg.detected = imaging::jpeg_trace(&photo.pixels);
        }
        let noise = match measure.noise {
            true => restore::measure_noise(&photo, &mut self.open, &|| cancel.is_cancelled())
                .map_err(RestoreError::from)?
                .ok_or(Stopped::Cancelled)?,
            false => NoiseEstimate::none(),
        };
        check_cancelled(cancel)?;
        Ok((photo, noise, pages))
    }

    /// An order of a job with the networks selected.
    fn with_model(&mut self, job: JobId, cancel: &JobControl, order: Order) -> Order {
        let mut following = JobFollower::new(job, cancel, None, &mut self.frontend);
        let model = self.models.select(&order, &mut self.open, &mut self.throughput, &mut following);
        Order { model, ..order }
    }

    fn restore(&mut self, request: RestoreRequest) -> Result<End, Stopped> {
        let RestoreRequest { job, cancel, order, target, focus } = request;
        // One that was replaced while it waited costs nothing.
        check_cancelled(&cancel)?;
        let order = self.with_model(job, &cancel, for_target(order, &target));
        let mut following = JobFollower::new(job, &cancel, focus, &mut self.frontend);
        match target {
            Target::Memory { scope, mut partial } => {
                let outcome = restore::restore_blocks(
                    &order,
                    &mut partial,
                    scope,
                    &mut self.open,
                    &mut self.throughput,
                    &mut self.repaired,
                    &mut following,
                );
                if following.is_disconnected() {
                    return Err(Stopped::Disconnected);
                }
                let outcome = match outcome {
                    Ok(outcome) => Some(outcome),
                    Err(RestoreError::Cancelled) if partial.is_some() => None,
                    Err(error) => return Err(error.into()),
                };
                Ok(match (partial.map(PartialResult::complete), outcome) {
                    (Some(Ok(result)), Some(outcome)) => End::Restored { result: Arc::new(result), outcome },
                    (Some(Err(partial)), outcome) => End::Partial { partial, outcome },
                    (Some(Ok(_)) | None, _) => End::Cancelled,
                })
            }
            Target::File { path, options, full } => {
                let files = OutputFiles { target: (&path, &options), full: full.as_deref(), cancel: &cancel };
                let (open, throughput, repaired) = (&mut self.open, &mut self.throughput, &mut self.repaired);
                let result = restore_into(&files, &order, open, throughput, repaired, &mut following);
                if following.is_disconnected() {
                    return Err(Stopped::Disconnected);
                }
                match result {
                    Ok((saved, full, outcome)) => {
                        let path = self.written(job, saved)?;
                        Ok(End::Written { path, full, size: order.head().size, outcome })
                    }
                    Err(JobError::Exists(path)) => Ok(End::Skipped { path }),
                    Err(error) => Err(error.into()),
                }
            }
            Target::Pages { path, options, source, sizes } => {
                self.restore_pages((job, &cancel), order, (&path, options), (&source, &sizes))
            }
            Target::Page { mut file, pages_left } => {
                let (open, throughput, repaired) = (&mut self.open, &mut self.throughput, &mut self.repaired);
                let page = (&mut *file, pages_left);
                let result = restore_page(page, &order, open, throughput, repaired, &mut following);
                if following.is_disconnected() {
                    return Err(Stopped::Disconnected);
                }
                let (notices, outcome) = result?;
                self.notices(job, notices)?;
                Ok(End::PageWritten { file, size: order.head().size, outcome })
            }
        }
    }

    fn preview(&mut self, request: RestoreRequest, rect: Rect) -> Result<End, Stopped> {
        let RestoreRequest { job, cancel, order, focus, .. } = request;
        check_cancelled(&cancel)?;
        let order = self.with_model(job, &cancel, order);
        let mut following = JobFollower::new(job, &cancel, focus, &mut self.frontend);
        let part = restore::restore_part(&order, rect, &mut self.open, &mut self.repaired, &mut following);
        if following.is_disconnected() {
            return Err(Stopped::Disconnected);
        }
        let (pixels, photo) = (part?, &order.photo);
        let metadata = photo.metadata.stripped();
        Ok(End::Previewed { part: Arc::new(Photo { pixels, format: photo.format, metadata }) })
    }

    fn mark(&mut self, job: JobId, cancel: &JobControl, order: &Order) -> Result<End, Stopped> {
        check_cancelled(cancel)?;
        let mut following = JobFollower::new(job, cancel, None, &mut self.frontend);
        let marked = restore::mark(order, &mut self.open, &mut following);
        if following.is_disconnected() {
            return Err(Stopped::Disconnected);
        }
        let (marks, found) = marked?;
        let (summary, refusal) = (marks.summary(), marks.check().err().map(|refusal| refusal.to_string()));
        Ok(End::Marked { marks: Arc::new(marks), summary, refusal, found })
    }

    /// Estimates a restoration; fails if it can't be saved to its target. A result in memory is to be saved as `file`.
    /// Also returns the result without its pixels.
    fn estimate(&mut self, request: RestoreRequest, file: Option<&FileTarget>) -> Result<(Forecast, Head), JobError> {
        let RestoreRequest { job, cancel, order, target, .. } = request;
        let weights = order.weights();
        let order = self.with_model(job, &cancel, for_target(order, &target));
        let file = target.file().or(file.map(|file| (file.path.as_path(), &file.options)));
        let (format, options) =
            file.map_or((None, SaveOptions::default()), |(path, options)| (imaging::format_of(path), *options));
        // Without a file name yet, the photo's. An unknown format is refused by the check below.
        let format = format.unwrap_or(order.photo.format);
        let head = order.head();
        let check_target = |bytes| match (&target, target.file()) {
            (_, None) => Ok(()),
            (Target::Pages { .. }, Some((path, options))) => imaging::check_pages(path, &head, options, 0, bytes),
            (_, Some((path, options))) => imaging::check_target(path, &head, options, bytes),
        };
        check_target(0)?;
        let (buffering, saved_with) = match &target {
            Target::Memory { .. } => (Buffering::Whole, Some(&weights)),
            Target::File { .. } | Target::Pages { .. } | Target::Page { .. } => {
                (buffering_for(format, &head, &options), None)
            }
        };
        let Self { open, throughput, frontend, .. } = self;
        let mut following = JobFollower::new(job, &cancel, None, frontend);
        let written = (format, &options);
        let mut forecast = restore::forecast(&order, saved_with, buffering, written, open, throughput, &mut following)?;
        if let Target::Pages { sizes, .. } = &target {
            let all = pages_left(&order, sizes);
            (forecast.bytes, forecast.seconds) = ((forecast.bytes as f64 * all) as u64, forecast.seconds * all);
        }
        check_target(forecast.bytes)?;
        Ok((forecast, head))
    }

    /// Passes on the notices about a file, and returns its name.
    fn written(&self, job: JobId, saved: SavedFile) -> Result<PathBuf, Stopped> {
        self.notices(job, saved.notices)?;
        match saved.outcome {
            SaveOutcome::Written => Ok(saved.path),
            SaveOutcome::Skipped => Err(JobError::Exists(saved.path).into()),
        }
    }

    fn notices(&self, job: JobId, notices: Vec<String>) -> Result<(), Stopped> {
        notices.into_iter().try_for_each(|text| Ok(self.frontend.send(Event::update(job, Update::Notice(text)))?))
    }
}

/// Also saves a result at full strength, if requested, and returns the name of its file.
fn keep_full_too(mut saved: SavedFile, full: Option<(Rendition, PathBuf)>) -> (SavedFile, Option<PathBuf>) {
    let full = full.filter(|_| saved.outcome == SaveOutcome::Written);
    let kept = full.map(|(picture, path)| keep_full(&picture.head(), &mut *picture.rows(), &path)).transpose();
    let kept = kept.unwrap_or_else(|error| {
        saved.notices.push(full_not_kept(&error));
        None
    });
    (saved, kept)
}

/// A result in memory is at full strength, so that any other can be blended from it later.
fn for_target(order: Order, target: &Target) -> Order {
    match target {
        Target::Memory { .. } => order.at_full_strength(),
        Target::File { .. } | Target::Pages { .. } | Target::Page { .. } => order,
    }
}

/// Fails if the job was cancelled.
fn check_cancelled(cancel: &JobControl) -> Result<(), Stopped> {
    if cancel.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(()) }
}

/// The job that a request starts, if any.
fn job_of(request: &Request) -> Option<JobId> {
    match request {
        Request::Open { job, .. }
        | Request::Thumbnail { job, .. }
        | Request::EstimateFile { job, .. }
        | Request::Measure { job, .. }
        | Request::Mark { job, .. }
        | Request::Save { job, .. } => Some(*job),
        Request::Restore(request) | Request::Estimate(request, _) | Request::Preview(request, _) => Some(request.job),
        Request::Focus { .. } => None,
    }
}
