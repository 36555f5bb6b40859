//! An open photo and its result.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    engine::Model,
    imaging::{self, Format, Photo},
    pixels::Size,
    restore::{BlendWeights, DamageMap, MarkEdits, Mask, Noise, NoiseEstimate, Recipe, Strength, WeightMap},
    worker::Outcome,
};

/// An open photo.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its file.
    pub path: PathBuf,
    /// The decoded photo.
    pub photo: Arc<Photo>,
    /// Its measured noise.
    pub noise: NoiseEstimate,
    /// The sizes of a TIFF's pages, of which it is the first one; empty for other formats.
    pub pages: Vec<Size>,
    /// Where it is scratched, once that was searched for.
    pub damage: Option<Arc<DamageMap>>,
}

impl Source {
    /// Whether a result saved as `path` gets further pages.
    pub fn has_pages_for(&self, path: &Path) -> bool {
        self.pages.len() > 1 && imaging::format_of(path) == Some(Format::Tiff)
    }

    /// The σ a noise setting removes from it, on the 0–255 scale.
    pub fn sigma_removed(&self, noise: Noise) -> f32 {
        match noise {
            Noise::Auto(_) if self.noise.is_clean() => 0.0,
            Noise::Auto(amount) => (self.noise.sigma() * amount.factor()).min(Noise::MAX_SIGMA),
            Noise::Sigma(sigma) => sigma,
        }
    }
}

/// A result.
#[derive(Debug, Clone)]
pub struct Restoration {
    /// The picture.
    pub result: Arc<Photo>,
    /// The recipe of `result`, with measured values in place of `auto`: at full strength after a restoration, at the
    /// saved strength if read from a file. None if unknown.
    pub made_with: Option<Recipe>,
    /// The marks by hand that were filled, or not.
    pub edits: MarkEdits,
    /// Where that recipe was applied.
    pub mask: Mask,
    /// The networks that were used, if known and there were others.
    pub model: Option<Model>,
    /// The result at full strength, if `result` doesn't determine it ([`Mask::is_invertible`]).
    pub full: Option<Arc<Photo>>,
    /// Summary of the restoration. None if read from a file.
    pub outcome: Option<Outcome>,
}

impl Restoration {
    /// The picture from which a strength within a mask is blended, and its weights; none if that is not possible.
    pub(super) fn at(&self, strength: Strength, mask: &Mask, grey: bool) -> Option<(&Arc<Photo>, WeightMap)> {
        let (wanted, made_at) = (strength.effective_for(grey), self.made_with?.strength.effective_for(grey));
        let mask = mask.effective();
        if wanted == made_at && mask == self.mask {
            return Some((&self.result, BlendWeights::ALL.into()));
        }
        let (result, made_at) = match &self.full {
            Some(full) => (full, Strength::FULL),
            None => (&self.result, Some(made_at).filter(|_| self.mask.is_everywhere())?),
        };
        let applied = wanted.weights_from(made_at)?;
        let elsewhere = match mask.is_everywhere() {
            true => applied,
            false => mask.strength_elsewhere(wanted).weights_from(made_at)?,
        };
        Some((result, WeightMap::within(&mask, applied, elsewhere)))
    }
}
