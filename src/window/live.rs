//! Keeps the picture on screen up to date: restores what is visible whenever the photo, its settings or the view
//! change, and the rest of it if that is quick or wanted.

use std::{sync::Arc, time::Instant};

use super::{app::RedawnApp, jobs::Owner};
use crate::{
    imaging::Photo,
    restore::{MarkEdits, PartialResult, Recipe, Scope},
    state::{ForecastInput, ForecastResult, ItemId, Notice, RunState, Session, Source},
    worker::{JobControl, Outcome, Request, Target},
};

/// What is out of view is computed too if the whole result takes at most so many seconds.
const QUICK_SECONDS: f64 = 10.0;
/// What is in view is not computed unasked if it takes more seconds.
const PATIENCE_SECONDS: f64 = 30.0;
/// A result with more px (8 for each with best quality) is not begun before its time is estimated.
const LARGE_PX: usize = 60_000_000;

/// The runs that keep the picture up to date.
#[derive(Default)]
pub struct Live {
    /// The blocks of an incomplete result, and what it is made of.
    partial: Option<(Inputs, PartialResult)>,
    /// Not computed unless asked for: the last run of this failed or was stopped by the user.
    given_up: Option<ForecastInput>,
    /// Asked for, however long it takes.
    wanted: Option<ForecastInput>,
    /// When the current run was started, until it has shown a tile.
    awaits_tile: Option<Instant>,
}

/// What the pixels of a result at full strength depend on.
struct Inputs {
    photo: Arc<Photo>,
    recipe: Recipe,
    edits: MarkEdits,
}

impl Inputs {
    fn are(&self, input: &ForecastInput) -> bool {
        Arc::ptr_eq(&self.photo, &input.photo) && self.recipe == input.recipe && self.edits == input.edits
    }
}

impl Live {
    /// A tile of the current run is shown.
    pub fn tile_landed(&mut self) {
        if let Some(started) = self.awaits_tile.take() {
            log::info!("first tile after {} ms", started.elapsed().as_millis());
        }
    }

    /// Another photo is shown.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl RedawnApp {
    /// Starts, replaces or extends the run of the photo on screen as needed.
    pub(super) fn update_live(&mut self, context: &egui::Context) {
        if self.list.batch.run_state() != RunState::Idle || self.list.batch.active().is_some() {
            // The network is needed for the queue, which itself stops the photo it restores.
            if self.photo.session.run().is_some() {
                self.photo.session.stop();
            }
            return;
        }
        if self.previews.is_some() || self.photo.result_load.job().is_some() {
            return;
        }
        let Some(input) = self.input() else { return };
        // What was stopped or wanted earlier is forgotten with its settings.
        self.photo.live.given_up.take_if(|given_up| *given_up != input);
        self.photo.live.wanted.take_if(|wanted| *wanted != input);
        if self.photo.session.has_live_tiles() && self.has_result() {
            return self.return_to_earlier();
        }
        if let Some(refusal) = self.mark_refusal().map(ToOwned::to_owned) {
            self.photo.session.stop_run();
            if self.is_save_requested() {
                self.give_up();
                self.notices.post(Notice::problem(refusal));
            }
            return;
        }
        if !self.marks_are_ready() {
            return;
        }
        let scope = self.live_scope(&input);
        match &self.photo.session {
            Session::Empty | Session::Opening { .. } => return,
            Session::Restoring { run, .. } => {
                let is_dragging = context.input(|input| input.pointer.any_down());
                // A slider that moves all the time gets a tile now and then.
                let is_same = run.recipe.at_full_strength() == input.recipe && run.edits == input.edits;
                if is_same || is_dragging && self.photo.live.awaits_tile.is_some() {
                    return;
                }
            }
            Session::Partial { outcome: Some(_), .. } if self.has_visible(&input) && scope == Scope::Visible => return,
            Session::Partial { .. } => {}
            Session::Ready { .. } | Session::Restored { .. } => {
                if self.is_current() {
                    return;
                }
            }
        }
        let is_asked_for = self.photo.live.wanted.as_ref() == Some(&input) || self.is_save_requested();
        if !is_asked_for && (self.photo.live.given_up.as_ref() == Some(&input) || self.takes_long(&input)) {
            // An outdated run is stopped all the same.
            return self.photo.session.stop();
        }
        // The view is known once the photo was drawn.
        if let (Some(source), true) = (self.photo.session.source().cloned(), self.view().is_some()) {
            self.start_live(source, input, scope);
        }
    }

    /// The settings are those of the earlier result again.
    fn return_to_earlier(&mut self) {
        self.photo.session.stop();
        self.photo.session = std::mem::take(&mut self.photo.session).without_job();
        self.photo.live.partial = None;
        self.screen.clear_live_tiles();
    }

    fn start_live(&mut self, source: Source, input: ForecastInput, scope: Scope) {
        let (job, cancel) = (self.workers.start(Owner::Photo), JobControl::default());
        let partial = self.photo.live.partial.take().filter(|(inputs, _)| inputs.are(&input));
        if partial.is_none() {
            self.screen.outdate_live_tiles();
        }
        self.photo.live.awaits_tile = Some(Instant::now());
        self.photo.live.given_up = None;
        let mut request = self.restore_request(job, cancel.clone(), source);
        request.target = Target::Memory { scope, partial: partial.map(|(_, partial)| partial) };
        let (recipe, edits) = (request.order.recipe, input.edits);
        self.photo.session = std::mem::take(&mut self.photo.session).restore(job, cancel, recipe, edits);
        self.workers.send(Request::Restore(request));
    }

    /// A run ended with blocks missing: they are out of view, or it was stopped.
    pub(super) fn live_ended(&mut self, partial: PartialResult, outcome: Option<Outcome>) {
        let Session::Restoring { source, run, .. } = &self.photo.session else { return };
        let (photo, recipe, edits) = (source.photo.clone(), run.recipe.at_full_strength(), run.edits.clone());
        let inputs = Inputs { photo, recipe, edits };
        self.photo.live.partial = Some((inputs, partial));
        self.photo.session = std::mem::take(&mut self.photo.session).interrupted(outcome);
    }

    /// Stops what is being done with the photo on screen.
    pub(super) fn stop_photo(&mut self) {
        if self.photo.session.run().is_some() {
            self.give_up();
        }
        self.stop_marking();
        self.photo.session.stop();
    }

    /// The current settings are not tried again until that is asked for.
    pub(super) fn give_up(&mut self) {
        self.results.requested.retain(|request| Some(request.item()) != self.photo.item);
        self.photo.live.given_up = self.input();
        self.photo.live.wanted = None;
    }

    /// Computes what is on screen, however long it takes, also if it failed or was stopped before.
    pub(super) fn compute(&mut self) {
        if !self.is_current() {
            // It needs the network too.
            self.previews = None;
        }
        self.photo.live.given_up = None;
        self.photo.live.wanted = self.input();
        self.photo.marking.retry();
    }

    /// Whether there is a result that the settings say.
    fn has_result(&self) -> bool {
        self.photo.session.has_result_of(self.recipe(), &self.edits(), &self.mask())
    }

    /// Whether the result on screen is complete, and what the settings say.
    pub(super) fn is_current(&self) -> bool {
        self.shown_item().is_some_and(|id| self.is_item_current(id))
    }

    /// Whether there is a complete result of a photo in memory that is what its settings say.
    pub(super) fn is_item_current(&self, id: ItemId) -> bool {
        let parts = self.list.queue.get(id).zip(self.session_of(id));
        parts.is_some_and(|(item, session)| session.is_current(item.recipe, &item.edits, &item.mask))
    }

    /// What a run of the photo on screen would compute.
    pub(super) fn input(&self) -> Option<ForecastInput> {
        let photo = self.photo.session.source()?.photo.clone();
        let recipe = self.recipe().at_full_strength();
        let edits = self.edits().effective(recipe.repair);
        Some(ForecastInput { photo, recipe, edits, device: self.devices.choice.clone() })
    }

    fn has_visible(&self, input: &ForecastInput) -> bool {
        let partial = self.photo.live.partial.as_ref().filter(|(inputs, _)| inputs.are(input));
        partial.zip(self.view()).is_some_and(|((_, partial), view)| partial.contains(view))
    }

    fn live_scope(&self, input: &ForecastInput) -> Scope {
        let is_quick = self.seconds(input).is_some_and(|seconds| seconds <= QUICK_SECONDS);
        if is_quick || self.is_save_requested() { Scope::Whole } else { Scope::Visible }
    }

    /// Whether what is in view takes too long to be computed unasked, or may do so.
    fn takes_long(&self, input: &ForecastInput) -> bool {
        let px = input.recipe.scale.size_of(input.photo.size()).area();
        match self.seconds(input) {
            Some(seconds) => {
                let visible = self.view().map_or(px, |view| view.size().area());
                seconds * visible as f64 / px.max(1) as f64 > PATIENCE_SECONDS
            }
            None => px * if input.recipe.best { 8 } else { 1 } > LARGE_PX,
        }
    }

    fn seconds(&self, input: &ForecastInput) -> Option<f64> {
        match self.forecast.result_for(input)? {
            ForecastResult::Forecast(forecast, _) => Some(forecast.seconds),
            ForecastResult::Refused(_) => None,
        }
    }

    /// Whether what is in view is not what the settings say.
    pub(super) fn is_outdated(&self) -> bool {
        match self.photo.session {
            Session::Empty | Session::Opening { .. } => false,
            // The photo is not taken for a result.
            Session::Ready { .. } => self.waits_to_be_asked(),
            Session::Partial { .. } => self.input().is_some_and(|input| !self.has_visible(&input)),
            Session::Restoring { .. } | Session::Restored { .. } => !self.is_current(),
        }
    }

    /// Whether what is on screen is not computed unasked.
    pub(super) fn waits_to_be_asked(&self) -> bool {
        let Some(input) = self.input() else { return false };
        let stopped = self.photo.live.given_up.as_ref() == Some(&input);
        let long = self.seconds(&input).is_some() && self.takes_long(&input);
        self.can_restore() && !self.is_current() && (stopped || long) && self.photo.live.wanted.as_ref() != Some(&input)
    }
}
