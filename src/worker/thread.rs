//! The thread itself.

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::{
    CancelToken, Event, JobId, Request, RestoreRequest, Target,
    into_file::{Ended, Files, hold_for, keep, not_kept, restore_into},
};
use crate::{
    engine::{RestorerFactory, panic_text},
    imaging::{self, MemoryLimit, Photo, SaveOptions, SaveOutcome, Saved},
    pixels::Rect,
    restore::{self, Buffering, Follower, Forecast, NoiseEstimate, Order, Rendition, RestoreError, Throughput, Update},
};

/// Requests that may wait. A front that asks for more is told at once.
const REQUESTS: usize = 64;
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
            Desk { open, inbox, waiting: VecDeque::new(), outbox, wake, paces: Throughput::default() }.work();
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
            // The thread catches its own panics; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// Whoever is at the other end is gone: there is nothing left to do.
struct Gone;

/// What the thread owns.
struct Desk {
    open: RestorerFactory,
    inbox: Receiver<Request>,
    /// Requests that came while a job was running.
    waiting: VecDeque<Request>,
    outbox: Sender<Event>,
    wake: Wake,
    /// How fast the networks are, as far as it was measured.
    paces: Throughput,
}

impl Desk {
    fn work(mut self) {
        let mut heard = true;
        while let Some(request) = self.waiting.pop_front().or_else(|| self.inbox.recv().ok()) {
            // What somebody saved before they closed the window is saved.
            let wanted = heard || matches!(request, Request::Save { .. });
            // None: a view of a job that has ended.
            let Some(job) = job_of(&request).filter(|_| wanted) else { continue };
            let ending = catch_unwind(AssertUnwindSafe(|| self.end(request))).unwrap_or_else(|panic| {
                Some(Event::Failed {
                    job,
                    error: format!("an internal error: {}; please report it, and try again", panic_text(&*panic)),
                })
            });
            heard &= ending.is_some_and(|ending| self.say(ending).is_ok());
        }
    }

    /// Does a job, and answers with its ending; none when nobody listens any more.
    fn end(&mut self, request: Request) -> Option<Event> {
        match request {
            Request::Open { job, cancel, path, memory, measure } => {
                if cancel.is_cancelled() {
                    return Some(Event::Cancelled { job });
                }
                let imaging::Decoded { mut photo, notices, .. } = match imaging::open_within(&path, memory) {
                    Ok(opened) => opened,
                    Err(error) => return Some(Event::Failed { job, error: error.to_string() }),
                };
                self.notices(job, notices).ok()?;
                if measure.compression {
                    photo.metadata.jpeg.seen = imaging::jpeg_trace(&photo.pixels);
                }
                let noise = match measure.noise {
                    true => restore::measure_noise(&photo, &mut self.open, &|| cancel.is_cancelled()),
                    false => Ok(Some(NoiseEstimate::none())),
                };
                Some(match noise {
                    Ok(_) if cancel.is_cancelled() => Event::Cancelled { job },
                    Ok(None) => Event::Cancelled { job },
                    Ok(Some(noise)) => Event::Opened { job, path, photo: Arc::new(photo), noise },
                    Err(error) => Event::Failed { job, error: error.to_string() },
                })
            }
            Request::Thumbnail { job, path, side } => Some(match imaging::open_within(&path, MemoryLimit::default()) {
                Ok(opened) => {
                    let thumbnail = imaging::thumbnail(&opened.photo, side);
                    Event::Thumbnail { job, thumbnail, size: opened.photo.size() }
                }
                Err(error) => Event::Failed { job, error: error.to_string() },
            }),
            Request::Restore(request) => self.restore(&request),
            Request::Foretell(request, meant) => {
                let job = request.job;
                Some(match self.foretell(&request) {
                    Ok(forecast) => {
                        let refusal = |path: PathBuf| {
                            imaging::check_room(&path, &order_of(&request).head(), forecast.bytes).err()
                        };
                        let warning = meant.and_then(refusal).map(|refusal| refusal.to_string());
                        Event::Foretold { job, forecast, speeds: self.paces.speeds(), warning }
                    }
                    Err(error) => Event::Failed { job, error: error.to_string() },
                })
            }
            Request::Measure { job, device } => {
                Some(match restore::measure(&device, &mut self.open, &mut self.paces) {
                    Ok(()) => Event::Measured { job, speeds: self.paces.speeds() },
                    Err(error) => Event::Failed { job, error: error.to_string() },
                })
            }
            Request::Preview(request, rect) => self.preview(&request, rect),
            Request::Save { job, result, path, options, full } => {
                match imaging::save_rows(&result.head(), &mut *result.rows(), &path, &options) {
                    Ok(saved) => {
                        let (saved, full) = keep_beside(saved, full);
                        Some(match self.written(job, saved)? {
                            Ok(path) => Event::Saved { job, path, full },
                            Err(error) => Event::Failed { job, error },
                        })
                    }
                    Err(error) => Some(Event::Failed { job, error: error.to_string() }),
                }
            }
            Request::Focus { .. } => None,
        }
    }

    fn restore(&mut self, request: &RestoreRequest) -> Option<Event> {
        let (job, order) = (request.job, order_of(request));
        let mut following = follow(request, &self.inbox, &mut self.waiting, &self.outbox, &self.wake);
        let ended = match &request.target {
            Target::Memory => restore::restore(&order, &mut self.open, &mut following)
                .map(|(result, outcome)| (Made::Photo(Arc::new(result)), outcome))
                .map_err(Ended::from),
            Target::File { path, options, full } => {
                let files = Files { target: (path, options), full: full.as_deref() };
                let means = (&mut self.open, &mut self.paces);
                restore_into(&files, &order, means, &mut following)
                    .map(|(saved, full, outcome)| (Made::File(saved, full), outcome))
            }
        };
        if following.gone {
            return None;
        }
        Some(match ended {
            Ok((Made::Photo(result), outcome)) => Event::Restored { job, result, outcome },
            Ok((Made::File(saved, full), outcome)) => match self.written(job, saved)? {
                Ok(path) => Event::Written { job, path, full, size: order.head().size, outcome },
                Err(error) => Event::Failed { job, error },
            },
            Err(Ended::Restoring(RestoreError::Cancelled)) => Event::Cancelled { job },
            Err(Ended::Taken(path)) => Event::Skipped { job, path },
            Err(error) => Event::Failed { job, error: error.to_string() },
        })
    }

    fn preview(&mut self, request: &RestoreRequest, rect: Rect) -> Option<Event> {
        let (job, photo) = (request.job, &request.photo);
        let order = Order { recipe: request.recipe, ..order_of(request) };
        let mut following = follow(request, &self.inbox, &mut self.waiting, &self.outbox, &self.wake);
        if following.checkpoint() {
            return Some(Event::Cancelled { job });
        }
        let ended = restore::restore_part(&order, rect, &mut self.open, &mut following);
        if following.gone {
            return None;
        }
        Some(match ended {
            Ok(pixels) => {
                let metadata = photo.metadata.stripped();
                Event::Previewed { job, part: Arc::new(Photo { pixels, format: photo.format, metadata }) }
            }
            Err(RestoreError::Cancelled) => Event::Cancelled { job },
            Err(error) => Event::Failed { job, error: error.to_string() },
        })
    }

    /// Foretells a restoration, and refuses one that its target can't take.
    fn foretell(&mut self, request: &RestoreRequest) -> Result<Forecast, Ended> {
        let order = order_of(request);
        let (format, options) = match &request.target {
            Target::Memory => (Some(request.photo.format), SaveOptions::default()),
            Target::File { path, options, .. } => (imaging::format_of(path), *options),
        };
        // An unknown format is refused by the check below.
        let format = format.unwrap_or(request.photo.format);
        if let Target::File { path, .. } = &request.target {
            imaging::check_target(path, &order.head(), 0)?;
        }
        let hold = match &request.target {
            Target::Memory => Buffering::Whole,
            Target::File { .. } => hold_for(format),
        };
        let forecast = restore::forecast(&order, hold, (format, &options), &mut self.open, &mut self.paces)?;
        if let Target::File { path, .. } = &request.target {
            imaging::check_target(path, &order.head(), forecast.bytes)?;
        }
        Ok(forecast)
    }

    /// Passes on what was said of a file, and answers with its name, or why it was not written. None
    /// when nobody listens any more.
    fn written(&self, job: JobId, saved: Saved) -> Option<Result<PathBuf, String>> {
        self.notices(job, saved.notices).ok()?;
        Some(match saved.outcome {
            SaveOutcome::Written => Ok(saved.path),
            SaveOutcome::Skipped => Err(Ended::Taken(saved.path).to_string()),
        })
    }

    fn notices(&self, job: JobId, notices: Vec<String>) -> Result<(), Gone> {
        notices.into_iter().try_for_each(|text| self.say(Event::Notice { job, text }))
    }

    fn say(&self, event: Event) -> Result<(), Gone> {
        self.outbox.send(event).map_err(|_| Gone)?;
        (self.wake)();
        Ok(())
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

fn order_of(request: &RestoreRequest) -> Order<'_> {
    let recipe = match request.target {
        Target::Memory => request.recipe.at_full_strength(),
        Target::File { .. } => request.recipe,
    };
    Order {
        photo: &request.photo,
        noise: request.noise.clone(),
        recipe,
        device: request.device.clone(),
        tile: request.tile,
        memory: request.memory,
        watched: request.watched,
    }
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
        Request::Restore(request) | Request::Foretell(request, _) | Request::Preview(request, _) => Some(request.job),
        Request::Focus { .. } => None,
    }
}

fn follow<'a>(
    request: &'a RestoreRequest,
    inbox: &'a Receiver<Request>,
    waiting: &'a mut VecDeque<Request>,
    outbox: &'a Sender<Event>,
    wake: &'a Wake,
) -> Following<'a> {
    let RestoreRequest { job, cancel, focus, .. } = request;
    Following { job: *job, cancel, focus: *focus, inbox, waiting, outbox, wake, gone: false }
}

/// A job that has not begun begins with what is on screen. A view of one that has ended is of no use.
fn focus_waiting(waiting: &mut VecDeque<Request>, job: JobId, rect: Rect) {
    for request in waiting {
        if let Request::Restore(request) | Request::Preview(request, _) = request
            && request.job == job
        {
            request.focus = Some(rect);
        }
    }
}

/// A restoration's line to the front.
struct Following<'a> {
    job: JobId,
    cancel: &'a CancelToken,
    focus: Option<Rect>,
    inbox: &'a Receiver<Request>,
    waiting: &'a mut VecDeque<Request>,
    outbox: &'a Sender<Event>,
    wake: &'a Wake,
    gone: bool,
}

impl Follower for Following<'_> {
    fn update(&mut self, update: Update) {
        let job = self.job;
        let event = match update {
            Update::Device { device, reason } => Event::Device { job, device, reason },
            Update::Fallback(text) => Event::Fallback { job, text },
            Update::Progress { stage, done, total } => Event::Progress { job, stage, done, total },
            Update::Tile { frame, rect, pixels, finished } => Event::Tile { job, frame, rect, pixels, finished },
        };
        if self.outbox.send(event).is_err() {
            self.gone = true;
        } else {
            (self.wake)();
        }
    }

    fn focus(&mut self) -> Option<Rect> {
        // Bounded like the channel itself: what is more stays there, and the front hears of it.
        while self.waiting.len() < REQUESTS
            && let Ok(request) = self.inbox.try_recv()
        {
            match request {
                Request::Focus { job, rect } if job == self.job => self.focus = Some(rect),
                Request::Focus { job, rect } => focus_waiting(self.waiting, job, rect),
                other => self.waiting.push_back(other),
            }
        }
        self.focus
    }

    fn checkpoint(&self) -> bool {
        self.gone || self.cancel.hold()
    }
}
