//! The queue as it is kept from one start of the program to the next.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    naming::Naming,
    queue::{Found, Item, Queue, Saved, State, Subfolders},
    stored_path,
};
use crate::restore::Recipe;

/// What is kept, as it is written down.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stored {
    /// The photos.
    pub photos: Vec<StoredItem>,
    /// Those of an earlier list, laid by when the program was started with photos.
    pub laid_by: Vec<StoredItem>,
    /// Whether they were being restored.
    pub going: bool,
    /// Where the results go.
    pub naming: Naming,
    /// Whether folders are looked through to their depths.
    pub subfolders: Subfolders,
}

/// What is to be kept: serialised as [`Stored`] on the keeper's thread, because that takes a while.
#[derive(Debug, Clone, Serialize)]
#[serde(into = "Stored")]
pub struct Kept {
    /// The photos.
    pub photos: Vec<Arc<Item>>,
    /// See [`Stored::laid_by`].
    pub laid_by: Arc<[StoredItem]>,
    /// Whether they are being restored.
    pub going: bool,
    /// Where the results go.
    pub naming: Naming,
    /// Whether folders are looked through to their depths.
    pub subfolders: Subfolders,
}

impl From<Kept> for Stored {
    fn from(Kept { photos, laid_by, going, naming, subfolders }: Kept) -> Self {
        let photos = photos.iter().map(|item| StoredItem::of(item)).collect();
        Self { photos, laid_by: laid_by.to_vec(), going, naming, subfolders }
    }
}

/// One photo of a [`Stored`] queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredItem {
    #[serde(with = "stored_path")]
    path: PathBuf,
    #[serde(with = "stored_path")]
    within: PathBuf,
    recipe: Recipe,
    state: StoredState,
    /// These three are about the result on disk: [`Saved`]. `saved` is its file if the photo is waiting.
    #[serde(default)]
    made: Option<Recipe>,
    #[serde(default, with = "stored_path::optional")]
    saved: Option<PathBuf>,
    #[serde(default, with = "stored_path::optional")]
    full: Option<PathBuf>,
}

/// A [`State`] that outlives the program: what was running or unsaved is waiting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum StoredState {
    Waiting,
    Done(#[serde(with = "stored_path")] PathBuf),
    Skipped(#[serde(with = "stored_path")] PathBuf),
    Failed(String),
    Stopped,
}

impl StoredItem {
    fn of(item: &Item) -> Self {
        let state = match &item.state {
            State::Waiting | State::Running(_) | State::Restored { .. } => StoredState::Waiting,
            State::Done(saved) => StoredState::Done(saved.path.clone()),
            State::Skipped(path) => StoredState::Skipped(path.clone()),
            State::Failed(reason) => StoredState::Failed(reason.clone()),
            State::Stopped => StoredState::Stopped,
        };
        let saved = item.saved();
        Self {
            path: item.path.clone(),
            within: item.within.clone(),
            recipe: item.recipe,
            state,
            made: saved.and_then(|saved| saved.made),
            saved: saved.filter(|_| item.is_unsaved()).map(|saved| saved.path.clone()),
            full: saved.and_then(|saved| saved.full.clone()),
        }
    }

    fn state(&self) -> State {
        let saved = |path: &PathBuf| Saved { path: path.clone(), made: self.made, full: self.full.clone() };
        match (&self.state, &self.saved) {
            (StoredState::Waiting, Some(path)) => State::Restored { saved: Some(saved(path)) },
            (StoredState::Waiting, None) => State::Waiting,
            (StoredState::Done(path), _) => State::Done(saved(path)),
            (StoredState::Skipped(path), _) => State::Skipped(path.clone()),
            (StoredState::Failed(reason), _) => State::Failed(reason.clone()),
            (StoredState::Stopped, _) => State::Stopped,
        }
    }

    /// Its file.
    pub fn path(&self) -> &PathBuf {
        &self.path
    }

    /// The file of its result at full strength, if there is one.
    pub fn full(&self) -> Option<&PathBuf> {
        self.full.as_ref()
    }
}

impl Queue {
    /// Adds stored photos that are not in the queue.
    pub fn bring_back(&mut self, photos: &[StoredItem]) {
        let stored: HashMap<&Path, &StoredItem> = photos.iter().map(|item| (item.path.as_path(), item)).collect();
        let found = |item: &StoredItem| Found { path: item.path.clone(), within: item.within.clone() };
        self.add_with(photos.iter().map(found), |item| {
            if let Some(stored) = stored.get(item.path.as_path()) {
                (item.recipe, item.state) = (stored.recipe, stored.state());
            }
        });
    }
}

/// A queue of photos that were kept.
pub fn queue_of(photos: &[StoredItem]) -> Queue {
    let mut queue = Queue::default();
    queue.bring_back(photos);
    queue
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        restore::{Noise, Scale},
        state::queue::Edit,
    };

    fn found(name: &str) -> Found {
        Found { path: name.into(), within: PathBuf::new() }
    }

    fn queue(names: &[&str]) -> Queue {
        let mut queue = Queue::default();
        queue.add(names.iter().map(|name| found(name)), Recipe::default());
        queue
    }

    fn names(queue: &Queue) -> Vec<&str> {
        queue.items().iter().filter_map(|item| item.path.to_str()).collect()
    }

    /// The queue as it is at the next start.
    fn kept(queue: &Queue) -> Queue {
        let kept = Kept {
            photos: queue.items().to_vec(),
            laid_by: Arc::new([]),
            going: false,
            naming: Naming::default(),
            subfolders: Subfolders::default(),
        };
        let text = serde_json::to_string(&kept).unwrap();
        queue_of(&serde_json::from_str::<Stored>(&text).unwrap().photos)
    }

    /// Whatever lies where its result would be: that may be anybody's (issue 16).
    #[test]
    fn one_that_was_being_restored_waits() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = queue(&["a", "b"]);
        queue.begin(queue.items()[0].id);
        assert_eq!(kept(&queue).items()[0].state, State::Waiting);
        let theirs = folder.path().join("a-denoised.png");
        std::fs::write(&theirs, "theirs").unwrap();
        let recipe = serde_json::to_string(&Recipe::default()).unwrap();
        let text = format!(
            r#"{{"photos": [{{"path": "a", "within": "", "recipe": {recipe}, "state": "Waiting", "aim": {theirs:?}}}]}}"#
        );
        let queue = queue_of(&serde_json::from_str::<Stored>(&text).unwrap().photos);
        assert_eq!(queue.items()[0].state, State::Waiting);
    }

    #[test]
    fn what_is_there_already_stays_as_it_is() {
        let mut earlier = queue(&["a", "b"]);
        earlier.edit(Edit::apply_to_all(&earlier, Recipe { scale: Scale::X2, ..Recipe::default() }));
        let photos: Vec<StoredItem> = earlier.items().iter().map(|item| StoredItem::of(item)).collect();
        assert_eq!(queue_of(&photos).items(), earlier.items());
        let mut now = queue(&["c", "b"]);
        now.bring_back(&photos);
        assert_eq!(names(&now), ["c", "b", "a"]);
        let scales: Vec<Scale> = now.items().iter().map(|item| item.recipe.scale).collect();
        assert_eq!(scales, [Scale::X1, Scale::X1, Scale::X2]);
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
        let x2 = Recipe { scale: Scale::X2, ..Recipe::default() };
        let path = queue.items().last().unwrap().path.clone();
        queue.saved(first, Saved { path, made: Some(x2), full: Some("full".into()) });
        queue.edit(Edit::Recipes(vec![(second, x2)]));
        queue.saved(second, Saved { path: "b2".into(), made: None, full: None });
        queue.compare(second, x2);
        assert!(queue.items()[1].is_unsaved());
        assert_eq!(kept(&queue).items(), queue.items());
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
        let queue = queue_of(&serde_json::from_str::<Stored>(text).unwrap().photos);
        assert_eq!(names(&queue), ["a", "b"]);
        let noises: Vec<_> = queue.items().iter().map(|item| item.recipe.noise).collect();
        assert_eq!(noises, [Noise::AUTO, Noise::Sigma(25.0)]);
        assert_eq!(queue.items()[1].state, State::Stopped);
    }
}
