//! What a person wishes: returned by `ui`, carried out by the window.

use std::{path::PathBuf, sync::Arc};

use egui::ColorImage;
use serde::{Deserialize, Serialize};

use super::{
    naming::Naming,
    presets::Preset,
    preview_grid::Compared,
    queue::{ItemId, Subfolders},
};
use crate::{
    engine::DeviceChoice,
    pixels::{Rect, Size},
    restore::Recipe,
};

/// A person's wish.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask which photo to open.
    ChoosePhoto,
    /// Open these (the first of them).
    Open(Vec<PathBuf>),
    /// Work with these choices from now on.
    SetRecipe(Recipe),
    /// Work on this device from now on.
    SetDevice(DeviceChoice),
    /// Measure the devices that were not measured yet.
    MeasureDevices,
    /// Restore the photo that is open.
    Restore,
    /// Stop the job under way.
    Cancel,
    /// Stop looking for photos.
    StopSearch,
    /// Ask where to save the result.
    ChooseTarget,
    /// Take the notice of this number away.
    Dismiss(u64),
    /// Dark, light, or as the system.
    SetAppearance(Appearance),
    /// This part of the result (in its px) is on screen now.
    Look(Rect),
    /// Ask for folders of photos to add.
    AddFolders,
    /// Look at this photo of the queue.
    Select(ItemId),
    /// Look at the photo above or below.
    Step { down: bool },
    /// Take this photo out of the queue.
    Remove(ItemId),
    /// Remove finished photos.
    RemoveDone,
    /// Remove all.
    RemoveAll,
    /// Put this photo at that place, counted without it.
    Move(ItemId, usize),
    /// Do to all photos what is done to this one.
    ApplyToAll,
    /// Let this photo wait again.
    Retry(ItemId),
    /// Let all wait again that failed or were stopped.
    RetryFailed,
    /// Restore all that waits, into files.
    RestoreAll,
    /// Let the photo under way wait, and the others with it.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Stop the photo under way; the others go on.
    StopOne,
    /// Where the results of many photos go.
    SetNaming(Naming),
    /// Ask for the folder they go to.
    ChooseFolder,
    /// Whether the folders in a folder count.
    SetSubfolders(Subfolders),
    /// Show the choices next to each other.
    ShowPreviews(Compared),
    /// There is room for pictures of so many px.
    FillPreviews(Size),
    /// Take the choice of this number.
    ChoosePreview(usize),
    /// Show the photo again.
    ClosePreviews,
    /// Close the window.
    Close,
    /// Don't close it after all.
    Stay,
    /// Close it, whatever is under way.
    Leave,
    /// Save the result, and close it then.
    SaveAndLeave,
    /// Save the result beside the photo, under a name that is free.
    Save,
    /// Do what the notice of this number offers.
    Accept(u64),
    /// One step back in what was chosen.
    Undo,
    /// One step forth again.
    Redo,
    /// Copy the result, or the photo when there is none.
    CopyPicture,
    /// Open what this text is the path of.
    Paste(String),
    /// Open this picture.
    PastePicture(Arc<ColorImage>),
    /// Work with this preset from now on.
    ApplyPreset(Preset),
    /// Keep what is chosen under this name.
    SavePreset(String),
    /// Forget the preset of this name.
    DeletePreset(String),
    /// Forget which photos were opened.
    ForgetRecent,
    /// Choose everything as in the beginning.
    ResetSettings,
    /// Copy what a report of a problem needs.
    CopyDiagnostics,
}

/// Dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Appearance {
    /// As the system is set.
    #[default]
    System,
    /// Always dark.
    Dark,
    /// Always light.
    Light,
}

impl Appearance {
    /// All of them, in the order a person is offered them.
    /// Every appearance, in the order they are offered.
    pub const ALL: [Appearance; 3] = [Appearance::System, Appearance::Dark, Appearance::Light];
}
