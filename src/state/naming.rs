//! Output files of many photos: folder, name template, format.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::stored_path;
use crate::{
    imaging::{self, Format, IfExists, SaveOptions},
    pixels::Size,
    restore::{Recipe, Scale, name_template},
};

/// Output settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Naming {
    /// Output folder. None: next to each photo.
    #[serde(with = "stored_path::optional")]
    pub folder: Option<PathBuf>,
    /// File name without extension, with the placeholders of [`name_template`].
    pub template: String,
    /// Format of all results. None: that of each photo, or PNG if it can't be written.
    pub format: Option<Format>,
    /// How to write the files.
    pub options: SaveOptions,
}

impl Default for Naming {
    fn default() -> Self {
        Self {
            folder: None,
            template: format!("{}-{}", name_template::NAME, name_template::TASK),
            format: None,
            options: SaveOptions::default(),
        }
    }
}

impl Naming {
    /// Output files of all photos: all different, and none is the file of another photo. `exists` says whether a file
    /// exists.
    pub fn targets(&self, photos: &[NamedPhoto<'_>], exists: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
        let (inputs, preferred): (Vec<_>, Vec<_>) =
            photos.iter().map(|photo| (photo.path.to_owned(), self.preferred(photo))).unzip();
        let avoided = |path: &Path| self.options.if_exists == IfExists::Rename && exists(path);
        imaging::unique_names(&preferred, &inputs, avoided)
    }

    /// Output file of a photo before conflicts are resolved.
    fn preferred(&self, photo: &NamedPhoto<'_>) -> PathBuf {
        let folder = match &self.folder {
            Some(folder) => folder.join(photo.subfolder),
            None => photo.path.parent().unwrap_or(Path::new("")).to_owned(),
        };
        let mut name = name_template::fill(&self.template, photo.path, photo.effective_recipe());
        name.push(".");
        match &self.format {
            Some(format) => name.push(format.extension()),
            None => name.push(photo.own_extension()),
        }
        folder.join(name)
    }
}

/// Whether the name of a photo's result may depend on the photo's size.
pub fn may_depend_on_size(photo: &Path, recipe: Recipe, size: Size) -> bool {
    let may_be_too_large = |format: Format| !format.holds(size.times(Scale::MOST));
    matches!(recipe.scale, Scale::LongSide(_)) || imaging::format_of(photo).is_some_and(may_be_too_large)
}

/// What a photo's output name depends on.
#[derive(Debug, Clone, Copy)]
pub struct NamedPhoto<'a> {
    /// Its file, whose name and folder are used.
    pub path: &'a Path,
    /// See [`Item::subfolder`](super::Item::subfolder).
    pub subfolder: &'a Path,
    /// Its settings.
    pub recipe: Recipe,
    /// Its size in px, once known.
    pub size: Option<Size>,
}

impl NamedPhoto<'_> {
    /// Extension of its own format, or PNG's if that can't be written or can't hold a picture of that size.
    fn own_extension(&self) -> OsString {
        let size = self.size.map(|photo| self.recipe.scale.size_of(photo));
        let format = imaging::format_of(self.path).filter(|format| size.is_none_or(|size| format.holds(size)));
        match (format, self.path.extension()) {
            (Some(_), Some(extension)) => extension.to_owned(),
            _ => Format::Png.extension().into(),
        }
    }

    /// Its settings with the size that the result has, if the photo's is known.
    fn effective_recipe(&self) -> Recipe {
        let scale = match (self.recipe.scale, self.size) {
            (scale, Some(photo)) if !scale.enlarges(photo) => Scale::X1,
            (scale @ Scale::LongSide(_), Some(photo)) => {
                let size = scale.size_of(photo);
                Scale::LongSide(size.width.max(size.height) as u32)
            }
            (scale, _) => scale,
        };
        Recipe { scale, ..self.recipe }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::{Compression, Noise, Repair};

    fn photo(path: &Path, recipe: Recipe) -> NamedPhoto<'_> {
        NamedPhoto { path, subfolder: Path::new("in"), recipe, size: None }
    }

    fn one(naming: &Naming, path: &str, recipe: Recipe) -> PathBuf {
        naming.targets(&[photo(Path::new(path), recipe)], |_| false).remove(0)
    }

    fn template(template: &str) -> Naming {
        Naming { template: template.into(), ..Naming::default() }
    }

    #[test]
    fn the_template_is_filled_in() {
        let both = Recipe { noise: Noise::Sigma(25.0), scale: Scale::X2, ..Recipe::default() };
        let noise = Noise::Sigma(0.0);
        let blocks = Recipe { compression: Compression::Quality(40), noise, ..Recipe::default() };
        for (words, recipe, expected) in [
            ("{name}-{task}", Recipe::default(), "/no/owl-denoised.jpg"),
            ("{name} {task} {level}", blocks, "/no/owl deblocked q40.jpg"),
            ("{name} {task} {level}", Recipe { scale: Scale::X3, ..blocks }, "/no/owl restored q40-x3.jpg"),
            ("{name} {task}", Recipe { repair: Repair::Given, ..blocks }, "/no/owl restored.jpg"),
            ("{name} {task}", Recipe { repair: Repair::Given, noise, ..Recipe::default() }, "/no/owl repaired.jpg"),
            ("{name}_{task}_{level}", both, "/no/owl_restored_s25-x2.jpg"),
            ("{level} {name}{name}", Recipe::default(), "/no/auto owlowl.jpg"),
            ("a/{name}:b", both, "/no/a-owl-b.jpg"),
            (" .", both, "/no/owl.jpg"),
        ] {
            assert_eq!(one(&template(words), "/no/owl.jpg", recipe), Path::new(expected), "{words}");
        }
    }

    #[test]
    fn format_and_folder_are_kept_or_chosen() {
        let chosen = Naming { folder: Some("/out".into()), format: Some(Format::Tiff), ..template("{name}") };
        assert_eq!(one(&chosen, "/no/owl.jpg", Recipe::default()), Path::new("/out/in/owl.tif"));
        assert_eq!(one(&template("{name}"), "/no/owl.gif", Recipe::default()), Path::new("/no/owl.png"));
    }

    #[test]
    fn a_length_is_named_as_it_is_reached() {
        for (length, expected) in
            [(2000, "/a/owl s9-2000px.png"), (100, "/a/owl s9.png"), (9000, "/a/owl s9-4000px.png")]
        {
            let recipe = Recipe { noise: Noise::Sigma(9.0), scale: Scale::LongSide(length), ..Recipe::default() };
            let photo = NamedPhoto { size: Some(Size::new(1000, 9)), ..photo(Path::new("/a/owl.png"), recipe) };
            assert_eq!(template("{name} {level}").targets(&[photo], |_| false), [Path::new(expected)]);
        }
    }

    #[test]
    fn a_photo_is_its_own_target_only_when_it_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        std::fs::write(&file, "there").unwrap();
        let own = |if_exists| {
            let options = SaveOptions { if_exists, ..SaveOptions::default() };
            let naming = Naming { options, ..template("{name}") };
            naming.targets(&[photo(&file, Recipe::default())], |path| path.exists()).remove(0)
        };
        assert_eq!(own(IfExists::Rename), folder.path().join("a (2).png"));
        assert_eq!(own(IfExists::Replace), file);
    }

    #[test]
    fn a_format_that_cannot_hold_the_result_becomes_png() {
        let named = |path: &str, width, scale| {
            let recipe = Recipe { scale, ..Recipe::default() };
            let size = Some(Size::new(width, 9));
            let photo = NamedPhoto { size, ..photo(Path::new(path), recipe) };
            template("{name}").targets(&[photo], |_| false).remove(0)
        };
        for (source, width, scale, target) in [
            ("/a/owl.webp", 16_383, Scale::X1, "/a/owl.webp"),
            ("/a/owl.webp", 16_384, Scale::X1, "/a/owl.png"),
            ("/a/owl.webp", 9_000, Scale::X2, "/a/owl.png"),
            ("/a/owl.JPG", 65_536, Scale::X1, "/a/owl.png"),
            ("/a/owl.tif", 65_536, Scale::X1, "/a/owl.tif"),
        ] {
            assert_eq!(named(source, width, scale), Path::new(target));
        }
    }
}
