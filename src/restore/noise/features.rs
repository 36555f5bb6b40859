//! Features that distinguish noise from texture: noise is everywhere, at every brightness, and estimated with little
//! uncertainty.

use super::{
    NoiseLevels,
    fit::{Cell, fit, is_unclipped, mean_level, quantile},
};

/// Quantiles of the cells' noise that are compared for [`NoiseFeatures::evenness`].
const EVENNESS_QUANTILES: [f32; 2] = [0.1, 0.5];
/// Quantile of a block's cells that is the block's noise.
const BLOCK_QUANTILE: f32 = 0.25;
/// Quantile of the blocks for [`NoiseFeatures::uniformity`].
const UNIFORMITY_QUANTILE: f32 = 0.05;
/// Detail with a larger kurtosis has longer tails than noise processed by a camera.
const MAX_NOISE_KURTOSIS: f32 = 3.8;
/// Reduces the score if the kurtosis is unknown, because JPEG smooths texture.
const UNKNOWN_KURTOSIS_PENALTY: f32 = 0.05;
/// A larger uncertainty reduces the score more steeply.
const MAX_NOISE_UNCERTAINTY: f32 = -1.0;
/// Added to every σ before they are compared, to ignore differences between tiny ones.
const NEGLIGIBLE_SIGMA: f32 = 0.1;

/// Features of a photo's estimated noise.
#[derive(Debug, Clone, Copy)]
pub struct NoiseFeatures {
    /// σ of the least noisy cells divided by that of the median ones. Noise: 0.5 to 0.9.
    pub evenness: f32,
    /// σ of the least noisy part of the photo divided by that expected for its brightness. Noise: 0.8 to 1; a clean sky
    /// over grass: 0.2 to 0.8.
    pub uniformity: f32,
    /// Median of [`Cell::uncertainty`]. Noise: −1.4 to −0.8.
    pub uncertainty: f32,
    /// ln of the highest noise at any brightness over the second lowest. Noise: 0.1 to 1.2, compressed as JPEG up to 2.
    pub rise: f32,
    /// Mean kurtosis of the detail at half the size. Noise: 2.8 to 3.8; stars, stone and leaves: 3.5 to 7. None if JPEG
    /// has changed it.
    pub kurtosis: Option<f32>,
}

impl NoiseFeatures {
    /// The features of a photo's blocks of cells. `levels`: fitted to `usable_cells`. `is_compressed`: whether the photo
    /// was compressed as JPEG, more than lightly.
    pub fn new(blocks: &[Vec<Cell>], usable_cells: &[Cell], levels: &NoiseLevels, is_compressed: bool) -> Self {
        let all: Vec<Cell> = blocks.concat();
        let [least, median] = EVENNESS_QUANTILES.map(|share| mean_level(&all, &fit(usable_cells, share)).sigma());
        let mut uncertainties: Vec<f32> = usable_cells.iter().map(|cell| cell.uncertainty).collect();
        uncertainties.sort_by(f32::total_cmp);
        Self {
            evenness: least / median.max(f32::MIN_POSITIVE),
            uniformity: uniformity(blocks, levels),
            uncertainty: uncertainties.get(uncertainties.len() / 2).copied().unwrap_or_default(),
            rise: rise(levels),
            kurtosis: if is_compressed { None } else { mean_kurtosis(&all) },
        }
    }

    /// All features as one number: 0.85 to 1.4 for noise, −0.6 to 1.1 for photos without. The weights are close to those
    /// of a logistic regression over 70 real photos with noise and 246 without; uncertainty weighs more than there,
    /// because denoising harms texture with a high uncertainty most.
    pub fn score(self) -> f32 {
        let tails =
            self.kurtosis.map_or(-UNKNOWN_KURTOSIS_PENALTY, |kurtosis| 0.5 * (kurtosis - MAX_NOISE_KURTOSIS).max(0.0));
        let doubt = 0.09 * self.uncertainty + 0.4 * (self.uncertainty - MAX_NOISE_UNCERTAINTY).max(0.0);
        self.evenness + 0.375 * self.uniformity - doubt - 0.036 * self.rise - tails
    }
}

fn uniformity(blocks: &[Vec<Cell>], levels: &NoiseLevels) -> f32 {
    let share_of_expected =
        |cell: &Cell| (cell.level.sigma() + NEGLIGIBLE_SIGMA) / (levels.at(cell.brightness).sigma() + NEGLIGIBLE_SIGMA);
    let mut shares: Vec<f32> = blocks
        .iter()
        .map(|block| (block.len(), block.iter().filter(|cell| is_unclipped(cell)).copied().collect::<Vec<_>>()))
        .filter(|(count, unclipped)| !unclipped.is_empty() && unclipped.len() * 4 >= *count)
        .map(|(_, unclipped)| quantile(&unclipped, BLOCK_QUANTILE, share_of_expected))
        .collect();
    shares.sort_by(f32::total_cmp);
    let at = UNIFORMITY_QUANTILE * shares.len().saturating_sub(1) as f32;
    shares.get(at.round() as usize).copied().unwrap_or(1.0)
}

fn mean_kurtosis(cells: &[Cell]) -> Option<f32> {
    let found = cells.iter().filter(|cell| is_unclipped(cell)).filter_map(|cell| Some((cell.kurtosis?, cell.weight())));
    let (sum, weights) = found.fold((0.0, 0.0), |(sum, weights), (kurtosis, weight)| {
        (sum + f64::from(kurtosis * weight), weights + f64::from(weight))
    });
    (weights > 0.0).then(|| (sum / weights) as f32)
}

fn rise(levels: &NoiseLevels) -> f32 {
    let mut sigmas: Vec<f32> = levels.knots().map(|(_, level)| level.sigma() + NEGLIGIBLE_SIGMA).collect();
    sigmas.sort_by(f32::total_cmp);
    (sigmas[sigmas.len() - 1] / sigmas[1.min(sigmas.len() - 1)]).ln()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{NoiseLevel, fit::usable},
        *,
    };

    fn cell(brightness: f32, sigma: f32) -> Cell {
        Cell {
            brightness,
            level: NoiseLevel { brightness: sigma, colour: 0.0 },
            uncertainty: -1.0,
            clipped: 0.0,
            kurtosis: Some(3.0),
        }
    }

    fn features(blocks: &[Vec<Cell>]) -> NoiseFeatures {
        let usable = usable(&blocks.concat());
        NoiseFeatures::new(blocks, &usable, &fit(&usable, 0.25), false)
    }

    #[test]
    fn noise_is_uniform() {
        let block = |sigma: f32| vec![cell(0.5, sigma); 64];
        let even = features(&vec![block(4.0); 20]);
        assert_eq!((even.evenness, even.uniformity, even.rise), (1.0, 1.0, 0.0));
        assert!(even.score() > 1.4);
        // Grass, and two blocks of sky of the same brightness.
        let mut blocks = vec![block(4.0); 20];
        (blocks[0], blocks[1]) = (block(0.3), block(0.3));
        let sky = features(&blocks);
        assert!((sky.uniformity - 0.4 / 4.1).abs() < 0.01, "{sky:?}");
        assert!(sky.score() < even.score() - 0.3);
    }

    #[test]
    fn rise_ignores_the_lowest_level() {
        // Equal numbers of cells of eight brightnesses, half of them with hardly any noise.
        let sigma = |class: usize| if class < 4 { 0.1 } else { 5.0 };
        let block: Vec<_> = (0..8).flat_map(|class| vec![cell(0.1 + 0.1 * class as f32, sigma(class)); 32]).collect();
        let found = features(&[block]).rise;
        assert!((found - (5.1_f32 / 0.2).ln()).abs() < 0.01, "{found}");
    }

    #[test]
    fn detail_with_long_tails_is_not_noise() {
        let block = |kurtosis: f32| vec![Cell { kurtosis: Some(kurtosis), ..cell(0.5, 4.0) }; 64];
        let [noise, stars] = [3.0, 6.0].map(|kurtosis| features(&[block(kurtosis)]));
        assert!((stars.score() - (noise.score() - 1.1)).abs() < 1e-4, "{noise:?}, {stars:?}");
    }

    #[test]
    fn no_cells_have_finite_features() {
        for blocks in [vec![], vec![vec![]]] {
            let found = features(&blocks);
            assert!(found.score().is_finite(), "{found:?}");
        }
    }
}
