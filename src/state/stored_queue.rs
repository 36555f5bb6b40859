//! The queue as stored between sessions.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    queue::{Found, Item, Queue, Saved, State},
    searching::Subfolders,
    stored_path,
};
use crate::{
    engine::Model,
    restore::{MarkEdits, Mask, Recipe},
};

/// The stored queue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredQueue {
    /// The photos.
    pub photos: Vec<StoredItem>,
    /// Photos of an earlier queue, kept when the program was started with other photos.
    #[serde(rename = "laid_by")]
    pub previous: Vec<StoredItem>,
    /// Whether they were being restored.
    #[serde(rename = "going")]
    pub running: bool,
    /// Whether added folders include their subfolders.
    pub subfolders: Subfolders,
}

/// The queue to be stored. Cheap to make; converted to [`StoredQueue`] on the writer's thread.
#[derive(Debug, Clone, Serialize)]
#[serde(into = "StoredQueue")]
pub struct QueueSnapshot {
    /// The photos.
    pub photos: Vec<Arc<Item>>,
    /// See [`StoredQueue::previous`].
    pub previous: Arc<[StoredItem]>,
    /// Whether they are being restored.
    pub running: bool,
    /// Whether added folders include their subfolders.
    pub subfolders: Subfolders,
}

impl From<QueueSnapshot> for StoredQueue {
    fn from(QueueSnapshot { photos, previous, running, subfolders }: QueueSnapshot) -> Self {
        let photos = photos.iter().map(|item| StoredItem::of(item)).collect();
        Self { photos, previous: previous.to_vec(), running, subfolders }
    }
}

/// One photo of a [`StoredQueue`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredItem {
    #[serde(with = "stored_path")]
    path: PathBuf,
    #[serde(rename = "within", with = "stored_path")]
    subfolder: PathBuf,
    recipe: Recipe,
    #[serde(default)]
    marks: MarkEdits,
    #[serde(default)]
    mask: Mask,
    state: StoredState,
    /// These seven describe the result on disk ([`Saved`]). `saved` is its file if the photo is waiting.
    #[serde(default, rename = "made")]
    made_with: Option<Recipe>,
    #[serde(default)]
    made_settings: Option<Recipe>,
    #[serde(default)]
    made_marks: MarkEdits,
    #[serde(default)]
    made_mask: Mask,
    #[serde(default)]
    made_model: Option<Model>,
    #[serde(default, with = "stored_path::optional")]
    saved: Option<PathBuf>,
    #[serde(default, with = "stored_path::optional")]
    full: Option<PathBuf>,
}

/// A [`State`] that can be stored: running and unsaved photos are waiting.
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
            subfolder: item.subfolder.clone(),
            recipe: item.recipe,
            marks: item.edits.clone(),
            mask: item.mask.clone(),
            state,
            made_with: saved.and_then(|saved| saved.made_with),
            made_settings: saved.and_then(|saved| saved.settings),
            made_marks: saved.map(|saved| saved.edits.clone()).unwrap_or_default(),
            made_mask: saved.map(|saved| saved.mask.clone()).unwrap_or_default(),
            made_model: saved.and_then(|saved| saved.model),
            saved: saved.filter(|_| item.is_unsaved()).map(|saved| saved.path.clone()),
            full: saved.and_then(|saved| saved.full.clone()),
        }
    }

    fn state(&self) -> State {
        let saved = |path: &PathBuf| Saved {
            path: path.clone(),
            made_with: self.made_with,
            settings: self.made_settings,
            edits: self.made_marks.clone(),
            mask: self.made_mask.clone(),
            model: self.made_model,
            full: self.full.clone(),
        };
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
    pub fn add_stored(&mut self, photos: &[StoredItem]) {
        // The first of each path counts.
        let stored: HashMap<&Path, &StoredItem> = photos.iter().rev().map(|item| (item.path.as_path(), item)).collect();
        let found = |item: &StoredItem| Found { path: item.path.clone(), subfolder: item.subfolder.clone() };
        self.add_with(photos.iter().map(found), |item| {
            if let Some(stored) = stored.get(item.path.as_path()) {
                (item.recipe, item.edits, item.mask) = (stored.recipe, stored.marks.clone(), stored.mask.clone());
                item.state = stored.state();
            }
        });
    }
}

/// A queue of stored photos.
pub fn queue_of(photos: &[StoredItem]) -> Queue {
    let mut queue = Queue::default();
    queue.add_stored(photos);
    queue
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        restore::{Area, Effect, MarkEdit, Noise, Painting, Repair, Scale, Stroke},
        state::queue::Edit,
    };

    fn found(name: &str) -> Found {
        Found { path: name.into(), subfolder: PathBuf::new() }
    }

    fn queue(names: &[&str]) -> Queue {
        let mut queue = Queue::default();
        queue.add(names.iter().map(|name| found(name)), Recipe::default());
        queue
    }

    fn mask(radius: f32) -> Mask {
        let stroke = Stroke { points: vec![[0.1, 2.0], [3.3, 4.0]], radius, feather: 0.3, effect: Effect::Erase };
        Mask { area: Area::Painted, painting: Painting::from(vec![stroke]), elsewhere: 0.1 }
    }

    fn edits() -> MarkEdits {
        let stroke = Stroke { points: vec![[8.5, 2.0]], radius: 3.0, feather: 0.0, effect: Effect::Add };
        MarkEdits::from(vec![MarkEdit::Stroke(stroke), MarkEdit::Remove([3.5, 4.5])])
    }

    fn names(queue: &Queue) -> Vec<&str> {
        queue.items().iter().filter_map(|item| item.path.to_str()).collect()
    }

    /// Stores and loads the queue.
    fn reloaded(queue: &Queue) -> Queue {
        let snapshot = QueueSnapshot {
            photos: queue.items().to_vec(),
            previous: Arc::new([]),
            running: false,
            subfolders: Subfolders::default(),
        };
        let text = serde_json::to_string(&snapshot).unwrap();
        queue_of(&serde_json::from_str::<StoredQueue>(&text).unwrap().photos)
    }

    fn stored(queue: &Queue) -> Vec<(PathBuf, PathBuf, Recipe, MarkEdits, Mask, State)> {
        let parts = |item: &Arc<Item>| {
            let Item { path, subfolder, recipe, edits, mask, state, .. } = (**item).clone();
            (path, subfolder, recipe, edits, mask, state)
        };
        queue.items().iter().map(parts).collect()
    }

    /// Even if a file with the name of its result exists, which may be anyone's (issue 16).
    #[test]
    fn a_running_photo_is_stored_as_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = queue(&["a", "b"]);
        queue.begin(queue.items()[0].id);
        assert_eq!(reloaded(&queue).items()[0].state, State::Waiting);
        let theirs = folder.path().join("a-denoised.png");
        std::fs::write(&theirs, "theirs").unwrap();
        let recipe = serde_json::to_string(&Recipe::default()).unwrap();
        let text = format!(
            r#"{{"photos": [{{"path": "a", "within": "", "recipe": {recipe}, "state": "Waiting", "aim": {theirs:?}}}]}}"#
        );
        let queue = queue_of(&serde_json::from_str::<StoredQueue>(&text).unwrap().photos);
        assert_eq!(queue.items()[0].state, State::Waiting);
    }

    #[test]
    fn photos_in_the_queue_are_not_replaced_by_stored_ones() {
        let mut earlier = queue(&["a", "b"]);
        earlier.edit(Edit::apply_to_all(&earlier, Recipe { scale: Scale::X2, ..Recipe::default() }));
        let photos: Vec<StoredItem> = earlier.items().iter().map(|item| StoredItem::of(item)).collect();
        assert_eq!(stored(&queue_of(&photos)), stored(&earlier));
        let mut now = queue(&["c", "b"]);
        now.add_stored(&photos);
        assert_eq!(names(&now), ["c", "b", "a"]);
        let scales: Vec<Scale> = now.items().iter().map(|item| item.recipe.scale).collect();
        assert_eq!(scales, [Scale::X1, Scale::X1, Scale::X2]);
        // The list of the latest session comes first.
        let older = queue(&["a", "d"]).items().iter().map(|item| StoredItem::of(item)).collect::<Vec<_>>();
        let both = queue_of(&[photos, older].concat());
        assert_eq!(names(&both), ["a", "b", "d"]);
        assert_eq!(both.items()[0].recipe.scale, Scale::X2);
    }

    #[test]
    fn a_reloaded_queue_is_the_same_even_with_paths_that_are_not_unicode() {
        let mut queue = queue(&["a", "b"]);
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStringExt;
            let name = std::ffi::OsString::from_vec(vec![b'x', 0xFF]);
            queue.add([Found { path: name.into(), subfolder: "in".into() }], Recipe::default());
        }
        let (first, second) = (queue.items()[0].id, queue.items()[1].id);
        let x2 = Recipe { scale: Scale::X2, ..Recipe::default() };
        let path = queue.items().last().unwrap().path.clone();
        let full = Some("full".into());
        queue.saved(
            first,
            Saved {
                path,
                made_with: Some(x2),
                settings: Some(x2),
                edits: edits(),
                mask: mask(7.0),
                model: Some(Model::Fast),
                full,
            },
        );
        queue.edit(Edit::Recipes(vec![(second, x2)]));
        let (edits, mask_of_second) = (MarkEdits::default(), Mask::default());
        queue.saved(
            second,
            Saved {
                path: "b2".into(),
                made_with: None,
                settings: None,
                edits,
                mask: mask_of_second,
                model: None,
                full: None,
            },
        );
        queue.edit(Edit::Marks(vec![(second, Repair::None, self::edits())]));
        queue.edit(Edit::Masks(vec![(first, mask(7.0)), (second, mask(9.5))]));
        queue.compare(second, x2);
        assert!(queue.items()[1].is_unsaved());
        assert_eq!(stored(&reloaded(&queue)), stored(&queue));
    }

    #[test]
    fn queues_of_older_versions_are_read() {
        let text = r#"{"going": true, "laid_by": [
            {"path": "c", "within": "box", "recipe": {"noise": "Auto", "scale": "X2",
             "strength": {"overall": 1.0, "luminance": 1.0, "colour": 1.0}, "best": false}, "state": {"Done": "c2"},
             "made": {"noise": "Auto", "scale": "X1", "strength": {"overall": 1.0}, "best": false}}
        ], "subfolders": "LeftOut", "photos": [
            {"path": "a", "within": "", "recipe": {"noise": "Auto", "scale": "X2",
             "strength": {"overall": 1.0, "luminance": 1.0, "colour": 1.0}, "best": false}, "state": "Waiting"},
            {"path": "b", "within": "", "recipe": {"compression": "None", "noise": {"Sigma": 25.0}, "scale": "X1",
             "strength": {"overall": 1.0, "luminance": 1.0, "colour": 1.0}, "best": false}, "state": "Stopped",
             "made": {"noise": "Auto", "scale": "X1", "strength": {"overall": 1.0}, "best": false}}
        ]}"#;
        let stored = serde_json::from_str::<StoredQueue>(text).unwrap();
        assert!(stored.running && stored.subfolders == Subfolders::Excluded);
        let previous = queue_of(&stored.previous);
        let previous = &previous.items()[0];
        assert_eq!(previous.subfolder, Path::new("box"));
        assert!(previous.saved().is_some_and(|saved| saved.made_with.is_some()));
        let queue = queue_of(&stored.photos);
        assert_eq!(names(&queue), ["a", "b"]);
        let noises: Vec<_> = queue.items().iter().map(|item| item.recipe.noise).collect();
        assert_eq!(noises, [Noise::AUTO, Noise::Sigma(25.0)]);
        assert_eq!(queue.items()[1].state, State::Stopped);
    }
}
