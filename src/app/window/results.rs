//! The window's dealings with results on disk: read back with their photos, as they were saved, and at full strength
//! where their files don't tell that.

use std::path::PathBuf;

use super::{Recall, RedawnApp};
use crate::{
    app::{
        Store,
        queue::{ItemId, State},
    },
    imaging::Allowance,
    worker::{CancelToken, Event, Request},
};

/// Where results at full strength are.
pub(super) fn full_results(store: &Store) -> PathBuf {
    store.cache().join("full")
}

impl RedawnApp {
    /// A photo whose result is on disk is shown with it.
    pub(super) fn look_for_result(&mut self, id: ItemId) {
        if let Some(State::Done(path)) = self.queue.get(id).map(|item| item.state.clone()) {
            self.read_result(id, path, false);
        }
    }

    fn read_result(&mut self, item: ItemId, path: PathBuf, full: bool) {
        let (job, cancel) = (self.jobs.take(), CancelToken::default());
        self.recall = Recall::Reading { job, item, full };
        self.reader.ask(Request::Open { job, cancel, path, memory: Allowance::default(), estimate: false });
    }

    /// Takes in a result that was read from its file.
    pub(super) fn recalled(&mut self, event: Event) {
        let Recall::Reading { item: id, full, .. } = std::mem::take(&mut self.recall) else { return };
        let Some(item) = self.queue.get(id).filter(|_| self.shown == Some(id)) else { return };
        // A result that was moved or removed meanwhile is not shown; its photo is.
        let Event::Opened { photo, .. } = event else { return };
        if full {
            self.session.recall_full(photo);
        } else {
            let (made, full, outcome) = (item.made, item.full.clone(), self.batch.outcome(id).cloned());
            self.session = std::mem::take(&mut self.session).recalled(photo, made, outcome);
            full.into_iter().for_each(|path| self.read_result(id, path, true));
        }
        self.compare_with_saved(id);
    }

    /// The results at full strength that are needed when the queue is there again.
    pub(super) fn full_results_kept(&self) -> Vec<PathBuf> {
        let recalled = self.queue.items().len() > 1 && self.queue.is_unfinished();
        let items = if recalled { self.queue.items() } else { &[] };
        items.iter().filter_map(|item| item.full.clone()).collect()
    }
}
