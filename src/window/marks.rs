//! The marks of scratches on the photo on screen. The worker finds them; a run starts once they are known.

use super::{app::RedawnApp, jobs::Owner};
use crate::{
    restore::Repair,
    state::{MarkFailure, MarkInput, Notice, RunState, Session},
    ui::text,
    worker::{Event, JobControl, Request},
};

impl RedawnApp {
    /// What the marks of the photo on screen are made of; none if nothing is repaired.
    fn mark_input(&self) -> Option<MarkInput> {
        let source = match &self.photo.session {
            Session::Opening { .. } => return None,
            session => session.source()?,
        };
        let (repair, edits) = (self.recipe().repair, self.edits());
        (repair != Repair::None).then(|| MarkInput { photo: source.photo.clone(), repair, edits })
    }

    /// Requests the marks if they are unknown. Called before a run is started.
    pub(super) fn update_marks(&mut self) {
        let is_idle = self.list.batch.run_state() == RunState::Idle && self.list.batch.active().is_none();
        let input = self.mark_input().filter(|_| is_idle);
        let shown = self.photo.session.source().map(|source| &source.photo);
        self.photo.marking.keep_only(shown, input.as_ref());
        let Some(input) = input.filter(|input| self.photo.marking.needs(input)) else { return };
        let Some(source) = self.photo.session.source().cloned() else { return };
        // What it restores has other marks.
        self.photo.session.stop_run();
        let (job, cancel) = (self.workers.start(Owner::Marks), JobControl::default());
        let order = self.restore_request(job, cancel.clone(), source).order;
        let searches = order.marks.detection(order.recipe.repair).is_some();
        self.photo.marking.started(job, cancel.clone(), input, searches);
        self.workers.send(Request::Mark { job, cancel, order });
    }

    /// Handles an event of the marks.
    pub(super) fn marks_event(&mut self, event: Event) -> Vec<Notice> {
        let (found, mut notices) = self.photo.marking.apply(event);
        if let Some((photo, damage)) = found {
            self.photo.session.set_damage(&photo, damage);
        }
        let input = self.mark_input();
        if let Some(MarkFailure::Failed(why)) = input.and_then(|input| self.photo.marking.failure(&input)) {
            if self.is_save_requested() {
                notices.push(Notice::problem(text::not_saved_without_marks(why)));
            }
            self.give_up();
        }
        notices
    }

    /// Stops the search for scratches.
    pub(super) fn stop_marking(&mut self) {
        if self.photo.marking.is_pending() {
            self.photo.marking.stop();
            self.give_up();
        }
    }

    /// Whether the marks that the settings say are known, or there are none.
    pub(super) fn marks_are_ready(&self) -> bool {
        self.mark_input().is_none_or(|input| self.photo.marking.of(&input).is_some())
    }

    /// Why the marks that the settings say can't be filled, if so: a sentence.
    pub(super) fn mark_refusal(&self) -> Option<&str> {
        self.photo.marking.of(&self.mark_input()?)?.refusal.as_deref()
    }
}
