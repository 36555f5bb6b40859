//! The settings in their file.

use std::{fs, io, time::Duration};

use super::store::{Keeper, Store};
use crate::state::{Notice, Place, Settings};

/// Where the window was, as far as that can be read.
pub fn window_in(store: &Store) -> Option<Place> {
    let text = fs::read(store.folder().join(format!("{}.json", Settings::NAME))).ok()?;
    let settings: serde_json::Value = serde_json::from_slice(&text).ok()?;
    serde_json::from_value(settings.get("window")?.clone()).ok()
}

/// The settings, and how they are stored.
pub struct Memory {
    /// What is remembered. Changes are stored by [`Memory::keep`].
    pub settings: Settings,
    kept: Settings,
    keeper: Option<Keeper<Settings>>,
}

impl Memory {
    /// Longer than the pauses in a drag, shorter than a person takes to pull the plug.
    const PAUSE: Duration = Duration::from_secs(1);

    /// What is in the store, if there is one, and what to say about it.
    pub fn recall(store: Option<&Store>) -> (Self, Option<Notice>) {
        let (settings, said) =
            store.map_or_else(Default::default, |store| store.load_what_fits::<Settings>(Settings::NAME));
        let settings = settings.within_reason();
        let keeper = store.map(|store| Keeper::new(store.clone(), Settings::NAME, Self::PAUSE));
        let (keeper, trouble) = match keeper {
            Some(Ok(keeper)) => (Some(keeper), None),
            Some(Err(error)) => (None, Some(Self::lost(&error))),
            None => (None, None),
        };
        (Self { kept: settings.clone(), settings, keeper }, said.or(trouble))
    }

    /// Has them stored soon, when they have changed; what to say when that did not work before.
    pub fn keep(&mut self) -> Option<Notice> {
        let keeper = self.keeper.as_ref()?;
        if self.settings != self.kept {
            self.kept = self.settings.clone();
            keeper.keep(self.kept.clone());
        }
        let trouble = keeper.trouble()?;
        // Said once: the next change would meet the same.
        self.keeper = None;
        Some(Self::lost(&trouble))
    }

    fn lost(error: &io::Error) -> Notice {
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
    fn what_was_kept_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let (mut memory, said) = Memory::recall(Some(&store));
        assert_eq!((&memory.settings, said), (&Settings::default(), None));
        memory.settings = Settings::example();
        assert_eq!(memory.keep(), None);
        drop(memory);
        assert_eq!(Memory::recall(Some(&store)).0.settings, Settings::example());
    }

    #[test]
    fn without_a_store_nothing_is_kept_and_nothing_is_said() {
        let (mut memory, said) = Memory::recall(None);
        memory.settings = Settings::example();
        assert_eq!((said, memory.keep()), (None, None));
    }

    #[test]
    fn what_another_version_or_a_hand_wrote_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let written = r#"{
            "recipe": {"noise": {"Sigma": 900.0}, "scale": "X2", "strength": {"overall": 1.0}, "best": false},
            "device": {"Quantum": 3}, "appearance": "Purple", "divider": -4, "zoom": 1000, "window": "big", "sound": 1,
            "recent": ["/a.png", 7, "/b.png"]
        }"#;
        std::fs::write(folder.path().join("settings.json"), written).unwrap();
        let (memory, said) = Memory::recall(Some(&store));
        let recipe = Recipe { noise: Noise::Sigma(75.0), scale: Scale::X2, ..Recipe::default() };
        let recent = vec!["/a.png".into(), "/b.png".into()];
        assert_eq!(memory.settings, Settings { recipe, recent, divider: 0.0, zoom: 3.0, ..Settings::default() });
        let said = said.unwrap().text;
        for name in ["settings.json", "appearance", "device", "recent[1]", "window", "settings.broken.json"] {
            assert!(said.contains(name), "{name}: {said}");
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("settings.broken.json")).unwrap(), written);
    }

    /// One bad value of a recipe takes none of its neighbours with it (issue 16).
    #[test]
    fn a_bad_value_is_reset_alone_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let expected = Recipe { scale: Scale::X3, best: true, strength: Strength::of(0.5), ..Recipe::default() };
        for (noise, strength) in [(r#"{"Auto": 900}"#, "0.5"), (r#"{"Auto": "much"}"#, "0.5"), ("25", "0.5")] {
            let strength = format!(r#"{{"overall": {strength}, "luminance": 1.0, "colour": 1.0}}"#);
            let recipe = format!(r#"{{"noise": {noise}, "scale": "X3", "strength": {strength}, "best": true}}"#);
            std::fs::write(folder.path().join("settings.json"), format!(r#"{{"recipe": {recipe}, "zoom": 2}}"#))
                .unwrap();
            let (memory, said) = Memory::recall(Some(&store));
            assert_eq!(memory.settings, Settings { recipe: expected, zoom: 2.0, ..Settings::default() }, "{noise}");
            let said = said.unwrap().text;
            assert!(said.contains("recipe.noise") && !said.contains("scale"), "{said}");
        }
        std::fs::write(folder.path().join("settings.json"), "[1, 2]").unwrap();
        let (memory, said) = Memory::recall(Some(&store));
        assert_eq!(memory.settings, Settings::default());
        assert!(said.unwrap().text.contains("can't be understood"));
    }

    #[test]
    fn auto_as_older_versions_wrote_it_is_all_of_the_noise() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let strength = r#"{"overall": 0.5, "luminance": 1.0, "colour": 1.0}"#;
        let recipe = format!(r#"{{"noise": "Auto", "scale": "X3", "strength": {strength}, "best": true}}"#);
        let preset = format!(r#"{{"name": "Grandma", "recipe": {recipe}}}"#);
        let written = format!(r#"{{"recipe": {recipe}, "divider": 0.25, "presets": [{preset}]}}"#);
        std::fs::write(folder.path().join("settings.json"), written).unwrap();
        let (memory, said) = Memory::recall(Some(&store));
        let Settings { recipe, presets, divider, .. } = memory.settings;
        assert_eq!((said, divider), (None, 0.25));
        assert_eq!((recipe.noise, recipe.scale, recipe.best), (Noise::AUTO, Scale::X3, true));
        assert_eq!(recipe.strength.overall, 0.5);
        assert_eq!(presets, [Preset { name: "Grandma".into(), recipe }]);
    }

    #[test]
    fn an_amount_of_auto_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned());
        let recipe = Recipe { noise: Noise::Auto(AutoAmount::of(150)), ..Recipe::default() };
        let mut settings = Settings { recipe, ..Settings::default() };
        settings.add_preset("Grandma", recipe);
        store.save(Settings::NAME, &settings).unwrap();
        assert_eq!(Memory::recall(Some(&store)).0.settings, settings);
    }
}
