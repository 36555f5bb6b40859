//! Recipes with a name: some that come with the program, and a person's own.

use serde::{Deserialize, Serialize};

use crate::restore::{Compression, Noise, Recipe, Scale};

/// A recipe with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// What it is for.
    pub name: String,
    /// What it does.
    pub recipe: Recipe,
}

impl Preset {
    /// Those that come with the program.
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

    /// The name of the preset that says the same, a person's own first.
    pub fn name_of(recipe: Recipe, own: &[Preset]) -> Option<String> {
        let all = own.iter().cloned().chain(Self::built_in());
        all.into_iter().find(|preset| preset.recipe == recipe).map(|preset| preset.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_built_in_ones_are_alike_and_one_is_the_default() {
        let all = Preset::built_in();
        for (index, preset) in all.iter().enumerate() {
            assert_eq!(Preset::name_of(preset.recipe, &[]).as_ref(), Some(&preset.name));
            assert!(all[index + 1..].iter().all(|other| other.name != preset.name));
        }
        assert!(Preset::name_of(Recipe::default(), &[]).is_some());
    }

    #[test]
    fn a_persons_own_name_goes_first() {
        let own = [Preset { name: "Grandma".into(), recipe: Recipe::default() }];
        assert_eq!(Preset::name_of(Recipe::default(), &own).as_deref(), Some("Grandma"));
    }
}
