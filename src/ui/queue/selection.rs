//! Selected rows. The photo on screen always counts as selected.

use std::{collections::BTreeSet, sync::Arc};

use egui::Modifiers;

use crate::state::{Item, ItemId, Queue};

/// The selected rows besides that of the photo on screen.
#[derive(Debug, Default)]
pub struct Selection {
    others: BTreeSet<ItemId>,
}

impl Selection {
    /// A row was clicked. Returns whether its photo is to be shown: Ctrl adds or removes the row instead, Shift selects
    /// the rows from the photo on screen to it.
    pub fn click(&mut self, queue: &Queue, clicked: ItemId, modifiers: Modifiers) -> bool {
        if modifiers.command {
            if !self.others.remove(&clicked) {
                self.others.insert(clicked);
            }
            return false;
        }
        self.others.clear();
        let places = queue.selected().and_then(|shown| queue.position(shown)).zip(queue.position(clicked));
        match places.filter(|_| modifiers.shift) {
            Some((from, to)) => {
                self.others.extend(queue.items()[from.min(to)..=from.max(to)].iter().map(|item| item.id));
                false
            }
            None => true,
        }
    }

    /// Selects all rows.
    pub fn select_all(&mut self, queue: &Queue) {
        self.others = queue.items().iter().map(|item| item.id).collect();
    }

    /// Leaves only the photo on screen.
    pub fn clear(&mut self) {
        self.others.clear();
    }

    /// Whether a row is selected.
    pub fn contains(&self, queue: &Queue, id: ItemId) -> bool {
        queue.selected() == Some(id) || self.others.contains(&id)
    }

    /// The selected photos, in the order of the queue.
    pub fn ids(&self, queue: &Queue) -> Vec<ItemId> {
        if self.others.is_empty() {
            return queue.selected().into_iter().collect();
        }
        let is_selected = |item: &&Arc<Item>| self.contains(queue, item.id);
        queue.items().iter().filter(is_selected).map(|item| item.id).collect()
    }

    /// What a command on a row applies to: all selected rows if it is one of them, else that row.
    pub fn ids_for(&self, queue: &Queue, id: ItemId) -> Vec<ItemId> {
        if self.contains(queue, id) { self.ids(queue) } else { vec![id] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{restore::Recipe, state::Found};

    #[test]
    fn rows_are_added_by_ctrl_and_ranges_by_shift() {
        let mut queue = Queue::default();
        let found = |name: &str| Found { path: name.into(), subfolder: "".into() };
        queue.add(["a", "b", "c", "d"].map(found), Recipe::default());
        let ids: Vec<ItemId> = queue.items().iter().map(|item| item.id).collect();
        queue.select(ids[2]);
        let mut selection = Selection::default();
        assert_eq!(selection.ids(&queue), [ids[2]]);
        assert!(!selection.click(&queue, ids[0], Modifiers::COMMAND));
        assert_eq!(selection.ids(&queue), [ids[0], ids[2]]);
        assert_eq!(selection.ids_for(&queue, ids[3]), [ids[3]], "a row that is not selected");
        assert!(!selection.click(&queue, ids[0], Modifiers::COMMAND));
        assert_eq!(selection.ids_for(&queue, ids[2]), [ids[2]]);
        assert!(!selection.click(&queue, ids[1], Modifiers::SHIFT));
        assert_eq!(selection.ids(&queue), ids[1..3]);
        assert!(selection.click(&queue, ids[3], Modifiers::NONE), "it is shown instead");
        selection.select_all(&queue);
        assert_eq!(selection.ids(&queue), ids);
    }
}
