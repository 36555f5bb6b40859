//! What happens to the photos of the queue: their states, from waiting to done.

use std::{path::PathBuf, sync::Arc, time::Instant};

use super::{Item, ItemId, Queue, Saved, State};
use crate::restore::{Recipe, Stage};

impl Queue {
    /// The photo if it is not being restored into a file.
    fn idle_mut(&mut self, id: ItemId) -> Option<&mut Item> {
        self.item_mut(id).filter(|item| !item.is_running())
    }

    /// Requeues the `wanted` photos, except one that is running.
    pub fn retry(&mut self, wanted: impl Fn(&Item) -> bool) {
        // Names of files written meanwhile are taken.
        self.revision += 1;
        let items = self.items.iter_mut().filter(|item| !item.is_running() && wanted(item));
        items.for_each(|item| Arc::make_mut(item).requeue());
    }

    /// Adds sentences about the run of a photo.
    pub fn note(&mut self, id: ItemId, notes: impl IntoIterator<Item = String>) {
        if let Some(item) = self.item_mut(id) {
            item.notes.extend(notes);
        }
    }

    /// Starts a photo: it is being restored into a file.
    pub fn begin(&mut self, id: ItemId) {
        if let Some(item) = self.item_mut(id) {
            item.begin();
        }
    }

    /// Updates the progress of a running photo.
    pub fn advance(&mut self, id: ItemId, stage: Stage, done: usize, total: usize, now: Instant) {
        if let Some(item) = self.item_mut(id) {
            item.advance(stage, done, total, now);
        }
    }

    /// Ends the run of a photo.
    pub fn end(&mut self, id: ItemId, state: State) {
        if let Some(item) = self.item_mut(id).filter(|item| item.is_running()) {
            item.state = state;
        }
    }

    /// Skips a waiting photo, since `existing` is kept.
    pub fn skip(&mut self, id: ItemId, existing: PathBuf) {
        if let Some(item) = self.item_mut(id).filter(|item| item.is_waiting()) {
            item.requeue();
            item.state = State::Skipped(existing);
        }
    }

    /// A photo can't be opened or restored, with the reason as a sentence.
    pub fn fail(&mut self, id: ItemId, reason: String) {
        if let Some(item) = self.idle_mut(id) {
            item.state = State::Failed(reason);
        }
    }

    /// A photo has a new result in memory, made as `made`. One that failed, was skipped or stopped still says so.
    pub fn restored(&mut self, id: ItemId, made: Recipe) {
        if let Some(item) = self.item_mut(id) {
            if item.is_waiting() || item.is_done() {
                item.state = State::Restored { saved: item.saved().cloned() };
            }
            item.compare(made);
        }
    }

    /// The result of a photo was saved.
    pub fn saved(&mut self, id: ItemId, saved: Saved) {
        if let Some(item) = self.idle_mut(id) {
            item.state = State::Done(saved);
        }
    }

    /// Compares the result on screen, made as `shown`, with the one on disk: it is done if they are the same.
    pub fn compare(&mut self, id: ItemId, shown: Recipe) {
        if let Some(item) = self.item_mut(id) {
            item.compare(shown);
        }
    }

    /// Compares the settings of a photo that is not open with those of its result on disk.
    pub fn compare_settings(&mut self, id: ItemId) {
        if let Some(item) = self.item_mut(id) {
            item.compare_settings();
        }
    }

    /// Requeues a photo whose unsaved result was lost.
    pub fn lose_result(&mut self, id: ItemId) {
        if let Some(item) = self.item_mut(id).filter(|item| item.is_unsaved()) {
            item.state = State::Waiting;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Edit,
            tests::{queue, saved},
        },
        *,
    };
    use crate::restore::{MarkEdit, MarkEdits, Repair, Scale, Sensitivity};

    #[test]
    fn a_result_is_done_while_it_is_the_one_on_disk() {
        let mut queue = queue(&["a"]);
        let id = queue.items()[0].id;
        let (made_with, other) = (Recipe::default(), Recipe { scale: Scale::X2, ..Recipe::default() });
        let on_disk = Saved { made_with: Some(made_with), ..saved("a2") };
        let state = |queue: &Queue| queue.items()[0].state.clone();
        queue.restored(id, made_with);
        assert_eq!(state(&queue), State::Restored { saved: None }, "never saved");
        queue.saved(id, on_disk.clone());
        queue.compare(id, other);
        assert_eq!(state(&queue), State::Restored { saved: Some(on_disk.clone()) });
        queue.compare(id, made_with);
        assert_eq!(state(&queue), State::Done(on_disk.clone()));
        queue.restored(id, other);
        assert_eq!(state(&queue), State::Restored { saved: Some(on_disk.clone()) });
        queue.restored(id, made_with);
        assert_eq!(state(&queue), State::Done(on_disk.clone()));
        // Its settings are compared while it is not open, if it is known with which ones it was made.
        queue.edit(Edit::Recipes(vec![(id, other)]));
        queue.compare_settings(id);
        assert_eq!(state(&queue), State::Done(on_disk.clone()));
        let with_settings = Saved { settings: Some(made_with), ..on_disk.clone() };
        queue.saved(id, with_settings.clone());
        queue.compare_settings(id);
        assert_eq!(state(&queue), State::Restored { saved: Some(with_settings.clone()) });
        queue.edit(Edit::Recipes(vec![(id, made_with)]));
        queue.compare_settings(id);
        assert_eq!(state(&queue), State::Done(with_settings));
        queue.saved(id, on_disk.clone());
        // Marks by hand count while scratches are repaired.
        queue.edit(Edit::Marks(vec![(id, Repair::None, MarkEdits::from(vec![MarkEdit::Remove([1.0, 2.0])]))]));
        queue.compare(id, made_with);
        assert_eq!(state(&queue), State::Done(on_disk.clone()));
        let repair = Repair::Auto(Sensitivity::LOW);
        let repaired = Recipe { repair, ..made_with };
        queue.saved(id, Saved { made_with: Some(repaired), ..on_disk.clone() });
        queue.compare(id, repaired);
        assert!(matches!(state(&queue), State::Restored { .. }));
        queue.begin(id);
        queue.saved(id, saved("elsewhere"));
        queue.restored(id, made_with);
        queue.fail(id, "no".into());
        assert!(matches!(state(&queue), State::Running(_)), "a run ends by itself");
        queue.end(id, State::Stopped);
        queue.end(id, State::Waiting);
        assert_eq!(state(&queue), State::Stopped, "once");
        queue.restored(id, made_with);
        assert_eq!(state(&queue), State::Stopped, "what is shown does not say that");
    }
}
