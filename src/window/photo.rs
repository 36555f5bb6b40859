//! The window's dealings with the photo that is looked at: restore it, foretell that, ask where to save it.

use super::app::{Answer, RedawnApp};
use crate::{
    engine::{DeviceChoice, TileChoice},
    imaging::MemoryLimit,
    pixels::Rect,
    restore::Recipe,
    state::{Pace, Question, Saving, Session, Source, save_name},
    worker::{CancelToken, JobId, Request, RestoreRequest, Target},
};

impl RedawnApp {
    /// What is to be done to the photo that is looked at, and to those that come next.
    pub(super) fn choose(&mut self, recipe: Recipe) {
        self.recipe = recipe;
        if let Some(id) = self.queue.selected() {
            self.queue.set_recipe(id, recipe);
            self.compare_with_saved(id);
            self.keep_queue();
        }
    }

    pub(super) fn restore(&mut self) {
        let Some(source) = self.session.source().filter(|_| self.can_restore()).cloned() else { return };
        self.notices.clear();
        self.screen.clear_landing();
        let (job, cancel) = (self.jobs.take(), CancelToken::default());
        self.session = std::mem::take(&mut self.session).restore(job, cancel.clone(), self.recipe());
        self.network.ask(Request::Restore(self.request(job, cancel, source)));
    }

    /// The network is free, and a photo is there for it.
    pub(super) fn can_restore(&self) -> bool {
        self.batch.pace() == Pace::Idle && self.session.can_restore()
    }

    /// The restoration of a photo as it is chosen now.
    pub(super) fn request(&self, job: JobId, cancel: CancelToken, source: Source) -> RestoreRequest {
        RestoreRequest {
            job,
            cancel,
            photo: source.photo,
            noise: source.noise,
            recipe: self.recipe(),
            device: self.device.clone(),
            tile: TileChoice::Auto,
            memory: MemoryLimit::default(),
            target: Target::Memory,
            watched: true,
            focus: self.focus,
        }
    }

    /// Asks what a restoration would come to, when that is not known yet and nothing else is to be done.
    pub(super) fn look_ahead(&mut self) {
        let Some(source) = self.session.source().filter(|_| self.can_restore()).cloned() else { return };
        // A strength is mixed in without another run: no question of its own.
        let (recipe, device) = (self.recipe().at_full_strength(), self.device.clone());
        let question = Question { photo: source.photo.clone(), recipe, device };
        if self.network.is_clear() && self.outlook.wants(&question) {
            let job = self.jobs.take();
            self.outlook.ask(job, question);
            let meant = save_name::beside(&source.path);
            let request = self.request(job, CancelToken::default(), source);
            self.network.ask(Request::Foretell(request, Some(meant)));
        }
    }

    /// Measures the devices a person looks at the list of, one after the other, while the network has nothing to do.
    pub(super) fn measure_devices(&mut self) {
        let idle = self.batch.pace() == Pace::Idle && self.session.run().is_none() && self.network.is_clear();
        let devices = self.devices.as_deref().unwrap_or_default();
        if idle && let Some(device) = self.speeds.next_of(devices).map(ToOwned::to_owned) {
            let job = self.jobs.take();
            self.speeds.ask(job, &device);
            self.network.ask(Request::Measure { job, device: DeviceChoice::from(device.as_str()) });
        }
    }

    pub(super) fn choose_target(&mut self, context: &egui::Context) {
        let Session::Restored { source, restoration } = &self.session else { return };
        if self.saving == Saving::Idle {
            let suggestion = self.suggestion_to_ask(&source.path, &restoration.result.head());
            self.ask(context, move |dialogs| {
                let chosen = dialogs.target_to_save(&suggestion);
                Answer::Target(chosen.map(|chosen| save_name::chosen(chosen, &suggestion)))
            });
        }
    }

    pub(super) fn look(&mut self, rect: Rect) {
        if self.focus == Some(rect) {
            return;
        }
        self.focus = Some(rect);
        if let Some(run) = self.session.run() {
            self.network.look(run.job, rect);
        }
    }
}
