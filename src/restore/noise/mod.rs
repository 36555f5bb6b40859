//! Noise estimation: σ of a photo by brightness, and the noise map for the denoiser.

mod assess;
mod features;
mod fit;
mod levels;
mod map;
mod measure;

use std::sync::Arc;

use crate::pixels::Raster;

pub use levels::{NoiseLevel, NoiseLevels};
pub use map::NoiseMap;
pub use measure::measure_noise;

/// A photo with less than this σ (0–255 scale) is clean: its noise is not removed.
pub const CLEAN_SIGMA: f32 = 1.5;

/// The measured noise of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseEstimate {
    levels: NoiseLevels,
    map: Arc<NoiseMap>,
    sigma: f32,
    /// Factor by which the denoiser's level plane exceeds the map.
    margin: f32,
}

impl NoiseEstimate {
    /// White noise of this σ (0–255 scale) in all channels, the same at every brightness.
    pub fn white(sigma: f32) -> Self {
        // The mean of three independent values has a third of their variance.
        let share = (1.0_f32 / 3.0).sqrt();
        let level = NoiseLevel { brightness: sigma * share, colour: sigma * (1.0 - share * share).sqrt() };
        Self { levels: NoiseLevels::constant(level), map: Arc::new(NoiseMap::uniform(sigma)), sigma, margin: 1.0 }
    }

    /// No noise.
    pub fn none() -> Self {
        Self::white(0.0)
    }

    /// Noise of a photo with these levels.
    pub fn from_levels(pixels: &Raster, levels: NoiseLevels) -> Self {
        let map = NoiseMap::from_levels(pixels, &levels);
        Self { levels, sigma: map.sigma(), map: Arc::new(map), margin: 1.0 }
    }

    /// σ of all channels over the whole photo (root mean square), on the 0–255 scale.
    pub fn sigma(&self) -> f32 {
        self.sigma
    }

    /// Whether there is too little noise to remove.
    pub fn is_clean(&self) -> bool {
        self.sigma < CLEAN_SIGMA
    }

    /// σ at each brightness.
    pub fn levels(&self) -> &NoiseLevels {
        &self.levels
    }

    /// σ at each px.
    pub fn map(&self) -> &Arc<NoiseMap> {
        &self.map
    }

    /// The same noise with another margin of the level plane.
    fn with_margin(self, margin: f32) -> Self {
        Self { margin, ..self }
    }

    /// Level plane for the denoiser to remove `factor` times this noise.
    pub(super) fn level_plane(&self, factor: f32) -> super::tensor_io::LevelPlane {
        super::tensor_io::LevelPlane::Map(self.map.clone(), factor * self.margin)
    }
}
