//! The state that a frame shows.

use crate::{
    engine::{DeviceChoice, DeviceInfo},
    restore::{Mask, Recipe},
    state::{
        Batch, Closing, ForecastState, NoticeBoard, OutputNames, PreviewGrid, Queue, Searching, Session, Settings,
        Speeds, Subfolders,
    },
};

/// Everything a frame shows.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The photo on screen.
    pub session: &'a Session,
    /// The result on screen.
    pub result: ResultState,
    /// Forecast of the next restoration.
    pub forecast: &'a ForecastState,
    /// Recipe of the next restoration.
    pub recipe: Recipe,
    /// Where that applies.
    pub mask: &'a Mask,
    /// The preview grid, while it is open.
    pub previews: Option<&'a PreviewGrid>,
    /// The photos and their states.
    pub queue: &'a Queue,
    /// The run over the queue.
    pub batch: &'a Batch,
    /// Output options, and the file name of each result.
    pub names: &'a OutputNames,
    /// The running search for photos, once it takes long.
    pub search: Option<&'a Searching>,
    /// Whether added folders include their subfolders.
    pub subfolders: Subfolders,
    /// State of the close dialog.
    pub closing: Closing,
    /// The device and its alternatives.
    pub devices: DeviceState<'a>,
    /// The notices on screen.
    pub notices: &'a NoticeBoard,
    /// The stored settings.
    pub settings: &'a Settings,
    /// What can be undone, redone and pasted.
    pub edits: PossibleEdits,
    /// Whether files can be dropped on the window.
    pub drops: bool,
}

/// How the result on screen compares with the settings and with the disk.
#[derive(Clone, Copy)]
pub struct ResultState {
    /// Whether what is in view is not what the settings say.
    pub is_outdated: bool,
    /// Whether it is computed only when asked for.
    pub can_compute: bool,
    /// Whether a result is being saved, or is to be once it is complete.
    pub is_saving: bool,
    /// Whether this one is saved as the output settings say.
    pub is_saved: bool,
}

/// The device and its alternatives.
#[derive(Clone, Copy)]
pub struct DeviceState<'a> {
    /// The selected device.
    pub choice: &'a DeviceChoice,
    /// Available devices; `None` while searching.
    pub available: Option<&'a [DeviceInfo]>,
    /// Their measured speeds.
    pub speeds: &'a Speeds,
}

/// Edits that are possible now.
#[derive(Clone, Copy)]
pub struct PossibleEdits {
    /// A step can be undone.
    pub undo: bool,
    /// An undone step can be redone.
    pub redo: bool,
    /// Copied settings can be pasted.
    pub paste: bool,
}
