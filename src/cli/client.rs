//! Synchronous client of the worker, for the command line.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::marking;
use crate::{
    engine::RestorerFactory,
    imaging::{MemoryLimit, PageFile, Photo, PictureError, SaveOptions, page_notice, quoted, readable},
    pixels::Size,
    restore::{DamageMap, Forecast, MarkSummary, Marks, NoiseEstimate, RestoreError},
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
    /// It failed.
    Failed(Failure),
}

/// Why something failed: a sentence for users.
#[derive(Debug)]
pub struct Failure {
    sentence: String,
    /// The file named in the sentence.
    file: Option<PathBuf>,
    /// Whether its reason are marks that can't be filled.
    is_unfillable: bool,
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        let is_unfillable =
            matches!(error, JobError::Restoring(RestoreError::TooWide { .. } | RestoreError::AllMarked));
        Self { sentence: error.to_string(), file: error.path().map(Path::to_owned), is_unfillable }
    }
}

/// From a sentence that names no file.
impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self { sentence, file: None, is_unfillable: false }
    }
}

impl Failure {
    /// The sentence.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The sentence, prefixed with the input's name unless it names that file.
    pub fn about(&self, input: &Path) -> String {
        if self.file.as_deref() == Some(input) {
            return self.sentence.clone();
        }
        format!("{}: {}", readable(&input.to_string_lossy()), self.sentence)
    }

    /// A failure of a page. `page`: from 1.
    pub fn on_page(self, page: usize) -> Self {
        Self { sentence: page_notice(page, &self.sentence), ..self }
    }

    /// Replaces the file in the sentence by `name`, if it is `file`.
    pub fn renamed(self, file: &Path, name: &Path) -> Self {
        if self.file.as_deref() != Some(file) {
            return self;
        }
        let sentence = self.sentence.replace(&quoted(file).to_string(), &name.to_string_lossy());
        Self { sentence, file: Some(name.to_owned()), ..self }
    }

    /// Names the mask in the sentence, if its marks can't be filled.
    pub fn of_mask(self, mask: &Path) -> Self {
        match self.is_unfillable {
            true => Self { sentence: marking::unusable(mask, &self.sentence), ..self },
            false => self,
        }
    }
}

/// A photo that was opened.
pub struct Opened {
    /// The photo.
    pub photo: Arc<Photo>,
    /// Its noise; none if it was not measured.
    pub noise: NoiseEstimate,
    /// The sizes of a TIFF's pages in px, before they are turned upright (0 × 0 if unknown); empty for other formats.
    pub pages: Vec<Size>,
}

impl Opened {
    /// # Errors
    /// If a part of the photo is missing.
    pub fn if_whole(self) -> Result<Self, Stop> {
        match self.photo.metadata.damage.clone() {
            Some(damage) => Err(Stop::Failed(JobError::Picture(PictureError::Damaged { damage }).into())),
            None => Ok(self),
        }
    }
}

/// The marks of a photo.
pub struct Marked {
    /// The marks.
    pub marks: Arc<Marks>,
    /// Their number and share.
    pub summary: MarkSummary,
    /// Why they can't be filled, if so: a sentence.
    pub refusal: Option<String>,
    /// Where the photo is damaged, if that was needed.
    pub found: Option<Arc<DamageMap>>,
}

/// Client of a worker thread, which ends when it is dropped.
pub struct Client {
    worker: Worker,
    /// Shared by all jobs: Ctrl+C ends the whole run.
    cancel: JobControl,
    jobs: u64,
}

impl Client {
    /// Starts the worker, and installs a handler that cancels its jobs on Ctrl+C and SIGTERM.
    ///
    /// # Errors
    /// If the thread or the signal handler can't be created: a sentence for users.
    pub fn start(open: RestorerFactory) -> Result<Self, String> {
        let cancel = JobControl::default();
        let on_signal = cancel.clone();
        ctrlc::set_handler(move || on_signal.cancel())
            .map_err(|error| format!("the handler of Ctrl+C can't be installed ({error}): try again"))?;
        // No need to wake this thread: it blocks on the channel.
        let worker = Worker::spawn(open, Arc::new(|| {}))
            .map_err(|error| format!("the worker thread can't be started ({error}): close other programs first"))?;
        Ok(Self { worker, cancel, jobs: 0 })
    }

    /// Whether Ctrl+C was pressed.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Opens and measures a photo, of which a part may be missing. `page`: as in [`Request::Open`].
    pub fn open(
        &mut self,
        path: &Path,
        page: Option<usize>,
        memory: MemoryLimit,
        measure: Measures,
        on_update: impl FnMut(Update),
    ) -> Result<Opened, Stop> {
        let (job, cancel) = (self.next_job(), self.cancel.clone());
        let request = Request::Open { job, cancel, path: path.to_owned(), page, memory, measure };
        match self.call(job, request, on_update)? {
            End::Opened { photo, noise, pages, .. } => Ok(Opened { photo, noise, pages }),
            other => Err(unexpected(&other)),
        }
    }

    /// Restores a photo into memory.
    pub fn restore(&mut self, order: Order, on_update: impl FnMut(Update)) -> Result<(Arc<Photo>, Outcome), Stop> {
        let request = self.request(order, Target::whole());
        match self.call(request.job, Request::Restore(request), on_update)? {
            End::Restored { result, outcome, .. } => Ok((result, outcome)),
            other => Err(unexpected(&other)),
        }
    }

    /// Estimates a restoration into a file; fails if it is not possible.
    pub fn estimate(&mut self, order: Order, path: &Path, options: SaveOptions) -> Result<Forecast, Stop> {
        let request = self.request(order, Target::File { path: path.to_owned(), options, full: None });
        match self.call(request.job, Request::Estimate(request, None), |_| {})? {
            End::Estimated { forecast, .. } => Ok(forecast),
            other => Err(unexpected(&other)),
        }
    }

    /// Restores a photo into a file, and returns the actual name of the file, its size in px and a summary; none if the
    /// file exists by now and is not to be replaced.
    pub fn restore_into(
        &mut self,
        order: Order,
        path: &Path,
        options: SaveOptions,
        on_update: impl FnMut(Update),
    ) -> Result<Option<(PathBuf, Size, Outcome)>, Stop> {
        let request = self.request(order, Target::File { path: path.to_owned(), options, full: None });
        match self.call(request.job, Request::Restore(request), on_update)? {
            End::Written { path, size, outcome, .. } => Ok(Some((path, size, outcome))),
            End::Skipped { .. } => Ok(None),
            other => Err(unexpected(&other)),
        }
    }

    /// Restores a photo as the next page of a file, and returns that with the size of the page in px and a summary. `pages_left`:
    /// as in [`Target::Page`]. Unless it succeeds, nothing is left of the file.
    pub fn restore_page(
        &mut self,
        order: Order,
        file: Box<PageFile>,
        pages_left: f64,
        on_update: impl FnMut(Update),
    ) -> Result<(Box<PageFile>, Size, Outcome), Stop> {
        let request = self.request(order, Target::Page { file, pages_left });
        match self.call(request.job, Request::Restore(request), on_update)? {
            End::PageWritten { file, size, outcome } => Ok((file, size, outcome)),
            other => Err(unexpected(&other)),
        }
    }

    /// Finds the marks of a photo: they, their number and share, why they can't be filled, and where it is damaged.
    pub fn mark(&mut self, order: Order, on_update: impl FnMut(Update)) -> Result<Marked, Stop> {
        let job = self.next_job();
        let request = Request::Mark { job, cancel: self.cancel.clone(), order };
        match self.call(job, request, on_update)? {
            End::Marked { marks, summary, refusal, found } => Ok(Marked { marks, summary, refusal, found }),
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

    /// Sends a request and waits for the end of its job.
    fn call(&mut self, job: JobId, request: Request, mut on_update: impl FnMut(Update)) -> Result<End, Stop> {
        // The previous job has ended, so the channel is empty: a refusal means that the worker has ended.
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
    fn each_sentence_names_the_input_once() {
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
