//! The photo on screen: restoring it, its forecast, and its visible part.

use super::{app::RedawnApp, jobs::Owner};
use crate::{
    engine::DeviceChoice,
    pixels::{Rect, Size},
    restore::MarkSources,
    state::{ForecastResult, Run, RunState, SavedAs, Source},
    worker::{FileTarget, JobControl, JobId, Order, Request, RestoreRequest, Target},
};

impl RedawnApp {
    /// Whether a photo is open and nothing is being restored.
    pub(super) fn can_restore(&self) -> bool {
        self.list.batch.run_state() == RunState::Idle && self.photo.session.can_restore()
    }

    /// What the marks of a photo are made of, beside the current recipe.
    pub(super) fn mark_sources(&self, source: &Source) -> MarkSources {
        MarkSources { found: source.damage.clone(), given: None, edits: self.edits().effective(self.recipe().repair) }
    }

    /// Request to restore a photo with the current recipe and device, everywhere: masks are applied later.
    pub(super) fn restore_request(&self, job: JobId, cancel: JobControl, source: Source) -> RestoreRequest {
        let marks = self.mark_sources(&source);
        let order = Order {
            marks,
            device: self.devices.choice.clone(),
            watched: true,
            ..Order::new(source.photo, source.noise, self.recipe())
        };
        RestoreRequest { job, cancel, order, target: Target::whole(), focus: self.view() }
    }

    /// Requests the forecast of the next restoration, if it is unknown and the worker is idle.
    pub(super) fn estimate_next(&mut self) {
        let Some(source) = self.photo.session.source().filter(|_| self.can_restore()).cloned() else { return };
        // Filling takes as long as much is marked.
        let Some(input) = self.input().filter(|_| !self.photo.marking.is_pending()) else { return };
        let (strength, mask) = (self.recipe().strength, self.mask().effective());
        let saved = SavedAs { file: self.output_file(), strength, mask };
        if !self.workers.network_is_flushed() || !self.forecast.needs(&input, &saved) {
            return;
        }
        let is_known = matches!(self.forecast.result_for(&input), Some(ForecastResult::Forecast(..)));
        let result = self.photo.session.rendition(strength, &saved.mask).filter(|_| is_known && self.is_current());
        let job = match (result, saved.file.clone()) {
            // A complete result needs no network.
            (Some(result), Some(file)) => {
                let job = self.workers.start(Owner::Estimate);
                self.workers.send(Request::EstimateFile { job, result, file });
                job
            }
            // The name is known soon.
            (Some(_), None) => return,
            (None, file) => {
                let job = self.workers.start(Owner::Estimate);
                let mut request = self.restore_request(job, JobControl::default(), source);
                request.order.mask = saved.mask.clone();
                self.workers.send(Request::Estimate(request, file));
                job
            }
        };
        self.forecast.started(job, input, saved);
    }

    /// Whether the forecast is that of the current settings, strength and name.
    pub fn is_forecast_known(&self) -> bool {
        let Some(input) = self.input() else { return false };
        let saved =
            SavedAs { file: self.output_file(), strength: self.recipe().strength, mask: self.mask().effective() };
        saved.file.is_some() && self.forecast.is_of(&input, &saved)
    }

    /// The file that the output settings give the result on screen, once its name is known.
    fn output_file(&self) -> Option<FileTarget> {
        let names = self.list.names.current(&self.list.queue)?;
        let file = names.of(self.shown_item()?)?;
        Some(FileTarget { path: file.path.clone(), options: names.options })
    }

    /// Measures the listed devices, one after the other, while the network is idle.
    pub(super) fn measure_devices(&mut self) {
        let idle = self.list.batch.run_state() == RunState::Idle
            && self.photo.session.run().is_none()
            && self.workers.network_is_flushed();
        let devices = self.devices.known().unwrap_or_default();
        if idle && let Some(device) = self.devices.speeds.next_to_measure(devices).map(ToOwned::to_owned) {
            let job = self.workers.start(Owner::Speed);
            self.devices.speeds.started(job, &device);
            self.workers.send(Request::Measure { job, device: DeviceChoice::from(device.as_str()) });
        }
    }

    /// The visible part, in px of the result; none until the photo is drawn at its size.
    pub(super) fn view(&self) -> Option<Rect> {
        let size = self.recipe().scale.size_of(self.photo.session.source()?.photo.size());
        self.photo.view.filter(|(_, of)| *of == size).map(|(rect, _)| rect)
    }

    /// Sets the visible part, in px of a result of size `of`. Sent to a running restoration when it changes.
    pub(super) fn set_view(&mut self, rect: Rect, of: Size) {
        self.photo.view = Some((rect, of));
        let source = self.photo.session.source();
        let is_of = |run: &&Run| source.is_some_and(|it| run.recipe.scale.size_of(it.photo.size()) == of);
        let focus = self.photo.session.run().filter(is_of).map(|run| (run.job, rect));
        if focus != self.photo.sent_focus {
            focus.into_iter().for_each(|(job, rect)| self.workers.focus(job, rect));
            self.photo.sent_focus = focus;
        }
    }
}
