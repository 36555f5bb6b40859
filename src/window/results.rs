//! The window's dealings with results on disk: saved, compared with what is shown, and read back with their photos.
//! Where a file doesn't tell what the restoration was, that lies beside it at full strength.

use std::{path::PathBuf, sync::Arc};

use super::{app::RedawnApp, jobs::Owner, photo_on_screen::Recall, saving::PendingSave};
use crate::{
    desktop::{FullResults, Store},
    imaging::MemoryLimit,
    state::{Item, ItemId, Saving, StoredItem, UnsavedResults},
    worker::{Body, End, Event, JobControl, JobId, Measures, Request},
};

/// Where results at full strength are.
pub(super) fn full_results(store: &Store) -> PathBuf {
    store.cache().join("full")
}

/// Where pasted pictures are.
pub(super) fn pasted_pictures(store: &Store) -> PathBuf {
    store.cache().join("pasted")
}

/// Results on their way to disk, and those that are not there.
pub struct Results {
    /// Whether one is being saved.
    pub(super) saving: Saving,
    /// The result being saved.
    pub(super) pending: Option<PendingSave>,
    /// The photo whose result is saved as soon as its name is known.
    pub(super) to_save: Option<ItemId>,
    /// The unsaved results of photos that are not on screen.
    pub(super) unsaved: UnsavedResults,
    /// Where results at full strength are kept.
    pub(super) full: FullResults,
}

impl Results {
    /// Nothing to save yet.
    pub fn new(store: Option<&Store>) -> Self {
        Self {
            saving: Saving::Idle,
            pending: None,
            to_save: None,
            unsaved: UnsavedResults::default(),
            full: FullResults::below(store.map(full_results)),
        }
    }
}

impl RedawnApp {
    /// Compares the result of a photo, as it is shown, with the one on disk.
    pub(super) fn compare_with_saved(&mut self, id: ItemId) {
        let Some(item) = self.list.queue.get(id) else { return };
        let print = self.session_of(id).and_then(|session| session.print(item.recipe.strength));
        if let Some(shown) = print.and_then(|print| print.recipe()) {
            self.list.queue.compare(id, shown);
        }
    }

    /// The same for all photos.
    pub(super) fn compare_all_with_saved(&mut self) {
        let ids: Vec<ItemId> = self.list.queue.items().iter().map(|item| item.id).collect();
        ids.into_iter().for_each(|id| self.compare_with_saved(id));
    }

    /// A photo whose result is on disk is shown with it. One that has no result any more waits.
    pub(super) fn look_for_result(&mut self, id: ItemId) {
        match self.list.queue.get(id).and_then(Item::saved) {
            Some(saved) => {
                let job = self.read_result(saved.path.clone());
                self.photo.recall = Recall::Saved { job, item: id };
            }
            None => self.list.queue.lose_result(id),
        }
    }

    fn read_result(&mut self, path: PathBuf) -> JobId {
        let (job, cancel) = (self.workers.start(Owner::SavedResult), JobControl::default());
        self.workers.ask(Request::Open { job, cancel, path, memory: MemoryLimit::default(), measure: Measures::NONE });
        job
    }

    /// Takes in a result that was read from its file: it is shown once all of it is there that is kept.
    pub(super) fn saved_result_event(&mut self, event: Event) {
        let Body::End(end) = event.body else { return };
        if self.photo.recall.job() != Some(event.job) {
            return;
        }
        let read = match end {
            End::Opened { photo, .. } => Some(photo),
            _ => None,
        };
        let recall = std::mem::take(&mut self.photo.recall);
        let Some(id) = recall.item().filter(|id| self.photo.item == Some(*id)) else { return };
        let Some(saved) = self.list.queue.get(id).and_then(Item::saved).cloned() else { return };
        let (result, full) = match (recall, read) {
            (Recall::Saved { .. }, Some(result)) => match saved.full {
                Some(path) => {
                    let job = self.read_result(path);
                    self.photo.recall = Recall::Full { job, item: id, saved: result };
                    return;
                }
                None => (result, None),
            },
            (Recall::Full { saved, .. }, full) => (saved, full),
            // A result that was moved or removed meanwhile is not shown; its photo is.
            (Recall::Saved { .. } | Recall::Nothing, _) => {
                return self.list.queue.lose_result(id);
            }
        };
        let (made, outcome) = (saved.made, self.list.batch.outcome(id).cloned());
        self.photo.session = std::mem::take(&mut self.photo.session).recalled(result, full, made, outcome);
        self.compare_with_saved(id);
    }

    /// The results at full strength that are needed when the queue is there again.
    pub(super) fn full_results_kept(&self) -> Vec<PathBuf> {
        let laid_by = self.list.laid_by.iter().filter_map(StoredItem::full);
        self.recalled_items().iter().filter_map(|item| item.saved()?.full.as_ref()).chain(laid_by).cloned().collect()
    }

    /// The pasted pictures that are needed when the queue is there again.
    pub(super) fn pasted_pictures_kept(&self) -> Vec<PathBuf> {
        let laid_by = self.list.laid_by.iter().map(StoredItem::path);
        let photos = self.recalled_items().iter().map(|item| &item.path).chain(laid_by);
        photos.filter(|path| self.is_pasted(path)).cloned().collect()
    }

    /// The photos that are in the queue again at the next start.
    fn recalled_items(&self) -> &[Arc<Item>] {
        let recalled = self.list.queue.items().len() > 1 && self.list.queue.is_unfinished();
        if recalled { self.list.queue.items() } else { &[] }
    }
}
