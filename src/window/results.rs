//! The window's dealings with results on disk: saved, compared with what is shown, and read back with their photos.
//! Where a file doesn't tell what the restoration was, that lies beside it at full strength.

use std::{path::PathBuf, sync::Arc};

use super::{app::RedawnApp, jobs::Owner, photo_on_screen::Recall};
use crate::{
    desktop::{FullResults, Store},
    imaging::{MemoryLimit, SaveOptions},
    restore::{Recipe, Strength},
    state::{Item, ItemId, Saving, State, StoredItem, UnsavedResults},
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
    /// Which photo's result is being saved, how it was made, and where it is at full strength already.
    pub(super) pending: Option<(ItemId, Option<Recipe>, Option<PathBuf>)>,
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
    /// Saves the result as it is shown.
    pub(super) fn save(&mut self, path: PathBuf, options: SaveOptions) {
        let strength = self.recipe().strength;
        let (Some(result), Some(source)) = (self.photo.session.print(strength), self.photo.session.source()) else {
            return;
        };
        if self.results.saving != Saving::Idle {
            return;
        }
        let tells = strength.effective_for(source.photo.is_grey()).is_invertible();
        let item = self.list.queue.find(&source.path);
        let id = item.map(|item| item.id);
        // It is there already when as little of the same restoration was saved before.
        let same = |made: Recipe| result.recipe().is_some_and(|now| now.at_full_strength() == made.at_full_strength());
        let kept = item.filter(|item| !tells && item.made.is_some_and(same)).and_then(|item| item.full.clone());
        let wanted = !tells && kept.is_none();
        let full = self.photo.session.print(Strength::FULL).filter(|full| wanted && full.recipe().is_some());
        let full = full.and_then(|full| Some((full, self.results.full.next_file()?)));
        let job = self.workers.start(Owner::Saving);
        self.results.saving = Saving::Writing { job };
        self.results.pending = id.map(|id| (id, result.recipe(), kept));
        self.workers.ask(Request::Save { job, result, path, options, full });
    }

    /// The photo on screen, when it is one of a list.
    pub(super) fn listed(&self) -> Option<ItemId> {
        let source = self.photo.session.source().filter(|_| self.list.queue.items().len() > 1)?;
        self.list.queue.find(&source.path).map(|item| item.id)
    }

    /// Saves the result of a photo of the list, if that is wanted, under the name that is shown and in the way the
    /// others are, once its name is known.
    pub(super) fn save_as_named(&mut self) {
        let Some(id) = self.results.to_save else { return };
        let Some(names) = self.list.names.agreed(&self.list.queue) else { return };
        let (target, options) = (names.of(id).map(|target| target.path.clone()), names.options);
        self.results.to_save = None;
        // Another photo may be on screen by now.
        if let Some(target) = target.filter(|_| self.listed() == Some(id)) {
            self.save(target, options);
        }
    }

    /// The result is on disk, and maybe beside it at full strength.
    pub(super) fn saved(&mut self, path: PathBuf, full: Option<PathBuf>) {
        let Some((id, made, kept)) = self.results.pending.take() else { return };
        // One that is being restored into another file goes on.
        if let Some(item) = self.list.queue.get_mut(id).filter(|item| !matches!(item.state, State::Running(_))) {
            (item.state, item.made, item.full) = (State::Done(path), made, full.or(kept));
        }
        self.compare_with_saved(id);
        self.keep_queue();
        let done = self.list.queue.get(id).is_some_and(|item| matches!(item.state, State::Done(_)));
        if done && self.photo.item != Some(id) {
            self.results.unsaved.forget(id);
        }
    }

    /// A photo whose result is another one than it has on disk, if only by its strength, is not saved, until it is
    /// that one again.
    pub(super) fn compare_with_saved(&mut self, id: ItemId) {
        let session =
            if self.photo.item == Some(id) { Some(&self.photo.session) } else { self.results.unsaved.get(id) };
        let Some(item) = self.list.queue.get(id) else { return };
        // While a photo is being read, the one before it is still shown.
        let session = session.filter(|session| session.source().is_some_and(|source| source.path == item.path));
        let print = session.and_then(|session| session.print(item.recipe.strength));
        let Some(shown) = print.and_then(|print| print.recipe()) else { return };
        let made_so = item.made == Some(shown);
        let Some(item) = self.list.queue.get_mut(id) else { return };
        match (&item.state, made_so) {
            (State::Done(path), false) => (item.saved, item.state) = (Some(path.clone()), State::Restored),
            (State::Restored, true) => item.saved.take().into_iter().for_each(|path| item.state = State::Done(path)),
            _ => {}
        }
    }

    /// The same for all photos.
    pub(super) fn compare_all_with_saved(&mut self) {
        let ids: Vec<ItemId> = self.list.queue.items().iter().map(|item| item.id).collect();
        ids.into_iter().for_each(|id| self.compare_with_saved(id));
    }

    /// A photo whose result is on disk is shown with it. One that has no result any more waits.
    pub(super) fn look_for_result(&mut self, id: ItemId) {
        let Some(item) = self.list.queue.get_mut(id) else { return };
        match (&item.state, &item.saved) {
            (State::Done(path), _) | (State::Restored, Some(path)) => {
                let path = path.clone();
                let job = self.read_result(path);
                self.photo.recall = Recall::Saved { job, item: id };
            }
            (State::Restored, None) => item.state = State::Waiting,
            _ => {}
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
        let Some(item) = self.list.queue.get_mut(id) else { return };
        let (result, full) = match (recall, read) {
            (Recall::Saved { .. }, Some(result)) => match item.full.clone() {
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
                if item.state == State::Restored {
                    (item.state, item.saved) = (State::Waiting, None);
                }
                return;
            }
        };
        let (made, outcome) = (item.made, self.list.batch.outcome(id).cloned());
        self.photo.session = std::mem::take(&mut self.photo.session).recalled(result, full, made, outcome);
        self.compare_with_saved(id);
    }

    /// The results at full strength that are needed when the queue is there again.
    pub(super) fn full_results_kept(&self) -> Vec<PathBuf> {
        let laid_by = self.list.laid_by.iter().filter_map(StoredItem::full);
        self.recalled_items().iter().filter_map(|item| item.full.as_ref()).chain(laid_by).cloned().collect()
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
