//! The way of the queue's photos through the workers, one after the other. Pure: events in, requests out.

use std::{path::PathBuf, time::Duration, time::Instant};

use super::{
    names::Agreed,
    queue::{ItemId, Queue, Saved, State},
    session::Source,
};
use crate::{
    engine::{DeviceChoice, TileChoice},
    imaging::{Damage, IfExists, MemoryLimit, SaveOptions},
    restore::Recipe,
    worker::{Body, End, Event, JobControl, JobId, Measures, Order, Outcome, Request, RestoreRequest, Target, Update},
};

/// Whether the queue's photos are being restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunState {
    /// They are not.
    #[default]
    Idle,
    /// One after the other.
    Going,
    /// The one under way waits between two tiles, the others wait for it.
    Paused,
}

/// One photo on its way.
#[derive(Debug)]
pub struct ActiveItem {
    /// The photo.
    pub item: ItemId,
    /// Its job now.
    pub job: JobId,
    /// Stops it, or lets it wait.
    pub cancel: JobControl,
    /// Its pixels, once they are read.
    pub source: Option<Source>,
    /// What is done to it.
    pub recipe: Recipe,
    /// It alone is to be stopped.
    unwanted: bool,
    target: PathBuf,
    full: Option<PathBuf>,
    options: SaveOptions,
    device: DeviceChoice,
    begun: Instant,
}

/// The photos on their way.
#[derive(Debug, Default)]
pub struct Batch {
    run_state: RunState,
    active: Option<ActiveItem>,
    /// Photos restored since it began, and how long they took.
    done: usize,
    spent: Duration,
    outcome: Option<(ItemId, Outcome)>,
}

impl Batch {
    /// Whether photos are being restored.
    pub fn run_state(&self) -> RunState {
        self.run_state
    }

    /// The photo under way.
    pub fn active(&self) -> Option<&ActiveItem> {
        self.active.as_ref()
    }

    /// Begins, or goes on.
    pub fn go(&mut self) {
        if self.run_state == RunState::Idle {
            (self.done, self.spent) = (0, Duration::ZERO);
        }
        self.run_state = RunState::Going;
        self.active.iter().for_each(|active| active.cancel.set_paused(false));
    }

    /// Waits.
    pub fn pause(&mut self) {
        if self.run_state == RunState::Going {
            self.run_state = RunState::Paused;
            self.active.iter().for_each(|active| active.cancel.set_paused(true));
        }
    }

    /// Stops everything; the photo under way ends with an event.
    pub fn stop(&mut self) {
        self.run_state = RunState::Idle;
        self.active.iter().for_each(|active| active.cancel.cancel());
    }

    /// Stops the photo under way; the others go on.
    pub fn stop_one(&mut self) {
        if let Some(active) = &mut self.active {
            active.unwanted = true;
            active.cancel.cancel();
        }
    }

    /// Begins with the next photo when none is under way; where none waits any more the run_state is idle. `names` are
    /// the files the results become, and `full_file` names the one at full strength; `job` gives a new number.
    pub fn next(
        &mut self,
        queue: &mut Queue,
        job: impl FnOnce() -> JobId,
        (names, full_file): (&Agreed, impl FnOnce() -> Option<PathBuf>),
        device: &DeviceChoice,
        now: Instant,
    ) -> Option<Request> {
        if self.active.is_some() || self.run_state != RunState::Going {
            return None;
        }
        let options = names.options;
        if options.if_exists == IfExists::Skip {
            skip(queue, names);
        }
        let Some(item) = queue.next_waiting().map(|item| item.id) else {
            self.run_state = RunState::Idle;
            return None;
        };
        let target = names.of(item)?.path.clone();
        queue.begin(item);
        let item = queue.get(item)?;
        let (job, cancel) = (job(), JobControl::default());
        let request = Request::Open {
            job,
            cancel: cancel.clone(),
            path: item.path.clone(),
            memory: MemoryLimit::default(),
            measure: Measures::ALL,
        };
        let (item, recipe) = (item.id, item.recipe);
        // Where nothing is to be restored there is nothing to be kept.
        let wanted = !recipe.strength.is_invertible() && !recipe.strength.is_none();
        let full = if wanted { full_file() } else { None };
        let (source, unwanted, device, begun) = (None, false, device.clone(), now);
        self.active =
            Some(ActiveItem { item, job, cancel, source, recipe, unwanted, target, full, options, device, begun });
        Some(request)
    }

    /// Takes in an event of the photo under way; what is to be asked next.
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
            Body::End(End::Opened { path, photo, noise }) => {
                queue.set_size(item, photo.size());
                queue.note(item, photo.metadata.damage.as_ref().map(Damage::notice));
                let source = Source { path: path.clone(), photo: photo.clone(), noise: noise.clone() };
                active.source = Some(source.clone());
                active.job = job();
                // What no file of this format, this memory or this disk can hold is refused before the work.
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
                    Update::Device { .. } | Update::Tile { .. } => {}
                }
                None
            }
            Body::End(end) => {
                let state = match end {
                    End::Written { path, full, outcome, .. } => {
                        self.done += 1;
                        self.spent += now.duration_since(active.begun);
                        self.outcome = Some((item, outcome.clone()));
                        let made = Some(outcome.recipe(active.recipe));
                        State::Done(Saved { path: path.clone(), made, full: full.clone() })
                    }
                    // Another run was faster.
                    End::Skipped { path } => State::Skipped(path.clone()),
                    End::Failed(error) => State::Failed(error.to_string()),
                    // All were stopped and resumed before this one had ended.
                    _ if self.run_state != RunState::Idle && !active.unwanted => State::Waiting,
                    _ => State::Stopped,
                };
                queue.end(item, state);
                self.active = None;
                None
            }
        }
    }

    /// How a photo went that was just restored.
    pub fn outcome(&self, item: ItemId) -> Option<&Outcome> {
        self.outcome.as_ref().filter(|(done, _)| *done == item).map(|(_, outcome)| outcome)
    }

    /// Share of the queue that is behind, 0–1.
    pub fn share(&self, queue: &Queue) -> f32 {
        let under_way = queue.items().iter().filter_map(|item| match &item.state {
            State::Running(progress) => Some(progress.share()),
            _ => None,
        });
        let ahead = queue.counts().ahead;
        let behind = queue.items().len() - ahead;
        (behind as f32 + under_way.sum::<f32>()) / queue.items().len().max(1) as f32
    }

    /// Time still to go, from the photos that were restored so far; none until there was one.
    pub fn left(&self, queue: &Queue, now: Instant) -> Option<Duration> {
        let each = self.spent.checked_div(u32::try_from(self.done).ok()?)?;
        let spent = self.active.as_ref().map_or(Duration::ZERO, |active| now.duration_since(active.begun));
        Some((each * u32::try_from(queue.counts().ahead).ok()?).saturating_sub(spent.min(each)))
    }
}

/// Leaves out the first photos that wait and whose file is there already.
fn skip(queue: &mut Queue, names: &Agreed) {
    let waiting = queue.items().iter().filter(|item| item.is_waiting());
    let named = waiting.map_while(|item| Some((item.id, names.of(item.id)?)));
    let there: Vec<_> =
        named.take_while(|(_, target)| target.exists).map(|(id, target)| (id, target.path.clone())).collect();
    there.into_iter().for_each(|(id, path)| queue.skip(id, path));
}

impl ActiveItem {
    fn request(&self, source: Source, memory: MemoryLimit) -> RestoreRequest {
        let tells = self.recipe.strength.effective_for(source.photo.is_grey()).is_invertible();
        let full = self.full.clone().filter(|_| !tells);
        let order = Order {
            photo: source.photo,
            noise: source.noise,
            recipe: self.recipe,
            device: self.device.clone(),
            tile: TileChoice::Auto,
            memory,
            watched: true,
        };
        let target = Target::File { path: self.target.clone(), options: self.options, full };
        RestoreRequest { job: self.job, cancel: self.cancel.clone(), order, target, focus: None }
    }
}
