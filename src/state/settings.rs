//! The user's settings, stored between sessions.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{command::Appearance, compare::Compare, naming::Naming, panels::Panels, presets::Preset};
use crate::{
    engine::DeviceChoice,
    restore::{Compression, Noise, Recipe},
};

/// Size and position of the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WindowPlacement {
    /// Width and height of its contents, in points of the screen. Of a maximised window, those before.
    pub size: [f32; 2],
    /// Its upper left corner, in points of the screen. None if unknown (Wayland).
    pub position: Option<[f32; 2]>,
    /// Whether it was maximised.
    pub maximised: bool,
}

/// The user's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Recipe of the selected photo, and the default for new ones.
    pub recipe: Recipe,
    /// Selected device.
    pub device: DeviceChoice,
    /// Theme.
    pub appearance: Appearance,
    /// Comparison of before and after.
    pub compare: Compare,
    /// Position of the divider as a share of the width, 0–1.
    pub divider: f32,
    /// Amplification of the difference.
    pub difference_gain: u8,
    /// The panels beside the photo.
    pub panels: Panels,
    /// Zoom factor of the user interface.
    pub zoom: f32,
    /// Placement of the window when it was closed.
    pub window: Option<WindowPlacement>,
    /// Recent photos, latest first.
    pub recent: Vec<PathBuf>,
    /// Output settings.
    pub output: Naming,
    /// Folder of the photo opened last.
    pub open_folder: Option<PathBuf>,
    /// Folder chosen last in the save dialog.
    pub save_folder: Option<PathBuf>,
    /// The user's presets.
    pub presets: Vec<Preset>,
    /// Name of the preset chosen last.
    pub preset: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            recipe: Recipe::default(),
            device: DeviceChoice::default(),
            appearance: Appearance::default(),
            compare: Compare::default(),
            divider: 0.5,
            difference_gain: Self::DIFFERENCE_GAIN,
            panels: Panels::default(),
            zoom: 1.0,
            window: None,
            recent: Vec::new(),
            output: Naming::default(),
            open_folder: None,
            save_folder: None,
            presets: Vec::new(),
            preset: Preset::built_in().first().map(|preset| preset.name.clone()),
        }
    }
}

impl Settings {
    /// Name of the file, without extension.
    pub const NAME: &str = "settings";
    /// Maximum number of recent photos.
    pub const MAX_RECENT: usize = 10;
    /// Amplification of the difference at first.
    pub const DIFFERENCE_GAIN: u8 = 8;
    /// Range of `difference_gain`.
    pub const DIFFERENCE_GAINS: RangeInclusive<u8> = 1..=32;
    /// Range of `zoom`.
    const ZOOM: [f32; 2] = [0.5, 3.0];

    /// Limits all values to their ranges: the file may have been edited, or written by another version.
    pub fn clamped(mut self) -> Self {
        if let Noise::Sigma(sigma) = &mut self.recipe.noise {
            *sigma = sigma.clamp(0.0, Noise::MAX_SIGMA);
        }
        if let Compression::Quality(quality) = &mut self.recipe.compression {
            *quality = (*quality).clamp(1, 100);
        }
        self.recipe.scale = self.recipe.scale.clamped();
        self.divider = self.divider.clamp(0.0, 1.0);
        let (least, most) = Self::DIFFERENCE_GAINS.into_inner();
        self.difference_gain = self.difference_gain.clamp(least, most);
        self.panels = self.panels.clamped();
        self.zoom = self.zoom.clamp(Self::ZOOM[0], Self::ZOOM[1]);
        self.recent.truncate(Self::MAX_RECENT);
        self
    }

    /// Puts a photo at the top of the recent ones.
    pub fn add_recent(&mut self, path: &Path) {
        // JSON can't store a path that isn't valid Unicode.
        if path.to_str().is_none() {
            return;
        }
        self.remove_recent(path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(Self::MAX_RECENT);
        self.open_folder = path.parent().map(Path::to_owned);
    }

    /// Remembers the folder of `path` for the next save dialog.
    pub fn set_save_folder(&mut self, path: &Path) {
        if let Some(folder) = path.parent().filter(|folder| folder.to_str().is_some()) {
            self.save_folder = Some(folder.to_owned());
        }
    }

    /// Removes a photo from the recent ones. Returns whether it was one.
    pub fn remove_recent(&mut self, path: &Path) -> bool {
        let before = self.recent.len();
        self.recent.retain(|recent| recent != path);
        self.recent.len() < before
    }

    /// Adds a preset, or replaces the one of this name, and selects it.
    pub fn add_preset(&mut self, name: &str, recipe: Recipe) {
        let name = name.trim();
        if name.is_empty() {
            return;
        }
        self.preset = Some(name.to_owned());
        let preset = Preset { name: name.to_owned(), recipe };
        match self.presets.iter_mut().find(|own| own.name == name) {
            Some(own) => *own = preset,
            None => self.presets.push(preset),
        }
    }

    /// Without private data: photos, folders, and names of presets.
    pub fn without_names(&self) -> Self {
        Self {
            recent: Vec::new(),
            output: Naming::default(),
            open_folder: None,
            save_folder: None,
            presets: Vec::new(),
            preset: None,
            ..self.clone()
        }
    }

    /// The defaults, but with the window's placement, recent photos, folders and presets of these settings.
    pub fn reset(&self) -> Self {
        let Self { window, recent, open_folder, save_folder, presets, .. } = self.clone();
        Self { window, recent, open_folder, save_folder, presets, ..Self::default() }
    }
}

#[cfg(test)]
impl Settings {
    /// Settings that all differ from the default.
    pub fn example() -> Self {
        let mut settings = Self {
            recipe: Recipe { noise: Noise::Sigma(25.0), scale: crate::restore::Scale::X2, ..Recipe::default() },
            device: DeviceChoice::Named("Painted GPU".into()),
            appearance: Appearance::Light,
            divider: 0.25,
            difference_gain: 16,
            panels: Panels { navigator: false, ..Panels::default() },
            zoom: 1.5,
            output: Naming { folder: Some("/results".into()), ..Naming::default() },
            window: Some(WindowPlacement { size: [900.0, 700.0], position: Some([-5.0, 10.0]), maximised: true }),
            ..Settings::default()
        };
        settings.add_recent(Path::new("/photos/ä owl.png"));
        settings.set_save_folder(Path::new("/results/owl.png"));
        settings.add_preset(" Grandma ", settings.recipe);
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_photos_are_the_latest_ten_each_once() {
        let mut settings = Settings::default();
        for name in (0..12).chain([5]) {
            settings.add_recent(Path::new(&format!("/photos/{name}.png")));
        }
        let names: Vec<_> = settings.recent.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["5", "11", "10", "9", "8", "7", "6", "4", "3", "2"]);
        assert_eq!(settings.open_folder.as_deref(), Some(Path::new("/photos")));
        assert!(
            settings.remove_recent(Path::new("/photos/9.png")) && !settings.remove_recent(Path::new("/photos/9.png"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn paths_that_are_not_unicode_do_not_prevent_storing() {
        use std::os::unix::ffi::OsStrExt;
        let mut settings = Settings::example();
        settings.add_recent(Path::new(std::ffi::OsStr::from_bytes(b"/photos/\xff.png")));
        settings.set_save_folder(Path::new(std::ffi::OsStr::from_bytes(b"/\xff/owl.png")));
        assert!(serde_json::to_string(&settings).is_ok());
    }

    #[test]
    fn a_reset_keeps_recent_photos_presets_and_placement() {
        let (before, after) = (Settings::example(), Settings::example().reset());
        assert_eq!((after.recipe, &after.device, after.zoom), (Recipe::default(), &DeviceChoice::Auto, 1.0));
        assert_eq!((after.recent, after.presets, after.window), (before.recent, before.presets, before.window));
    }

    #[test]
    fn a_preset_of_the_same_name_is_replaced() {
        let mut settings = Settings::example();
        settings.add_preset("Grandma", Recipe::default());
        settings.add_preset("  ", Recipe::default());
        assert_eq!(settings.presets, [Preset { name: "Grandma".into(), recipe: Recipe::default() }]);
    }
}
