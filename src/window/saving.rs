//! Saving a result: its name, and the result at full strength beside it.

use std::{path::PathBuf, sync::Arc};

use super::{app::RedawnApp, background::TaskResult, jobs::Owner};
use crate::{
    desktop::find_names,
    engine::Model,
    imaging::{IfExists, SaveOptions},
    restore::{MarkEdits, Mask, Recipe, Strength},
    state::{Item, ItemId, NamesRequest, Naming, Notice, Pasted, RunState, Saved, Saving, Session, save_name},
    ui::text,
    worker::Request,
};

/// A result to be saved once it is complete and its name is known.
pub struct SaveRequest {
    item: ItemId,
    target: SaveTarget,
    /// Whether it was saved already when this was requested.
    again: bool,
}

impl SaveRequest {
    /// The photo.
    pub fn item(&self) -> ItemId {
        self.item
    }
}

/// Where a result is saved.
enum SaveTarget {
    /// Where the output settings put it.
    Named,
    /// In this file.
    File(PathBuf, SaveOptions),
}

/// The result being saved.
pub struct PendingSave {
    item: ItemId,
    made_with: Option<Recipe>,
    settings: Recipe,
    model: Option<Model>,
    edits: MarkEdits,
    mask: Mask,
    /// Its file at full strength, if that is on disk already.
    full: Option<PathBuf>,
    /// The output settings when saving began.
    naming: Naming,
}

impl RedawnApp {
    /// The photo on screen. While another one is being opened, the one before it.
    pub(super) fn shown_item(&self) -> Option<ItemId> {
        let source = self.photo.session.source()?;
        self.list.queue.find(&source.path).map(|item| item.id)
    }

    /// The session of a photo on screen, or of one kept in memory with an unsaved result.
    pub(super) fn session_of(&self, id: ItemId) -> Option<&Session> {
        let path = &self.list.queue.get(id)?.path;
        let on_screen = self.photo.session.source().is_some_and(|source| source.path == *path);
        if on_screen { Some(&self.photo.session) } else { self.results.unsaved.get(id) }
    }

    /// Saves the result of a photo at its current strength.
    fn save(&mut self, id: ItemId, path: PathBuf, options: SaveOptions) {
        let Some(item) = self.list.queue.get(id) else { return };
        let (strength, mask) = (item.recipe.strength, item.mask.effective());
        let shown = self
            .session_of(id)
            .and_then(|session| Some((session.rendition(strength, &mask)?, session.source()?, session)));
        let Some((result, source, session)) = shown else {
            // Its result was dropped meanwhile.
            return self.notices.post(Notice::problem(text::result_dropped(&item.path)));
        };
        let invertible = mask.is_invertible(strength.effective_for(source.photo.is_grey()));
        let same = |made_with: Recipe| {
            result.recipe().is_some_and(|now| now.at_full_strength() == made_with.at_full_strength())
        };
        let edits = session.restoration().map(|restoration| restoration.edits.clone()).unwrap_or_default();
        let is_same = |saved: &&Saved| saved.made_with.is_some_and(same) && saved.edits == edits;
        let saved = item.saved().filter(|saved| !invertible && is_same(saved));
        let kept = saved.and_then(|saved| saved.full.clone());
        let wanted = !invertible && kept.is_none();
        let full = session.rendition(Strength::FULL, &Mask::default()).filter(|full| wanted && full.recipe().is_some());
        let full = full.and_then(|full| Some((full, self.results.full.next_file()?)));
        let job = self.workers.start(Owner::Saving);
        self.results.saving = Saving::Writing { job };
        self.results.pending = Some(PendingSave {
            item: id,
            made_with: result.recipe(),
            settings: item.recipe,
            model: result.model(),
            edits,
            mask,
            full: kept,
            naming: self.list.names.naming().clone(),
        });
        self.workers.send(Request::Save { job, result, path, options, full });
    }

    /// The result was saved, and at full strength as `full` if that was needed.
    pub(super) fn saved(&mut self, path: PathBuf, full: Option<PathBuf>) {
        let Some(pending) = self.results.pending.take() else { return };
        let PendingSave { item: id, made_with, settings, edits, mask, model, full: kept, naming } = pending;
        // The output settings may have changed meanwhile.
        if naming == *self.list.names.naming() {
            self.results.saved_otherwise.remove(&id);
        } else {
            self.results.saved_otherwise.insert(id);
        }
        self.list.names.invalidate();
        let settings = Some(settings);
        self.list.queue.saved(id, Saved { path, made_with, settings, edits, mask, model, full: full.or(kept) });
        self.compare_with_saved(id);
        self.queue_changed();
        if self.list.queue.get(id).is_some_and(|item| item.is_done()) && self.shown_item() != Some(id) {
            self.results.unsaved.forget(id);
        }
    }

    /// Whether the result on screen is saved as the output settings say.
    pub(super) fn is_shown_saved(&self) -> bool {
        let item = self.shown_item().and_then(|id| self.list.queue.get(id));
        item.is_some_and(|item| item.is_done() && !self.results.saved_otherwise.contains(&item.id))
    }

    /// Saves the result without a question, except that of a pasted picture. One that is saved already is not
    /// written again.
    pub(super) fn save_at_once(&mut self, context: &egui::Context) {
        let Some(item) = self.shown_item().and_then(|id| self.list.queue.get(id)) else { return };
        let id = item.id;
        match item.saved().filter(|_| self.is_shown_saved()) {
            Some(saved) => {
                let path = saved.path.clone();
                self.spawn_task(context, move |_| TaskResult::SavedFile { item: id, exists: path.exists(), path });
            }
            None if self.is_pasted(&item.path) => self.choose_target(context),
            None => self.request_save(id, SaveTarget::Named),
        }
    }

    fn request_save(&mut self, item: ItemId, target: SaveTarget) {
        self.results.requested.retain(|request| request.item != item);
        let again = self.list.queue.get(item).is_some_and(Item::is_done);
        self.results.requested.push(SaveRequest { item, target, again });
        // Also if it was stopped before.
        if self.shown_item() == Some(item) {
            self.compute();
        }
    }

    /// Whether a requested result has pages that are not on screen.
    fn has_further_pages(&self, request: &SaveRequest) -> bool {
        let Some(source) = self.session_of(request.item).and_then(Session::source) else { return false };
        let names = || self.list.names.current(&self.list.queue)?.of(request.item);
        match &request.target {
            SaveTarget::File(path, _) => source.has_pages_for(path),
            SaveTarget::Named => names().is_some_and(|target| source.has_pages_for(&target.path)),
        }
    }

    /// Whether the photo on screen is to be saved once it is complete.
    pub(super) fn is_save_requested(&self) -> bool {
        self.results.requested.iter().any(|request| Some(request.item) == self.shown_item())
    }

    /// Saves a requested result once it is complete and its name is known.
    pub(super) fn save_requested(&mut self) {
        let queue = &self.list.queue;
        // The queue may have saved it meanwhile.
        let is_saved = |request: &SaveRequest, item: &Item| {
            item.is_done() && !request.again && matches!(request.target, SaveTarget::Named)
        };
        self.results.requested.retain(|request| queue.get(request.item).is_some_and(|item| !is_saved(request, item)));
        let is_complete =
            |request: &SaveRequest| self.is_item_current(request.item) && !self.has_further_pages(request);
        let Some(place) = self.results.requested.iter().position(is_complete) else { return };
        if self.results.saving != Saving::Idle {
            return;
        }
        let SaveRequest { item, target, .. } = &self.results.requested[place];
        let (item, path, options) = match target {
            SaveTarget::File(path, options) => (*item, path.clone(), *options),
            SaveTarget::Named => {
                let Some(names) = self.list.names.current(&self.list.queue) else { return };
                let Some(target) = names.of(*item) else { return };
                (*item, target.path.clone(), names.options)
            }
        };
        self.results.requested.remove(place);
        self.save(item, path, options);
    }

    /// Lets the queue save a requested result whose photo is no longer on screen, or has further pages.
    pub(super) fn export_requested(&mut self) {
        let is_left = |request: &SaveRequest| Some(request.item) != self.photo.item || self.has_further_pages(request);
        let Some(place) = self.results.requested.iter().position(is_left) else { return };
        if self.list.batch.run_state() == RunState::Idle && self.list.batch.active().is_none() {
            let SaveRequest { item, target, .. } = self.results.requested.remove(place);
            let file = match target {
                SaveTarget::File(path, options) => Some((path, options)),
                SaveTarget::Named => None,
            };
            self.list.queue.retry(|other| other.id == item);
            self.list.batch.start_one(item, file);
        }
    }

    /// Asks for a file to save the result as.
    pub(super) fn choose_target(&mut self, context: &egui::Context) {
        let Some(id) = self.shown_item().filter(|_| self.results.saving == Saving::Idle) else { return };
        let Some(request) = self.names_request_of(id) else { return };
        let folder = self.preferences.settings().save_folder.clone();
        self.open_dialog(context, move |dialogs| {
            let suggestion = find_names(&request).of(id).unwrap_or_default();
            let suggestion = match (folder, suggestion.file_name()) {
                (Some(folder), Some(name)) => folder.join(name),
                _ => suggestion,
            };
            let chosen = dialogs.target_to_save(&suggestion);
            TaskResult::Target { item: id, chosen: chosen.map(|chosen| save_name::chosen(chosen, &suggestion)) }
        });
    }

    /// The user chose where to save the result of a photo, or nothing.
    pub(super) fn target_chosen(&mut self, id: ItemId, chosen: Option<(PathBuf, IfExists)>) {
        match chosen {
            Some((path, if_exists)) => {
                self.preferences.settings_mut().set_save_folder(&path);
                self.request_save(id, SaveTarget::File(path, self.save_options(if_exists)));
            }
            // A pasted picture, on a desktop that can't ask.
            None if !self.background.has_dialogs() && self.is_item_pasted(id) => {
                self.request_save(id, SaveTarget::Named);
            }
            None => {}
        }
    }

    /// Saves a result that was saved as `path` again unless that file still `exists`.
    pub(super) fn save_unless_exists(&mut self, id: ItemId, path: PathBuf, exists: bool) {
        if exists {
            self.notices.post(Saving::saved(&path));
        } else {
            self.request_save(id, SaveTarget::File(path, self.save_options(IfExists::Rename)));
        }
    }

    fn save_options(&self, if_exists: IfExists) -> SaveOptions {
        SaveOptions { if_exists, ..self.list.names.naming().options }
    }

    /// A request for the name of one photo's result.
    fn names_request_of(&self, id: ItemId) -> Option<NamesRequest> {
        let photos: Vec<_> = self.list.queue.items().iter().filter(|item| item.id == id).cloned().collect();
        let pasted = self.pasted_among(&photos);
        (!photos.is_empty()).then(|| self.list.names.request_once(photos, pasted))
    }

    /// The pasted pictures among these photos, and folders for their results.
    pub(super) fn pasted_among(&self, photos: &[Arc<Item>]) -> Pasted {
        let pasted = photos.iter().filter(|item| self.is_pasted(&item.path));
        Pasted { photos: pasted.map(|item| item.id).collect(), folders: self.folders_for_pasted() }
    }

    /// Folders for the results of pasted pictures. The best first.
    fn folders_for_pasted(&self) -> Vec<PathBuf> {
        let settings = self.preferences.settings();
        settings.save_folder.iter().chain(&settings.open_folder).cloned().collect()
    }

    fn is_item_pasted(&self, id: ItemId) -> bool {
        self.list.queue.get(id).is_some_and(|item| self.is_pasted(&item.path))
    }
}
