//! What a person wishes: returned by `ui`, carried out by the window.

use std::path::PathBuf;

use crate::{engine::DeviceChoice, pixels::Rect, restore::Recipe};

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
    /// Restore the photo that is open.
    Restore,
    /// Stop the job under way.
    Cancel,
    /// Ask where to save the result.
    ChooseTarget,
    /// Take the notice of this number away.
    Dismiss(u64),
    /// Dark, light, or as the system.
    SetAppearance(Appearance),
    /// This part of the result (in its px) is on screen now.
    Look(Rect),
    /// Close the window.
    Close,
}

/// Dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    pub const ALL: [Appearance; 3] = [Appearance::System, Appearance::Dark, Appearance::Light];
}
