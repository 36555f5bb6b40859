//! Results on disk: comparing them with those on screen, and reading them.

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use super::{
    app::RedawnApp,
    jobs::Owner,
    photo_on_screen::ResultLoad,
    saving::{PendingSave, SaveRequest},
};
use crate::{
    desktop::{FullResults, Store},
    imaging::MemoryLimit,
    state::{Item, ItemId, Saving, Session, Source, StoredItem, UnsavedResults},
    worker::{Body, End, Event, JobControl, JobId, Measures, Request},
};

/// Folder of results at full strength.
pub(super) fn full_results(store: &Store) -> PathBuf {
    store.cache().join("full")
}

/// Folder of pasted pictures.
pub(super) fn pasted_pictures(store: &Store) -> PathBuf {
    store.cache().join("pasted")
}

/// Results being saved, and unsaved ones.
pub struct Results {
    /// Whether a result is being saved.
    pub(super) saving: Saving,
    /// The result being saved.
    pub(super) pending: Option<PendingSave>,
    /// Results to be saved, at most one of each photo.
    pub(super) requested: Vec<SaveRequest>,
    /// Photos that were saved with other output settings than the current ones.
    pub(super) saved_otherwise: HashSet<ItemId>,
    /// Unsaved results of photos that are not on screen.
    pub(super) unsaved: UnsavedResults,
    /// Files of results at full strength.
    pub(super) full: FullResults,
}

impl Results {
    /// Nothing to save yet.
    pub fn new(store: Option<&Store>) -> Self {
        Self {
            saving: Saving::Idle,
            pending: None,
            requested: Vec::new(),
            saved_otherwise: HashSet::new(),
            unsaved: UnsavedResults::default(),
            full: FullResults::below(store.map(full_results)),
        }
    }
}

impl RedawnApp {
    /// Compares the current result of a photo with the one on disk; if it is not open, its settings.
    pub(super) fn compare_with_saved(&mut self, id: ItemId) {
        let Some(item) = self.list.queue.get(id) else { return };
        match self.session_of(id).and_then(Session::source) {
            Some(Source { photo, noise, .. }) => self.list.queue.compare(id, item.recipe.resolved(photo, noise)),
            None => self.list.queue.compare_settings(id),
        }
    }

    /// The same for all photos.
    pub(super) fn compare_all_with_saved(&mut self) {
        let ids: Vec<ItemId> = self.list.queue.items().iter().map(|item| item.id).collect();
        ids.into_iter().for_each(|id| self.compare_with_saved(id));
    }

    /// Starts reading the saved result of a photo. Without one, the photo is waiting.
    pub(super) fn load_saved_result(&mut self, id: ItemId) {
        match self.list.queue.get(id).and_then(Item::saved) {
            Some(saved) => {
                let job = self.read_result(saved.path.clone());
                self.photo.result_load = ResultLoad::Saved { job, item: id };
            }
            None => self.list.queue.lose_result(id),
        }
    }

    fn read_result(&mut self, path: PathBuf) -> JobId {
        let (job, cancel) = (self.workers.start(Owner::SavedResult), JobControl::default());
        let (memory, measure) = (MemoryLimit::default(), Measures::NONE);
        self.workers.send(Request::Open { job, cancel, path, page: Some(0), memory, measure });
        job
    }

    /// Handles a result read from its file. It is shown once the one at full strength, if any, is read too.
    pub(super) fn saved_result_event(&mut self, event: Event) {
        let Body::End(end) = event.body else { return };
        if self.photo.result_load.job() != Some(event.job) {
            return;
        }
        let read = match end {
            End::Opened { photo, .. } => Some(photo),
            _ => None,
        };
        let load = std::mem::take(&mut self.photo.result_load);
        let Some(id) = load.item().filter(|id| self.photo.item == Some(*id)) else { return };
        let Some(saved) = self.list.queue.get(id).and_then(Item::saved).cloned() else { return };
        let (result, full) = match (load, read) {
            (ResultLoad::Saved { .. }, Some(result)) => match saved.full {
                Some(path) => {
                    let job = self.read_result(path);
                    self.photo.result_load = ResultLoad::Full { job, item: id, saved: result };
                    return;
                }
                None => (result, None),
            },
            (ResultLoad::Full { saved, .. }, full) => (saved, full),
            // The file was moved or deleted.
            (ResultLoad::Saved { .. } | ResultLoad::Idle, _) => {
                return self.list.queue.lose_result(id);
            }
        };
        let outcome = self.list.batch.outcome(id).cloned();
        self.photo.session = std::mem::take(&mut self.photo.session).with_saved_result(result, full, saved, outcome);
        self.compare_with_saved(id);
    }

    /// Results at full strength that the next session needs.
    pub(super) fn full_results_kept(&self) -> Vec<PathBuf> {
        let previous = self.list.previous.iter().filter_map(StoredItem::full);
        self.stored_items().iter().filter_map(|item| item.saved()?.full.as_ref()).chain(previous).cloned().collect()
    }

    /// Pasted pictures that the next session needs.
    pub(super) fn pasted_pictures_kept(&self) -> Vec<PathBuf> {
        let previous = self.list.previous.iter().map(StoredItem::path);
        let photos = self.stored_items().iter().map(|item| &item.path).chain(previous);
        photos.filter(|path| self.is_pasted(path)).cloned().collect()
    }

    /// Photos of the queue that the next session loads.
    fn stored_items(&self) -> &[Arc<Item>] {
        let is_loaded = self.list.queue.is_stored() && self.list.queue.is_unfinished();
        if is_loaded { self.list.queue.items() } else { &[] }
    }
}
