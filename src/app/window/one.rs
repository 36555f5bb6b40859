//! The window's dealings with the photo that is looked at: restore it, foretell that, save it.

use std::path::PathBuf;

use super::{Answer, RedawnApp};
use crate::{
    app::{
        Saving, Session,
        batch::Pace,
        outlook::Question,
        queue::{ItemId, State},
        session::Source,
        target_name,
    },
    engine::{DeviceChoice, TileChoice},
    imaging::{Allowance, SaveOptions},
    pixels::Rect,
    restore::{Recipe, Strength},
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

    /// A photo whose result is another one than it has on disk, if only by its strength, is not saved, until it is
    /// that one again.
    pub(super) fn compare_with_saved(&mut self, id: ItemId) {
        let session = if self.shown == Some(id) { Some(&self.session) } else { self.parked.get(id) };
        let Some(item) = self.queue.get_mut(id) else { return };
        // While a photo is being read, the one before it is still shown.
        let session = session.filter(|session| session.source().is_some_and(|source| source.path == item.path));
        let print = session.and_then(|session| session.print(item.recipe.strength));
        let Some(shown) = print.and_then(|print| print.recipe()) else { return };
        match (&item.state, item.made == Some(shown)) {
            (State::Done(path), false) => (item.saved, item.state) = (Some(path.clone()), State::Restored),
            (State::Restored, true) => item.saved.take().into_iter().for_each(|path| item.state = State::Done(path)),
            _ => {}
        }
    }

    /// The same for all photos.
    pub(super) fn compare_all_with_saved(&mut self) {
        let ids: Vec<ItemId> = self.queue.items().iter().map(|item| item.id).collect();
        ids.into_iter().for_each(|id| self.compare_with_saved(id));
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
            estimated_sigma: source.estimated_sigma,
            recipe: self.recipe(),
            device: self.device.clone(),
            tile: TileChoice::Auto,
            memory: Allowance::default(),
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
            let meant = target_name::beside(&source.path);
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
            self.ask(context, move |dialogs| Answer::Target(dialogs.target_to_save(&suggestion)));
        }
    }

    pub(super) fn save(&mut self, path: PathBuf, options: SaveOptions) {
        let strength = self.recipe().strength;
        let (Some(result), Some(source)) = (self.session.print(strength), self.session.source()) else { return };
        if self.saving != Saving::Idle {
            return;
        }
        let tells = strength.seen(source.photo.is_grey()).tells();
        let item = self.queue.items().iter().find(|item| item.path == source.path);
        let id = item.map(|item| item.id);
        // It is there already when as little of the same restoration was saved before.
        let same = |made: Recipe| result.recipe().is_some_and(|now| now.at_full_strength() == made.at_full_strength());
        let kept = item.filter(|item| !tells && item.made.is_some_and(same)).and_then(|item| item.full.clone());
        let wanted = !tells && kept.is_none();
        let full = self.session.print(Strength::FULL).filter(|full| wanted && full.recipe().is_some());
        let full = full.and_then(|full| Some((full, self.full.next_file()?)));
        let job = self.jobs.take();
        self.saving = Saving::Writing { job };
        self.saved = id.map(|id| (id, result.recipe(), kept));
        self.reader.ask(Request::Save { job, result, path, options, full });
    }

    /// The result is on disk, and maybe beside it at full strength.
    pub(super) fn hear_saved(&mut self, path: PathBuf, full: Option<PathBuf>) {
        let Some((id, made, kept)) = self.saved.take() else { return };
        // One that is being restored into another file goes on.
        if let Some(item) = self.queue.get_mut(id).filter(|item| !matches!(item.state, State::Running(_))) {
            (item.state, item.made, item.full) = (State::Done(path), made, full.or(kept));
        }
        self.compare_with_saved(id);
        self.keep_queue();
        let done = self.queue.get(id).is_some_and(|item| matches!(item.state, State::Done(_)));
        if done && self.shown != Some(id) {
            self.parked.forget(id);
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
