//! One photo of the queue, and its states.

use std::{path::PathBuf, time::Instant};

use super::super::progress::Progress;
use crate::{
    engine::Model,
    pixels::Size,
    restore::{MarkEdits, Mask, Recipe, Stage},
};

/// Identifies one photo of the queue. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub u64);

/// State of one photo.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum State {
    /// Nothing was done yet.
    #[default]
    Waiting,
    /// Its result is in memory and differs from the file it was `saved` as, if it ever was.
    Restored {
        /// The file, which holds another result.
        saved: Option<Saved>,
    },
    /// It is being restored into a file.
    Running(Progress),
    /// Its result is on disk.
    Done(Saved),
    /// A file with the name of its result existed and was kept.
    Skipped(PathBuf),
    /// It failed, with the reason as a sentence.
    Failed(String),
    /// Stopped by the user.
    Stopped,
}

/// A result on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Its file.
    pub path: PathBuf,
    /// How it was made, with what was measured in place of `auto`. None if unknown.
    pub made_with: Option<Recipe>,
    /// The settings that say so, with `auto` as chosen. None if unknown.
    pub settings: Option<Recipe>,
    /// The marks by hand that it was made with.
    pub edits: MarkEdits,
    /// Where that recipe was applied.
    pub mask: Mask,
    /// The networks that it was made with, if known and there were others.
    pub model: Option<Model>,
    /// The result at full strength, kept in a file of its own when `path` doesn't determine it
    /// ([`Mask::is_invertible`]).
    pub full: Option<PathBuf>,
}

/// One photo of the queue. Changed by [`Queue`](super::Queue) only.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its number.
    pub id: ItemId,
    /// Its file.
    pub path: PathBuf,
    /// Its folder, relative to the folder that was added; repeated below a chosen output folder.
    pub subfolder: PathBuf,
    /// Its settings.
    pub recipe: Recipe,
    /// Its marks of scratches by hand. Kept, without effect, while nothing is repaired.
    pub edits: MarkEdits,
    /// Where they apply.
    pub mask: Mask,
    /// Its settings when it was added.
    initial: (Recipe, MarkEdits, Mask),
    /// Its state.
    pub state: State,
    /// Sentences about its last run.
    pub notes: Vec<String>,
    /// Its size in px, once known.
    pub size: Option<Size>,
}

/// A file to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// See [`Item::subfolder`].
    pub subfolder: PathBuf,
}

impl Item {
    pub(super) fn new(id: ItemId, Found { path, subfolder }: Found) -> Self {
        let recipe = Recipe::default();
        let (edits, mask) = (MarkEdits::default(), Mask::default());
        let initial = (recipe, edits.clone(), mask.clone());
        let (state, notes, size) = (State::Waiting, Vec::new(), None);
        Self { id, path, subfolder, recipe, edits, mask, initial, state, notes, size }
    }

    /// Whether it is still to be restored into a file.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting | State::Restored { .. })
    }

    /// Whether its result is in memory only.
    pub fn is_unsaved(&self) -> bool {
        matches!(self.state, State::Restored { .. })
    }

    /// Whether it was edited since it was added, and the result is not on disk.
    pub fn has_unsaved_edits(&self) -> bool {
        match &self.state {
            State::Restored { saved: Some(_) } => true,
            State::Running(_) | State::Done(_) => false,
            State::Waiting
            | State::Restored { saved: None }
            | State::Stopped
            | State::Skipped(_)
            | State::Failed(_) => {
                let (recipe, edits, mask) = &self.initial;
                self.recipe != *recipe || self.edits != *edits || self.mask != *mask
            }
        }
    }

    /// Whether marks or an area were painted, and the result is not on disk.
    pub fn has_unsaved_painting(&self) -> bool {
        self.has_unsaved_edits() && (!self.edits.is_empty() || !self.mask.painting.is_empty())
    }

    /// Whether it is being restored into a file.
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// Whether it could not be opened or restored.
    pub fn has_failed(&self) -> bool {
        matches!(self.state, State::Failed(_))
    }

    /// Whether its result is on disk.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done(_))
    }

    /// Its file on disk, which may hold an older result.
    pub fn saved(&self) -> Option<&Saved> {
        match &self.state {
            State::Done(saved) => Some(saved),
            State::Restored { saved } => saved.as_ref(),
            _ => None,
        }
    }

    /// Its settings are those it was added with.
    pub(super) fn added(&mut self) {
        self.initial = (self.recipe, self.edits.clone(), self.mask.clone());
    }

    /// Starts it, and clears the notes of earlier runs.
    pub(super) fn begin(&mut self) {
        self.state = State::Running(Progress::default());
        self.notes.clear();
    }

    /// Updates its progress while it runs.
    pub(super) fn advance(&mut self, stage: Stage, done: usize, total: usize, now: Instant) {
        if let State::Running(progress) = &mut self.state {
            progress.advance(stage, done, total, now);
        }
    }

    /// Requeues it.
    pub(super) fn requeue(&mut self) {
        self.state = State::Waiting;
        self.notes.clear();
    }

    /// Compares the result on screen, made as `shown`, with the one on disk.
    pub(super) fn compare(&mut self, shown: Recipe) {
        self.compare_as(|saved| saved.made_with, shown);
    }

    /// Compares the settings with those of the result on disk, if these are known.
    pub(super) fn compare_settings(&mut self) {
        if self.saved().is_some_and(|saved| saved.settings.is_some()) {
            self.compare_as(|saved| saved.settings, self.recipe);
        }
    }

    fn compare_as(&mut self, made: impl Fn(&Saved) -> Option<Recipe>, recipe: Recipe) {
        let (edits, mask) = (self.edits.effective(recipe.repair), self.mask.effective());
        let is_on_disk =
            self.saved().is_some_and(|saved| made(saved) == Some(recipe) && saved.edits == edits && saved.mask == mask);
        self.state = match std::mem::take(&mut self.state) {
            State::Done(saved) if !is_on_disk => State::Restored { saved: Some(saved) },
            State::Restored { saved: Some(saved) } if is_on_disk => State::Done(saved),
            state => state,
        };
    }
}
