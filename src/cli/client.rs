//! The command line's end of the worker: one request at a time, answered in the end.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    engine::RestorerFactory,
    imaging::{MemoryLimit, Photo, PictureError, SaveOptions, quoted, readable},
    pixels::Size,
    restore::{Forecast, NoiseEstimate},
    worker::{
        Body, End, JobControl, JobError, JobId, Measures, Order, Outcome, Request, RestoreRequest, Target, Update,
        Worker,
    },
};

/// Why a job has no result.
#[derive(Debug)]
pub enum Stop {
    /// The user pressed Ctrl+C.
    Cancelled,
    /// It could not be done.
    Failed(Failure),
}

/// Why something could not be done, in a sentence for people.
#[derive(Debug)]
pub struct Failure {
    sentence: String,
    /// The file that the sentence names.
    file: Option<PathBuf>,
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        Self { sentence: error.to_string(), file: error.path().map(Path::to_owned) }
    }
}

/// A sentence that names no file.
impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self { sentence, file: None }
    }
}

impl Failure {
    /// The sentence alone.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The sentence; it begins with the input's name where it names no file, or another one.
    pub fn about(&self, input: &Path) -> String {
        if self.file.as_deref() == Some(input) {
            return self.sentence.clone();
        }
        format!("{}: {}", readable(&input.to_string_lossy()), self.sentence)
    }

    /// The sentence with `name` in place of the file it names, if that is `file`.
    pub fn renamed(self, file: &Path, name: &Path) -> Self {
        if self.file.as_deref() != Some(file) {
            return self;
        }
        let sentence = self.sentence.replace(&quoted(file).to_string(), &name.to_string_lossy());
        Self { sentence, file: Some(name.to_owned()) }
    }
}

/// The worker, asked one thing after the other. Dropping it ends the worker.
pub struct Client {
    worker: Worker,
    /// One token for all jobs: Ctrl+C ends the whole run.
    cancel: JobControl,
    jobs: u64,
}

impl Client {
    /// Starts the worker, and lets Ctrl+C and requests to terminate cancel what it does.
    ///
    /// # Errors
    /// When the system gives no thread or no signal handler: a sentence for people.
    pub fn start(open: RestorerFactory) -> Result<Self, String> {
        let cancel = JobControl::default();
        let on_signal = cancel.clone();
        ctrlc::set_handler(move || on_signal.cancel())
            .map_err(|error| format!("Ctrl+C can't be watched ({error}): try again"))?;
        // The channel itself wakes this thread.
        let worker = Worker::spawn(open, Arc::new(|| {}))
            .map_err(|error| format!("the worker thread can't be started ({error}): close other programs first"))?;
        Ok(Self { worker, cancel, jobs: 0 })
    }

    /// Whether Ctrl+C was pressed.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Reads a photo that is whole, and measures what is wanted of it.
    pub fn open(
        &mut self,
        path: &Path,
        what: (MemoryLimit, Measures),
        on_update: impl FnMut(Update),
    ) -> Result<(Arc<Photo>, NoiseEstimate), Stop> {
        let opened = self.open_damaged(path, what, on_update)?;
        match opened.0.metadata.damage.clone() {
            Some(damage) => Err(Stop::Failed(JobError::Picture(PictureError::Damaged { damage }).into())),
            None => Ok(opened),
        }
    }

    /// The same of a photo of which a part may be missing.
    pub fn open_damaged(
        &mut self,
        path: &Path,
        (memory, measure): (MemoryLimit, Measures),
        on_update: impl FnMut(Update),
    ) -> Result<(Arc<Photo>, NoiseEstimate), Stop> {
        let job = self.next_job();
        let request = Request::Open { job, cancel: self.cancel.clone(), path: path.to_owned(), memory, measure };
        match self.ask(job, request, on_update)? {
            End::Opened { photo, noise, .. } => Ok((photo, noise)),
            other => Err(unexpected(&other)),
        }
    }

    /// Restores a photo into memory.
    pub fn restore(&mut self, order: Order, on_update: impl FnMut(Update)) -> Result<(Arc<Photo>, Outcome), Stop> {
        let request = self.request(order, Target::whole());
        match self.ask(request.job, Request::Restore(request), on_update)? {
            End::Restored { result, outcome, .. } => Ok((result, outcome)),
            other => Err(unexpected(&other)),
        }
    }

    /// Estimates what a restoration into a file would take and give; fails when it can't be done.
    pub fn estimate(&mut self, order: Order, (path, options): (&Path, SaveOptions)) -> Result<Forecast, Stop> {
        let request = self.request(order, Target::File { path: path.to_owned(), options, full: None });
        match self.ask(request.job, Request::Estimate(request, None), |_| {})? {
            End::Estimated { forecast, .. } => Ok(forecast),
            other => Err(unexpected(&other)),
        }
    }

    /// Restores a photo into a file, and returns the name the file got and its size in px; none when a file
    /// of that name was not to be replaced, and exists by now.
    pub fn restore_into(
        &mut self,
        order: Order,
        (path, options): (&Path, SaveOptions),
        on_update: impl FnMut(Update),
    ) -> Result<Option<(PathBuf, Size, Outcome)>, Stop> {
        let request = self.request(order, Target::File { path: path.to_owned(), options, full: None });
        match self.ask(request.job, Request::Restore(request), on_update)? {
            End::Written { path, size, outcome, .. } => Ok(Some((path, size, outcome))),
            End::Skipped { .. } => Ok(None),
            other => Err(unexpected(&other)),
        }
    }

    fn request(&mut self, order: Order, target: Target) -> RestoreRequest {
        RestoreRequest { job: self.next_job(), cancel: self.cancel.clone(), order, target, focus: None }
    }

    fn next_job(&mut self) -> JobId {
        self.jobs += 1;
        JobId(self.jobs)
    }

    /// Sends a request and waits for its end.
    fn ask(&mut self, job: JobId, request: Request, mut on_update: impl FnMut(Update)) -> Result<End, Stop> {
        // The one before has ended, so the channel is empty: a refusal means the worker is gone.
        self.worker.try_send(request).map_err(|_| worker_gone())?;
        loop {
            let event = self.worker.events().recv().map_err(|_| worker_gone())?;
            match event.body {
                _ if event.job != job => {}
                Body::Update(update) => on_update(update),
                Body::End(End::Cancelled) => return Err(Stop::Cancelled),
                Body::End(End::Failed(error)) => return Err(Stop::Failed(error.into())),
                Body::End(end) => return Ok(end),
            }
        }
    }
}

fn worker_gone() -> Stop {
    Stop::Failed("the worker thread has ended; run the command again".to_owned().into())
}

fn unexpected(end: &End) -> Stop {
    Stop::Failed(JobError::Panicked(format!("the job ended as {end:?}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_its_file_once() {
        let input = Path::new("a.png");
        let device = Failure::from("the device failed".to_owned());
        assert_eq!(device.about(input), "a.png: the device failed");
        let missing = |path: &str| Failure::from(JobError::Picture(PictureError::Missing { path: path.into() }));
        assert_eq!(missing("a.png").about(input), missing("a.png").sentence());
        assert!(missing("b.png").about(input).starts_with("a.png: There is no file “b.png”"));
        let renamed = missing("/tmp/x/stdin.png").renamed(Path::new("/tmp/x/stdin.png"), Path::new("standard input"));
        assert!(renamed.about(Path::new("standard input")).starts_with("There is no file standard input."));
    }
}
