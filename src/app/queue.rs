//! The photos somebody brought, in their order: what each is to become, and what became of it. Pure.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{naming::Naming, progress::Progress, stored_path};
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
    /// Somebody stopped it.
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
    /// The file of its result at full strength, where the one on disk does not tell that (`Strength::tells`).
    pub full: Option<PathBuf>,
    /// Sentences about how that went.
    pub notes: Vec<String>,
    /// Its size in px, once it was looked at.
    pub size: Option<Size>,
    /// The new file that its result is on the way to: once there is one, it is done.
    pub aim: Option<PathBuf>,
}

impl Item {
    /// It has a new result, and nothing of that is on disk.
    pub fn restored(&mut self) {
        self.state = State::Restored;
        (self.made, self.saved, self.full) = (None, None, None);
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
    /// Stopped by somebody.
    pub stopped: usize,
}

/// What of the queue is somebody's choice, and can be undone.
pub type Choices = Vec<Item>;

/// The photos, in their order.
#[derive(Debug, Default)]
pub struct Queue {
    items: Vec<Item>,
    selected: Option<ItemId>,
    next: u64,
    /// Counts the changes that names of results may depend on.
    revision: u64,
}

impl Queue {
    /// A queue of this one photo.
    pub fn of(item: Item) -> Self {
        Self { selected: Some(item.id), next: item.id.0 + 1, items: vec![item], revision: 0 }
    }

    /// An empty queue after another one: no photo gets a name that was given before.
    pub fn following(other: &Queue) -> Self {
        Self { next: other.next, ..Self::default() }
    }

    /// All photos, in their order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// One photo.
    pub fn get(&self, id: ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// One photo, to be changed.
    pub fn get_mut(&mut self, id: ItemId) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.id == id)
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

    /// The photo that is looked at.
    pub fn selected(&self) -> Option<ItemId> {
        self.selected
    }

    /// The photo that is looked at from now on; one that is not there changes nothing.
    pub fn select(&mut self, id: ItemId) {
        if self.get(id).is_some() {
            self.selected = Some(id);
        }
    }

    /// The photo above or below the one that is looked at.
    pub fn neighbour(&self, down: bool) -> Option<ItemId> {
        let place = self.place(self.selected?)?;
        let place = if down { place + 1 } else { place.checked_sub(1)? };
        self.items.get(place).map(|item| item.id)
    }

    /// Adds photos at the end, and answers with the first of them; those that are there already are
    /// not added again.
    pub fn add(&mut self, files: impl IntoIterator<Item = Found>, recipe: Recipe) -> Option<ItemId> {
        self.revision += 1;
        let mut first = None;
        for Found { path, within } in files {
            let there = self.items.iter().find(|item| item.path == path).map(|item| item.id);
            let id = there.unwrap_or_else(|| {
                let id = ItemId(self.next);
                self.next += 1;
                let state = State::Waiting;
                let (made, saved, full, notes, size, aim) = (None, None, None, Vec::new(), None, None);
                self.items.push(Item { id, path, within, recipe, state, made, saved, full, notes, size, aim });
                id
            });
            first.get_or_insert(id);
        }
        first
    }

    /// Takes photos out; one beside them is looked at then. Those being restored stay.
    pub fn remove(&mut self, unwanted: impl Fn(&Item) -> bool) {
        let place = self.selected.and_then(|id| self.place(id)).unwrap_or_default();
        let left_before = self.items[..place].iter().filter(|item| is_running(item) || !unwanted(item)).count();
        self.revision += 1;
        self.items.retain(|item| is_running(item) || !unwanted(item));
        if self.selected.is_none_or(|id| self.get(id).is_none()) {
            let place = left_before.min(self.items.len().saturating_sub(1));
            self.selected = self.items.get(place).map(|item| item.id);
        }
    }

    /// Puts a photo at another place, counted without it.
    pub fn move_to(&mut self, id: ItemId, place: usize) {
        if let Some(from) = self.place(id) {
            self.revision += 1;
            let item = self.items.remove(from);
            self.items.insert(place.min(self.items.len()), item);
        }
    }

    /// The place of a photo.
    pub fn place(&self, id: ItemId) -> Option<usize> {
        self.items.iter().position(|item| item.id == id)
    }

    /// Does the same to all photos that are not done.
    pub fn apply_to_all(&mut self, recipe: Recipe) {
        self.revision += 1;
        self.items
            .iter_mut()
            .filter(|item| !matches!(item.state, State::Done(_)))
            .for_each(|item| item.recipe = recipe);
    }

    /// Lets photos wait again that failed, were stopped, or are done.
    pub fn retry(&mut self, wanted: impl Fn(&Item) -> bool) {
        // What is there already is named around.
        self.revision += 1;
        for item in self.items.iter_mut().filter(|item| !is_running(item) && wanted(item)) {
            (item.state, item.saved) = (State::Waiting, None);
            item.notes.clear();
        }
    }

    /// The first photo that waits.
    pub fn next_waiting(&self) -> Option<&Item> {
        self.items.iter().find(|item| matches!(item.state, State::Waiting | State::Restored))
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

    /// What is somebody's choice.
    pub fn choices(&self) -> Choices {
        self.items.clone()
    }

    /// Takes choices back: photos and their recipes as they were. What became of a photo since stays.
    pub fn choose(&mut self, choices: Choices) {
        let mut items: Vec<Item> = choices
            .into_iter()
            .map(|chosen| match self.get(chosen.id) {
                Some(now) => Item { recipe: chosen.recipe, ..now.clone() },
                None => chosen,
            })
            .collect();
        // A photo that is being restored can't be taken away.
        let missing = self.items.iter().filter(|item| is_running(item));
        let missing: Vec<Item> = missing.filter(|item| items.iter().all(|kept| kept.id != item.id)).cloned().collect();
        items.extend(missing);
        self.revision += 1;
        self.items = items;
        if self.selected.is_none_or(|id| self.get(id).is_none()) {
            self.selected = self.items.first().map(|item| item.id);
        }
    }
}

fn is_running(item: &Item) -> bool {
    matches!(item.state, State::Running(_))
}

/// A queue as it is kept from one start of the program to the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stored {
    /// The photos.
    pub photos: Vec<StoredItem>,
    /// Whether they were being restored.
    pub going: bool,
    /// Where the results go.
    pub naming: Naming,
    /// Whether folders are looked through to their depths.
    pub subfolders: Subfolders,
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

/// One photo of a [`Stored`] queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredItem {
    #[serde(with = "stored_path")]
    path: PathBuf,
    #[serde(with = "stored_path")]
    within: PathBuf,
    recipe: Recipe,
    state: State,
    #[serde(default)]
    made: Option<Recipe>,
    #[serde(default, with = "stored_path::optional")]
    saved: Option<PathBuf>,
    #[serde(default, with = "stored_path::optional")]
    full: Option<PathBuf>,
    #[serde(default, with = "stored_path::optional")]
    aim: Option<PathBuf>,
}

impl Queue {
    /// The photos, to be kept.
    pub fn store(&self) -> Vec<StoredItem> {
        let stored = |item: &Item| {
            // What is under way when the program ends is to be done again.
            let unsaved = is_running(item) || item.state == State::Restored;
            let state = if unsaved { State::Waiting } else { item.state.clone() };
            StoredItem {
                path: item.path.clone(),
                within: item.within.clone(),
                recipe: item.recipe,
                state,
                made: item.made,
                saved: item.saved.clone(),
                full: item.full.clone(),
                aim: item.aim.clone(),
            }
        };
        self.items.iter().map(stored).collect()
    }

    /// The photos that were kept. The first that waits is looked at. One whose result came to its file when the
    /// program was about to end is done.
    pub fn recall(photos: &[StoredItem]) -> Self {
        let mut queue = Self::default();
        for stored in photos {
            let found = Found { path: stored.path.clone(), within: stored.within.clone() };
            if let Some(id) = queue.add([found], stored.recipe)
                && let Some(item) = queue.get_mut(id)
            {
                let came = stored.aim.clone().filter(|aim| stored.state == State::Waiting && aim.exists());
                item.state = came.map_or_else(|| stored.state.clone(), State::Done);
                item.made = stored.made;
                (item.saved, item.full) = (stored.saved.clone(), stored.full.clone());
                if item.state == State::Waiting && item.saved.is_some() {
                    item.state = State::Restored;
                }
            }
        }
        queue.selected = queue.next_waiting().or(queue.items.first()).map(|item| item.id);
        queue
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::{Noise, Scale};

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
    fn one_that_is_being_restored_stays_and_is_kept_as_waiting() {
        let mut queue = queue(&["a", "b"]);
        let id = queue.items()[0].id;
        queue.get_mut(id).unwrap().state = State::Running(Progress::default());
        queue.remove(|_| true);
        assert_eq!(names(&queue), ["a"]);
        queue.choose(Vec::new());
        assert_eq!(names(&queue), ["a"]);
        let again = Queue::recall(&queue.store());
        assert_eq!(again.items()[0].state, State::Waiting);
        let file = tempfile::NamedTempFile::new().unwrap();
        queue.get_mut(id).unwrap().aim = Some(file.path().into());
        let again = Queue::recall(&queue.store());
        assert_eq!(again.items()[0].state, State::Done(file.path().into()));
    }

    #[test]
    fn it_comes_back_from_json_with_names_that_are_no_text() {
        let mut queue = queue(&["a", "b"]);
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStringExt;
            let name = std::ffi::OsString::from_vec(vec![b'x', 0xFF]);
            queue.add([Found { path: name.into(), within: "in".into() }], Recipe::default());
        }
        let (first, second) = (queue.items()[0].id, queue.items()[1].id);
        queue.get_mut(first).unwrap().state = State::Done(queue.items().last().unwrap().path.clone());
        queue.get_mut(first).unwrap().made = Some(Recipe { scale: Scale::X2, ..Recipe::default() });
        queue.get_mut(second).unwrap().recipe.scale = Scale::X3;
        let stored = Stored { photos: queue.store(), ..Stored::default() };
        let text = serde_json::to_string(&stored).unwrap();
        let again = Queue::recall(&serde_json::from_str::<Stored>(&text).unwrap().photos);
        assert_eq!(again.items(), queue.items());
        assert_eq!(again.selected(), Some(second), "the first that waits");
    }

    #[test]
    fn a_list_of_an_older_version_comes_back() {
        let text = r#"{"photos": [
            {"path": "a", "within": "", "recipe": {"noise": "Auto", "scale": "X2",
             "strength": {"overall": 1.0, "luminance": 1.0, "colour": 1.0}, "best": false}, "state": "Waiting"},
            {"path": "b", "within": "", "recipe": {"compression": "None", "noise": {"Sigma": 25.0}, "scale": "X1",
             "strength": {"overall": 1.0, "luminance": 1.0, "colour": 1.0}, "best": false}, "state": "Stopped",
             "made": {"noise": "Auto", "scale": "X1", "strength": {"overall": 1.0}, "best": false}}
        ]}"#;
        let queue = Queue::recall(&serde_json::from_str::<Stored>(text).unwrap().photos);
        assert_eq!(names(&queue), ["a", "b"]);
        let noises: Vec<_> = queue.items().iter().map(|item| item.recipe.noise).collect();
        assert_eq!(noises, [Noise::AUTO, Noise::Sigma(25.0)]);
        assert_eq!(queue.items()[1].made.map(|made| made.noise), Some(Noise::AUTO));
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
