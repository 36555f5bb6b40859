//! How noisy a photo is, and where.

mod fit;
mod judge;
mod levels;
mod map;
mod measure;
mod signs;

use std::sync::Arc;

use crate::pixels::Raster;

pub use levels::{Level, NoiseLevels};
pub use map::NoiseMap;
pub use measure::measure_noise;

/// Below this σ (on the 0–255 scale) a photo is called clean, and its noise is left alone.
pub const CLEAN_SIGMA: f32 = 1.5;

/// What was measured of a photo's noise.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseEstimate {
    levels: NoiseLevels,
    map: Arc<NoiseMap>,
    sigma: f32,
    /// What the denoiser is told, as a multiple of that.
    margin: f32,
}

impl NoiseEstimate {
    /// The same noise at every brightness: white noise of this σ (on the 0–255 scale) in all channels.
    pub fn white(sigma: f32) -> Self {
        // Of three independent values, a third of the variance is their mean's.
        let share = (1.0_f32 / 3.0).sqrt();
        let level = Level { brightness: sigma * share, colour: sigma * (1.0 - share * share).sqrt() };
        Self { levels: NoiseLevels::constant(level), map: Arc::new(NoiseMap::uniform(sigma)), sigma, margin: 1.0 }
    }

    /// No noise.
    pub fn none() -> Self {
        Self::white(0.0)
    }

    /// Noise of these levels in a photo.
    pub fn of(pixels: &Raster, levels: NoiseLevels) -> Self {
        let map = NoiseMap::of(pixels, &levels);
        Self { levels, sigma: map.sigma(), map: Arc::new(map), margin: 1.0 }
    }

    /// σ over the whole photo, as a root mean square of its channels, on the 0–255 scale.
    pub fn sigma(&self) -> f32 {
        self.sigma
    }

    /// Whether there is so little that it is left alone.
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

    /// The same, and the denoiser is told so many times as much.
    fn told_with(self, margin: f32) -> Self {
        Self { margin, ..self }
    }

    /// What the denoiser is told of it, so many times as strong.
    pub(super) fn told(&self, factor: f32) -> super::tensor_io::LevelPlane {
        super::tensor_io::LevelPlane::Map(self.map.clone(), factor * self.margin)
    }
}
