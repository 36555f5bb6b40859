//! Undo and redo of the user's changes.

use std::time::Instant;

use super::app::RedawnApp;
use crate::{
    restore::{MarkEdits, Mask, Noise, Recipe, Repair},
    state::{Edit, Gesture, Item, ItemId, Notice, Queue},
    ui::text,
};

/// One undoable change.
#[derive(Debug)]
pub(super) struct UndoStep {
    /// Default recipe for newly added photos.
    recipe: Recipe,
    /// Name of the selected preset.
    preset: Option<String>,
    /// Edit of the queue.
    edit: Edit,
}

/// A part of a photo's settings that a drag changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Sensitivity,
    Compression,
    Noise,
    AutoAmount,
    Strength,
    Size,
    Mask,
    Marks,
}

impl RedawnApp {
    /// Changes the recipe of the selected photo, as a step that can be undone.
    pub(super) fn change_recipe(&mut self, context: &egui::Context, recipe: Recipe) {
        let press = press_of(context);
        let selected = self.list.queue.selected();
        let gesture = dragged(self.recipe(), recipe).map(|field| Gesture { field: (field, selected), press });
        let before = self.preferences.recipe;
        let undo = self.set_recipe(recipe);
        self.record(before, undo, gesture);
    }

    /// Sets the recipe of the selected photo and the default for newly added ones. Returns the edit that undoes it.
    pub(super) fn set_recipe(&mut self, recipe: Recipe) -> Edit {
        self.preferences.recipe = recipe;
        let recipes = self.list.queue.selected().map(|id| (id, recipe)).into_iter().collect();
        let undo = self.list.queue.edit(Edit::Recipes(recipes));
        self.list.queue.selected().into_iter().for_each(|id| self.compare_with_saved(id));
        self.queue_changed();
        undo
    }

    /// Changes where the recipe of the selected photo applies. A stroke, or a slider's drag, is a step that can be undone.
    pub(super) fn change_mask(&mut self, context: &egui::Context, mask: Mask) {
        let Some(id) = self.list.queue.selected() else { return };
        self.change_selected(context, id, Field::Mask, Edit::Masks(vec![(id, mask)]));
    }

    /// Changes the marks by hand of the selected photo. A stroke is a step that can be undone.
    pub(super) fn change_marks(&mut self, context: &egui::Context, edits: MarkEdits) {
        let Some(id) = self.list.queue.selected() else { return };
        let repair = self.recipe().repair;
        self.change_selected(context, id, Field::Marks, Edit::Marks(vec![(id, repair, edits)]));
    }

    /// Makes an edit of the selected photo; all of a drag is one step.
    fn change_selected(&mut self, context: &egui::Context, id: ItemId, field: Field, edit: Edit) {
        let gesture = press_of(context).map(|press| Gesture { field: (field, Some(id)), press: Some(press) });
        let undo = self.list.queue.edit(edit);
        self.record(self.preferences.recipe, undo, gesture);
        self.compare_with_saved(id);
        self.queue_changed();
    }

    /// Applies the mask of the selected photo to all of the same size.
    pub(super) fn apply_mask_to_all(&mut self) {
        self.apply_to_same_size(text::PAINTED_AREA, Edit::mask_for_all);
    }

    /// Applies the marks by hand of the selected photo to all of the same size.
    pub(super) fn apply_marks_to_all(&mut self) {
        self.apply_to_same_size(text::MARKS_BY_HAND, Edit::marks_for_all);
    }

    /// Makes the edit that gives `what` the selected photo has to others, and says how many got it.
    fn apply_to_same_size(&mut self, what: &str, edit: fn(&Queue, &Item) -> Option<Edit>) {
        let queue = &self.list.queue;
        let item = queue.selected().and_then(|id| queue.get(id));
        let Some(edit) = item.and_then(|item| edit(queue, item)) else { return };
        let count = edit.count();
        self.notices.post(Notice::info(text::applied_to_others(what, count)));
        if count > 0 {
            self.edit(edit);
        }
    }

    /// Edits the queue in a step of its own.
    pub(super) fn edit(&mut self, edit: Edit) {
        let undo = self.list.queue.edit(edit);
        self.record(self.preferences.recipe, undo, None);
        self.after_edit();
    }

    fn record(&mut self, recipe: Recipe, edit: Edit, gesture: Option<Gesture<(Field, Option<ItemId>)>>) {
        let preset = self.preferences.settings().preset.clone();
        self.preferences.history.record(UndoStep { recipe, preset, edit }, gesture, Instant::now());
    }

    /// Undoes the last step.
    pub(super) fn undo(&mut self) {
        let mut history = std::mem::take(&mut self.preferences.history);
        history.undo(|step| self.apply_step(step));
        self.preferences.history = history;
    }

    /// Redoes the step undone last.
    pub(super) fn redo(&mut self) {
        let mut history = std::mem::take(&mut self.preferences.history);
        history.redo(|step| self.apply_step(step));
        self.preferences.history = history;
    }

    /// Applies a step and returns its inverse. Selects a photo that it changes.
    fn apply_step(&mut self, UndoStep { recipe, preset, edit }: UndoStep) -> UndoStep {
        let changed = edit.first_changed();
        let back = UndoStep {
            recipe: std::mem::replace(&mut self.preferences.recipe, recipe),
            preset: std::mem::replace(&mut self.preferences.settings_mut().preset, preset),
            edit: self.list.queue.edit(edit),
        };
        changed.into_iter().for_each(|id| self.list.queue.select(id));
        self.after_edit();
        back
    }

    /// Photos or their settings changed.
    fn after_edit(&mut self) {
        self.after_change_of_photos();
        self.compare_all_with_saved();
    }
}

/// When the button that is held was pressed, in seconds.
fn press_of(context: &egui::Context) -> Option<f64> {
    context.input(|input| input.pointer.any_down().then(|| input.pointer.press_start_time()).flatten())
}

/// The field that was dragged if only its value differs.
fn dragged(before: Recipe, after: Recipe) -> Option<Field> {
    if (before.best, before.model) != (after.best, after.model) {
        return None;
    }
    if before.repair != after.repair && !matches!((before.repair, after.repair), (Repair::Auto(_), Repair::Auto(_))) {
        return None;
    }
    let noise = match (before.noise, after.noise) {
        (Noise::Auto(_), Noise::Auto(_)) => Field::AutoAmount,
        _ => Field::Noise,
    };
    let changed = [
        (before.repair != after.repair, Field::Sensitivity),
        (before.compression != after.compression, Field::Compression),
        (before.noise != after.noise, noise),
        (before.strength != after.strength, Field::Strength),
        (before.scale != after.scale, Field::Size),
    ];
    let mut changed = changed.into_iter().filter(|(changed, _)| *changed).map(|(_, field)| field);
    changed.next().filter(|_| changed.next().is_none())
}
