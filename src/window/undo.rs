//! Undo and redo of the user's changes.

use std::time::Instant;

use super::app::RedawnApp;
use crate::{
    restore::{Noise, Recipe},
    state::{Edit, Gesture, ItemId},
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

/// A slider or number of a photo's recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slider {
    Compression,
    Noise,
    AutoAmount,
    Strength,
    Size,
}

impl RedawnApp {
    /// Changes the recipe of the selected photo, as a step that can be undone.
    pub(super) fn change_recipe(&mut self, context: &egui::Context, recipe: Recipe) {
        let press = context.input(|input| input.pointer.any_down().then(|| input.pointer.press_start_time()).flatten());
        let selected = self.list.queue.selected();
        let gesture = dragged(self.recipe(), recipe).map(|slider| Gesture { field: (slider, selected), press });
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

    /// Edits the queue in a step of its own.
    pub(super) fn edit(&mut self, edit: Edit) {
        let undo = self.list.queue.edit(edit);
        self.record(self.preferences.recipe, undo, None);
        self.after_edit();
    }

    fn record(&mut self, recipe: Recipe, edit: Edit, gesture: Option<Gesture<(Slider, Option<ItemId>)>>) {
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

    /// Whether there is a step to undo, and one to redo.
    pub(super) fn steps(&self) -> [bool; 2] {
        [self.preferences.history.can_undo(), self.preferences.history.can_redo()]
    }
}

/// The slider that was dragged if only its value differs.
fn dragged(before: Recipe, after: Recipe) -> Option<Slider> {
    if before.best != after.best {
        return None;
    }
    let noise = match (before.noise, after.noise) {
        (Noise::Auto(_), Noise::Auto(_)) => Slider::AutoAmount,
        _ => Slider::Noise,
    };
    let changed = [
        (before.compression != after.compression, Slider::Compression),
        (before.noise != after.noise, noise),
        (before.strength != after.strength, Slider::Strength),
        (before.scale != after.scale, Slider::Size),
    ];
    let mut changed = changed.into_iter().filter(|(changed, _)| *changed).map(|(_, slider)| slider);
    changed.next().filter(|_| changed.next().is_none())
}
