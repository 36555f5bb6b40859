//! Edits of the queue that can be undone.

use std::{collections::HashSet, path::Path, sync::Arc};

use super::{Item, ItemId, Queue};
use crate::restore::{MarkEdits, Mask, Recipe, Repair};

/// One edit. [`Queue::edit`] returns its inverse.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Sets the settings of photos.
    Recipes(Vec<(ItemId, Recipe)>),
    /// Sets where the settings of photos apply.
    Masks(Vec<(ItemId, Mask)>),
    /// Sets what is repaired in photos, and their marks by hand.
    Marks(Vec<(ItemId, Repair, MarkEdits)>),
    /// Inserts photos before these positions, which rise. A file that is in the queue again is skipped.
    Insert(Vec<(usize, Arc<Item>)>),
    /// Removes photos, except one that is being restored.
    Remove(HashSet<ItemId>),
    /// Moves a photo to a position, counted without it.
    Move(ItemId, usize),
}

impl Edit {
    /// Removes the photos that are `unwanted`.
    pub fn remove(queue: &Queue, unwanted: impl Fn(&Item) -> bool) -> Self {
        Self::Remove(queue.items().iter().filter(|item| unwanted(item)).map(|item| item.id).collect())
    }

    /// Sets the settings of these photos.
    pub fn apply(ids: &[ItemId], recipe: Recipe) -> Self {
        Self::Recipes(ids.iter().map(|id| (*id, recipe)).collect())
    }

    /// Sets the settings of all photos that are not done.
    pub fn apply_to_all(queue: &Queue, recipe: Recipe) -> Self {
        let differs = |item: &&Arc<Item>| !item.is_done() && item.recipe != recipe;
        Self::Recipes(queue.items().iter().filter(differs).map(|item| (item.id, recipe)).collect())
    }

    /// Gives the mask of a photo to all others of its size that are not done. None if its size is unknown.
    pub fn mask_for_all(queue: &Queue, from: &Item) -> Option<Self> {
        let others = others_like(queue, from)?.filter(|item| item.mask != from.mask);
        Some(Self::Masks(others.map(|item| (item.id, from.mask.clone())).collect()))
    }

    /// Gives the marks by hand of a photo to all others of its size that are not done; where nothing is repaired, also
    /// what is repaired, so that the marks have an effect. None if its size is unknown.
    pub fn marks_for_all(queue: &Queue, from: &Item) -> Option<Self> {
        let marks = others_like(queue, from)?.map(|item| {
            let repair = if item.recipe.repair == Repair::None { from.recipe.repair } else { item.recipe.repair };
            (item, repair)
        });
        let differing = marks.filter(|(item, repair)| item.edits != from.edits || item.recipe.repair != *repair);
        Some(Self::Marks(differing.map(|(item, repair)| (item.id, repair, from.edits.clone())).collect()))
    }

    /// Number of photos that it changes, inserts, removes or moves.
    pub fn count(&self) -> usize {
        match self {
            Self::Recipes(recipes) => recipes.len(),
            Self::Masks(masks) => masks.len(),
            Self::Marks(marks) => marks.len(),
            Self::Insert(items) => items.len(),
            Self::Remove(ids) => ids.len(),
            Self::Move(..) => 1,
        }
    }

    /// The first photo whose settings it changes, or that it inserts.
    pub fn first_changed(&self) -> Option<ItemId> {
        match self {
            Self::Recipes(recipes) => recipes.first().map(|(id, _)| *id),
            Self::Masks(masks) => masks.first().map(|(id, _)| *id),
            Self::Marks(marks) => marks.first().map(|(id, ..)| *id),
            Self::Insert(items) => items.first().map(|(_, item)| item.id),
            Self::Remove(_) | Self::Move(..) => None,
        }
    }
}

/// The other photos of its size that are not done. None if its size is unknown.
fn others_like<'a>(queue: &'a Queue, photo: &Item) -> Option<impl Iterator<Item = &'a Item> + use<'a>> {
    let (id, size) = (photo.id, photo.size?);
    let is_like = move |item: &&Item| item.id != id && !item.is_done() && item.size == Some(size);
    Some(queue.items().iter().map(Arc::as_ref).filter(is_like))
}

impl Queue {
    /// Makes an edit and returns its inverse. Ignores photos that are no longer in the queue.
    pub fn edit(&mut self, edit: Edit) -> Edit {
        match edit {
            Edit::Recipes(recipes) => {
                let change = |(id, recipe)| Some((id, std::mem::replace(&mut self.item_mut(id)?.recipe, recipe)));
                let before = recipes.into_iter().filter_map(change).collect();
                self.revision += 1;
                Edit::Recipes(before)
            }
            Edit::Masks(masks) => {
                let change = |(id, mask)| Some((id, std::mem::replace(&mut self.item_mut(id)?.mask, mask)));
                Edit::Masks(masks.into_iter().filter_map(change).collect())
            }
            Edit::Marks(marks) => {
                let change = |(id, repair, edits): (ItemId, Repair, MarkEdits)| {
                    let item = self.item_mut(id)?;
                    let made = edits.effective_repair(repair);
                    let before = std::mem::replace(&mut item.recipe.repair, repair);
                    let edits = std::mem::replace(&mut item.edits, edits);
                    // Names may say what is repaired.
                    self.revision += u64::from(edits.effective_repair(before) != made);
                    Some((id, before, edits))
                };
                Edit::Marks(marks.into_iter().filter_map(change).collect())
            }
            Edit::Insert(items) => self.insert(items),
            Edit::Remove(unwanted) => self.remove(&unwanted),
            Edit::Move(id, position) => {
                let Some(from) = self.position(id) else { return Edit::Move(id, position) };
                let item = self.items.remove(from);
                self.items.insert(position.min(self.items.len()), item);
                self.rearranged();
                Edit::Move(id, from)
            }
        }
    }

    fn insert(&mut self, items: Vec<(usize, Arc<Item>)>) -> Edit {
        let known: HashSet<&Path> = self.items.iter().map(|item| item.path.as_path()).collect();
        let mut new: Vec<_> = items.into_iter().filter(|(_, item)| !known.contains(item.path.as_path())).collect();
        new.reverse();
        let ids = new.iter().map(|(_, item)| item.id).collect();
        let mut old = std::mem::take(&mut self.items).into_iter();
        loop {
            match new.last() {
                Some((position, _)) if *position > self.items.len() => match old.next() {
                    Some(item) => self.items.push(item),
                    None => self.items.extend(new.drain(..).rev().map(|(_, item)| item)),
                },
                Some(_) => self.items.extend(new.pop().map(|(_, item)| item)),
                None => break,
            }
        }
        self.items.extend(old);
        self.rearranged();
        self.select_one_of(0);
        Edit::Remove(ids)
    }

    /// Selects the neighbour of the selected photo when that is removed.
    fn remove(&mut self, unwanted: &HashSet<ItemId>) -> Edit {
        let selected = self.selected.and_then(|id| self.position(id)).unwrap_or_default();
        let is_removed = |item: &Item| unwanted.contains(&item.id) && !item.is_running();
        let left_before = self.items[..selected].iter().filter(|item| !is_removed(item)).count();
        let (mut removed, mut left) = (Vec::new(), Vec::with_capacity(self.items.len()));
        for (position, item) in std::mem::take(&mut self.items).into_iter().enumerate() {
            if is_removed(&item) {
                removed.push((position, item));
            } else {
                left.push(item);
            }
        }
        self.items = left;
        self.rearranged();
        self.select_one_of(left_before);
        Edit::Insert(removed)
    }

    /// Selects the photo at this position, or the last one, if the selected one is gone.
    fn select_one_of(&mut self, position: usize) {
        if self.selected.is_none_or(|id| self.get(id).is_none()) {
            let position = position.min(self.items.len().saturating_sub(1));
            self.selected = self.items.get(position).map(|item| item.id);
        }
    }
}
