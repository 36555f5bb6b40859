//! The queue: photos in their order, with their recipes and states. Pure.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{progress::Progress, stored_path};
use crate::{pixels::Size, restore::Recipe};

/// Names one photo of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub u64);

/// What became of a photo.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum State {
    /// Nothing yet.
    #[default]
    Waiting,
    /// Its result is on screen or in memory, and not saved.
    #[serde(skip)]
    Restored,
    /// It is being restored into a file.
    #[serde(skip)]
    Running(Progress),
    /// Its result is on disk.
    Done(#[serde(with = "stored_path")] PathBuf),
    /// Its result would have taken the place of a file that was to be left.
    Skipped(#[serde(with = "stored_path")] PathBuf),
    /// It could not be done: a sentence for people.
    Failed(String),
    /// Stopped by the user.
    Stopped,
}

/// One photo of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its name here.
    pub id: ItemId,
    /// Its file.
    pub path: PathBuf,
    /// The folder it lies in, below the one that was added; kept below a chosen folder of results.
    pub within: PathBuf,
    /// What is to be done to it.
    pub recipe: Recipe,
    /// What became of it.
    pub state: State,
    /// How its result on disk was made, with what was found in place of `auto`; none when that is not known.
    pub made: Option<Recipe>,
    /// The file of its result, while that is shown at another strength than the file has.
    pub saved: Option<PathBuf>,
    /// The file of its result at full strength, where the one on disk does not tell that (`Strength::is_invertible`).
    pub full: Option<PathBuf>,
    /// Sentences about how that went.
    pub notes: Vec<String>,
    /// Its size in px, once it was read.
    pub size: Option<Size>,
}

impl Item {
    fn new(id: ItemId, Found { path, within }: Found, recipe: Recipe) -> Self {
        let (made, saved, full, notes, size) = (None, None, None, Vec::new(), None);
        Self { id, path, within, recipe, state: State::Waiting, made, saved, full, notes, size }
    }

    /// It has a new result, and nothing of that is on disk.
    pub fn restored(&mut self) {
        self.state = State::Restored;
        (self.made, self.saved, self.full) = (None, None, None);
    }

    /// It is still to be restored into a file.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting | State::Restored)
    }

    fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }
}

/// A file to be added: where it is, and the folder below the one that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its file.
    pub path: PathBuf,
    /// See [`Item::within`].
    pub within: PathBuf,
}

/// How many photos are how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// To be done, or being done.
    pub ahead: usize,
    /// Done or skipped.
    pub done: usize,
    /// Failed.
    pub failed: usize,
    /// Stopped by the user.
    pub stopped: usize,
}

/// What the user chose in the queue, and can undo: which photos were removed, their order and recipes.
#[derive(Debug, Clone)]
pub struct Choices {
    photos: Vec<Arc<Item>>,
    /// Photos from this one on came later.
    next: u64,
}

impl Choices {
    /// The photos there were.
    pub fn photos(&self) -> &[Arc<Item>] {
        &self.photos
    }
}

/// The photos, in their order. There may be many thousands: a copy of all of them shares them.
#[derive(Debug, Default)]
pub struct Queue {
    items: Vec<Arc<Item>>,
    /// Where each of them is.
    places: HashMap<ItemId, usize>,
    selected: Option<ItemId>,
    /// Only rises: no two photos are ever named the same.
    next: u64,
    /// Counts the changes that names of results may depend on: only rises.
    revision: u64,
}

impl Queue {
    /// All photos, in their order.
    pub fn items(&self) -> &[Arc<Item>] {
        &self.items
    }

    /// One photo.
    pub fn get(&self, id: ItemId) -> Option<&Item> {
        self.place(id).map(|place| &*self.items[place])
    }

    /// One photo, to be changed.
    pub fn get_mut(&mut self, id: ItemId) -> Option<&mut Item> {
        self.place(id).map(|place| Arc::make_mut(&mut self.items[place]))
    }

    /// The photo of this file.
    pub fn find(&self, path: &Path) -> Option<&Item> {
        self.items.iter().find(|item| item.path == path).map(Arc::as_ref)
    }

    /// Another one after every change of photos, order or recipes.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What is to be done to a photo from now on.
    pub fn set_recipe(&mut self, id: ItemId, recipe: Recipe) {
        if let Some(item) = self.get_mut(id) {
            item.recipe = recipe;
            self.revision += 1;
        }
    }

    /// The selected photo.
    pub fn selected(&self) -> Option<ItemId> {
        self.selected
    }

    /// Selects a photo. Ignored if the id is unknown.
    pub fn select(&mut self, id: ItemId) {
        if self.get(id).is_some() {
            self.selected = Some(id);
        }
    }

    /// The photo above or below the selected one.
    pub fn neighbour(&self, down: bool) -> Option<ItemId> {
        let place = self.place(self.selected?)?;
        let place = if down { place + 1 } else { place.checked_sub(1)? };
        self.items.get(place).map(|item| item.id)
    }

    /// Adds photos at the end, and returns the first of them; those that are there already are not added again.
    pub fn add(&mut self, files: impl IntoIterator<Item = Found>, recipe: Recipe) -> Option<ItemId> {
        let files: Vec<Found> = files.into_iter().collect();
        let mut next = self.next;
        let mut known: HashMap<&Path, ItemId> = self.items.iter().map(|item| (item.path.as_path(), item.id)).collect();
        let mut id_of = |found| {
            *known.entry(found).or_insert_with(|| {
                next += 1;
                ItemId(next - 1)
            })
        };
        let ids: Vec<ItemId> = files.iter().map(|found| id_of(&found.path)).collect();
        let first = ids.first().copied();
        for (found, id) in files.into_iter().zip(ids) {
            if id.0 == self.next {
                self.next += 1;
                self.items.push(Arc::new(Item::new(id, found, recipe)));
            }
        }
        self.rearranged();
        first
    }

    /// This photo alone from now on, in the place of the one there was, which is returned.
    pub fn replace_with(&mut self, found: Found, recipe: Recipe) -> Option<Arc<Item>> {
        let before = std::mem::take(&mut self.items).into_iter().next();
        self.selected = self.add([found], recipe);
        before
    }

    /// The photo there was alone again.
    pub fn put_back(&mut self, item: Arc<Item>) {
        self.selected = Some(item.id);
        self.items = vec![item];
        self.rearranged();
    }

    /// Removes photos; a neighbour is selected then. Those being restored stay.
    pub fn remove(&mut self, unwanted: impl Fn(&Item) -> bool) {
        let place = self.selected.and_then(|id| self.place(id)).unwrap_or_default();
        let stays = |item: &Item| item.is_running() || !unwanted(item);
        let left_before = self.items[..place].iter().filter(|item| stays(item)).count();
        self.items.retain(|item| stays(item));
        self.rearranged();
        if self.selected.is_none_or(|id| self.get(id).is_none()) {
            let place = left_before.min(self.items.len().saturating_sub(1));
            self.selected = self.items.get(place).map(|item| item.id);
        }
    }

    /// Puts a photo at another place, counted without it.
    pub fn move_to(&mut self, id: ItemId, place: usize) {
        if let Some(from) = self.place(id) {
            let item = self.items.remove(from);
            self.items.insert(place.min(self.items.len()), item);
            self.rearranged();
        }
    }

    /// The place of a photo.
    pub fn place(&self, id: ItemId) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// The photos or their order have changed.
    fn rearranged(&mut self) {
        self.revision += 1;
        self.places = self.items.iter().enumerate().map(|(place, item)| (item.id, place)).collect();
    }

    /// Does the same to all photos that are not done.
    pub fn apply_to_all(&mut self, recipe: Recipe) {
        self.revision += 1;
        let undone = self.items.iter_mut().filter(|item| !matches!(item.state, State::Done(_)));
        undone.for_each(|item| Arc::make_mut(item).recipe = recipe);
    }

    /// Requeues failed, stopped or finished photos.
    pub fn retry(&mut self, wanted: impl Fn(&Item) -> bool) {
        // What is there already is named around.
        self.revision += 1;
        for item in self.items.iter_mut().filter(|item| !item.is_running() && wanted(item)) {
            let item = Arc::make_mut(item);
            (item.state, item.saved) = (State::Waiting, None);
            item.notes.clear();
        }
    }

    /// The first photo that waits.
    pub fn next_waiting(&self) -> Option<&Item> {
        self.items.iter().find(|item| item.is_waiting()).map(Arc::as_ref)
    }

    /// How many photos are how far.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for item in &self.items {
            match item.state {
                State::Waiting | State::Restored | State::Running(_) => counts.ahead += 1,
                State::Done(_) | State::Skipped(_) => counts.done += 1,
                State::Failed(_) => counts.failed += 1,
                State::Stopped => counts.stopped += 1,
            }
        }
        counts
    }

    /// Whether there is more to be done.
    pub fn is_unfinished(&self) -> bool {
        let counts = self.counts();
        counts.ahead + counts.failed + counts.stopped > 0
    }

    /// The choices, to be undone later.
    pub fn choices(&self) -> Choices {
        Choices { photos: self.items.clone(), next: self.next }
    }

    /// Takes choices back: photos and their recipes as they were. What became of a photo since stays, and so do
    /// photos that came since, and one that is being restored.
    pub fn choose(&mut self, choices: Choices) {
        let as_chosen = |chosen: &Arc<Item>| match self.place(chosen.id).map(|place| &self.items[place]) {
            Some(now) if now.recipe == chosen.recipe => now.clone(),
            Some(now) => Arc::new(Item { recipe: chosen.recipe, ..Item::clone(now) }),
            None => chosen.clone(),
        };
        let mut items: Vec<Arc<Item>> = choices.photos.iter().map(as_chosen).collect();
        let chosen: HashSet<ItemId> = items.iter().map(|item| item.id).collect();
        let stays = |item: &&Arc<Item>| item.id.0 >= choices.next || item.is_running();
        items.extend(self.items.iter().filter(|item| !chosen.contains(&item.id)).filter(stays).cloned());
        self.items = items;
        self.rearranged();
        if self.selected.is_none_or(|id| self.get(id).is_none()) {
            self.selected = self.items.first().map(|item| item.id);
        }
    }
}

/// Whether the folders in a folder count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Subfolders {
    /// All that is below it.
    #[default]
    Included,
    /// Only what lies in it.
    LeftOut,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::restore::Scale;

    fn found(name: &str) -> Found {
        Found { path: name.into(), within: PathBuf::new() }
    }

    fn queue(names: &[&str]) -> Queue {
        let mut queue = Queue::default();
        let first = queue.add(names.iter().map(|name| found(name)), Recipe::default());
        first.into_iter().for_each(|id| queue.select(id));
        queue
    }

    fn names(queue: &Queue) -> Vec<&str> {
        queue.items().iter().filter_map(|item| item.path.to_str()).collect()
    }

    #[test]
    fn a_photo_is_there_once() {
        let mut queue = queue(&["a", "b"]);
        let first = queue.add([found("b"), found("c")], Recipe::default());
        assert_eq!(names(&queue), ["a", "b", "c"]);
        assert_eq!(first, Some(queue.items()[1].id));
    }

    #[test]
    fn the_neighbour_of_a_photo_that_goes_is_looked_at() {
        let mut queue = queue(&["a", "b", "c", "d"]);
        let ids: Vec<_> = queue.items().iter().map(|item| item.id).collect();
        queue.select(ids[1]);
        queue.remove(|item| item.id == ids[1]);
        assert_eq!(queue.selected(), Some(ids[2]));
        queue.select(ids[3]);
        queue.remove(|item| item.id == ids[3] || item.id == ids[0]);
        assert_eq!(queue.selected(), Some(ids[2]));
        queue.remove(|_| true);
        assert_eq!((queue.selected(), queue.items().len()), (None, 0));
    }

    #[test]
    fn one_that_is_being_restored_stays() {
        let mut queue = queue(&["a", "b"]);
        let none = Choices { photos: Vec::new(), next: 9 };
        queue.get_mut(queue.items()[0].id).unwrap().state = State::Running(Progress::default());
        queue.remove(|_| true);
        assert_eq!(names(&queue), ["a"]);
        queue.choose(none);
        assert_eq!(names(&queue), ["a"]);
    }

    /// No photo is ever named as another one was, and no state of the queue is numbered as another one (issue 16).
    #[test]
    fn names_and_revisions_only_rise() {
        let mut queue = queue(&["A", "B", "C"]);
        let mut seen: HashSet<ItemId> = queue.items().iter().map(|item| item.id).collect();
        let mut revision = queue.revision();
        let mut is_later =
            |queue: &Queue| assert!(queue.revision() > std::mem::replace(&mut revision, queue.revision()));
        queue.remove(|item| item.path != Path::new("A"));
        is_later(&queue);
        let a = queue.replace_with(found("X"), Recipe::default()).unwrap();
        is_later(&queue);
        assert_eq!((names(&queue), queue.selected()), (vec!["X"], Some(queue.items()[0].id)));
        queue.put_back(a);
        is_later(&queue);
        assert_eq!(names(&queue), ["A"]);
        queue.replace_with(found("X"), Recipe::default());
        queue.add(["F", "G"].map(found), Recipe::default());
        is_later(&queue);
        assert!(queue.items().iter().all(|item| seen.insert(item.id)));
    }

    /// What was added since is not taken back with what was chosen before (issue 16).
    #[test]
    fn photos_that_came_later_stay() {
        let mut queue = queue(&["a", "b"]);
        let before = queue.choices();
        queue.add(["c", "d"].map(found), Recipe::default());
        let (b, c) = (queue.items()[1].id, queue.items()[2].id);
        let with_all = queue.choices();
        queue.remove(|item| item.id == b || item.id == c);
        let without = queue.choices();
        queue.choose(with_all);
        assert_eq!(names(&queue), ["a", "b", "c", "d"]);
        queue.choose(without);
        assert_eq!(names(&queue), ["a", "d"]);
        queue.choose(before);
        assert_eq!(names(&queue), ["a", "b", "d"]);
    }

    /// Quadratic, this would take hours.
    #[test]
    fn many_photos_take_no_time() {
        const COUNT: usize = 300_000;
        let start = Instant::now();
        let mut queue = Queue::default();
        let names = || (0..COUNT).map(|number| found(&format!("/photos/folder {}/{number}.png", number % 100)));
        for _ in 0..2 {
            queue.add(names(), Recipe::default());
        }
        let ids: Vec<ItemId> = queue.items().iter().map(|item| item.id).collect();
        assert_eq!(ids.len(), COUNT);
        let before = queue.choices();
        ids.iter().for_each(|id| queue.get_mut(*id).unwrap().recipe.scale = Scale::X2);
        queue.choose(before);
        assert!(ids.iter().all(|id| queue.get(*id).unwrap().recipe.scale == Scale::X1));
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    }

    #[test]
    fn choices_come_back_and_results_stay() {
        let mut queue = queue(&["a", "b"]);
        let before = queue.choices();
        let (first, second) = (queue.items()[0].id, queue.items()[1].id);
        queue.apply_to_all(Recipe { scale: Scale::X2, ..Recipe::default() });
        queue.get_mut(second).unwrap().state = State::Done("b2".into());
        queue.remove(|item| item.id == first);
        queue.choose(before);
        assert_eq!(names(&queue), ["a", "b"]);
        assert!(queue.items().iter().all(|item| item.recipe == Recipe::default()));
        assert_eq!(queue.items()[1].state, State::Done("b2".into()));
    }

    #[test]
    fn order_counts_and_retry() {
        let mut queue = queue(&["a", "b", "c"]);
        let ids: Vec<_> = queue.items().iter().map(|item| item.id).collect();
        queue.move_to(ids[0], 2);
        assert_eq!(names(&queue), ["b", "c", "a"]);
        assert_eq!((queue.neighbour(true), queue.neighbour(false)), (None, Some(ids[2])));
        queue.get_mut(ids[1]).unwrap().state = State::Failed("no".into());
        assert_eq!(queue.next_waiting().map(|item| item.id), Some(ids[2]));
        assert_eq!(queue.counts(), Counts { ahead: 2, failed: 1, ..Counts::default() });
        queue.retry(|item| matches!(item.state, State::Failed(_)));
        assert_eq!(queue.counts().ahead, 3);
    }
}
