//! User commands: returned by `ui`, executed by `window`.

use std::{path::PathBuf, sync::Arc};

use egui::ColorImage;
use serde::{Deserialize, Serialize};

use super::{
    naming::Naming, panels::Panels, presets::Preset, preview_grid::Compared, queue::ItemId, searching::Subfolders,
};
use crate::{
    engine::DeviceChoice,
    pixels::{Rect, Size},
    restore::{Mask, Recipe},
};

/// A user command.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Show the dialog for photos to open.
    ChoosePhoto,
    /// Open files and folders, and show the first photo.
    Open(Vec<PathBuf>),
    /// Set the recipe of the selected photo and the default for newly added ones.
    SetRecipe(Recipe),
    /// Set where the recipe of the selected photo applies.
    SetMask(Mask),
    /// Select a device.
    SetDevice(DeviceChoice),
    /// Measure the devices without a known speed.
    MeasureDevices,
    /// Restore the photo on screen.
    Restore,
    /// Stop the run, the job of the photo on screen, or the search, whichever is active.
    Cancel,
    /// Stop the search for photos.
    StopSearch,
    /// Show the save dialog.
    SaveAs,
    /// Dismiss a notice.
    Dismiss(u64),
    /// The user is reading the notices: they don't expire now.
    KeepNotices,
    /// Set the theme.
    SetAppearance(Appearance),
    /// Show, hide or resize the panels.
    SetPanels(Panels),
    /// Fill the screen with the window, or not.
    SetFullScreen(bool),
    /// Set the visible part of the result, in px of the result.
    SetView {
        /// The part.
        rect: Rect,
        /// Size of the result, in px.
        of: Size,
    },
    /// Show the dialog for folders to add.
    AddFolders,
    /// Show a photo of the queue.
    Select(ItemId),
    /// Show the photo above or below.
    SelectNeighbour {
        /// Below.
        down: bool,
    },
    /// Remove photos from the queue.
    Remove(Vec<ItemId>),
    /// Remove finished photos.
    RemoveDone,
    /// Remove all photos.
    RemoveAll,
    /// Move a photo to a position, counted without it.
    Move(ItemId, usize),
    /// Apply the recipe of the selected photo to all.
    ApplyToAll,
    /// Copy the settings of a photo.
    CopySettings(ItemId),
    /// Set the settings of photos to the copied ones.
    PasteSettings(Vec<ItemId>),
    /// Show a file in the file manager.
    ShowFile(PathBuf),
    /// Apply the mask of the selected photo to all of the same size.
    ApplyMaskToAll,
    /// Requeue a photo.
    Retry(ItemId),
    /// Requeue all failed and stopped photos.
    RetryFailed,
    /// Restore all waiting and stopped photos into files.
    RestoreAll,
    /// Pause the run.
    Pause,
    /// Resume a paused run.
    Resume,
    /// Stop the active photo of the run, which continues.
    StopActive,
    /// Set folder, names and format of the results.
    SetNaming(Naming),
    /// Show the dialog for the output folder.
    ChooseOutputFolder,
    /// Whether added folders include their subfolders.
    SetSubfolders(Subfolders),
    /// Open the preview grid.
    ShowPreviews(Compared),
    /// Request the previews, of at most this size.
    FillPreviews(Size),
    /// Apply the recipe of a preview.
    ChoosePreview(usize),
    /// Close the preview grid.
    ClosePreviews,
    /// Close the window, after a confirmation if something is at stake.
    Close,
    /// Keep the window open.
    CancelClose,
    /// Close the window without saving.
    CloseAnyway,
    /// Save the result, then close the window.
    SaveAndClose,
    /// Save the result next to the photo under an unused name; of several photos, under its output name.
    Save,
    /// Perform the action a notice offers.
    AcceptOffer(u64),
    /// Undo the last change of recipes or the queue.
    Undo,
    /// Redo the change undone last.
    Redo,
    /// Copy the result, or the photo if there is none.
    CopyPicture,
    /// Open the paths in a text.
    PasteText(String),
    /// Open a picture from the clipboard.
    PastePicture(Arc<ColorImage>),
    /// Apply a preset.
    ApplyPreset(Preset),
    /// Save the current recipe as a preset.
    SavePreset(String),
    /// Delete a preset.
    DeletePreset(String),
    /// Clear the list of recent photos.
    ClearRecent,
    /// Reset all settings to their defaults.
    ResetSettings,
    /// Copy the information a bug report needs.
    CopyDiagnostics,
}

/// Theme of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Appearance {
    /// Same as the system.
    #[default]
    System,
    /// Always dark.
    Dark,
    /// Always light.
    Light,
}

impl Appearance {
    /// All, in the order of the menu.
    pub const ALL: [Appearance; 3] = [Appearance::System, Appearance::Dark, Appearance::Light];
}
