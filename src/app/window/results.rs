//! The window's dealings with results on disk: read back with their photos, and kept at full strength where their
//! files don't tell that.

use super::{Recall, RedawnApp};
use crate::{
    app::queue::{ItemId, State},
    imaging::{Allowance, IfExists, MetadataChoice, SaveOptions},
    restore::Strength,
    worker::{CancelToken, Event, Request},
};

impl RedawnApp {
    /// A photo whose result is on disk is shown with it.
    pub(super) fn look_for_result(&mut self, id: ItemId) {
        let Some(item) = self.queue.get(id) else { return };
        if let State::Done(path) = &item.state {
            let (path, full) = (item.full.as_ref().unwrap_or(path).clone(), item.full.is_some());
            let (job, cancel) = (self.jobs.take(), CancelToken::default());
            self.recall = Recall::Reading { job, item: id, full };
            self.reader.ask(Request::Open { job, cancel, path, memory: Allowance::default(), estimate: false });
        }
    }

    /// Takes in a result that was read from its file.
    pub(super) fn recalled(&mut self, event: Event) {
        let Recall::Reading { item: id, full, .. } = std::mem::take(&mut self.recall) else { return };
        let Some(item) = self.queue.get_mut(id).filter(|_| self.shown == Some(id)) else { return };
        match event {
            Event::Opened { photo, .. } => {
                let made = item.made.map(|made| if full { made.at_full_strength() } else { made });
                let outcome = self.batch.outcome(id).cloned();
                self.session = std::mem::take(&mut self.session).recalled(photo, made, outcome);
                self.compare_with_saved();
            }
            // That one is gone: there still is the one that was saved.
            _ if full => {
                item.full = None;
                self.look_for_result(id);
            }
            // A result that was moved or removed meanwhile is not shown; its photo is.
            _ => {}
        }
    }

    /// Has the result at full strength kept, of a photo on disk whose file does not tell it: when it is looked at
    /// again, its strength can still be moved.
    pub(super) fn keep_full(&mut self, id: ItemId) {
        let session = if self.shown == Some(id) { Some(&self.session) } else { self.parked.get(id) };
        let Some((print, source)) = session.and_then(|at| Some((at.print(Strength::FULL)?, at.source()?))) else {
            return;
        };
        let item = self.queue.get(id).filter(|item| matches!(item.state, State::Done(_)) && item.full.is_none());
        let Some((item, made)) = item.and_then(|item| Some((item, item.made?))) else { return };
        let tells = made.strength.seen(source.photo.is_grey()).tells();
        let under_way = self.keeping.iter().any(|(_, keeping)| *keeping == id);
        // One photo alone is no list to come back to it from.
        let alone = self.queue.items().len() <= 1;
        let wanted = !tells && !under_way && !alone && print.recipe().is_some();
        if let Some(path) = self.full.file_for(&item.path).filter(|_| wanted) {
            let job = self.jobs.take();
            self.keeping.push((job, item.id));
            let (if_exists, metadata) = (IfExists::Rename, MetadataChoice::Strip);
            let options = SaveOptions { if_exists, metadata, ..SaveOptions::default() };
            self.reader.ask(Request::Save { job, result: print, path, options });
        }
    }

    /// Takes in where a result at full strength was kept. Where it could not be, its photo is restored again for
    /// another strength.
    pub(super) fn hear_keeping(&mut self, event: &Event) {
        let Some(place) = self.keeping.iter().position(|(job, _)| *job == event.job()) else { return };
        let (_, id) = self.keeping[place];
        if event.is_ending() {
            self.keeping.remove(place);
        }
        if let (Event::Saved { path, .. }, Some(item)) = (event, self.queue.get_mut(id)) {
            item.full = Some(path.clone());
            self.keep_queue();
        }
    }

    /// Removes the results at full strength that no photo has any more.
    pub(super) fn sweep(&self) {
        let kept = if self.kept.is_some() { self.queue.items() } else { &[] };
        self.full.sweep(kept.iter().filter_map(|item| item.full.as_ref()));
    }
}
