//! Presets: built-in ones and the user's own.

use serde::{Deserialize, Serialize};

use crate::restore::{Compression, Noise, Recipe, Scale};

/// A recipe with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Its name.
    pub name: String,
    /// Its recipe.
    pub recipe: Recipe,
}

impl Preset {
    /// The built-in presets.
    pub fn built_in() -> [Preset; 5] {
        let preset = |name: &str, noise, scale, best| Preset {
            name: name.to_owned(),
            recipe: Recipe { noise, scale, best, ..Recipe::default() },
        };
        let only_enlarge = preset("Only enlarge", Noise::Sigma(0.0), Scale::X2, false);
        [
            preset("Clean up", Noise::AUTO, Scale::X1, false),
            preset("Scan or film grain", Noise::Sigma(10.0), Scale::X1, true),
            preset("Phone photo at night", Noise::Sigma(25.0), Scale::X1, false),
            preset("Small old picture", Noise::AUTO, Scale::X3, true),
            Preset { recipe: Recipe { compression: Compression::None, ..only_enlarge.recipe }, ..only_enlarge },
        ]
    }

    /// The preset in use: the one `chosen` last, if the recipe was not changed since. Others may have the same recipe.
    pub fn in_use(chosen: Option<&str>, recipe: Recipe, own: &[Preset]) -> Option<Preset> {
        let mut all = own.iter().cloned().chain(Self::built_in());
        all.find(|preset| chosen == Some(preset.name.as_str())).filter(|preset| preset.recipe == recipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_presets_differ_and_the_first_is_the_default() {
        let all = Preset::built_in();
        for (index, preset) in all.iter().enumerate() {
            let others = &all[index + 1..];
            assert!(others.iter().all(|other| other.name != preset.name && other.recipe != preset.recipe));
        }
        assert_eq!(all[0].recipe, Recipe::default());
    }

    #[test]
    fn the_preset_chosen_last_is_in_use_until_the_recipe_changes() {
        let night = Recipe { noise: Noise::Sigma(25.0), ..Recipe::default() };
        let own = [Preset { name: "Grandma".into(), recipe: night }];
        let in_use = |chosen, recipe| Preset::in_use(Some(chosen), recipe, &own).map(|preset| preset.name);
        assert_eq!(in_use("Grandma", night).as_deref(), Some("Grandma"));
        assert_eq!(in_use("Phone photo at night", night).as_deref(), Some("Phone photo at night"));
        assert_eq!(in_use("Clean up", night), None, "not one with the same recipe");
        assert_eq!(in_use("Gone", night), None);
        assert_eq!(Preset::in_use(None, night, &own), None);
    }
}
