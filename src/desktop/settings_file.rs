//! The settings file.

use std::{fs, io, time::Duration};

use super::store::{Store, StoreWriter};
use crate::state::{Notice, Settings, WindowPlacement};

/// The stored placement of the window, if it can be read.
pub fn window_placement(store: &Store) -> Option<WindowPlacement> {
    let text = fs::read(store.folder().join(format!("{}.json", Settings::NAME))).ok()?;
    let settings: serde_json::Value = serde_json::from_slice(&text).ok()?;
    serde_json::from_value(settings.get("window")?.clone()).ok()
}

/// The settings and their file.
pub struct SettingsFile {
    /// The settings. Changes are stored by [`SettingsFile::store_changes`].
    pub settings: Settings,
    stored: Settings,
    writer: Option<StoreWriter<Settings>>,
}

impl SettingsFile {
    /// Longer than the pauses in a drag.
    const DEBOUNCE: Duration = Duration::from_secs(1);

    /// Loads the settings, with a notice about what could not be read. Without a store, the defaults.
    pub fn load(store: Option<&Store>) -> (Self, Option<Notice>) {
        let (settings, unread) =
            store.map_or_else(Default::default, |store| store.load_valid_parts::<Settings>(Settings::NAME));
        let settings = settings.clamped();
        let writer = store.map(|store| StoreWriter::new(store.clone(), Settings::NAME, Self::DEBOUNCE));
        let (writer, error) = match writer {
            Some(Ok(writer)) => (Some(writer), None),
            Some(Err(error)) => (None, Some(Self::not_stored(&error))),
            None => (None, None),
        };
        (Self { stored: settings.clone(), settings, writer }, unread.or(error))
    }

    /// Stores the settings soon if they have changed. Returns a notice if an earlier change could not be stored.
    pub fn store_changes(&mut self) -> Option<Notice> {
        let writer = self.writer.as_ref()?;
        if self.settings != self.stored {
            self.stored = self.settings.clone();
            writer.write(self.stored.clone());
        }
        let error = writer.error()?;
        // Reported once, since the next change would fail too.
        self.writer = None;
        Some(Self::not_stored(&error))
    }

    fn not_stored(error: &io::Error) -> Notice {
        Notice::problem(format!("The settings can't be stored ({error}). They will be lost when the window closes."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        restore::{AutoAmount, Noise, Recipe, Scale, Strength},
        state::Preset,
    };

    #[test]
    fn stored_settings_are_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let (mut file, notice) = SettingsFile::load(Some(&store));
        assert_eq!((&file.settings, notice), (&Settings::default(), None));
        file.settings = Settings::example();
        assert_eq!(file.store_changes(), None);
        drop(file);
        assert_eq!(SettingsFile::load(Some(&store)).0.settings, Settings::example());
    }

    #[test]
    fn without_a_store_nothing_is_stored_or_reported() {
        let (mut file, notice) = SettingsFile::load(None);
        file.settings = Settings::example();
        assert_eq!((notice, file.store_changes()), (None, None));
    }

    #[test]
    fn invalid_values_are_replaced_by_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let written = r#"{
            "recipe": {"noise": {"Sigma": 900.0}, "scale": "X2", "strength": {"overall": 1.0}, "best": false},
            "device": {"Quantum": 3}, "appearance": "Purple", "divider": -4, "zoom": 1000, "window": "big", "sound": 1,
            "recent": ["/a.png", 7, "/b.png"]
        }"#;
        std::fs::write(folder.path().join("settings.json"), written).unwrap();
        let (file, notice) = SettingsFile::load(Some(&store));
        let recipe = Recipe { noise: Noise::Sigma(75.0), scale: Scale::X2, ..Recipe::default() };
        let recent = vec!["/a.png".into(), "/b.png".into()];
        assert_eq!(file.settings, Settings { recipe, recent, divider: 0.0, zoom: 3.0, ..Settings::default() });
        let text = notice.unwrap().text;
        for name in ["settings.json", "appearance", "device", "recent[1]", "window", "settings.broken.json"] {
            assert!(text.contains(name), "{name}: {text}");
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("settings.broken.json")).unwrap(), written);
    }

    /// An invalid value of a recipe does not affect the others (issue 16).
    #[test]
    fn an_invalid_value_is_reset_alone_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let expected = Recipe { scale: Scale::X3, best: true, strength: Strength::of(0.5), ..Recipe::default() };
        for (noise, strength) in [(r#"{"Auto": 900}"#, "0.5"), (r#"{"Auto": "much"}"#, "0.5"), ("25", "0.5")] {
            let strength = format!(r#"{{"overall": {strength}, "luminance": 1.0, "colour": 1.0}}"#);
            let recipe = format!(r#"{{"noise": {noise}, "scale": "X3", "strength": {strength}, "best": true}}"#);
            std::fs::write(folder.path().join("settings.json"), format!(r#"{{"recipe": {recipe}, "zoom": 2}}"#))
                .unwrap();
            let (file, notice) = SettingsFile::load(Some(&store));
            assert_eq!(file.settings, Settings { recipe: expected, zoom: 2.0, ..Settings::default() }, "{noise}");
            let text = notice.unwrap().text;
            assert!(text.contains("recipe.noise") && !text.contains("scale"), "{text}");
        }
        std::fs::write(folder.path().join("settings.json"), "[1, 2]").unwrap();
        let (file, notice) = SettingsFile::load(Some(&store));
        assert_eq!(file.settings, Settings::default());
        assert!(notice.unwrap().text.contains("can't be understood"));
    }

    #[test]
    fn auto_of_older_versions_is_100_percent() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let strength = r#"{"overall": 0.5, "luminance": 1.0, "colour": 1.0}"#;
        let recipe = format!(r#"{{"noise": "Auto", "scale": "X3", "strength": {strength}, "best": true}}"#);
        let preset = format!(r#"{{"name": "Grandma", "recipe": {recipe}}}"#);
        let written = format!(r#"{{"recipe": {recipe}, "divider": 0.25, "presets": [{preset}]}}"#);
        std::fs::write(folder.path().join("settings.json"), written).unwrap();
        let (file, notice) = SettingsFile::load(Some(&store));
        let Settings { recipe, presets, divider, .. } = file.settings;
        assert_eq!((notice, divider), (None, 0.25));
        assert_eq!((recipe.noise, recipe.scale, recipe.best), (Noise::AUTO, Scale::X3, true));
        assert_eq!(recipe.strength.overall, 0.5);
        assert_eq!(presets, [Preset { name: "Grandma".into(), recipe }]);
    }

    #[test]
    fn an_amount_of_auto_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let recipe = Recipe { noise: Noise::Auto(AutoAmount::of(150)), ..Recipe::default() };
        let mut settings = Settings { recipe, ..Settings::default() };
        settings.add_preset("Grandma", recipe);
        store.save(Settings::NAME, &settings).unwrap();
        assert_eq!(SettingsFile::load(Some(&store)).0.settings, settings);
    }
}
