//! The command line's end of the worker: one request at a time, answered in the end.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    engine::{DeviceChoice, RestorerFactory, TileChoice},
    imaging::{MemoryLimit, Photo, PictureError, SaveOptions},
    pixels::Size,
    restore::{Forecast, NoiseEstimate, Recipe},
    worker::{CancelToken, Event, JobId, Measures, Outcome, Request, RestoreRequest, Target, Worker},
};

/// Why a job has no result.
#[derive(Debug)]
pub enum Stop {
    /// Somebody asked for it.
    Cancelled,
    /// It could not be done: a sentence for people.
    Failed(String),
}

/// How to restore.
#[derive(Debug, Clone)]
pub struct How {
    pub recipe: Recipe,
    pub device: DeviceChoice,
    pub tile: TileChoice,
    pub memory: MemoryLimit,
}

/// The worker, asked one thing after the other. Dropping it ends the worker.
pub struct Client {
    worker: Worker,
    /// One token for all jobs: Ctrl+C ends the whole run.
    cancel: CancelToken,
    jobs: u64,
}

impl Client {
    /// Starts the worker, and lets Ctrl+C and requests to terminate cancel what it does.
    ///
    /// # Errors
    /// When the system gives no thread or no signal handler: a sentence for people.
    pub fn start(open: RestorerFactory) -> Result<Self, String> {
        let cancel = CancelToken::default();
        let on_signal = cancel.clone();
        ctrlc::set_handler(move || on_signal.cancel())
            .map_err(|error| format!("Ctrl+C can't be watched ({error}): try again"))?;
        // Nobody sleeps here: the channel itself wakes this thread.
        let worker = Worker::spawn(open, Arc::new(|| {}))
            .map_err(|error| format!("the worker thread can't be started ({error}): close other programs first"))?;
        Ok(Self { worker, cancel, jobs: 0 })
    }

    /// Whether Ctrl+C was pressed.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Reads a photo that is whole, and measures what is wanted of it. `on_event` hears all but the
    /// ending.
    pub fn open(
        &mut self,
        path: &Path,
        what: (MemoryLimit, Measures),
        on_event: impl FnMut(Event),
    ) -> Result<(Arc<Photo>, NoiseEstimate), Stop> {
        let opened = self.open_damaged(path, what, on_event)?;
        match opened.0.metadata.damage.clone() {
            Some(damage) => Err(Stop::Failed(PictureError::Damaged { damage }.to_string())),
            None => Ok(opened),
        }
    }

    /// The same of a photo of which a part may be missing.
    pub fn open_damaged(
        &mut self,
        path: &Path,
        (memory, measure): (MemoryLimit, Measures),
        on_event: impl FnMut(Event),
    ) -> Result<(Arc<Photo>, NoiseEstimate), Stop> {
        let job = self.next_job();
        let request = Request::Open { job, cancel: self.cancel.clone(), path: path.to_owned(), memory, measure };
        match self.ask(job, request, on_event)? {
            Event::Opened { photo, noise, .. } => Ok((photo, noise)),
            other => Err(unexpected(&other)),
        }
    }

    /// Restores a photo into memory. `on_event` hears all but the ending.
    pub fn restore(
        &mut self,
        photo: Arc<Photo>,
        noise: NoiseEstimate,
        how: How,
        on_event: impl FnMut(Event),
    ) -> Result<(Arc<Photo>, Outcome), Stop> {
        let (job, request) = self.request(photo, noise, how, Target::Memory);
        match self.ask(job, Request::Restore(request), on_event)? {
            Event::Restored { result, outcome, .. } => Ok((result, outcome)),
            other => Err(unexpected(&other)),
        }
    }

    /// Says what a restoration into a file would come to; fails when it can't be done.
    pub fn foretell(
        &mut self,
        photo: Arc<Photo>,
        noise: NoiseEstimate,
        how: How,
        (path, options): (&Path, SaveOptions),
    ) -> Result<Forecast, Stop> {
        let target = Target::File { path: path.to_owned(), options, full: None };
        let (job, request) = self.request(photo, noise, how, target);
        match self.ask(job, Request::Foretell(request, None), |_| {})? {
            Event::Foretold { forecast, .. } => Ok(forecast),
            other => Err(unexpected(&other)),
        }
    }

    /// Restores a photo into a file, and answers with the name the file got and its size in px; with none when a file
    /// of that name was to be left as it is, and is there by now. `on_event` hears all but the ending.
    pub fn restore_into(
        &mut self,
        photo: Arc<Photo>,
        noise: NoiseEstimate,
        how: How,
        (path, options): (&Path, SaveOptions),
        on_event: impl FnMut(Event),
    ) -> Result<Option<(PathBuf, Size, Outcome)>, Stop> {
        let target = Target::File { path: path.to_owned(), options, full: None };
        let (job, request) = self.request(photo, noise, how, target);
        match self.ask(job, Request::Restore(request), on_event)? {
            Event::Written { path, size, outcome, .. } => Ok(Some((path, size, outcome))),
            Event::Skipped { .. } => Ok(None),
            other => Err(unexpected(&other)),
        }
    }

    fn request(
        &mut self,
        photo: Arc<Photo>,
        noise: NoiseEstimate,
        how: How,
        target: Target,
    ) -> (JobId, RestoreRequest) {
        let (job, cancel) = (self.next_job(), self.cancel.clone());
        let How { recipe, device, tile, memory } = how;
        let (watched, focus) = (false, None);
        let request =
            RestoreRequest { job, cancel, photo, noise, recipe, device, tile, memory, target, watched, focus };
        (job, request)
    }

    fn next_job(&mut self) -> JobId {
        self.jobs += 1;
        JobId(self.jobs)
    }

    /// Sends a request and waits for its ending.
    fn ask(&mut self, job: JobId, request: Request, mut on_event: impl FnMut(Event)) -> Result<Event, Stop> {
        // The one before has ended, so the channel is empty: a refusal means the worker is gone.
        self.worker.try_send(request).map_err(|_| worker_gone())?;
        loop {
            match self.worker.events().recv().map_err(|_| worker_gone())? {
                event if event.job() != job => {}
                Event::Cancelled { .. } => return Err(Stop::Cancelled),
                Event::Failed { error, .. } => return Err(Stop::Failed(error)),
                event if event.is_ending() => return Ok(event),
                event => on_event(event),
            }
        }
    }
}

fn worker_gone() -> Stop {
    Stop::Failed("the worker thread has ended; run the command again".to_owned())
}

fn unexpected(event: &Event) -> Stop {
    Stop::Failed(format!("the worker answered another question (job {}); run the command again", event.job().0))
}
