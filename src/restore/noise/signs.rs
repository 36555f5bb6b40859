//! What tells noise from texture: noise is everywhere, at every brightness, and read with little doubt.

use super::{
    NoiseLevels,
    fit::{Cell, fit, is_whole, over_all, quantile},
};

/// Of the cells with the least noise, this share is compared with half of them.
const LEAST: f32 = 0.1;
const HALF: f32 = 0.5;
/// Of a block's cells, this share is read with at most the block's noise.
const OF_A_BLOCK: f32 = 0.25;
/// So many of the blocks may have less noise than the others.
const BLOCKS_BELOW: f32 = 0.05;
/// The kurtosis from which on detail has longer tails than noise that a camera has processed.
const TAILS_FROM: f32 = 3.8;
/// Texture that JPEG has smoothed is less like noise, by this.
const SMOOTHED: f32 = 0.05;
/// The spread from which on it says that this may be texture.
const DOUBT_FROM: f32 = -1.0;
/// σ that counts for nothing.
const FAINT: f32 = 0.1;

/// How much what was read of a photo is like noise. Each of these tells a share of the two apart.
#[derive(Debug, Clone, Copy)]
pub struct Signs {
    /// σ of the cells with the least noise, as a share of half of all cells'. Noise: 0.5 to 0.9.
    pub evenness: f32,
    /// σ of the part of the photo with the least noise, as a share of what its brightness lets expect. Noise: 0.8 to 1;
    /// a clean sky over grass: 0.2 to 0.8.
    pub everywhere: f32,
    /// The spread that half of the cells have at most ([`Cell::spread`]). Noise: −1.4 to −0.8.
    pub spread: f32,
    /// ln of the highest noise at any brightness over the lowest but one. Noise: 0.1 to 1.2, as JPEG to 2.
    pub rise: f32,
    /// The mean kurtosis of the detail at half the size. Noise: 2.8 to 3.8; stars, stone and leaves: 3.5 to 7. None where
    /// JPEG has made it something else.
    pub kurtosis: Option<f32>,
}

impl Signs {
    /// Of a photo's blocks of cells, and the levels that were fitted to the usable ones of all. `is_coded`: the photo was
    /// compressed as JPEG, more than a little.
    pub fn of(blocks: &[Vec<Cell>], usable_cells: &[Cell], levels: &NoiseLevels, is_coded: bool) -> Self {
        let all: Vec<Cell> = blocks.concat();
        let [least, half] = [LEAST, HALF].map(|share| over_all(&all, &fit(usable_cells, share)).sigma());
        let mut spreads: Vec<f32> = usable_cells.iter().map(|cell| cell.spread).collect();
        spreads.sort_by(f32::total_cmp);
        Self {
            evenness: least / half.max(f32::MIN_POSITIVE),
            everywhere: everywhere(blocks, levels),
            spread: spreads.get(spreads.len() / 2).copied().unwrap_or_default(),
            rise: rise(levels),
            kurtosis: if is_coded { None } else { mean_kurtosis(&all) },
        }
    }

    /// All of them as one number: noise has 0.85 to 1.4, photos without −0.6 to 1.1. The weights are about those of a
    /// logistic regression over 70 real photos with noise and 246 without; doubt counts for more than there, as texture
    /// that is read with doubt is what suffers most.
    pub fn noise(self) -> f32 {
        let tails = self.kurtosis.map_or(-SMOOTHED, |kurtosis| 0.5 * (kurtosis - TAILS_FROM).max(0.0));
        let doubt = 0.09 * self.spread + 0.4 * (self.spread - DOUBT_FROM).max(0.0);
        self.evenness + 0.375 * self.everywhere - doubt - 0.036 * self.rise - tails
    }
}

fn everywhere(blocks: &[Vec<Cell>], levels: &NoiseLevels) -> f32 {
    let share_of_expected = |cell: &Cell| (cell.level.sigma() + FAINT) / (levels.at(cell.brightness).sigma() + FAINT);
    let mut shares: Vec<f32> = blocks
        .iter()
        .map(|block| (block.len(), block.iter().filter(|cell| is_whole(cell)).copied().collect::<Vec<_>>()))
        .filter(|(count, whole)| !whole.is_empty() && whole.len() * 4 >= *count)
        .map(|(_, whole)| quantile(&whole, OF_A_BLOCK, share_of_expected))
        .collect();
    shares.sort_by(f32::total_cmp);
    let at = BLOCKS_BELOW * shares.len().saturating_sub(1) as f32;
    shares.get(at.round() as usize).copied().unwrap_or(1.0)
}

fn mean_kurtosis(cells: &[Cell]) -> Option<f32> {
    let found = cells.iter().filter(|cell| is_whole(cell)).filter_map(|cell| Some((cell.kurtosis?, cell.weight())));
    let (sum, weights) = found.fold((0.0, 0.0), |(sum, weights), (kurtosis, weight)| {
        (sum + f64::from(kurtosis * weight), weights + f64::from(weight))
    });
    (weights > 0.0).then(|| (sum / weights) as f32)
}

fn rise(levels: &NoiseLevels) -> f32 {
    let mut sigmas: Vec<f32> = levels.knots().map(|(_, level)| level.sigma() + FAINT).collect();
    sigmas.sort_by(f32::total_cmp);
    (sigmas[sigmas.len() - 1] / sigmas[1.min(sigmas.len() - 1)]).ln()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Level, fit::usable},
        *,
    };

    fn cell(brightness: f32, sigma: f32) -> Cell {
        Cell {
            brightness,
            level: Level { brightness: sigma, colour: 0.0 },
            spread: -1.0,
            cut: 0.0,
            kurtosis: Some(3.0),
        }
    }

    fn signs(blocks: &[Vec<Cell>]) -> Signs {
        let usable = usable(&blocks.concat());
        Signs::of(blocks, &usable, &fit(&usable, 0.25), false)
    }

    #[test]
    fn noise_is_everywhere() {
        let block = |sigma: f32| vec![cell(0.5, sigma); 64];
        let even = signs(&vec![block(4.0); 20]);
        assert_eq!((even.evenness, even.everywhere, even.rise), (1.0, 1.0, 0.0));
        assert!(even.noise() > 1.4);
        // Grass, and two blocks of sky of the same brightness.
        let mut blocks = vec![block(4.0); 20];
        (blocks[0], blocks[1]) = (block(0.3), block(0.3));
        let sky = signs(&blocks);
        assert!((sky.everywhere - 0.4 / 4.1).abs() < 0.01, "{sky:?}");
        assert!(sky.noise() < even.noise() - 0.3);
    }

    #[test]
    fn noise_does_not_rise_from_nothing() {
        // As many cells of each of eight brightnesses, of which half have hardly any.
        let sigma = |class: usize| if class < 4 { 0.1 } else { 5.0 };
        let block: Vec<_> = (0..8).flat_map(|class| vec![cell(0.1 + 0.1 * class as f32, sigma(class)); 32]).collect();
        let found = signs(&[block]).rise;
        assert!((found - (5.1_f32 / 0.2).ln()).abs() < 0.01, "{found}");
    }

    #[test]
    fn detail_with_long_tails_is_no_noise() {
        let block = |kurtosis: f32| vec![Cell { kurtosis: Some(kurtosis), ..cell(0.5, 4.0) }; 64];
        let [noise, stars] = [3.0, 6.0].map(|kurtosis| signs(&[block(kurtosis)]));
        assert!((stars.noise() - (noise.noise() - 1.1)).abs() < 1e-4, "{noise:?}, {stars:?}");
    }

    #[test]
    fn of_nothing_nothing_is_told() {
        for blocks in [vec![], vec![vec![]]] {
            let found = signs(&blocks);
            assert!(found.noise().is_finite(), "{found:?}");
        }
    }
}
