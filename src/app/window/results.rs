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
    /// A photo whose result is on disk is shown with it. One that has no result any more waits.
    pub(super) fn look_for_result(&mut self, id: ItemId) {
        let Some(item) = self.queue.get_mut(id) else { return };
        match (&item.state, &item.saved) {
            (State::Done(path), _) | (State::Restored, Some(path)) => {
                let path = path.clone();
                self.read_result(id, path, false);
            }
            (State::Restored, None) => item.state = State::Waiting,
            _ => {}
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
        let Some(item) = self.queue.get_mut(id).filter(|_| self.shown == Some(id)) else { return };
        let Event::Opened { photo, .. } = event else {
            // A result that was moved or removed meanwhile is not shown; its photo is.
            if !full && item.state == State::Restored {
                (item.state, item.saved) = (State::Waiting, None);
            }
            return;
        };
        if full {
            self.session.recall_full(photo, item.made);
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
