//! The queue: photos in their order, with their recipes and states. Pure.

mod counts;
mod edit;
mod item;
mod states;

use std::{collections::HashMap, path::Path, sync::Arc};

pub use self::{
    counts::Counts,
    edit::Edit,
    item::{Found, Item, ItemId, Saved, State},
};
use crate::{pixels::Size, restore::Recipe};

/// The photos, in their order. There may be many thousands; a copy of the list shares them.
#[derive(Debug, Default)]
pub struct Queue {
    items: Vec<Arc<Item>>,
    positions: HashMap<ItemId, usize>,
    selected: Option<ItemId>,
    /// Id of the next photo. Only rises.
    next: u64,
    /// Number of changes that the names of results may depend on. Only rises.
    revision: u64,
}

impl Queue {
    /// All photos, in their order.
    pub fn items(&self) -> &[Arc<Item>] {
        &self.items
    }

    /// One photo.
    pub fn get(&self, id: ItemId) -> Option<&Item> {
        self.position(id).map(|position| &*self.items[position])
    }

    fn item_mut(&mut self, id: ItemId) -> Option<&mut Item> {
        self.position(id).map(|position| Arc::make_mut(&mut self.items[position]))
    }

    /// The photo of this file.
    pub fn find(&self, path: &Path) -> Option<&Item> {
        self.items.iter().find(|item| item.path == path).map(Arc::as_ref)
    }

    /// The settings of most photos, if most have the same (Boyer and Moore, MJRTY, 1981).
    pub fn common_recipe(&self) -> Option<Recipe> {
        let mut candidate: Option<(Recipe, usize)> = None;
        for item in &self.items {
            candidate = match candidate {
                Some((recipe, votes)) if recipe == item.recipe => Some((recipe, votes + 1)),
                None | Some((_, 0)) => Some((item.recipe, 1)),
                Some((recipe, votes)) => Some((recipe, votes - 1)),
            };
        }
        let (recipe, _) = candidate?;
        let count = self.items.iter().filter(|item| item.recipe == recipe).count();
        (2 * count > self.items.len()).then_some(recipe)
    }

    /// Changes with all that output names depend on.
    pub fn revision(&self) -> u64 {
        self.revision
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
        let position = self.position(self.selected?)?;
        let position = if down { position + 1 } else { position.checked_sub(1)? };
        self.items.get(position).map(|item| item.id)
    }

    /// Appends photos and returns the first of `files`. Files in the queue already are not added again.
    pub fn add(&mut self, files: impl IntoIterator<Item = Found>, recipe: Recipe) -> Option<ItemId> {
        self.add_with(files, |item| item.recipe = recipe)
    }

    /// The same; `complete` sets further fields of each new photo.
    pub(super) fn add_with(
        &mut self,
        files: impl IntoIterator<Item = Found>,
        complete: impl Fn(&mut Item),
    ) -> Option<ItemId> {
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
                let mut item = Item::new(id, found);
                complete(&mut item);
                item.added();
                self.items.push(Arc::new(item));
            }
        }
        self.rearranged();
        first
    }

    /// Replaces all photos by this one, and returns the first of them.
    pub fn replace_with(&mut self, found: Found, recipe: Recipe) -> Option<Arc<Item>> {
        let before = std::mem::take(&mut self.items).into_iter().next();
        self.selected = self.add([found], recipe);
        before
    }

    /// Replaces all photos by one that was replaced before.
    pub fn put_back(&mut self, item: Arc<Item>) {
        self.selected = Some(item.id);
        self.items = vec![item];
        self.rearranged();
    }

    /// The position of a photo.
    pub fn position(&self, id: ItemId) -> Option<usize> {
        self.positions.get(&id).copied()
    }

    fn rearranged(&mut self) {
        self.revision += 1;
        self.positions = self.items.iter().enumerate().map(|(position, item)| (item.id, position)).collect();
    }

    /// Stores the size of a photo, in px.
    pub fn set_size(&mut self, id: ItemId, size: Size) {
        let Some(item) = self.item_mut(id).filter(|item| item.size != Some(size)) else { return };
        item.size = Some(size);
        if super::naming::may_depend_on_size(&item.path, item.recipe, size) {
            self.revision += 1;
        }
    }

    /// The first waiting photo.
    pub fn next_waiting(&self) -> Option<&Item> {
        self.items.iter().find(|item| item.is_waiting()).map(Arc::as_ref)
    }

    /// Number of photos by state.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.items)
    }

    /// Whether it is stored for the next session: several photos, or one that was painted on.
    pub fn is_stored(&self) -> bool {
        self.items().len() > 1 || self.items().iter().any(|item| item.has_unsaved_painting())
    }

    /// Whether any photo is not done.
    pub fn is_unfinished(&self) -> bool {
        let counts = self.counts();
        counts.remaining + counts.failed + counts.stopped > 0
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        path::PathBuf,
        time::{Duration, Instant},
    };

    use super::*;
    use crate::restore::{MarkEdit, MarkEdits, Mask, Repair, Scale, Sensitivity};

    fn found(name: &str) -> Found {
        Found { path: name.into(), subfolder: PathBuf::new() }
    }

    pub(super) fn queue(names: &[&str]) -> Queue {
        let mut queue = Queue::default();
        let first = queue.add(names.iter().map(|name| found(name)), Recipe::default());
        first.into_iter().for_each(|id| queue.select(id));
        queue
    }

    fn names(queue: &Queue) -> Vec<&str> {
        queue.items().iter().filter_map(|item| item.path.to_str()).collect()
    }

    fn ids(queue: &Queue) -> Vec<ItemId> {
        queue.items().iter().map(|item| item.id).collect()
    }

    fn remove(queue: &mut Queue, unwanted: impl Fn(&Item) -> bool) -> Edit {
        queue.edit(Edit::remove(queue, unwanted))
    }

    pub(super) fn saved(path: &str) -> Saved {
        let (edits, mask) = (MarkEdits::default(), Mask::default());
        Saved { path: path.into(), made_with: None, settings: None, edits, mask, model: None, full: None }
    }

    #[test]
    fn a_file_is_added_once() {
        let mut queue = queue(&["a", "b"]);
        let first = queue.add([found("b"), found("c")], Recipe::default());
        assert_eq!(names(&queue), ["a", "b", "c"]);
        assert_eq!(first, Some(queue.items()[1].id));
    }

    #[test]
    fn removing_the_selected_photo_selects_its_neighbour() {
        let mut queue = queue(&["a", "b", "c", "d"]);
        let ids = ids(&queue);
        queue.select(ids[1]);
        remove(&mut queue, |item| item.id == ids[1]);
        assert_eq!(queue.selected(), Some(ids[2]));
        queue.select(ids[3]);
        remove(&mut queue, |item| item.id == ids[3] || item.id == ids[0]);
        assert_eq!(queue.selected(), Some(ids[2]));
        remove(&mut queue, |_| true);
        assert_eq!((queue.selected(), queue.items().len()), (None, 0));
    }

    #[test]
    fn a_running_photo_is_not_removed() {
        let mut queue = queue(&["a", "b"]);
        queue.begin(queue.items()[0].id);
        let undo = remove(&mut queue, |_| true);
        assert_eq!(names(&queue), ["a"]);
        let redo = queue.edit(undo);
        assert_eq!(names(&queue), ["a", "b"]);
        queue.edit(redo);
        assert_eq!(names(&queue), ["a"]);
    }

    /// Ids and revisions are never reused (issue 16).
    #[test]
    fn ids_and_revisions_only_rise() {
        let mut queue = queue(&["A", "B", "C"]);
        let mut seen: HashSet<ItemId> = ids(&queue).into_iter().collect();
        let mut revision = queue.revision();
        let mut is_later =
            |queue: &Queue| assert!(queue.revision() > std::mem::replace(&mut revision, queue.revision()));
        remove(&mut queue, |item| item.path != Path::new("A"));
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

    /// Undo keeps photos that were added since (issue 16), and adds no file twice.
    #[test]
    fn removed_photos_return_to_their_positions() {
        let mut queue = queue(&["a", "b", "c", "d", "e"]);
        let all = ids(&queue);
        let undo = remove(&mut queue, |item| [all[1], all[2], all[4]].contains(&item.id));
        assert_eq!(names(&queue), ["a", "d"]);
        queue.add(["f", "c"].map(found), Recipe::default());
        let redo = queue.edit(undo);
        assert_eq!(names(&queue), ["a", "b", "d", "f", "e", "c"]);
        queue.edit(redo);
        assert_eq!(names(&queue), ["a", "d", "f", "c"]);
    }

    #[test]
    fn every_edit_is_undone_and_redone() {
        let mut queue = queue(&["a", "b", "c"]);
        let all = ids(&queue);
        let x2 = Recipe { scale: Scale::X2, ..Recipe::default() };
        let edits = [
            Edit::Move(all[0], 2),
            Edit::Move(all[2], 0),
            Edit::apply_to_all(&queue, x2),
            Edit::Recipes(vec![(all[1], x2)]),
            Edit::Masks(vec![(all[2], Mask { elsewhere: 0.5, ..Mask::default() })]),
            Edit::Marks(vec![(all[1], Repair::Given, MarkEdits::from(vec![MarkEdit::Remove([1.0, 2.0])]))]),
            Edit::Remove(HashSet::from([all[0], all[2]])),
            Edit::Remove(all.iter().copied().collect()),
        ];
        for edit in edits {
            let before = queue.items().to_vec();
            let undo = queue.edit(edit);
            let after = queue.items().to_vec();
            assert_ne!(before, after);
            let redo = queue.edit(undo);
            assert_eq!(before, queue.items());
            let undo = queue.edit(redo);
            assert_eq!(after, queue.items());
            queue.edit(undo);
        }
    }

    #[test]
    fn a_mask_is_applied_to_photos_of_the_same_size() {
        let mut queue = queue(&["a", "b", "c", "d"]);
        let all = ids(&queue);
        let (size, mask) = (Size::new(30, 20), Mask { elsewhere: 0.5, ..Mask::default() });
        [all[0], all[1], all[3]].into_iter().for_each(|id| queue.set_size(id, size));
        queue.set_size(all[2], Size::new(20, 30));
        queue.begin(all[3]);
        queue.end(all[3], State::Done(saved("d2")));
        queue.edit(Edit::Masks(vec![(all[0], mask.clone())]));
        queue.edit(Edit::mask_for_all(&queue, &queue.items()[0]).unwrap());
        let masks: Vec<bool> = queue.items().iter().map(|item| item.mask == mask).collect();
        assert_eq!(masks, [true, true, false, false]);
    }

    #[test]
    fn marks_are_applied_with_what_is_repaired_where_nothing_is() {
        let mut queue = queue(&["a", "b", "c", "d"]);
        let (all, marks) = (ids(&queue), MarkEdits::from(vec![MarkEdit::Remove([1.0, 2.0])]));
        let auto = Repair::Auto(Sensitivity::LOW);
        queue.edit(Edit::Marks(vec![(all[0], Repair::Given, marks.clone()), (all[1], auto, MarkEdits::default())]));
        assert_eq!(Edit::marks_for_all(&queue, &queue.items()[0]), None, "its size is unknown");
        all[..3].iter().for_each(|id| queue.set_size(*id, Size::new(30, 20)));
        queue.set_size(all[3], Size::new(20, 30));
        let edit = Edit::marks_for_all(&queue, &queue.items()[0]).unwrap();
        assert_eq!(edit, Edit::Marks(vec![(all[1], auto, marks.clone()), (all[2], Repair::Given, marks)]));
        queue.edit(edit);
        assert_eq!(Edit::marks_for_all(&queue, &queue.items()[0]).unwrap().count(), 0, "they have them");
    }

    /// Quadratic, this would take hours.
    #[test]
    fn many_photos_take_no_time() {
        const COUNT: usize = 300_000;
        let start = Instant::now();
        let mut queue = Queue::default();
        let files = || (0..COUNT).map(|number| found(&format!("/photos/folder {}/{number}.png", number % 100)));
        for _ in 0..2 {
            queue.add(files(), Recipe::default());
        }
        assert_eq!(queue.items().len(), COUNT);
        let x2 = Recipe { scale: Scale::X2, ..Recipe::default() };
        let undo = queue.edit(Edit::apply_to_all(&queue, x2));
        assert!(queue.items().iter().all(|item| item.recipe == x2));
        queue.edit(undo);
        assert!(queue.items().iter().all(|item| item.recipe == Recipe::default()));
        let order = ids(&queue);
        let undo = remove(&mut queue, |item| item.id.0 % 3 != 0);
        queue.edit(undo);
        assert_eq!(ids(&queue), order);
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    }

    #[test]
    fn undo_keeps_results() {
        let mut queue = queue(&["a", "b"]);
        let (first, second) = (queue.items()[0].id, queue.items()[1].id);
        let x2 = Recipe { scale: Scale::X2, ..Recipe::default() };
        let recipes = queue.edit(Edit::apply_to_all(&queue, x2));
        queue.saved(second, saved("b2"));
        let photos = remove(&mut queue, |item| item.id == first);
        queue.edit(photos);
        queue.edit(recipes);
        assert_eq!(names(&queue), ["a", "b"]);
        assert!(queue.items().iter().all(|item| item.recipe == Recipe::default()));
        assert_eq!(queue.items()[1].state, State::Done(saved("b2")));
    }

    #[test]
    fn order_counts_and_retry() {
        let mut queue = queue(&["a", "b", "c"]);
        let ids = ids(&queue);
        queue.edit(Edit::Move(ids[0], 2));
        assert_eq!(names(&queue), ["b", "c", "a"]);
        assert_eq!((queue.neighbour(true), queue.neighbour(false)), (None, Some(ids[2])));
        queue.fail(ids[1], "no".into());
        assert_eq!(queue.next_waiting().map(|item| item.id), Some(ids[2]));
        assert_eq!(queue.counts(), Counts { remaining: 2, failed: 1, ..Counts::default() });
        queue.retry(|item| matches!(item.state, State::Failed(_)));
        assert_eq!(queue.counts().remaining, 3);
    }
}
