//! The photo on screen: restoring it, the estimate, and where to save it.

use super::{app::RedawnApp, jobs::Owner};
use crate::{
    engine::{DeviceChoice, TileChoice},
    imaging::MemoryLimit,
    pixels::Rect,
    state::{Question, RunState, Source, save_name},
    worker::{JobControl, JobId, Order, Request, RestoreRequest, Target},
};

impl RedawnApp {
    pub(super) fn restore(&mut self) {
        let Some(source) = self.photo.session.source().filter(|_| self.can_restore()).cloned() else { return };
        self.notices.clear();
        self.screen.clear_live_tiles();
        let (job, cancel) = (self.workers.start(Owner::Photo), JobControl::default());
        self.photo.session = std::mem::take(&mut self.photo.session).restore(job, cancel.clone(), self.recipe());
        self.workers.ask(Request::Restore(self.request(job, cancel, source)));
    }

    /// The network is free, and a photo is there for it.
    pub(super) fn can_restore(&self) -> bool {
        self.list.batch.run_state() == RunState::Idle && self.photo.session.can_restore()
    }

    /// The restoration of a photo as it is chosen now.
    pub(super) fn request(&self, job: JobId, cancel: JobControl, source: Source) -> RestoreRequest {
        let order = Order {
            photo: source.photo,
            noise: source.noise,
            recipe: self.recipe(),
            device: self.devices.choice.clone(),
            tile: TileChoice::Auto,
            memory: MemoryLimit::default(),
            watched: true,
        };
        RestoreRequest { job, cancel, order, target: Target::whole(), focus: self.photo.view }
    }

    /// Asks what a restoration would come to, when that is not known yet and nothing else is to be done.
    pub(super) fn estimate_next(&mut self) {
        let Some(source) = self.photo.session.source().filter(|_| self.can_restore()).cloned() else { return };
        // A strength is mixed in without another run: no question of its own.
        let (recipe, device) = (self.recipe().at_full_strength(), self.devices.choice.clone());
        let question = Question { photo: source.photo.clone(), recipe, device };
        if self.workers.network_is_clear() && self.forecast.wants(&question) {
            let job = self.workers.start(Owner::Estimate);
            self.forecast.ask(job, question);
            let meant = save_name::beside(&source.path);
            let request = self.request(job, JobControl::default(), source);
            self.workers.ask(Request::Estimate(request, Some(meant)));
        }
    }

    /// Measures the listed devices, one after the other, while the network is idle.
    pub(super) fn measure_devices(&mut self) {
        let idle = self.list.batch.run_state() == RunState::Idle
            && self.photo.session.run().is_none()
            && self.workers.network_is_clear();
        let devices = self.devices.known().unwrap_or_default();
        if idle && let Some(device) = self.devices.speeds.next_of(devices).map(ToOwned::to_owned) {
            let job = self.workers.start(Owner::Speed);
            self.devices.speeds.ask(job, &device);
            self.workers.ask(Request::Measure { job, device: DeviceChoice::from(device.as_str()) });
        }
    }

    /// This is on screen now. A run is told when that changes, and when it is another run.
    pub(super) fn look(&mut self, rect: Rect) {
        self.photo.view = Some(rect);
        let seen = self.photo.session.run().map(|run| (run.job, rect));
        if seen != self.photo.seen {
            seen.into_iter().for_each(|(job, rect)| self.workers.focus(job, rect));
            self.photo.seen = seen;
        }
    }
}
