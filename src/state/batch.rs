//! Restores the queue's photos one after the other. Pure: events in, requests out.

use std::{path::PathBuf, time::Duration, time::Instant};

use super::{
    names::Targets,
    queue::{Item, ItemId, Queue, Saved, State},
    restoration::Source,
};
use crate::{
    engine::DeviceChoice,
    imaging::{self, Damage, Format, IfExists, MemoryLimit, SaveOptions, quoted},
    restore::{MarkEdits, MarkSources, Mask, Recipe, WeightMap},
    worker::{Body, End, Event, JobControl, JobId, Measures, Order, Outcome, Request, RestoreRequest, Target, Update},
};

/// State of the run over the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunState {
    /// No run.
    #[default]
    Idle,
    /// Photos are being restored.
    Running,
    /// The active photo is paused between two tiles.
    Paused,
}

/// The photo being restored.
#[derive(Debug)]
pub struct ActiveItem {
    /// Its id.
    pub item: ItemId,
    /// Its current job: open, estimate or restore.
    pub job: JobId,
    /// Cancels or pauses it.
    pub cancel: JobControl,
    /// Its pixels, once opened.
    pub source: Option<Source>,
    /// The recipe it was started with.
    pub recipe: Recipe,
    /// Its marks by hand.
    pub edits: MarkEdits,
    /// Where that applies.
    pub mask: Mask,
    /// Stopped by the user, without the rest of the run.
    stopped: bool,
    target: PathBuf,
    full: Option<PathBuf>,
    options: SaveOptions,
    device: DeviceChoice,
    started: Instant,
}

/// The only photo of a run.
#[derive(Debug)]
struct Only {
    item: ItemId,
    /// The file of its result, if it is not named by the output settings.
    file: Option<(PathBuf, SaveOptions)>,
}

/// The run over the queue.
#[derive(Debug, Default)]
pub struct Batch {
    run_state: RunState,
    /// The only photo of this run; none: all that wait.
    only: Option<Only>,
    active: Option<ActiveItem>,
    /// Number of photos restored in this run, and the time they took.
    done: usize,
    time_spent: Duration,
    outcome: Option<(ItemId, Outcome)>,
}

impl Batch {
    /// State of the run.
    pub fn run_state(&self) -> RunState {
        self.run_state
    }

    /// Whether there is a run of all photos that wait.
    pub fn is_of_all(&self) -> bool {
        self.run_state != RunState::Idle && self.only.is_none()
    }

    /// The photo being restored.
    pub fn active(&self) -> Option<&ActiveItem> {
        self.active.as_ref()
    }

    /// Starts a run, or resumes a paused one.
    pub fn start(&mut self) {
        if self.run_state == RunState::Idle {
            (self.done, self.time_spent) = (0, Duration::ZERO);
            self.only = None;
        }
        self.run_state = RunState::Running;
        self.active.iter().for_each(|active| active.cancel.set_paused(false));
    }

    /// Starts a run of one photo, into this file or the one that the output settings name. Ignored during another run.
    pub fn start_one(&mut self, item: ItemId, file: Option<(PathBuf, SaveOptions)>) {
        if self.run_state == RunState::Idle {
            self.start();
            self.only = Some(Only { item, file });
        }
    }

    /// Pauses the run.
    pub fn pause(&mut self) {
        if self.run_state == RunState::Running {
            self.run_state = RunState::Paused;
            self.active.iter().for_each(|active| active.cancel.set_paused(true));
        }
    }

    /// Stops the run. The active photo ends with an event.
    pub fn stop(&mut self) {
        self.run_state = RunState::Idle;
        self.active.iter().for_each(|active| active.cancel.cancel());
    }

    /// Stops the active photo. The run continues.
    pub fn stop_active(&mut self) {
        if let Some(active) = &mut self.active {
            active.stopped = true;
            active.cancel.cancel();
        }
    }

    /// Whether the run has another photo after the active one.
    pub fn has_next(&self, queue: &Queue) -> bool {
        self.run_state != RunState::Idle && self.next(queue).is_some()
    }

    fn next<'a>(&self, queue: &'a Queue) -> Option<&'a Item> {
        match &self.only {
            Some(only) => queue.get(only.item).filter(|item| item.is_waiting()),
            None => queue.next_waiting(),
        }
    }

    /// Starts the next waiting photo if none is active. Ends the run if none is waiting. `names` are the files of the
    /// results, `full_file` returns a new file for a result at full strength, `job` a new job id.
    pub fn start_next(
        &mut self,
        queue: &mut Queue,
        job: impl FnOnce() -> JobId,
        names: &Targets,
        full_file: impl FnOnce() -> Option<PathBuf>,
        device: &DeviceChoice,
        now: Instant,
    ) -> Option<Request> {
        if self.active.is_some() || self.run_state != RunState::Running {
            return None;
        }
        if names.options.if_exists == IfExists::Skip && self.only.is_none() {
            skip_existing(queue, names);
        }
        if self.only.as_ref().is_none_or(|only| only.file.is_none()) {
            self.refuse_replaced(queue, names);
        }
        let Some(item) = self.next(queue).map(|item| item.id) else {
            self.run_state = RunState::Idle;
            return None;
        };
        let file = self.only.as_ref().and_then(|only| only.file.clone());
        let (target, options) = match file {
            Some(file) => file,
            None => (names.of(item)?.path.clone(), names.options),
        };
        queue.begin(item);
        let item = queue.get(item)?;
        let (job, cancel) = (job(), JobControl::default());
        let request = Request::Open {
            job,
            cancel: cancel.clone(),
            path: item.path.clone(),
            // All pages of a TIFF are kept in a TIFF.
            page: (imaging::format_of(&target) == Some(Format::Tiff)).then_some(0),
            memory: MemoryLimit::default(),
            measure: Measures::ALL,
        };
        let edits = item.edits.effective(item.recipe.repair);
        let (item, recipe, mask) = (item.id, item.recipe, item.mask.effective());
        // At strength 0 the result is the photo.
        let needs_full = !mask.is_invertible(recipe.strength) && !WeightMap::new(recipe.strength, &mask).is_none();
        let full = if needs_full { full_file() } else { None };
        let (source, stopped, device, started) = (None, false, device.clone(), now);
        self.active = Some(ActiveItem {
            item,
            job,
            cancel,
            source,
            recipe,
            edits,
            mask,
            stopped,
            target,
            full,
            options,
            device,
            started,
        });
        Some(request)
    }

    /// Fails the next photos as long as their files are replaced by results of earlier ones: they would be restored twice.
    fn refuse_replaced(&self, queue: &mut Queue, names: &Targets) {
        let is_restored = |item: &&Item| item.is_waiting() || matches!(item.state, State::Done(_));
        while let Some(id) = self.next(queue).map(|item| item.id)
            && let Some(earlier) = names.replaced_by(id).and_then(|id| queue.get(id)).filter(is_restored)
        {
            let reason = format!("the result of {} replaces this file: remove one of them", quoted(&earlier.path));
            queue.fail(id, reason);
        }
    }

    /// Applies an event of the active photo. Returns the next request for it.
    pub fn apply(
        &mut self,
        event: &Event,
        queue: &mut Queue,
        job: impl FnOnce() -> JobId,
        now: Instant,
    ) -> Option<Request> {
        let active = self.active.as_mut().filter(|active| active.job == event.job)?;
        let item = active.item;
        match &event.body {
            Body::End(End::Opened { path, photo, noise, pages }) => {
                queue.set_size(item, photo.size());
                queue.note(item, photo.metadata.damage.as_ref().map(Damage::notice));
                let (path, photo, noise, pages) = (path.clone(), photo.clone(), noise.clone(), pages.clone());
                let source = Source { path, photo, noise, pages, damage: None };
                active.source = Some(source.clone());
                active.job = job();
                // Fails early if the format, the memory or the disk can't hold the result.
                let request = active.request(source, MemoryLimit::default());
                Some(Request::Estimate(request, None))
            }
            Body::End(End::Estimated { .. }) => {
                active.job = job();
                let source = active.source.clone()?;
                Some(Request::Restore(active.request(source, MemoryLimit::AlreadyChecked)))
            }
            Body::Update(update) => {
                match update {
                    Update::Progress { stage, done, total } => queue.advance(item, *stage, *done, *total, now),
                    Update::Notice(text) | Update::Fallback(text) => queue.note(item, [text.clone()]),
                    Update::Device { .. } | Update::Detected(_) | Update::Tile { .. } => {}
                }
                None
            }
            Body::End(end) => {
                let state = match end {
                    End::Written { path, full, outcome, .. } => {
                        self.done += 1;
                        self.time_spent += now.duration_since(active.started);
                        self.outcome = Some((item, outcome.clone()));
                        let source = active.source.as_ref();
                        let made_with = source.map(|source| active.recipe.resolved(&source.photo, &source.noise));
                        State::Done(Saved {
                            path: path.clone(),
                            made_with,
                            settings: Some(active.recipe),
                            edits: active.edits.clone(),
                            mask: active.mask.clone(),
                            model: outcome.model,
                            full: full.clone(),
                        })
                    }
                    // Created meanwhile by another program.
                    End::Skipped { path } => State::Skipped(path.clone()),
                    End::Failed(error) => State::Failed(error.to_string()),
                    // The run was stopped and restarted before this job ended.
                    _ if self.run_state != RunState::Idle && !active.stopped => State::Waiting,
                    _ => State::Stopped,
                };
                queue.end(item, state);
                self.active = None;
                None
            }
        }
    }

    /// Outcome of the photo restored last, if it is this one.
    pub fn outcome(&self, item: ItemId) -> Option<&Outcome> {
        self.outcome.as_ref().filter(|(done, _)| *done == item).map(|(_, outcome)| outcome)
    }

    /// The only photo of this run, if it is not of all that wait.
    pub fn only<'a>(&self, queue: &'a Queue) -> Option<&'a Item> {
        queue.get(self.only.as_ref()?.item)
    }

    /// Number of photos that remain in this run.
    pub fn remaining(&self, queue: &Queue) -> usize {
        match (self.run_state, &self.only) {
            (RunState::Idle, _) => 0,
            (_, None) => queue.counts().remaining,
            (_, Some(_)) => usize::from(self.only(queue).is_some_and(|item| item.is_waiting() || item.is_running())),
        }
    }

    /// Progress of the run, 0–1.
    pub fn share(&self, queue: &Queue) -> f32 {
        if self.only.is_some() {
            return match self.only(queue).map(|item| &item.state) {
                Some(State::Running(progress)) => progress.share(),
                _ => 0.0,
            };
        }
        let active = queue.items().iter().filter_map(|item| match &item.state {
            State::Running(progress) => Some(progress.share()),
            _ => None,
        });
        let finished = queue.items().len() - queue.counts().remaining;
        (finished as f32 + active.sum::<f32>()) / queue.items().len().max(1) as f32
    }

    /// Remaining time, from the mean of the photos restored in this run. None before the first is done.
    pub fn time_left(&self, queue: &Queue, now: Instant) -> Option<Duration> {
        let each = self.time_spent.checked_div(u32::try_from(self.done).ok()?)?;
        let spent = self.active.as_ref().map_or(Duration::ZERO, |active| now.duration_since(active.started));
        Some((each * u32::try_from(self.remaining(queue)).ok()?).saturating_sub(spent.min(each)))
    }
}

/// Skips waiting photos whose file exists, up to the first one whose doesn't.
fn skip_existing(queue: &mut Queue, names: &Targets) {
    let waiting = queue.items().iter().filter(|item| item.is_waiting());
    let named = waiting.map_while(|item| Some((item.id, names.of(item.id)?)));
    let existing: Vec<_> =
        named.take_while(|(_, target)| target.exists).map(|(id, target)| (id, target.path.clone())).collect();
    existing.into_iter().for_each(|(id, path)| queue.skip(id, path));
}

impl ActiveItem {
    fn request(&self, source: Source, memory: MemoryLimit) -> RestoreRequest {
        let invertible = self.mask.is_invertible(self.recipe.strength.effective_for(source.photo.is_grey()));
        let full = self.full.clone().filter(|_| !invertible);
        let order = Order {
            marks: MarkSources { edits: self.edits.clone(), ..MarkSources::default() },
            mask: self.mask.clone(),
            device: self.device.clone(),
            memory,
            watched: true,
            ..Order::new(source.photo.clone(), source.noise.clone(), self.recipe)
        };
        let (path, options) = (self.target.clone(), self.options);
        let target = match source.has_pages_for(&path) {
            true => Target::Pages { path, options, source: source.path, sizes: source.pages },
            false => Target::File { path, options, full },
        };
        RestoreRequest { job: self.job, cancel: self.cancel.clone(), order, target, focus: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{restore::Stage, state::Found};

    #[test]
    fn a_run_of_one_photo_is_not_one_of_all() {
        let mut queue = Queue::default();
        let found = |name: &str| Found { path: name.into(), subfolder: PathBuf::new() };
        queue.add(["a", "b", "c"].map(found), Recipe::default());
        let (first, second) = (queue.items()[0].id, queue.items()[1].id);
        let mut batch = Batch::default();
        assert_eq!((batch.is_of_all(), batch.remaining(&queue)), (false, 0));
        batch.start();
        assert_eq!((batch.is_of_all(), batch.remaining(&queue)), (true, 3));
        assert!(batch.only(&queue).is_none());
        batch.stop();
        batch.start_one(second, None);
        assert_eq!((batch.is_of_all(), batch.remaining(&queue)), (false, 1));
        assert_eq!(batch.only(&queue).map(|item| item.id), Some(second));
        queue.begin(first);
        queue.end(first, State::Stopped);
        assert_eq!(batch.share(&queue), 0.0, "that of the other photos does not count");
        queue.begin(second);
        queue.advance(second, Stage::Denoising, 1, 4, Instant::now());
        assert_eq!((batch.share(&queue), batch.remaining(&queue)), (0.25, 1));
        queue.end(second, State::Stopped);
        assert_eq!(batch.remaining(&queue), 0);
    }
}
