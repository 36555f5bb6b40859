//! What is remembered from one run to the next.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{command::Appearance, compare::Compare, presets::Preset};
use crate::{
    engine::DeviceChoice,
    restore::{Compression, Noise, Recipe},
};

/// Where the window was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Width and height of what is inside its frame, in points of the screen; when it is maximised, before that.
    pub size: [f32; 2],
    /// Its upper left corner, in points; none where the system does not tell (Wayland).
    pub position: Option<[f32; 2]>,
    /// Whether it filled the screen.
    pub maximised: bool,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What to do to a photo.
    pub recipe: Recipe,
    /// Where to do it.
    pub device: DeviceChoice,
    /// Dark or light.
    pub appearance: Appearance,
    /// How before and after are compared.
    pub compare: Compare,
    /// Where the divider between before and after stands, as a share of the width.
    pub divider: f32,
    /// How much larger than usual everything in the window is.
    pub zoom: f32,
    /// Where the window was.
    pub window: Option<Place>,
    /// The photos opened last, the latest first.
    pub recent: Vec<PathBuf>,
    /// The folder of the photo that was opened last.
    pub open_folder: Option<PathBuf>,
    /// The folder a person chose last to save in.
    pub save_folder: Option<PathBuf>,
    /// A person's own presets.
    pub presets: Vec<Preset>,
    /// The name of the preset chosen last.
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
            zoom: 1.0,
            window: None,
            recent: Vec::new(),
            open_folder: None,
            save_folder: None,
            presets: Vec::new(),
            preset: Preset::built_in().first().map(|preset| preset.name.clone()),
        }
    }
}

impl Settings {
    /// The name they are stored under.
    pub const NAME: &str = "settings";
    /// How many photos are remembered.
    pub const MOST_RECENT: usize = 10;
    /// The least and the most that everything can be enlarged.
    const ZOOM: [f32; 2] = [0.5, 3.0];

    /// Brings what a hand or another version wrote into the ranges of this one.
    pub fn within_reason(mut self) -> Self {
        if let Noise::Sigma(sigma) = &mut self.recipe.noise {
            *sigma = sigma.clamp(0.0, Noise::MAX_SIGMA);
        }
        if let Compression::Quality(quality) = &mut self.recipe.compression {
            *quality = (*quality).clamp(1, 100);
        }
        self.divider = self.divider.clamp(0.0, 1.0);
        self.zoom = self.zoom.clamp(Self::ZOOM[0], Self::ZOOM[1]);
        self.recent.truncate(Self::MOST_RECENT);
        self
    }

    /// This photo was opened just now.
    pub fn opened(&mut self, path: &Path) {
        // JSON is text: a path that is none can't be written down.
        if path.to_str().is_none() {
            return;
        }
        self.forget(path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(Self::MOST_RECENT);
        self.open_folder = path.parent().map(Path::to_owned);
    }

    /// A result was saved in the folder of this path, chosen by the person.
    pub fn saved(&mut self, path: &Path) {
        if let Some(folder) = path.parent().filter(|folder| folder.to_str().is_some()) {
            self.save_folder = Some(folder.to_owned());
        }
    }

    /// Takes a photo off the list; whether it was on it.
    pub fn forget(&mut self, path: &Path) -> bool {
        let before = self.recent.len();
        self.recent.retain(|recent| recent != path);
        self.recent.len() < before
    }

    /// Keeps a recipe under a name, and that is the preset chosen last; one of that name is replaced.
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

    /// What may be shown to others: neither photos nor folders nor a person's own words.
    pub fn without_names(&self) -> Self {
        Self {
            recent: Vec::new(),
            open_folder: None,
            save_folder: None,
            presets: Vec::new(),
            preset: None,
            ..self.clone()
        }
    }

    /// Every choice as in the beginning. What is no choice stays: the window's place, the photos and folders, and
    /// a person's own presets.
    pub fn reset(&self) -> Self {
        let Self { window, recent, open_folder, save_folder, presets, .. } = self.clone();
        Self { window, recent, open_folder, save_folder, presets, ..Self::default() }
    }
}

#[cfg(test)]
impl Settings {
    /// Settings of which each differs from the default.
    pub fn example() -> Self {
        let mut settings = Self {
            recipe: Recipe { noise: Noise::Sigma(25.0), scale: crate::restore::Scale::X2, ..Recipe::default() },
            device: DeviceChoice::Named("Painted GPU".into()),
            appearance: Appearance::Light,
            divider: 0.25,
            zoom: 1.5,
            window: Some(Place { size: [900.0, 700.0], position: Some([-5.0, 10.0]), maximised: true }),
            ..Settings::default()
        };
        settings.opened(Path::new("/photos/ä owl.png"));
        settings.saved(Path::new("/results/owl.png"));
        settings.add_preset(" Grandma ", settings.recipe);
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_ten_photos_each_once() {
        let mut settings = Settings::default();
        for name in (0..12).chain([5]) {
            settings.opened(Path::new(&format!("/photos/{name}.png")));
        }
        let names: Vec<_> = settings.recent.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["5", "11", "10", "9", "8", "7", "6", "4", "3", "2"]);
        assert_eq!(settings.open_folder.as_deref(), Some(Path::new("/photos")));
        assert!(settings.forget(Path::new("/photos/9.png")) && !settings.forget(Path::new("/photos/9.png")));
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_does_not_keep_the_rest_from_being_stored() {
        use std::os::unix::ffi::OsStrExt;
        let mut settings = Settings::example();
        settings.opened(Path::new(std::ffi::OsStr::from_bytes(b"/photos/\xff.png")));
        settings.saved(Path::new(std::ffi::OsStr::from_bytes(b"/\xff/owl.png")));
        assert!(serde_json::to_string(&settings).is_ok());
    }

    #[test]
    fn a_reset_takes_the_choices_back_and_nothing_else() {
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
