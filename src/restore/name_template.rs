//! Templates for the names of results: `{name}-{task}`.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use super::{AutoAmount, Compression, Noise, Recipe, Repair, Scale};

/// Placeholder for the photo's own name.
pub const NAME: &str = "{name}";
/// Placeholder for what was done: `repaired`, `deblocked`, `denoised`, `enlarged`, `restored` (several of them) or `copy`.
pub const TASK: &str = "{task}";
/// Placeholder for how much: `auto`, `q40` (JPEG quality), `s25` (σ), `x2`, `s25-x2`.
pub const LEVEL: &str = "{level}";

/// Fills in a template for a photo and its recipe: a file name without extension. The photo's own name may not be valid
/// Unicode, so its bytes are copied. Path separators become `-`; an empty result becomes the photo's own name.
pub fn fill(template: &str, photo: &Path, recipe: Recipe) -> OsString {
    let own = photo.file_stem().unwrap_or(OsStr::new("photo"));
    // Path separators, and what some file systems refuse.
    let kept = |letter: char| if r#"/\:*?"<>|"#.contains(letter) || letter.is_control() { '-' } else { letter };
    let words = template.replace(TASK, task(recipe)).replace(LEVEL, &level(recipe));
    let words: String = words.chars().map(kept).collect();
    let mut stem = OsString::new();
    for (place, part) in words.split(NAME).enumerate() {
        if place > 0 {
            stem.push(own);
        }
        stem.push(part);
    }
    let empty = stem.to_string_lossy().trim_matches(['.', ' ']).is_empty();
    if empty { own.to_owned() } else { stem }
}

fn task(recipe: Recipe) -> &'static str {
    let (repairs, denoises) = (recipe.repair != Repair::None, recipe.noise != Noise::Sigma(0.0));
    // Whether `Auto` finds artefacts is not known yet, so it only counts on its own.
    let deblocks = match recipe.compression {
        Compression::Auto => !repairs && !denoises && recipe.scale == Scale::X1,
        compression => compression != Compression::None,
    };
    match (repairs, deblocks, denoises, recipe.scale) {
        (false, false, false, Scale::X1) => "copy",
        (true, false, false, Scale::X1) => "repaired",
        (false, true, false, Scale::X1) => "deblocked",
        (false, false, true, Scale::X1) => "denoised",
        (false, false, false, _) => "enlarged",
        _ => "restored",
    }
}

fn level(recipe: Recipe) -> String {
    let quality = match recipe.compression {
        Compression::Quality(quality) => Some(format!("q{quality}")),
        _ => None,
    };
    let noise = match recipe.noise {
        Noise::Auto(AutoAmount::ALL) => Some("auto".to_owned()),
        Noise::Auto(amount) => Some(format!("auto{}", amount.percent())),
        Noise::Sigma(0.0) => None,
        Noise::Sigma(sigma) => Some(format!("s{sigma:.0}")),
    };
    let scale = match recipe.scale {
        Scale::X1 => None,
        Scale::Percent(percent) => Some(format!("x{}", f64::from(percent) / 100.0)),
        Scale::LongSide(length) => Some(format!("{length}px")),
    };
    let words: Vec<_> = quality.into_iter().chain(noise).chain(scale).collect();
    if words.is_empty() { "0".to_owned() } else { words.join("-") }
}
